"""Which changes of a text make it another one? Bits of the simhash that change, by what was done to a post.

    python benchmarks/simhashes.py SITE [SITE …]

For up to 250 posts of each site, by how many words they have: median and 95th percentile of the bits, and the share of
posts that are still taken for the same text. What is added or put in place of something comes from another post.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from benchmarks.ground import site_read
from indexer.model import Post
from indexer.text.simhash import SAME, simhashes
from indexer.text.token_stream import tokens_of

POSTS = 250
FEWEST = 10  # posts that a figure is made of
SIZES = ((0, 200), (200, 600), (600, 10**9))
SENTENCE = 15
PARAGRAPH = range(40, 101)
SECTION = 60  # words that a section has at least to be one worth rewriting

Change = Callable[[Post, Post, random.Random], Post | None]


def typos(count: int) -> Change:
    def change(post: Post, _other: Post, chance: random.Random) -> Post | None:
        words = [
            (section, word)
            for section, one in enumerate(post.sections)
            for word, text in enumerate(one.text.split(" "))
            if len(text) > 4 and text.isalpha()
        ]
        for section, word in chance.sample(words, count) if len(words) >= count else ():
            texts = post.sections[section].text.split(" ")
            texts[word] = texts[word][:2] + texts[word][3:]
            post = with_text(post, section, " ".join(texts))
        return post if len(words) >= count else None

    return change


def titled(post: Post, other: Post, _chance: random.Random) -> Post:
    return replace(post, title=other.title)


def sentence(post: Post, other: Post, chance: random.Random) -> Post | None:
    words = " ".join(one.text for one in other.sections).split()[:SENTENCE]
    return added(post, " ".join(words), chance) if len(words) == SENTENCE else None


def paragraph(post: Post, other: Post, chance: random.Random) -> Post | None:
    lines = [line for one in other.sections for line in one.text.split("\n") if len(line.split()) in PARAGRAPH]
    return added(post, chance.choice(lines), chance) if lines else None


def section(post: Post, other: Post, chance: random.Random) -> Post | None:
    own, others = (
        [place for place, one in enumerate(each.sections) if len(one.text.split()) >= SECTION] for each in (post, other)
    )
    if not own or not others:
        return None
    place, new = chance.choice(own), other.sections[chance.choice(others)]
    return replace(post, sections=(*post.sections[:place], new, *post.sections[place + 1 :]))


def half(post: Post, other: Post, _chance: random.Random) -> Post | None:
    kept, rest = post.sections[: len(post.sections) // 2], other.sections[len(other.sections) // 2 :]
    return replace(post, sections=kept + rest) if len(kept) > 1 and len(rest) > 1 else None


def another(post: Post, other: Post, _chance: random.Random) -> Post | None:
    return other if other is not post else None


CHANGES: dict[str, Change] = {
    "a typo in one word": typos(1),
    "a typo in five words": typos(5),
    "another title": titled,
    "a sentence added": sentence,
    "a paragraph added": paragraph,
    "a section replaced": section,
    "half of the sections": half,
    "another post": another,
}


def added(post: Post, text: str, chance: random.Random) -> Post | None:
    if not post.sections:
        return None
    place = chance.randrange(len(post.sections))
    return with_text(post, place, f"{post.sections[place].text}\n{text}")


def with_text(post: Post, place: int, text: str) -> Post:
    new = replace(post.sections[place], text=text)
    return replace(post, sections=(*post.sections[:place], new, *post.sections[place + 1 :]))


def measure(site: Path) -> None:
    """Prints the figures of one site."""
    corpus = list(site_read(site).corpus)
    chance = random.Random(1)
    posts = chance.sample(corpus, min(POSTS, len(corpus)))
    sizes = [int(tokens_of([post]).lengths.sum()) for post in posts]
    known = simhashes(tokens_of(posts))
    print(f"{site.name}: {len(posts):,} posts; bits that change, median (95 of 100 within), the same up to {SAME}")
    for name, change in CHANGES.items():
        changed = [change(post, chance.choice(corpus), chance) for post in posts]
        made = [place for place, post in enumerate(changed) if post]
        now = simhashes(tokens_of([post for post in changed if post]))
        bits = np.bitwise_count(now ^ known[made])
        cells = []
        for least, most in SIZES:
            own = bits[[least <= sizes[place] < most for place in made]]
            middle, late = np.percentile(own, [50, 95]) if len(own) >= FEWEST else (0, 0)
            said = f"{middle:.0f} ({late:.0f}) {(own <= SAME).mean():.0%}" if len(own) >= FEWEST else "too few"
            cells.append(f"{said:<14}")
        print(f"  {name:<22} {' '.join(cells)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("sites", type=Path, nargs="+", metavar="SITE")
    for site in parser.parse_args().sites:
        measure(site)


if __name__ == "__main__":
    main()
