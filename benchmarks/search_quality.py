"""How good are the answers? nDCG@10, MRR@10 and hit@5 on a set of judged questions in BEIR form.

    python -m benchmarks.search_quality SET [SET …]

SET is a folder with corpus.jsonl, queries.jsonl and qrels.tsv. The set goes the product's own way: Markdown reading,
the engine's index, the parser of queries. Baseline: the same terms in one joined field, scored by the same engine.
Then every question again with one typo in its longest word, and, where the site that a set was made from lies beside
it, the set again with the search aliases that its pages give themselves, and with the texts of the links between them;
a text that is itself a question of the set is hidden.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import random
import re
import string
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from benchmarks.ground import (
    ADDRESSES,
    ALIAS_FLOORS,
    LINKED_SITE_OF,
    SEARCH_FLOORS,
    SITE_OF,
    TYPO_FLOORS,
    built,
    held,
    site_read,
)
from indexer.content import markdown
from indexer.links.graph import link_graph
from indexer.model import Corpus, Post, SearchRequest, Section
from indexer.search import query as queries
from indexer.search.engine import LinkTexts, Reader
from indexer.text.analysis import title_key

DEPTH = 10


def read_set(folder: Path) -> tuple[list[Post], dict[str, str], dict[str, dict[str, int]]]:
    """The posts, the questions by id, and for each question the grade of each relevant post."""
    posts = []
    for number, one in enumerate(_lines(folder / "corpus.jsonl")):
        sections = markdown.parse(one["text"]).sections
        posts.append(Post(one["_id"], one["_id"], f"/{number}/", one.get("title") or "", sections=sections))
    judged: dict[str, dict[str, int]] = {}
    with open(folder / "qrels.tsv", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if int(row["score"]) > 0:
                judged.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    asked = {one["_id"]: one["text"] for one in _lines(folder / "queries.jsonl") if one["_id"] in judged}
    return posts, asked, judged


def _lines(path: Path) -> Iterable[dict[str, str]]:
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def one_joined_field(posts: list[Post]) -> list[Post]:
    """The baseline's view of the posts: no title, no headings, no file name, all text in one section."""
    joined = []
    for number, post in enumerate(posts):
        texts = [post.title, *(f"{one.heading}\n{one.text}\n{one.code}" for one in post.sections)]
        joined.append(Post(post.id, str(number), post.url, "", sections=(Section("", "", 0, "\n".join(texts)),)))
    return joined


def asked_of(reader: Reader) -> Callable[[str], list[str]]:
    """A function question → ids of the first hits. Questions over the visitor's limits are cut to them."""

    def ask(text: str) -> list[str]:
        query = queries.parse(text[: queries.LONGEST])
        return [hit.post.id for hit in reader.search(SearchRequest(query, per_page=DEPTH)).hits]

    return ask


def scores(
    ask: Callable[[str], list[str]], asked: dict[str, str], judged: dict[str, dict[str, int]]
) -> dict[str, float]:
    """Means over all questions of nDCG@10 (gain = grade, discount log2), MRR@10 and hit@5."""
    sums = {"nDCG@10": 0.0, "MRR@10": 0.0, "hit@5": 0.0}
    for key, text in asked.items():
        grades = judged[key]
        found = ask(text)
        gains = [grades.get(one, 0) for one in found]
        best = sorted(grades.values(), reverse=True)[:DEPTH]
        sums["nDCG@10"] += _dcg(gains) / _dcg(best)
        sums["MRR@10"] += next((1 / rank for rank, gain in enumerate(gains, 1) if gain), 0.0)
        sums["hit@5"] += any(gains[:5])
    return {name: value / len(asked) for name, value in sums.items()}


def _dcg(gains: list[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def with_typo(text: str, seed: str) -> str:
    """The text with one edit inside its longest word: a letter changed, lost, doubled or swapped with the next."""
    words = list(re.finditer(r"[A-Za-z]{4,}", text))
    if not words:
        return text
    chosen = random.Random(seed)
    word = max(words, key=lambda match: len(match[0]))
    place = chosen.randrange(word.start() + 1, word.end() - 1)
    letter = chosen.choice([one for one in string.ascii_lowercase if one != text[place].lower()])
    edits = (letter, "", text[place] * 2, text[place + 1] + text[place])
    kind = chosen.randrange(len(edits))
    return text[:place] + edits[kind] + text[place + (2 if kind == 3 else 1) :]


def with_aliases(posts: list[Post], site: Path) -> list[Post]:
    """The posts with the search aliases that the pages of a site give in their front matter."""
    aliases = {post.path: post.search_aliases for post in site_read(site).corpus}
    return [msgspec.structs.replace(post, search_aliases=aliases.get(post.path, ())) for post in posts]


def link_texts_of(posts: list[Post], site: Path, asked: Iterable[str]) -> LinkTexts:
    """What other pages of a site call each of the posts, in id order; but for what is asked."""
    corpus = site_read(site).corpus
    graph = link_graph(corpus, (), ADDRESSES.get(site.name, ""))
    texts = {post.path: found for post, found in zip(corpus, graph.link_texts, strict=True)}
    hidden = set(map(title_key, asked))
    return [[text for text in texts.get(post.path, ()) if text not in hidden] for post in Corpus(posts)]


def measured(
    name: str,
    posts: list[Post],
    asked: dict[str, str],
    judged: dict[str, dict[str, int]],
    link_texts: LinkTexts = (),
) -> float:
    """Prints a row and returns its nDCG@10."""
    with tempfile.TemporaryDirectory() as scratch:
        started = time.perf_counter()
        reader = built(Corpus(posts), Path(scratch), link_texts=link_texts)
        took = time.perf_counter() - started
        started = time.perf_counter()
        found = scores(asked_of(reader), asked, judged)
        each = (time.perf_counter() - started) / len(asked)
    row = "  ".join(f"{key} {value:.3f}" for key, value in found.items())
    print(f"  {name:<18} {row}   (built in {took:.1f} s, {each * 1000:.1f} ms a question)")
    return found["nDCG@10"]


def measure(folder: Path) -> bool:
    """Prints all about one set; whether its floors hold."""
    posts, asked, judged = read_set(folder)
    print(f"{folder.name}: {len(posts):,} posts, {len(asked):,} questions")
    measured("one joined field", one_joined_field(posts), asked, judged)
    kept = held("nDCG@10", measured("See Also", posts, asked, judged), SEARCH_FLOORS.get(folder.name, 0.0))
    misspelt = {key: with_typo(text, key) for key, text in asked.items()}
    kept &= held("with typos", measured("  with a typo", posts, misspelt, judged), TYPO_FLOORS.get(folder.name, 0.0))
    site = folder.parent / SITE_OF.get(folder.name, "")
    if folder.name in SITE_OF and site.is_dir():
        aliased = measured("  with aliases", with_aliases(posts, site), asked, judged)
        kept &= held("with aliases", aliased, ALIAS_FLOORS.get(folder.name, 0.0))
    linked = folder.parent / LINKED_SITE_OF.get(folder.name, "")
    if folder.name in LINKED_SITE_OF and linked.is_dir():
        measured("  with link texts", posts, asked, judged, link_texts_of(posts, linked, asked.values()))
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("sets", type=Path, nargs="+", metavar="SET")
    kept = [measure(folder) for folder in parser.parse_args().sets]  # every set is measured before the verdict
    sys.exit(not all(kept))


if __name__ == "__main__":
    main()
