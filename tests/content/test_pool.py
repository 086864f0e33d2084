"""Work is shared out to processes, and however it ends, none of them is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from indexer.content.pool import in_workers
from indexer.errors import BuildFailed

# What workers do here; they find this module where the tests do.


def doubled(number: int) -> tuple[int, int]:
    return number * 2, os.getpid()


def fails(number: int) -> int:
    raise ValueError(f"cannot do {number}")


def dies(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def prints(number: int) -> int:
    sys.stdout.write("a library's greeting\n")
    os.write(1, b"and another\n")
    return number


def hangs(folder: str) -> None:
    Path(folder, str(os.getpid())).touch()
    while True:
        time.sleep(0.01)


def is_there(process: int) -> bool:
    """Whether a process is at work; one that has ended and is not yet waited for is not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(claim: object, seconds: float = 20.0) -> bool:
    """Whether a claim comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if claim():  # type: ignore[operator]
            return True
        time.sleep(0.01)
    return False


def test_every_job_is_done_once_whoever_does_it() -> None:
    made: dict[int, tuple[int, int]] = {}
    in_workers(doubled, range(20), 3, made.__setitem__)
    assert {number: twice for number, (twice, _) in made.items()} == {number: number * 2 for number in range(20)}
    assert not any(is_there(process) for _, process in made.values())


def test_no_more_workers_start_than_there_are_jobs() -> None:
    made: dict[int, tuple[int, int]] = {}
    in_workers(doubled, [1], 8, made.__setitem__)
    in_workers(doubled, [], 8, made.__setitem__)
    assert len(made) == 1


def test_what_a_worker_prints_is_no_answer(capfd: pytest.CaptureFixture[str]) -> None:
    made: dict[int, int] = {}
    in_workers(prints, [1, 2], 1, made.__setitem__)
    assert made == {0: 1, 1: 2}
    assert capfd.readouterr().out == ""


def test_an_error_of_the_work_is_raised_here_with_where_it_happened() -> None:
    with pytest.raises(ValueError, match="cannot do 7") as raised:
        in_workers(fails, [7, 7, 7], 2, lambda number, made: None)
    assert "in fails" in "".join(raised.value.__notes__)


def test_a_worker_that_is_killed_ends_the_build_with_the_cause() -> None:
    with pytest.raises(BuildFailed, match=r"was ended by SIGKILL: was there too little memory\?"):
        in_workers(dies, [1, 2, 3], 2, lambda number, made: None)


def test_an_error_while_taking_leaves_no_worker_even_one_that_hangs(tmp_path: Path) -> None:
    def interrupted(number: int, made: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_workers(doubled_or_hangs, [str(tmp_path), "", ""], 2, interrupted)
    assert not any(is_there(int(path.name)) for path in tmp_path.iterdir())


def doubled_or_hangs(folder: str) -> None:
    if folder:
        hangs(folder)


PARENT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have its jobs ignore it
sys.path[:0] = sys.argv[2:]
from test_pool import hangs
from indexer.content.pool import in_workers
in_workers(hangs, [sys.argv[1]] * 2, 2, print)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_workers_end_by_themselves_when_their_build_is_gone(tmp_path: Path, how: signal.Signals) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), *sys.path], stderr=subprocess.DEVNULL, start_new_session=True
    )
    assert until(lambda: len(list(tmp_path.iterdir())) == 2)
    workers = [int(path.name) for path in tmp_path.iterdir()]
    assert all(map(is_there, workers))
    parent.send_signal(how)
    parent.wait(timeout=60)
    assert until(lambda: not any(map(is_there, workers)), seconds=5)
