"""The metadata of posts: titles, pins, tags, languages and dates, for filters, facets and order."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property, reduce
from operator import and_, or_
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from indexer.links.resolver import url_match_key
from indexer.model import (
    AllOf,
    AnyOf,
    Condition,
    Corpus,
    CurationRule,
    DatedWithin,
    HasTag,
    InLanguage,
    Not,
    Post,
    SearchRequest,
)
from indexer.search.rule_change import RuleChange
from indexer.settings import SearchSettings
from indexer.store.arrays import Files, RaggedArray, SortedStringArray, StringArray
from indexer.store.posts import PostStore
from indexer.store.tables import files_of, load_table, save_table
from indexer.text.analysis import title_key
from indexer.text.token_stream import NOWHERE

FOLDER = "metadata"
# Days in which the effect of freshness is halved.
HALF_LIFE = 365.0
# A heading on more posts, as "Examples", is a kind of section: whoever types it asks for none of them.
MOST_HEADED = 100
# What stands before the path of an address that was copied without its https: a name with a dot, or with a port.
_HOST = re.compile(r"[\w-]+(?:\.[\w.-]+(?::\d+)?|:\d+)(?=/)")

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]
# Values of a facet, each with the number of hits that have it, the most frequent first.
Counts = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class _Metadata:
    """The files of metadata/.

    titles: every title and search alias as a title key, sorted; titled: of each the number of its post × 2, + 1 for an
    alias. headings: as title keys, every heading that at most MOST_HEADED posts have, sorted; headed: the post of each;
    heading_sections: its section there. slugs: the last part of every URL as a title key, sorted; slugged: the post of
    each. pins: every pin as a title key, sorted; pinned: the post of each. tags: every tag once, whatever its case,
    sorted; tag_posts: the posts of each. languages: every language, case-folded, sorted; language_of: that of each
    post, an index into languages. order: the rank of each post among posts with equal scores. boost: the factor of each
    post's score: its boost, times freshness if set.
    """

    titles: SortedStringArray
    titled: NDArray[np.int64]
    headings: SortedStringArray
    headed: NDArray[np.int32]
    heading_sections: NDArray[np.int32]
    slugs: SortedStringArray
    slugged: NDArray[np.int64]
    pins: SortedStringArray
    pinned: NDArray[np.int64]
    tags: StringArray
    tag_posts: RaggedArray
    languages: StringArray
    language_of: NDArray[np.uint16]
    order: NDArray[np.int32]
    boost: NDArray[np.float32]


FILES = files_of(FOLDER, _Metadata)


@dataclass(frozen=True, slots=True)
class Marks:
    """What filters, counts and orders posts, as it was written. tag_posts: the posts of each tag; see `_Metadata`."""

    tag_posts: Sequence[Sequence[int]]
    language_of: NDArray[np.uint16]
    order: NDArray[np.int32]
    boost: NDArray[np.float32]


def write_metadata(directory: Path, corpus: Corpus, search: SearchSettings) -> Marks:
    """Writes the folder metadata/ into a generation's directory."""
    numbered = list(enumerate(corpus))
    titles = _sorted_keys(
        [
            *((post.title, number * 2) for number, post in numbered),
            *((alias, number * 2 + 1) for number, post in numbered for alias in post.search_aliases),
        ]
    )
    headings = _headings(corpus)
    slugs = _sorted_keys((url_match_key(post.url).rpartition("/")[2], number) for number, post in numbered)
    pins = _sorted_keys((pin, number) for number, post in numbered for pin in post.pins)
    tags = _posts_of_tags(corpus)
    languages = sorted({post.language.casefold() for post in corpus})
    number_of = {language: number for number, language in enumerate(languages)}
    language_of = np.array([number_of[post.language.casefold()] for post in corpus], dtype=np.uint16)
    marks = Marks(list(tags.values()), language_of, _order(corpus), _boosts(corpus, search.freshness))
    values = {
        "titles": (key for key, _ in titles),
        "titled": np.array([value for _, value in titles], dtype=np.int64),
        "headings": (key for key, _, _ in headings),
        "headed": np.array([number for _, number, _ in headings], dtype=np.int32),
        "heading_sections": np.array([section for _, _, section in headings], dtype=np.int32),
        "slugs": (key for key, _ in slugs),
        "slugged": np.array([number for _, number in slugs], dtype=np.int64),
        "pins": (key for key, _ in pins),
        "pinned": np.array([number for _, number in pins], dtype=np.int64),
        "tags": tags.keys(),
        "tag_posts": marks.tag_posts,
        "languages": languages,
        "language_of": marks.language_of,
        "order": marks.order,
        "boost": marks.boost,
    }
    save_table(directory / FOLDER, _Metadata, values)
    return marks


def _sorted_keys(names: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Names as title keys, with their values, sorted; those without a word are dropped."""
    return sorted({(key, value) for name, value in names if (key := title_key(name))})


def _headings(corpus: Corpus) -> list[tuple[str, int, int]]:
    """The title key of each heading that is not on too many posts, its post and its section, sorted."""
    key_of = cache(title_key)  # many posts have the same headings
    headings = [
        (key, number, index)
        for number, post in enumerate(corpus)
        for index, section in enumerate(post.sections)
        if (key := key_of(section.heading))
    ]
    counts = Counter(key for key, _ in {(key, number) for key, number, _ in headings})
    return sorted(heading for heading in headings if counts[heading[0]] <= MOST_HEADED)


def _posts_of_tags(corpus: Corpus) -> dict[str, list[int]]:
    """Each tag in the spelling that the most posts use, the first in the alphabet of equals, and its posts."""
    posts_of: dict[str, list[int]] = defaultdict(list)
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for number, post in enumerate(corpus):
        for folded, tag in {tag.casefold(): tag for tag in post.tags}.items():
            posts_of[folded].append(number)
            spellings[folded][tag] += 1
    spelt = {folded: min(counts, key=lambda tag: (-counts[tag], tag)) for folded, counts in spellings.items()}
    return dict(sorted((spelt[folded], posts) for folded, posts in posts_of.items()))


def _order(corpus: Corpus) -> NDArray[np.int32]:
    order = np.empty(len(corpus), dtype=np.int32)
    order[sorted(range(len(corpus)), key=lambda number: tie_break(corpus[number]))] = np.arange(len(corpus))
    return order


def tie_break(post: Post) -> tuple[float, int, str]:
    """The sort key of posts with equal scores: by featuredOrder, then the newer, then by id."""
    featured = float("inf") if post.featured_order is None else float(post.featured_order)
    return featured, -post.date.toordinal() if post.date else 0, post.id


def _boosts(corpus: Corpus, freshness: float) -> NDArray[np.float32]:
    """Age is relative to the newest post, not to today, so that the same content gives the same index on any day."""
    boosts = np.array([post.boost for post in corpus], dtype=np.float64)
    days = np.array([post.date.toordinal() if post.date else 0 for post in corpus], dtype=np.float64)
    if freshness and days.any():
        boosts *= np.where(days > 0, 1.0 + freshness * 0.5 ** ((days.max() - days) / HALF_LIFE), 1.0)
    return boosts.astype(np.float32)


@dataclass(frozen=True, slots=True)
class Titled:
    """Posts whose title or search alias is what was typed, and posts whose title starts with it.

    typed: the share of each title of `starting` that was typed (float32); at_end: whether a word of it ends there.
    """

    exact: Numbers
    alias: Numbers
    starting: Numbers
    typed: NDArray[np.float32]
    at_end: Mask


_NO_POSTS = np.zeros(0, dtype=np.int64)
NOT_TITLED = Titled(_NO_POSTS, _NO_POSTS, _NO_POSTS, np.zeros(0, dtype=np.float32), np.zeros(0, dtype=bool))


class Metadata:
    """The metadata of one generation's posts, by number."""

    def __init__(self, files: Files, posts: PostStore) -> None:
        stored = load_table(files, FOLDER, _Metadata)
        self.order, self.boost = stored.order, stored.boost
        self._posts = posts
        self._dates = posts.dates
        self._titles = stored.titles
        self._titled, self._is_alias = stored.titled >> 1, (stored.titled & 1).astype(bool)
        self._has_aliases = bool(self._is_alias.any())
        self._headings, self._headed, self._sections = stored.headings, stored.headed, stored.heading_sections
        self._slugs, self._slugged = stored.slugs, stored.slugged
        self._pins, self._pinned = stored.pins, stored.pinned
        self._tags, self._tag_posts = stored.tags.all(), stored.tag_posts
        self._tag_of = np.repeat(np.arange(len(self._tags)), self._tag_posts.sizes())
        self._languages, self._language_of = stored.languages.all(), stored.language_of
        self._change: RuleChange | None = None

    def as_if(self, change: RuleChange) -> Metadata:
        """The same with a pin or an alias more, or less."""
        changed = copy(self)
        changed._change = change  # noqa: SLF001  # a copy of its own
        return changed

    @property
    def tags(self) -> Sequence[str]:
        """Every tag, sorted."""
        return self._tags

    @property
    def languages(self) -> Sequence[str]:
        """Every language, case-folded, sorted."""
        return self._languages

    def allowed(self, request: SearchRequest) -> Mask | None:
        """The posts that pass the filters of a request; None if it has none."""
        condition = request.condition
        return None if condition is None else self._meeting(condition)

    def _meeting(self, condition: Condition) -> Mask:
        """Whether each post meets a condition. Tags and languages match in any case."""
        match condition:
            case HasTag(tag):
                return self._with_tag(tag.casefold())
            case InLanguage(language):
                return self._in_language(language.casefold())
            case DatedWithin(since, until):
                return self._between(since or date.min, until or date.max)
            case Not(other):
                return ~self._meeting(other)
            case AllOf(conditions):
                return reduce(and_, map(self._meeting, conditions), np.ones(len(self.order), dtype=bool))
            case AnyOf(conditions):
                return reduce(or_, map(self._meeting, conditions), np.zeros(len(self.order), dtype=bool))

    def _with_tag(self, folded: str) -> Mask:
        has_tag = np.zeros(len(self.order), dtype=bool)
        if (number := self.tag_number(folded)) is not None:
            has_tag[self._tag_posts[number]] = True
        return has_tag

    def tag_number(self, folded: str) -> int | None:
        """The index of a tag, given in folded case, in `tags`."""
        return self._tag_numbers.get(folded)

    def _in_language(self, folded: str) -> Mask:
        return np.array(self.are_meant(folded), dtype=bool)[self._language_of]

    def are_meant(self, folded: str) -> list[bool]:
        """For each of `languages` whether a language, given in folded case, stands for it."""
        return [language == folded or language.startswith((f"{folded}-", f"{folded}_")) for language in self._languages]

    @cached_property
    def _tag_numbers(self) -> dict[str, int]:
        """Case-folded tag → its number."""
        return {tag.casefold(): number for number, tag in enumerate(self._tags)}

    def _between(self, since: date, until: date) -> Mask:
        """Posts dated within [since, until], both days included; posts without a date are not."""
        return (self._dates >= since.toordinal()) & (self._dates <= until.toordinal())

    def tag_counts(self, is_hit: Mask, most: int) -> Counts:
        """The most frequent tags of the hits, each with the number of hits that have it."""
        return _most_frequent(self._tags, self._tag_of[is_hit[self._tag_posts.values]], most)

    def language_counts(self, is_hit: Mask, most: int) -> Counts:
        """The most frequent languages of the hits, each with the number of hits in it."""
        if len(self._languages) == 1:  # nothing to tell apart, as on most sites
            hits = int(np.count_nonzero(is_hit))
            return ((self._languages[0], hits),)[:most] if hits else ()
        return _most_frequent(self._languages, self._language_of[is_hit], most)

    def newest_first(self, numbers: Numbers) -> Numbers:
        """These posts by date, newest first, those without a date last, ties by id."""
        numbers = np.sort(numbers)
        return numbers[np.argsort(-self._dates[numbers], kind="stable")]

    def pinned(self, key: str, text: str) -> Numbers:
        """The posts pinned to a query, by its title key, and the one whose URL it is."""
        posts = self.with_pin(key)
        page, _ = self._at_address(text)
        return posts if page is None else np.union1d(posts, [page])

    def with_pin(self, key: str) -> Numbers:
        """The posts that an editor pinned to a query, by its title key."""
        indices = self._pins.indices(key) if key and len(self._pins) else range(0)
        posts: Numbers = self._pinned[indices.start : indices.stop]
        return self._with_change(CurationRule.PIN, key, posts) if self._change else posts

    def _with_change(self, rule: CurationRule, key: str, posts: Numbers) -> Numbers:
        """The posts with a pin or an alias, by its title key. posts: those without the change."""
        change = self._change
        if change is None or not change.is_of(rule, key):
            return posts
        return np.union1d(posts, [change.post]) if change.adds else np.setdiff1d(posts, [change.post])

    def not_indexed(self, key: str) -> Numbers:
        """The posts that have this key as an alias of which the index knows nothing."""
        change = self._change
        is_new = change is not None and change.adds and change.is_of(CurationRule.ALIAS, key)
        return np.array([change.post], dtype=np.int64) if change and is_new else _NO_POSTS

    def _at_address(self, text: str) -> tuple[int | None, str]:
        """The post whose URL or alias a text is, with its host or without, and the fragment of the URL."""
        address = text.strip()
        if "/" not in address or " " in address:
            return None, ""
        host = _HOST.match(address)
        for spelling in (address, address[host.end() :]) if host else (address,):
            try:
                parts = urlsplit(spelling)
            except ValueError:
                continue
            post = self._posts.at_url(parts.path if parts.path.startswith("/") else f"/{parts.path}")
            if post and parts.path.strip("/"):
                return post.number, parts.fragment
        return None, ""

    def titled(self, key: str, unfinished: bool) -> Titled:
        """The posts whose title or search alias is this key, and those whose title starts with it.

        key: as from `analysis.title_key`. unfinished: whether its last word may be the beginning of a longer one.
        """
        found = self._titled_as_built(key, unfinished)
        if self._change is None:
            return found
        return replace(found, alias=self._with_change(CurationRule.ALIAS, key, found.alias))

    def _titled_as_built(self, key: str, unfinished: bool) -> Titled:
        matches = self._titles.starting_with(key) if key else range(0)
        if not matches:
            return NOT_TITLED
        end = start = matches.start
        while end < matches.stop and len(self._titles.raw(end)) == len(key.encode()):
            end += 1
        continued = range(end, matches.stop)
        if continued and not unfinished:  # only those with another word: a space sorts before all other characters
            has_more = self._titles.raw(end).startswith(f"{key} ".encode())
            continued = range(end, self._titles.first(f"{key}!") if has_more else end)
        exact, longer = self._titled[start:end], self._titled[continued.start : continued.stop]
        typed = (len(key.encode()) / np.maximum(self._titles.sizes(continued), 1)).astype(np.float32)
        at_end = np.arange(continued.start, continued.stop) < (self._titles.first(f"{key}!") if continued else 0)
        if not self._has_aliases:
            return Titled(exact, exact[:0], longer, typed, at_end)
        is_alias, is_title = self._is_alias[start:end], ~self._is_alias[continued.start : continued.stop]
        return Titled(exact[~is_alias], exact[is_alias], longer[is_title], typed[is_title], at_end[is_title])

    def spelt_so(self, posts: Numbers, text: str) -> Numbers:
        """Of posts those whose title is a text sign for sign, whatever its case."""
        typed = _as_typed(text)
        return np.array(
            [post for post in posts.tolist() if _as_typed(self._posts[post].title) == typed], dtype=np.int64
        )

    def sections(self, key: str, text: str) -> dict[int, int]:
        """The sections that a question asks for, by post: those so headed, and the beginning of pages so titled."""
        titled = self.titled(key, unfinished=False)
        sections = self.headed(key) | dict.fromkeys((*titled.exact.tolist(), *titled.alias.tolist()), NOWHERE)
        page, fragment = self._at_address(text)
        if page is not None:
            anchors = [section.anchor for section in self._posts.sections(page)] if fragment else []
            sections[page] = anchors.index(fragment) if fragment in anchors else NOWHERE
        return sections

    def headed(self, key: str) -> dict[int, int]:
        """The posts with a heading, by its title key, and the section of the first in each."""
        found = self._headings.indices(key)
        if not found:
            return {}
        posts, sections = self._headed[found.start : found.stop], self._sections[found.start : found.stop]
        return dict(zip(reversed(posts.tolist()), reversed(sections.tolist()), strict=True))

    def only_headed(self, key: str) -> Numbers:
        """The posts with a heading, by its title key, which no other post of their language has."""
        return self.alone_in_their_language(list(self.headed(key)))

    def only_slugged(self, key: str) -> Numbers:
        """The posts whose URL ends with a title key, if that of no other post of their language does."""
        found = self._slugs.indices(key)
        return self.alone_in_their_language(self._slugged[found.start : found.stop])

    def alone_in_their_language(self, posts: Sequence[int] | Numbers) -> Numbers:
        """Those of some posts that no other of them shares its language with: the translations of one page, often."""
        numbers = np.array(posts, dtype=np.int64)
        if len(numbers) < 2:
            return numbers
        _, language_of, counts = np.unique(self._language_of[numbers], return_inverse=True, return_counts=True)
        alone: Numbers = numbers[counts[language_of] == 1]
        return alone


def _most_frequent(values: Sequence[str], numbers: NDArray[np.integer], most: int) -> Counts:
    """The values with the highest counts, ties in their order, without those of none. numbers: of one value each."""
    counts = np.bincount(numbers)
    given = counts.nonzero()[0]
    first = given[np.argsort(-counts[given], kind="stable")[:most]]
    return tuple((values[number], count) for number, count in zip(first.tolist(), counts[first].tolist(), strict=True))


def _as_typed(text: str) -> str:
    """A text as somebody types it who minds its signs: without case, and without the marks of code."""
    return " ".join(text.replace("`", "").casefold().split())
