"""Pairs of Chinese, Japanese and Korean characters that two texts share → the words that a person reads in them.

Such text is compared by overlapping pairs of characters, as nothing parts its words. Two texts that both hold メモ
and モリ share the word メモリ; 当て and てを are of 割り当てを, in which を is a particle. So pairs are joined within
runs that are likely to be words: of katakana, of hangul, and of Chinese characters with the kana that may be theirs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from indexer.model import SharedTerm
from indexer.related.fields import FIELDS
from indexer.related.stored_vectors import LEAST_SHARE, MOST_SHARED_TERMS
from indexer.text.analysis import fold, is_cjk

# How much of a text is looked at; what two posts have in common, they mostly say early.
MOST_TEXT = 20_000

_CHINESE = r"[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
# Kana within words of Chinese characters: hiragana, but for those that are mostly particles or forms of する.
_KANA = r"(?![をはがのにでとものへやかな])[\u3041-\u3096]"
_SURU = r"(?!する|した|して|しま|され|させ|すれ)"
_RUN = re.compile(
    rf"[\u30a1-\u30fa\u30fc-\u30fe\u31f0-\u31ff]+|[\uac00-\ud7af]+|"
    rf"{_CHINESE}+(?:(?:{_KANA}){{1,2}}{_CHINESE}+)*(?:{_SURU}(?:{_KANA}){{1,2}})?"
)


def with_words(terms: Sequence[SharedTerm], first: Iterable[str], second: Iterable[str]) -> tuple[SharedTerm, ...]:
    """The heaviest terms that two texts share, pairs of characters joined to words, and those of no word left out.

    terms: what they share. first, second: the paragraphs of the texts. If the pairs give no word, they stay.
    """
    pairs = {fold(term.term): term for term in terms if is_cjk(term.term)}
    others = [term for term in terms if not is_cjk(term.term)]
    shared = _shared_runs(_runs(first, pairs), _runs(second, pairs))
    words = islice(_weighed(shared, pairs), MOST_SHARED_TERMS) if shared else pairs.values()
    least = LEAST_SHARE * sum(term.weight for term in terms)
    heaviest = sorted([*others, *words], key=lambda term: (-term.weight, term.term))[:MOST_SHARED_TERMS]
    return tuple(term for term in heaviest if term.weight >= least)


def _runs(paragraphs: Iterable[str], pairs: Iterable[str]) -> set[str]:
    """The longest runs of a text all of whose pairs are among some."""
    known = set(pairs)
    left = MOST_TEXT
    runs: set[str] = set()
    for paragraph in paragraphs:
        for match in _RUN.finditer(unicodedata.normalize("NFKC", paragraph[:left])):
            runs.update(_known_parts(match[0], known))
        left -= len(paragraph)
        if left <= 0:
            break
    return runs


def _known_parts(run: str, known: set[str]) -> Iterator[str]:
    start = 0
    for end in range(1, len(run) + 1):
        if end == len(run) or run[end - 1 : end + 1] not in known:
            if (part := _RUN.search(run[start:end])) and len(part[0]) > 1:
                yield part[0]
            start = end


def _shared_runs(first: set[str], second: set[str]) -> set[str]:
    """The longest runs that both sets have, whole or as a part."""
    whole = "\n".join(second)
    return {shared for run in first for shared in _parts_in(run, whole)}


def _parts_in(run: str, text: str) -> Iterator[str]:
    start = 0
    while start < len(run) - 1:
        end = start + 1
        while end < len(run) and run[start : end + 1] in text:
            end += 1
        if (part := _RUN.search(run[start:end])) and len(part[0]) > 1:
            yield part[0]
        start = end


def _weighed(runs: set[str], pairs: dict[str, SharedTerm]) -> Iterator[SharedTerm]:
    """Runs as terms, with the weights of their pairs; a pair counts for the heaviest run that has it."""
    left = dict(pairs)
    found = {run: {run[at : at + 2] for at in range(len(run) - 1)} for run in runs}
    while found:
        weights = {run: sum(left[pair].weight for pair in of_run if pair in left) for run, of_run in found.items()}
        run = max(weights, key=lambda run: (weights[run], len(run), run))
        if not weights[run]:
            return
        taken = [left.pop(pair) for pair in found.pop(run) if pair in left]
        fields = {name for term in taken for name in term.fields}
        yield SharedTerm(run, weights[run], tuple(name for name in FIELDS if name in fields))
