"""Pairs of Chinese, Japanese and Korean characters that two texts share → the words that a person reads in them.

Such text is compared by overlapping pairs of characters, as nothing parts its words. Two texts that both hold メモ
and モリ share the word メモリ; 当て and てを are of 割り当てを, in which を is a particle. So words are sought where
they are likely: in runs of katakana, of hangul, and of Chinese characters with the kana that may be theirs. Where kana
part the words, a word is a whole run in one text at least; Chinese and Korean have no such bounds, and parts will do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from indexer.model import SharedTerm
from indexer.related.fields import FIELDS
from indexer.text.analysis import is_cjk

# The heaviest pairs, of which each word has one; and how many words are made of them.
MOST_PAIRS, MOST_WORDS = 60, 8

_CHINESE = r"[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
# Kana within words of Chinese characters: hiragana, but for those that are mostly particles or forms of する.
_KANA = r"(?![をはがのにでとものへやかな])[\u3041-\u3096]"
_SURU = r"(?!する|した|して|しま|され|させ|すれ)"
_RUN = re.compile(
    rf"[\u30a1-\u30fa\u30fc-\u30fe\u31f0-\u31ff]+|[\uac00-\ud7af]+|"
    rf"{_CHINESE}+(?:(?:{_KANA}){{1,2}}{_CHINESE}+)*(?:{_SURU}(?:{_KANA}){{1,2}})?"
)
_ENDING = re.compile("[\u3041-\u3096]$")
_HAS_KANA = re.compile("[\u3041-\u30fa\u30fc]")
# Of these two characters at least make a noun; one with an ending is a verb, and says little.
_TWO = re.compile(rf"{_CHINESE}.*{_CHINESE}|^[^\u3041-\u3096\u4e00-\u9fff]{{2,}}$")
# Little words of Chinese, which part others.
_LITTLE = re.compile("[的了是在和与及或不也就都而被把从对为以这那其之个们你我他她它有会能可要将并但如]+")


def words_of_pairs(shared: Mapping[str, SharedTerm], first: Iterable[str], second: Iterable[str]) -> list[SharedTerm]:
    """The words that two texts share, heaviest first. shared: what they share by stem, heaviest first; some are pairs.

    first, second: the sentences of the texts.
    """
    pairs = {pair: term for pair, term in shared.items() if is_cjk(pair)}
    if not pairs:
        return []
    heavy = set(islice(pairs, MOST_PAIRS))
    runs = _shared_runs(_runs(first, heavy), _runs(second, heavy))
    return list(islice(_weighed({run for run in runs if _TWO.search(run)}, pairs), MOST_WORDS))


def _runs(texts: Iterable[str], heavy: set[str]) -> set[str]:
    """The runs of a text that hold one of some pairs."""
    runs: set[str] = set()
    for text in texts:
        parted = text if _HAS_KANA.search(text) else _LITTLE.sub(" ", text)
        for match in _RUN.finditer(unicodedata.normalize("NFKC", parted)):
            run = match[0]
            if match.string[match.end() : match.end() + 1] == "い" and _ENDING.search(run):
                continue  # an adjective: its stem is no word
            if any(run[at : at + 2] in heavy for at in range(len(run) - 1)):
                runs.add(run)
    return runs


def _shared_runs(first: set[str], second: set[str]) -> set[str]:
    """The runs of one text that stand in the other, whole or as a part; of runs without kana their common parts too."""
    in_first, in_second = "\n".join(first), "\n".join(second)
    whole = {run for run in first if run in in_second} | {run for run in second if run in in_first}
    parts = {part for run in first - whole if not _HAS_KANA.search(run) for part in _parts_in(run, in_second)}
    return whole | parts


def _parts_in(run: str, text: str) -> Iterator[str]:
    start = 0
    while start < len(run) - 1:
        end = start + 1
        while end < len(run) and run[start : end + 1] in text:
            end += 1
        if end - start > 1:
            yield run[start:end]
        start = end


def _weighed(runs: set[str], pairs: Mapping[str, SharedTerm]) -> Iterator[SharedTerm]:
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
