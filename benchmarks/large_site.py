"""What does it take to build, serve and ask a site that is larger than any at hand, from its files on?

    python -m benchmarks.large_site SITE POSTS [--scratch DIR]
    python tests/opensearch/nodes.py 1 python -m benchmarks.large_site SITE POSTS --engine opensearch [--scratch DIR]

So many Markdown files made of the sections of SITE, a site of DATA, are written below DIR, 7 kB each, and built by
`seealso build` with nothing but the engine set: seconds by the clock and of the processor, the most memory that the
process held that builds, and what is on disk then. Then `seealso serve` with one worker is asked random questions
(those of benchmarks.agreement) over HTTP, and says what it holds. Of memory it is seen whether it keeps to what is
promised of a cluster, of a build also on the embedded engine. The nodes are those that OPENSEARCH_URLS names.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.agreement import questions
from benchmarks.cluster import TIMED, environment, search_by, service, spread
from benchmarks.endurance import held_by
from benchmarks.ground import CLUSTER_WORKER_MB, cluster_build_mb, site_read, within
from benchmarks.synthetic import grown
from indexer.model import EngineName, Post

TO_A_FOLDER = 1_000


def write_site(site: Path, count: int, folder: Path) -> None:
    """Writes so many posts as Markdown files. In a process of its own, as it holds all of them."""
    for number, post in enumerate(grown(site_read(site).corpus, count, seed=4)):
        below = folder / f"{number // TO_A_FOLDER:04}"
        below.mkdir(parents=True, exist_ok=True)
        (below / f"{number:07}.md").write_text(as_markdown(post), encoding="utf-8")


def as_markdown(post: Post) -> str:
    front_matter = {"title": post.title, "description": post.description, "tags": list(post.tags)}
    lines = ["---", *(f"{key}: {json.dumps(value)}" for key, value in front_matter.items() if value), "---"]
    for section in post.sections:
        if section.heading:
            lines.append(f"\n{'#' * max(section.level, 2)} {section.heading}")
        lines.append("\n" + section.text.replace("\n", "\n\n"))
        if section.code:
            lines.append(f"\n```\n{section.code}\n```")
    return "\n".join(lines) + "\n"


def build(content: Path, index: Path, engine: EngineName) -> int:
    """Builds by the command, and prints what that took. Returns the most memory that its process held, in MB."""
    told = environment(index, search_by(engine)) | {"SEEALSO_CONTENT_DIRECTORY": str(content)}
    command = [str(Path(sys.executable).with_name("seealso")), "build"]
    start = time.perf_counter()
    process = subprocess.Popen(command, env=os.environ | told)  # our own command
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status:
        sys.exit(f"the build ended with {os.waitstatus_to_exitcode(status)}")
    size = sum(file.stat().st_size for file in index.rglob("*") if file.is_file())
    peak = used.ru_maxrss // 1024
    print(
        f"{engine}: built in {wall:,.0f} s, {used.ru_utime + used.ru_stime:,.0f} s of the processor; "
        f"{peak:,} MB at most; {size / 1e6:,.0f} MB on disk",
        flush=True,
    )
    return peak


def ask(site: Path, index: Path, engine: EngineName) -> int:
    """Asks a worker over HTTP, and prints what a question takes. Returns what the worker holds then, in MB."""
    texts = list(dict.fromkeys(request.query.text for request in questions(site_read(site).corpus, TIMED, seed=9)))
    taken, found = [], 0
    with service(index, search_by(engine), workers=1) as (port, supervisor):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        for text in texts:
            start = time.perf_counter()
            connection.request("GET", f"/api/v1/search?{urlencode({'q': text})}")
            response = connection.getresponse()
            body = response.read()
            taken.append((time.perf_counter() - start) * 1000)
            assert response.status == 200, f"{response.status} for {text!r}"
            found += bool(json.loads(body)["hits"])
        worker = int(held_by(supervisor).all)
    print(f"{engine}: a question takes {spread(taken)} over HTTP, {found} of {len(texts)} find something")
    print(f"{engine}: a worker holds {worker:,} MB")
    return worker


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("site", type=Path, metavar="SITE")
    parser.add_argument("posts", type=int, metavar="POSTS")
    parser.add_argument("--engine", type=EngineName, default=EngineName.COLUMNAR)
    parser.add_argument("--scratch", type=Path, metavar="DIR")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=told.scratch) as scratch:
        content, index = Path(scratch, "content"), Path(scratch, "index")
        with get_context("spawn").Pool(1) as process:
            process.apply(write_site, (told.site, told.posts, content))
        peak = build(content, index, told.engine)
        worker = ask(told.site, index, told.engine)
    kept = [within("the memory of a build, MB", peak, cluster_build_mb(told.posts))]
    if told.engine is EngineName.OPENSEARCH:
        kept.append(within("a worker, MB", worker, CLUSTER_WORKER_MB))
    sys.exit(not all(kept))


if __name__ == "__main__":
    main()
