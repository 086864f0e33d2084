"""A post → the terms that stand for it when posts are compared."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from indexer import analysis
from indexer.model import Post

# How often a term of a field counts before its frequency is damped. Measured on three sites with hand-curated lists
# (docs/explanation/related.md); code is left out, it makes posts alike that share nothing but a language.
FIELD_WEIGHTS = {"title": 5, "description": 3, "headings": 1, "tags": 5, "body": 1}


def post_terms(post: Post) -> list[str]:
    """The terms that stand for a post, in no order, those of weightier fields several times."""
    fields = {
        "title": [post.title],
        "description": [post.description],
        "headings": post.headings,
        "tags": post.tags,
        "body": [section.text for section in post.sections],
    }
    return [
        term for name, texts in fields.items() for term in telling_terms(texts, post.language) * FIELD_WEIGHTS[name]
    ]


def telling_terms(texts: Iterable[str], language: str) -> list[str]:
    """The terms of texts without stop words and single letters."""
    stem = analysis.stemmer(language)
    return [stem(word) for word in chain.from_iterable(map(analysis.words, texts)) if _tells(word, language)]


def _tells(word: str, language: str) -> bool:
    return (len(word) > 1 or not word.isascii()) and not analysis.is_stop_word(word, language)
