"""Signs that are names, `===`, `=>`, `?.` and emoji, in the posts that have them: what is asked with them alone.

They are no words, so no term stands for them; a question of signs, or with signs in it, is answered from here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.content.since import Since
from indexer.model import Corpus, Post
from indexer.search import ranking
from indexer.store.arrays import Files, RaggedArray, SortedStringArray
from indexer.store.tables import files_of, load_table, save_table

FOLDER = "signs"
# Of one question; and the characters of a run.
MOST_ASKED, LONGEST = 4, 6
IN_TITLE = 5
_SIGNS = r"!#$%&*+\-./:<=>?@\\^|~"
_EMOJI = "\u2600-\u26ff\u2700-\u2712\u2714-\u2717\u2728-\u27bf\U0001f000-\U0001faff"
# Two signs or an emoji; one sign alone. Both begin with a set of characters, for which a text is searched fastest.
_RUN = re.compile(rf"[{_SIGNS}{_EMOJI}](?:(?<=[{_SIGNS}])[{_SIGNS}]+|(?<=[{_EMOJI}]))")
_ONE = re.compile(rf"[{_SIGNS}](?<![\w{_SIGNS}].)(?![\w{_SIGNS}])")
# Rules, ellipses, comments, tags and parts of addresses are no names.
_NO_NAME = re.compile(r"[-.*#/~]+|<!--|-->|://|[./]+|</|/>|\*/|/\*|\*\*[:.?!]*|[:.?!]+\*\*")


@dataclass(frozen=True, slots=True)
class _Signs:
    """The files of signs/. signs: each once, sorted; posts: those that have it; titled: those with it in the title."""

    signs: SortedStringArray
    posts: RaggedArray
    titled: RaggedArray


FILES = files_of(FOLDER, _Signs)


def write_signs(directory: Path, corpus: Corpus, since: Since | None = None) -> None:
    """Writes the folder signs/ into a generation's directory. since: what may be taken over."""
    posts: dict[str, list[int]] = defaultdict(list)
    titled: dict[str, list[int]] = defaultdict(list)
    if since:
        _take_over(since, posts, titled)
    for number, post in since.new(corpus) if since else enumerate(corpus):
        in_title = set(signs_in(post.title)) | set(_ONE.findall(post.title))
        for sign in in_title | set(_signs_of(post)):
            posts[sign].append(number)
            if sign in in_title:
                titled[sign].append(number)
    signs = sorted(posts)
    values = {
        "signs": signs,
        "posts": [sorted(posts[sign]) for sign in signs],
        "titled": [sorted(titled[sign]) for sign in signs],
    }
    save_table(directory / FOLDER, _Signs, values)


def _take_over(since: Since, posts: dict[str, list[int]], titled: dict[str, list[int]]) -> None:
    """Adds the signs of posts that have not changed."""
    stored, now = load_table(since.files, FOLDER, _Signs), since.now()
    for row, sign in enumerate(stored.signs.all()):
        for kept, rows in ((posts, stored.posts), (titled, stored.titled)):
            if found := [number for number in now[rows[row]].tolist() if number >= 0]:
                kept[sign] = found


def _signs_of(post: Post) -> Iterator[str]:
    for section in post.sections:
        for text in (section.heading, section.text, section.code):
            yield from signs_in(text)


def signs_in(text: str) -> Iterator[str]:
    """The signs of a text that may be names, at most LONGEST characters each."""
    for run in _RUN.findall(text):
        if len(run) <= LONGEST and not _NO_NAME.fullmatch(run):
            yield run


class Signs:
    """The signs of one generation."""

    def __init__(self, files: Files) -> None:
        stored = load_table(files, FOLDER, _Signs)
        self._signs, self._posts, self._titled = stored.signs, stored.posts, stored.titled

    def scores(self, text: str, posts: int) -> NDArray[np.float32] | None:
        """For each post the idf of the signs of a question that it has, IN_TITLE times that of those in its title.

        None if no post has any. posts: their number.
        """
        found = [row for sign in _asked(text) for row in self._signs.indices(sign)]
        if not found:
            return None
        scores = np.zeros(posts, dtype=np.float32)
        for row in found:
            of, titled = self._posts[row], self._titled[row]
            idf = np.float32(ranking.idf(len(of), posts))
            scores[of] += idf
            scores[titled] += (IN_TITLE - 1) * idf
        return scores


def _asked(text: str) -> list[str]:
    return list(dict.fromkeys((*signs_in(text), *_ONE.findall(text))))[:MOST_ASKED]
