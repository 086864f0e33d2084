"""The lists that readers see, as a data file for a site that is built once and served as files.

JSON and YAML say the same. A file whose bytes are right already is not touched, so that no build starts for nothing.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from indexer.errors import CannotWrite
from indexer.store.durable import lock, replace_at
from indexer.store.regular_files import opened_folder

# A JSON string is a double-quoted YAML scalar but for these: YAML has them escaped, or takes them for ends of lines.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")

Lists = Mapping[str, Sequence[Mapping[str, Any]]]


def as_json(lists: Lists) -> str:
    return json.dumps(lists, ensure_ascii=False, indent=1) + "\n"


def as_yaml(lists: Lists) -> str:
    """YAML that every parser reads alike: all names and texts quoted, as in JSON."""
    if not lists:
        return "{}\n"
    lines = []
    for name, entries in lists.items():
        lines.append(f"{_scalar(name)}:" + " []" * (not entries))
        for entry in entries:
            pairs = [f"{key}: {_scalar(value)}" for key, value in entry.items()]
            lines += [f"  - {pairs[0]}", *(f"    {pair}" for pair in pairs[1:])]
    return "\n".join(lines) + "\n"


def _scalar(value: Any) -> str:
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def write_if_new(file: Path, text: str) -> bool:
    """Whether the file was written: replaced in one step, or left alone where it says that already.

    Raises CannotWrite.
    """
    data = text.encode("utf-8", "backslashreplace")
    with suppress(OSError):
        if file.read_bytes() == data:
            return False
    try:
        with opened_folder(file.parent, follow=True) as folder:
            lock(folder)  # two exports at once would remove each other's new file
            replace_at(folder, file.name, data, lambda descriptor: os.fchmod(descriptor, _mode(file)))
    except OSError as error:
        raise CannotWrite(f"{file} cannot be written: {error.strerror}; is its folder there and yours?") from None
    return True


def _mode(file: Path) -> int:
    """That of the file as it is, else readable for all: others build the site from it."""
    try:
        return file.stat().st_mode & 0o777
    except OSError:
        return 0o644
