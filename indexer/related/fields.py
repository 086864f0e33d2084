"""A post → the terms that stand for it when posts are compared, field by field."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from itertools import chain

from indexer.model import Corpus, Post
from indexer.text import analysis

# In the order in which a reason names them. "path" is the words of the URL's folders and file; "all_text" is everything
# but path and code in one, for what a title says is often said in another post's body.
FIELDS = ("title", "description", "headings", "tags", "path", "body", "code", "all_text")
ALL_TEXT = ("title", "description", "headings", "tags", "body")

# A paragraph that stands in more posts than this is a template, not a subject.
REPEATED_SHARE, REPEATED_LEAST = 0.02, 3
# Shorter ones repeat by chance ("Thanks!", "Note") and say little either way.
SHORTEST_REPEATED = 20


def field_terms(post: Post, ignored: Collection[str] = ()) -> dict[str, list[str]]:
    """The terms of each field in the order of the text. ignored: paragraphs that do not count."""
    paragraphs = [line for one in post.sections for line in one.text.split("\n") if line not in ignored]
    texts = {
        "title": [post.title],
        "description": [post.description],
        "headings": post.headings,
        "tags": post.tags,
        "path": [path_text(post)],
        "body": paragraphs,
        "code": [one.code for one in post.sections],
    }
    fields = {name: telling_terms(texts, post.language) for name, texts in texts.items()}
    fields["all_text"] = [term for name in ALL_TEXT for term in fields[name]]
    return fields


def path_text(post: Post) -> str:
    """The words of a path; a date in a file's name says nothing."""
    return re.sub(r"\d{4}-\d{2}-\d{2}-|[/_.-]+", " ", post.id)


def telling_terms(texts: Iterable[str], language: str) -> list[str]:
    """The terms of texts without stop words and single letters."""
    stem = analysis.stemmer(language)
    return [stem(word) for word in chain.from_iterable(map(analysis.words, texts)) if tells(word, language)]


def tells(word: str, language: str) -> bool:
    """Whether a word says anything of what a text is about."""
    return (len(word) > 1 or not word.isascii()) and not analysis.is_stop_word(word, language)


def repeated_paragraphs(corpus: Corpus) -> dict[str, int]:
    """Paragraphs that stand in so many posts that they say nothing of any, with the number of posts."""
    counts: Counter[str] = Counter()
    for post in corpus:
        counts.update({line for one in post.sections for line in one.text.split("\n")})
    most = max(REPEATED_LEAST, REPEATED_SHARE * len(corpus))
    return {line: count for line, count in counts.items() if count > most and len(line) >= SHORTEST_REPEATED}
