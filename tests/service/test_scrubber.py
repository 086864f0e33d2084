"""Damage done to a file while it is served, with no byte more or less, is found by reading it again."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from conftest import Site, json_of, unsealed
from flask import Flask
from serving import until

from service.app import create_app
from service.follower import GenerationFollower

ROUND = 0.5


@pytest.fixture
def site(site: Site) -> Site:
    """A site with two generations whose texts are large enough to be mapped."""
    for words in ("Supper, old edition. ", "Supper, new edition. "):
        site.post("lamb.md", "Lamb stew", words * 20_000)
        site.build()
    return site


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    logging.getLogger("seealso").addHandler(caplog.handler)
    yield caplog
    logging.getLogger("seealso").removeHandler(caplog.handler)


def serving(site: Site, seconds: float = ROUND) -> Flask:
    app = create_app(site.settings)
    app.extensions["seealso-follower"] = GenerationFollower(site.index, seconds)
    assert ready(app)["generation"] == "000002"
    return app


def ready(app: Flask) -> dict[str, Any]:
    answer = app.test_client().get("/readyz")
    return dict(json_of(answer)) if answer.status_code == 200 else {"generation": None, "problems": []}


def flip(file: Path, place: int = -100) -> None:
    """Changes one bit in place: the size stays."""
    with open(unsealed(file), "r+b") as opened:
        opened.seek(place, os.SEEK_END if place < 0 else os.SEEK_SET)
        byte = opened.read(1)[0]
        opened.seek(-1, os.SEEK_CUR)
        opened.write(bytes([byte ^ 1]))


def texts(site: Site, generation: str) -> Path:
    return site.index / "generations" / generation / "posts" / "texts.npy"


@pytest.mark.parametrize("place", [-100, 200_000, 1_000])
def test_a_bit_that_is_flipped_in_what_is_served_is_found_in_a_round_and_the_last_good_generation_serves(
    site: Site, log: pytest.LogCaptureFixture, place: int
) -> None:
    app = serving(site)
    sleep(ROUND * 1.5)  # it was good for a round, and is damaged in the midst of another
    flip(texts(site, "000002"), place)
    started = monotonic()
    until(lambda: ready(app)["generation"] == "000001", "the older generation serves")
    # The file is read from its begin once more and to its end; the machine may have other things to do meanwhile.
    assert monotonic() - started < 2 * ROUND + 1
    (problem,) = ready(app)["problems"]
    assert "generation 000002 is damaged: posts/texts.npy is not what was written" in problem
    assert "posts/texts.npy is not what was written (SHA-256 differs)" in log.text
    assert "old edition" in app.test_client().get("/api/v1/search?q=supper").text


def test_where_no_other_generation_is_good_nothing_is_answered(site: Site) -> None:
    app = serving(site)
    for generation in ("000001", "000002"):
        flip(texts(site, generation))
    until(lambda: ready(app)["generation"] is None, "nothing serves")
    assert app.test_client().get("/api/v1/search?q=supper").status_code == 503
    site.build()
    until(lambda: ready(app)["generation"] == "000003", "what was built serves")


def test_an_answer_that_was_being_made_from_what_is_found_damaged_is_not_sent(site: Site) -> None:
    app = serving(site)
    current: GenerationFollower = app.extensions["seealso-follower"]
    answered_from = current.get()
    flip(texts(site, "000002"))
    until(lambda: ready(app)["generation"] == "000001", "the older generation serves")
    with pytest.raises(Exception, match=r"texts\.npy is not what was written"):
        current.check(answered_from)
    assert ready(app)["generation"] == "000001"


def test_it_is_the_file_that_is_mapped_that_is_read_whatever_lies_under_its_name(
    site: Site, log: pytest.LogCaptureFixture
) -> None:
    app = serving(site)
    path = texts(site, "000002")
    shutil.copyfile(path, path.with_name("copy"))
    mapped = os.open(unsealed(path), os.O_RDWR)
    path.with_name("copy").replace(path)
    os.pwrite(mapped, b"\x00", 200_000)
    os.close(mapped)
    until(lambda: "found in what is served" in log.text, "the damage is found")
    until(lambda: ready(app)["generation"] == "000002", "the good copy serves")
    assert ready(app)["problems"] == []


def test_another_file_under_the_name_is_no_damage_to_what_is_served(site: Site, log: pytest.LogCaptureFixture) -> None:
    app = serving(site, 0.1)
    path = texts(site, "000002")
    path.unlink()
    path.write_bytes(b"something else")
    sleep(0.5)
    assert (ready(app)["generation"], ready(app)["problems"]) == ("000002", [])
    assert log.text == ""


def started_by(work: Callable[[], object]) -> list[threading.Thread]:
    """The scrubbers that were not there before."""
    before = set(threading.enumerate())
    work()
    return [one for one in threading.enumerate() if one.name == "scrubber" and one not in before]


def test_zero_seconds_read_nothing_again(site: Site) -> None:
    assert started_by(GenerationFollower(site.index, 0).get) == []


@pytest.mark.parametrize("ends", ["a new generation", "the end of the service"])
def test_what_is_no_longer_served_is_no_longer_read(site: Site, ends: str) -> None:
    current: GenerationFollower | None = GenerationFollower(site.index, 1_000)
    assert current
    (mine,) = started_by(current.get)
    if ends == "a new generation":
        site.post("lamb.md", "Lamb stew", "Supper, newest edition. " * 20_000)
        site.build()
        get: Callable[[], object] = current.get
        until(lambda: get() is not None and not mine.is_alive(), "the reading ends")
    else:
        current = None
        gc.collect()
        until(lambda: not mine.is_alive(), "the reading ends")
