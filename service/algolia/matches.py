"""Which words of posts match a question: what the engine marked, found again in all texts of a hit.

An engine marks a title and two pieces of a section. Clients want the matches of every text of a hit, and whether all
words of the question are in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from indexer.model import Hits, ParsedQuery
from indexer.text import analysis
from service.algolia.markup import Span

# A match of another word than those of the question: it was respelt, or has a synonym.
_OTHER = ""


@dataclass(frozen=True, slots=True)
class Matches:
    """The matches in one text. level: none, partial, or full: all words of the question. words: those that matched."""

    spans: tuple[Span, ...] = ()
    level: str = "none"
    words: tuple[str, ...] = ()
    is_whole: bool = False


NO_MATCHES = Matches()


class _InLanguage(dict[str, str | None]):
    """Word of a text → the word of the question that it matches, None if it matches none.

    asked: the words of the question. found: words of posts that the engine marked. prefix: the beginning of a word,
    perhaps empty.
    """

    def __init__(self, language: str, asked: tuple[str, ...], found: frozenset[str], prefix: str) -> None:
        super().__init__()
        self._stem = analysis.stemmer(language)
        of_visitors = analysis.stemmers([language])[analysis.algorithm(language)]  # it caches no words
        stems = {of_visitors(word): word for word in asked}
        found_stems = {self._stem(word) for word in found}
        self.asked = frozenset(
            word for stem, word in stems.items() if stem in found_stems or not analysis.is_stop_word(word, language)
        )
        self._word_of = dict.fromkeys(found_stems, _OTHER) | {
            stem: word for stem, word in stems.items() if word in self.asked
        }
        self._prefix = prefix
        # What no marked word is a form of was found by other words.
        self.replaced = frozenset(
            word
            for stem, word in stems.items()
            if stem not in found_stems and not (word == prefix and any(other.startswith(word) for other in found))
        )
        self.characters = frozenset(word for word in found if len(word) == 1 and analysis.is_cjk(word))

    def __missing__(self, word: str) -> str | None:
        matched = self._word_of.get(self._stem(word))
        if not matched and self._prefix and word.startswith(self._prefix):
            matched = self._prefix
        elif matched is None and word[:1] in self.characters:
            matched = word[0]
        self[word] = matched
        return matched


class Question:
    """The words of one question as they match in the posts that it found."""

    def __init__(self, query: ParsedQuery, hits: Hits) -> None:
        marked = (
            snippet.text[start:end]
            for hit in hits.hits
            for snippet in (hit.title, *hit.snippets)
            for start, end in snippet.spans
        )
        self._found = frozenset(word for text in set(marked) for word in analysis.words(text))
        self._asked = tuple(dict.fromkeys(query.tokens))
        is_open = query.is_prefix or query.is_phrase_open
        self._prefix = query.tokens[-1] if is_open and query.tokens else ""
        self._languages: dict[str, _InLanguage] = {}
        self._known: dict[tuple[str, str], Matches] = {}  # titles and tags are asked for more than once

    def matches(self, text: str, language: str) -> Matches:
        """Where a text of a post matches, and how well."""
        if not self._asked:
            return NO_MATCHES
        if (known := self._known.get((text, language))) is None:
            known = self._known[text, language] = self._matches(text, self._of(language))
        return known

    def _matches(self, text: str, known: _InLanguage) -> Matches:
        words, lengths = analysis.words_with_lengths(text)
        asked = list(map(known.__getitem__, words))
        if asked.count(None) == len(asked):
            return NO_MATCHES
        bounds = list(accumulate(lengths))
        spans: list[Span] = []
        matched: dict[str, str] = {}  # a word of the question, or one in its place → the word of the question
        for number, word in enumerate(asked):
            if word is None:
                continue
            matched[word or words[number]] = word
            start, end = bounds[2 * number], bounds[2 * number + 1]
            if word in known.characters:
                end = start + 1
            if spans and start < spans[-1][1]:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
        return Matches(tuple(spans), self._level(known, set(matched.values())), tuple(matched), None not in asked)

    def covers(self, language: str, *texts: Matches) -> bool:
        """Whether these texts together have all words of the question."""
        known = self._of(language)
        words = {word if word in known.asked else _OTHER for matches in texts for word in matches.words}
        return bool(words) and self._level(known, words) == "full"

    def _level(self, known: _InLanguage, words: set[str]) -> str:
        missing = known.asked - words
        return "full" if not missing or (_OTHER in words and missing <= known.replaced) else "partial"

    def _of(self, language: str) -> _InLanguage:
        if language not in self._languages:
            self._languages[language] = _InLanguage(language, self._asked, self._found, self._prefix)
        return self._languages[language]
