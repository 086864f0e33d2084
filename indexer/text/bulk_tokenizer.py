"""The words of many texts at once: what `analysis.words_apart` says of each, by arrays and so several times as fast.

Nearly all text is letters and digits of ASCII with something else between. Where its words begin and end is then a
question of one table, and each different word has to become a Python text only once. Pieces between two spaces in
which anything else may be part of a word (accents, c++, node.js) are few; those go the way of `words_apart`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.text import analysis

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

# Characters that are looked at together: eight bytes are one number, so most words are one.
AT_ONCE = 8
_SHIFT = np.uint64(44)  # of a mixed number the upper 20 bits, the place in a table of a million
_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio (Knuth, 6.4): what is alike ends up apart
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(AT_ONCE + 1)], dtype="<u8")
_ODD = 0xFF


def _folded() -> Bytes:
    """Of each character the small letter or the ASCII sign that it counts as; _ODD where it takes more to say."""
    table = np.full(max(analysis.PUNCTUATION) + 2, _ODD, dtype=np.uint8)
    for code in range(128):
        table[code] = ord(chr(code).lower())
    for code in analysis.PUNCTUATION:
        table[code] = ord(chr(code).translate(analysis.PUNCTUATION))
    return table


_FOLDED = _folded()
_IN_WORDS = np.array([chr(code).isascii() and chr(code).isalnum() for code in range(256)])


@dataclass(frozen=True, slots=True)
class PlainWords:
    """The words of some texts in order.

    different: each word once; those longer than analysis.LONGEST_WORD are cut. words: of each word its place there.
    starts, sizes: where it begins in its text and how many characters of it it takes. counts: words of each text.
    """

    different: list[str]
    words: Ints
    starts: Ints
    sizes: Ints
    counts: Ints


def plain_words(texts: Sequence[str]) -> PlainWords:
    """The words of every text. Best with a hundred thousand to a million characters at a time."""
    whole = " ".join(texts)
    folded = _text(whole)
    starts, sizes = _words(folded)
    pieces = _odd_pieces(folded)
    piece = np.searchsorted(pieces[:, 0], starts, side="right") - 1
    simple = starts >= np.concatenate([pieces[:, 1], [0]])[piece]  # no word goes beyond its piece
    starts, sizes = starts[simple], sizes[simple]
    kept = np.minimum(sizes, analysis.LONGEST_WORD)
    likes = _alike(folded, starts, kept)
    if likes is None:  # two words that differ have met in one number: it may happen, and nobody has seen it
        starts, sizes, kept, likes = starts[:0], sizes[:0], kept[:0], starts[:0]
        pieces = np.array([[AT_ONCE, len(folded) - 2 * AT_ONCE]])
    stands = np.zeros(len(starts), dtype=bool)
    stands[likes] = True
    firsts, words = np.flatnonzero(stands), (np.cumsum(stands) - 1)[likes]
    raw = folded.tobytes()
    spans = zip(starts[firsts].tolist(), kept[firsts].tolist(), strict=True)
    different = [raw[start : start + size].decode("ascii") for start, size in spans]
    different, words, starts, sizes = _with_odd(whole, pieces - AT_ONCE, different, words, starts - AT_ONCE, sizes)
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    begins = np.cumsum(lengths + 1) - lengths - 1
    counts = np.diff(np.searchsorted(starts, begins), append=len(starts))
    return PlainWords(different, words, starts - np.repeat(begins, counts), sizes, counts)


def _words(folded: Bytes) -> tuple[Ints, Ints]:
    """Where words of letters and digits start, and their sizes; an apostrophe between two of them joins."""
    inside = _IN_WORDS[folded]
    apostrophes = _at(folded, "'")
    inside[apostrophes[inside[apostrophes - 1] & inside[apostrophes + 1]]] = True
    edges = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    return edges[::2], edges[1::2] - edges[::2]


def _text(text: str) -> Bytes:
    """A text as small letters and signs, with room on both sides so that looking around never leads out of it."""
    if text.isascii():
        codes: NDArray[np.uint8] | NDArray[np.uint32] = np.frombuffer(text.encode("ascii"), dtype=np.uint8)
    else:
        wide = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        codes = np.minimum(wide, len(_FOLDED) - 1)
    room = np.full(AT_ONCE, ord(" "), dtype=np.uint8)
    return np.concatenate([room, _FOLDED[codes], room, room])


def _at(folded: Bytes, sign: str) -> Ints:
    return np.flatnonzero(folded == ord(sign))


def _odd_pieces(folded: Bytes) -> Ints:
    """The pieces between spaces, as [start, end), in which something may be part of a word beside its letters."""
    dots, signs, pluses = _at(folded, "."), _at(folded, "#"), _at(folded, "+")
    pluses = pluses[folded[pluses + 1] == ord("+")]
    odd = [np.flatnonzero(folded == _ODD)]
    odd += [places[_IN_WORDS[folded[places - 1]]] for places in (pluses, signs)]
    for suffix in ("js", "net", "io"):
        here = dots
        for place, letter in enumerate(suffix, start=1):
            here = here[folded[here + place] == ord(letter)]
        odd.append(here[~_IN_WORDS[folded[here + len(suffix) + 1]]])
    spaces = np.flatnonzero((folded == ord(" ")) | (folded == ord("\n")))
    after = np.unique(np.searchsorted(spaces, np.concatenate(odd)))
    return np.stack([spaces[after - 1] + 1, spaces[after]], axis=1)


def _alike(folded: Bytes, starts: Ints, sizes: Ints) -> Ints | None:
    """For each word the place of one that stands for all that are the same; None where two that differ have met."""
    window = np.lib.stride_tricks.sliding_window_view(folded, AT_ONCE)

    def piece(words: Ints, offset: int) -> NDArray[np.uint64]:
        """The characters of words from an offset on, up to eight, as one number."""
        here = window[starts[words] + offset].view("<u8").ravel()
        number: NDArray[np.uint64] = here & _MASKS[np.minimum(sizes[words] - offset, AT_ONCE)]
        return number

    every = np.arange(len(starts))
    number = piece(every, 0)
    longer = np.flatnonzero(sizes > AT_ONCE)
    rest, offset = longer, AT_ONCE
    while len(rest):
        number[rest] = number[rest] * _MIX + piece(rest, offset)
        offset += AT_ONCE
        rest = rest[sizes[rest] > offset]
    # Of all words that share a place in the table one stands for it: the last to be written there.
    place = (number * _MIX) >> _SHIFT
    table = np.empty(1 << 20, dtype=np.int32)
    table[place] = every
    likes = table[place].astype(np.int64)
    others = np.flatnonzero(number[likes] != number)
    _, first, which = np.unique(number[others], return_index=True, return_inverse=True)
    likes[others] = others[first][which]
    same = bool(np.all(sizes[likes] == sizes))
    rest, offset = longer, 0
    while same and len(rest):
        same = bool(np.all(piece(rest, offset) == piece(likes[rest], offset)))
        offset += AT_ONCE
        rest = rest[sizes[rest] > offset]
    return likes if same else None


def _with_odd(
    whole: str, pieces: Ints, different: list[str], words: Ints, starts: Ints, sizes: Ints
) -> tuple[list[str], Ints, Ints, Ints]:
    """The words found so far, and among them those of the odd pieces of the whole text."""
    numbers = dict(zip(different, range(len(different)), strict=True))
    odd: list[tuple[int, int, int]] = []
    for start, end in pieces.tolist():
        own, apart = analysis.words_apart(whole[start:end])
        for place, word in enumerate(own):
            start += apart[2 * place]
            number = numbers.setdefault(word[: analysis.LONGEST_WORD], len(numbers))
            odd.append((number, start, apart[2 * place + 1]))
            start += apart[2 * place + 1]
    if not odd:
        return different, words, starts, sizes
    its = np.array(odd, dtype=np.int64)
    into = np.searchsorted(starts, its[:, 1])
    found = [np.insert(those, into, its[:, column]) for column, those in enumerate((words, starts, sizes))]
    return list(numbers), found[0], found[1], found[2]
