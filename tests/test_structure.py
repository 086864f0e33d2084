"""The rules of ARCHITECTURE.md about who may import what, checked on the sources and in a fresh process."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Site

import indexer
import service

ROOTS = {package.__name__: Path(str(package.__file__)).parent for package in (indexer, service)}

# Each outside library stands in as few files as possible, so that it can be replaced there.
HOMES = {
    "whoosh": {"indexer/fulltext/whoosh.py"},
    "sklearn": {"indexer/similarity/baselines.py"},
    "scipy": {
        f"indexer/similarity/{name}.py" for name in ("baselines", "features", "learning", "neighbours", "vectors")
    }
    | {"indexer/fulltext/postings.py"},
    "frontmatter": {"indexer/posts/frontmatter.py"},
    "yaml": {"indexer/posts/frontmatter.py", "indexer/curation/yaml_list.py"},
    "tomlkit": {"indexer/curation/toml_list.py"},
    "pyromark": {"indexer/posts/markdown.py"},
    "Stemmer": {"indexer/analysis.py"},
    "rich": {"indexer/cli/screen.py"},
    "click": {f"indexer/cli/{file.name}" for file in (ROOTS["indexer"] / "cli").glob("*.py")},
    "flask": {"service/api.py", "service/app.py", "service/editing.py", "service/pages.py"},
    "werkzeug": {"service/app.py", "service/editing.py"},
    "markupsafe": {"service/render.py"},
}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for package, root in ROOTS.items():
        for file in sorted(root.rglob("*.py")):
            yield f"{package}/{file.relative_to(root).as_posix()}", ast.parse(file.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> set[str]:
    """The top-level packages that a module imports anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("library", HOMES)
def test_a_library_is_imported_only_where_it_is_at_home(library: str) -> None:
    users = {path for path, tree in sources() if library in imported(tree)}
    assert users <= HOMES[library]
    assert users


READING = ("related", "rows", "scoring", "stored_vectors", "terms")


@pytest.mark.parametrize("name", READING)
def test_what_answers_about_related_posts_knows_nothing_of_how_they_were_found(name: str) -> None:
    (tree,) = (tree for path, tree in sources() if path == f"indexer/similarity/{name}.py")
    siblings = {
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("indexer.similarity")
    }
    assert imported(tree) & {"sklearn", "scipy"} == set()
    assert siblings <= {f"indexer.similarity.{sibling}" for sibling in READING}


def test_the_indexer_never_imports_the_service() -> None:
    parts = {path: imported(tree) for path, tree in sources()}
    assert [path for path, names in parts.items() if path.startswith("indexer/") and "service" in names] == []


def test_nothing_is_ever_pickled_or_evaluated() -> None:
    """What lies on the disk is data: only Whoosh reads pickles, after their checksums."""
    for path, tree in sources():
        assert not imported(tree) & {"pickle", "marshal", "shelve", "joblib", "dill"}, path
        called = {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not called & {"eval", "exec", "compile", "__import__"}, path


def test_arrays_are_opened_in_one_place_by_a_way_that_unpickles_nothing() -> None:
    """np.load and read_array may unpickle; `SealedFiles.array` reads a header and maps the rest."""
    loads = [
        path
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("load", "read_array", "fromfile", "memmap", "open_memmap")
        and ast.unparse(node.value) in ("np", "numpy", "npy_format", "np.lib.format")
    ]
    assert loads == []
    assert [path for path, tree in sources() if "mmap" in imported(tree)] == ["indexer/generation.py"]


ANSWERING = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from indexer.access import new_token
from indexer.settings import EditingSettings, IndexSettings, Settings
from service.app import create_app
index, decided = map(Path, sys.argv[1:])
settings = Settings(index=IndexSettings(directory=index), editing=EditingSettings(directory=decided))
client = create_app(settings).test_client()
now = datetime.now(UTC)
editor = {"Authorization": "Bearer " + new_token(decided, "ann", now + timedelta(days=1), now)}
assert client.get("/api/v1/posts", headers=editor).status_code == 200
for path in ("/api/v1/search?q=lamb", "/api/v1/complete?q=la", "/api/v1/related?post=lamb", "/?q=lamb", "/lamb/"):
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status)
print("\\n".join(sys.modules))
"""


@pytest.fixture
def modules_of_a_service(site: Site) -> set[str]:
    """What a service has loaded that answered from every route of visitors, and showed an editor the posts."""
    site.post("lamb.md", "Lamb stew")
    site.post("rye.md", "Rye bread")
    site.build()
    done = subprocess.run(
        [sys.executable, "-c", ANSWERING, site.index, site.settings.decided],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_a_service_starts_and_answers_without_what_only_a_build_needs(modules_of_a_service: set[str]) -> None:
    heavy = {"sklearn", "scipy", "pyromark", "frontmatter", "yaml", "tomlkit", "indexer.build"}
    heavy |= {"indexer.desk", "indexer.drafts", "indexer.curation.writeback"}
    heavy |= {
        f"indexer.similarity.{name}"
        for name in ("counts", "vectors", "features", "learning", "logistic", "relate", "report")
    }
    assert modules_of_a_service & heavy == set()


def test_no_writer_of_whoosh_is_loaded_by_a_service(modules_of_a_service: set[str]) -> None:
    assert modules_of_a_service & {"whoosh.writing", "whoosh.qparser"} == set()


def test_the_command_answers_a_question_without_what_only_a_build_needs(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    site.build()
    code = (
        "import sys; from indexer.cli import main; main(sys.argv[1:], standalone_mode=False); "
        "print('\\n'.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--index", str(site.index), "search", "lamb"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Lamb stew" in done.stdout
    assert set(done.stdout.split()) & {"sklearn", "scipy", "flask", "pyromark", "rich"} == set()
