"""The production server, granian: `seealso serve` becomes this process, which keeps one or more workers.

granian reads request heads without taking up a thread, so half-sent requests hold up nobody.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from multiprocessing import parent_process
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from indexer.errors import BadSetting
from indexer.settings import ServiceSettings, Settings, load_settings

# Seconds until a head must be complete; also how long a connection may be idle between two requests.
HEAD_SECONDS = 5
# Bytes of request line and headers together. Questions that the application refuses with a reason are shorter.
LARGEST_HEAD = 16 * 1024
# Connections of one worker, half-sent ones too; more wait for their turn.
CONNECTIONS = 1024
# Seconds that requests under way and half-sent ones get when the service is stopped.
STOP_SECONDS = 3

LOG = {
    "formatters": {"line": {"format": "seealso: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "_granian": {"handlers": ["stderr"], "propagate": False},
        "seealso": {"handlers": ["stderr"], "propagate": False, "level": "INFO"},
    },
}


def serve(settings: Settings, make_app: Callable[[Settings], Any] | None = None) -> None:
    """Serves until SIGTERM or SIGINT. Raises BadSetting where the address cannot be listened on.

    make_app: makes another application than the product's; a benchmark compares with one.
    """
    service = settings.service
    address = _free_address(service)
    server = Granian(
        "service.app",
        address=address,
        port=service.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=service.workers,
        blocking_threads=service.threads,
        backlog=CONNECTIONS,
        backpressure=CONNECTIONS,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1_000, max_buffer_size=LARGEST_HEAD),
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.error,
        log_dictconfig=LOG,
        log_access=False,  # what visitors type is nobody's business
    )
    shown = f"[{address}]" if ":" in address else address
    server.on_startup(lambda: _say(f"serving on http://{shown}:{service.port}/"))
    try:
        server.serve(target_loader=partial(_application, settings, make_app), wrap_loader=False)
    except SystemExit:
        # Ctrl-C reaches the workers too; one that ends before it is told to is no failure then.
        if not server.interrupt_signal:
            raise


def _application(settings: Settings, make_app: Callable[[Settings], Any] | None) -> Any:
    """The application of one worker; runs in the worker."""
    # Until granian sets its own, a worker has its parent's handlers, which would swallow a stop.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if make_app is not None:
        return make_app(settings)
    from service.app import create_app

    return create_app(settings)


def _end_with_parent() -> None:
    """A worker whose parent was killed would keep the port and follow nobody."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _free_address(service: ServiceSettings) -> str:
    """The address to listen on, in numbers. Raises BadSetting.

    granian's workers share the port, and so would another service that is already there: each would get some of the
    requests. Therefore the port is first taken for ourselves alone.
    """
    where = f"{service.host} port {service.port}"
    try:
        found = socket.getaddrinfo(service.host, service.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, place = min(found, key=lambda one: one[0] != socket.AF_INET)
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        raise BadSetting(f"cannot listen on {where}: {error.strerror}") from error
    return str(place[0])


def _say(what: str) -> None:
    sys.stderr.write(f"seealso: {what}\n")


if __name__ == "__main__":
    try:
        serve(load_settings(environment=os.environ))
    except BadSetting as error:
        _say(str(error))
        sys.exit(error.exit_code)
