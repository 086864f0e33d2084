"""What runs it elsewhere: units of systemd, and the workflow that publishes images; that they hold what pages say."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from serving import COMMAND
from test_reference import COMMAND as GROUP
from test_reference import ROOT, text_of

from indexer.errors import BadSetting, BuildBusy
from indexer.settings import load_settings

UNITS = ROOT / "packaging" / "systemd"
SERVICE, BUILD, TIMER = (
    UNITS / name for name in ("seealso@.service", "seealso-build@.service", "seealso-build@.timer")
)
WORKFLOWS = ROOT / ".github" / "workflows"
INSTALLED = "/opt/seealso/bin/seealso"


def lines(unit: Path) -> Iterator[tuple[str, str, str]]:
    """Section, key and value of each line of a unit."""
    section = ""
    for line in text_of(unit).splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, is_set, value = line.partition("=")
            assert is_set, f"{unit.name}: {line}"
            yield section, key, value


def values(unit: Path, key: str) -> list[str]:
    return [value for _, name, value in lines(unit) if name == key]


# ---------------------------------------------------------------------------------------------------------- systemd


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed; .ci/run installs it")
@pytest.mark.parametrize("unit", [SERVICE, BUILD, TIMER], ids=lambda unit: unit.name)
def test_systemd_finds_nothing_wrong_with_a_unit(unit: Path, tmp_path: Path) -> None:
    for one in UNITS.iterdir():  # the command must be there, or systemd says that it is not
        (tmp_path / one.name).write_text(text_of(one).replace(INSTALLED, str(COMMAND)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / unit.name], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed; .ci/run installs it")
@pytest.mark.parametrize("unit", [SERVICE, BUILD], ids=lambda unit: unit.name)
def test_systemd_calls_a_unit_little_exposed(unit: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-300:]  # 20 of 100


@pytest.mark.parametrize("unit", [SERVICE, BUILD], ids=lambda unit: unit.name)
def test_a_unit_runs_a_command_that_exists_as_nobody_special_on_the_index_of_its_site(unit: Path) -> None:
    (command,) = values(unit, "ExecStart")
    program, flag, settings, name = command.split()
    assert (program, flag, settings) == (INSTALLED, "--settings", "/srv/%i/seealso.toml")
    assert name in GROUP.commands
    assert values(unit, "User") == ["see-also"]
    environment = dict(value.split("=") for value in values(unit, "Environment"))
    index = load_settings(environment=environment).index.directory
    assert index == Path("/var/lib/seealso/%i")


def test_only_the_build_may_write_and_only_to_the_index() -> None:
    writable = ("ReadWritePaths", "StateDirectory", "CacheDirectory", "LogsDirectory", "RuntimeDirectory")
    for unit in (SERVICE, BUILD):
        assert values(unit, "ProtectSystem") == ["strict"]
        assert values(unit, "ProtectHome") == ["yes"]
        assert values(unit, "NoNewPrivileges") == ["yes"]
        assert values(unit, "CapabilityBoundingSet") == [""]
    assert [value for key in writable for value in values(SERVICE, key)] == []
    assert [value for key in writable for value in values(BUILD, key)] == ["seealso/%i"]


def test_the_service_comes_back_unless_a_setting_is_wrong_and_a_second_build_is_no_failure() -> None:
    assert values(SERVICE, "Restart") == ["on-failure"]
    assert values(SERVICE, "RestartPreventExitStatus") == [str(BadSetting.exit_code)]
    assert values(BUILD, "SuccessExitStatus") == [str(BuildBusy.exit_code)]


def test_the_timer_starts_the_build_of_its_site() -> None:
    assert TIMER.stem == BUILD.stem
    assert values(TIMER, "OnCalendar") == ["*:0/10"]
    assert values(TIMER, "Persistent") == ["yes"]
    assert values(TIMER, "WantedBy") == ["timers.target"]


# --------------------------------------------------------------------------------------------------------- workflows


def test_whatever_may_write_packages_is_pinned_by_its_commit() -> None:
    workflow = yaml.safe_load(text_of(WORKFLOWS / "image.yml"))
    assert workflow["permissions"] == {"contents": "read"}
    job = workflow["jobs"]["publish"]
    assert job["permissions"] == {"contents": "read", "packages": "write", "id-token": "write"}
    used = re.findall(r"uses: (\S+)(.*)", text_of(WORKFLOWS / "image.yml"))
    assert len(used) == 5
    for action, comment in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action


def test_both_images_are_published_with_what_is_in_them_and_signed_by_their_digest() -> None:
    job = yaml.safe_load(text_of(WORKFLOWS / "image.yml"))["jobs"]["publish"]
    targets = {one["target"] for one in job["strategy"]["matrix"]["include"]}
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", text_of(ROOT / "Dockerfile"), re.MULTILINE))
    assert targets - {""} == {"serve"} <= stages
    build = next(step for step in job["steps"] if step.get("id") == "build")["with"]
    assert (build["push"], build["sbom"], build["provenance"]) == (True, True, "mode=max")
    assert set(re.findall(r"^(\w+)=", build["build-args"], re.MULTILINE)) <= set(
        re.findall(r"^ARG (\w+)", text_of(ROOT / "Dockerfile"), re.MULTILINE)
    )
    sign = job["steps"][-1]
    assert "steps.build.outputs.digest" in sign["env"]["SIGNED"]
    assert sign["run"] == 'cosign sign --yes "$SIGNED"'


def test_an_expression_of_github_never_stands_in_a_shell_script() -> None:
    for file in WORKFLOWS.iterdir():
        for job in yaml.safe_load(text_of(file))["jobs"].values():
            assert not [step for step in job["steps"] if "${{" in step.get("run", "")], file.name


def test_the_image_that_serves_has_what_serves_and_the_other_has_all() -> None:
    dockerfile = text_of(ROOT / "Dockerfile")
    stages = dict(re.findall(r"^FROM \S+ AS (\w+)\n(.*?)(?=^FROM )", dockerfile, re.MULTILINE | re.DOTALL))
    assert "requirements-serve.txt" in stages["serving"]
    assert "requirements.txt" in stages["building"]
    assert "COPY --from=serving" in stages["serve"]
    ignored = text_of(ROOT / ".dockerignore")
    named = dockerfile + text_of(ROOT / "compose.opensearch.yaml")
    for file in re.findall(r"(?:COPY |REQUIREMENTS=|REQUIREMENTS: )(requirements\S+)", named):
        assert f"!{file}\n" in ignored
        assert (ROOT / file).is_file()


def locked(name: str) -> set[str]:
    return set(re.findall(r"^([\w.-]+)==", text_of(ROOT / name), re.MULTILINE))


def test_what_serves_installs_without_what_only_a_build_needs() -> None:
    heavy = {"scikit-learn", "scipy", "pyromark", "rich", "whoosh", "pyyaml", "watchfiles", "opensearch-py"}
    assert locked("requirements-serve.txt") & heavy == set()
    assert locked("requirements-serve.txt") < locked("requirements.txt")
    assert locked("requirements.txt") & {"pytest", "mypy", "ruff", "hatchling"} == set()
    assert "hatchling" in locked("requirements-package.txt")
