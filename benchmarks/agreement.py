"""Do the engines find the same posts? Random questions over real sites, every set of answers compared.

    python -m benchmarks.agreement SITE [SITE …] [--questions 10000]

Questions are made with a seed from the site's own words: words, phrases that stand somewhere and phrases that may not,
exclusions, misspellings, unfinished words, tags, languages and dates, in any mixture. Scores are never compared.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.ground import EMBEDDED, built, site_read
from indexer.model import Corpus, SearchRequest
from indexer.search.query import parse
from indexer.text import analysis


def questions(corpus: Corpus, count: int, seed: int = 4) -> Iterator[SearchRequest]:
    """Questions without end to their variety, the same in every run."""
    chosen = random.Random(seed)
    texts = [section.text for post in corpus for section in post.sections if len(section.text.split()) > 4]
    pieces: dict[Callable[[str], str], int] = {
        lambda text: _word(text, chosen): 6,
        lambda text: f'"{_run(text, chosen)}"': 2,
        lambda text: f'"{_word(text, chosen)} {_word(chosen.choice(texts), chosen)}"': 1,
        lambda text: f"-{_word(text, chosen)}": 1,
        lambda text: f'-"{_run(text, chosen)}"': 1,
        lambda text: _misspelt(_word(text, chosen), chosen): 1,
    }
    for _ in range(count):
        kinds = chosen.choices(list(pieces), list(pieces.values()), k=chosen.randint(1, 4))
        text = " ".join(kind(chosen.choice(texts)) for kind in kinds)[:200]
        prefix = chosen.random() < 0.3
        if prefix:
            text = text[: len(text) - chosen.randint(0, 3)] or text
        post = corpus[chosen.randrange(len(corpus))]
        filters = {
            "tags": post.tags[:1] if chosen.random() < 0.1 else (),
            "language": post.language if chosen.random() < 0.1 else None,
            "since": post.date if chosen.random() < 0.1 else None,
        }
        yield SearchRequest(parse(text, prefix), per_page=len(corpus), **filters)  # type: ignore[arg-type]


def _word(text: str, chosen: random.Random) -> str:
    return chosen.choice(analysis.words(text) or ["word"])


def _run(text: str, chosen: random.Random) -> str:
    words = text.replace('"', " ").split()
    first = chosen.randrange(len(words) - 2)
    return " ".join(words[first : first + chosen.randint(2, 3)])


def _misspelt(word: str, chosen: random.Random) -> str:
    place = chosen.randrange(len(word))
    return word[:place] + word[place + 1 :] or word


def compare(site: Path, count: int) -> bool:
    """Prints how many questions get the same set from every engine; whether all do."""
    corpus = site_read(site).corpus
    with tempfile.TemporaryDirectory() as scratch:
        readers = {}
        for engine in EMBEDDED:
            (directory := Path(scratch, engine)).mkdir()
            readers[engine] = built(corpus, directory, engine)
        different = answered = 0
        started = time.perf_counter()
        for query in questions(corpus, count):
            found = {engine: reader.ranked(query) for engine, reader in readers.items()}
            sets = {frozenset(numbers) for numbers, _ in found.values()}
            totals = {total for _, total in found.values()} | {len(one) for one in sets}
            answered += any(totals)
            if len(sets) > 1 or len(totals) > 1:
                different += 1
                print(f"  DIFFERENT: {query.query.text!r} prefix={query.query.is_prefix}: {[len(one) for one in sets]}")
        print(
            f"{site.name}: {len(corpus):,} posts, {count:,} questions, {answered:,} of them find something; "
            f"{different} get different sets from {' and '.join(EMBEDDED)} ({time.perf_counter() - started:.0f} s)"
        )
    return not different


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("sites", type=Path, nargs="+", metavar="SITE")
    parser.add_argument("--questions", type=int, default=10_000)
    told = parser.parse_args()
    kept = [compare(site, told.questions) for site in told.sites]  # every site is compared before the verdict
    sys.exit(not all(kept))


if __name__ == "__main__":
    main()
