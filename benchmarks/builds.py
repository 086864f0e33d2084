"""How long does a build take, part by part, and how much of it is left when one file has changed?

    python -m benchmarks.builds SITE [--engine NAME] [--json FILE]

Real builds of a copy of the site into an index that is thrown away: the first, one after a changed file, one with
nothing changed. Baseline: the first. Seconds are those of a clock, so a busy machine makes them longer; seconds of the
processor, of all processes together, are beside them, and ratios suffer less.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import indexer.build
import indexer.content.site
import indexer.search.columnar.engine
import indexer.search.columnar.inverted_index
from benchmarks.ground import (
    FULL_SECONDS,
    PAGES_A_SECOND,
    REBUILD_SECONDS,
    REBUILD_SHARE,
    RELATING_SECONDS,
    SPEED_SITE,
    TODAY,
    content_of,
    held,
    within,
)
from benchmarks.peers.__main__ import machine
from benchmarks.peers.tables import aligned, figure
from indexer.model import EngineName
from indexer.settings import ContentSettings, IndexSettings, SearchSettings, Settings

RELATING, WHOLE = "relate", "whole"
# What a part is called, and the functions that do it.
PARTS: dict[str, list[tuple[Any, str]]] = {
    "check and open the last": [(indexer.build, "last_good")],
    "read, parse and analyse": [(indexer.build, "read_site")],
    "link": [(indexer.build, "link_graph")],
    "write sources": [(indexer.build, "write_cache")],
    "write posts": [(indexer.build, "write_posts")],
    "fingerprints of texts": [(indexer.build, "simhashes")],
    "join the words": [(indexer.content.site.Site, "tokens")],
    "write lexicon": [(indexer.search.columnar.engine, "write_lexicon")],
    "write metadata": [(indexer.search.columnar.engine, "write_metadata")],
    "write signs": [(indexer.search.columnar.engine, "write_signs")],
    "write the inverted index": [(indexer.search.columnar.engine, "write_inverted_index")],
    "check pins and aliases": [(indexer.build, "bad_curation_rules")],
    RELATING: [(indexer.build, "write_relations")],
    "find what is broken": [(indexer.build, "findings_of")],
    "seal": [(indexer.build, "seal")],
    "look": [(indexer.build, "look")],
    "publish": [(indexer.build, "publish")],
}


class Spent(NamedTuple):
    """Seconds of a clock, and of the processor in this process and those that have ended."""

    clock: float = 0.0
    processor: float = 0.0

    def __add__(self, other: Spent) -> Spent:  # type: ignore[override]
        return Spent(self.clock + other.clock, self.processor + other.processor)

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.clock - other.clock, self.processor - other.processor)


def now() -> Spent:
    return Spent(time.perf_counter(), sum(os.times()[:4]))


class Clock:
    """Notes how long each part of a build takes, from outside."""

    def __init__(self) -> None:
        self.spent: dict[str, Spent] = defaultdict(Spent)
        for part, places in PARTS.items():
            for home, name in places:
                setattr(home, name, self._timed(part, getattr(home, name)))

    def _timed(self, part: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*values: Any, **more: Any) -> Any:
            started = now()
            try:
                return real(*values, **more)
            finally:
                self.spent[part] += now() - started

        return call

    def build(self, settings: Settings) -> dict[str, Spent]:
        """What each part of one build took, what is not among them, all of it, and all without relating."""
        self.spent.clear()
        started = now()
        indexer.build.build(settings, today=TODAY)
        whole = now() - started
        spent = {part: self.spent.get(part, Spent()) for part in PARTS}
        rest = whole
        for part in spent.values():
            rest -= part
        return spent | {"all else": rest, WHOLE: whole, "whole but relate": whole - spent[RELATING]}


def change_one(folder: Path) -> None:
    """Adds a paragraph to the file in the middle."""
    files = sorted(path for path in folder.rglob("*.md") if path.is_file())
    with open(files[len(files) // 2], "a", encoding="utf-8") as file:
        file.write("\n\nA paragraph that a benchmark has added, with a word that is new: quincunxial.\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.builds", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("site", type=Path, metavar="SITE")
    parser.add_argument("--engine", choices=tuple(EngineName), default=SearchSettings().engine)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        content, index = Path(scratch) / "content", Path(scratch) / "index"
        shutil.copytree(content_of(told.site).directory, content, symlinks=True)
        settings = Settings(
            content=ContentSettings(directory=content),
            search=SearchSettings(engine=told.engine),
            index=IndexSettings(directory=index),
        )
        clock = Clock()
        builds = {"full": clock.build(settings)}
        posts = indexer.build.build(settings, today=TODAY).posts
        change_one(content)
        builds["one file changed"] = clock.build(settings)
        builds["nothing changed"] = clock.build(settings)
    full, rebuilt = builds["full"], builds["one file changed"]
    cells = [
        [
            part,
            *(figure(one[part][kind]) for kind in range(2) for one in builds.values()),
            *(f"{rebuilt[part][kind] / max(full[part][kind], 1e-9):.0%}" for kind in range(2)),
        ]
        for part in full
    ]
    speed = posts / full["whole but relate"].clock
    print(f"{told.site.name}, {posts:,} posts, engine {told.engine}, seconds")
    names = [*builds, *(f"{name}, processor" for name in builds), "rebuild to full", "of the processor"]
    print(aligned(["part", *names], cells))
    print(f"{speed:,.0f} pages/s without relating, {posts / full[WHOLE].clock:,.0f} with it", end="\n\n")
    if told.json:
        figures = {"machine": machine(), "site": told.site.name, "engine": told.engine, "posts": posts}
        told.json.write_text(json.dumps(figures | {"builds": builds}, indent=1) + "\n", encoding="utf-8")
    if told.site.name != SPEED_SITE or told.engine != SearchSettings().engine:
        return
    share = rebuilt[WHOLE].clock / full[WHOLE].clock
    kept = [
        held("pages a second of a full build", speed, PAGES_A_SECOND),
        within("seconds of a full build", full[WHOLE].clock, FULL_SECONDS),
        within("seconds of relating in it", full[RELATING].clock, RELATING_SECONDS),
        within("seconds of a rebuild after one changed file", rebuilt[WHOLE].clock, REBUILD_SECONDS),
        within("a rebuild as a share of a full build", share, REBUILD_SHARE),
    ]
    sys.exit(not all(kept))


if __name__ == "__main__":
    main()
