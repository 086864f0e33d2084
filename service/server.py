"""The production server: `seealso serve` becomes this process, which listens and keeps workers that answer.

    server.py      the address, the log, and the workers' supervisor
    supervisor.py  replaces a worker that ends or hangs
    worker.py      one worker: granian speaks HTTP in it, the application answers
    admission.py   who is answered in which order, and who is refused

All workers accept from one socket, so what waits there waits for whichever is free, and a worker that is stopped or
dies keeps no connection from the others.
"""

from __future__ import annotations

import logging
import logging.config
import os
import socket
import sys
from collections.abc import Callable
from functools import partial
from wsgiref.types import WSGIApplication

from indexer.errors import BadSetting
from indexer.output.sanitize import sanitized
from indexer.settings import ServiceSettings, Settings, load_settings
from service.look import look_of
from service.recorder import channel_for
from service.supervisor import Supervisor
from service.worker import CONNECTIONS, STOP_SECONDS, work

# Seconds without any sign of a client that something was sent to; a reader that stopped reading gives none.
STALLED_SECONDS = 30


class OneLine(logging.Formatter):
    """A message is one line, whatever a path or a file name holds; a traceback may follow it."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's own name
        return sanitized(super().formatMessage(record))


LOG = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": OneLine, "fmt": "seealso: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"seealso": {"handlers": ["stderr"], "propagate": False, "level": "INFO"}},
}


def serve(settings: Settings, make_app: Callable[[Settings], WSGIApplication] | None = None) -> None:
    """Serves until SIGTERM, SIGINT or SIGHUP.

    Raises BadSetting where the address cannot be listened on, or a file of the pages' look cannot be read.
    make_app: makes another application than the product's; a benchmark compares with one.
    """
    logging.config.dictConfig(LOG)
    service = settings.service
    look_of(settings)  # each worker reads it for itself; what is wrong with it is better said once, and before
    with _listening(service) as listener:
        address = listener.getsockname()[0]
        shown = f"[{address}]" if ":" in address else address
        Supervisor(
            work=partial(work, listener, settings, make_app, channel_for(settings)),
            workers=service.workers,
            stop_seconds=STOP_SECONDS + 1.0,
            on_first_beat=lambda: _say(f"serving on http://{shown}:{service.port}/"),
        ).run()


def _listening(service: ServiceSettings) -> socket.socket:
    """The socket that all workers accept from. Raises BadSetting."""
    try:
        addresses = socket.getaddrinfo(service.host, service.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, place = min(addresses, key=lambda address: address[0] != socket.AF_INET)
        listener = socket.create_server(place[:2], family=family, backlog=CONNECTIONS)
    except OSError as error:
        reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        raise BadSetting(
            f"cannot listen on {service.host} port {service.port}: {reason}; --host and --port name another place"
        ) from error
    listener.setblocking(False)
    # What is set here holds for every connection that is accepted.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED_SECONDS * 1_000)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _say(what: str) -> None:
    sys.stderr.write(f"seealso: {what}\n")


if __name__ == "__main__":
    try:
        serve(load_settings(environment=os.environ))
    except BadSetting as error:
        _say(str(error))
        sys.exit(error.exit_code)
