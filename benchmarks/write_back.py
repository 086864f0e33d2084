"""Is a real file ever changed in more than its list? Every file of every site is extended, and looked at by others.

    python -m benchmarks.write_back SITE [SITE …]

On a copy of each site every file gets one more related post, the same again, and two more. What comes out is judged
without our own reader and writer: front matter by python-frontmatter and tomllib, with dates and numbers as they read
them, and the bytes by what stood before: all of it must still stand there, in order. Posts and files that are none
alike: drafts and snippets have front matter too. A refusal is counted with its reason; a violation ends with 1.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from os.path import commonprefix
from pathlib import Path
from typing import Any, cast

import frontmatter
import yaml

from benchmarks.ground import TODAY, content_of
from indexer.content.files import source_files
from indexer.content.site import read_site
from indexer.editing.edit import Edit
from indexer.editing.saving import save
from indexer.editing.write_back import acceptance
from indexer.errors import CannotWrite
from indexer.links.graph import link_graph
from indexer.model import EngineName, Manifest, StoredPost
from indexer.settings import ContentSettings
from indexer.snapshot import Snapshot
from indexer.store.generation import seal
from indexer.store.manifest import FORMAT
from indexer.store.posts import PostStore, write_posts
from indexer.store.report import ExcludedFile, Report, write_report

_NAMED = re.compile(r"[^\s:]+\.\w+(?:, line \d+)?: (?:not changed: )?")
_NOTHING = ("", "~", "null", "Null", "NULL", "''", '""')


def measure(site: Path) -> bool:
    """Prints what became of the files of one site; whether none was changed in more than its list."""
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copytree(content_of(site).directory, Path(scratch, "content"), symlinks=True)
        content = replace(content_of(site), directory=Path(scratch, "content"))
        snapshot = _snapshot(content, Path(scratch, "generation"))
        outcomes, reasons, violations = Counter[str](), Counter[str](), list[str]()
        started = time.perf_counter()
        for post in _all_files(content, snapshot):
            try:
                for outcome, wrong in _extended(content, snapshot, post):
                    outcomes[outcome] += 1
                    violations += [f"{post.path}: {one}" for one in wrong]
            except CannotWrite as error:
                outcomes["refused"] += 1
                reasons[_NAMED.sub("", str(error), count=1)] += 1
        seconds = time.perf_counter() - started
    said = ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.most_common())
    print(f"{site.name}: {len(snapshot.posts):,} posts; {said}; {seconds:.0f} s")
    for reason, count in reasons.most_common():
        print(f"  refused {count:>6,}: {reason}")
    for violation in violations[:20]:
        print(f"  VIOLATION {violation}")
    return not violations


def _snapshot(content: ContentSettings, directory: Path) -> Snapshot:
    """What acceptance asks of a generation: its posts, and what was left out."""
    directory.mkdir()
    reading = read_site(content, TODAY)
    write_posts(directory, reading.corpus, link_graph(reading.corpus, reading.excluded, content.site))
    excluded = tuple(ExcludedFile(file.path, file.line, file.reason, file.detail) for file in reading.excluded)
    write_report(directory, Report(excluded, (), (), (), (), None))
    files = seal(directory, Manifest("000001", FORMAT, EngineName.COLUMNAR, "", "", "", {}))
    nothing = cast("Any", None)
    return Snapshot(
        manifest=files.manifest,
        posts=PostStore(files),
        reader=nothing,
        related=nothing,
        simhashes=nothing,
        files=files,
    )


def _all_files(content: ContentSettings, snapshot: Snapshot) -> Iterator[StoredPost]:
    """Every file as if it were published; one that is not takes the place of some post."""
    by_path = {post.path: post for post in snapshot.posts}
    for number, path in enumerate(source_files(content)):
        yield by_path.get(path) or replace(snapshot.posts[number % len(snapshot.posts)], path=path)


def _extended(content: ContentSettings, snapshot: Snapshot, post: StoredPost) -> Iterator[tuple[str, list[str]]]:
    """What became of one file, step by step, with what is wrong about it."""
    one, *two = _targets(snapshot, post)
    for targets in ([one], [one], two):
        edit = acceptance(content, snapshot, post, targets)
        if not edit.changed:
            yield "unchanged", [] if targets is not two else ["two targets were not added"]
            continue
        wrong = _wrong(edit, len(targets))
        save(content, edit)
        if Path(content.directory, post.path).read_bytes() != edit.after:
            wrong.append("what was saved is something else")
        yield f"extended by {len(targets)}", wrong


def _targets(snapshot: Snapshot, post: StoredPost) -> list[StoredPost]:
    """Three posts that are not in the list, somewhere on the site."""
    count, taken = len(snapshot.posts), {post.number, *post.curated}
    numbers = [(post.number * 7 + step * step * 13 + 5) % count for step in range(200)]
    return [snapshot.posts[number] for number in list(dict.fromkeys(numbers)) if number not in taken][:3]


def _wrong(edit: Edit, targets: int) -> list[str]:
    """What is wrong about an edit, found without the code that made it."""
    wrong = [] if _still_stands(edit.before, edit.after) else ["bytes that stood there are gone"]
    before, after = _read(edit.before), _read(edit.after)
    if before is None or after is None:
        return wrong if before is after else [*wrong, "others cannot read it any more"]
    if before[1] != after[1]:
        wrong.append("the body is another")
    differing = list(_paths(before[0], after[0]))
    if len(differing) != 1:
        return [*wrong, f"{len(differing)} values differ: {differing}"]
    ((_, old, new),) = differing
    kept = old if isinstance(old, list) else [] if old in (None, "") else [old]
    names = [next(iter(one.values())) if isinstance(one, dict) and len(one) == 1 else one for one in new[len(kept) :]]
    if new[: len(kept)] != kept or len(new) != len(kept) + targets:
        wrong.append(f"the list is {new!r}, it was {old!r}")
    if any(
        name not in (one if isinstance(one, str) else [*one.values()])
        for name, one in zip(edit.added, names, strict=False)
    ):
        wrong.append(f"the list has {names!r} instead of {edit.added!r}")
    return wrong


def _still_stands(before: bytes, after: bytes) -> bool:
    """Whether all of `before` stands in `after`, in order, but for a word or quotes that say nothing."""
    start = len(commonprefix([before, after]))  # noqa: RUF071 - of bytes, not of paths
    left, right = before[start:], after[start:]
    end = len(commonprefix([left[::-1], right[::-1]]))  # noqa: RUF071 - as above
    gone, came = left[: len(left) - end], iter(right[: len(right) - end])
    return gone.strip().decode() in _NOTHING or all(byte in came for byte in gone)


def _read(data: bytes) -> tuple[dict[str, Any], str] | None:
    """Front matter and body as others read them; None where they cannot."""
    text = data.decode("utf-8-sig")
    if match := re.match(r"\+\+\+[ \t]*\r?\n(.*?\n)\+\+\+[ \t]*(?:\r?\n|\Z)(.*)", text, re.DOTALL):
        return tomllib.loads(match[1]), match[2]
    try:
        return frontmatter.parse(text)
    except (yaml.YAMLError, ValueError):
        return None


def _paths(before: Any, after: Any, path: Sequence[str] = ()) -> Iterator[tuple[Sequence[str], Any, Any]]:
    """Where two mappings differ, with both values."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before | after:
            yield from _paths(before.get(key), after.get(key), (*path, str(key)))
    elif before is None and isinstance(after, dict):
        for key in after:
            yield from _paths(None, after[key], (*path, str(key)))
    elif before != after or type(before) is not type(after):
        yield path, before, after


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("sites", type=Path, nargs="+", metavar="SITE")
    kept = [measure(site) for site in parser.parse_args().sites]  # every site is measured before the verdict
    sys.exit(not all(kept))


if __name__ == "__main__":
    main()
