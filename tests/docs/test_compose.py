"""compose.yaml and the image: both containers see the folders that the settings inside them name, and no more."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_reference import DOCS, ROOT, text_of

from indexer.model import EngineName
from indexer.settings import load_settings

GUIDE = DOCS / "how-to" / "run-in-a-container.md"
READ_ONLY, WRITABLE = True, False
# Inside the container: where it is on the host, and whether it is read-only.
Mounts = dict[str, tuple[str, bool]]


def mounts_of(service: dict[str, Any]) -> Mounts:
    found = {}
    for one in service["volumes"]:
        if isinstance(one, str):
            source, target, *mode = one.split(":")
            found[target] = (source, "ro" in mode)
        else:
            assert one["bind"] == {"create_host_path": False}
            found[one["target"]] = (one["source"], one.get("read_only", False))
    return found


@pytest.fixture
def services() -> dict[str, Any]:
    return dict(yaml.safe_load(text_of(ROOT / "compose.yaml"))["services"])


@pytest.fixture
def inside() -> dict[str, str]:
    """The environment that the image sets."""
    block = re.search(r"^ENV PATH=(?:.*\\\n)*.*$", text_of(ROOT / "Dockerfile"), re.MULTILINE)
    assert block
    return dict(re.findall(r"(SEEALSO_\w+)=(\S+)", block[0]))


@pytest.mark.parametrize("with_file", [True, False], ids=["a settings file", "none"])
def test_both_containers_see_the_folders_that_the_settings_inside_name(
    services: dict[str, Any], inside: dict[str, str], with_file: bool, tmp_path: Path
) -> None:
    file = Path(shutil.copy(ROOT / "seealso.toml", tmp_path)) if with_file else None
    said = load_settings(file, inside)
    folders = [str(one) for one in (said.content.directory, said.decided, said.index.directory)]
    web, rebuild = mounts_of(services["web"]), mounts_of(services["rebuild"])
    assert [web[one] for one in folders] == [
        ("./content", READ_ONLY),
        ("./.seealso", READ_ONLY),
        ("index", READ_ONLY),
    ]
    assert [rebuild[one] for one in folders] == [
        ("./content", READ_ONLY),
        ("./.seealso", READ_ONLY),
        ("index", WRITABLE),
    ]
    assert set(web) == set(rebuild) == set(folders)


def test_the_folder_of_decisions_is_the_one_that_the_command_uses_on_the_host(services: dict[str, Any]) -> None:
    source, _ = mounts_of(services["rebuild"])["/editing"]
    assert load_settings(ROOT / "seealso.toml").decided == ROOT / source
    assert (ROOT / source).is_dir()  # or a fresh copy would not start


def test_for_editors_the_web_container_may_write_to_posts_and_decisions_and_the_other_to_neither(
    services: dict[str, Any],
) -> None:
    override = yaml.safe_load(re.search(r"```yaml\n(.*?)```", text_of(GUIDE), re.DOTALL)[1])  # type: ignore[index]
    assert override["services"].keys() == {"web"}
    web = mounts_of(services["web"]) | mounts_of(override["services"]["web"])
    assert web == {
        "/content": ("./content", WRITABLE),
        "/editing": ("./.seealso", WRITABLE),
        "/index": ("index", READ_ONLY),
    }


def test_both_containers_keep_a_root_that_nobody_writes_to(services: dict[str, Any]) -> None:
    for service in services.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]


def test_the_image_keeps_no_decisions_in_a_volume_without_a_name() -> None:
    dockerfile = text_of(ROOT / "Dockerfile")
    assert "USER 10001:10001" in dockerfile
    assert re.search(r'^VOLUME \["/content", "/index"\]$', dockerfile, re.MULTILINE)


# ---------------------------------------------------------------------------------------------------- on a cluster


class Loader(yaml.SafeLoader):
    """Reads what Compose has beyond YAML."""


Loader.add_constructor("!reset", lambda *_: None)


@pytest.fixture
def searching() -> dict[str, Any]:
    text = text_of(ROOT / "compose.opensearch.yaml")
    return dict(yaml.load(text, Loader)["services"])  # noqa: S506  # a safe loader with one more tag


def test_both_containers_ask_the_cluster_and_nobody_else_reaches_it(searching: dict[str, Any]) -> None:
    for name in ("web", "rebuild"):
        said = load_settings(None, searching[name]["environment"]).search
        assert (said.engine, said.opensearch.hosts) == (EngineName.OPENSEARCH, ("http://opensearch:9200",))
        assert "search" in searching[name]["networks"]
    assert searching["opensearch"]["networks"] == ["search"]
    assert "ports" not in searching["opensearch"]


def test_the_image_for_a_cluster_has_its_client(searching: dict[str, Any]) -> None:
    requirements = searching["web"]["build"]["args"]["REQUIREMENTS"]
    assert "opensearch-py==" in text_of(ROOT / requirements)
    assert "ARG REQUIREMENTS=" in text_of(ROOT / "Dockerfile")


def test_what_the_file_for_a_cluster_names_exists(searching: dict[str, Any], services: dict[str, Any]) -> None:
    """Compose merges it into compose.yaml; a service that it misnames would be a further one, without an image."""
    text = text_of(ROOT / "compose.opensearch.yaml")
    merged = yaml.load(text, Loader)  # noqa: S506  # a safe loader with one more tag
    assert searching.keys() - services.keys() == {"opensearch"}
    assert services["rebuild"]["network_mode"] == "none"  # which excludes networks, so it must be taken back
    assert re.search(r"^    network_mode: !reset null$", text, re.MULTILINE)
    networks = {network for service in searching.values() for network in service["networks"]}
    assert networks == merged["networks"].keys()
    volumes = {one.partition(":")[0] for one in searching["opensearch"]["volumes"]}
    assert volumes == merged["volumes"].keys()


def test_the_node_starts_without_a_password(searching: dict[str, Any]) -> None:
    """Its image would otherwise install a demonstration of the security plugin, and end for want of a password."""
    assert searching["opensearch"]["environment"]["DISABLE_SECURITY_PLUGIN"] == "true"


def test_the_node_is_of_the_version_that_is_tested(searching: dict[str, Any]) -> None:
    (version,) = re.findall(r'^VERSION, SHA256 = "([\d.]+)"', text_of(ROOT / "tests/opensearch/nodes.py"), re.MULTILINE)
    assert searching["opensearch"]["image"] == f"opensearchproject/opensearch:{version}"
