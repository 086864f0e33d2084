"""What editors say of their posts, as columns: titles, pins, tags, languages, dates. It filters, counts and orders.

metadata/titles    every title and search alias as it is compared, sorted; titled.npy: post × 2 + (1 for an alias)
metadata/pins      every pin, sorted; pinned.npy: whose
metadata/signed    titles that look like an exclusion ("Compile with -Wall"), sorted
metadata/tags      every tag as written, sorted; tag_posts.npy, tagged.npy: the posts of each (CSR)
metadata/languages likewise in small letters; language_of.npy: of each post
metadata/order.npy how posts with equal scores follow each other: featuredOrder, then the newer, then the id
metadata/boost.npy  what each post's score is multiplied by: its boost, and freshness if the settings want it
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.model import Corpus, Post, SearchRequest
from indexer.settings import SearchSettings
from indexer.store.arrays import Files, SortedStringArray, StringArray, save, save_strings
from indexer.store.posts import PostStore
from indexer.text.analysis import title_key

FOLDER = "metadata"
MOST_FACETS = 50
# Days in which what freshness adds is halved.
HALF_LIFE = 365.0

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]


def write_metadata(directory: Path, corpus: Corpus, search: SearchSettings) -> None:
    """Writes the folder metadata/ into a generation's directory."""
    folder = directory / FOLDER
    folder.mkdir()
    titles = [(title_key(post.title), number * 2) for number, post in enumerate(corpus)]
    titles += [
        (title_key(alias), number * 2 + 1) for number, post in enumerate(corpus) for alias in post.search_aliases
    ]
    _write_sorted(folder, "titles", "titled", titles)
    _write_sorted(
        folder, "pins", "pinned", [(title_key(pin), number) for number, post in enumerate(corpus) for pin in post.pins]
    )
    save_strings(folder, "signed", sorted({_as_typed(post.title) for post in corpus if " -" in post.title}))
    _write_tags(folder, corpus)
    languages = sorted({post.language.casefold() for post in corpus})
    place = {language: place for place, language in enumerate(languages)}
    save_strings(folder, "languages", languages)
    save(folder / "language_of.npy", np.array([place[post.language.casefold()] for post in corpus], dtype=np.uint16))
    save(folder / "order.npy", _order(corpus))
    save(folder / "boost.npy", _boosts(corpus, search.freshness))


def _write_sorted(folder: Path, name: str, values: str, pairs: list[tuple[str, int]]) -> None:
    pairs = sorted({pair for pair in pairs if pair[0]})
    save_strings(folder, name, (text for text, _ in pairs))
    save(folder / f"{values}.npy", np.array([value for _, value in pairs], dtype=np.int64))


def _write_tags(folder: Path, corpus: Corpus) -> None:
    carriers: dict[str, list[int]] = defaultdict(list)
    for number, post in enumerate(corpus):
        for tag in dict.fromkeys(post.tags):
            carriers[tag].append(number)
    tags = sorted(carriers)
    save_strings(folder, "tags", tags)
    save(folder / "tag_posts.npy", np.array([number for tag in tags for number in carriers[tag]], dtype=np.int32))
    starts = accumulate((len(carriers[tag]) for tag in tags), initial=0)
    save(folder / "tagged.npy", np.fromiter(starts, dtype=np.int64))


def _order(corpus: Corpus) -> NDArray[np.int32]:
    order = np.empty(len(corpus), dtype=np.int32)
    order[sorted(range(len(corpus)), key=lambda number: among_equals(corpus[number]))] = np.arange(len(corpus))
    return order


def among_equals(post: Post) -> tuple[float, int, str]:
    """Sorts posts with equal scores: by featuredOrder, then the newer, then by id."""
    featured = float("inf") if post.featured_order is None else float(post.featured_order)
    return featured, -post.date.toordinal() if post.date else 0, post.id


def _boosts(corpus: Corpus, freshness: float) -> NDArray[np.float32]:
    """Age counts from the newest post and not from today, so that the same content gives the same index any day."""
    boosts = np.array([post.boost for post in corpus], dtype=np.float64)
    days = np.array([post.date.toordinal() if post.date else 0 for post in corpus], dtype=np.float64)
    if freshness and days.any():
        boosts *= np.where(days > 0, 1.0 + freshness * 0.5 ** ((days.max() - days) / HALF_LIFE), 1.0)
    return boosts.astype(np.float32)


@dataclass(frozen=True, slots=True)
class Titled:
    """Posts by what was typed: their title or one of their aliases is that, or their title goes on after it."""

    exact: Numbers
    alias: Numbers
    starting: Numbers


NOT_TITLED = Titled(*(np.zeros(0, dtype=np.int64) for _ in range(3)))


class Metadata:
    """The facts of one generation's posts, by number."""

    def __init__(self, files: Files, posts: PostStore) -> None:
        self.order = files.array(f"{FOLDER}/order.npy")
        self.boost = files.array(f"{FOLDER}/boost.npy")
        self._dates = posts.dates
        self._titles = SortedStringArray(files, f"{FOLDER}/titles")
        titled = files.array(f"{FOLDER}/titled.npy")
        self._titled, self._is_alias = titled >> 1, (titled & 1).astype(bool)
        self._has_aliases = bool(self._is_alias.any())
        self._pins = SortedStringArray(files, f"{FOLDER}/pins")
        self._pinned = files.array(f"{FOLDER}/pinned.npy")
        self._signed = SortedStringArray(files, f"{FOLDER}/signed")
        self._tags = list(StringArray(files, f"{FOLDER}/tags"))
        self._tag_posts = files.array(f"{FOLDER}/tag_posts.npy")
        self._tagged = files.array(f"{FOLDER}/tagged.npy")
        self._tag_of = np.repeat(np.arange(len(self._tags)), np.diff(self._tagged))
        self._languages = list(StringArray(files, f"{FOLDER}/languages"))
        self._language_of = files.array(f"{FOLDER}/language_of.npy")

    def allowed(self, request: SearchRequest) -> Mask | None:
        """The posts that pass the filters of a request; None where it has none. All tags must match, in any case."""
        masks = [self._carrying(tag) for tag in dict.fromkeys(map(str.casefold, request.tags))]
        if request.language:
            wanted = request.language.casefold()
            number = self._languages.index(wanted) if wanted in self._languages else -1
            masks.append(self._language_of == number)
        if request.since or request.until:
            masks.append(self._between(request.since or date.min, request.until or date.max))
        return np.logical_and.reduce(masks) if masks else None

    def _carrying(self, folded: str) -> Mask:
        mask = np.zeros(len(self.order), dtype=bool)
        for number in self._tags_by_name.get(folded, ()):
            mask[self._tag_posts[self._tagged[number] : self._tagged[number + 1]]] = True
        return mask

    @cached_property
    def _tags_by_name(self) -> dict[str, list[int]]:
        """The numbers of the tags that are the same but for their case."""
        numbers: dict[str, list[int]] = defaultdict(list)
        for number, tag in enumerate(self._tags):
            numbers[tag.casefold()].append(number)
        return dict(numbers)

    def _between(self, since: date, until: date) -> Mask:
        """Posts dated within both days; a post without a date is never within."""
        return (self._dates >= since.toordinal()) & (self._dates <= until.toordinal())

    def facets(self, found: Mask) -> tuple[tuple[str, int], ...]:
        """How many of these posts carry each tag, the most frequent first."""
        counts = np.bincount(self._tag_of[found[self._tag_posts]], minlength=len(self._tags))
        first = np.argsort(-counts, kind="stable")[:MOST_FACETS].tolist()
        return tuple(
            (self._tags[tag], count) for tag, count in zip(first, counts[first].tolist(), strict=True) if count
        )

    def newest_first(self, numbers: Numbers) -> Numbers:
        """These posts by date, newest first, those without a date last, ties by id."""
        numbers = np.sort(numbers)
        return numbers[np.argsort(-self._dates[numbers], kind="stable")]

    def is_signed_title(self, text: str) -> bool:
        """Whether a text is a title that only looks like an exclusion: "Compile with -Wall"."""
        return " -" in text and bool(self._signed.places(_as_typed(text)))

    def pinned(self, key: str) -> Numbers:
        """The posts that must come first when this is typed."""
        places = self._pins.places(key) if key and len(self._pins) else range(0)
        found: Numbers = self._pinned[places.start : places.stop]
        return found

    def titled(self, key: str, unfinished: bool) -> Titled:
        """Whose title or search alias is this, or goes on after it (mid-word too where it is unfinished).

        key: as `analysis.title_key` makes it.
        """
        all_of_them = self._titles.starting_with(key) if key else range(0)
        if not all_of_them:
            return NOT_TITLED
        end = start = all_of_them.start
        while end < all_of_them.stop and len(self._titles.raw(end)) == len(key.encode()):
            end += 1
        going_on = range(end, all_of_them.stop)
        if going_on and not unfinished:  # with a word more: a space comes right behind the end in the order of texts
            has_more = self._titles.raw(end).startswith(f"{key} ".encode())
            going_on = range(end, self._titles.first(f"{key}!") if has_more else end)
        same, longer = self._titled[start:end], self._titled[going_on.start : going_on.stop]
        if not self._has_aliases:
            return Titled(same, same[:0], longer)
        is_alias = self._is_alias[start:end]
        return Titled(same[~is_alias], same[is_alias], longer[~self._is_alias[going_on.start : going_on.stop]])


def _as_typed(text: str) -> str:
    return " ".join(text.casefold().split())
