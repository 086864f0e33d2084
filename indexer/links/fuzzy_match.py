"""A name that no post has → the posts that may be meant.

Names go wrong in few ways: a character lost in copying, another date, a slug that was changed, a word added. Similarity
of spelling and of words finds posts for a person to choose from. Few of them are certain enough for a machine to write
into a file; `Proposal.is_certain` says which, and errs on the side of none.

    "posts/2024-5-17-rye-braed"     parsed: folder "posts", date "2024-5-17", slug "rye-braed"
       │  edit distance of slugs, of folder and slug; the rarest words
       ▼
    up to CLOSEST names by each     similarity 0..1: spelling or shared words, less where folders or dates differ
       │
       ▼
    MOST_PROPOSALS posts            at least LEAST_SIMILARITY, not far behind the best; certain: one typing error away
"""

from __future__ import annotations

import math
import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import MappingProxyType

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from indexer.content.urls import is_internal, unquoted
from indexer.links.resolver import ReferenceResolver, url_match_key, without_suffix
from indexer.model import Post, StoredPost

MOST_PROPOSALS = 3
# The least similarity (0..1) of a post that is proposed, and how far it may be behind the best one.
LEAST_SIMILARITY, MOST_BEHIND = 0.62, 0.12
# How many names are compared closely, of those nearest by edit distance.
CLOSEST = 12
# A certain name may have one wrong letter in every so many letters, and so may each of its words.
LETTERS_PER_ERROR, WORD_LETTERS_PER_ERROR = 16, 4
# Wrong names of which it is remembered how like they are to others: many posts of a site have the same one.
MOST_REMEMBERED = 1_000
# How far a post is from one that is in another language.
_ELSEWHERE = 2
# Shorter names are never certain: too many names differ by a letter or two.
SHORTEST_CERTAIN = 8

# A date before a slug, also one that has lost or gained digits.
DAMAGED_DATE = re.compile(r"^(?:\d{1,5}-\d{1,2}-\d{1,2}|\d{7,9})[-_]")
_WORD = re.compile(r"[^\W_]+")
_LEADING_NUMBERS = re.compile(r"^[\d\W_]+")
_NUMBER = re.compile(r"\d+|(?<![^\W_])(?:one|two|three|four|five|six|seven|eight|nine|ten)(?![^\W_])")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A post that may be meant. number: of the post. similarity: 0..1. is_certain: no other post can be meant."""

    number: int
    similarity: float
    is_certain: bool = False


@dataclass(frozen=True)
class _Name:
    """The parts of a name, in small letters. folder: before the last slash, if there is one. date: before the slug."""

    folder: str
    date: str
    slug: str

    @cached_property
    def words(self) -> list[str]:
        return _WORD.findall(self.slug)

    @cached_property
    def words_of_path(self) -> list[str]:
        return _WORD.findall(self.path)

    @cached_property
    def path(self) -> str:
        return f"{self.folder}/{self.slug}" if self.folder else self.slug


@dataclass(frozen=True, slots=True)
class _Comparison:
    """A wrong name beside names of posts, by their indices.

    close: those spelt like it, or with its rarest words. similarity, is_misspelling: as far as they were asked for.
    """

    wrong: _Name
    close: frozenset[int]
    similarity: dict[int, float] = field(default_factory=dict)
    is_misspelling: dict[int, bool] = field(default_factory=dict)


class FuzzyMatcher:
    """All names of all posts, to be compared with one that no post has.

    posts: numbered in this order. renames: earlier path of a file → its path of today, where that is known.
    """

    def __init__(
        self,
        posts: Sequence[Post | StoredPost],
        site: str = "",
        renames: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._site = site
        self._posts = posts
        numbers = {post.path: number for number, post in enumerate(posts)}
        renamed = [(old, numbers[new]) for old, new in sorted(renames.items()) if new in numbers]
        self._renamed = [number for _, number in renamed]
        # The posts of today stand behind those of old only so that a name can be looked up from the folder of one.
        self._old_names = ReferenceResolver([*(_post_at(old) for old, _ in renamed), *posts], site)
        names = {(_parsed(name), number) for number, post in enumerate(posts) for name in _names_of(post)}
        self._names = sorted(names, key=lambda pair: (pair[0].slug, pair[0].folder, pair[0].date, pair[1]))
        self._slugs = [name.slug for name, _ in self._names]
        self._paths = [name.path for name, _ in self._names]
        self._places = [(post.language.casefold(), posixpath.dirname(post.path)) for post in posts]
        self._of_post: dict[int, list[int]] = defaultdict(list)
        for index, (_, number) in enumerate(self._names):
            self._of_post[number].append(index)
        self._with_slug: dict[str, list[int]] = defaultdict(list)
        for index, slug in enumerate(self._slugs):
            self._with_slug[slug].append(index)
        self._with_word: dict[str, list[int]] = defaultdict(list)
        for index, (name, _) in enumerate(self._names):
            for word in set(name.words):
                self._with_word[word].append(index)
        self._idf = {word: math.log(1 + len(self._names) / len(names)) for word, names in self._with_word.items()}
        self._compared = lru_cache(maxsize=MOST_REMEMBERED)(self._comparison)

    def proposals(self, name: str, source: int | None = None) -> tuple[Proposal, ...]:
        """The posts that may be meant by a name that no post has, the likeliest first, at most MOST_PROPOSALS.

        source: the number of the post that uses the name. Of posts that are equally likely, those in its folder come
        first, then those in its language.
        """
        if name.startswith(("http://", "https://", "//")) and not is_internal(name, self._site):
            return ()
        renamed = self._renamed_from(name, source)
        if renamed is not None and self._names_one_post(name, renamed, source):
            return (Proposal(renamed, 1.0, is_certain=True),)
        wrong = _parsed(url_match_key(name) if "//" in name else without_suffix(unquoted(name)).strip("/"))
        compared = self._compared(wrong)
        similarity = {} if renamed is None else dict.fromkeys(self._called_like(renamed, source), 1.0)
        for index in self._closest(compared, source):
            number = self._names[index][1]
            similarity[number] = max(similarity.get(number, 0.0), self._similarity(compared, index))
        ordered = sorted(similarity, key=lambda number: (-similarity[number], self._distance(number, source), number))
        best = similarity[ordered[0]] if ordered else 0.0
        threshold = max(LEAST_SIMILARITY, best - MOST_BEHIND)
        proposed = [number for number in ordered if similarity[number] >= threshold][:MOST_PROPOSALS]
        certain = self._certain(compared, ordered) if renamed is None else None
        return tuple(Proposal(number, round(similarity[number], 4), number == certain) for number in proposed)

    def _renamed_from(self, name: str, source: int | None) -> int | None:
        """The post whose file had a name once, as the post that uses it would have found it; None if several had."""
        place = None if source is None else len(self._renamed) + source
        old = self._old_names.resolve(name, place)
        renamed = {self._renamed[number] for number in old if number < len(self._renamed)}
        return renamed.pop() if len(renamed) == 1 else None

    def _names_one_post(self, name: str, renamed: int, source: int | None) -> bool:
        """Whether a name says which file was renamed: by its path, or by a slug in the folder or language it is of.

        A slug that a translation uses may as well be meant for the translation of the file.
        """
        return "/" in name.strip("/") or name.startswith("/") or self._distance(renamed, source) < _ELSEWHERE

    def _called_like(self, number: int, source: int | None) -> set[int]:
        """A post, and those near another one that have its name: its translations, in a site with languages."""
        slugs = {_parsed(name).slug for name in _names_of(self._posts[number])}
        others = {self._names[index][1] for slug in slugs for index in self._with_slug[slug]}
        return {number, *(other for other in others if self._distance(other, source) < _ELSEWHERE)}

    def _distance(self, number: int, source: int | None) -> int:
        """0 for a post in the folder of another one, 1 for one in its language, else _ELSEWHERE."""
        if source is None:
            return 0
        (language, folder), (own_language, own_folder) = self._places[number], self._places[source]
        return _ELSEWHERE if language != own_language else int(folder != own_folder)

    def _comparison(self, wrong: _Name) -> _Comparison:
        matches = process.extract(wrong.slug, self._slugs, scorer=fuzz.ratio, limit=CLOSEST, score_cutoff=50)
        if wrong.folder:
            matches += process.extract(wrong.path, self._paths, scorer=fuzz.ratio, limit=CLOSEST, score_cutoff=50)
        rarest = sorted((self._idf[word], word) for word in set(wrong.words) if word in self._idf)[-3:]
        with_words = [index for _, word in rarest for index in self._with_word[word][: 5 * CLOSEST]]
        return _Comparison(wrong, frozenset([*(index for _, _, index in matches), *with_words]))

    def _closest(self, compared: _Comparison, source: int | None) -> Iterable[int]:
        """Indices of the names that are close to a wrong one; of many alike those near the post that uses it, too."""
        if source is None:
            return compared.close
        alike = (index for slug in {self._slugs[index] for index in compared.close} for index in self._with_slug[slug])
        near = (index for index in alike if self._distance(self._names[index][1], source) < _ELSEWHERE)
        return compared.close.union(near)

    def _similarity(self, compared: _Comparison, index: int) -> float:
        if index not in compared.similarity:
            compared.similarity[index] = self._similarity_of(compared.wrong, self._names[index][0])
        return compared.similarity[index]

    def _similarity_of(self, wrong: _Name, known: _Name) -> float:
        """Similarity of spelling or of words, whichever is higher, less where folders or dates differ; 0..1."""
        spelling = fuzz.ratio(wrong.slug, known.slug) / 100
        similarity = max(spelling, self._word_similarity(wrong.words, known.words))
        if wrong.folder and known.folder:
            folders = fuzz.ratio(wrong.folder, known.folder) / 100
            similarity = max(0.75 * similarity + 0.25 * folders, fuzz.ratio(wrong.path, known.path) / 100)
        elif wrong.folder or (wrong.date and known.date and wrong.date != known.date):
            similarity *= 0.97
        return similarity

    def _word_similarity(self, wrong: list[str], known: list[str]) -> float:
        """Dice's coefficient of the words of two names, weighted by idf; 0..1."""
        unseen = math.log(1 + len(self._names))
        common = Counter(wrong) & Counter(known)
        shared = sum(self._idf.get(word, unseen) * count for word, count in common.items())
        return 2 * shared / max(sum(self._idf.get(word, unseen) for word in (*wrong, *known)), 1e-9)

    def _certain(self, compared: _Comparison, closest: Iterable[int]) -> int | None:
        """The number of the only post of which the name is a misspelling; None where there is none, or several."""
        matches = [
            number for number in closest if any(self._misspells(compared, index) for index in self._of_post[number])
        ]
        return matches[0] if len(matches) == 1 else None

    def _misspells(self, compared: _Comparison, index: int) -> bool:
        if index not in compared.is_misspelling:
            compared.is_misspelling[index] = _is_misspelling(compared.wrong, self._names[index][0])
        return compared.is_misspelling[index]


def _post_at(path: str) -> Post:
    """Stands for the post that was at a path once."""
    name = without_suffix(path)
    return Post(name, path, f"/{name}/", "")


def _names_of(post: Post | StoredPost) -> set[str]:
    """Every way to name a post, without suffix."""
    folder, _, stem = post.id.rpartition("/")
    name = posixpath.basename(folder) if stem in ("index", "_index") and folder else stem
    urls = {url_match_key(url) for url in (post.url, *post.aliases)}
    return {name, post.id.removesuffix("/index").removesuffix("/_index"), *urls} - {""}


def _parsed(name: str) -> _Name:
    folder, _, last = name.casefold().rpartition("/")
    date = DAMAGED_DATE.match(last)
    return _Name(folder, date[0][:-1] if date else "", last[date.end() :] if date else last)


def _is_misspelling(wrong: _Name, known: _Name) -> bool:
    """Whether a name is another one with typing errors, and without a difference that sets two names apart."""
    if wrong.path.count("/") != known.path.count("/") or min(len(wrong.path), len(known.path)) < SHORTEST_CERTAIN:
        return False
    if wrong.path == known.path:
        return True
    same_date = bool(wrong.date) and wrong.date == known.date
    if wrong.folder == known.folder and _same_letters(wrong.slug, known.slug, same_date):
        return True
    same_words = _same_words(wrong.words_of_path, known.words_of_path, same_date)
    return same_words and _same_numbers(wrong.path, known.path, same_date)


def _same_letters(wrong: str, known: str, same_date: bool) -> bool:
    """Whether two slugs differ only in hyphens, or in a number that one of them has lost before its first word."""
    wrong_rest, known_rest = _LEADING_NUMBERS.sub("", wrong), _LEADING_NUMBERS.sub("", known)
    is_same = "".join(_WORD.findall(wrong_rest)) == "".join(_WORD.findall(known_rest))
    is_long = len(wrong_rest) >= SHORTEST_CERTAIN
    return is_same and is_long and _same_numbers(wrong, known, same_date or wrong_rest == known_rest)


def _same_numbers(wrong: str, known: str, one_may_be_lost: bool) -> bool:
    """Whether two names have the same numbers: part 2 is not part 3, and version 1.0 not 1.1."""
    ours, theirs = Counter(_NUMBER.findall(wrong)), Counter(_NUMBER.findall(known))
    return ours == theirs or (one_may_be_lost and (ours <= theirs or theirs <= ours))


def _same_words(wrong: list[str], known: list[str], same_date: bool) -> bool:
    """Whether the words are the same, in the same order, but for a few letters in all and in each."""
    if len(wrong) != len(known):
        return False
    pairs = [(ours, theirs, OSA.distance(ours, theirs)) for ours, theirs in zip(wrong, known, strict=True)]
    letters = sum(max(len(ours), len(theirs)) for ours, theirs, _ in pairs)
    return sum(distance for _, _, distance in pairs) <= letters // LETTERS_PER_ERROR and all(
        _same_word(ours, theirs, distance, same_date) for ours, theirs, distance in pairs if distance
    )


def _same_word(wrong: str, known: str, distance: int, same_date: bool) -> bool:
    """Whether one word is the other misspelt, and neither its plural nor the same with a prefix or suffix.

    A plural counts as misspelt where the names have the same date.
    """
    short, long = sorted((wrong, known), key=len)
    if f"{short}s" == long:
        return same_date
    return distance <= len(long) // WORD_LETTERS_PER_ERROR and not (distance > 1 and short in long)
