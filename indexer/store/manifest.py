"""The manifest of a generation: what it was built from, and the size and SHA-256 of each file, under a seal."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from indexer.errors import OtherFormat
from indexer.model import EngineName, Manifest
from indexer.store.damage import damaged, unreadable

FORMAT = 10
MANIFEST, CURRENT, GENERATIONS, BUILDING = "manifest.json", "current", "generations", ".building"


def read_manifest(directory: Path) -> Manifest:
    """The manifest of a generation of this format. Raises DamagedGeneration, OtherFormat for one of another."""
    values = sealed_values(directory)
    try:
        if values["format"] != FORMAT:
            raise OtherFormat(
                f"generation {directory.name} has format {values['format']}; this version reads {FORMAT}. "
                "Run `seealso build` with this version"
            )
        return _manifest(values)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise damaged(directory, MANIFEST, "is not a manifest") from None


def sealed_values(directory: Path) -> dict[str, Any]:
    """The values of a manifest of any format, without the seal. Raises DamagedGeneration if the seal is wrong."""
    try:
        data = (directory / MANIFEST).read_bytes()
    except OSError as error:
        raise unreadable(directory, MANIFEST, error) from None
    try:
        values = json.loads(data)
        values.pop("seal")
        expected = _sealed(values)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise damaged(directory, MANIFEST, "is not a manifest") from None
    if expected != data:
        raise damaged(directory, MANIFEST, "is not what was written (its seal differs)")
    return dict(values)


def _manifest(values: dict[str, Any]) -> Manifest:
    files = {str(name): (int(size), str(digest)) for name, (size, digest) in values["files"].items()}
    due = date.fromisoformat(values["due"]) if values["due"] else None
    return Manifest(**(values | {"engine": EngineName(values["engine"]), "files": files, "due": due}))


def manifest_bytes(manifest: Manifest) -> bytes:
    """The content of a manifest's file."""
    return _sealed(asdict(manifest) | {"due": manifest.due.isoformat() if manifest.due else None})


def _sealed(values: dict[str, Any]) -> bytes:
    """The values with their seal, a SHA-256 over all of them, as canonical JSON."""
    seal = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
    return (json.dumps(values | {"seal": seal}, sort_keys=True, indent=1) + "\n").encode()
