"""The log that every engine answers: questions of six kinds, made of the site's own words, the same on every run."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from indexer.model import Corpus, Post
from indexer.text import analysis

ONE_WORD, OR, AND, PHRASE, PREFIX, TYPO = KINDS = ("one word", "or", "and", "phrase", "prefix", "typo")
PER_KIND = 200
SEED = 20261123

# Short of a run of bad luck, a draw that is asked this often has nothing new to give: the site is too small.
_MOST_DRAWS = 60
# A word that every tokenizer takes for one word, and neighbours that stand a single space apart.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]+")
_LETTERS_AND_DIGITS = re.compile(r"[^\W_]+")
_RUN = re.compile(r"(?<!\S)[A-Za-z][A-Za-z0-9]+(?: [A-Za-z][A-Za-z0-9]+)+(?!\S)")


@dataclass(frozen=True, slots=True)
class Question:
    """What a visitor types. A phrase stands in quotes; the last word of a PREFIX question is still being typed."""

    kind: str
    text: str

    @property
    def words(self) -> list[str]:
        """All words, folded, without those that say nothing; all of them where nothing else is left.

        Runs of letters and digits, as the peers' tokenizers take them: "don't" is two, and no word holds a sign.
        """
        found = analysis.words(self.text)
        telling = [word for word in found if not analysis.is_stop_word(word)]
        return [piece for word in telling or found for piece in _LETTERS_AND_DIGITS.findall(word)]


def question_log(corpus: Corpus, per_kind: int = PER_KIND, seed: int = SEED) -> list[Question]:
    """`per_kind` different questions of each kind in one fixed shuffle; fewer where a site is too small for them.

    Two runs on the same posts ask the same. Half of the words come from titles and headings, half from running text,
    where frequent words are drawn as often as they stand.
    """
    draw = _Draw(corpus, random.Random(seed))
    log = [Question(kind, text) for kind in KINDS for text in _different(draw.kinds[kind], per_kind)]
    blocks = _typed_together(log)
    random.Random(seed).shuffle(blocks)
    return [question for block in blocks for question in block]


def _typed_together(log: list[Question]) -> list[list[Question]]:
    """The letters of one word stay in the order in which they are typed; every other question is a block alone."""
    blocks: list[list[Question]] = []
    for question in log:
        if question.kind == PREFIX and blocks and question.text.startswith(blocks[-1][-1].text):
            blocks[-1].append(question)
        else:
            blocks.append([question])
    return blocks


def _different(draw: Callable[[], list[str]], count: int) -> list[str]:
    found: dict[str, None] = {}
    for _ in range(count * _MOST_DRAWS):
        found.update(dict.fromkeys(draw()))
        if len(found) >= count:
            break
    return list(found)[:count]


class _Draw:
    """Draws texts of one kind after another; a draw that fits nothing gives none."""

    def __init__(self, corpus: Corpus, chance: random.Random) -> None:
        self._posts = [post for post in corpus if post.title and post.sections]
        self._chance = chance
        self._known = _all_terms(corpus)
        self.kinds: dict[str, Callable[[], list[str]]] = {
            ONE_WORD: self._one_word,
            OR: self._some_words,
            AND: self._words_of_one_passage,
            PHRASE: self._phrase,
            PREFIX: self._typed,
            TYPO: self._mistyped,
        }

    def _one_word(self) -> list[str]:
        words = _telling(self._passage())
        return [self._chance.choice(words)] if words else []

    def _some_words(self) -> list[str]:
        """2 to 5 words of one post."""
        post = self._chance.choice(self._posts)
        words = _telling(f"{post.title} {self._passage(post)} {self._passage(post)}")
        return self._sample(words, self._chance.randint(2, 5))

    def _words_of_one_passage(self) -> list[str]:
        """2 or 3 words that stand together in one post."""
        return self._sample(_telling(self._passage()), self._chance.randint(2, 3))

    def _sample(self, words: list[str], count: int) -> list[str]:
        return [" ".join(self._chance.sample(words, count))] if len(words) >= count else []

    def _phrase(self) -> list[str]:
        run = self._run(self._chance.randint(2, 3))
        return [f'"{" ".join(run)}"'] if run else []

    def _typed(self) -> list[str]:
        """A title's beginning or a phrase, asked again after every letter of its last word."""
        count = self._chance.randint(1, 3)
        if self._chance.random() < 0.5:
            words = analysis.words(self._chance.choice(self._posts).title)[:count]
        else:
            words = self._run(max(count, 2))[-count:]
        if len(words) < count or not all(map(_PLAIN.fullmatch, words)) or not _is_telling(words[-1]):
            return []
        *before, last = words
        return [" ".join((*before, last[:letters])) for letters in range(1, len(last) + 1)]

    def _mistyped(self) -> list[str]:
        """A word of 5 letters or more with one slip, such that no post holds the result or its stem."""
        words = [word for word in _telling(self._passage()) if len(word) >= 5 and word.isalpha()]
        if not words:
            return []
        slip = self._slip(self._chance.choice(words))
        unknown = slip not in self._known and analysis.stemmer("en")(slip) not in self._known
        return [slip] if unknown else []

    def _slip(self, word: str) -> str:
        """A letter dropped, added, changed or swapped with the next; never the first, where people seldom slip."""
        place = self._chance.randrange(1, len(word) - 1)
        other = self._chance.choice("abcdefghijklmnopqrstuvwxyz")
        before, at, after = word[:place], word[place], word[place + 1 :]
        return self._chance.choice(
            (before + after, before + other + at + after, before + other + after, before + after[0] + at + after[1:])
        )

    def _run(self, count: int) -> list[str]:
        """Neighbouring words of one passage, the first and last telling; none where the passage has no such."""
        runs = [run.lower().split() for run in _RUN.findall(self._passage())]
        pieces = [run[start : start + count] for run in runs for start in range(len(run) - count + 1)]
        fitting = [piece for piece in pieces if _is_telling(piece[0]) and _is_telling(piece[-1])]
        return self._chance.choice(fitting) if fitting else []

    def _passage(self, post: Post | None = None) -> str:
        """A title or heading, or a line of running text, with equal chances."""
        post = post or self._chance.choice(self._posts)
        if self._chance.random() < 0.5:
            return self._chance.choice((post.title, *post.headings))
        lines = self._chance.choice(post.sections).text.splitlines()
        return self._chance.choice(lines) if lines else ""


def _telling(text: str) -> list[str]:
    return list(dict.fromkeys(word for word in analysis.words(text) if _is_telling(word)))


def _is_telling(word: str) -> bool:
    return bool(_PLAIN.fullmatch(word)) and not analysis.is_stop_word(word)


def _all_terms(corpus: Corpus) -> set[str]:
    """Every word of the posts and its stem."""
    words = {word for post in corpus for text in _texts(post) for word in analysis.words(text)}
    return words | set(map(analysis.stemmer("en"), words))


def _texts(post: Post) -> Iterator[str]:
    yield from (post.title, post.description, *post.tags)
    for section in post.sections:
        yield from (section.heading, section.text, section.code)
