"""One worker: granian speaks HTTP, in threads of its own in Rust; the loop of this process answers.

granian reads heads and sends answers without the loop, so half-sent requests and slow readers hold up nobody.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server

from indexer.model import RequestLog
from indexer.settings import Settings
from service.admission import Admission
from service.logs import RequestLines
from service.recorder import Channel
from service.supervisor import BEAT_SECONDS, Heart
from service.watching import Watched

# Seconds until a head must be complete; also how long a connection may be idle between two requests.
HEAD_SECONDS = 5
# Bytes of request line and headers together. Questions that the application refuses with a reason are shorter.
LARGEST_HEAD = 16 * 1024
# Connections of one worker, half-sent ones too; more wait in the socket.
CONNECTIONS = 1024
# The route of every request to another application than the product's.
_OTHER = "other"
# Seconds that requests under way get when the service is stopped.
STOP_SECONDS = 3.0


class _Granian(Server):
    """granian's server for a running loop, on a socket that listens already."""

    def __init__(self, listener: socket.socket, application: Callable[..., object]) -> None:
        super().__init__(
            application,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            backpressure=CONNECTIONS,
            http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1_000, max_buffer_size=LARGEST_HEAD),
            log_level=LogLevels.error,
            log_access=False,  # it would tell what visitors type
        )
        self._listener = listener

    def _init_shared_socket(self) -> None:
        # granian would bind a socket for each worker. A worker's own queue is lost with it, and keeps its connections
        # from the others while it is stopped. The holder closes the descriptor that it is given.
        descriptor = os.dup(self._listener.fileno())
        self._shd: Any = SocketHolder(descriptor, False, CONNECTIONS)  # type: ignore[call-arg]  # its types are behind


@dataclass(frozen=True, slots=True)
class Shared:
    """What the workers of one service share.

    make_app: makes another application than the product's. channel: where questions are recorded, if they are.
    counts: the folder in which the workers count, if there are metrics.
    """

    listener: socket.socket
    settings: Settings
    make_app: Callable[[Settings], WSGIApplication] | None
    channel: Channel | None
    counts: Path | None


def work(shared: Shared, number: int, heart: Heart) -> None:
    """Answers on a listening socket until SIGTERM. number: the worker's, from 1."""
    service, meter = shared.settings.service, None
    if shared.counts is not None:
        from service.metrics import Meter

        meter = Meter(shared.counts, number)
    lines = RequestLines(service.log, service.log_requests) if service.log_requests is not RequestLog.NONE else None
    if shared.make_app is not None:
        watched = Watched(Admission(shared.make_app(shared.settings)), lambda method, path: _OTHER, lines, meter)
        return asyncio.run(_serve(_Granian(shared.listener, watched), heart))
    from service.app import HEALTH, Routes, create_app, is_editors, is_posted_to

    app = create_app(shared.settings, shared.channel)
    counts = (meter.refused, meter.cached) if meter else ()
    admission = Admission(app, HEALTH, is_editors, is_posted_to, app.extensions["seealso-kept"], *counts)
    watched = Watched(admission, Routes(app).named, lines, meter)

    follower = app.extensions["seealso-follower"]

    def look_around() -> None:
        follower.keep_up()
        if meter is not None:
            meter.sample(admission.waiting(), follower.served, follower.is_degraded)

    try:
        asyncio.run(_serve(_Granian(shared.listener, watched), heart, look_around))
    finally:
        app.extensions["seealso-recorder"].close()


def work_for_prometheus(listener: socket.socket, counts: Path, index: Path, heart: Heart) -> None:
    """Answers scrapes on a listening socket until SIGTERM. counts: the folder in which the workers count."""
    from service.metrics import scraped

    asyncio.run(_serve(_Granian(listener, scraped(counts, index)), heart))


async def _serve(server: Any, heart: Heart, on_beat: Callable[[], None] = lambda: None) -> None:
    loop = asyncio.get_running_loop()

    def beat() -> None:
        heart.beat()
        on_beat()
        loop.call_later(BEAT_SECONDS, beat)

    def stop() -> None:
        server.stop()
        # Half-sent requests would keep it waiting.
        loop.call_later(STOP_SECONDS, os._exit, 0)

    loop.add_signal_handler(signal.SIGTERM, stop)
    loop.call_soon(beat)
    await server.serve()
