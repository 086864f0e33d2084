"""Tokens: shown once, kept as hashes, in a file that is its owner's alone."""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from indexer import auth
from indexer.auth import expiry, known, new_token, read_tokens, revoke
from indexer.cli import main
from indexer.errors import BadTokens
from indexer.store import durable
from indexer.store.state_directory import TOKENS

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=90)


def test_a_token_has_256_bits_and_a_prefix_by_which_it_is_known(tmp_path: Path) -> None:
    text = new_token(tmp_path, "ann", LATER, NOW)
    assert text.startswith("seealso_")
    assert len(text.removeprefix("seealso_")) * 6 >= 256
    assert auth.holds_token(f"q={text}&page=1")


def test_only_the_hash_of_a_token_is_kept(tmp_path: Path) -> None:
    text = new_token(tmp_path, "ann", LATER, NOW)
    kept = (tmp_path / TOKENS).read_text()
    assert text.removeprefix("seealso_") not in kept
    assert hashlib.sha256(text.encode()).hexdigest() in kept


def test_a_token_is_known_until_it_expires(tmp_path: Path) -> None:
    ann, bob = new_token(tmp_path, "ann", LATER, NOW), new_token(tmp_path, "bob", NOW + timedelta(hours=1), NOW)
    tokens = read_tokens(tmp_path)
    assert known(tokens, ann) == tokens[0]
    assert known(tokens, bob) == tokens[1]
    assert not tokens[1].is_expired(NOW)
    assert [one.is_expired(NOW + timedelta(hours=1)) for one in tokens] == [False, True]


@pytest.mark.parametrize("text", ["", "seealso_", "x" * 100_000, "ü", "\udcff", "seealso_\x00"])
def test_no_other_text_is_a_token(tmp_path: Path, text: str) -> None:
    real = new_token(tmp_path, "ann", LATER, NOW)
    for one in (text, real + text if text else real[:-1], real.upper()):
        assert known(read_tokens(tmp_path), one) is None


def test_a_text_is_compared_with_every_hash_wherever_it_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [new_token(tmp_path, name, LATER, NOW) for name in ("ann", "bob", "cat")]
    tokens = read_tokens(tmp_path)
    compared: list[str] = []
    real = hmac.compare_digest

    def noted(a: str, b: str) -> bool:
        compared.append(a)
        return real(a, b)

    monkeypatch.setattr(hmac, "compare_digest", noted)
    for text in [*texts, "", "wrong"]:
        compared.clear()
        known(tokens, text)
        assert compared == [one.sha256 for one in tokens]


def test_a_revoked_token_is_as_good_as_none(tmp_path: Path) -> None:
    text = new_token(tmp_path, "ann", LATER, NOW)
    new_token(tmp_path, "bob", LATER, NOW)
    revoke(tmp_path, "ann")
    assert known(read_tokens(tmp_path), text) is None
    assert [one.name for one in read_tokens(tmp_path)] == ["bob"]


def test_a_name_stands_for_one_token(tmp_path: Path) -> None:
    new_token(tmp_path, "ann", LATER, NOW)
    with pytest.raises(BadTokens, match='a token "ann" already: revoke it first'):
        new_token(tmp_path, "ann", LATER, NOW)


@pytest.mark.parametrize("name", ["", ".", "-rf", "../ann", "a b", "a\n", "ann\x1b[31m", "ü", "a" * 65])
def test_an_odd_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadTokens, match="the name of a token"):
        new_token(tmp_path, name, LATER, NOW)
    assert not (tmp_path / TOKENS).exists()


def test_who_is_not_there_cannot_be_revoked(tmp_path: Path) -> None:
    with pytest.raises(BadTokens, match='no token "ann"'):
        revoke(tmp_path / "nowhere", "ann")
    new_token(tmp_path, "bob", LATER, NOW)
    with pytest.raises(BadTokens, match="seealso token list"):
        revoke(tmp_path, "ann")
    assert not (tmp_path / "nowhere").exists()


# ---------------------------------------------------------------------------------------------------- how long


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("12h", NOW + timedelta(hours=12)),
        ("90d", LATER),
        ("52w", NOW + timedelta(days=364)),
        ("2027-01-31", datetime(2027, 2, 1, tzinfo=UTC)),
        ("2026-06-01", datetime(2026, 6, 2, tzinfo=UTC)),
    ],
)
def test_a_life_is_hours_days_weeks_or_up_to_the_end_of_a_day(text: str, moment: datetime) -> None:
    assert expiry(text, NOW) == moment


@pytest.mark.parametrize(
    "text", ["0d", "53w", "99999w", "2026-05-31", "2027-06-02", "9999-12-31", "", "d", "-1d", "1y", "١d"]
)
def test_a_life_of_nothing_or_more_than_a_year_is_refused(text: str) -> None:
    with pytest.raises(BadTokens, match=r"is no time|within a year"):
        expiry(text, NOW)


@given(st.text(max_size=12))
def test_whatever_is_said_is_a_moment_within_a_year_or_an_error(text: str) -> None:
    with suppress(BadTokens):
        assert NOW < expiry(text, NOW) <= NOW + timedelta(days=366)


# --------------------------------------------------------------------------------------------------- the file


def test_the_file_is_its_owners_alone_and_git_is_told_to_leave_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        new_token(tmp_path / ".seealso", "ann", LATER, NOW)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / ".seealso" / TOKENS).stat().st_mode) == 0o600
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    status = subprocess.run(
        ["git", "-C", tmp_path, "status", "--porcelain", "-uall"], capture_output=True, text=True, check=True
    )
    assert status.stdout == "?? .seealso/.gitignore\n"


def test_what_stands_in_gitignore_stays(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("notes.md")
    new_token(tmp_path, "ann", LATER, NOW)
    new_token(tmp_path, "bob", LATER, NOW)
    assert (tmp_path / ".gitignore").read_text() == "notes.md\ntokens.json*\n"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644])
def test_a_file_that_others_may_read_or_write_is_not_trusted(tmp_path: Path, mode: int) -> None:
    new_token(tmp_path, "ann", LATER, NOW)
    (tmp_path / TOKENS).chmod(mode)
    for use in (read_tokens, lambda folder: new_token(folder, "bob", LATER, NOW), lambda folder: revoke(folder, "ann")):
        with pytest.raises(BadTokens, match="chmod 600"):
            use(tmp_path)


def test_a_link_in_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    new_token(tmp_path / "real", "ann", LATER, NOW)
    (tmp_path / TOKENS).symlink_to(tmp_path / "real" / TOKENS)
    with pytest.raises(BadTokens, match="cannot be read"):
        read_tokens(tmp_path)


def test_a_pipe_in_place_of_the_file_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / TOKENS, 0o600)
    with pytest.raises(BadTokens, match="not a regular file"):
        read_tokens(tmp_path)


GOOD = {"name": "ann", "sha256": "0" * 64, "made": NOW.isoformat(), "expires": LATER.isoformat()}


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", "[" * 40_000, "\xff", '{"tokens": 5}', '{"tokens": ["ann"]}',
        *(json.dumps({"tokens": [GOOD | change]}) for change in (
            {"sha256": "0" * 63}, {"sha256": ""}, {"name": "a b"}, {"name": 5}, {"made": "yesterday"},
            {"expires": "2030-01-01T00:00:00"}, {"expires": None},
        )),
    ],
    ids=lambda text: text[:50],
)  # fmt: skip
def test_a_damaged_file_is_named_and_never_taken_for_an_empty_one(tmp_path: Path, text: str) -> None:
    (tmp_path / TOKENS).write_bytes(text.encode("latin-1"))
    (tmp_path / TOKENS).chmod(0o600)
    with pytest.raises(BadTokens, match=f"{TOKENS} is damaged"):
        read_tokens(tmp_path)


def test_what_a_killed_run_left_is_no_hindrance_and_no_way_in(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("untouched")
    (tmp_path / f"{TOKENS}.new").symlink_to(other)
    new_token(tmp_path, "ann", LATER, NOW)
    assert other.read_text() == "untouched"
    assert [one.name for one in read_tokens(tmp_path)] == ["ann"]


def test_of_many_made_at_once_none_is_lost(tmp_path: Path) -> None:
    names = [f"editor-{number}" for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: new_token(tmp_path, name, LATER, NOW), names))
    assert sorted(one.name for one in read_tokens(tmp_path)) == sorted(names)


# ------------------------------------------------------------------------------------------------- the command


def folder_of(root: Path) -> Path:
    """Where the command keeps tokens while no settings file says otherwise."""
    return root / "content" / ".seealso"


def run(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--content", str(root / "content"), "token", *arguments])


def test_the_command_shows_a_token_once_and_alone_on_standard_output(tmp_path: Path) -> None:
    made = run(tmp_path, "new", "ann", "--expires", "12h")
    text = made.stdout.strip()
    (kept,) = read_tokens(folder_of(tmp_path))
    assert known([kept], text) == kept
    assert text not in made.stderr
    assert "ann may edit until" in made.stderr
    listed = run(tmp_path, "list").output + run(tmp_path, "list", "--json").output
    assert "ann: made " in listed
    assert text not in listed
    assert hashlib.sha256(text.encode()).hexdigest() not in listed


def test_a_token_lives_for_ninety_days_unless_told_otherwise(tmp_path: Path) -> None:
    run(tmp_path, "new", "ann")
    (token,) = read_tokens(folder_of(tmp_path))
    assert token.expires - token.made == timedelta(days=90)


def test_the_list_says_which_tokens_have_expired(tmp_path: Path) -> None:
    assert "no tokens" in run(tmp_path, "list").stdout
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    new_token(folder_of(tmp_path), "ann", long_ago + timedelta(days=1), long_ago)
    run(tmp_path, "new", "bob")
    tokens = json.loads(run(tmp_path, "list", "--json").stdout)["tokens"]
    assert [(one["name"], one["expired"]) for one in tokens] == [("ann", True), ("bob", False)]
    assert "ann: made 2020-01-01 00:00 UTC, expired 2020-01-02 00:00 UTC" in run(tmp_path, "list").stdout


def test_revoking_is_said_and_a_mistake_is_a_line_and_an_exit_code(tmp_path: Path) -> None:
    run(tmp_path, "new", "ann")
    assert run(tmp_path, "revoke", "ann").stdout == "ann may no longer edit\n"
    again = run(tmp_path, "revoke", "ann")
    assert (again.exit_code, again.stderr) == (78, 'seealso: there is no token "ann", nor any other\n')


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    folder_of(tmp_path).parent.mkdir()
    folder_of(tmp_path).write_text("a file, not a folder")
    made = run(tmp_path, "new", "ann")
    assert made.exit_code == 78
    assert str(folder_of(tmp_path)) in made.stderr
    assert made.stdout == ""


def test_who_waits_too_long_for_another_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "LOCK_SECONDS", 0.05)
    folder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    with pytest.raises(BadTokens, match="try again"):
        new_token(tmp_path, "ann", LATER, NOW)
    os.close(folder)
