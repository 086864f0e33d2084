"""One worker: granian speaks HTTP, in threads of its own in Rust; the loop of this process answers.

granian reads heads and sends answers without the loop, so half-sent requests and slow readers hold up nobody.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from typing import Any
from wsgiref.types import WSGIApplication

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server

from indexer.settings import Settings
from service.admission import Admission
from service.recorder import Channel
from service.supervisor import BEAT_SECONDS, Heart

# Seconds until a head must be complete; also how long a connection may be idle between two requests.
HEAD_SECONDS = 5
# Bytes of request line and headers together. Questions that the application refuses with a reason are shorter.
LARGEST_HEAD = 16 * 1024
# Connections of one worker, half-sent ones too; more wait in the socket.
CONNECTIONS = 1024
# Seconds that requests under way get when the service is stopped.
STOP_SECONDS = 3.0


class _Granian(Server):
    """granian's server for a running loop, on a socket that listens already."""

    def __init__(self, listener: socket.socket, application: Admission) -> None:
        super().__init__(
            application,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            backpressure=CONNECTIONS,
            http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1_000, max_buffer_size=LARGEST_HEAD),
            log_level=LogLevels.error,
            log_access=False,  # what visitors type is nobody's business
        )
        self._listener = listener

    def _init_shared_socket(self) -> None:
        # granian would bind a socket for each worker. A worker's own queue is lost with it, and keeps its connections
        # from the others while it is stopped. The holder closes the descriptor that it is given.
        descriptor = os.dup(self._listener.fileno())
        self._shd: Any = SocketHolder(descriptor, False, CONNECTIONS)  # type: ignore[call-arg]  # its types are behind


def work(
    listener: socket.socket,
    settings: Settings,
    make_app: Callable[[Settings], WSGIApplication] | None,
    channel: Channel | None,
    heart: Heart,
) -> None:
    """Answers on a listening socket until SIGTERM. channel: what the workers share to record questions, if they do."""
    if make_app is not None:
        return asyncio.run(_serve(_Granian(listener, Admission(make_app(settings))), heart))
    from service.app import HEALTH, create_app, is_editors, is_posted_to

    app = create_app(settings, channel)
    try:
        admission = Admission(app, HEALTH, is_editors, is_posted_to, app.extensions["seealso-kept"])
        asyncio.run(_serve(_Granian(listener, admission), heart))
    finally:
        app.extensions["seealso-recorder"].close()


async def _serve(server: Any, heart: Heart) -> None:
    loop = asyncio.get_running_loop()

    def beat() -> None:
        heart.beat()
        loop.call_later(BEAT_SECONDS, beat)

    def stop() -> None:
        server.stop()
        # Half-sent requests would keep it waiting.
        loop.call_later(STOP_SECONDS, os._exit, 0)

    loop.add_signal_handler(signal.SIGTERM, stop)
    loop.call_soon(beat)
    await server.serve()
