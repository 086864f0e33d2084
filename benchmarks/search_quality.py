"""How good are the answers? nDCG@10, MRR@10 and hit@5 on a set of judged questions in BEIR form.

    python -m benchmarks.search_quality SET [SET …]

SET is a folder with corpus.jsonl, queries.jsonl and qrels.tsv. The set goes the product's own way: Markdown reading,
the engine's index, the parser of queries. Baseline: the same terms in one joined field, scored by the same engine.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from benchmarks.ground import SEARCH_FLOORS, built, held
from indexer.fulltext import query as queries
from indexer.fulltext.engine import Reader
from indexer.model import Corpus, Post, Query, Section
from indexer.posts import markdown

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
    """The baseline's view of the posts: no title, no headings, all text in one section."""
    return [
        Post(
            post.id,
            post.path,
            post.url,
            "",
            sections=(
                Section(
                    "",
                    "",
                    0,
                    "\n".join([post.title, *(f"{s.heading}\n{s.text}\n{s.code}" for s in post.sections)]),
                ),
            ),
        )
        for post in posts
    ]


def asked_of(reader: Reader) -> Callable[[str], list[str]]:
    """A function question → ids of the first hits. Questions over the visitor's limits are cut to them."""

    def ask(text: str) -> list[str]:
        words = queries.parse(text[: queries.LONGEST])
        words = replace(words, loose=words.loose[: queries.MOST_TERMS])
        return [hit.post.id for hit in reader.search(Query(words, text, per_page=DEPTH)).hits]

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("sets", type=Path, nargs="+", metavar="SET")
    kept = True
    for folder in parser.parse_args().sets:
        posts, asked, judged = read_set(folder)
        print(f"{folder.name}: {len(posts):,} posts, {len(asked):,} questions")
        for name, corpus in {"one joined field": one_joined_field(posts), "See Also": posts}.items():
            with tempfile.TemporaryDirectory() as scratch:
                started = time.perf_counter()
                reader = built(Corpus(corpus), Path(scratch))
                took = time.perf_counter() - started
                started = time.perf_counter()
                measured = scores(asked_of(reader), asked, judged)
                each = (time.perf_counter() - started) / len(asked)
            row = "  ".join(f"{key} {value:.3f}" for key, value in measured.items())
            if name == "See Also":
                kept &= held("nDCG@10", measured["nDCG@10"], SEARCH_FLOORS.get(folder.name, 0.0))
            print(f"  {name:<18} {row}   (built in {took:.1f} s, {each * 1000:.1f} ms a question)")
    sys.exit(not kept)


if __name__ == "__main__":
    main()
