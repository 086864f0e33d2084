"""Is every damaged byte of a generation found? Bits flipped and files cut at random places, in each file.

    python -m benchmarks.damage [SITE] [--flips N] [--cuts N] [--seed N]

SITE (default: content/) is built into a scratch folder. Every damage is written to the disk and met the product's way:
through the same reading and checking of one file that an opening stands on. One of SAMPLE damages of each file is also
met by opening the whole generation as the service does, which must name that file. Baseline: the undamaged generation
must open. Prints how many were found and how many not; one that goes unseen ends the run with 1.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.ground import TODAY, content_of
from indexer.build import build
from indexer.errors import DamagedGeneration
from indexer.settings import ContentSettings, IndexSettings, Settings
from indexer.snapshot import snapshot_of
from indexer.store.generation import current_id
from indexer.store.manifest import GENERATIONS, MANIFEST
from indexer.store.sealed_files import SealedFiles

FLIPS, CUTS, SEED = 2_000, 64, 1
SAMPLE = 200
DEMO = Path(__file__).parent.parent / "content"


@dataclass(slots=True)
class Tally:
    """What became of the damages of one file."""

    size: int
    flips: int = 0
    cuts: int = 0
    whole: int = 0
    unseen: int = 0


def damages(data: bytes, flips: int, cuts: int, chance: random.Random) -> Iterator[tuple[str, int, bytes]]:
    """What was done, from where on the file differs, and what stands there then. Every cut leaves another length."""
    for _ in range(flips if data else 0):
        place = chance.randrange(len(data))
        yield "flips", place, bytes([data[place] ^ (1 << chance.randrange(8))]) + data[place + 1 : place + 2]
    lengths = range(len(data))
    for length in chance.sample(lengths, min(cuts, len(lengths))):
        yield "cuts", length, b""


def tallied(files: SealedFiles, name: str, flips: int, cuts: int, seed: int) -> Tally:
    directory, path = files.directory, files.directory / name
    data = path.read_bytes()
    tally = Tally(len(data))
    path.chmod(0o644)
    with open(path, "r+b", buffering=0) as file:
        for number, (kind, place, changed) in enumerate(damages(data, flips, cuts, random.Random(f"{seed} {name}"))):
            if kind == "cuts":
                os.truncate(path, place)
            else:
                os.pwrite(file.fileno(), changed, place)
            setattr(tally, kind, getattr(tally, kind) + 1)
            tally.unseen += not seen_in_file(files, name)
            if number % SAMPLE == 0:
                tally.whole += 1
                tally.unseen += not seen_at_opening(directory, name)
            os.pwrite(file.fileno(), data[place:] if kind == "cuts" else data[place : place + 2], place)
    assert path.read_bytes() == data
    path.chmod(0o444)
    return tally


def seen_in_file(files: SealedFiles, name: str) -> bool:
    """Whether reading this one file, as every opening does, says that it is damaged."""
    try:
        if name == MANIFEST:
            SealedFiles.at(files.directory)
            return False
        (files.array if name.endswith(".npy") else files.read)(name)
    except DamagedGeneration as error:
        return name in str(error)
    return False


def seen_at_opening(directory: Path, name: str) -> bool:
    try:
        snapshot_of(SealedFiles.at(directory))
    except DamagedGeneration as error:
        return name in str(error)
    return False


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.damage", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("site", type=Path, nargs="?", default=DEMO, metavar="SITE")
    parser.add_argument("--flips", type=int, default=FLIPS, metavar="N", help="bits flipped, one at a time, per file")
    parser.add_argument("--cuts", type=int, default=CUTS, metavar="N", help="lengths that each file is cut to")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N")
    told = parser.parse_args()
    content = ContentSettings(directory=told.site) if told.site == DEMO else content_of(told.site)
    started, unseen, done = time.perf_counter(), 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        index = Path(scratch)
        build(replace(Settings(content=content), index=IndexSettings(directory=index)), today=TODAY)
        directory = index / GENERATIONS / current_id(index)
        files = SealedFiles.at(directory)
        snapshot_of(files)
        print(f"{told.site.name}, seed {told.seed}")
        print(f"  {'file':<32} {'bytes':>10} {'flips':>6} {'cuts':>5} {'opened whole':>13} {'unseen':>7}")
        for name in [MANIFEST, *files.manifest.files]:
            one = tallied(files, name, told.flips, told.cuts, told.seed)
            print(f"  {name:<32} {one.size:>10,} {one.flips:>6,} {one.cuts:>5} {one.whole:>13} {one.unseen:>7}")
            unseen, done = unseen + one.unseen, done + one.flips + one.cuts
        snapshot_of(SealedFiles.at(directory))
    print(f"  {done:,} damages in {time.perf_counter() - started:.0f} s, {unseen:,} of them unseen")
    if unseen:
        print("  BELOW THE FLOOR: every damage was promised to be found")
    sys.exit(bool(unseen))


if __name__ == "__main__":
    main()
