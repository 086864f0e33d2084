"""See Also beside its peers, in one run: build, size, memory, speed on sites; answer quality on sets.

    python -m benchmarks.peers SITE_OR_SET … [--json FILE]

A site is a folder with `posts/` or `posts_nolinks/`, a set one with corpus.jsonl, queries.jsonl and qrels.tsv. Posts
are read once by the product's reader; neither that nor reading Markdown counts on any side. Each peer builds in one
process and answers in another. The promises of `ground.py` are checked at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.ground import EMBEDDED, ahead_of_all, fast_enough, site_read
from benchmarks.peers import tables
from benchmarks.peers.material import write_material
from benchmarks.peers.processes import HERE, IN_NODE, PeerFailed, run
from benchmarks.peers.questions import KINDS, OR, PER_KIND, Question, question_log
from benchmarks.search_quality import read_set, scores
from indexer.model import Corpus
from indexer.settings import SearchSettings

OURS = (
    SearchSettings().engine,
    *(name for name in EMBEDDED if name != SearchSettings().engine),
)  # the default one first
THEIRS = ("tantivy", "fts5", "bm25s", *IN_NODE)


def measured(site: Path, peers: list[str], per_kind: int) -> dict[str, Any]:
    """All figures of all peers on one site."""
    corpus = site_read(site).corpus
    log = question_log(corpus, per_kind)

    def figures(peer: str, material: Path, index: Path) -> dict[str, Any]:
        built = run(peer, "build", material, index)
        size = sum(file.stat().st_size for file in index.rglob("*") if file.is_file()) / 1e6
        return {"build": built, "megabytes": size, "ask": run(peer, "ask", material, index)}

    return {"posts": len(corpus), "questions": len(log), "peers": each(peers, corpus, log, figures)}


def judged(folder: Path, peers: list[str]) -> dict[str, Any]:
    """nDCG@10 and its like of all peers on one set of questions; every question is asked as an OR of its words."""
    posts, asked, grades = read_set(folder)
    corpus = Corpus(posts)

    def figures(peer: str, material: Path, index: Path) -> dict[str, Any]:
        name = run(peer, "build", material, index)["name"]
        pages = run(peer, "answers", material, index)
        ids = {text: [corpus[n].id for n in page] for text, page in zip(asked.values(), pages, strict=True)}
        return {"name": name, **scores(ids.__getitem__, asked, grades)}

    log = [Question(OR, text) for text in asked.values()]
    return {"posts": len(corpus), "questions": len(asked), "peers": each(peers, corpus, log, figures)}


def each(
    peers: list[str], corpus: Corpus, log: list[Question], figures: Callable[[str, Path, Path], dict[str, Any]]
) -> dict[str, Any]:
    """The figures of peer after peer, each with an empty folder for its index; one that fails is named and left out.

    Raises PeerFailed for the first: nothing can be compared with it.
    """
    told = {}
    with tempfile.TemporaryDirectory() as material:
        write_material(Path(material), corpus, log)
        for peer in peers:
            print(f"  … {peer}", file=sys.stderr)
            with tempfile.TemporaryDirectory() as index:
                try:
                    told[peer] = figures(peer, Path(material), Path(index))
                except PeerFailed as error:
                    if not told:
                        raise
                    print(f"  FAILED: {error}", flush=True)
    return told


def print_site(name: str, told: dict[str, Any]) -> None:
    peers = told["peers"]
    print(f"{name}: {told['posts']:,} posts, {told['questions']:,} questions")
    print(tables.build_table(peers), tables.times_table(peers, "p50"), tables.times_table(peers, "p99"), sep="\n\n")
    print(
        "  ratios: against the first row. * asked in the engine's own way: it has no AND, or nothing but AND",
        end="\n\n",
    )
    print(tables.matches_table(peers), end="\n\n")
    for peer in peers.values():
        parts = ", ".join(f"{part} {seconds:.2f} s" for part, seconds in peer["build"]["parts"].items())
        built = peer["build"]
        print(f"  {built['name']}: {built['settings']}. Build: {built['threads']}{f' ({parts})' if parts else ''}.")
    print(flush=True)


def machine() -> dict[str, Any]:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "date": date.today().isoformat(),  # noqa: DTZ011  # the day on the wall
        "cores": os.cpu_count(),
        "processor": models[0] if models else platform.machine(),
        "python": platform.python_version(),
        "kinds": KINDS,
    }


def told_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folders", type=Path, nargs="+", metavar="SITE_OR_SET")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there too")
    parser.add_argument("--only", nargs="+", choices=(*OURS, *THEIRS), metavar="PEER", help="leave out the other peers")
    parser.add_argument("--per-kind", type=int, default=PER_KIND, help="questions of each kind")
    return parser.parse_args()


def main() -> None:
    told = told_arguments()
    peers = [one for one in (*OURS, *THEIRS) if not told.only or one in told.only]
    if set(peers) & set(IN_NODE) and not (shutil.which("node") and (HERE / "node_modules").is_dir()):
        sys.exit(f"node or its packages are missing: install node, then run npm ci in {HERE}, or use make bench")
    figures: dict[str, Any] = {"machine": machine(), "sites": {}, "sets": {}}
    kept = True
    for folder in told.folders:
        print(folder.name, file=sys.stderr)
        if (folder / "qrels.tsv").is_file():
            found = figures["sets"][folder.name] = judged(folder, peers)
        else:
            found = figures["sites"][folder.name] = measured(folder, peers, told.per_kind)
            print_site(folder.name, found)
            kept &= fast_enough(folder.name, found["peers"], OURS[0])
        kept &= len(found["peers"]) == len(peers)
    if figures["sets"]:
        print(tables.quality_table(figures["sets"]), end="\n\n")
        ahead = [ahead_of_all(name, one["peers"], OURS[0]) for name, one in figures["sets"].items()]
        kept &= all(ahead)  # every set is compared before the verdict
    if told.json:
        told.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.exit(not kept)


if __name__ == "__main__":
    main()
