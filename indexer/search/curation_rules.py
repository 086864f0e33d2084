"""What editors said of search and what does nothing, or not all that it seems to: one line of the report each.

Only what an editor would want to mend is said. A future post's pins wait for their day, and that a word of a group of
synonyms stands in no post is often the very reason for the group.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.errors import InvalidQuery
from indexer.model import (
    BadCurationRule,
    Corpus,
    CurationRule,
    Excluded,
    ExclusionReason,
    Post,
    SearchRequest,
)
from indexer.search.lexicon import languages_of
from indexer.search.metadata import among_equals
from indexer.search.query import LONGEST, MOST_TERMS, checked, parse
from indexer.text import analysis
from indexer.text.token_stream import GAP, TokenStream

# What cannot be asked, by the code of the error.
_UNASKED = {
    "required": "has no word, so nobody can type it: write what visitors type",
    "too_long": f"is longer than the {LONGEST} characters that can be asked: shorten it",
    "too_many_terms": f"has more than the {MOST_TERMS} words that can be asked: shorten it",
}
# Why a post may be left out that was meant to be found. What waits for its day is not among them.
_HIDDEN = {
    ExclusionReason.DRAFT: "while the post is a draft: publish it, or take this away",
    ExclusionReason.UNPUBLISHED: "while the post is unpublished: publish it, or take this away",
    ExclusionReason.HIDDEN: "where the post says search: false, too: take one of the two away",
}


def bad_curation_rules(
    corpus: Corpus, excluded: Iterable[Excluded], tokens: TokenStream, synonyms: Sequence[Sequence[str]]
) -> tuple[BadCurationRule, ...]:
    """All that there is to mend, by file, then the synonyms of the settings. tokens: those of the corpus."""
    of_posts = [*_of_posts(corpus), *_of_hidden(excluded)]
    return (*sorted(of_posts, key=lambda one: one.path or ""), *_of_synonyms(corpus, tokens, synonyms))


def _of_hidden(excluded: Iterable[Excluded]) -> Iterator[BadCurationRule]:
    for one in excluded:
        if one.post and one.reason in _HIDDEN:
            for what, texts in ((CurationRule.PIN, one.post.pins), (CurationRule.ALIAS, one.post.search_aliases)):
                if texts:
                    yield BadCurationRule(one.path, what, ", ".join(texts), f"finds nothing {_HIDDEN[one.reason]}")


def _of_posts(corpus: Corpus) -> Iterator[BadCurationRule]:
    pinned: dict[str, list[Post]] = defaultdict(list)
    titled: dict[str, list[Post]] = defaultdict(list)
    for post in corpus:
        titled[analysis.title_key(post.title)].append(post)
        for pin in post.pins:
            if reason := _unasked(pin):
                yield BadCurationRule(post.path, CurationRule.PIN, pin, reason)
            elif post not in (sharing := pinned[analysis.title_key(pin)]):
                sharing.append(post)
    for key, posts in pinned.items():
        if len(posts) > 1:
            yield _shared(key, sorted(posts, key=among_equals))
    for post in corpus:
        for alias in post.search_aliases:
            if reason := _wrong_alias(post, titled.get(analysis.title_key(alias), []), alias):
                yield BadCurationRule(post.path, CurationRule.ALIAS, alias, reason)


def _unasked(pin: str) -> str | None:
    """Why a pin can never be typed."""
    try:
        checked(SearchRequest(parse(analysis.title_key(pin))))
    except InvalidQuery as error:
        return _UNASKED[error.code]
    return None


def _shared(key: str, posts: Sequence[Post]) -> BadCurationRule:
    first, *others = posts
    pin = next(pin for pin in first.pins if analysis.title_key(pin) == key)
    return BadCurationRule(
        first.path,
        CurationRule.PIN,
        pin,
        f"is also that of {', '.join(post.path for post in others)}: all come first, in this order; "
        "featuredOrder changes it",
    )


def _wrong_alias(post: Post, titled: Sequence[Post], alias: str) -> str | None:
    if not analysis.title_key(alias):
        return "has no word, so nobody can type it: write what visitors type"
    if post in titled:
        return "is the title of the post, by which it is found anyway: take it away"
    if titled:
        return f"is the title of {titled[0].path}, which comes first: pin it here to change that"
    return None


# -------------------------------------------------------------------------------------------------- synonyms


def _of_synonyms(corpus: Corpus, tokens: TokenStream, synonyms: Sequence[Sequence[str]]) -> Iterator[BadCurationRule]:
    if not synonyms:
        return
    written = _Written(languages_of(corpus), tokens)
    for group in synonyms:
        text = ", ".join(group)
        first_of: dict[str, str] = {}
        doubles = [
            (member, first) for member in group if (first := first_of.setdefault(written.key(member), member)) != member
        ]
        if len(first_of) == 1:
            yield BadCurationRule(
                None, CurationRule.SYNONYMS, text, "do nothing: they differ in their endings only, which never count"
            )
        elif not any(map(written.stands, group)):
            yield BadCurationRule(
                None, CurationRule.SYNONYMS, text, "match nothing: no post has any of them; add a word that posts use"
            )
        else:
            for member, first in doubles:
                if not written.has_words(member):
                    yield BadCurationRule(
                        None,
                        CurationRule.SYNONYM,
                        member,
                        f'does nothing beside "{first}": endings never count; take it away',
                    )


class _Written:
    """What stands in the posts."""

    def __init__(self, languages: Sequence[str], tokens: TokenStream) -> None:
        self._stemmers = [analysis.stemmer(language) for language in languages or ["en"]]
        self._words = {word for _, word in tokens.words}
        self._stems = [analysis.stemmer(language)(word) for language, word in tokens.words]
        self._stream = tokens.stream

    def key(self, text: str) -> str:
        """A text without endings."""
        return " ".join(map(self._stemmers[0], analysis.words(text)))

    def has_words(self, text: str) -> bool:
        """Whether each word of a text stands in some post as it is written."""
        return self._words.issuperset(analysis.words(text))

    def stands(self, text: str) -> bool:
        """Whether some post has the words of a text side by side."""
        words = analysis.words(text)
        last = len(self._stream) - len(words) + 1
        begun = np.ones(max(last, 0), dtype=bool)
        for place, word in enumerate(words):
            begun &= self._docs_with(word)[place : place + last]
        return bool(begun.any())

    def _docs_with(self, word: str) -> NDArray[np.bool_]:
        """The places of the stream that hold a word, whatever its ending; of a single Chinese character its pairs."""
        wanted = {stem(word) for stem in self._stemmers}
        pair = len(word) == 1 and analysis.is_cjk(word)
        docs_with = np.array([stem in wanted or (pair and stem.startswith(word)) for stem in self._stems] + [False])
        return docs_with[np.where(self._stream == GAP, len(self._stems), self._stream)]
