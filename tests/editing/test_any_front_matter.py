"""Thousands of front matters, extended: the list grows, nothing else is touched, or there is a reason."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Site
from front_matters import KEYS, Written, toml_files, yaml_files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.editing.edit import Edit
from indexer.editing.write_back import acceptance
from indexer.errors import CannotWrite
from indexer.settings import ContentSettings
from indexer.snapshot import Snapshot

TARGETS = ("2021-03-02-stew", "oat cakes")


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> tuple[ContentSettings, Snapshot]:
    """A small site, built; bread.md is written anew for every example."""
    site = Site(tmp_path_factory.mktemp("site"))
    for name in ("2021-03-01-rye", *TARGETS, "2021-03-03-soup", "2021-03-04-cocoa", "baking", "bread"):
        site.post(f"{name}.md", name, url=f"/food/{name[11:] or name}/")
    site.build()
    return site.settings.content, site.open()


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(written=yaml_files(), count=st.integers(1, 2))
def test_yaml_grows_by_its_list_alone(snapshot: tuple[ContentSettings, Snapshot], written: Written, count: int) -> None:
    extended(*snapshot, written, count)


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(written=toml_files(), count=st.integers(1, 2))
def test_toml_grows_by_its_list_alone(snapshot: tuple[ContentSettings, Snapshot], written: Written, count: int) -> None:
    extended(*snapshot, written, count)


def extended(content: ContentSettings, snapshot: Snapshot, written: Written, count: int) -> None:
    """Accepts targets, and looks at the outcome without the code that made it."""
    file = Path(content.directory, "bread.md")
    file.write_bytes(written.data)
    post = snapshot.post("bread")
    targets = [snapshot.post(name) for name in TARGETS[:count]]
    try:
        edit = acceptance(content, snapshot, post, targets)
    except CannotWrite as error:
        refusal = str(error)
    else:
        looked_at(edit, written, count)
        file.write_bytes(edit.after)
        assert not acceptance(content, snapshot, post, targets).changed
        return
    assert written.shared, refusal
    assert "an alias or an anchor" in refusal


def looked_at(edit: Edit, written: Written, count: int) -> None:
    """Asserts what must be true of an edit."""
    assert len(edit.added) == count
    assert still_stands(edit.before, edit.after)
    before, after = values(edit.before), values(edit.after)
    old = list_in(before)
    assert list_in(after)[: len(old)] == old
    assert names_in(list_in(after)) == [*(written.names or []), *edit.added]
    assert without_list(after) == without_list(before)


def still_stands(before: bytes, after: bytes) -> bool:
    """Whether nothing was taken out but a value that says nothing, by a comparison of all bytes."""
    lines = difflib.SequenceMatcher(None, before.split(b"\n"), after.split(b"\n"), autojunk=False).get_opcodes()
    old, new = before.split(b"\n"), after.split(b"\n")
    for what, start, end, new_start, new_end in lines:
        gone, came = b"\n".join(old[start:end]), iter(b"\n".join(new[new_start:new_end]))
        if what == "delete" or not all(byte in came for byte in gone):
            emptied = gone.replace(b"null", b"").replace(b"~", b"").replace(b"''", b"").replace(b" ", b"")
            came = iter(b"\n".join(new[new_start:new_end]))
            if what == "delete" or not all(byte in came for byte in emptied):
                return False
    return True


def values(data: bytes) -> dict[str, Any]:
    """Front matter as yaml and tomllib read it, dates and numbers too."""
    text = data.decode("utf-8-sig").replace("\r\n", "\n")
    fence = text[:3]
    block = (
        text.partition("\n")[2].partition(f"\n{fence}\n")[0]
        if f"\n{fence}\n" in text
        else text[4:].rpartition(f"\n{fence}")[0]
    )
    return tomllib.loads(block + "\n") if fence == "+++" else yaml.safe_load(block + "\n") or {}


def list_in(values: dict[str, Any]) -> list[Any]:
    """The related posts, of whichever key."""
    tables = (values, values.get("extra") or {})
    found = [table[key] for table in tables for key in KEYS if table.get(key)]
    return found[0] if found and isinstance(found[0], list) else []


def names_in(items: list[Any]) -> list[str]:
    return [item["url"] if isinstance(item, dict) else item for item in items]


def without_list(values: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in values.items() if key not in KEYS}
    extra = {key: value for key, value in (kept.pop("extra", None) or {}).items() if key not in KEYS}
    return kept | {"extra": extra}
