"""One peer in a process of its own: builds, or opens and answers. Prints its figures as one line of JSON.

python -m benchmarks.peers.run_one PEER build|ask|answers MATERIAL INDEX
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from benchmarks.peers.material import read_questions
from benchmarks.peers.measures import memory, timed
from benchmarks.peers.peer import Peer


def peer_named(name: str) -> Peer:
    """Only the library of the peer that is asked for is imported."""
    if name == "tantivy":
        from benchmarks.peers.tantivy import Tantivy

        return Tantivy()
    if name == "fts5":
        from benchmarks.peers.fts5 import Fts5

        return Fts5()
    if name == "bm25s":
        from benchmarks.peers.bm25s import Bm25s

        return Bm25s()
    from benchmarks.peers.see_also import SeeAlso

    return SeeAlso(name)


def build(peer: Peer, material: Path, index: Path) -> dict[str, object]:
    """Seconds from posts in memory to an index on disk; peak memory, and what the posts alone took before."""
    posts = peer.read(material)
    before = memory("VmHWM")
    started = time.perf_counter()
    parts = peer.build(posts, index)
    seconds = time.perf_counter() - started
    return {
        "name": peer.name,
        "settings": peer.settings,
        "threads": peer.threads,
        "seconds": seconds,
        "parts": parts,
        "peak": memory("VmHWM"),
        "before": before,
    }


def ask(peer: Peer, material: Path, index: Path) -> dict[str, object]:
    """Milliseconds from opening to the first answer, then every way over the log and the memory after each."""
    log = read_questions(material)
    started = time.perf_counter()
    ways = peer.open(index)
    ways[0].answer(next(question for question in log if question.kind in ways[0].kinds))
    opened = (time.perf_counter() - started) * 1000
    told = [
        {"name": way.name, "kinds": timed(way, log), "resident": memory("VmRSS"), "mapped": memory("RssFile")}
        for way in ways
    ]
    return {"open": opened, "ways": told}


def answers(peer: Peer, material: Path, index: Path) -> list[list[int]]:
    """The first ten of every question of the file, as post numbers."""
    way = peer.open(index)[0]
    return [way.answer(question)[0] for question in read_questions(material)]


def main() -> None:
    name, verb, material, index = sys.argv[1:]
    work = {"build": build, "ask": ask, "answers": answers}[verb]
    print(json.dumps(work(peer_named(name), Path(material), Path(index))))


if __name__ == "__main__":
    main()
