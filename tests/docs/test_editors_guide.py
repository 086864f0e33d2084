"""The how-to for editors: its commands, run in its order by a shell against a real service over the demo content."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import Site
from serving import environment, serving

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "how-to" / "let-editors-use-the-api.md"


def script(port: int) -> str:
    """The chapter on asking and deciding, for a service that is up on another port."""
    chapter = GUIDE.read_text(encoding="utf-8").partition("## Ask, accept, dismiss")[2].partition("\n## ")[0]
    lines = "\n".join(re.findall(r"^```sh\n(.*?)^```$", chapter, re.MULTILINE | re.DOTALL))
    assert "seealso serve &\n" in lines
    return lines.replace("seealso serve &\n", "").replace("127.0.0.1:8000", f"127.0.0.1:{port}")


@pytest.mark.skipif(shutil.which("curl") is None, reason="the guide uses curl")
def test_the_commands_of_the_guide_do_what_it_says(site: Site, demo_blog: Site, warm_seealso: Path) -> None:
    site.copy(demo_blog)
    root = site.content.parent
    environ = environment() | {
        "PATH": f"{warm_seealso.parent}:{os.environ['PATH']}",
        "SEEALSO_CONTENT_DIRECTORY": str(site.content),
    }
    with serving(site.content, site.index) as server:
        done = subprocess.run(
            ["sh", "-eu", "-c", script(server.port)], cwd=root, env=environ, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    listed, dismissed, accepted, draft = json_documents(done.stdout)
    assert listed["total"] > 1
    assert [one["decision"] for one in dismissed["decided"]] == ["dismissed"]
    assert accepted["added"]
    assert accepted["patch"].count("\n+") == 1 + len(accepted["added"])
    assert draft["suggestions"]
    assert (root / "token").stat().st_mode & 0o077 == 0
    assert server.said.count("] edit {") == 2


def json_documents(text: str) -> list[dict[str, Any]]:
    """The JSON documents of a text that has nothing between them."""
    found, place, decoder = [], 0, json.JSONDecoder()
    while place < len(text):
        document, place = decoder.raw_decode(text, place)
        found.append(document)
    return found
