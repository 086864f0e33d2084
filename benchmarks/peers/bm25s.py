"""bm25s: scores worked out at build time and kept as a sparse matrix, summed by NumPy."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from pathlib import Path

import bm25s
import numpy as np
import Stemmer
from bm25s.selection import topk

from benchmarks.peers.material import read_titles_and_bodies
from benchmarks.peers.peer import FIRST_PAGE, Answer, Way
from benchmarks.peers.questions import AND, ONE_WORD, OR, Question

TITLES = "titles.json"
_WORD = re.compile(r"(?u)\b\w\w+\b")  # as bm25s itself takes words


class Bm25s:
    name = "bm25s"
    settings = (
        f"bm25s {version('bm25s')}; method lucene, k1 1.5 b 0.75, PyStemmer, English stop words, "
        "title and body joined (it has no fields), opened as memory maps"
    )
    threads = "1 thread"

    def read(self, material: Path) -> list[tuple[str, str]]:
        return read_titles_and_bodies(material)

    def build(self, posts: list[tuple[str, str]], folder: Path) -> dict[str, float]:
        texts = [f"{title}\n{body}" for title, body in posts]
        tokens = bm25s.tokenize(texts, stopwords="en", stemmer=Stemmer.Stemmer("english"), show_progress=False)
        index = bm25s.BM25(method="lucene")
        index.index(tokens, show_progress=False)
        index.save(str(folder))
        (folder / TITLES).write_text(json.dumps([title for title, _ in posts]), encoding="utf-8")
        return {}

    def open(self, folder: Path) -> list[Way]:
        index = bm25s.BM25.load(str(folder), mmap=True)
        stem = Stemmer.Stemmer("english").stemWords

        def ids(question: Question) -> Answer:
            """What `retrieve` does for one question, and the count beside it."""
            stems = stem(_WORD.findall(" ".join(question.words)))
            known = [index.vocab_dict[one] for one in stems if one in index.vocab_dict]
            if not known:
                return [], 0
            scores = index.get_scores_from_ids(known)
            best, numbers = topk(scores, k=min(FIRST_PAGE, len(scores)), backend="numpy", sorted=True)
            return [int(n) for n, score in zip(numbers, best, strict=True) if score > 0], int(np.count_nonzero(scores))

        return [Way("ids and count", ids, (ONE_WORD, OR, AND), own=(AND,))]
