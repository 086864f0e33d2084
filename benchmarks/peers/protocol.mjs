// What run_one.py and measures.py are to the peers in Python, for the peers in node: the same verbs and figures.
//
//   node PEER.mjs build|ask|answers MATERIAL INDEX
//
// A peer hands in { name, settings, threads, build(posts, folder), open(folder) → ways }; posts are {title, body} in
// the order of their numbers; a way is { name, kinds, own, answer(question) → [numbers, count] or a promise of it }.

import { readFileSync } from "node:fs";
import { join } from "node:path";

const ROUNDS = 2;
export const KINDS = ["one word", "or", "and", "phrase", "prefix", "typo"];
export const FIRST_PAGE = 10;
let stopWords = new Set(); // those of See Also, from the material

// The words of a question without those that say nothing; all of them where nothing else is left.
export function words(text) {
  const found = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const telling = found.filter((word) => !stopWords.has(word));
  return telling.length ? telling : found;
}

// MB by a line of /proc; see memory() in measures.py.
function memory(what) {
  const line = readFileSync("/proc/self/status", "ascii").split("\n").find((one) => one.startsWith(`${what}:`));
  return Number(line.split(/\s+/)[1]) / 1024;
}

const read = (material, name) => readFileSync(join(material, name), "utf8");
const questionsIn = (material) => JSON.parse(read(material, "questions.json"));
const milliseconds = (since) => Number(process.hrtime.bigint() - since) / 1e6;

async function build(peer, material, index) {
  const posts = read(material, "posts.jsonl").trimEnd().split("\n").map((line) => JSON.parse(line));
  const before = memory("VmHWM");
  const started = process.hrtime.bigint();
  await peer.build(posts, index);
  const seconds = milliseconds(started) / 1000;
  const { name, settings, threads } = peer;
  return { name, settings, threads, seconds, parts: {}, peak: memory("VmHWM"), before };
}

async function ask(peer, material, index) {
  const log = questionsIn(material);
  const started = process.hrtime.bigint();
  const ways = await peer.open(index);
  await ways[0].answer(log.find((question) => ways[0].kinds.includes(question.kind)));
  const open = milliseconds(started);
  const told = [];
  for (const way of ways) {
    const kinds = await timed(way, log);
    told.push({ name: way.name, kinds, resident: memory("VmRSS"), mapped: memory("RssFile") });
  }
  return { open, ways: told };
}

async function answers(peer, material, index) {
  const [way] = await peer.open(index);
  const pages = way.page ?? way.answer;
  const found = [];
  for (const question of questionsIn(material)) found.push((await pages(question))[0]);
  return found;
}

async function timed(way, log) {
  const mine = log.filter((question) => way.kinds.includes(question.kind));
  const times = Object.fromEntries(way.kinds.map((kind) => [kind, []]));
  const counts = Object.fromEntries(way.kinds.map((kind) => [kind, []]));
  for (const question of mine) counts[question.kind].push((await way.answer(question))[1]);
  for (let round = 0; round < ROUNDS; round++) {
    for (const question of mine) {
      const started = process.hrtime.bigint();
      const answer = way.answer(question);
      if (answer instanceof Promise) await answer;
      times[question.kind].push(milliseconds(started));
    }
  }
  const figures = {};
  for (const kind of way.kinds) {
    const total = counts[kind].reduce((sum, one) => sum + one, 0);
    const asked = Math.max(1, counts[kind].length);
    figures[kind] = {
      ...summary(times[kind]),
      own: way.own.includes(kind),
      matches: total / asked,
      answered: counts[kind].filter(Boolean).length / asked,
    };
  }
  if (KINDS.every((kind) => way.kinds.includes(kind))) figures.mixed = summary(Object.values(times).flat());
  return figures;
}

function summary(times) {
  const ordered = times.toSorted((a, b) => a - b);
  const rank = (share) => ordered[Math.min(ordered.length - 1, Math.floor(share * ordered.length))] ?? 0;
  return { p50: rank(0.5), p99: rank(0.99), count: ordered.length };
}

export async function main(peer) {
  const [verb, material, index] = process.argv.slice(2);
  stopWords = new Set(JSON.parse(read(material, "stop_words.json")));
  const told = await { build, ask, answers }[verb](peer, material, index);
  // pagefind leaves its binary's pipes open; everything that was to be told is out once this is written
  process.stdout.write(JSON.stringify(told) + "\n", () => process.exit(0));
}
