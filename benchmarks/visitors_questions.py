"""Questions as visitors type them, made from what a site says itself: one function for each kind.

Each function gives every question of its kind that is fair; visitors.py draws from them. A question is fair if what is
right does not depend on taste: a heading or a link text counts only if one page has it, a title only if no other page
has the same words, the beginning of a title only if at most five titles begin so.
"""

from __future__ import annotations

import hashlib
import math
import random
import re
import string
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from indexer.links.resolver import ReferenceResolver
from indexer.model import Corpus, Post, Section
from indexer.text import analysis
from indexer.text.analysis import title_key

FEW = 8  # posts: a name or an option that stands in more of them has no page of its own
SHOWN = 5  # hits below a search box while somebody types
HALF, COMMON = 4, 5  # letters and posts: the least of a word that may be half of another one
ENDINGS = ("ing", "ings", "ed", "er", "ers")

_PIECE = re.compile(r"[^\s\"'`´“”‘’(){}\[\]<>,;|=*!?&%$\\]+")
_NAME = re.compile(r"[A-Za-z]\w*(?:(?:[_\-.:/#@]|::)\w+){1,4}", re.ASCII)
_CASED = re.compile(r"(?:[a-z]+|[A-Z][a-z]+)(?:[A-Z][a-z]+){1,4}[A-Z]?")
_PLAIN_COMPOUND = re.compile(r"[A-Za-z]+(?:[-/][A-Za-z]+)+|\w+\.(?:com|org|net|io|html?|md)", re.ASCII)
_OPTION = re.compile(r"(?<![\w\-/.~+])--?[A-Za-z][A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?![\w-])", re.ASCII)
_VERSION = re.compile(r"(?<![\w.\-])v?\d{1,3}\.\d{1,3}(?:\.\d{1,3})?(?!\.?[\w])", re.ASCII)
_GLUED = re.compile(r"[A-Za-z]+\.[A-Z][a-z]*")  # the end of a sentence and the next one without a space between
_HEX = re.compile(r"[0-9a-fA-F]{7,}")
_INNER = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_LINK = re.compile(
    r"(?<!!)\[([^\[\]\n{}]{3,100})\]\(([^()\s]+)\)"
    r"|<a [^>\n]*?href=\"([^\"\s]+)\"[^>\n]*>([^<\n{}]{3,100})</a>"
)
_SITE_URL = re.compile(r"\{\{-?\s*site\.(?:base)?url\s*-?\}\}")
_MARKS = re.compile(r"[*`]+")


@dataclass(frozen=True, slots=True)
class Question:
    """What is typed, and what is right. Which of the others are set depends on the kind.

    pages: the numbers of the posts that are right. anchor: that of the section that is. name: what must stand in the
    page. words: those that are meant.
    """

    text: str
    pages: frozenset[int] = frozenset()
    anchor: str = ""
    name: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class SiteText:
    """The posts of a site, the folder of their files, the address of the site, and what is asked about them often."""

    posts: Corpus
    folder: Path
    address: str = ""

    def whole(self, number: int) -> str:
        """All text of a post, in which a name is looked for, in lower case."""
        return self._wholes[number]

    @cached_property
    def _wholes(self) -> list[str]:
        return ["\n".join(_texts(post)).lower() for post in self.posts]

    @cached_property
    def titled(self) -> Mapping[str, frozenset[int]]:
        """The posts of each title and search alias, by its words."""
        owners: dict[str, set[int]] = defaultdict(set)
        for number, post in enumerate(self.posts):
            for name in (post.title, *post.search_aliases):
                owners[title_key(name)].add(number)
        return {key: frozenset(numbers) for key, numbers in owners.items() if key}

    @cached_property
    def headings(self) -> Counter[str]:
        """How often each heading stands on the site, by its words."""
        return Counter(title_key(heading) for post in self.posts for heading in post.headings)

    @cached_property
    def document_frequencies(self) -> Counter[str]:
        """The number of posts whose prose has each word."""
        return Counter(word for post in self.posts for word in {word for text in prose(post) for word in words(text)})

    @cached_property
    def neighbours(self) -> Counter[tuple[str, str]]:
        """How many texts have two words side by side."""
        pairs: Counter[tuple[str, str]] = Counter()
        for post in self.posts:
            for text in (*prose(post), *(section.code for section in post.sections)):
                pairs.update(set(pairwise(words(text))))
        return pairs

    def is_stop_word(self, word: str, post: Post) -> bool:
        return analysis.is_stop_word(word, post.language)


def words(text: str) -> list[str]:
    return analysis.words(text)


def prose(post: Post) -> Iterator[str]:
    yield post.title
    yield post.description
    for section in post.sections:
        yield section.heading
        yield section.text


def _texts(post: Post) -> Iterator[str]:
    yield from prose(post)
    yield from (section.code for section in post.sections)
    yield from post.tags
    yield from post.search_aliases
    yield post.path


def drawn(questions: Iterable[Question], most: int) -> list[Question]:
    """At most so many of the questions, chosen by a digest of their text: the same ones on every run."""

    def digest(question: Question) -> bytes:
        return hashlib.blake2b(question.text.encode(), digest_size=8).digest()

    return sorted(dict.fromkeys(questions), key=digest)[:most]


# ------------------------------------------------------------------------------------------------ names and options


def _of_few_posts(
    site: SiteText, found_in: Callable[[Post], Iterable[str]], is_asked: Callable[[Post], Iterable[str]] | None = None
) -> Iterator[str]:
    """What is found in at most FEW posts, in any case of letters; as it is written where it is first found.

    is_asked: what of it is worth a question; all where it is None.
    """
    spelt: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for post in site.posts:
        counts.update({name.lower() for name in found_in(post)})
        for name in (is_asked or found_in)(post):
            spelt.setdefault(name.lower(), name)
    return (name for key, name in spelt.items() if counts[key] <= FEW)


def options(site: SiteText) -> Iterator[Question]:
    """-Recurse, --no-cache: of two letters or more; in running text not -word, which is often a dash and a word."""

    def found_in(post: Post) -> Iterator[str]:
        for text in _texts(post):
            yield from _OPTION.findall(text)

    def is_asked(post: Post) -> Iterator[str]:
        for section in post.sections:
            yield from _OPTION.findall(f"{section.heading}\n{section.code}")
            yield from (option for option in _OPTION.findall(section.text) if not option[1].islower())

    return (Question(name, name=name) for name in _of_few_posts(site, found_in, is_asked))


def _all_names(post: Post) -> Iterator[str]:
    for text in _texts(post):
        yield from _names(text)


def _names_of_code(post: Post) -> Iterator[str]:
    """Names anywhere; words joined by nothing but hyphens, slashes or a full stop only outside running text."""
    yield from _names(post.title)
    for section in post.sections:
        in_prose = _names(section.text)
        yield from (name for name in in_prose if not (_PLAIN_COMPOUND.fullmatch(name) or _GLUED.fullmatch(name)))
        yield from _names(section.code)
        yield from _names(section.heading)


def _names(text: str) -> Iterator[str]:
    for piece in _PIECE.findall(text):
        if len(piece) <= 40 and "//" not in piece:
            name = piece.strip("_-.:/#@+~^")
            if (_NAME.fullmatch(name) or _CASED.fullmatch(name)) and not _HEX.search(name):
                yield name


def names(site: SiteText) -> Iterator[Question]:
    """Identifiers: a sign within (_ - . : / # @), or a change of case."""
    found = _of_few_posts(site, _all_names, _names_of_code)
    return (Question(name, name=name) for name in found if not _stop_words_in(name))


def names_with_a_stop_word(site: SiteText) -> Iterator[Question]:
    """Identifiers of which a part is a stop word: no_std, add_to_cart."""
    found = _of_few_posts(site, _all_names, _names_of_code)
    return (Question(name, name=name) for name in found if _stop_words_in(name))


def _stop_words_in(name: str) -> bool:
    return any(analysis.is_stop_word(part) for part in re.split(r"[\W_]+", name.lower()))


def versions(site: SiteText) -> Iterator[Question]:
    """1.12 and 2.0.1, which other versions begin with."""

    def found_in(post: Post) -> Iterator[str]:
        for text in prose(post):
            yield from _VERSION.findall(text)

    return (Question(name, name=name) for name in _of_few_posts(site, found_in))


def commands_with_an_option(site: SiteText) -> Iterator[Question]:
    """The title of a page and a heading on it that is an option: Get-ChildItem -Recurse."""
    for number, post in _with_own_title(site):
        for section in post.sections:
            if _OPTION.fullmatch(section.heading):
                yield Question(f"{post.title} {section.heading}", frozenset([number]), section.anchor)


# ----------------------------------------------------------------------------------------------- titles and headings


def _with_own_title(site: SiteText) -> Iterator[tuple[int, Post]]:
    """The posts whose title no other post has as title or alias, by its words."""
    for number, post in enumerate(site.posts):
        if site.titled.get(title_key(post.title)) == frozenset([number]):
            yield number, post


def titles(site: SiteText) -> Iterator[Question]:
    """Titles as they are written."""
    return (Question(post.title, frozenset([number])) for number, post in _with_own_title(site))


def titles_by_signs(site: SiteText) -> Iterator[Question]:
    """Titles that differ from another only in signs, :hover and @hover; none that differ in case alone."""
    spelt: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for number, post in enumerate(site.posts):
        if key := title_key(post.title):
            spelt[key][" ".join(post.title.casefold().split())].add(number)
    for same_words in spelt.values():
        if len(same_words) > 1:
            for same in same_words.values():
                yield Question(site.posts[min(same)].title, frozenset(same))


def headings(site: SiteText) -> Iterator[Question]:
    """Headings of two to six words that stand once on the whole site and are no title or alias."""
    for number, post in enumerate(site.posts):
        for section in post.sections:
            key = title_key(section.heading)
            if section.anchor and site.headings[key] == 1 and key not in site.titled and 1 <= key.count(" ") <= 5:
                yield Question(section.heading, frozenset([number]), section.anchor)


def headings_of_one_word(site: SiteText) -> Iterator[Question]:
    """Headings of one word, as onMounted(), that stand once on the whole site, where no title or alias has the word."""
    titled = {word for key in site.titled for word in key.split()}
    for number, post in enumerate(site.posts):
        for section in post.sections:
            key = title_key(section.heading)
            if section.anchor and site.headings[key] == 1 and key and " " not in key and key not in titled:
                yield Question(section.heading, frozenset([number]), section.anchor)


def headings_on_few_pages(site: SiteText) -> Iterator[Question]:
    """Headings of two to six words that stand on two or three pages, and are no title or alias."""
    owners: dict[str, set[int]] = defaultdict(set)
    for number, post in enumerate(site.posts):
        for heading in post.headings:
            owners[title_key(heading)].add(number)
    for key, numbers in owners.items():
        if 2 <= len(numbers) <= 3 and key not in site.titled and 1 <= key.count(" ") <= 5:
            yield Question(key, frozenset(numbers))


def titles_with_a_heading(site: SiteText) -> Iterator[Question]:
    """A title and a heading on its page, which has a word that the title has not, and which the page has once."""
    for number, post in _with_own_title(site):
        on_page = Counter(map(title_key, post.headings))
        title = set(words(post.title))
        for section in post.sections:
            key = title_key(section.heading)
            both = f"{title_key(post.title)} {key}"
            is_fair = on_page[key] == 1 and both not in site.titled and both not in site.headings
            if section.anchor and is_fair and len(both.split()) <= 10 and not title.issuperset(key.split()):
                yield Question(f"{post.title} {section.heading}", frozenset([number]), section.anchor)


def begun_titles(site: SiteText) -> Iterator[Question]:
    """Two thirds of a title, where at most SHOWN titles begin so. name: the whole of it."""
    keys = sorted(title_key(post.title) for post in site.posts)
    for number, post in _with_own_title(site):
        begun = post.title[: math.ceil(len(post.title) * 2 / 3)]
        if (key := title_key(begun)) and _beginning(keys, key) <= SHOWN:
            yield Question(begun, frozenset([number]), name=post.title)


def begun_shortest_titles(site: SiteText) -> Iterator[Question]:
    """Two thirds of a title that more than SHOWN titles begin like and which is the shortest of them.

    All of its words have begun, so that it is the likeliest of them: documen for Document.
    """
    keys = sorted(title_key(post.title) for post in site.posts)
    for number, post in _with_own_title(site):
        begun, whole = post.title[: math.ceil(len(post.title) * 2 / 3)], title_key(post.title)
        key = title_key(begun)
        first = bisect_left(keys, key)
        lengths = sorted(map(len, keys[first : first + _beginning(keys, key)])) if key else []
        is_shortest = len(lengths) > SHOWN and lengths[0] == len(whole) < lengths[1]
        if is_shortest and len(begun) > 2 and key.count(" ") == whole.count(" "):
            yield Question(begun, frozenset([number]), name=post.title)


def _beginning(keys: list[str], key: str) -> int:
    """How many of the sorted keys begin so."""
    return bisect_left(keys, f"{key}\U0010ffff") - bisect_left(keys, key)


def link_texts(site: SiteText) -> Iterator[Question]:
    """What other posts call a post where they link to it: of two to eight words, for one post only, and no title."""
    resolver = ReferenceResolver(site.posts, site.address)
    targets: dict[str, set[int]] = defaultdict(set)
    spelt: dict[str, str] = {}
    for number, post in enumerate(site.posts):
        body = _SITE_URL.sub("", (site.folder / post.path).read_text(encoding="utf-8", errors="replace"))
        for text, target, other_target, other_text in _LINK.findall(body):
            shown, found = text or other_text, resolver.resolve((target or other_target).partition("#")[0], number)
            if len(found) == 1 and found[0] != number:
                plain = _MARKS.sub("", shown).strip("_ ")
                targets[title_key(plain)].add(found[0])
                spelt.setdefault(title_key(plain), plain)
    for key, numbers in targets.items():
        if len(numbers) == 1 and 1 <= key.count(" ") <= 7 and key not in site.titled:
            yield Question(spelt[key], frozenset(numbers))


# --------------------------------------------------------------------------------------------- joined and split words


def joined_words(site: SiteText) -> Iterator[Question]:
    """Two words of a title with a space or a hyphen between, written as one: frontmatter, http2.

    Neither is a stop word, and no title has the joined word already.
    """
    found: dict[str, set[int]] = defaultdict(set)
    for number, post in enumerate(site.posts):
        for (first, _, end), (second, start, _) in pairwise(analysis.spans(post.title)):
            is_sayable = first.isalpha() and len(first) > 1 and (second.isdigit() or (second.isalpha() and second[1:]))
            is_stop_word = site.is_stop_word(first, post) or site.is_stop_word(second, post)
            if is_sayable and not is_stop_word and post.title[end:start] in (" ", "-"):
                found[first + second].add(number)
    in_titles = {word for post in site.posts for word in words(post.title)}
    return (Question(word, frozenset(pages)) for word, pages in found.items() if word not in in_titles)


def split_words(site: SiteText) -> Iterator[Question]:
    """A word of a title written as two, with a space or a hyphen: time stamp, rate-limiting for RateLimiting.

    Split where the case changes, or where both halves are words of HALF letters or more in COMMON posts or more.
    """
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for number, post in enumerate(site.posts):
        for word in re.findall(r"[A-Za-z]{6,30}", post.title):
            for halves in _halves(site, word):
                found[halves].add(number)
    in_titles = {pair for post in site.posts for pair in pairwise(words(post.title))}
    for (first, second), pages in found.items():
        if (first, second) not in in_titles:
            sign = "- "[len(first + second) % 2]
            yield Question(f"{first}{sign}{second}", frozenset(pages))


def _halves(site: SiteText, word: str) -> Iterator[tuple[str, str]]:
    cased = [part.lower() for part in _INNER.findall(word)]
    if len(cased) == 2:
        if min(map(len, cased)) > 1:
            yield cased[0], cased[1]
        return
    if len(cased) > 2:
        return
    lower = word.lower()
    for cut in range(HALF, len(lower) - HALF + 1):
        first, second = lower[:cut], lower[cut:]
        if min(site.document_frequencies[first], site.document_frequencies[second]) >= COMMON:
            yield first, second


# ------------------------------------------------------------------------------------------- typing, typos, completion


def title_words(site: SiteText) -> Iterator[Question]:
    """Words of titles, of six letters or more. pages: those that have it in their title."""
    found: dict[str, set[int]] = defaultdict(set)
    for number, post in enumerate(site.posts):
        for word in words(post.title):
            if len(word) >= 6 and word.isalpha():
                found[word].add(number)
    return (Question(word, frozenset(pages)) for word, pages in found.items())


def inflected_words(site: SiteText) -> Iterator[Question]:
    """Forms of words of titles that the site does not have, in English: installing where only install stands."""
    stem = analysis.stemmer("en")
    found: dict[str, set[int]] = defaultdict(set)
    for question in title_words(site):
        root = stem(question.text)
        for form in (root + ending for ending in ENDINGS if question.text.startswith(root)):
            is_new = form not in site.document_frequencies and len(form) > len(question.text)
            if is_new and stem(form) == root:
                found[form] |= question.pages
    return (Question(form, frozenset(pages)) for form, pages in found.items())


def quoted_beginnings(site: SiteText) -> Iterator[Question]:
    """The first two words of a title behind an open quote; the second one has four letters or more."""
    for number, post in _with_own_title(site):
        found = list(analysis.spans(post.title))[:2]
        if len(found) == 2 and found[1][2] - found[1][1] >= 4 and '"' not in post.title and found[0][1] == 0:
            yield Question(f'"{post.title[: found[1][2]]}', frozenset([number]), name=found[1][0])


def misspelt_words(site: SiteText) -> Iterator[Question]:
    """A word of a title with one letter wrong, lost, doubled or swapped; no word of the site. words: the right one."""
    for question in title_words(site):
        typed = misspelt(question.text, question.text)
        if typed not in site.document_frequencies:
            yield Question(typed, question.pages, words=(question.text,))


def misspelt_titles(site: SiteText) -> Iterator[Question]:
    """A title with such an error in its longest word, which has five letters or more."""
    for number, post in _with_own_title(site):
        longest = max(re.findall(r"[A-Za-z]+", post.title), key=len, default="")
        if len(longest) >= 5 and (typed := misspelt(longest, post.title)).lower() not in site.document_frequencies:
            yield Question(post.title.replace(longest, typed, 1), frozenset([number]))


def misspelt(word: str, seed: str) -> str:
    """A word with one edit after its first letter, by chance that depends on the seed alone."""
    chance = random.Random(seed)
    place = chance.randrange(1, len(word) - 1)
    letter = chance.choice([one for one in string.ascii_lowercase if one != word[place].lower()])
    swapped = word[place + 1] + word[place]
    edit, taken = chance.choice([(letter, 1), ("", 1), (word[place] * 2, 1), (swapped, 2)])
    typed = word[:place] + edit + word[place + taken :]
    return typed if typed != word else f"{word[:place]}{letter}{word[place + 1 :]}"


def word_pairs(site: SiteText) -> Iterator[Question]:
    """Two neighbouring words of a title, no stop words, that stand so in two texts or more. words: both."""
    for post in site.posts:
        for pair in pairwise(words(post.title)):
            is_plain = all(part.isalpha() and len(part) > 2 for part in pair)
            if is_plain and not any(site.is_stop_word(part, post) for part in pair) and site.neighbours[pair] > 1:
                yield Question(" ".join(pair), words=pair)


def plain_words(site: SiteText) -> Iterator[Question]:
    """Words of titles, of four letters or more. name: the word."""
    found = {word for post in site.posts for word in words(post.title) if len(word) >= 4 and word.isalpha()}
    return (Question(word, name=word) for word in sorted(found) if not analysis.is_stop_word(word))


def quoted_pairs(site: SiteText) -> Iterator[Question]:
    """Such a pair in quotes. name: both words."""
    return (Question(f'"{pair.text}"', name=pair.text) for pair in word_pairs(site))


def begun_pairs(site: SiteText) -> Iterator[Question]:
    """Such a pair, of the second word only the first half, two letters or more. words: the pair."""
    for question in word_pairs(site):
        first, second = question.words
        if len(second) >= 4:
            yield Question(f"{first} {second[: len(second) // 2]}", words=question.words)


def accented_words(site: SiteText) -> Iterator[Question]:
    """The first half of words with accents, of six letters or more. name: the word as it is written."""
    found: set[str] = set()
    for post in site.posts:
        for text in prose(post):
            if not text.isascii():
                pieces = {piece.lower() for piece in re.findall(r"[^\W\d_]{6,}", text)}
                found.update(piece for piece in pieces if analysis.fold(piece) != piece and piece[0].islower())
    return (Question(word[: len(word) // 2 + 1], name=word) for word in sorted(found))


# ------------------------------------------------------------------------------------------------- what people paste


def _pasted(site: SiteText, texts: Callable[[Section], Iterable[str]]) -> Iterator[Question]:
    found: dict[str, set[int]] = defaultdict(set)
    for number, post in enumerate(site.posts):
        for section in post.sections:
            for text in texts(section):
                if 200 < len(text) <= 2_000 and len(set(words(text))) >= 12:
                    found[text].add(number)
    return (Question(text, frozenset(pages)) for text, pages in found.items() if len(pages) == 1)


def paragraphs(site: SiteText) -> Iterator[Question]:
    """Paragraphs of 200 to 2,000 characters that stand on one page only."""
    return _pasted(site, lambda section: section.text.split("\n"))


def listings(site: SiteText) -> Iterator[Question]:
    """Code of 200 to 2,000 characters that stands on one page only, its lines joined by spaces as a box does it."""
    return _pasted(site, lambda section: [" ".join(section.code.split())])


def paths(site: SiteText) -> Iterator[Question]:
    """The paths of URLs, but for the front page."""
    for number, post in enumerate(site.posts):
        if post.url.strip("/"):
            yield Question(post.url, frozenset([number]))
