"""Who may edit over HTTP: tokens, of which only the SHA-256 is stored.

    tokens.json    beside decisions.jsonl, readable by its owner only and never in git: .gitignore names it

A token is 256 random bits from the operating system, shown once. It is compared with every stored one, by hashes of
equal length in constant time, so the response time reveals nothing about any of them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from shlex import quote
from typing import Any

from indexer.errors import BadTokens
from indexer.store.durable import exclusive_lock, replace_file
from indexer.store.regular_files import bytes_of, opened_file
from indexer.store.state_directory import GITIGNORE, TOKENS, keep_out_of_git

PREFIX = "seealso_"  # by which people and secret scanners recognise a token
LONGEST_LIFE = timedelta(days=366)
OWN = 0o600

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SPAN = re.compile(r"(\d{1,5})([hdw])", re.ASCII)
_TOKEN = re.compile(PREFIX + r"[\w-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """What is stored of a token. sha256: of the whole token, in hex. made, expires: in UTC."""

    name: str
    sha256: str
    made: datetime
    expires: datetime

    def is_expired(self, now: datetime) -> bool:
        return self.expires <= now


def known(tokens: Sequence[Token], text: str) -> Token | None:
    """The stored token with this text, expired or not. Compares with all of them, so that it takes the same time."""
    digest = _hash(text)
    found = None
    for token in tokens:
        if hmac.compare_digest(token.sha256, digest):
            found = token
    return found


def holds_token(text: str) -> bool:
    """Whether a text contains what looks like a token of ours."""
    return _TOKEN.search(text) is not None


def expiry(text: str, now: datetime) -> datetime:
    """The moment that `12h`, `90d`, `52w` or the end of the day `2027-01-31` (UTC) means. Raises BadTokens."""
    if span := _SPAN.fullmatch(text):
        moment = (
            now + int(span[1]) * {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}[span[2]]
        )
    else:
        try:
            moment = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC) + timedelta(days=1)
        except (ValueError, OverflowError):
            raise BadTokens(f"{text!r} is no time: write 12h, 90d, 52w or a day such as 2027-01-31") from None
    if not now < moment <= now + LONGEST_LIFE:
        raise BadTokens(f"a token must expire within a year from now, not {text}: give --expires 90d, for example")
    return moment


# ------------------------------------------------------------------------------------------------------- the file


def read_tokens(folder: Path) -> tuple[Token, ...]:
    """All stored tokens, expired ones too; none where there is no file. Raises BadTokens."""
    file = folder / TOKENS
    try:
        with opened_file(file) as descriptor:
            if os.fstat(descriptor).st_mode & ~OWN & 0o777:
                raise BadTokens(
                    f"{file} may be read or written by others: run `chmod 600 {quote(str(file))}`, and make new tokens"
                )
            return tuple(_token(record) for record in json.loads(bytes_of(descriptor))["tokens"])
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise BadTokens(f"{file} cannot be read ({error.strerror}): move it away and make new tokens") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadTokens(f"{file} is damaged: remove it and make new tokens") from None


def new_token(folder: Path, name: str, expires: datetime, now: datetime) -> str:
    """Stores a new token and returns its text, which cannot be read again. Raises BadTokens."""
    if not _NAME.fullmatch(name):
        raise BadTokens("the name of a token is 1 to 64 letters, digits, dots, dashes and underscores of ASCII")
    with _locked(folder):
        tokens = read_tokens(folder)
        if any(token.name == name for token in tokens):
            raise BadTokens(f'there is a token "{name}" already: revoke it first, or take another name')
        text = PREFIX + secrets.token_urlsafe(32)
        _keep_out_of_git(folder)
        _write(folder, (*tokens, Token(name, _hash(text), now, expires)))
    return text


def revoke(folder: Path, name: str) -> None:
    """Removes a token. Raises BadTokens."""
    if not read_tokens(folder):  # the folder itself may be missing
        raise BadTokens(f'there is no token "{name}", nor any other')
    with _locked(folder):
        tokens = read_tokens(folder)
        if all(token.name != name for token in tokens):
            raise BadTokens(f'there is no token "{name}": `seealso token list` shows those that are')
        _write(folder, tuple(token for token in tokens if token.name != name))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _token(record: dict[str, Any]) -> Token:
    """Raises ValueError, KeyError or TypeError where a token was not written by us."""
    made, expires = (datetime.fromisoformat(record[key]) for key in ("made", "expires"))
    token = Token(record["name"], record["sha256"], made, expires)
    if not _NAME.fullmatch(token.name) or not _HASH.fullmatch(token.sha256):
        raise ValueError("no token of ours")
    if token.made.tzinfo is None or token.expires.tzinfo is None:
        raise ValueError("a time without its zone")
    return token


def _write(folder: Path, tokens: Sequence[Token]) -> None:
    records = [
        asdict(token) | {"made": token.made.isoformat(), "expires": token.expires.isoformat()} for token in tokens
    ]
    replace_file(folder / TOKENS, (json.dumps({"tokens": records}, indent=1) + "\n").encode(), OWN)


def _keep_out_of_git(folder: Path) -> None:
    file, pattern = folder / GITIGNORE, f"{TOKENS}*"
    try:
        keep_out_of_git(folder, pattern)
    except OSError as error:
        raise BadTokens(f"{file} must name {pattern}, and cannot ({error.strerror}): move it away") from None
    except UnicodeDecodeError:
        raise BadTokens(f"{file} must name {pattern}, and is no UTF-8: move it away") from None


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Holds the lock on the tokens of a folder. Raises BadTokens."""
    try:
        with exclusive_lock(folder):
            yield
    except OSError as error:
        raise BadTokens(f"tokens cannot be written in {folder}: {error.strerror}") from None
