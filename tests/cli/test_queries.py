"""seealso queries: what it prints, and that what is forgotten is gone."""

from __future__ import annotations

import csv
import io
import json
import pty
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import Site
from serving import environment

from indexer.cli import main
from indexer.queries.keystrokes import Click, Question
from indexer.queries.storage import FILE, FOLDER, open_queries

NOW = datetime.now(UTC)


def seealso(site: Site, *arguments: str) -> Result:
    result = CliRunner().invoke(main, ["--content", str(site.content), "--index", str(site.index), *arguments])
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def record(site: Site, *questions: tuple[str, int, Sequence[Click]], ago: int = 0, times: int = 1) -> None:
    """questions: text, hits, clicks."""
    with open_queries(site.index / FOLDER, NOW) as queries:
        for _ in range(times):
            asked = [Question(text, hits, "", "en", list(clicks)) for text, hits, clicks in questions]
            queries.add((NOW - timedelta(days=ago)).date(), asked)


@pytest.fixture
def asked(site: Site) -> Site:
    site.post("soup.md", "Onion soup", "Slowly.")
    site.post("rye.md", "Rye bread", "Sour.")
    site.build()
    record(site, ("rye", 1, [Click("/rye/", 1)]), times=3)
    record(site, ("broth", 0, [Click("/soup/", 0)]), times=2)
    record(site, ("=cmd()", 0, []))
    return site


def test_the_tables_say_what_to_do(asked: Site) -> None:
    assert seealso(asked, "queries").stdout.splitlines() == [
        "3 questions, asked 6 times, with 3 clicks",
        "",
        "Most asked",
        "  3 × rye: 1 hit, 3 clicks, place 1.0",
        "  2 × broth: 0 hits, 0 clicks; add alias “broth” to soup.md, which was opened after asking again",
        "  1 × =cmd(): 0 hits, 0 clicks",
        "",
        "Without hits",
        "  2 × broth: 0 hits, 0 clicks; add alias “broth” to soup.md, which was opened after asking again",
        "  1 × =cmd(): 0 hits, 0 clicks",
    ]


def test_a_terminal_gets_tables(asked: Site) -> None:
    ours, theirs = pty.openpty()
    command = [str(Path(sys.executable).with_name("seealso")), "--index", str(asked.index), "queries"]
    subprocess.run(command, stdout=theirs, env=environment() | {"COLUMNS": "100", "TERM": "dumb"}, check=True)
    with open(ours, "rb", buffering=0) as terminal:
        said = terminal.read(65_536).decode()
    assert re.search(r"times +question +hits +clicks +place", said)
    assert re.search(r"3 +rye +1 +3 +1\.0", said)
    assert re.search(r"broth\S*: add alias “broth” to soup.md, which was opened after asking again", said)


def test_json_names_the_post_that_is_meant(asked: Site) -> None:
    answer = json.loads(seealso(asked, "queries", "--json").stdout)
    (first, second) = answer["without_hits"]
    assert (answer["times"], answer["clicks"], first["question"], second["question"]) == (6, 3, "broth", "=cmd()")
    assert first["advice"]["step"] == "alias"
    assert first["advice"]["post"] == "soup.md"


def test_csv_has_a_line_a_question_that_no_spreadsheet_runs(asked: Site) -> None:
    rows = list(csv.DictReader(io.StringIO(seealso(asked, "queries", "--csv").stdout)))
    assert [(row["question"], row["times"], row["step"], row["post"]) for row in rows] == [
        ("rye", "3", "none", ""),
        ("broth", "2", "alias", "soup.md"),
        ("'=cmd()", "1", "none", ""),
    ]


def test_only_the_last_days_are_shown_if_so_many_are_asked_for(asked: Site) -> None:
    record(asked, ("lamb", 1, ()), ago=5)
    assert "lamb" in seealso(asked, "queries").stdout
    assert "lamb" in seealso(asked, "queries", "--days", "6").stdout
    assert "lamb" not in seealso(asked, "queries", "--days", "5").stdout


def test_what_is_too_old_is_removed_though_the_service_does_not_run(asked: Site) -> None:
    record(asked, ("lamb", 1, ()), ago=200, times=9)
    seealso(asked, "queries")
    assert b"lamb" not in (asked.index / FOLDER / FILE).read_bytes()


def test_what_is_forgotten_is_gone(asked: Site) -> None:
    assert seealso(asked, "queries", "--forget", "BRO").stdout == "1 question forgotten\n"
    assert "broth" not in seealso(asked, "queries").stdout
    assert seealso(asked, "queries", "--forget-all").stdout == "2 questions forgotten\n"
    assert seealso(asked, "queries").stdout.startswith("nothing is recorded")
    assert seealso(asked, "queries", "--forget", " ").exit_code == 2


def test_where_nothing_is_recorded_nothing_is_made(site: Site) -> None:
    said = seealso(site, "queries").stdout
    assert said == (
        "nothing is recorded of what visitors ask; `service.record_queries = true` in seealso.toml records it\n"
    )
    assert json.loads(seealso(site, "queries", "--json").stdout)["most_asked"] == []
    assert seealso(site, "queries", "--forget-all").stdout == "0 questions forgotten\n"
    assert not site.index.exists()


def test_a_file_that_cannot_be_used_is_named(asked: Site) -> None:
    (asked.index / FOLDER / FILE).unlink()
    (asked.index / FOLDER / FILE).mkdir()
    result = seealso(asked, "queries")
    assert (result.exit_code, result.stderr) == (
        74,
        f"seealso: {asked.index / FOLDER / FILE} cannot be used (unable to open database file)\n",
    )
