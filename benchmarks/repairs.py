"""Is the right post proposed for a reference that leads nowhere, and how often is one wrong that is said to be sure?

    python benchmarks/repairs.py SITE [SITE …]

References of a site that lead to a post, and where it has few the names of its files, are damaged as they are in
life, some at a time, and what leads nowhere then is asked for. `gone` takes the post away instead: then nothing is
right, and whatever is sure is wrong. Baseline: the most alike spelling of all names, from 85 of 100 on.
"""

from __future__ import annotations

import argparse
import random
import re
import string
import sys
from collections.abc import Callable
from pathlib import Path

from rapidfuzz import fuzz, process

from benchmarks.ground import SURE_FLOOR, content_of, held, site_read
from indexer.links.fuzzy_match import FuzzyMatcher
from indexer.links.resolver import ReferenceResolver, without_suffix
from indexer.model import Post

FEWEST = 200


def lost_digit(name: str, chance: random.Random) -> str:
    places = [place for place, letter in enumerate(name) if letter.isdigit()]
    return _without(name, chance.choice(places)) if places else name


def lost_first(name: str, _chance: random.Random) -> str:
    return _without(name, name.rfind("/", 0, len(name) - 1) + 1)


def lost_character(name: str, chance: random.Random) -> str:
    return _without(name, chance.randrange(len(name)))


def added_character(name: str, chance: random.Random) -> str:
    place = chance.randrange(len(name))
    return name[:place] + chance.choice(string.ascii_lowercase) + name[place:]


def swapped(name: str, chance: random.Random) -> str:
    place = chance.randrange(max(1, len(name) - 1))
    return name[:place] + name[place + 1 : place + 2] + name[place] + name[place + 2 :]


def changed_word(name: str, chance: random.Random) -> str:
    words = re.findall(r"[a-z]{4,}", name)
    return name.replace(chance.choice(words), "another", 1) if len(words) > 2 else name


def words_reordered(name: str, chance: random.Random) -> str:
    head, _, last = name.rpartition("/")
    dated = re.match(r"\d{4}-\d\d-\d\d-", last)
    start = dated.end() if dated else 0
    words = last[start:].split("-")
    chance.shuffle(words)
    return f"{head}/" * bool(head) + last[:start] + "-".join(words)


def changed_date(name: str, chance: random.Random) -> str:
    return re.sub(
        r"\d{4}-\d\d-\d\d", f"20{chance.randint(10, 26)}-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}", name
    )


def last_word_dropped(name: str, _chance: random.Random) -> str:
    return re.sub(r"-[^-/]+(/?)$", r"\1", name)


def _without(name: str, place: int) -> str:
    return name[:place] + name[place + 1 :]


DAMAGE: dict[str, Callable[[str, random.Random], str]] = {
    one.__name__.replace("_", " "): one
    for one in (
        lost_digit, lost_first, lost_character, added_character, swapped, changed_word, words_reordered, changed_date,
        last_word_dropped,
    )
}  # fmt: skip


def measure(site: Path, most: int) -> tuple[int, int]:
    """Prints all about one site; how many were sure, and how many of those right."""
    chance = random.Random(7)
    settings = content_of(site)
    reading = site_read(site)
    posts = list(reading.corpus)
    names = ReferenceResolver(posts, settings.site)
    references = _references(posts, names, chance)[:most]
    meant = FuzzyMatcher(posts, settings.site)
    spelt = [(name, number) for number, post in enumerate(posts) for name in {post.id.rpartition("/")[2], post.id}]
    print(f"{site.name}: {len(posts):,} posts, {len(references):,} names")
    sure = right = 0
    for kind, damaged in DAMAGE.items():
        asked = [(damaged(name, chance), target) for name, target in references]
        asked = [(name, target) for name, target in asked if name and not names.resolve(name)]
        firsts = trio = proposed = certain = certain_right = plain = 0
        for name, target in asked:
            found = meant.proposals(name)
            proposed += bool(found)
            firsts += bool(found) and found[0].number == target
            trio += target in [one.number for one in found]
            certain += any(one.is_certain for one in found)
            certain_right += any(one.is_certain and one.number == target for one in found)
            for one in found:
                if one.is_certain and one.number != target:
                    print(f"    wrong: {name} → {posts[one.number].id}, meant {posts[target].id}")
            plain += _spelt_like(name, spelt) == target
        share = 100 / max(1, len(asked))
        print(
            f"  {kind:<18} {len(asked):>5} lead nowhere; right first {firsts * share:5.1f} %, among three "
            f"{trio * share:5.1f} %, by spelling alone {plain * share:5.1f} %; right of those proposed "
            f"{100 * firsts / max(1, proposed):5.1f} %; sure {certain * share:5.1f} %, {certain - certain_right} wrong"
        )
        sure, right = sure + certain, right + certain_right
    gone = _gone(posts, references[: most // 2], settings.site)
    return sure + gone, right


def _gone(posts: list[Post], references: list[tuple[str, int]], site: str) -> int:
    """How many names are sure to mean another post once theirs is gone."""
    asked = proposed = certain = 0
    for name, target in references:
        others = posts[:target] + posts[target + 1 :]
        if ReferenceResolver(others, site).resolve(name):
            continue
        asked += 1
        found = FuzzyMatcher(others, site).proposals(name)
        proposed += bool(found)
        if any(one.is_certain for one in found):
            certain += 1
            print(f"    wrong: {name}, which is gone → {others[found[0].number].id}")
    print(f"  {'gone':<18} {asked:>5} lead nowhere; proposed {100 * proposed / max(1, asked):5.1f} %; {certain} sure")
    return certain


def _references(posts: list[Post], names: ReferenceResolver, chance: random.Random) -> list[tuple[str, int]]:
    """Names that lead to one post, as editors wrote them; where they wrote few, the names of files."""
    written = {reference.name for post in posts for reference in post.curated}
    if len(written) < FEWEST:
        written |= {without_suffix(post.path) for post in posts}
    asked = [(name, found[0]) for name in sorted(written) if len(found := names.resolve(name)) == 1]
    chance.shuffle(asked)
    return asked


def _spelt_like(name: str, spelt: list[tuple[str, int]]) -> int | None:
    asked = without_suffix(name).strip("/").rpartition("/")[2]
    best = process.extractOne(asked, [one for one, _ in spelt], scorer=fuzz.ratio, score_cutoff=85)
    return spelt[best[2]][1] if best else None


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("sites", type=Path, nargs="+", metavar="SITE")
    parser.add_argument("--names", type=int, default=400, help="at most so many names of each site")
    told = parser.parse_args()
    counts = [measure(site, told.names) for site in told.sites]
    sure, right = sum(one for one, _ in counts), sum(one for _, one in counts)
    print(f"sure {sure:,} times, {right:,} of them right: {100 * right / max(1, sure):.2f} %")
    sys.exit(not held("share of the sure repairs that are right", right / max(1, sure), SURE_FLOOR))


if __name__ == "__main__":
    main()
