"""Why two texts belong together, for an editor: the few words that tell, and the sentence in each text that has them.

    terms that two vectors share ──▶ in prose of both? a word, no markup, not everywhere? ──▶ the heaviest two or three

Vectors compare everything: code, paths, the front matter of a table. What an editor is told must stand in a sentence
that a reader reads, so a word that has none in one of the two texts is not told. Words that stand side by side in both
texts are told as one: pull request. Words of Chinese, Japanese and Korean are those of shared_words.py.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from indexer.model import Post, Section, SharedTerm, Snippet, StoredPost
from indexer.related.fields import FIELDS
from indexer.related.shared_words import words_of_pairs
from indexer.text import analysis
from indexer.text.analysis import is_cjk

# How much of a text is read; what two posts have in common, they mostly say early.
MOST_TEXT = 10_000
# A word with less than this share of the similarity tells nothing, and the more so where all of it is little.
LEAST_SHARE = 0.05
# The same of a word of a script without spaces, whose weight is spread over pairs of characters.
LEAST_SHARE_OF_PAIRS = 0.015
LONGEST_SENTENCE = 200
# Words, in scripts without spaces characters: of a piece of text, and of one that ends as sentences do.
SHORTEST, SHORTEST_ENDED = 5, 3
# The languages whose little words may stand in a text that says it is in another.
_GUESSED, _GUESSED_BY = ("en", "es", "pt", "fr", "de", "it", "nl"), 40

# Words of markup, styles, templates and programs, and words that say little: told only where a title has them, for
# then they are the subject.
_WORDS = """
    across add allow also another apply available based become below call came change click come common contain
    create current different each enable ensure etc every example explain feature few file find first following
    further get give given go help here important include instead keep know last learn let lie like list look made
    make manage many may mean method more most much must name need new next note now number one only option other
    page please possible previous provide question read related require run same second section see select set show
    simple start step still support supported take than thank thing three through time took try two type under
    update use used user using value very want way well whether within without word work write year
    上記 下記 以下 以上 場合 必要 可能 方法 自分 今回 次回 最後 最初 使用 利用 例えば 同様 可以 如果 需要 因为 所以 但是
    true false null none nil nan undefined void yes no int str bool string boolean integer var let const def func
    div span td tr th tbody thead br hr li ul ol img src href alt svg px em rem rgb rgba hex nbsp amp lt gt quot html
    css xml json yaml yml toml md http https www com org utf ascii localhost stdin stdout
    layout permalink frontmatter endif endfor elif endblock endraw partial include includes params param args arg env
    foo bar baz lorem ipsum dolor todo tbd etc eg ie vs via min max idx tmp obj
    align width height padding margin border flex color colour class style rel column columns row rows
    """
# As they are, and in the forms that they take in English.
_UNTOLD = frozenset(_WORDS.split()) | frozenset(analysis.terms(_WORDS))
_WORD = re.compile(r"[^\W\d_]{2}[\w'’.+#-]*")
_ACRONYM = re.compile(r"[A-Z]{2}")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+|(?<=[。！？])")
_CODE = re.compile(r"[{}<>|=\\;\[\]]|::|->|\w\(|\$\w|https?:|^\W*[\w-]+:(\s|$)|(^|\s)--?\w+\s*$")
_TIED_BEFORE, _TIED_BEHIND = "_/\\@#$:=.&%", "_/\\@$=(&"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that a reader reads. rank: 0 in the body, 1 in the description, 2 a heading, 3 the title: the first
    is the best to show. terms: the stem of each word in it and its span."""

    text: str
    rank: int
    terms: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it is read: its sentences, and the little words of its languages."""

    sentences: tuple[Sentence, ...]
    title: frozenset[str]
    little: frozenset[str]


# --------------------------------------------------------------------------------------------------- reading a text


def reading(post: Post | StoredPost, sections: Iterable[Section], ignored: Collection[str]) -> Reading:
    """The sentences of a post. ignored: paragraphs that many posts repeat."""
    stem = analysis.stemmer(post.language)
    found = []
    for rank, written in _sentences(post, sections, ignored):
        text = analysis.fullwidth(written)
        terms = tuple(
            (stem(word), start, end) for word, start, end in analysis.spans(text) if not _is_tied(text, start, end)
        )
        found.append(Sentence(text, rank, terms))
    little = {stem(word) for language in (post.language, _spoken(found)) for word in analysis.stop_words(language)}
    title = frozenset(analysis.terms(post.title, post.language))
    return Reading(tuple(found), title, frozenset(little))


def _spoken(sentences: Sequence[Sentence]) -> str:
    """The language of which a text has most little words: the one that its post names may be another."""
    words = [word for sentence in sentences[:_GUESSED_BY] for word in analysis.words(sentence.text)]
    return max(_GUESSED, key=lambda language: sum(map(analysis.stop_words(language).__contains__, words)))


def _sentences(
    post: Post | StoredPost, sections: Iterable[Section], ignored: Collection[str]
) -> Iterator[tuple[int, str]]:
    """The sentences of a post with their ranks, in the order of the text, as many as are read."""
    yield 3, post.title
    for text in _SENTENCE_END.split(post.description):
        yield 1, text
    left = MOST_TEXT
    for section in sections:
        yield 2, section.heading
        for line in section.text[:left].split("\n"):
            if line not in ignored:
                yield from ((0, text) for text in _SENTENCE_END.split(line) if _is_prose(text))
        left -= len(section.text)
        if left <= 0:
            return


def _is_prose(text: str) -> bool:
    """Whether a piece of text is a sentence, and no row of a table, line of a program or name in a list."""
    is_spaced = text.isascii() or not any(map(is_cjk, text[:40]))
    size = len(text.split()) if is_spaced else len(text)
    least = SHORTEST_ENDED if text.rstrip().endswith((".", "!", "?", "。", "！", "？")) else SHORTEST
    return size >= least and not _CODE.search(text)


def _is_tied(text: str, start: int, end: int) -> bool:
    """Whether a word is a part of a path, an address, a name of a program or the like."""
    following = text[end : end + 2]
    is_followed = following[:1] in (*_TIED_BEHIND,) or (following[:1] in (".", ":") and following[1:].isalnum())
    return is_followed or (start > 0 and text[start - 1] in _TIED_BEFORE)


# ------------------------------------------------------------------------------------------------------- telling


def telling_words(
    shared: Mapping[str, SharedTerm], first: Reading, second: Reading, most: int
) -> tuple[SharedTerm, ...]:
    """At most `most` of what two texts share, heaviest first, each with the sentence of each text that shows it.

    shared: by stem, without what a large part of the site has. Words that stand side by side in both texts are one,
    with both weights.
    """
    whole = sum(term.weight for term in shared.values())
    texts = first, second
    joined = _joined(_told(shared, texts, LEAST_SHARE * whole), *texts)
    pairs = words_of_pairs(shared, *([sentence.text for sentence in text.sentences] for text in texts))
    telling = [term for term in pairs if term.weight >= LEAST_SHARE_OF_PAIRS * whole and _is_told(term.term, texts)]
    found = joined | {(term.term,): term for term in telling}
    heaviest = sorted(found.items(), key=lambda item: (-item[1].weight, item[1].term))[:most]
    weights = {stem: term.weight for stems, term in heaviest for stem in stems}
    return tuple(
        replace(term, sentences=(_shown(stems, first, weights), _shown(stems, second, weights)))
        for stems, term in heaviest
    )


def _told(shared: Mapping[str, SharedTerm], texts: tuple[Reading, Reading], least: float) -> dict[str, SharedTerm]:
    """The words among what two texts share that tell an editor something, by stem."""
    places = [_places(text, shared) for text in texts]
    told: dict[str, SharedTerm] = {}
    for stem, term in shared.items():
        is_little = any(stem in text.little for text in texts)
        if term.weight < least or is_little or is_cjk(stem) or not all(stem in found for found in places):
            continue
        spelled = _spelling(stem, places)
        is_subject = any(stem in text.title for text in texts)
        if _is_word(spelled) and (is_subject or {stem, spelled.casefold()}.isdisjoint(_UNTOLD)):
            told[stem] = replace(term, term=spelled)
    return told


def _is_told(word: str, texts: Iterable[Reading]) -> bool:
    """Whether a word of a script without spaces says something, and stands in a sentence of each text."""
    return word not in _UNTOLD and all(any(word in one.text for one in text.sentences) for text in texts)


_Places = dict[str, Counter[str]]


def _places(text: Reading, wanted: Collection[str]) -> _Places:
    """How a text spells each of some terms, and how often so within sentences; where they begin, a capital is none."""
    found: _Places = {}
    for sentence in text.sentences:
        for stem, start, end in sentence.terms:
            if stem in wanted:
                form, counts = sentence.text[start:end], found.setdefault(stem, Counter())
                counts[form if start else form.lower() if form[1:].islower() else form] += min(start, 1)
    return found


def _spelling(stem: str, places: Sequence[_Places]) -> str:
    """As both texts mostly spell a word."""
    counts: Counter[str] = Counter()
    for found in places:
        for form, count in found[stem].items():
            counts[form] += count
    return max(counts, key=lambda form: (counts[form], form.islower(), form))


def _is_word(form: str) -> bool:
    """Whether a person would call it a word: no number, no single pair of letters that is no name."""
    return bool(_WORD.fullmatch(form)) and (len(form) > 2 or bool(_ACRONYM.fullmatch(form)))


def _joined(told: Mapping[str, SharedTerm], first: Reading, second: Reading) -> dict[tuple[str, ...], SharedTerm]:
    """Words by their stems, each with those beside which it mostly stands in both texts: pull request, data plane."""
    counts = [Counter(stem for one in text.sentences for stem, _, _ in one.terms) for text in (first, second)]
    phrases = [_phrases(text, told) for text in (first, second)]
    joined: dict[tuple[str, ...], SharedTerm] = {}
    taken: set[str] = set()
    for stems in sorted(phrases[0].keys() & phrases[1].keys(), key=lambda stems: (-len(stems), stems)):
        words = [stem for stem in stems if stem in told]
        often = [found[stems].total() for found in phrases]
        is_usual = all(2 * many >= min(of[stem] for stem in words) for many, of in zip(often, counts, strict=True))
        if is_usual and max(often) > 1 and taken.isdisjoint(words):
            spelled = phrases[0][stems] + phrases[1][stems]
            weight = sum(told[stem].weight for stem in words)
            fields = {name for stem in words for name in told[stem].fields}
            term = max(spelled, key=lambda form: (spelled[form], form.islower(), form))
            joined[stems] = SharedTerm(term, weight, tuple(name for name in FIELDS if name in fields))
            taken.update(words)
    return joined | {(stem,): term for stem, term in told.items() if stem not in taken}


def _phrases(text: Reading, told: Mapping[str, SharedTerm]) -> dict[tuple[str, ...], Counter[str]]:
    """Two and three words side by side of which one tells and none is a little one, and how a text spells them."""
    found: dict[tuple[str, ...], Counter[str]] = {}
    for sentence in text.sentences:
        terms = sentence.terms
        near = {
            place for at, (stem, _, _) in enumerate(terms) if stem in told for place in range(max(0, at - 2), at + 1)
        }
        for place in sorted(near):
            for size in (2, 3):
                part = terms[place : place + size]
                stems = tuple(stem for stem, _, _ in part)
                if len(set(stems)) == size and not told.keys().isdisjoint(stems) and _is_phrase(sentence, part, text):
                    found.setdefault(stems, Counter())[sentence.text[part[0][1] : part[-1][2]]] += 1
    return found


def _is_phrase(sentence: Sentence, part: Sequence[tuple[str, int, int]], text: Reading) -> bool:
    """Whether nothing but a space or a hyphen parts some words, and each of them is a word that means something."""
    gaps = (sentence.text[end:start] for (_, _, end), (_, start, _) in pairwise(part))
    return all(gap in (" ", "-") for gap in gaps) and all(
        stem not in text.little and _is_word(sentence.text[start:end]) for stem, start, end in part
    )


# ------------------------------------------------------------------------------------------------------- showing


def _shown(stems: Sequence[str], text: Reading, weights: Mapping[str, float]) -> Snippet:
    """The sentence of a text that shows a word best: of the body, and with others of the words that tell."""

    def worth(sentence: Sentence) -> tuple[bool, bool, float]:
        here = _spans_of(sentence, weights)
        return here.keys() >= set(stems), sentence.rank < 2, sum(weights[stem] for stem in here)

    best = max((one for one in text.sentences if _spans_of(one, stems)), key=worth)
    return cut(best.text, sorted(span for spans in _spans_of(best, stems).values() for span in spans))


def _spans_of(sentence: Sentence, stems: Collection[str]) -> dict[str, list[tuple[int, int]]]:
    """Where a sentence has some words. stems: of words; words of scripts without spaces are themselves."""
    found: dict[str, list[tuple[int, int]]] = {}
    for stem, start, end in sentence.terms:
        if stem in stems:
            found.setdefault(stem, []).append((start, end))
    for word in stems:
        if not is_cjk(word[:1]):
            continue
        for match in re.finditer(re.escape(word), sentence.text):
            found.setdefault(word, []).append(match.span())
    return found


def cut(text: str, spans: Sequence[tuple[int, int]]) -> Snippet:
    """A sentence with the spans of a word in it, no longer than LONGEST_SENTENCE; an ellipsis where more stands."""
    text = "".join(character if character.isprintable() else " " for character in text)
    start = 0
    if len(text) > LONGEST_SENTENCE and spans:
        start = max(0, min(spans[0][0] - LONGEST_SENTENCE // 3, len(text) - LONGEST_SENTENCE))
        start = text.rfind(" ", 0, start) + 1 if start and " " in text[max(0, start - 30) : start] else start
    end = min(len(text), start + LONGEST_SENTENCE)
    before, behind = "…" * (start > 0), "…" * (end < len(text))
    moved = len(before) - start
    kept = tuple((first + moved, last + moved) for first, last in spans if start <= first and last <= end)
    return Snippet(f"{before}{text[start:end]}{behind}", kept)
