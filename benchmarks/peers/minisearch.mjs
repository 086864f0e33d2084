// MiniSearch: search in JavaScript, in a browser or in node; what VitePress ships.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import MiniSearch from "minisearch";
import { stemmer } from "stemmer";
import { FIRST_PAGE, KINDS, main, words } from "./protocol.mjs";

const { version } = JSON.parse(readFileSync(new URL("node_modules/minisearch/package.json", import.meta.url), "utf8"));
const FILE = "minisearch.json";

const stems = new Map(); // each word is stemmed once
function stem(word) {
  const lower = word.toLowerCase();
  let found = stems.get(lower);
  if (found === undefined) stems.set(lower, (found = stemmer(lower)));
  return found;
}

const OPTIONS = { fields: ["title", "body"], storeFields: ["title"], processTerm: stem };

// A title twice a body is the best of ½, 1, 2 and 4 over seven question sets.
const BOOST = { title: 2 };

// Prefixes and typos are on only where they are asked for; a typo of one letter, as elsewhere.
function options(question) {
  if (question.kind === "and") return { boost: BOOST, combineWith: "AND" };
  if (question.kind === "prefix") return { boost: BOOST, prefix: (_term, at, terms) => at === terms.length - 1 };
  if (question.kind === "typo") return { boost: BOOST, fuzzy: 1 };
  return { boost: BOOST };
}

await main({
  name: "MiniSearch",
  settings:
    `minisearch ${version}; title and body as two fields, title boost 2, Porter stems (npm stemmer) on both sides, titles stored; ` +
    "prefix on the last word and fuzzy 1 only for those kinds; questions without stop words; index saved as JSON",
  threads: "1 thread",

  build(posts, folder) {
    const index = new MiniSearch(OPTIONS);
    index.addAll(posts.map((post, id) => ({ id, ...post })));
    writeFileSync(join(folder, FILE), JSON.stringify(index));
  },

  open(folder) {
    const index = MiniSearch.loadJSON(readFileSync(join(folder, FILE), "utf8"), OPTIONS);
    const answer = (question) => {
      const asked = question.kind === "prefix" ? question.text : words(question.text).join(" ");
      const found = index.search(asked, options(question));
      return [found.slice(0, FIRST_PAGE).map((hit) => hit.id), found.length];
    };
    return [{ name: "ids and count", kinds: KINDS.filter((kind) => kind !== "phrase"), own: [], answer }];
  },
});
