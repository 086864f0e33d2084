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
import os
import socket
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from wsgiref.types import WSGIApplication

from indexer.errors import BadSetting, not_installed
from indexer.settings import Settings, load_settings
from service.logs import configure
from service.look import look_of
from service.recorder import channel_for
from service.supervisor import Heart, Supervisor
from service.worker import CONNECTIONS, STOP_SECONDS, Shared, work, work_for_prometheus

# Seconds without any sign of a client that something was sent to; a reader that stopped reading gives none.
STALLED_SECONDS = 30

log = logging.getLogger("seealso")


def serve(settings: Settings, make_app: Callable[[Settings], WSGIApplication] | None = None) -> None:
    """Serves until SIGTERM, SIGINT or SIGHUP.

    Raises BadSetting where the address cannot be listened on, or a file of the pages' look cannot be read.
    make_app: makes another application than the product's; a benchmark compares with one.
    """
    service = settings.service
    configure(service.log)
    look_of(settings)  # each worker reads it for itself; what is wrong with it is better said once, and before
    with ExitStack() as stack:
        listener = stack.enter_context(_listening(service.host, service.port, "--host and --port name"))
        address = listener.getsockname()[0]
        shown = f"[{address}]" if ":" in address else address
        counts = _counts(settings, stack)
        shared = Shared(listener, settings, make_app, channel_for(settings), counts)
        works: dict[str, Callable[[Heart], None]] = {
            f"worker {number}": partial(work, shared, number) for number in range(1, service.workers + 1)
        }
        if counts is not None:
            works["metrics"] = _for_prometheus(settings, counts, stack)
        if service.watch:
            from service.watcher import build_on_change

            works["watcher"] = partial(build_on_change, settings)
        Supervisor(
            works=works,
            stop_seconds=STOP_SECONDS + 1.0,
            on_first_beat=lambda: log.info("serving on http://%s:%s/", shown, service.port),
        ).run()


def _counts(settings: Settings, stack: ExitStack) -> Path | None:
    """A private folder in which the workers count until the service ends, if there are metrics. Raises BadSetting."""
    if settings.service.metrics_address is None:
        return None
    from service.metrics import prepare

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seealso-")))
    prepare(folder, settings.service.workers)
    return folder


def _for_prometheus(settings: Settings, counts: Path, stack: ExitStack) -> Callable[[Heart], None]:
    """The work of the process that answers scrapes, on an address of its own. Raises BadSetting."""
    host, port = settings.service.metrics_address or ("", 0)
    listener = stack.enter_context(_listening(host, port, "service.metrics names"))
    return partial(work_for_prometheus, listener, counts, settings.index.directory)


def _listening(host: str, port: int, chosen: str) -> socket.socket:
    """A socket that workers accept from. chosen: what names the address, for the message. Raises BadSetting."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, place = min(addresses, key=lambda address: address[0] != socket.AF_INET)
        listener = socket.create_server(place[:2], family=family, backlog=CONNECTIONS)
    except OSError as error:
        reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        raise BadSetting(f"cannot listen on {host} port {port}: {reason}; {chosen} another place") from error
    listener.setblocking(False)
    # What is set here holds for every connection that is accepted.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED_SECONDS * 1_000)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


if __name__ == "__main__":
    try:
        serve(load_settings(environment=os.environ))
    except BadSetting as error:
        sys.stderr.write(f"seealso: {error}\n")
        sys.exit(error.exit_code)
    except ModuleNotFoundError as error:
        if (missing := not_installed(error)) is None:
            raise
        sys.stderr.write(f"seealso: {missing}\n")
        sys.exit(missing.exit_code)
