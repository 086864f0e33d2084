"""TLS and a password in front of a real node: what OpenSearch's security plugin would do, which the tests have not."""

from __future__ import annotations

import base64
import http.client
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nodes import Node

# Seconds that a node may take for a request of a build.
PATIENCE = 120


class Gate:
    """A node over TLS, for those who know the password. certificate: the one it shows, and its key."""

    def __init__(self, node: Node, certificate: tuple[Path, Path], user: str, password: str) -> None:
        self.certificate = certificate
        self.user, self.password = user, password
        self.refused = 0
        gate = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.headers.get("Authorization") != gate.credentials:
                    gate.refused += 1
                    self.say(401, "text/plain", b"Unauthorized")
                    return
                behind = http.client.HTTPConnection("127.0.0.1", node.port, timeout=PATIENCE)
                try:
                    kind = self.headers.get("Content-Type", "application/json")
                    behind.request(self.command, self.path, body, {"Content-Type": kind})
                    answer = behind.getresponse()
                    self.say(answer.status, answer.headers.get("Content-Type", "text/plain"), answer.read())
                except OSError:
                    self.say(502, "text/plain", b"Bad Gateway")
                finally:
                    behind.close()

            def say(self, status: int, kind: str, data: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815  # the names are those of the library

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def get_request(self) -> tuple[Any, Any]:
                """Each connection sees the certificate of the moment; none is kept for the next request."""
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(*gate.certificate)
                connection, address = super().get_request()
                return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

            def handle_error(self, *_: object) -> None:
                """A client that refuses a certificate is meant to."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"https://127.0.0.1:{self._server.server_port}"

    @property
    def credentials(self) -> str:
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
