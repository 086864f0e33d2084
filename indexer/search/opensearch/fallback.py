"""The index on disk answers while the cluster does not: both are of one generation, so no answer mixes two.

    asked ─▶ cluster ─▶ answered
                │ EngineUnavailable: it is away from now on
                ▼
             index on disk ─▶ answered, `degraded`          a thread of its own asks the cluster every REST seconds;
                                                            once it answers, it is asked again

So one question waits for a cluster that hangs, and those after it wait for nothing.
"""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from indexer.errors import EngineUnavailable, SeeAlsoError
from indexer.model import Hits, ParsedQuery, SearchRequest
from indexer.search.applied_rules import AppliedRules
from indexer.search.engine import Reader
from indexer.search.rule_change import RuleChange

log = logging.getLogger("seealso")

# Seconds until a cluster that is away is asked whether it is back.
REST = 1.0
AWAY = "the cluster does not answer; the index on disk answers instead"

Answer = TypeVar("Answer")


class Presence:
    """Whether the cluster answers; shared between threads. check: raises EngineUnavailable where it does not."""

    def __init__(self, check: Callable[[], None]) -> None:
        self._check = check
        self._lock = threading.Lock()
        self.is_away = False

    def lost(self, error: EngineUnavailable) -> None:
        """It did not answer. Whoever notices first says so, and has it looked for."""
        with self._lock:
            if self.is_away:
                return
            self.is_away = True
        log.warning("%s (%s)", AWAY, str(error))  # whoever keeps the line must not keep the reader
        threading.Thread(target=_look_for, args=(weakref.ref(self),), name="cluster", daemon=True).start()

    def look(self) -> None:
        """Asks whether it is back."""
        try:
            self._check()
        except SeeAlsoError:
            return
        self.is_away = False
        log.info("the cluster answers again")


def _look_for(presence: weakref.ref[Presence]) -> None:
    """Until it is back, or nobody needs it any more."""
    while True:
        time.sleep(REST)
        known = presence()
        if known is None:
            return
        known.look()
        if not known.is_away:
            return
        del known


class FallsBack:
    """A reader of the cluster, and one of the same generation's index on disk for while it is away."""

    def __init__(self, cluster: Reader, embedded: Reader, presence: Presence | None = None) -> None:
        self._cluster = cluster
        self._embedded = embedded
        self._presence = presence or Presence(cluster.check)

    def search(self, request: SearchRequest) -> Hits:
        hits, is_degraded = self._answered(lambda reader: reader.search(request))
        return replace(hits, degraded=True) if is_degraded else hits

    def ranked(self, request: SearchRequest) -> tuple[list[int], int]:
        return self._answered(lambda reader: reader.ranked(request))[0]

    def _answered(self, ask: Callable[[Reader], Answer]) -> tuple[Answer, bool]:
        """An answer, and whether it is that of the index on disk."""
        if not self._presence.is_away:
            try:
                return ask(self._cluster), False
            except EngineUnavailable as error:
                self._presence.lost(error)
        return ask(self._embedded), True

    def complete(self, prefix: str, limit: int) -> list[str]:
        return self._cluster.complete(prefix, limit)

    def rules(self, query: ParsedQuery) -> AppliedRules:
        return self._cluster.rules(query)

    def as_if(self, change: RuleChange) -> Reader:
        return FallsBack(self._cluster.as_if(change), self._embedded.as_if(change), self._presence)

    @property
    def trouble(self) -> str:
        return AWAY if self._presence.is_away else ""

    def check(self) -> None:
        """Never raises EngineUnavailable: what is away is then named by `trouble`."""
        if not self._presence.is_away:
            try:
                self._cluster.check()
            except EngineUnavailable as error:
                self._presence.lost(error)

    def close(self) -> None:
        self._cluster.close()
