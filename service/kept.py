"""Whole answers of one worker, kept to be sent again: what visitors ask repeats, and so does what they type on the way.

    request ─▶ kept, and nothing that it was made from has changed? ─▶ sent, or 304 where the client has it
                    │ no
                    ▼
               waits for its turn, and is kept afterwards if the application says what it was made from

An answer is kept under its request: path, parameters, body, and the few headers that answers depend on. It goes with
its generation, and one that leaves out what editors have dismissed goes when they decide anew. Those that were not
asked for longest go first where all together would take more than MOST_BYTES. Questions are recorded as if each answer
had been made anew. A request that differs in anything else that the application looks at is never looked up.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from operator import itemgetter
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.http import parse_etags

from indexer.editing.decisions import Decisions
from indexer.errors import DamagedGeneration, SeeAlsoError
from indexer.model import Manifest
from indexer.queries.keystrokes import Asked
from indexer.snapshot import Snapshot
from service.admission import Answer, Scope, environ
from service.follower import GenerationFollower
from service.recorder import Recorder

# Bytes that all answers of a worker may take: some thousands of answers.
MOST_BYTES = 16 * 1024 * 1024
# zlib's quickest: a third of the bytes, and so three times the answers, for a few per cent of the time of making one.
_PACKING = 1
# Bytes of parameters and body; longer requests are not asked twice.
LONGEST_REQUEST = 4_096
# About what an entry takes beside its bytes, most of it headers.
_ENTRY = 2_000
# Where the application says what an answer was made from, as a MadeFrom.
MADE_FROM = "seealso.made-from"
# The headers that answers depend on, for requests without a body and with one.
_OF_GET, _OF_POST = (b"host", b"origin", b"accept"), (b"host", b"origin", b"accept", b"accept-encoding")
_SAYS_BODY = (b"content-length", b"transfer-encoding")
_OF_BODY = (b"content-type", b"content-length")  # what a 304 does not say

_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """What an answer was made from; while it is the same, so is the answer.

    etag: without quotation marks; empty for what clients do not keep. decisions: of editors, where the answer follows
    them. questions: those that it was recorded as.
    """

    manifest: Manifest
    etag: str = ""
    decisions: Decisions | None = None
    questions: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """A request that may have been asked before.

    has: the ETags that the client has the answers of, as it sent them. size: of what is variable in the key, in bytes.
    """

    key: _Key
    has: bytes
    scope: Scope
    size: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """packed: the answer, its body compressed; None where the client had it, so that it was not made.

    not_modified: None without an ETag. size: in bytes, about.
    """

    made_from: MadeFrom
    packed: Answer | None
    not_modified: Answer | None
    size: int


class KeptAnswers:
    """The answers of one worker; threads may share them."""

    def __init__(
        self,
        follower: GenerationFollower,
        decisions: Callable[[], Decisions],
        recorder: Recorder,
        origins: tuple[str, ...] = (),
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """decisions: those of editors as they are now. origins: whose pages get answers of their own (CORS)."""
        self._follower, self._decisions, self._recorder = follower, decisions, recorder
        self._origins = {origin.encode() for origin in origins}
        self._most_bytes = most_bytes
        self._entries: dict[_Key, _Entry] = {}  # those asked for last at the end
        self._size = 0
        self._manifest: Manifest | None = None  # of the generation that all are from
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """How many answers are kept."""
        return len(self._entries)

    @property
    def size(self) -> int:
        """Bytes, about."""
        return self._size

    def request_of(self, scope: Scope, body: bytes = b"") -> Request | None:
        """What a request is known by; None for one that is never kept."""
        method, query = scope["method"], scope["query_string"]
        if method not in ("GET", "POST") or len(query) + len(body) > LONGEST_REQUEST:
            return None
        said = dict.fromkeys(_OF_GET if method == "GET" else _OF_POST, b"")
        has = b""
        for name, value in scope["headers"]:
            if name in said:
                said[name] = b"%b,%b" % (said[name], value) if said[name] else value
            elif name == b"if-none-match":
                has = b"%b,%b" % (has, value) if has else value
            elif method == "GET" and name in _SAYS_BODY:
                return None
        if not said[b"host"]:
            return None
        if said[b"origin"] not in self._origins:  # the others are as many as anybody likes, and get the same
            said[b"origin"] = b""
        said[b"accept"] = said[b"accept"] or b"*/*"
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, errors="surrogateescape")
        pairs.sort(key=itemgetter(0))
        path = scope.get("raw_path") or scope["path"]
        size = len(path) + len(query) + len(body) + sum(map(len, said.values()))
        return Request((method, path, tuple(pairs), body, *said.values()), has, scope, size)

    def find(self, request: Request) -> Answer | None:
        """The answer, if it is kept and nothing has changed since; the question in it is recorded."""
        if request.key not in self._entries:
            return None
        served = self._served()
        with self._lock:
            if served is None or served.manifest is not self._manifest:
                self._clear()
            if served is None or (entry := self._entries.pop(request.key, None)) is None:
                return None
            self._entries[request.key] = entry
        made_from = entry.made_from
        if self._is_damaged(served):
            return None
        if made_from.decisions is not None and made_from.decisions is not self._decisions():
            return None
        if request.has and entry.not_modified and _has(request.has, made_from.etag):
            return entry.not_modified
        if (packed := entry.packed) is None:
            return None
        if made_from.questions:
            asker = environ(request.scope)
            for question in made_from.questions:
                self._recorder.asked_again(asker, question)
        return Answer(packed.status, packed.headers, zlib.decompress(packed.body))

    def keep(self, request: Request, environment: dict[str, Any], answer: Answer) -> None:
        """Keeps an answer if the application says that it may be. environment: what it was given, and has added to."""
        made_from: MadeFrom | None = environment.get(MADE_FROM)
        is_known = answer.status == HTTPStatus.NOT_MODIFIED
        if made_from is None or not (is_known or answer.status == HTTPStatus.OK):
            return
        if any(name.lower() == b"set-cookie" for name, _ in answer.headers):
            return
        not_modified = answer if is_known else _not_modified(answer) if made_from.etag else None
        packed = None if is_known else Answer(answer.status, answer.headers, zlib.compress(answer.body, _PACKING))
        size = _ENTRY + request.size + (len(packed.body) if packed else 0)
        entry = _Entry(made_from, packed, not_modified, size)
        served = self._served()
        with self._lock:
            if served is None or made_from.manifest is not served.manifest or size > self._most_bytes:
                return
            if made_from.manifest is not self._manifest:
                self._clear()
                self._manifest = made_from.manifest
            self._forget(request.key)
            while self._size + size > self._most_bytes:
                self._forget(next(iter(self._entries)))
            self._entries[request.key] = entry
            self._size += size

    def _served(self) -> Snapshot | None:
        try:
            return self._follower.get()
        except SeeAlsoError:  # the application says what is wrong
            return None

    def _is_damaged(self, served: Snapshot) -> bool:
        """Whether its files were cut or found damaged meanwhile: what comes from them is not to be trusted then."""
        try:
            self._follower.check(served)
        except DamagedGeneration:
            return True
        return False

    def _clear(self) -> None:
        self._entries.clear()
        self._size = 0

    def _forget(self, key: _Key) -> None:
        if (entry := self._entries.pop(key, None)) is not None:
            self._size -= entry.size


def _not_modified(answer: Answer) -> Answer:
    headers = [(name, value) for name, value in answer.headers if name.lower() not in _OF_BODY]
    return Answer(HTTPStatus.NOT_MODIFIED, headers, b"")


def _has(sent: bytes, etag: str) -> bool:
    """Whether an If-None-Match names an ETag."""
    return sent == b'"%b"' % etag.encode() or parse_etags(sent.decode("latin-1")).contains_weak(etag)
