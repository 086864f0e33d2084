"""The words of many texts at once, by arrays: what `analysis.words_with_lengths` finds in each, several times as fast.

Nearly all text consists of ASCII letters and digits with separators in between. A table lookup then tells the
characters of words, and each distinct word becomes a Python string only once. The texts are joined by spaces:

    text         D o n ' t   u s e   C + +   o n   r y e
    folded       d o n ' t   u s e   c + +   o n   r y e     _FOLDED: lower case, typographic signs as ASCII; 0xFF for
                                                             all other characters, which are odd
    is_inside    1 1 1 1 1 0 1 1 1 0 1 0 0 0 1 1 0 1 1 1     letters and digits, and an apostrophe between two of them
    edges        0         5 6     9 10 11   14  16 17  20   where is_inside changes: start, end, start, end, …
    odd pieces                       10    13                from space to space: pieces with odd characters, with ++ or
                                                             # after a letter or digit, with .js, .net or .io

The words of odd pieces are dropped and found again by `words_with_lengths`, then inserted where they belong.

Equal words are grouped by hashing. The first eight bytes of a word, read as a little-endian integer, are its number, so
words of up to eight letters differ exactly if their numbers do; of longer words each further eight bytes are mixed in.
The upper 20 bits of the number times _MIX are its slot in a table, which holds the last word written there: the
representative of the words with that slot.

    word             0 rye       1 bread         2 rye       3 pumpernickel
    number           0x657972    0x6461657262    0x657972    0x696e7265706d7570 · _MIX + 0x6c656b63
    slot             734913      319297          734913      1018802
    table[slot]      2           1               2           3
    representative   2           1               2           3

Where a representative has another number, as two words met in one slot, np.unique groups the words instead. At last
all words are compared with their representatives, eight bytes at a time. If two longer words with the same number
differ, which nobody has seen yet, everything counts as one odd piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from indexer.model import Lead
from indexer.text import analysis

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

# Bytes that are hashed and compared as one number; few words are longer.
NUMBER_BYTES = 8
_SLOT_BITS = 20
_SHIFT = np.uint64(64 - _SLOT_BITS)
_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / the golden ratio, for multiplicative hashing (Knuth, TAOCP 3, 6.4)
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(NUMBER_BYTES + 1)], dtype="<u8")
_ODD = 0xFF


def _folding_table() -> Bytes:
    """For each code point the lower-case letter or ASCII sign that it folds to, _ODD for all others (uint8)."""
    table = np.full(max(analysis.PUNCTUATION) + 2, _ODD, dtype=np.uint8)
    for code in range(128):
        table[code] = ord(chr(code).lower())
    for code in analysis.PUNCTUATION:
        table[code] = ord(chr(code).translate(analysis.PUNCTUATION))
    return table


_FOLDED = _folding_table()
_IS_WORD_BYTE = np.array([chr(code).isascii() and chr(code).isalnum() for code in range(256)])
_JOINED_BY = np.array([analysis.JOINING_SIGNS.get(chr(code), Lead.JOINED) for code in range(256)], dtype=np.uint8)
_IS_LEADING_SIGN = np.array([chr(code) in analysis.LEADING_SIGNS for code in range(256)])


@dataclass(frozen=True, slots=True)
class TextWords:
    """The words of some texts in order.

    vocabulary: each distinct word once, truncated to analysis.LONGEST_WORD. words: the index of each word in it.
    starts, sizes: where each word begins in its text, and its length there, in characters. leads: the analysis.Lead of
    each (uint8). counts: words per text.
    """

    vocabulary: list[str]
    words: Ints
    starts: Ints
    sizes: Ints
    leads: NDArray[np.uint8]
    counts: Ints


def tokenize(texts: Sequence[str]) -> TextWords:
    """The words of every text. Fastest with a hundred thousand to a million characters at a time."""
    all_text = " ".join(texts)
    folded = _folded(all_text)
    starts, sizes = _plain_words(folded)
    pieces = _odd_pieces(folded)
    piece = np.searchsorted(pieces[:, 0], starts, side="right") - 1
    is_outside = starts >= np.concatenate([pieces[:, 1], [0]])[piece]  # no word extends beyond its piece
    starts, sizes = starts[is_outside], sizes[is_outside]
    cut_sizes = np.minimum(sizes, analysis.LONGEST_WORD)
    representatives = _representatives(folded, starts, cut_sizes)
    if representatives is None:
        starts, sizes, cut_sizes, representatives = starts[:0], sizes[:0], cut_sizes[:0], starts[:0]
        pieces = np.array([[NUMBER_BYTES, len(folded) - 2 * NUMBER_BYTES]])
    is_representative = np.zeros(len(starts), dtype=bool)
    is_representative[representatives] = True
    distinct, words = np.flatnonzero(is_representative), (np.cumsum(is_representative) - 1)[representatives]
    folded_bytes = folded.tobytes()
    spans = zip(starts[distinct].tolist(), cut_sizes[distinct].tolist(), strict=True)
    vocabulary = [folded_bytes[start : start + size].decode("ascii") for start, size in spans]
    plain = TextWords(vocabulary, words, starts - NUMBER_BYTES, sizes, folded[:0], starts[:0])
    merged = _with_odd_pieces(plain, all_text, pieces - NUMBER_BYTES)
    leads = _leads(folded, merged.starts + NUMBER_BYTES)
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    text_starts = np.cumsum(lengths + 1) - lengths - 1
    counts = np.diff(np.searchsorted(merged.starts, text_starts), append=len(merged.starts))
    return replace(merged, starts=merged.starts - np.repeat(text_starts, counts), leads=leads, counts=counts)


def _folded(text: str) -> Bytes:
    """A text folded to bytes, padded with spaces on both sides, so that no look at neighbours leaves the array."""
    if text.isascii():
        codes: NDArray[np.uint8] | NDArray[np.uint32] = np.frombuffer(text.encode("ascii"), dtype=np.uint8)
    else:
        code_points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        codes = np.minimum(code_points, len(_FOLDED) - 1)
    padding = np.full(NUMBER_BYTES, ord(" "), dtype=np.uint8)
    return np.concatenate([padding, _FOLDED[codes], padding, padding])


def _plain_words(folded: Bytes) -> tuple[Ints, Ints]:
    """The starts and sizes of runs of letters and digits; an apostrophe between two of these joins them."""
    is_inside = _IS_WORD_BYTE[folded]
    apostrophes = _positions_of(folded, "'")
    is_inside[apostrophes[is_inside[apostrophes - 1] & is_inside[apostrophes + 1]]] = True
    edges = np.flatnonzero(is_inside[1:] != is_inside[:-1]) + 1
    return edges[::2], edges[1::2] - edges[::2]


def _leads(folded: Bytes, starts: Ints) -> Bytes:
    """The Lead of the word at each of these positions; characters that are not ASCII count as letters."""
    leads = np.zeros(len(starts), dtype=np.uint8)
    signed = np.flatnonzero(_IS_LEADING_SIGN[folded[starts - 1]])
    is_dashed = folded[starts[signed] - 1] == ord("-")
    leads[signed] = np.where(is_dashed, Lead.DASHED, Lead.SIGNED)
    leads[signed[is_dashed & (folded[starts[signed] - 2] == ord("-"))]] = Lead.TWICE_DASHED
    for distance in range(2, analysis.MOST_LEADING_SIGNS + 2):
        before = folded[starts[signed] - distance]
        joined = signed[_IS_WORD_BYTE[before] | (before == _ODD)]
        leads[joined] = _JOINED_BY[folded[starts[joined] - 1]] if distance == 2 else Lead.JOINED
        signed = signed[_IS_LEADING_SIGN[before]]
    return leads


def _positions_of(folded: Bytes, sign: str) -> Ints:
    return np.flatnonzero(folded == ord(sign))


def _odd_pieces(folded: Bytes) -> Ints:
    """The pieces between spaces, as rows [start, end), in which more than letters and digits may belong to words."""
    dots, hashes, pluses = (_positions_of(folded, sign) for sign in ".#+")
    pluses = pluses[folded[pluses + 1] == ord("+")]
    odd = [np.flatnonzero(folded == _ODD)]
    odd += [signs[_IS_WORD_BYTE[folded[signs - 1]]] for signs in (pluses, hashes)]
    for suffix in ("js", "net", "io"):
        matches = dots
        for offset, letter in enumerate(suffix, start=1):
            matches = matches[folded[matches + offset] == ord(letter)]
        odd.append(matches[~_IS_WORD_BYTE[folded[matches + len(suffix) + 1]]])
    spaces = np.flatnonzero((folded == ord(" ")) | (folded == ord("\n")))
    following = np.unique(np.searchsorted(spaces, np.concatenate(odd)))
    return np.stack([spaces[following - 1] + 1, spaces[following]], axis=1)


def _representatives(folded: Bytes, starts: Ints, sizes: Ints) -> Ints | None:
    """For each word the index of one that represents all equal words; None if different words got one number."""
    windows = np.lib.stride_tricks.sliding_window_view(folded, NUMBER_BYTES)

    def number_at(words: Ints, offset: int) -> NDArray[np.uint64]:
        """Up to eight bytes of each word from an offset on, as one number."""
        eight_bytes = windows[starts[words] + offset].view("<u8").ravel()
        number: NDArray[np.uint64] = eight_bytes & _MASKS[np.minimum(sizes[words] - offset, NUMBER_BYTES)]
        return number

    words = np.arange(len(starts))
    numbers = number_at(words, 0)
    longer = np.flatnonzero(sizes > NUMBER_BYTES)
    rest, offset = longer, NUMBER_BYTES
    while len(rest):
        numbers[rest] = numbers[rest] * _MIX + number_at(rest, offset)
        offset += NUMBER_BYTES
        rest = rest[sizes[rest] > offset]
    slots = (numbers * _MIX) >> _SHIFT
    table = np.empty(1 << _SLOT_BITS, dtype=np.int32)
    table[slots] = words
    representatives = table[slots].astype(np.int64)
    collided = np.flatnonzero(numbers[representatives] != numbers)
    _, first, group = np.unique(numbers[collided], return_index=True, return_inverse=True)
    representatives[collided] = collided[first][group]
    are_equal = bool(np.all(sizes[representatives] == sizes))
    rest, offset = longer, 0
    while are_equal and len(rest):
        are_equal = bool(np.all(number_at(rest, offset) == number_at(representatives[rest], offset)))
        offset += NUMBER_BYTES
        rest = rest[sizes[rest] > offset]
    return representatives if are_equal else None


def _with_odd_pieces(plain: TextWords, all_text: str, pieces: Ints) -> TextWords:
    """The plain words, merged with those of the odd pieces of the text."""
    numbers = dict(zip(plain.vocabulary, range(len(plain.vocabulary)), strict=True))
    odd: list[tuple[int, int, int]] = []
    for start, end in pieces.tolist():
        words, lengths = analysis.words_with_lengths(all_text[start:end])
        for word, gap, size in zip(words, lengths[::2], lengths[1::2], strict=False):
            start += gap
            odd.append((numbers.setdefault(word[: analysis.LONGEST_WORD], len(numbers)), start, size))
            start += size
    if not odd:
        return plain
    columns = np.array(odd, dtype=np.int64).T
    positions = np.searchsorted(plain.starts, columns[1])
    word_numbers, starts, sizes = map(np.insert, (plain.words, plain.starts, plain.sizes), repeat(positions), columns)
    return TextWords(list(numbers), word_numbers, starts, sizes, plain.leads, plain.counts)
