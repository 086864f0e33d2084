"""The token stream that an engine has written with its index: for snippets and ranking, and for the next build."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.search.lexicon import Lexicon, word_pairs
from indexer.search.snippets import TermStream, words_by_term
from indexer.store.arrays import Files
from indexer.text.token_stream import TokenStream


class StreamArrays(Protocol):
    """The arrays of a token stream in a generation; `columnar/inverted_index.py` draws them."""

    @property
    def stream(self) -> Any: ...
    @property
    def spans(self) -> Any: ...
    @property
    def part_starts(self) -> NDArray[np.uint32]: ...
    @property
    def part_kinds(self) -> NDArray[np.uint8]: ...
    @property
    def part_sections(self) -> NDArray[np.int32]: ...
    @property
    def post_starts(self) -> NDArray[np.uint32]: ...


def term_stream(stored: StreamArrays, lexicon: Lexicon) -> TermStream:
    """The stream with the term of each word."""
    term_of = np.append(lexicon.term_of, np.uint32(lexicon.terms))
    return TermStream(
        stored.stream,
        term_of,
        *words_by_term(term_of, lexicon.terms + 1),
        stored.spans,
        stored.part_starts,
        stored.part_kinds,
        stored.part_sections,
        stored.post_starts,
    )


def token_stream(stored: StreamArrays, files: Files) -> TokenStream:
    """The token stream of all posts in id order, as it was when the index was written."""
    part_starts = stored.part_starts.astype(np.int64)
    return TokenStream(
        word_pairs(files),
        stored.stream,
        stored.spans,
        stored.part_kinds,
        stored.part_sections,
        (np.diff(part_starts) - 1).astype(np.uint32),
        np.diff(np.searchsorted(part_starts, stored.post_starts)).astype(np.uint32),
    )


def is_text(words: Sequence[int], text: Sequence[Sequence[int]]) -> bool:
    """Whether the words of a part are those of a text. text: each word by all the numbers that it has in the stream."""
    return len(words) == len(text) and all(word in known for word, known in zip(words, text, strict=True))
