"""seealso settings: what is in force and where it comes from, without anything secret."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from serving import environment


def printed(folder: Path, seealso: Path, *arguments: str, **variables: str) -> str:
    return subprocess.run(
        [seealso, "settings", *arguments],
        cwd=folder,
        env=environment() | variables,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_each_setting_is_a_line_with_its_origin(tmp_path: Path, warm_seealso: Path) -> None:
    (tmp_path / "seealso.toml").write_text("[service]\nworkers = 3\n")
    said = printed(tmp_path, warm_seealso, SEEALSO_SERVICE_ORIGINS="https://a.example").splitlines()
    assert "service.workers = 3  # file: seealso.toml" in said
    assert 'service.origins = ["https://a.example"]  # environment: SEEALSO_SERVICE_ORIGINS' in said
    assert "service.port = 8000  # default" in said


def test_a_password_in_an_address_is_not_shown(tmp_path: Path, warm_seealso: Path) -> None:
    for arguments in ((), ("--json",)):
        said = printed(tmp_path, warm_seealso, *arguments, SEEALSO_CONTENT_SITE="https://ann:hush@blog.example")
        assert "hush" not in said
        assert "https://…@blog.example" in said


def test_the_secrets_of_a_cluster_are_not_shown(tmp_path: Path, warm_seealso: Path) -> None:
    for arguments in ((), ("--json",)):
        secrets = {"SEEALSO_SEARCH_OPENSEARCH_PASSWORD": "hush", "SEEALSO_SEARCH_OPENSEARCH_API_KEY": "hushed"}
        said = printed(tmp_path, warm_seealso, *arguments, **secrets)
        assert "hush" not in said
        assert "SEEALSO_SEARCH_OPENSEARCH_PASSWORD" in said


def test_json_has_the_same(tmp_path: Path, warm_seealso: Path) -> None:
    found = json.loads(printed(tmp_path, warm_seealso, "--json"))["settings"]
    (port,) = (one for one in found if one["name"] == "service.port")
    assert port == {"name": "service.port", "value": 8000, "from": "default", "by": ""}
