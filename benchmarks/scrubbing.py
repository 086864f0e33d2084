"""How soon is damage to what is served found, and what does looking for it cost?

    python -m benchmarks.scrubbing SITE [--index DIR] [--seconds N] [--rounds N] [--damages N] [--seed N]

SITE is built into a scratch folder with the default settings, or copied from DIR where it was built before. One
service, in this process, opens it and reads its mapped files again, a full round in SECONDS. First some undamaged
ROUNDS: the processor time of the whole process while nobody asks, as seconds an hour at the default setting, how long
the steps took, and by how much the memory of the process grew. Then DAMAGES: one bit each, flipped in place in a mapped
file, at a random place and time; each time a fresh service. Prints how long it took until another generation served.
One that is not found within a round and the time for its file ends the run with 1. Baseline: a service that reads
nothing again.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.ground import TODAY, content_of
from indexer.build import build
from indexer.settings import IndexSettings, Settings
from indexer.store.sealed_files import SMALLEST_MAP, SealedFiles
from service.follower import GenerationFollower
from service.scrubber import BLOCK

SECONDS, ROUNDS, DAMAGES, SEED = 10, 3, 20, 1
HOUR = 3_600


def memory() -> float:
    """MB that this process holds."""
    with open("/proc/self/smaps_rollup", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("Rss:")) / 1024


def processor_seconds(index: Path, seconds: float, rounds: int) -> tuple[float, float]:
    """Processor time while nobody asks for some rounds, and by how many MB memory grew. seconds: 0 reads nothing."""
    current = GenerationFollower(index, seconds)
    current.get()
    held, started = memory(), time.process_time()
    time.sleep((seconds or SECONDS) * rounds)
    return time.process_time() - started, memory() - held


def steps(files: SealedFiles) -> Iterator[float]:
    """How long each step of a round takes, without the rest between them."""
    started = time.perf_counter()
    for _ in files.reread(BLOCK):
        now = time.perf_counter()
        yield now - started
        started = time.perf_counter()


def found_after(index: Path, seconds: float, chance: random.Random) -> tuple[float, float]:
    """Seconds from a flipped bit until what holds it serves no more, and those within which it should be."""
    current = GenerationFollower(index, seconds)
    served = current.get()
    mapped = {name: size for name, (size, _) in served.manifest.files.items() if size >= SMALLEST_MAP}
    name = chance.choices(list(mapped), list(mapped.values()))[0]
    path, place = served.files.directory / name, chance.randrange(mapped[name])
    time.sleep(chance.random() * seconds)
    path.chmod(0o644)
    descriptor = os.open(path, os.O_RDWR)
    good = os.pread(descriptor, 1, place)
    os.pwrite(descriptor, bytes([good[0] ^ 1 << chance.randrange(8)]), place)
    started = time.monotonic()
    limit = seconds * (1 + mapped[name] / sum(mapped.values()))
    while current.get() is served and time.monotonic() - started < 2 * limit:
        time.sleep(0.01)
    took = time.monotonic() - started
    os.pwrite(descriptor, good, place)
    os.close(descriptor)
    return took, limit


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scrubbing", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("site", type=Path, metavar="SITE")
    parser.add_argument("--index", type=Path, metavar="DIR")
    parser.add_argument("--seconds", type=float, default=SECONDS, metavar="N")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N")
    parser.add_argument("--damages", type=int, default=DAMAGES, metavar="N")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N")
    told = parser.parse_args()
    logging.getLogger("seealso").disabled = True
    with tempfile.TemporaryDirectory() as scratch:
        index = Path(scratch) / "index"
        if told.index:
            shutil.copytree(told.index, index)
        else:
            settings = Settings(content=content_of(told.site), index=IndexSettings(directory=index))
            build(settings, today=TODAY)
            build(settings, force=True, today=TODAY)
        sys.exit(0 if measured(told, index) else 1)


def measured(told: argparse.Namespace, index: Path) -> bool:
    files = GenerationFollower(index, 0).get().files
    took = sorted(steps(files))
    print(f"{told.site.name}: {files.mapped_bytes / 1e6:.0f} MB are mapped, {len(took):,} steps a round")
    print(f"  a step takes {statistics.median(took) * 1e3:.2f} ms, 999 of 1,000 at most "
          f"{took[len(took) * 999 // 1000] * 1e3:.2f} ms")  # fmt: skip
    rests, _ = processor_seconds(index, 0, told.rounds)
    spent, grew = processor_seconds(index, told.seconds, told.rounds)
    per_round = (spent - rests) / told.rounds
    by_default = IndexSettings().verify_seconds
    print(f"  {per_round:.2f} s of the processor a round: {per_round * HOUR / by_default:.1f} s an hour with "
          f"index.verify_seconds = {by_default}; memory grew by {grew:.1f} MB")  # fmt: skip
    chance = random.Random(told.seed)
    found = [found_after(index, told.seconds, chance) for _ in range(told.damages)]
    seconds = [took for took, _ in found]
    late = sum(took > limit + 1 for took, limit in found)  # a second to open the generation that serves instead
    print(f"  {told.damages} damages, rounds of {told.seconds:g} s: found after {statistics.median(seconds):.1f} s "
          f"(median), {max(seconds):.1f} s at most; {late} later than promised")  # fmt: skip
    return not late


if __name__ == "__main__":
    main()
