"""Pins, aliases and synonyms that have no effect, or less than they seem to: one line of the build's report each.

Only what an editor would want to fix is reported. The pins of a future post wait for its day, and a group of synonyms
often exists for the very word that no post has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.model import BadCurationRule, Corpus, CurationRule, Excluded, ExclusionReason, Post, PostFacts
from indexer.search.lexicon import languages_of
from indexer.search.metadata import tie_break
from indexer.search.query import LONGEST
from indexer.text import analysis
from indexer.text.token_stream import TokenStream

# Why a pin or alias can never match a query.
_WITHOUT_WORDS = "has no word, so nobody can type it: write what visitors type"
_TOO_LONG = f"is longer than the {LONGEST:,} characters of a question that are read: shorten it"
# Why a post with pins or aliases may be excluded; future posts are not reported.
_HIDDEN = {
    ExclusionReason.DRAFT: "while the post is a draft: publish it, or take this away",
    ExclusionReason.UNPUBLISHED: "while the post is unpublished: publish it, or take this away",
    ExclusionReason.HIDDEN: "where the post says that it is not to be found, too: take one of the two away",
}


def bad_curation_rules(
    corpus: Corpus, excluded: Iterable[Excluded], tokens: TokenStream, synonyms: Sequence[Sequence[str]]
) -> tuple[BadCurationRule, ...]:
    """The problems of posts by path, then those of the settings' synonyms. tokens: the token stream of the corpus."""
    of_posts = [*_bad_rules_of_posts(corpus), *_rules_of_hidden_posts(excluded)]
    return (*sorted(of_posts, key=lambda rule: rule.path or ""), *bad_synonyms(languages_of(corpus), tokens, synonyms))


def _rules_of_hidden_posts(excluded: Iterable[Excluded]) -> Iterator[BadCurationRule]:
    for file in excluded:
        if file.post and file.reason in _HIDDEN:
            for kind, texts in ((CurationRule.PIN, file.post.pins), (CurationRule.ALIAS, file.post.search_aliases)):
                if texts:
                    yield BadCurationRule(file.path, kind, ", ".join(texts), f"finds nothing {_HIDDEN[file.reason]}")


def _bad_rules_of_posts(corpus: Corpus) -> Iterator[BadCurationRule]:
    by_pin: dict[str, list[Post]] = defaultdict(list)
    by_title: dict[str, list[Post]] = defaultdict(list)
    for post in corpus:
        by_title[analysis.title_key(post.title)].append(post)
        for pin in post.pins:
            if reason := never_matches(pin):
                yield BadCurationRule(post.path, CurationRule.PIN, pin, reason)
            elif post not in (posts := by_pin[analysis.title_key(pin)]):
                posts.append(post)
    for key, posts in by_pin.items():
        if len(posts) > 1:
            yield _shared_pin(key, sorted(posts, key=tie_break))
    for post in corpus:
        for alias in post.search_aliases:
            if reason := alias_problem(post, by_title.get(analysis.title_key(alias), []), alias):
                yield BadCurationRule(post.path, CurationRule.ALIAS, alias, reason)


def never_matches(pin: str) -> str | None:
    """Why no query can match a pin; None where one can."""
    key = analysis.title_key(pin)
    if not key:
        return _WITHOUT_WORDS
    return _TOO_LONG if len(key) > LONGEST else None


def _shared_pin(key: str, posts: Sequence[Post]) -> BadCurationRule:
    first, *others = posts
    pin = next(pin for pin in first.pins if analysis.title_key(pin) == key)
    return BadCurationRule(
        first.path,
        CurationRule.PIN,
        pin,
        f"is also that of {', '.join(post.path for post in others)}: all come first, in this order; "
        "featuredOrder changes it",
    )


def alias_problem(post: PostFacts, posts_so_titled: Sequence[PostFacts], alias: str) -> str | None:
    """Why an alias has no effect; None where it has one. posts_so_titled: the posts whose title it is."""
    if not analysis.title_key(alias):
        return _WITHOUT_WORDS
    if post in posts_so_titled:
        return "is the title of the post, by which it is found anyway: take it away"
    if posts_so_titled:
        return f"is the title of {posts_so_titled[0].path}, which comes first: pin it here to change that"
    return None


# -------------------------------------------------------------------------------------------------- synonyms


def bad_synonyms(
    languages: Sequence[str], tokens: TokenStream, synonyms: Sequence[Sequence[str]]
) -> Iterator[BadCurationRule]:
    """The problems of groups of synonyms. languages: of the posts, the one with the most posts first."""
    if not synonyms:
        return
    vocabulary = _Vocabulary(languages, tokens)
    for group in synonyms:
        members = ", ".join(group)
        first_of: dict[str, str] = {}
        duplicates = [
            (member, first)
            for member in group
            if (first := first_of.setdefault(vocabulary.stemmed(member), member)) != member
        ]
        if len(first_of) == 1:
            yield BadCurationRule(
                None, CurationRule.SYNONYMS, members, "do nothing: they differ in their endings only, which never count"
            )
        elif not any(map(vocabulary.has_phrase, group)):
            yield BadCurationRule(
                None,
                CurationRule.SYNONYMS,
                members,
                "match nothing: no post has any of them; add a word that posts use",
            )
        else:
            for member in filter(vocabulary.is_stop_word, group):
                yield BadCurationRule(
                    None,
                    CurationRule.SYNONYM,
                    member,
                    "is one of the little words that most posts have, and the others would find all of those: "
                    "take it away",
                )
            for member, first in duplicates:
                if not vocabulary.has_words(member):
                    yield BadCurationRule(
                        None,
                        CurationRule.SYNONYM,
                        member,
                        f'does nothing beside "{first}": endings never count; take it away',
                    )


class _Vocabulary:
    """The words and phrases of the posts."""

    def __init__(self, languages: Sequence[str], tokens: TokenStream) -> None:
        self._language = languages[0] if languages else "en"
        self._stemmers = [analysis.stemmer(language) for language in languages or ["en"]]
        self._words = {word for _, word in tokens.words}
        self._stems = [analysis.stemmer(language)(word) for language, word in tokens.words]
        self._stream = tokens.stream

    def stemmed(self, text: str) -> str:
        """The stems of a text's words, in the main language."""
        return " ".join(map(self._stemmers[0], analysis.words(text)))

    def is_stop_word(self, text: str) -> bool:
        """Whether a text is one stop word of the main language."""
        words = analysis.words(text)
        return len(words) == 1 and analysis.is_stop_word(words[0], self._language)

    def has_words(self, text: str) -> bool:
        """Whether the posts have every word of a text, exactly as written."""
        return self._words.issuperset(analysis.words(text))

    def has_phrase(self, text: str) -> bool:
        """Whether some post has the words of a text, stemmed, next to each other."""
        words = analysis.words(text)
        last = len(self._stream) - len(words) + 1
        is_start = np.ones(max(last, 0), dtype=bool)
        for offset, word in enumerate(words):
            is_start &= self._occurs(word)[offset : offset + last]
        return bool(is_start.any())

    def _occurs(self, word: str) -> NDArray[np.bool_]:
        """For each position of the stream whether it holds a word with the same stem.

        A single Chinese, Japanese or Korean character stands for all bigrams that start with it.
        """
        stems = {stem(word) for stem in self._stemmers}
        is_character = len(word) == 1 and analysis.is_cjk(word)
        is_match = np.array(
            [stem in stems or (is_character and stem.startswith(word)) for stem in self._stems] + [False]
        )
        return is_match.take(self._stream, mode="clip")
