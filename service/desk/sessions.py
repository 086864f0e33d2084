"""Sessions of editors: a token opens one, and a cookie that only this service can sign carries it from then on.

    cookie          [id of the session, which token, when it began], with the time of the last request, signed
    sessions.json   the key that signs, and the sessions that were ended before their time; made like tokens.json

The cookie says nothing that its owner does not know, and the key never leaves the file, so all workers agree on who is
signed in and a restart signs nobody out. A session ends after 30 minutes without a request, 12 hours after it began,
when its editor signs out, and as soon as its token is revoked or expires. Whoever removes the file ends all of them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from itsdangerous import BadData, URLSafeTimedSerializer

from indexer.auth import OWN, Token
from indexer.errors import BadTokens
from indexer.store.durable import exclusive_lock, replace_file
from indexer.store.regular_files import bytes_of, opened_file
from indexer.store.state_directory import GITIGNORE, keep_out_of_git

SESSIONS = "sessions.json"
IDLE_SECONDS, LONGEST_SECONDS = 30 * 60, 12 * 60 * 60

_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Session:
    """One editor who is signed in. started: seconds since 1970. csrf: what each form of the session sends along."""

    id: str
    editor: str
    token: str
    started: int
    csrf: str

    def is_sent_by(self, csrf: str) -> bool:
        return hmac.compare_digest(self.csrf.encode(), csrf.encode(errors="replace"))


@dataclass(frozen=True, slots=True)
class _State:
    """The content of the file. ended: id of a session → when nobody could use it any longer."""

    key: str
    ended: Mapping[str, int]


class Sessions:
    """The sessions of a folder of decisions, whichever worker is asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, token: Token, now: datetime) -> str:
        """A new session's cookie. Raises BadTokens where the file cannot be written or trusted."""
        state = self._read() or self._changed(now)
        return self._cookie(state, secrets.token_urlsafe(18), token.sha256, int(now.timestamp()))

    def open(self, cookie: str, tokens: Sequence[Token], now: datetime) -> Session | None:
        """The session that a cookie carries, if it still lasts. Raises BadTokens where the file cannot be trusted."""
        state = self._read()
        if state is None:
            return None
        try:
            payload, seen = _signer(state).loads(cookie, return_timestamp=True)
            id_, digest, started = payload
        except (BadData, ValueError, TypeError):
            return None
        if (now - seen).total_seconds() > IDLE_SECONDS or now.timestamp() - started > LONGEST_SECONDS:
            return None
        token = next((token for token in tokens if _mark(token.sha256) == digest and not token.is_expired(now)), None)
        if token is None or id_ in state.ended:
            return None
        return Session(id_, token.name, token.sha256, started, _csrf(state, id_))

    def renewed(self, session: Session) -> str:
        """The cookie of a session that was used just now. Raises BadTokens."""
        state = self._read()
        return self._cookie(state, session.id, session.token, session.started) if state else ""

    def end(self, session: Session, now: datetime) -> None:
        """Nobody can use this session any longer, wherever its cookie is kept. Raises BadTokens."""
        self._changed(now, session)

    def _cookie(self, state: _State, id_: str, sha256: str, started: int) -> str:
        signed = _signer(state).dumps([id_, _mark(sha256), started])
        return signed if isinstance(signed, str) else signed.decode()

    # ------------------------------------------------------------------------------------------------- the file

    def _read(self) -> _State | None:
        file = self._folder / SESSIONS
        try:
            with opened_file(file) as descriptor:
                if os.fstat(descriptor).st_mode & ~OWN & 0o777:
                    raise BadTokens(f"{file} may be read or written by others: remove it; everybody signs in anew")
                record = json.loads(bytes_of(descriptor))
            state = _State(record["key"], {str(id_): int(until) for id_, until in record["ended"].items()})
        except FileNotFoundError:
            return None
        except OSError as error:
            raise BadTokens(f"{file} cannot be read ({error.strerror}): move it away") from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise BadTokens(f"{file} is damaged: remove it; everybody signs in anew") from None
        if not _HEX.fullmatch(state.key):
            raise BadTokens(f"{file} is damaged: remove it; everybody signs in anew")
        return state

    def _changed(self, now: datetime, ending: Session | None = None) -> _State:
        """The file with a key, with one more session ended, and without those that would have ended by now."""
        file = self._folder / SESSIONS
        try:
            with exclusive_lock(self._folder):
                state = self._read() or _State(secrets.token_hex(32), {})
                ended = {id_: until for id_, until in state.ended.items() if until > now.timestamp()}
                if ending is not None:
                    ended[ending.id] = ending.started + LONGEST_SECONDS
                keep_out_of_git(self._folder, f"{SESSIONS}*")
                replace_file(file, (json.dumps({"key": state.key, "ended": ended}, indent=1) + "\n").encode(), OWN)
        except OSError as error:
            raise BadTokens(f"{file} cannot be written ({error.strerror}): give the right to write there") from None
        except UnicodeDecodeError:
            raise BadTokens(f"{self._folder / GITIGNORE} must name {SESSIONS}*, but is no UTF-8") from None
        return _State(state.key, ended)


def _signer(state: _State) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        state.key, salt="desk session", signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
    )


def _mark(sha256: str) -> str:
    """Which token, for whoever has the tokens."""
    return sha256[:32]


def _csrf(state: _State, id_: str) -> str:
    return hmac.digest(bytes.fromhex(state.key), b"form " + id_.encode(), "sha256").hex()


def utc_now() -> datetime:
    return datetime.now(UTC)
