"""What others would recommend: the newest posts, most tags in common, TF-IDF cosine over one field. To compare with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from indexer.model import Corpus
from indexer.related.fields import field_terms
from indexer.related.metrics import DEPTH
from indexer.related.neighbours import cosine_neighbours


def by_tfidf(corpus: Corpus) -> Callable[[int], list[int]]:
    """Cosine of TF-IDF vectors over all text in one field, as the field's tools do it."""
    documents = [field_terms(post)["all_text"] for post in corpus]
    if not any(documents):
        return lambda post: []
    vectors = TfidfVectorizer(analyzer=_as_they_are, sublinear_tf=True).fit_transform(documents)
    ids, _ = cosine_neighbours(sparse.csr_array(vectors), DEPTH)
    return lambda post: [one for one in ids[post].tolist() if one >= 0]


def _as_they_are(document: list[str]) -> list[str]:
    return document


def by_newest(corpus: Corpus) -> Callable[[int], list[int]]:
    """The newest posts, whatever is asked."""
    order = newest(corpus)
    return lambda post: [one for one in order[: DEPTH + 1] if one != post]


def by_shared_tags(corpus: Corpus) -> Callable[[int], list[int]]:
    """The posts with most tags in common, newer ones first among equals."""
    order = {one: place for place, one in enumerate(newest(corpus))}
    with_tag: dict[str, list[int]] = {}
    for number, post in enumerate(corpus):
        for tag in {tag.casefold() for tag in post.tags}:
            with_tag.setdefault(tag, []).append(number)

    def rank(post: int) -> list[int]:
        shared = Counter(
            one for tag in {tag.casefold() for tag in corpus[post].tags} for one in with_tag[tag] if one != post
        )
        return sorted(shared, key=lambda one: (-shared[one], order[one]))[:DEPTH]

    return rank


def newest(corpus: Corpus) -> list[int]:
    """All posts, the newest first, those without a date last, ties by id."""
    return sorted(range(len(corpus)), key=lambda one: (-(day.toordinal()) if (day := corpus[one].date) else 0, one))
