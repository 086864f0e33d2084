"""Questions for the benchmarks over HTTP, made from a set of real ones: all different, or repeated as visitors do."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from urllib.parse import quote, urlencode

from indexer.search.query import LONGEST

# What the search box asks beside the words, and after how many letters: a pause is rarely shorter.
BOX = {"prefix": "true", "per_page": "6", "snippet": "100", "complete": "3", "newest": "4", "max_facet_values": "30"}
LETTERS = 3


def questions_of(folder: Path) -> list[str]:
    """The different questions of a set, in their order."""
    with open(folder / "queries.jsonl", encoding="utf-8") as lines:
        return list(dict.fromkeys(json.loads(line)["text"][:LONGEST] for line in lines))


def different(questions: Sequence[str], count: int, seed: int = 7) -> list[str]:
    """Paths of so many questions, no two the same: the set, then it with a word of each exchanged for one of another.

    Each is as long as one of the set and, but for one word, about the same.
    """
    chance = random.Random(seed)
    asked = dict.fromkeys(questions)
    while len(asked) < count:
        words, others = chance.choice(questions).split(), chance.choice(questions).split()
        words[chance.randrange(len(words))] = chance.choice(others)
        asked[" ".join(words)] = None
    return [f"/api/v1/search?q={quote(one)}" for one in list(asked)[:count]]


def repeating(questions: Sequence[str], count: int, seed: int = 7) -> list[str]:
    """Paths of so many requests as a search box sends them: the n-th question of the set is typed 1/n as often.

    Zipf's law with s = 1. Every third letter is asked on the way, then the whole question.
    """
    chance = random.Random(seed)
    weights = list(accumulate(1 / rank for rank in range(1, len(questions) + 1)))
    asked: list[str] = []
    while len(asked) < count:
        (question,) = chance.choices(questions, cum_weights=weights)
        typed = [question[:length] for length in range(LETTERS, len(question), LETTERS)]
        asked += [f"/api/v1/search?{urlencode({'q': one} | BOX)}" for one in (*typed, question) if one.strip()]
    return asked[:count]
