"""The cluster: a question has a deadline and is asked on one other node if the first fails; a build waits and retries.

Answers that lack a part are refused: a request ends with all of what was asked for, or with EngineUnavailable. While
every node fails, questions are refused at once, and one of them tries every few seconds whether that has changed.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from indexer.errors import BadSetting, DamagedGeneration, EngineUnavailable, SeeAlsoError, not_installed
from indexer.settings import OpenSearchSettings

Body = Mapping[str, Any]
Result = TypeVar("Result")

# Statuses that another moment, or another node, may change.
PASSING = (429, 502, 503, 504)
# Failures in a row after which questions are refused at once, and the seconds until one of them tries again.
MOST_FAILURES, REST = 3, 1.0
# A build's requests: seconds that one may take, and those over which it is tried again.
ADMIN_TIMEOUT, PATIENCE = 70.0, 120.0
# For a node that does not answer, the share of the time left that is waited before another is asked.
FIRST_SHARE = 0.5
_LEAST = 0.02
_SEARCH = {"allow_partial_search_results": "false", "preference": "_local"}


class Cluster:
    """The nodes that the settings name; shared between threads. Nothing is sent before the first request."""

    def __init__(self, settings: OpenSearchSettings) -> None:
        self._settings = settings
        self._breaker = _Breaker()
        self._lock = threading.Lock()
        self._question = threading.local()
        self._client: Any = None

    @property
    def hosts(self) -> tuple[str, ...]:
        return self._settings.hosts

    @contextmanager
    def one_question(self) -> Iterator[None]:
        """All searches of this thread within are one question, with one deadline."""
        self._question.deadline = time.monotonic() + self._settings.timeout
        try:
            yield
        finally:
            del self._question.deadline

    def search(self, index: str, bodies: Sequence[Body]) -> list[dict[str, Any]]:
        """The answer to each of these searches of one index, all of them complete and in time.

        Raises EngineUnavailable; DamagedGeneration where there is no such index.
        """
        deadline = self._deadline()
        self._breaker.check()
        try:
            answers = self._in_time(index, bodies, deadline)
        except EngineUnavailable:
            self._breaker.failed()
            raise
        self._breaker.succeeded()
        return answers

    def _in_time(self, index: str, bodies: Sequence[Body], deadline: float) -> list[dict[str, Any]]:
        """Asks one node, and one other if it fails; one that cannot be reached was not asked, and costs no time."""
        others, asked_again = len(self._settings.hosts) - 1, False
        while True:
            left = deadline - time.monotonic()
            if left <= _LEAST:
                raise EngineUnavailable(f"the cluster did not answer within {self._settings.timeout:g} s")
            timeout = left if asked_again or not others else left * FIRST_SHARE
            try:
                return self._searched(index, bodies, timeout)
            except Unreachable:
                if not others:
                    raise
            except (EngineUnavailable, DamagedGeneration):  # a node that lags behind does not know a new index
                if asked_again or not others:
                    raise
                asked_again = True
            others -= 1

    def _searched(self, index: str, bodies: Sequence[Body], timeout: float) -> list[dict[str, Any]]:
        milliseconds = max(int(timeout * 1000), 1)
        lines = []
        for body in bodies:
            header = _SEARCH | {"index": index, "cancel_after_time_interval": f"{milliseconds}ms"}
            lines += [header, {**body, "timeout": f"{milliseconds}ms"}]
        text = "".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in lines)
        answer = self._request("POST", "/_msearch", text, {"max_concurrent_searches": len(bodies)}, timeout)
        return [_complete(one, index) for one in answer["responses"]]

    def ask(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        """One request about an index or the cluster, within the deadline of questions. Raises as `search`."""
        return self._request(method, path, body, params or {}, max(self._deadline() - time.monotonic(), _LEAST))

    def _deadline(self) -> float:
        deadline: float = getattr(self._question, "deadline", time.monotonic() + self._settings.timeout)
        return deadline

    def administer(
        self,
        method: str,
        path: str,
        body: Any = None,
        params: Mapping[str, Any] | None = None,
        patience: float = PATIENCE,
    ) -> Any:
        """One request of a build, again and again while the cluster cannot take it. Raises as `search`."""
        return patiently(lambda: self._request(method, path, body, params or {}, ADMIN_TIMEOUT), patience)

    def _request(self, method: str, path: str, body: Any, params: Mapping[str, Any], timeout: float) -> Any:
        client = self._opened()
        from opensearchpy import exceptions

        params = {"request_timeout": timeout, **params}
        try:
            return client.transport.perform_request(method, path, params=params, body=body)
        except exceptions.SSLError as error:
            hosts = ", ".join(self._settings.hosts)
            raise EngineUnavailable(f"the certificate of {hosts} is refused: {_why(error)}", may_pass=False) from None
        except exceptions.ConnectionTimeout:
            raise EngineUnavailable(f"the cluster did not answer within {timeout:.2g} s") from None
        except exceptions.ConnectionError as error:
            raise Unreachable(f"{', '.join(self._settings.hosts)} cannot be reached: {_why(error)}") from None
        except exceptions.TransportError as error:
            raise _translated(int(error.status_code), error.info, path) from None
        except exceptions.SerializationError:
            raise EngineUnavailable("what answers is no OpenSearch: its answer is not JSON") from None

    def _opened(self) -> Any:
        with self._lock:
            if self._client is None:
                self._client = _client(self._settings)
            return self._client

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None


def patiently(attempt: Callable[[], Result], patience: float = PATIENCE) -> Result:
    """What an attempt gives, which is made again with growing waits while it raises EngineUnavailable."""
    until, wait = time.monotonic() + patience, 0.1
    while True:
        try:
            return attempt()
        except EngineUnavailable as error:
            if not error.may_pass or time.monotonic() + wait > until:
                raise
        time.sleep(wait)
        wait = min(wait * 2, 5.0)


class _Breaker:
    """Refuses questions at once while the cluster fails, but for one every REST seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._next_try = 0.0

    def check(self) -> None:
        with self._lock:
            if self._failures < MOST_FAILURES:
                return
            now = time.monotonic()
            if now < self._next_try:
                raise EngineUnavailable("the cluster has failed several times in a row; it is asked again in a second")
            self._next_try = now + REST

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            self._next_try = time.monotonic() + REST

    def succeeded(self) -> None:
        with self._lock:
            self._failures = 0


def _client(settings: OpenSearchSettings) -> Any:
    try:
        from opensearchpy import OpenSearch
    except ModuleNotFoundError as error:
        raise (not_installed(error) or error) from None
    credentials: dict[str, Any] = {}
    if user := settings.user:
        credentials["http_auth"] = (user, _secret(settings.password, settings.password_file, "password"))
    elif settings.api_key or settings.api_key_file:
        key = _secret(settings.api_key, settings.api_key_file, "api_key")
        credentials["headers"] = {"Authorization": f"ApiKey {key}"}
    return OpenSearch(
        hosts=list(settings.hosts),
        ca_certs=str(settings.ca) if settings.ca else None,
        # A node that hung must be left out too, which the client does only where it would try again.
        retry_on_timeout=True,
        max_retries=0,
        dead_timeout=5,
        pool_maxsize=16,
        **credentials,
    )


def _secret(given: str, file: Path | None, name: str) -> str:
    """A secret from the environment, or from its file. Raises BadSetting."""
    if given or file is None:
        return given
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise BadSetting(f'"search.opensearch.{name}_file": {file} cannot be read ({reason})') from None


def _complete(answer: dict[str, Any], index: str) -> dict[str, Any]:
    """An answer of which nothing is missing."""
    if "error" in answer:
        raise _translated(int(answer.get("status", 500)), answer, index)
    if answer["timed_out"] or answer["_shards"]["failed"] or answer["_shards"]["total"] == 0:
        raise EngineUnavailable("the cluster has not searched all posts in time")
    return answer


def _translated(status: int, info: Any, what: str) -> SeeAlsoError:
    """An error of the cluster as one of ours."""
    error = info.get("error") if isinstance(info, dict) else None
    kind, reason = (error.get("type", ""), error.get("reason", "")) if isinstance(error, dict) else ("", str(error))
    if kind in ("index_not_found_exception", "index_closed_exception"):
        return DamagedGeneration(f"the cluster has no open index for this generation ({reason}): run `seealso build`")
    if status in (401, 403):
        blocked = "its index is blocked" if kind == "cluster_block_exception" else "it refuses these credentials"
        return EngineUnavailable(f"the cluster answers {status}: {blocked}", may_pass=False)
    if status in PASSING or status >= 500:
        return EngineUnavailable(f"the cluster answers {status} ({kind or 'no reason given'})")
    return RefusedRequest(status, f"the cluster refuses {what} with {status}: {kind}: {reason}")


class Unreachable(EngineUnavailable):
    """A node that takes no connection, or ended during one. The client leaves it out for the next seconds."""


class RefusedRequest(SeeAlsoError):
    """A request that the cluster does not take as it is, or that names what is not there. answer: the HTTP status."""

    def __init__(self, answer: int, message: str) -> None:
        super().__init__(message)
        self.answer = answer


def _why(error: Any) -> str:
    """The reason of a failed connection, without the address."""
    reason = getattr(error.info, "reason", None) or error.info
    return f"{type(reason).__name__}: {reason}".rpartition(": ")[2][:200]
