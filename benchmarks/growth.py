"""How do build time, memory and the time of a question grow with the number of posts?

    python -m benchmarks.growth SITE [--sizes N …] [--synthetic N] [--engine NAME] [--json FILE]

The first n posts of a site in a fixed shuffle, then synthetic posts made of its sections. Each size builds in one
process and answers a log of its own words in another. The exponents are the slopes of least squares on the logarithms:
1 is as fast as the posts, less is slower than they grow. Baseline: n itself.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.ground import GROWTH_CEILINGS, LARGE_BUILD_MB, SMALL_BUILD_MB, site_read, within
from benchmarks.peers.__main__ import machine
from benchmarks.peers.material import write_material
from benchmarks.peers.measures import MIXED
from benchmarks.peers.processes import run
from benchmarks.peers.questions import SEED, question_log
from benchmarks.peers.tables import aligned, figure
from benchmarks.synthetic import grown
from indexer.model import Corpus, EngineName
from indexer.settings import SearchSettings

SIZES = (1_000, 2_000, 4_000, 8_000, 14_000)
SYNTHETIC = 100_000
PER_KIND = 100
MEASURES = {"build": "build s", "memory": "peak MB of build", "query": "median question ms"}


def corpora(corpus: Corpus, sizes: list[int], synthetic: int) -> Iterator[Corpus]:
    """The first n of one shuffle for every size that the site can fill, then the synthetic posts; one at a time."""
    posts = list(corpus)
    random.Random(SEED).shuffle(posts)
    for size in sizes:
        if size <= len(posts):
            yield Corpus(posts[:size])
    if synthetic:
        yield grown(corpus, synthetic, SEED)


def measured(corpus: Corpus, engine: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        material, index = Path(scratch), Path(scratch) / "index"
        index.mkdir()
        write_material(material, corpus, question_log(corpus, PER_KIND))
        built = run(engine, "build", material, index)
        asked = run(engine, "ask", material, index)["ways"][0]["kinds"][MIXED]
    return {"posts": len(corpus), "build": built["seconds"], "memory": built["peak"], "query": asked["p50"]}


def exponent(rows: list[dict[str, Any]], measure: str) -> float:
    """e in measure ~ posts^e."""
    posts, values = ([np.log(row[name]) for row in rows] for name in ("posts", measure))
    return float(np.polyfit(posts, values, 1)[0])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("site", type=Path, metavar="SITE")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N")
    parser.add_argument("--synthetic", type=int, default=SYNTHETIC, metavar="N", help="0 leaves them out")
    parser.add_argument("--engine", choices=tuple(EngineName), default=SearchSettings().engine)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    told = parser.parse_args()
    rows = []
    for corpus in corpora(site_read(told.site).corpus, told.sizes, told.synthetic):
        print(f"  … {len(corpus):,} posts", file=sys.stderr)
        rows.append(measured(corpus, told.engine))
    if len(rows) < 2:
        parser.error(f"{told.site.name} fills fewer than two of the sizes: give smaller ones with --sizes")
    exponents = {measure: exponent(rows, measure) for measure in MEASURES}
    cells = [[f"{row['posts']:,}", *(figure(row[measure]) for measure in MEASURES)] for row in rows]
    cells.append(["grows as n to the", *(f"{one:.2f}" for one in exponents.values())])
    print(
        f"{told.site.name}, engine {told.engine}", aligned(["posts", *MEASURES.values()], cells), sep="\n", end="\n\n"
    )
    if told.json:
        figures: dict[str, Any] = {"machine": machine(), "site": told.site.name, "engine": told.engine}
        figures |= {"rows": rows, "exponents": exponents}
        told.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    kept = [within(f"the exponent of {MEASURES[name]}", one, GROWTH_CEILINGS[name]) for name, one in exponents.items()]
    ceilings = {14_000: SMALL_BUILD_MB, 100_000: LARGE_BUILD_MB}
    kept += [
        within(f"MB to build {row['posts']:,} posts", row["memory"], ceilings[row["posts"]])
        for row in rows
        if row["posts"] in ceilings
    ]
    sys.exit(not all(kept))


if __name__ == "__main__":
    main()
