"""A post → the terms by which it is compared with others, field by field."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import chain

import numpy as np

from indexer.model import Corpus, Post
from indexer.text import analysis

# In the order in which a reason names them. "path" holds the words of the post's folders and file name; "all_text"
# everything but path and code in one field, because what one post says in its title another says in its body.
FIELDS = ("title", "description", "headings", "tags", "path", "body", "code", "all_text")
ALL_TEXT = ("title", "description", "headings", "tags", "body")

# A paragraph that more posts than this repeat is a template, not content.
REPEATED_SHARE, REPEATED_LEAST = 0.02, 3
# Shorter ones repeat by chance ("Thanks!", "Note") and weigh little either way.
SHORTEST_REPEATED = 20


def field_terms(post: Post, ignored: Collection[str] = ()) -> dict[str, list[str]]:
    """The terms of each field in the order of the text. ignored: paragraphs that do not count."""
    paragraphs = [line for line in lines_of(post) if line not in ignored]
    texts = {
        "title": [post.title],
        "description": [post.description],
        "headings": post.headings,
        "tags": post.tags,
        "body": paragraphs,
        "code": [section.code for section in post.sections],
    }
    words = {name: chain.from_iterable(map(analysis.words, values)) for name, values in texts.items()}
    fields = {
        name: _content_terms(found, post.language) for name, found in [*words.items(), ("path", path_words(post))]
    }
    fields["all_text"] = [term for name in ALL_TEXT for term in fields[name]]
    return fields


def path_words(post: Post) -> list[str]:
    """The words of a path, without the date of a dated file name and the language of the post: ja/intro, intro.ja."""
    return [word for name in post.id.split("/") for word in _words_of_name(name, post.language)]


@lru_cache(maxsize=4096)  # posts that follow each other have most folders in common
def _words_of_name(name: str, language: str) -> list[str]:
    code = re.escape(language).replace(r"\-", "[-_]")
    name = re.sub(rf"(?<![^.]){code}\Z", " ", name, flags=re.IGNORECASE)
    return analysis.words(re.sub(r"\d{4}-\d{2}-\d{2}-|[_.-]+", " ", name))


def _content_terms(words: Iterable[str], language: str) -> list[str]:
    """The terms of the content words among some words."""
    stem = analysis.stemmer(language)
    return [stem(word) for word in words if is_content_word(word, language)]


def is_content_word(word: str, language: str) -> bool:
    """Whether a word is neither a stop word nor a single letter of the Latin alphabet."""
    return (len(word) > 1 or not word.isascii()) and not analysis.is_stop_word(word, language)


def repeated_paragraphs(corpus: Corpus) -> dict[str, int]:
    """Paragraphs that so many posts repeat that they say nothing about any, with the number of posts."""
    threshold = max(REPEATED_LEAST, REPEATED_SHARE * len(corpus))
    hashes = array("q")  # all paragraphs take up as much memory as all texts
    for post in corpus:
        hashes.extend({hash(line) for line in _long_lines_of(post)})
    values, times = np.unique(np.frombuffer(hashes, dtype=np.int64), return_counts=True)
    if not (repeated := set(values[times > threshold].tolist())):
        return {}
    counts = Counter(line for post in corpus for line in set(_long_lines_of(post)) if hash(line) in repeated)
    return {line: count for line, count in counts.items() if count > threshold}


def _long_lines_of(post: Post) -> Iterator[str]:
    return (line for line in lines_of(post) if len(line) >= SHORTEST_REPEATED)


def lines_of(post: Post) -> list[str]:
    """The paragraphs of a post; empty ones are among them."""
    return "\n".join([section.text for section in post.sections]).split("\n")
