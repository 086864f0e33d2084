"""More posts than any site at hand has, made of the sections of a real one."""

from __future__ import annotations

import math
import random
import re
from collections import Counter

from msgspec.structs import replace

from indexer.model import Corpus, Post, Section
from indexer.text import analysis

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]+")


def grown(corpus: Corpus, count: int, seed: int) -> Corpus:
    """`count` posts, each as long as some real one, of sections drawn at random; the same on every run.

    Drawing alone would stop the lexicon from growing, which real text never does: it follows Heaps' law, words ~
    posts^β. So some words that one real section has alone get a new spelling where they are drawn, as many as it takes
    to reach what β, measured on the real posts, says of so many.
    """
    chance = random.Random(seed)
    posts = list(corpus)
    sections = [section for post in posts for section in post.sections]
    sections_with = _sections_with_each_word(posts)
    once = {word for word, number in sections_with.items() if number == 1 and _WORD.fullmatch(word)}
    half = _sections_with_each_word(chance.sample(posts, len(posts) // 2))
    share = _share_of_new_words(sections_with, len(half), len(once), count / len(posts))
    made = []
    for number in range(count):
        drawn = [chance.choice(sections) for _ in chance.choice(posts).sections]
        coined = _Coined(once, share, number, chance)
        made.append(_post(chance.choice(posts), chance.choice(posts), [coined.section(one) for one in drawn], number))
    return Corpus(made)


def _post(model: Post, other: Post, sections: list[Section], number: int) -> Post:
    """model gives all that a post has besides its text; the title begins as its and ends as the other's."""
    name = f"synthetic/{number:07}"
    words, ending = model.title.split(), other.title.split()
    title = " ".join([*words[: math.ceil(len(words) / 2)], *ending[len(ending) // 2 :]])
    return replace(
        model,
        id=name,
        path=f"{name}.md",
        url=f"/{name}/",
        title=title,
        sections=tuple(sections),
        curated=(),
        links=(),
        aliases=(),
    )


class _Coined:
    """Spells some rare words anew, one way within one post."""

    def __init__(self, once: set[str], share: float, number: int, chance: random.Random) -> None:
        self._once = once
        self._share = share
        self._ending = "".join(chr(ord("a") + int(digit)) for digit in str(number))
        self._chance = chance

    def section(self, section: Section) -> Section:
        return replace(section, text=_WORD.sub(self._word, section.text), code=_WORD.sub(self._word, section.code))

    def _word(self, match: re.Match[str]) -> str:
        word = match[0]
        if word.lower() in self._once and self._chance.random() < self._share:
            return word + self._ending
        return word


def _share_of_new_words(sections_with: Counter[str], in_half: int, once: int, times: float) -> float:
    """The chance at which a word of one section must be spelt anew, so that the lexicon is as Heaps' law says.

    sections_with: how many sections hold each word of all posts; in_half: how many words half of the posts hold;
    once: how many words stand in one section and can be spelt anew; times: drawn posts over real ones.
    """
    wanted = len(sections_with) * times ** math.log2(len(sections_with) / in_half)
    drawn = math.fsum(
        1 - math.exp(-times * number) for number in sections_with.values()
    )  # as they are, at least once each
    low, high = 0.0, 1.0
    for _ in range(30):
        share = (low + high) / 2
        spelt = once * times * share - once * (math.exp(-times * (1 - share)) - math.exp(-times))
        low, high = (share, high) if drawn + spelt < wanted else (low, share)
    return high


def _sections_with_each_word(posts: list[Post]) -> Counter[str]:
    found: Counter[str] = Counter()
    for post in posts:
        for one in post.sections:
            found.update(set(analysis.words(f"{one.heading}\n{one.text}\n{one.code}")))
    return found
