"""Settings of the production server, gunicorn: `seealso serve` starts it with this module.

Threads, not its synchronous workers: sixteen half-sent requests make those stop answering. Limits stand below what
the application itself refuses with a reason, except for lines so long that only an attacker sends them.
"""

from __future__ import annotations

import os
from pathlib import Path

from indexer.settings import load_settings

_service = load_settings(environment=os.environ).service

bind = f"{_service.host}:{_service.port}"
workers = _service.workers
threads = _service.threads
worker_class = "gthread"
backlog = 128
timeout = 30
graceful_timeout = 5
keepalive = 5
limit_request_line = 4094
limit_request_fields = 50
limit_request_field_size = 8190
# The heartbeat file must not be on a disk, and the root file system of a container is read-only.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # a RAM disk, by design
control_socket_disable = True
accesslog = None  # what visitors type is nobody's business
errorlog = "-"
loglevel = "info"
