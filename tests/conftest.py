"""What every test stands on: small sites of real files, really built, in a folder of their own."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import hypothesis
import pytest
from corpora import opened_reader
from hypothesis import settings as hypothesis_settings
from warm_command import warm_command
from werkzeug.test import TestResponse

from indexer.build import BuildResult, build
from indexer.editing.journal import Signature
from indexer.model import EngineName, Post
from indexer.search.engine import Reader
from indexer.settings import ContentSettings, IndexSettings, Settings
from indexer.snapshot import Snapshot, open_snapshot

TODAY = date(2026, 6, 1)
Case = TypeVar("Case")


def signed(day: date = TODAY, by: str = "ana") -> Signature:
    """The signature of an editor at noon of a day."""
    return Signature(by, datetime(day.year, day.month, day.day, 12, tzinfo=UTC))


MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of our own in it is made by tempfile and pytest


def _memory_will_do() -> bool:
    """Whether there is room for what a run leaves, 1.1 GB, and git may run hooks there."""
    if not os.access(MEMORY, os.W_OK):
        return False
    there = os.statvfs(MEMORY)
    return there.f_bavail * there.f_frsize > 3 * 2**30 and not there.f_flag & os.ST_NOEXEC


# A tmpfs is a real file system: links, locks, limits and permissions are those of any other. But fsync returns at once
# there, and no test could tell: that bytes outlive a power cut is nothing that a test sees on a disk either, and
# test_faults.py counts every fsync where it is called. TMPDIR=/var/tmp runs the tests on a disk.
if _memory_will_do():
    os.environ.setdefault("TMPDIR", str(MEMORY))
    tempfile.tempdir = None  # pytest has asked for a folder before it read this, and tempfile remembers the answer

# How long an example takes says more of what else the machine does than of the product. The examples are the same in
# every run: what fails, fails for the change at hand. `--hypothesis-profile=searching` looks at others.
hypothesis_settings.register_profile("searching", deadline=None)
hypothesis_settings.register_profile("unhurried", deadline=None, derandomize=True)
hypothesis_settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nothing-here")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--browser", action="store_true", help="also the tests in a browser")
    parser.addoption("--opensearch", action="store_true", help="the tests on the nodes that OPENSEARCH_URLS names")
    parser.addoption(
        "--exhaustive", action="store_true", help="sweep every call, bit and front matter instead of a sample of each"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--exhaustive"):
        hypothesis.settings.register_profile("exhaustive", max_examples=2_500)
        hypothesis.settings.load_profile("exhaustive")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What needs a browser, or nodes of OpenSearch, runs where `make` installs them, and nowhere else."""
    needed = {"browser": "--browser", "opensearch": "--opensearch"}.get(collection_path.name)
    is_our_folder = collection_path.parent == Path(__file__).parent
    return True if needed and is_our_folder and not config.getoption(needed) else None


@pytest.fixture(scope="session")
def exhaustive(request: pytest.FixtureRequest) -> bool:
    """Whether a sweep should leave nothing out, as `make test-all` does; `make test` takes a sample."""
    return bool(request.config.getoption("--exhaustive"))


def examples(number: int) -> int:
    """How many examples a costly property is tried on: all of them in `make test-all`, a quarter otherwise."""
    return number if _is_exhaustive() else number // 4


def sampled(cases: Iterable[Case], every: int) -> list[Case]:
    """The cases of a costly sweep: all of them in `make test-all`, one in so many otherwise."""
    return list(cases)[:: 1 if _is_exhaustive() else every]


def _is_exhaustive() -> bool:
    """What the fixture `exhaustive` says, while modules are imported."""
    return hypothesis_settings.get_current_profile_name() == "exhaustive"


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, empty_folder: Path) -> None:
    """Whoever runs the tests may have See Also's own variables set, and stands where a settings file lies: ours."""
    monkeypatch.chdir(empty_folder)
    for name in [name for name in os.environ if name.startswith("SEEALSO_")]:
        monkeypatch.delenv(name)


def post_text(title: str, body: str = "Some words.", **front: str) -> str:
    """A post in the native format. Further front matter as raw YAML: tags="[a, b]"."""
    lines = [f'title: "{title}"', *(f"{key}: {value}" for key, value in front.items())]
    return "---\n" + "\n".join(lines) + f"\n---\n\n{body}\n"


def unsealed(file: Path) -> Path:
    """A file of a generation, so that a test can damage it in place."""
    if file.stat().st_nlink > 1:  # a copy of a site shares it, see Site.copy
        own = file.with_name(f"{file.name}.own")
        shutil.copy2(file, own)
        own.replace(file)
    file.chmod(0o644)
    return file


def known_of(file: Path) -> dict[str, object]:
    """All that a command which leaves a file alone leaves as it was; when it was last read is not among it."""
    status = file.stat()
    kept = ("st_dev", "st_ino", "st_nlink", "st_mode", "st_uid", "st_gid", "st_size", "st_mtime_ns", "st_ctime_ns")
    return {name: getattr(status, name) for name in kept} | {"bytes": file.read_bytes()}


def json_of(answer: TestResponse) -> Any:
    """The JSON of an answer that has some."""
    assert answer.json is not None, answer.text
    return answer.json


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file of this process can grow beyond so many bytes meanwhile, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def copied(root: Path, to: Path) -> Path:
    """The folder of a site that was built once for many tests, copied.

    Sealed files are never changed, so links to them are as good as copies; `unsealed` gives one of its own.
    """

    def copy(file: str, copy: str) -> None:
        (os.link if "/generations/" in file else shutil.copy2)(file, copy)

    return shutil.copytree(root, to, symlinks=True, dirs_exist_ok=True, copy_function=copy)


class Site:
    """A content folder and an index folder; `build` publishes what is written."""

    def __init__(self, root: Path) -> None:
        self.content = root / "content"
        self.index = root / "index"
        self.content.mkdir(parents=True)
        self.settings = Settings(
            content=ContentSettings(directory=self.content), index=IndexSettings(directory=self.index)
        )

    def write(self, path: str, text: str | bytes) -> Path:
        file = self.content / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def post(self, path: str, title: str, body: str = "Some words.", **front: str) -> Path:
        return self.write(path, post_text(title, body, **front))

    def configure(self, **content: object) -> None:
        """Changes settings of the [content] table."""
        self.settings = replace(self.settings, content=replace(self.settings.content, **content))  # type: ignore[arg-type]

    def build(self, *, strict: bool = False, force: bool = False, today: date = TODAY) -> BuildResult:
        return build(self.settings, strict=strict, force=force, today=today)

    def copy(self, origin: Site) -> Site:
        """Becomes what a site is that was built once for many tests."""
        copied(origin.content.parent, self.content.parent)
        return self

    def open(self) -> Snapshot:
        return open_snapshot(self.index, self.settings.search)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An empty site."""
    return Site(tmp_path / "site")


@pytest.fixture
def built_site(tmp_path: Path) -> Callable[[Mapping[str, str]], Site]:
    """A function path → text that writes a site and builds it."""

    def make(files: Mapping[str, str]) -> Site:
        made = Site(tmp_path / "built")
        for path, text in files.items():
            made.write(path, text)
        made.build()
        return made

    return make


@pytest.fixture(scope="session")
def visited_blog(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A built site of three posts, one of them French, to ask as visitors do; a test copies it and lets it be."""
    site = Site(tmp_path_factory.mktemp("visited-blog"))
    site.post("rye.md", "Rye bread", "A sour loaf.")
    site.post("lamb.md", "Lamb stew", "Brown the lamb well.")
    site.post("soup.md", "Onion soup", "Slowly.", language="fr")
    site.build()
    return site


@pytest.fixture(scope="session")
def stew(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A built site of one post, to be served; a test that changes it copies it."""
    site = Site(tmp_path_factory.mktemp("stew"))
    site.post("lamb-stew.md", "Lamb stew", "Brown the lamb.")
    site.build()
    return site


@pytest.fixture(scope="session")
def demo_blog(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The demo blog, built; a test copies it and lets it be."""
    site = Site(tmp_path_factory.mktemp("demo-blog"))
    shutil.copytree(Path(__file__).parent.parent / "content", site.content, dirs_exist_ok=True)
    site.build()
    return site


@pytest.fixture(scope="session")
def warm_seealso() -> Path:
    """An executable called seealso that need not import anything when it is started."""
    return warm_command()


EMBEDDED = tuple(name for name in EngineName if name is not EngineName.OPENSEARCH)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The contract runs on every engine that needs no other process, or else on the nodes of an OpenSearch cluster."""
    if "engine" in metafunc.fixturenames:
        engines = (EngineName.OPENSEARCH,) if metafunc.config.getoption("--opensearch") else EMBEDDED
        metafunc.parametrize("engine", engines, indirect=True, scope="session")


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> str:
    """The name of each engine in turn."""
    return str(request.param)


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Callable[..., Reader]:
    """A function posts → a reader over them, once with each engine. The same posts are indexed only once."""

    @cache
    def make(*posts: Post) -> Reader:
        return opened_reader(tmp_path_factory.mktemp(engine), engine, posts)

    return make
