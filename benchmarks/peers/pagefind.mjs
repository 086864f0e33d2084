// Pagefind: an index of many small files for a browser to fetch, searched by WebAssembly.
//
// Its search runs in node as it does in a page, with one thing in place of the network: what it fetches is read from
// the disk. So no latency of a network counts, and after the warm-up every chunk that a question needs is there.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { close, createIndex } from "pagefind";
import { FIRST_PAGE, main } from "./protocol.mjs";

const { version } = JSON.parse(readFileSync(new URL("node_modules/pagefind/package.json", import.meta.url), "utf8"));
const BUNDLE = "pagefind";
const MOST_IN_FLIGHT = 64;

// It finds a word's continuations by itself and has no typos; all words must stand in a post, so OR is its own way.
const KINDS = ["one word", "or", "and", "phrase", "prefix"];

globalThis.fetch = async (address) => {
  const { href } = new URL(String(address), "file://");
  return new Response(readFileSync(fileURLToPath(href.split("?")[0])));
};

const numberOf = async (result) => Number((await result.data()).raw_url.slice(1));

await main({
  name: "Pagefind",
  settings:
    `pagefind ${version}; a custom record a post with its title as metadata, all in English, default ranking; ` +
    "searched in node, files in place of the network; the question as typed",
  threads: "as many as it takes by default",

  async build(posts, folder) {
    const { index } = await createIndex({});
    for (let first = 0; first < posts.length; first += MOST_IN_FLIGHT) {
      const some = posts.slice(first, first + MOST_IN_FLIGHT);
      const told = await Promise.all(
        some.map(({ title, body }, at) =>
          index.addCustomRecord({ url: `/${first + at}`, content: body, language: "en", meta: { title } }),
        ),
      );
      for (const { errors } of told) if (errors.length) throw new Error(errors.join("; "));
    }
    await index.writeFiles({ outputPath: join(folder, BUNDLE) });
    await close();
    writeFileSync(join(folder, "package.json"), '{"type": "module"}\n'); // so that node takes pagefind.js for a module
  },

  async open(folder) {
    const bundle = pathToFileURL(join(folder, BUNDLE) + "/").href;
    const pagefind = await import(`${bundle}pagefind.js`);
    await pagefind.options({ basePath: new URL(bundle).pathname });
    await pagefind.init("en");
    // The ids are names of files until those are fetched; only `shown` knows the posts.
    const found = async (question) => (await pagefind.search(question.text)).results;
    const ids = async (question) => {
      const results = await found(question);
      return [results.slice(0, FIRST_PAGE).map((one) => one.id), results.length];
    };
    const shown = async (question) => {
      const results = await found(question);
      return [await Promise.all(results.slice(0, FIRST_PAGE).map(numberOf)), results.length];
    };
    return [
      { name: "ids and count", kinds: KINDS, own: ["or"], answer: ids, page: shown },
      { name: "ids, count, title and excerpt", kinds: KINDS, own: ["or"], answer: shown },
    ];
  },
});
