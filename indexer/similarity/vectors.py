"""Posts → TF-IDF vectors and the nearest posts of every post, written as plain arrays.

    vectors/terms.json        [[term, as people write it, idf], …] in column order
    vectors/indptr|indices|values.npy   the vectors, posts × terms, as CSR
    vectors/neighbours.npy, cosines.npy   posts × NEIGHBOURS

Nothing that is stored can execute: no pickles, no estimators.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from indexer import analysis
from indexer.model import Corpus
from indexer.similarity.terms import post_terms

FOLDER = "vectors"
NEIGHBOURS = 50

# A term that stands in more of the posts than this tells none apart. Small sites keep what three posts share.
COMMON_SHARE, COMMON_LEAST = 0.3, 3
# Rows of the similarity matrix that are in memory at once.
BLOCK = 512


def write_vectors(directory: Path, corpus: Corpus) -> None:
    """Writes the vectors and neighbours of a corpus below directory/vectors. Any corpus will do, an empty one too."""
    folder = directory / FOLDER
    folder.mkdir()
    matrix, terms, idf = tfidf([post_terms(post) for post in corpus])
    written = _as_written(corpus)
    rows = [[term, written.get(term, term), float(weight)] for term, weight in zip(terms, idf, strict=True)]
    (folder / "terms.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    neighbours, cosines = cosine_neighbours(matrix, NEIGHBOURS)
    arrays: dict[str, NDArray[Any]] = {
        "indptr": matrix.indptr.astype(np.int64),
        "indices": matrix.indices.astype(np.int32),
        "values": matrix.data.astype(np.float32),
        "neighbours": neighbours,
        "cosines": cosines,
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)


def tfidf(documents: list[list[str]]) -> tuple[sparse.csr_array, list[str], NDArray[np.float64]]:
    """Lists of terms → vectors (documents × terms, CSR, rows of length 1 or 0), the terms, and their idf.

    Weights are (1 + ln tf) · idf with scikit-learn's smoothed idf = 1 + ln((1 + n) / (1 + df)).
    """
    none: tuple[sparse.csr_array, list[str], NDArray[np.float64]]
    none = sparse.csr_array((len(documents), 0), dtype=np.float64), [], np.zeros(0)
    if not any(documents):
        return none
    counter = CountVectorizer(analyzer=_as_they_are)
    counts = counter.fit_transform(documents)
    document_frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    kept = np.flatnonzero(document_frequency <= max(COMMON_LEAST, COMMON_SHARE * len(documents)))
    if not len(kept):
        return none
    weigher = TfidfTransformer(sublinear_tf=True)
    matrix = sparse.csr_array(weigher.fit_transform(counts[:, kept]))
    matrix.sort_indices()
    return matrix, list(counter.get_feature_names_out()[kept]), weigher.idf_


def _as_they_are(document: list[str]) -> list[str]:
    return document


def cosine_neighbours(vectors: sparse.csr_array, k: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The k nearest posts of every post, best first, by exact cosine.

    vectors: CSR (posts × terms), rows of length 1 (or 0 for a post without terms).
    Returns ids (posts × k, int32, -1 where there are fewer) and cosines (posts × k, float32 in 0..1).
    Ties go to the smaller id, so two builds of one corpus agree to the bit.
    """
    posts = vectors.shape[0]
    ids = np.full((posts, k), -1, dtype=np.int32)
    cosines = np.zeros((posts, k), dtype=np.float32)
    turned = vectors.T.tocsr()
    for first in range(0, posts, BLOCK):
        block = (vectors[first : first + BLOCK] @ turned).tocsr()
        for row in range(block.shape[0]):
            number = first + row
            others = block.indices[block.indptr[row] : block.indptr[row + 1]]
            # Rounded, or the last bit of a sum would decide between equals.
            values = np.round(block.data[block.indptr[row] : block.indptr[row + 1]], 6)
            likes = (others != number) & (values > 0)
            others, values = others[likes], values[likes]
            best = np.lexsort((others, -values))[:k]
            ids[number, : len(best)] = others[best]
            cosines[number, : len(best)] = np.clip(values[best], 0.0, 1.0)
    return ids, cosines


def _as_written(corpus: Corpus) -> dict[str, str]:
    """Each term as the posts mostly write it: "cach" → "caching"."""
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for post in corpus:
        stem = analysis.stemmer(post.language)
        texts = (
            post.title,
            post.description,
            *post.tags,
            *(f"{one.heading}\n{one.text}" for one in post.sections),
        )
        for word, count in Counter(chain.from_iterable(map(analysis.words, texts))).items():
            forms[stem(word)][word] += count
    return {term: min(counts, key=lambda word: (-counts[word], word)) for term, counts in forms.items()}
