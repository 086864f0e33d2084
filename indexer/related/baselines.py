"""Rankings to compare with: the newest posts, most tags in common, TF-IDF cosine over one field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from indexer.model import Corpus
from indexer.related.fields import field_terms
from indexer.related.metrics import DEPTH
from indexer.related.neighbours import cosine_neighbours
from indexer.related.vectors import rounded


def by_tfidf(corpus: Corpus) -> Callable[[int], list[int]]:
    """Cosine of TF-IDF vectors over all text in one field, as scikit-learn does it."""
    documents = [field_terms(post)["all_text"] for post in corpus]
    if not any(documents):
        return lambda post: []
    vectors = TfidfVectorizer(analyzer=list, sublinear_tf=True).fit_transform(documents)
    ids, _ = cosine_neighbours(rounded(sparse.csr_array(vectors)), DEPTH)
    return lambda post: [target for target in ids[post].tolist() if target >= 0]


def by_newest(corpus: Corpus) -> Callable[[int], list[int]]:
    """The newest posts, the same for every post."""
    order = newest(corpus)
    return lambda post: [target for target in order[: DEPTH + 1] if target != post]


def by_shared_tags(corpus: Corpus) -> Callable[[int], list[int]]:
    """The posts with most tags in common, newer ones first among equals."""
    ranks = {number: rank for rank, number in enumerate(newest(corpus))}
    with_tag: dict[str, list[int]] = {}
    for number, post in enumerate(corpus):
        for tag in {tag.casefold() for tag in post.tags}:
            with_tag.setdefault(tag, []).append(number)

    def rank(post: int) -> list[int]:
        shared = Counter(
            target
            for tag in {tag.casefold() for tag in corpus[post].tags}
            for target in with_tag[tag]
            if target != post
        )
        return sorted(shared, key=lambda target: (-shared[target], ranks[target]))[:DEPTH]

    return rank


def newest(corpus: Corpus) -> list[int]:
    """All posts, the newest first, those without a date last, ties by id."""
    days = [post.date.toordinal() if post.date else 0 for post in corpus]
    return sorted(range(len(corpus)), key=lambda number: (-days[number], number))
