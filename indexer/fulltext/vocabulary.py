"""The site's own words: what a typed word stands for, how it is probably spelt, and how it may go on.

Terms are stems, and a stem has no prefixes: nothing that starts with "cachin" stems to "cach". So prefixes, spelling
and completion work on words as they stand in the posts, each with the terms that it became.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from indexer import analysis
from indexer.model import Corpus, Post, Words
from indexer.stored import Files

WORDS = "words.json"
# What a prefix may stand for: enough to find, few enough to stay fast after one letter.
MOST_CONTINUATIONS = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed in the terms of the index. Each word is a tuple of terms, any of which will do.

    loose: words that count, best when all are there. phrases, excluded: sequences of words.
    suggestion: the text respelt, where a word stood nowhere; the respelt words are the ones that are searched for.
    """

    loose: tuple[tuple[str, ...], ...]
    phrases: tuple[tuple[tuple[str, ...], ...], ...]
    excluded: tuple[tuple[tuple[str, ...], ...], ...]
    unfinished: tuple[str, ...]
    title: str
    suggestion: str | None

    @property
    def shown(self) -> frozenset[str]:
        """All terms that a hit may be highlighted for."""
        runs = [word for phrase in self.phrases for word in phrase]
        return frozenset(term for word in (*self.loose, *runs, self.unfinished) for term in word)


def write_vocabulary(file: Path, corpus: Corpus) -> None:
    """Writes every word, the number of posts whose prose holds it (0: only code does), and its terms.

    Beside them the languages, that of most posts first: it says which words are stop words where nobody asks for one.
    """
    prose: Counter[str] = Counter()
    every: dict[str, set[str]] = defaultdict(set)
    for post in corpus:
        stem = analysis.stemmer(post.language)
        in_prose = {word for text in _prose(post) for word in analysis.words(text)}
        in_code = {word for section in post.sections for word in analysis.words(section.code)}
        prose.update(in_prose)
        for word in in_prose | in_code:
            every[word].add(stem(word))
    rows = [[word, prose[word], sorted(every[word])] for word in sorted(every)]
    posts_in = Counter(post.language for post in corpus)
    languages = sorted(posts_in, key=lambda language: (-posts_in[language], language))
    file.write_text(json.dumps({"languages": languages, "words": rows}, ensure_ascii=False), encoding="utf-8")


def _prose(post: Post) -> list[str]:
    return [
        post.title,
        post.description,
        *post.tags,
        *(f"{one.heading}\n{one.text}" for one in post.sections),
    ]


class Vocabulary:
    """The words of one generation, in order."""

    def __init__(self, files: Files, name: str) -> None:
        stored = json.loads(files.read(name))
        self._languages: list[str] = stored["languages"] or ["en"]
        self._words: list[str] = [row[0] for row in stored["words"]]
        self._counts: list[int] = [row[1] for row in stored["words"]]
        self._terms: list[tuple[str, ...]] = [tuple(row[2]) for row in stored["words"]]
        self._all_terms = frozenset(chain.from_iterable(self._terms))
        self._spelt = [word for word, count in zip(self._words, self._counts, strict=True) if count]

    def understand(self, words: Words, language: str | None = None) -> Asked:
        """Typed words → terms. Stop words are dropped where anything else is left; unknown words are respelt."""
        respelt: dict[str, str] = {}
        finished = words.loose[:-1] if words.prefix else words.loose
        unfinished: tuple[str, ...] = ()
        if words.prefix:
            unfinished = self._continued(words.loose[-1])
            if not unfinished:
                finished = words.loose
        telling = [word for word in finished if not analysis.is_stop_word(word, language or self._languages[0])]
        if not telling and not unfinished and not words.phrases:
            telling = list(finished)
        loose = [self._spelling(word, respelt) for word in telling]
        phrases = [tuple(self._spelling(word, respelt) for word in phrase.split()) for phrase in words.phrases]
        return Asked(
            loose=tuple(dict.fromkeys(self._stems(word, language) for word in loose)),
            phrases=tuple(tuple(self._stems(word, language) for word in phrase) for phrase in phrases),
            excluded=tuple(tuple(self._stems(word, language) for word in phrase.split()) for phrase in words.excluded),
            unfinished=unfinished,
            title=words.title,
            suggestion=_respelt_text(words, respelt) if respelt else None,
        )

    def _stems(self, word: str, language: str | None) -> tuple[str, ...]:
        """The terms of a word: in the language asked for, else in every language that the posts are written in."""
        if len(word) == 1 and analysis.is_cjk(word):  # the index holds pairs
            return self._continued(word)
        languages = [language] if language else self._languages
        return tuple(sorted({analysis.stemmer(one)(word) for one in languages}))

    def _spelling(self, word: str, respelt: dict[str, str]) -> str:
        """The word itself if some post has it or its stem, else the nearest word of the posts, noted in `respelt`."""
        if self._known(word):
            return word
        if near := self.nearest(word):
            respelt[word] = near
            return near
        return word

    def _known(self, word: str) -> bool:
        place = bisect_left(self._words, word)
        if place < len(self._words) and self._words[place] == word:
            return True
        # Inflected in a way that no post has ("frameworking"): its stem may stand there all the same.
        return not self._all_terms.isdisjoint(self._stems(word, None))

    def nearest(self, word: str) -> str | None:
        """The word of the posts that was probably meant: the fewest edits, then the most posts.

        No edit up to 3 letters, one up to 7, two beyond; a wrong first letter counts double. A swap of neighbours is
        one edit (optimal string alignment).
        """
        allowed = 0 if len(word) <= 3 else 1 if len(word) <= 7 else 2
        if not allowed or any(character.isdigit() for character in word):
            return None
        found = process.extract(word, self._spelt, scorer=OSA.distance, score_cutoff=allowed, limit=None)
        best = min(
            (
                (distance + (other[0] != word[0]), -self._count(other), other)
                for other, distance, _ in found
                if distance + (other[0] != word[0]) <= allowed
            ),
            default=None,
        )
        return best[2] if best else None

    def _count(self, word: str) -> int:
        return self._counts[bisect_left(self._words, word)]

    def _starting_with(self, prefix: str) -> range:
        first = bisect_left(self._words, prefix)
        return range(first, bisect_left(self._words, prefix + "\U0010ffff", first))

    def _continued(self, prefix: str) -> tuple[str, ...]:
        """The terms of the words that start so, of the word itself first, then of those in most posts."""
        places = sorted(
            self._starting_with(prefix),
            key=lambda place: (self._words[place] != prefix, -self._counts[place]),
        )
        terms = dict.fromkeys(term for place in places[:MOST_CONTINUATIONS] for term in self._terms[place])
        return tuple(terms)

    def complete(self, prefix: str, limit: int) -> list[str]:
        """The words that start so, those in most posts first."""
        places = [place for place in self._starting_with(prefix) if self._counts[place]]
        places.sort(key=lambda place: (-self._counts[place], self._words[place]))
        return [self._words[place] for place in places[:limit]]


def _respelt_text(words: Words, respelt: dict[str, str]) -> str:
    def spelt(group: str) -> str:
        return " ".join(respelt.get(word, word) for word in group.split())

    pieces = [spelt(word) for word in words.loose]
    pieces += [f'"{spelt(phrase)}"' for phrase in words.phrases]
    pieces += [f'-"{phrase}"' if " " in phrase else f"-{phrase}" for phrase in words.excluded]
    return " ".join(pieces)
