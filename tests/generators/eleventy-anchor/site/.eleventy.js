const markdownIt = require("markdown-it");
const markdownItAnchor = require("markdown-it-anchor").default;

module.exports = function (eleventyConfig) {
  eleventyConfig.setLibrary("md", markdownIt({ html: true, linkify: true }).use(markdownItAnchor));
  eleventyConfig.addPassthroughCopy("src/img");

  return {
    dir: { input: "src", output: "dist" },
    pathPrefix: "/notes/",
  };
};
