"""The engine that stands on Whoosh: pure Python, nothing to install, fast enough for some thousand posts.

What Whoosh gets wrong is kept out: its parser never sees what a visitor typed (4,000 characters of "[a TO " take it
seconds), its files, which are pickles without checksums, are checked against the manifest before it reads a byte and
are then held in memory (a truncated segment under a memory map kills the process), and its writer never runs in the
service. Terms come from `analysis`, so its own analysers are not used.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from itertools import chain
from pathlib import Path

from whoosh import fields, scoring
from whoosh import index as whoosh_index
from whoosh import query as q
from whoosh.filedb.filestore import FileStorage, RamStorage
from whoosh.searching import Searcher

from indexer import analysis
from indexer.errors import DamagedGeneration
from indexer.fulltext.catalogue import Catalogue
from indexer.fulltext.engine import Progress, silent
from indexer.fulltext.fragments import shown_hit
from indexer.fulltext.query import as_words
from indexer.fulltext.vocabulary import WORDS, Asked, Vocabulary, write_vocabulary
from indexer.model import Corpus, Hits, Post, Query, Sort
from indexer.stored import Files, StoredPosts

FOLDER = "fulltext"

# What a match in each field counts; docs/explanation/search.md has the measurements. Fields are scored apart by BM25
# and summed: one joined field loses up to 17 points of nDCG@10, and code that counts like prose loses 3 to 8.
WEIGHTS = {"title": 1.0, "body": 1.0, "code": 0.05}
BM25 = scoring.BM25F(B=0.75, K1=1.2)
# The words that an unfinished word may become count less than the word itself.
CONTINUATION = 0.2
# The rungs above plain BM25. Nothing outranks the page whose title was typed; a title that starts with it is worth
# some BM25 points. A rung for "all words are there" was tried: it costs .8 points on one set and gains .3 on another.
EXACT_TITLE = 1_000_000.0
TITLE_PREFIX = 10.0

# Stands between sections, so that no phrase is found across two of them. No text holds it: it is not a word.
_GAP = "\x1f"


class WhooshEngine:
    name = "whoosh"

    def build(self, directory: Path, corpus: Corpus, progress: Progress = silent) -> None:
        """Writes a Whoosh index in one commit, and the vocabulary beside it, below directory/fulltext."""
        folder = directory / FOLDER
        folder.mkdir()
        schema = fields.Schema(**{name: fields.TEXT(phrase=True) for name in WEIGHTS})
        storage = FileStorage(str(folder))
        writer = storage.create_index(schema).writer(limitmb=256)
        try:
            for done, post in enumerate(corpus, start=1):
                writer.add_document(**_document(post))
                progress(done, len(corpus))
        except BaseException:
            writer.cancel()
            raise
        writer.commit(optimize=True)
        for lock in folder.glob("*LOCK"):
            lock.unlink()
        write_vocabulary(folder / WORDS, corpus)

    def open(self, files: Files, posts: StoredPosts) -> WhooshReader:
        storage = RamStorage()
        for name in files.names(FOLDER):
            if not name.endswith(WORDS):
                storage.files[name.rpartition("/")[2]] = files.read(name)
        try:
            opened = storage.open_index()
        except Exception as error:  # Whoosh raises whatever its pickles raise
            raise DamagedGeneration(
                f"the Whoosh index cannot be opened ({error}): run seealso build --force"
            ) from error
        return WhooshReader(opened, Vocabulary(files, f"{FOLDER}/{WORDS}"), posts)


def _document(post: Post) -> dict[str, object]:
    """A post as lists of terms per field; Whoosh takes such lists as they are."""

    def run(texts: list[str]) -> list[str]:
        return list(chain.from_iterable((*analysis.terms(text, post.language), _GAP) for text in texts if text))

    prose = (text for one in post.sections for text in (one.heading, one.text))
    return {
        "title": run([post.title]),
        "body": run([post.description, *prose, *post.tags]),
        "code": run([section.code for section in post.sections]),
    }


class WhooshReader:
    """Answers from one index in memory. Each thread has a searcher of its own; the bytes are shared."""

    def __init__(self, opened: whoosh_index.Index, vocabulary: Vocabulary, posts: StoredPosts) -> None:
        self._index = opened
        self._vocabulary = vocabulary
        self._posts = posts
        self._catalogue = Catalogue(posts)
        self._own = threading.local()

    def _searcher(self) -> Searcher:
        if not hasattr(self._own, "searcher"):
            self._own.searcher = self._index.searcher(weighting=BM25)
        return self._own.searcher

    def search(self, query: Query) -> Hits:
        words = as_words(query.text) if self._catalogue.is_signed_title(query.text) else query.words
        asked = self._vocabulary.understand(words, query.language)
        scores = self._scores(asked)
        found = self._matching(asked, scores)
        allowed = self._catalogue.allowed(query)
        if allowed is not None:
            found &= allowed
        if query.sort is Sort.DATE or not asked.shown:
            ranked = self._catalogue.newest_first(found)
        else:
            self._lift_titles(asked, scores)
            ranked = sorted(found, key=lambda number: (-scores[number], number))
        first = (query.page - 1) * query.per_page
        return Hits(
            hits=tuple(
                shown_hit(self._posts[number], self._posts.sections(number), scores[number], asked)
                for number in ranked[first : first + query.per_page]
            ),
            total=len(found),
            tags=self._catalogue.facets(found),
            suggestion=asked.suggestion,
        )

    def _scores(self, asked: Asked) -> dict[int, float]:
        """The BM25 sum of every post that has any of the terms.

        Posting by posting, in one flat sum: it is as fast as Whoosh's own search, which scores everything twice to
        know the total, and which loses the best hits where constant scores and optional parts are nested.
        """
        searcher = self._searcher()
        scores: dict[int, float] = defaultdict(float)
        for term, part in _weighted(asked):
            for name, weight in WEIGHTS.items():
                postings = q.Term(name, term).matcher(searcher)
                while postings.is_active():
                    scores[postings.id()] += postings.score() * weight * part
                    postings.next()
        return scores

    def _matching(self, asked: Asked, scores: dict[int, float]) -> set[int]:
        """The posts with every phrase, or any word where there is no phrase, and nothing that is excluded."""
        if asked.phrases:
            found = set.intersection(*(self._documents(phrase) for phrase in asked.phrases))
        elif asked.shown:
            found = set(scores)
        else:
            found = set(range(len(self._posts))) if asked.excluded else set()
        return found.difference(*(self._documents(phrase) for phrase in asked.excluded))

    def _documents(self, phrase: tuple[tuple[str, ...], ...]) -> set[int]:
        """The posts that have a word, or a sequence of words within one section or field."""
        if not len(self._posts):
            return set()
        if len(phrase) == 1:
            wanted = [q.Term(name, term) for name in WEIGHTS for term in phrase[0]]
        else:  # words that differ by language are tried side by side
            ways = range(max(map(len, phrase)))
            tried = [[terms[min(way, len(terms) - 1)] for terms in phrase] for way in ways]
            wanted = [q.Phrase(name, terms) for name in WEIGHTS for terms in tried]
        return set(self._searcher().docs_for_query(q.Or(wanted)))

    def _lift_titles(self, asked: Asked, scores: dict[int, float]) -> None:
        exact, starting = self._catalogue.titled(asked.title, bool(asked.unfinished))
        for bonus, members in ((EXACT_TITLE, exact), (TITLE_PREFIX, starting)):
            for number in members & scores.keys():
                scores[number] += bonus

    def complete(self, prefix: str, limit: int) -> list[str]:
        """Titles that start so, then the last word finished, whatever stands before it kept."""
        key = analysis.title_key(prefix)
        if not key:
            return []
        exact, starting = self._catalogue.titled(key, unfinished=True)
        titles = [self._posts[number].title for number in sorted(exact | starting)]
        *_, (last, start, _) = analysis.spans(prefix)
        words = [prefix[:start] + word for word in self._vocabulary.complete(last, limit)]
        return list(dict.fromkeys([*titles[: max(limit // 2, 1)], *words]))[:limit]

    def close(self) -> None:
        self._index.close()


def _weighted(asked: Asked) -> list[tuple[str, float]]:
    """Every term that was asked for and what it counts."""
    words = [*asked.loose, *(word for phrase in asked.phrases for word in phrase)]
    finished = [(term, 1.0) for word in words for term in word]
    return finished + [(term, CONTINUATION if place else 1.0) for place, term in enumerate(asked.unfinished)]
