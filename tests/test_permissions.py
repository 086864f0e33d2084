"""What the user who asks may not read: said to the operator, a 503 to visitors, and never a traceback."""

from __future__ import annotations

import json
import logging
import os
import tempfile
import traceback
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import TODAY, Site

from indexer.cli import main
from indexer.content.site import read_site
from indexer.errors import SeeAlsoError
from service.app import create_app

NOBODY = 65534


@pytest.fixture
def site() -> Iterator[Site]:
    """A site with two generations, in a folder that another user can reach; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        made = Site(Path(folder) / "site")
        made.post("lamb.md", "Lamb stew", "Brown the lamb well. " * 20_000)
        made.build()
        made.post("rye.md", "Rye bread", "Sour.")
        made.build()
        asked(made)  # loads whatever is loaded late: another user may not read the interpreter's own files
        yield made


def as_nobody(ask: Callable[[], Any]) -> Any:
    """What another user is answered: root may read everything, so it asks in a child that is nobody."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            os.write(writing, json.dumps(ask()).encode())
        except BaseException:  # noqa: BLE001  # it is the parent that fails
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return json.loads(said)


def asked(site: Site) -> dict[str, Any]:
    """A service that starts now: statuses, what it says of itself, and its log."""
    log = StringIO()
    handler = logging.StreamHandler(log)
    logging.getLogger("seealso").addHandler(handler)
    client = create_app(site.settings).test_client()
    answers = [client.get(path) for path in ("/healthz", "/readyz", "/api/v1/search?q=lamb", "/?q=lamb", "/lamb/")]
    result = CliRunner().invoke(main, ["--content", str(site.content), "--index", str(site.index), "status"])
    logging.getLogger("seealso").removeHandler(handler)
    return {
        "statuses": [answer.status_code for answer in answers],
        "texts": [answer.text for answer in answers],
        "ready": answers[1].json,
        "log": log.getvalue(),
        "status": [result.exit_code, result.stderr],
    }


def close(site: Site, name: str) -> Path:
    path = site.index / name if name else site.index
    path.chmod(0o000)
    return path


EVERYTHING = ["", "generations"]
OF_A_GENERATION = ["", "/manifest.json", "/posts", "/posts/facts.npy", "/posts/texts.npy", "/fulltext"]


@pytest.mark.parametrize("name", EVERYTHING)
def test_an_index_that_may_not_be_read_is_a_503_and_the_log_says_what_to_do(site: Site, name: str) -> None:
    closed = close(site, name)
    said = as_nobody(lambda: asked(site))
    closed.chmod(0o755)
    assert said["statuses"] == [200, 503, 503, 503, 503]
    assert str(site.index) not in "".join(said["texts"])
    assert "cannot be read (Permission denied)" in said["log"]
    assert "chmod -R a+rX" in said["log"]
    assert "Traceback" not in said["log"]
    assert said["status"][0] == 65, said["status"]
    assert "cannot be read (Permission denied)" in said["status"][1]
    assert as_nobody(lambda: asked(site))["statuses"] == [200] * 5


@pytest.mark.parametrize("name", ["current", *(f"generations/000002{one}" for one in OF_A_GENERATION)])
def test_where_one_thing_may_not_be_read_the_last_good_generation_serves_and_the_trouble_is_told(
    site: Site, name: str
) -> None:
    close(site, name)
    said = as_nobody(lambda: asked(site))
    assert said["statuses"] == [200] * 5
    assert said["ready"]["generation"] == ("000002" if name == "current" else "000001")
    (problem,) = said["ready"]["problems"]
    assert "cannot be read (Permission denied)" in problem
    assert "chmod -R a+rX" in problem
    assert str(site.index.parent) not in problem


def read_while(site: Site, happens: Callable[[], object]) -> str:
    """What another user, whose content it is, is told who reads it while something happens after the first file."""
    for path in (site.content, *site.content.rglob("*")):
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)

    def after_the_first(step: str, done: int, of: int) -> None:
        if done == 1:
            happens()

    def ask() -> str:
        try:
            reading = read_site(site.settings.content, TODAY, progress=after_the_first)
        except SeeAlsoError as error:
            return f"{type(error).__name__}: {error}"
        return ", ".join(f"{one.path}: {one.detail}" for one in reading.excluded)

    return str(as_nobody(ask))


def test_a_content_folder_that_may_not_be_read_is_no_content(site: Site) -> None:
    site.content.chmod(0o000)
    said = read_while(site, lambda: None)
    assert said == f"NoContent: the content folder {site.content} cannot be read (Permission denied)"


def test_a_file_that_may_not_be_read_is_a_line_of_the_report(site: Site) -> None:
    said = read_while(site, lambda: (site.content / "rye.md").chmod(0o000))
    assert said == "rye.md: Permission denied"


def test_so_is_a_folder_that_could_never_be_read(site: Site) -> None:
    site.post("bread/oats.md", "Oats")
    (site.content / "bread").chmod(0o000)
    said = read_while(site, lambda: None)
    (site.content / "bread").chmod(0o755)
    assert said == "bread: Permission denied"


def test_a_folder_that_may_no_longer_be_read_ends_the_reading(site: Site) -> None:
    site.post("rye/oats.md", "Oats")
    said = read_while(site, lambda: (site.content / "rye").chmod(0o000))
    (site.content / "rye").chmod(0o755)
    assert said.startswith(f"ContentVanished: rye went away while {site.content} was read (Permission denied)")
