"""How long does a generation take to open, and what does a worker hold in memory afterwards?

    python -m benchmarks.opening SITE [--index DIR] [--questions FOLDER]

SITE is built into a scratch folder with the default settings, or opened from DIR where it was built before. Each
opening is a fresh process; the files are in the page cache, as after a build. Baseline: hashing every file, which no
opening that checks can do without. Then one worker alone answers every question of FOLDER (queries.jsonl), or without
one some hundred titles of the site, and the kernel says what it holds: Pss counts a page that three processes share as
a third. What is not anonymous are pages of files, which the kernel takes back when it needs them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks.ground import OPENING_MS, SPEED_SITE, TODAY, WORKER_MB, content_of, within

HERE = Path(__file__).parent.parent
PROCESSES = 5
MOST_QUESTIONS = 600


def parts_of_opening(index: Path) -> dict[str, float]:
    """Milliseconds of each part of opening, in this process. Imports are not counted: a worker has made them."""
    from indexer.related.recommendation import RelatedPosts
    from indexer.search.registry import engine_named
    from indexer.snapshot import snapshot_of
    from indexer.store.generation import current_id
    from indexer.store.manifest import GENERATIONS
    from indexer.store.posts import PostStore
    from indexer.store.sealed_files import SealedFiles

    took: dict[str, float] = {}

    def timed(what: str, work: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        made = work()
        took[what] = (time.perf_counter() - started) * 1000
        return made

    directory = index / GENERATIONS / current_id(index)
    engine = engine_named(SealedFiles.at(directory).manifest.engine)
    timed("all at once", lambda: snapshot_of(SealedFiles.at(directory)))
    files = timed("manifest and list of files", lambda: SealedFiles.at(directory))
    posts = timed("posts/", lambda: PostStore(files))
    timed("words/, metadata/, fulltext/", lambda: engine.open(files, posts))
    timed("related/", lambda: RelatedPosts(files, posts))
    timed("files that nobody reads yet", files.verify)
    timed("baseline: hashing every byte", lambda: [_hashed(directory / name) for name in files.manifest.files])
    return took


def _hashed(file: Path) -> str:
    with open(file, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def memory_of_worker(index: Path, questions: list[str]) -> dict[str, float]:
    """MB of a worker that has answered all questions through the application, and nothing else."""
    from indexer.settings import IndexSettings, Settings
    from service.app import create_app

    client = create_app(Settings(index=IndexSettings(directory=index))).test_client()
    opened = _memory()
    for text in questions:
        said = client.get(f"/api/v1/search?q={quote(text)}")
        assert said.status_code == 200, said.text
    found = {f"{name} opened": value for name, value in opened.items()} | _memory()
    return found | {"peak Rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _memory() -> dict[str, float]:
    with open("/proc/self/smaps_rollup", encoding="ascii") as lines:
        kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.endswith(" kB\n")}
    return {name: kilobytes[name] / 1024 for name in ("Rss", "Pss", "Anonymous")}


def in_a_process(order: dict[str, Any]) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.opening", "--order"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=True,
        cwd=HERE,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def obey(order: dict[str, Any]) -> None:
    index = Path(order["index"])
    json.dump(
        memory_of_worker(index, order["questions"]) if "questions" in order else parts_of_opening(index), sys.stdout
    )


def print_sizes(index: Path) -> None:
    sizes: dict[str, int] = defaultdict(int)
    for file in (index / "generations").rglob("*"):
        if file.is_file():
            sizes[file.relative_to(index / "generations").parts[1]] += file.stat().st_size
    print("  " + ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in sorted(sizes.items())))


def measure(name: str, index: Path, questions: list[str]) -> bool:
    print(f"{name}: {len(questions):,} questions")
    print_sizes(index)
    runs = [in_a_process({"index": str(index)}) for _ in range(PROCESSES)]
    best = {part: min(run[part] for run in runs) for part in runs[0]}
    for part, milliseconds in best.items():
        print(f"  {milliseconds:8.1f} ms  {part}")
    memory = in_a_process({"index": str(index), "questions": questions})
    for part, megabytes in memory.items():
        print(f"  {megabytes:8.1f} MB  {part}")
    if name not in (SPEED_SITE, "kong-docs"):
        return True
    kept = within("opening, ms,", best["all at once"], OPENING_MS)
    return within("Pss of a worker after all questions, MB,", memory["Pss"], WORKER_MB) and kept


def titles(index: Path) -> list[str]:
    from indexer.snapshot import open_snapshot

    posts = open_snapshot(index).posts
    step = max(1, len(posts) // MOST_QUESTIONS)
    return [title for number in range(0, len(posts), step) if (title := " ".join(posts[number].title.split()[:20]))]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.opening", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("site", type=Path, metavar="SITE", nargs="?")
    parser.add_argument("--index", type=Path, metavar="DIR", help="an index of the site that is already built")
    parser.add_argument("--questions", type=Path, metavar="FOLDER", help="with queries.jsonl")
    parser.add_argument("--order", action="store_true", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.order:
        obey(json.load(sys.stdin))
        return
    if told.site is None:
        parser.error("name a SITE")
    with tempfile.TemporaryDirectory() as scratch:
        index = told.index or built(told.site, Path(scratch))
        asked = titles(index)
        if told.questions:
            with open(told.questions / "queries.jsonl", encoding="utf-8") as lines:
                asked = [json.loads(line)["text"][:200] for line in lines]
        sys.exit(not measure(told.site.name, index, [one for one in asked if one.strip()]))


def built(site: Path, index: Path) -> Path:
    from indexer.build import build
    from indexer.settings import IndexSettings, Settings

    build(replace(Settings(content=content_of(site)), index=IndexSettings(directory=index)), today=TODAY)
    return index


if __name__ == "__main__":
    main()
