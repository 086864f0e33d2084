"""settings: what is in force, and where each value comes from."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click

from indexer.cli.command import Flags, json_option, main
from indexer.cli.terminal import print_json
from indexer.output.sanitize import sanitized
from indexer.settings import Setting

# Who signs in to an address, as in https://ann:secret@blog.example.
_USER = re.compile(r"(?<=://)[^/@\s]+@")


@main.command()
@json_option
@click.pass_obj
def settings(flags: Flags, as_json: bool) -> None:
    """Show the settings that are in force, and where each comes from."""
    found = flags.settings_in_force()
    if as_json:
        keys = [{"name": one.name, "value": _shown(one), "from": one.origin.value, "by": one.by} for one in found]
        print_json({"settings": keys})
        return
    for one in found:
        click.echo(sanitized(f"{one.name} = {json.dumps(_shown(one), ensure_ascii=False)}  # {_origin(one)}"))


def _origin(setting: Setting) -> str:
    return f"{setting.origin.value}: {setting.by}" if setting.by else setting.origin.value


def _shown(setting: Setting) -> Any:
    """Its value, but of a secret only whether there is one."""
    return "…" if setting.is_secret and setting.value else _plain(setting.value)


def _plain(value: Any) -> Any:
    """A value as JSON has it, without names and passwords in addresses."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return _USER.sub("…@", str(value)) if isinstance(value, str | Path) else value
