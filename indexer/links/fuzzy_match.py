"""The post that a name was meant to lead to, where it leads to none.

Names go wrong in few ways: a character lost in copying, another date, a slug that was changed, a word added. Likeness
of spelling and of words finds what may be meant, for a person to choose from. Few of those are certain enough to be
written into a file by a machine: `Proposal.is_certain` says which, and rather none than a wrong one.
"""

from __future__ import annotations

import math
import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from indexer.content.urls import is_internal, unquoted
from indexer.links.resolver import ReferenceResolver, url_match_key, without_suffix
from indexer.model import Post

MOST = 3
# What is less like a name than this (0..1) is not worth showing; what is less like it than the best by this neither.
LEAST, BEHIND = 0.62, 0.12
# How many spellings are looked at closely for each name.
CLOSE = 12
# One letter in so many may be wrong in a name that is still certain, and in one word of it.
LETTERS_OF_A_NAME, LETTERS_OF_A_WORD = 16, 4
# Of shorter names too many differ by what is usual between two names.
SHORTEST = 8

# A date before a slug, also one that lost or won digits.
DAMAGED_DATE = re.compile(r"^(?:\d{1,5}-\d{1,2}-\d{1,2}|\d{7,9})[-_]")
_WORD = re.compile(r"[^\W_]+")
_LEADING_NUMBERS = re.compile(r"^[\d\W_]+")
_NUMBER = re.compile(r"\d+|(?<![^\W_])(?:one|two|three|four|five|six|seven|eight|nine|ten)(?![^\W_])")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A post that may be meant. number: its place among the posts. similarity: 0..1. is_certain: nothing else can be
    meant."""

    number: int
    similarity: float
    is_certain: bool = False


@dataclass(frozen=True, slots=True)
class _Name:
    """A name taken apart. folder: what stands before the last slash; of a plain name nothing."""

    folder: str
    date: str
    slug: str

    @property
    def words(self) -> list[str]:
        return _WORD.findall(self.slug)

    @property
    def whole(self) -> str:
        return f"{self.folder}/{self.slug}" if self.folder else self.slug


class FuzzyMatcher:
    """Every name of every post, to be compared with one that leads nowhere.

    renames: files that had another path once → their path of today, where that is known.
    """

    def __init__(
        self, posts: Sequence[Post], site: str = "", renames: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._site = site
        places = {post.path: number for number, post in enumerate(posts)}
        gone = [(old, places[new]) for old, new in sorted(renames.items()) if new in places]
        self._renamed = [number for _, number in gone]
        self._old_names = ReferenceResolver([_called(old) for old, _ in gone], site)
        spelt = {(_taken_apart(name), number) for number, post in enumerate(posts) for name in _names_of(post)}
        self._names = sorted(spelt, key=lambda one: (one[0].slug, one[0].folder, one[0].date, one[1]))
        self._slugs = [name.slug for name, _ in self._names]
        self._wholes = [name.whole for name, _ in self._names]
        self._with_word: dict[str, list[int]] = defaultdict(list)
        for place, (name, _) in enumerate(self._names):
            for word in set(name.words):
                self._with_word[word].append(place)
        self._weights = {word: math.log(1 + len(self._names) / len(on)) for word, on in self._with_word.items()}

    def proposals(self, name: str) -> tuple[Proposal, ...]:
        """The posts that a name may mean, the likeliest first, at most MOST. The name itself leads to none of them."""
        if name.startswith(("http://", "https://", "//")) and not is_internal(name, self._site):
            return ()
        renamed = {self._renamed[one] for one in self._old_names.resolve(name)}
        if len(renamed) == 1:
            return (Proposal(renamed.pop(), 1.0, is_certain=True),)
        asked = _taken_apart(url_match_key(name) if "//" in name else without_suffix(unquoted(name)).strip("/"))
        similarity: dict[int, float] = {}
        for place in self._close(asked):
            spelt, number = self._names[place]
            similarity[number] = max(similarity.get(number, 0.0), self._similarity(asked, spelt))
        ordered = sorted(similarity, key=lambda one: (-similarity[one], one))
        best = similarity[ordered[0]] if ordered else 0.0
        kept = [one for one in ordered if similarity[one] >= max(LEAST, best - BEHIND)][:MOST]
        certain = self._certain(asked, ordered)
        return tuple(Proposal(one, round(similarity[one], 4), one == certain) for one in kept)

    def _close(self, asked: _Name) -> set[int]:
        """Places of the names that are spelt like this one, or have its rarest words."""
        spelt = process.extract(asked.slug, self._slugs, scorer=fuzz.ratio, limit=CLOSE, score_cutoff=50)
        if asked.folder:
            spelt += process.extract(asked.whole, self._wholes, scorer=fuzz.ratio, limit=CLOSE, score_cutoff=50)
        rare = sorted((self._weights[word], word) for word in set(asked.words) if word in self._weights)
        with_words = [place for _, word in rare[-3:] for place in self._with_word[word][: 5 * CLOSE]]
        return {*(place for _, _, place in spelt), *with_words}

    def _similarity(self, asked: _Name, spelt: _Name) -> float:
        """Likeness of spelling or of words, whichever is more, less where folders or dates differ."""
        letters = fuzz.ratio(asked.slug, spelt.slug) / 100
        like = max(letters, self._shared_words(asked.words, spelt.words))
        if asked.folder and spelt.folder:
            folders = fuzz.ratio(asked.folder, spelt.folder) / 100
            like = max(0.75 * like + 0.25 * folders, fuzz.ratio(asked.whole, spelt.whole) / 100)
        elif asked.folder or (asked.date and spelt.date and asked.date != spelt.date):
            like *= 0.97
        return like

    def _shared_words(self, asked: list[str], words: list[str]) -> float:
        """How much of both names is said by words that both have, rare words more (Dice's coefficient)."""
        both = Counter(asked) & Counter(words)
        weight = self._weights.get
        unknown = math.log(1 + len(self._names))
        shared = sum(weight(word, unknown) * count for word, count in both.items())
        return 2 * shared / max(sum(weight(word, unknown) for word in (*asked, *words)), 1e-9)

    def _certain(self, asked: _Name, ordered: Iterable[int]) -> int | None:
        """The one post that a slip of the pen leads to, if there is one and no second."""
        close = set(ordered)
        fits = {number for name, number in self._names if number in close and _slip(asked, name)}
        return fits.pop() if len(fits) == 1 else None


def _called(path: str) -> Post:
    """A post of which nothing is left but its path."""
    name = without_suffix(path)
    return Post(name, path, f"/{name}/", "")


def _names_of(post: Post) -> set[str]:
    """Every way a post may be written, without suffix."""
    folder, _, stem = post.id.rpartition("/")
    name = posixpath.basename(folder) if stem in ("index", "_index") and folder else stem
    urls = {url_match_key(url) for url in (post.url, *post.aliases)}
    return {name, post.id.removesuffix("/index").removesuffix("/_index"), *urls} - {""}


def _taken_apart(name: str) -> _Name:
    folder, _, last = name.casefold().rpartition("/")
    dated = DAMAGED_DATE.match(last)
    return _Name(folder, dated[0][:-1] if dated else "", last[dated.end() :] if dated else last)


def _slip(asked: _Name, spelt: _Name) -> bool:
    """Whether a name is another with a slip of the pen in it, and with no difference that names are made to have."""
    if asked.whole.count("/") != spelt.whole.count("/") or min(len(asked.whole), len(spelt.whole)) < SHORTEST:
        return False
    if asked.whole == spelt.whole:
        return True
    same_date = bool(asked.date) and asked.date == spelt.date
    if asked.folder == spelt.folder and _same_letters(asked.slug, spelt.slug, same_date):
        return True
    words, others = _WORD.findall(asked.whole), _WORD.findall(spelt.whole)
    return _same_numbers(asked.whole, spelt.whole, same_date) and _same_words(words, others, same_date)


def _same_letters(asked: str, spelt: str, same_date: bool) -> bool:
    """Whether two slugs differ in hyphens only, or in numbers before the first word of which one has lost some."""
    ours, theirs = _LEADING_NUMBERS.sub("", asked), _LEADING_NUMBERS.sub("", spelt)
    same = "".join(_WORD.findall(ours)) == "".join(_WORD.findall(theirs))
    return same and len(ours) >= SHORTEST and _same_numbers(asked, spelt, same_date or ours == theirs)


def _same_numbers(asked: str, spelt: str, one_may_be_lost: bool) -> bool:
    """Part 2 is not part 3, and version 1.0 not 1.1."""
    ours, theirs = Counter(_NUMBER.findall(asked)), Counter(_NUMBER.findall(spelt))
    return ours == theirs or (one_may_be_lost and (ours <= theirs or theirs <= ours))


def _same_words(asked: list[str], words: list[str], same_date: bool) -> bool:
    """Whether the words are the same, in the same order, but for a few letters in all and in each."""
    if len(asked) != len(words):
        return False
    wrong = [(one, other, OSA.distance(one, other)) for one, other in zip(asked, words, strict=True)]
    letters = sum(max(len(one), len(other)) for one, other, _ in wrong)
    return sum(far for _, _, far in wrong) <= letters // LETTERS_OF_A_NAME and all(
        _misspelt(one, other, far, same_date) for one, other, far in wrong if far
    )


def _misspelt(one: str, other: str, far: int, same_date: bool) -> bool:
    """Whether two words are one, misspelt: not its plural, nor what a syllable before or behind makes of it."""
    short, long = sorted((one, other), key=len)
    if f"{short}s" == long:
        return same_date
    return far <= len(long) // LETTERS_OF_A_WORD and not (far > 1 and short in long)
