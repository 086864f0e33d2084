"""The generation that is served: opened once, followed when a build publishes another.

A request takes one `Snapshot` and answers from it alone. A new one is opened in the background, so nobody waits for
it, and what was good serves until then, whatever has become of its files. Damage to them that is found while they
are served ends that: the last good generation serves instead.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from indexer.errors import DamagedGeneration, EngineUnavailable, SeeAlsoError
from indexer.settings import IndexSettings, SearchSettings
from indexer.snapshot import Snapshot, open_snapshot, snapshot_of
from indexer.store.generation import current_id, rolled_back_id
from indexer.store.manifest import CURRENT, GENERATIONS
from indexer.store.sealed_files import SealedFiles
from service.scrubber import scrubbing

log = logging.getLogger("seealso")

# Seconds until a generation that could not be opened is tried again.
PATIENCE = 2.0

_Signature = tuple[int, int] | None


class GenerationFollower:
    """The published generation of one index folder; shared between threads.

    verify_seconds: how long one round of reading the mapped files again takes; 0 reads nothing again. search: says
    where the cluster is, if one searches.
    """

    def __init__(
        self,
        index: Path,
        verify_seconds: float = IndexSettings().verify_seconds,
        search: SearchSettings | None = None,
    ) -> None:
        self._index = index
        self._search = search or SearchSettings()
        self._verify_seconds = verify_seconds
        self._end_scrubbing: Callable[[], object] = lambda: None
        self._current = os.fspath(index / CURRENT)
        self._snapshot: Snapshot | None = None
        self._seen: _Signature = None
        self._problem: SeeAlsoError | None = None
        self._tried_at = 0.0
        self._opening = threading.Lock()

    def get(self) -> Snapshot:
        """The generation to answer from. Raises NothingPublished or DamagedGeneration where there is no good one."""
        snapshot = self._snapshot
        if snapshot is None:
            return self._first()
        self.keep_up()
        return snapshot

    def keep_up(self) -> None:
        """Begins to open what was published since, where something is served.

        Called now and then, as well as by each request: a cluster has no index for a generation that was pruned, so
        who is asked after hours must not answer from one.
        """
        if self._snapshot is not None and self._is_news() and self._opening.acquire(blocking=False):
            threading.Thread(target=self._released, args=(self._follow,), daemon=True).start()

    @property
    def served(self) -> str | None:
        """The id of the generation that is served now."""
        return snapshot.id if (snapshot := self._snapshot) else None

    @property
    def is_degraded(self) -> bool:
        """Whether something is away that should answer, and something else does."""
        return bool((snapshot := self._snapshot) and snapshot.reader.trouble)

    def check(self, answered_from: Snapshot) -> None:
        """Raises DamagedGeneration where a file was cut or found damaged while an answer was made; the next is from a
        good one."""
        try:
            answered_from.files.check_not_truncated()
        except DamagedGeneration:
            if self._snapshot is answered_from:
                self._snapshot = self._problem = None
            raise

    def problems(self) -> list[str]:
        """What is wrong though answers are given, in words that anybody may read: where the index lies is not among
        them."""
        snapshot, problem = self._snapshot, self._problem
        wrong = [*(snapshot.wrong if snapshot else ()), *([problem] if problem else [])]
        return [self._without_place(error) for error in wrong]

    def _without_place(self, error: SeeAlsoError) -> str:
        if isinstance(error, EngineUnavailable):
            return "the published generation is not served until its cluster answers"
        message = str(error)
        return message.replace(str(self._index), self._index.name) if self._index.is_absolute() else message

    def _first(self) -> Snapshot:
        with self._opening:
            if self._snapshot is not None:
                return self._snapshot
            if self._problem is not None and not self._is_news():
                raise self._problem
            self._note_attempt()
            try:
                snapshot = open_snapshot(self._index, self._search)
            except SeeAlsoError as error:
                self._problem = error
                raise
            self._problem = None
            for damage in snapshot.wrong:
                log.error("%s; generation %s serves instead", damage, snapshot.id)
            log.info("generation %s (posts: %d) is served", snapshot.id, len(snapshot.posts))
            self._serve(snapshot)
            return snapshot

    def _follow(self) -> None:
        """Opens what is published now, and asks its cluster, if it has one: settings here may name another or none.

        Where that fails, what is served stays, and a later request tries again.
        """
        self._note_attempt()
        try:
            now = SealedFiles.at(self._index / GENERATIONS / current_id(self._index))
            # Not only the id: an index that was deleted and built anew counts from 1 again.
            if self._snapshot is None or now.manifest != self._snapshot.manifest:
                snapshot = snapshot_of(now, self._search)
                snapshot.reader.check()
                log.info("generation %s (posts: %d) is served%s", snapshot.id, len(snapshot.posts), self._instead())
                self._serve(snapshot)
            self._problem = None
        except (SeeAlsoError, OSError, MemoryError) as error:
            known, self._problem = self._problem, error if isinstance(error, SeeAlsoError) else _cannot_open(error)
            if str(known) != str(self._problem):  # it is tried again every few seconds
                log.error("%s; generation %s serves on", error, self.served)  # noqa: TRY400  # the message has the reason

    def _instead(self) -> str:
        """What becomes of the generation that was served until now, for the log."""
        if self._snapshot is None:
            return ""
        with suppress(SeeAlsoError):
            if rolled_back_id(self._index) == self._snapshot.id:
                return f"; {self._snapshot.id} was rolled back"
        return f" instead of {self._snapshot.id}"

    def _serve(self, snapshot: Snapshot) -> None:
        self._end_scrubbing()
        self._snapshot = snapshot
        if self._verify_seconds:
            # Neither may keep the other: a service that is given up takes its scrubber along.
            distrust = weakref.WeakMethod(self._distrust)

            def found(error: DamagedGeneration) -> None:
                if call := distrust():
                    call(error)

            self._end_scrubbing = weakref.finalize(self, scrubbing(snapshot.files, self._verify_seconds, found))

    def _distrust(self, damage: DamagedGeneration) -> None:
        """Stops serving what was found damaged while it was served, and opens the last good generation."""
        snapshot = self._snapshot
        log.error("%s; this was found in what is served", damage)
        with suppress(DamagedGeneration):  # whoever asks next is told the same
            if snapshot:
                self.check(snapshot)
        with suppress(SeeAlsoError):
            self.get()

    def _released(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            self._opening.release()

    def _note_attempt(self) -> None:
        self._seen, self._tried_at = self._signature(), time.monotonic()

    def _is_news(self) -> bool:
        """Whether `current` was replaced since it was last read, or could not be used and enough time has passed."""
        if self._problem is not None and time.monotonic() - self._tried_at > PATIENCE:
            return True
        return self._signature() != self._seen

    def _signature(self) -> _Signature:
        try:
            status = os.stat(self._current)
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns


def _cannot_open(error: OSError | MemoryError) -> SeeAlsoError:
    reason = error.strerror if isinstance(error, OSError) else "out of memory"
    return SeeAlsoError(f"the published generation cannot be opened ({reason})")
