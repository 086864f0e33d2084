"""The manifest of a generation: what it is, and every file with its size and SHA-256, under a seal of its own."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from indexer.errors import DamagedGeneration
from indexer.model import EngineName, Manifest
from indexer.store.damage import damaged, unreadable

FORMAT = 5
MANIFEST, CURRENT, GENERATIONS, BUILDING = "manifest.json", "current", "generations", ".building"


def read_manifest(directory: Path) -> Manifest:
    values = sealed_values(directory)
    try:
        if values["format"] != FORMAT:
            raise DamagedGeneration(
                f"generation {directory.name} has format {values['format']}; this version reads {FORMAT}. "
                "Run `seealso build`"
            )
        return _manifest(values)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise damaged(directory, MANIFEST, "is not a manifest") from None


def sealed_values(directory: Path) -> dict[str, Any]:
    """What a manifest says, in whatever format, without its seal. Raises DamagedGeneration where the seal differs."""
    try:
        data = (directory / MANIFEST).read_bytes()
    except OSError as error:
        raise unreadable(directory, MANIFEST, error) from None
    try:
        values = json.loads(data)
        values.pop("seal")
        written = _sealed(values)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise damaged(directory, MANIFEST, "is not a manifest") from None
    if written != data:
        raise damaged(directory, MANIFEST, "is not what was written (its seal differs)")
    return dict(values)


def _manifest(values: dict[str, Any]) -> Manifest:
    files = {str(name): (int(size), str(digest)) for name, (size, digest) in values["files"].items()}
    due = date.fromisoformat(values["due"]) if values["due"] else None
    return Manifest(**(values | {"engine": EngineName(values["engine"]), "files": files, "due": due}))


def manifest_bytes(manifest: Manifest) -> bytes:
    """A manifest as its file holds it."""
    return _sealed(asdict(manifest) | {"due": manifest.due.isoformat() if manifest.due else None})


def _sealed(values: dict[str, Any]) -> bytes:
    """With a seal over everything else, and only one way to write it."""
    seal = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
    return (json.dumps(values | {"seal": seal}, sort_keys=True, indent=1) + "\n").encode()
