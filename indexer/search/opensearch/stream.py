"""The token stream in the generation: what a hit shows of its text, and what the next build takes over.

The arrays are those of `columnar/inverted_index.py`, which draws them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.search.columnar.inverted_index import stream_arrays
from indexer.search.opensearch.worth import Counted, worth_of_names
from indexer.search.snippets import TermStream
from indexer.search.stored_stream import is_text
from indexer.store.arrays import Files, Rows
from indexer.store.tables import load_table, save_table
from indexer.text.token_stream import PartKind, TokenStream

FOLDER = "fulltext"


@dataclass(frozen=True, slots=True)
class _Parts:
    """idf, frequencies: of each term; the latter in posts, in any part."""

    part_starts: NDArray[np.uint32]
    part_kinds: NDArray[np.uint8]
    part_sections: NDArray[np.int32]
    post_starts: NDArray[np.uint32]
    idf: NDArray[np.float32]
    frequencies: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class StoredStream(_Parts):
    """The files of fulltext/ beside cluster.json."""

    stream: NDArray[np.uint32]
    spans: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class ServedStream(_Parts):
    """The same, of which a question reads what a few posts have."""

    stream: Rows
    spans: Rows


def write_stream(directory: Path, tokens: TokenStream, counted: Counted) -> None:
    of_terms = (("idf", counted.idf_of_prose), ("frequencies", counted.frequencies))
    save_table(directory / FOLDER, StoredStream, chain(stream_arrays(tokens), of_terms))


def stored_stream(files: Files) -> StoredStream:
    """Raises DamagedGeneration, as `served_stream` does."""
    return load_table(files, FOLDER, StoredStream)


def served_stream(files: Files) -> ServedStream:
    return load_table(files, FOLDER, ServedStream)


def worth_without_alias(
    stream: TermStream, idf: NDArray[np.float32], post: int, alias: Sequence[Sequence[int]]
) -> dict[int, float]:
    """What the title and the other aliases of a post add to its score, as `worth_of_names` gives it.

    idf: of each term. alias: the words of the one that is left out, each by all the numbers that it has in the stream.
    """
    left = []
    first, end = stream.part_starts.searchsorted(stream.post_starts[post : post + 2]).tolist()
    for part in range(first, end):
        kind = stream.part_kinds[part]
        words = stream.words[stream.part_starts[part] : stream.part_starts[part + 1] - 1].tolist()
        is_left_out = kind == PartKind.ALIAS and is_text(words, alias)
        if kind in (PartKind.TITLE, PartKind.ALIAS) and not is_left_out:
            left.append(stream.term_of[words].tolist())
    return worth_of_names(left, idf)
