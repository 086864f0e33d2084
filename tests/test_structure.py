"""The rules of ARCHITECTURE.md about who may import what, checked on the sources and in a fresh process."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from conftest import Site

import indexer
import service
from indexer.errors import EXTRAS
from indexer.related.ranker import FEWEST_LISTS

ROOTS = {package.__name__: Path(str(package.__file__)).parent for package in (indexer, service)}

# Each outside library stands in as few files as possible, so that it can be replaced there.
HOMES = {
    "whoosh": {"indexer/search/whoosh.py"},
    "opensearchpy": {"indexer/search/opensearch/cluster.py"},
    "sklearn": {f"indexer/related/{name}.py" for name in ("baselines", "ranker")},
    "scipy": {
        f"indexer/related/{name}.py"
        for name in (
            "baselines",
            "candidates",
            "distinctness",
            "earlier",
            "field_counts",
            "neighbours",
            "products",
            "ranker",
            "vectors",
        )
    }
    | {"indexer/search/columnar/inverted_index.py", "indexer/search/lexicon.py"},
    "frontmatter": {"indexer/content/front_matter.py"},
    "yaml": {"indexer/content/front_matter.py", "indexer/editing/yaml_edit.py", "indexer/profiles/site_config.py"},
    "tomlkit": {"indexer/editing/toml_edit.py"},
    "anyascii": {"indexer/content/anchors.py"},
    "text_unidecode": {"indexer/content/transliterate.py"},
    "pyromark": {"indexer/content/markdown.py"},
    "Stemmer": {"indexer/text/analysis.py"},
    "rich": {"indexer/cli/screen.py"},
    "click": {f"indexer/cli/{file.name}" for file in (ROOTS["indexer"] / "cli").glob("*.py")},
    "flask": {
        f"service/{name}.py"
        for name in ("algolia/routes", "api", "app", "clicks", "assets", "editing", "pages", "desk/door", "desk/pages")
    },
    "itsdangerous": {"service/desk/sessions.py"},
    "werkzeug": {"service/app.py", "service/desk/door.py", "service/editing.py", "service/kept.py"},
    "markupsafe": {"service/render.py"},
    "prometheus_client": {"service/metrics.py"},
    "watchfiles": {"service/watcher.py"},
}


@cache
def sources() -> tuple[tuple[str, ast.Module], ...]:
    return tuple(
        (f"{package}/{file.relative_to(root).as_posix()}", ast.parse(file.read_text(encoding="utf-8")))
        for package, root in ROOTS.items()
        for file in sorted(root.rglob("*.py"))
    )


@cache
def imported(tree: ast.Module) -> frozenset[str]:
    """The top-level packages that a module imports anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return frozenset(name.partition(".")[0] for name in names)


@pytest.mark.parametrize("library", HOMES)
def test_a_library_is_imported_only_where_it_is_at_home(library: str) -> None:
    users = {path for path, tree in sources() if library in imported(tree)}
    assert users <= HOMES[library]
    assert users


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
    assert [path for path, tree in sources() if "mmap" in imported(tree)] == ["indexer/store/sealed_files.py"]


ANSWERING = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from indexer.auth import new_token
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
    heavy |= {"indexer.editing.suggestions", "indexer.editing.git", "indexer.editing.write_back"}
    heavy |= {
        f"indexer.related.{name}"
        for name in ("field_counts", "vectors", "candidates", "ranker", "relate", "evaluation")
    }
    assert modules_of_a_service & heavy == set()


def test_no_writer_of_whoosh_is_loaded_by_a_service(modules_of_a_service: set[str]) -> None:
    assert modules_of_a_service & {"whoosh.writing", "whoosh.qparser"} == set()


def said_and_loaded(*arguments: str) -> str:
    """What the command prints in a process of its own, and after it all modules that are loaded then."""
    code = (
        "import sys; from indexer.cli import main; main(sys.argv[1:], standalone_mode=False); "
        "print('\\n'.join(sys.modules))"
    )
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True).stdout


def test_the_command_answers_a_question_without_what_only_a_build_needs(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    site.build()
    said = said_and_loaded("--index", str(site.index), "search", "lamb")
    assert "Lamb stew" in said
    assert set(said.split()) & {"sklearn", "scipy", "flask", "pyromark", "rich"} == set()


SERVING_ONLY = """
import sys
from indexer.errors import EXTRAS
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {library for libraries in EXTRAS.values() for library in libraries}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
from indexer.cli import main
main(sys.argv[1:])
"""


def without_extras(site: Site, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as it runs where only what serves is installed."""
    flags = ["--content", str(site.content), "--index", str(site.index)]
    command = [sys.executable, "-c", SERVING_ONLY, *flags, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "arguments", [["search", "lamb"], ["related", "lamb"], ["status"], ["settings"], ["export", "lists.json"]], ids=str
)
def test_a_published_index_is_asked_without_what_builds(site: Site, arguments: list[str]) -> None:
    site.post("lamb.md", "Lamb stew")
    site.post("rye.md", "Rye bread")
    site.build()
    done = without_extras(site, *arguments)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [["build"], ["check"], ["suggest", "lamb"], ["accept", "lamb", "rye"]], ids=str)
def test_what_needs_an_extra_names_it(site: Site, arguments: list[str]) -> None:
    site.post("lamb.md", "Lamb stew")
    site.post("rye.md", "Rye bread")
    site.build()
    done = without_extras(site, *arguments)
    assert done.returncode == 69
    assert 'comes with the extra "build": install seealso[build]' in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_each_extra_is_known_by_what_it_brings() -> None:
    named = {
        "opensearch-py": "opensearchpy",
        "python-frontmatter": "frontmatter",
        "pyyaml": "yaml",
        "scikit-learn": "sklearn",
    }
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    for extra, libraries in EXTRAS.items():
        wanted = [re.split(r"[<>=]", one)[0] for one in project["optional-dependencies"][extra]]
        assert {named.get(one, one.replace("-", "_")) for one in wanted} == set(libraries)


def test_a_build_loads_scikit_learn_only_where_something_is_new_and_lists_are_learned_from(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    build = ("--content", str(site.content), "--index", str(site.index), "build")
    assert "sklearn" not in said_and_loaded(*build).split()
    for number in range(FEWEST_LISTS):
        site.post(f"rye-{number}.md", f"Rye {number}", related="[lamb]")
    assert "sklearn" in said_and_loaded(*build).split()
    said = said_and_loaded(*build)
    assert "nothing changed" in said.lower()
    assert "sklearn" not in said.split()
