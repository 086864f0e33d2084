"""seealso.toml, the environment and the flags → settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from indexer.errors import BadSetting
from indexer.settings import (
    ContentSettings,
    IndexSettings,
    Origin,
    ServiceSettings,
    Settings,
    load_settings,
    settings_in_force,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "site" / "seealso.toml"


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_everything_has_its_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert load_settings() == Settings()


def test_the_file_in_the_working_directory_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "seealso.toml", "[service]\nport = 9000\n")

    assert load_settings().service.port == 9000


def test_every_table_is_read(file: Path) -> None:
    write(
        file,
        """
        [content]
        directory = "posts"
        suffixes = [".md"]
        exclude = "drafts/*"
        site = "https://x.example"
        [content.keys]
        related = "see_also"
        [content.urls]
        "_how-tos/" = "/how-to/{path}/"
        [related]
        shown = 3
        [index]
        keep = 2
        [service]
        origins = ["https://x.example"]
        """,
    )

    said = load_settings(file)

    assert said.content.suffixes == (".md",)
    assert said.content.exclude == ("drafts/*",)
    assert said.content.keys.related == ("see_also",)
    assert said.content.keys.title == ("title",)
    assert said.content.urls == {"_how-tos": "/how-to/{path}/"}
    assert (said.related.shown, said.index.keep, said.service.origins) == (3, 2, ("https://x.example",))


def test_paths_in_the_file_count_from_the_file(file: Path) -> None:
    write(file, '[content]\ndirectory = "posts"\n[index]\ndirectory = "/var/lib/seealso"\n')

    said = load_settings(file)

    assert said.content.directory == file.parent / "posts"
    assert said.index.directory == Path("/var/lib/seealso")


def test_the_order_is_default_file_environment_flag(file: Path) -> None:
    write(file, '[content]\ndirectory = "file"\nlanguage = "nl"\n[service]\nport = 9000\n')
    environment = {"SEEALSO_CONTENT_DIRECTORY": "/environment", "SEEALSO_SERVICE_PORT": "9001"}

    said = load_settings(file, environment, content=Path("/flag"), index=Path("/index"))

    assert (said.service.workers, said.content.language, said.service.port) == (2, "nl", 9001)
    assert (said.content.directory, said.index.directory) == (Path("/flag"), Path("/index"))
    assert load_settings(file, environment).content.directory == Path("/environment")
    assert load_settings(file).content.directory == file.parent / "file"


def test_the_environment_may_name_the_file_and_a_flag_overrides_it(file: Path, tmp_path: Path) -> None:
    write(file, "[service]\nport = 9000\n")
    other = write(tmp_path / "other.toml", "[service]\nport = 9009\n")
    environment = {"SEEALSO_SETTINGS": str(file)}

    assert load_settings(environment=environment).service.port == 9000
    assert load_settings(other, environment).service.port == 9009


def test_lists_and_keys_can_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environment = {
        "SEEALSO_SERVICE_ORIGINS": "https://a.example, https://b.example",
        "SEEALSO_CONTENT_KEYS_RELATED": "see_also",
        "PORT": "1",
    }

    said = load_settings(environment=environment)

    assert said.service.origins == ("https://a.example", "https://b.example")
    assert said.content.keys.related == ("see_also",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("[serivce]\nport = 1", 'unknown setting "serivce": did you mean "service"?', id="table"),
        pytest.param("[service]\nprot = 1", 'unknown setting "service.prot": did you mean "port"?', id="key"),
        pytest.param("[content.keys]\ntitel = 'x'", '"content.keys.titel": did you mean "title"?', id="key of keys"),
        pytest.param(
            "[related]\nzzz = 1",
            'unknown setting "related.zzz"; known here: across_languages, shown',
            id="no likely one",
        ),
        pytest.param("service = 1", '"service" is a table: write [service]', id="no table"),
        pytest.param(
            "[service]\nport = '80'", "\"service.port\" must be a whole number, not '80'", id="number as text"
        ),
        pytest.param("[service]\nport = true", '"service.port" must be a whole number, not True', id="truth"),
        pytest.param("[service]\ntitle = 7", '"service.title" must be a text, not 7', id="text"),
        pytest.param("[service]\norigins = [1]", '"service.origins" must be a list of texts', id="list"),
        pytest.param("[content]\ndirectory = 7", '"content.directory" must be a path', id="path"),
        pytest.param("[content]\nurls = 'x'", '"content.urls" must be a table of texts', id="table of texts"),
        pytest.param("[service]\nport = 0", '"service.port" must be between 1 and 65535, not 0', id="too small"),
        pytest.param("[service]\nport = 65536", "between 1 and 65535, not 65536", id="too large"),
        pytest.param("[index]\nkeep = 1", '"index.keep" must be between 2 and 100', id="nothing to roll back to"),
        pytest.param("[search]\nengine = 'sphinx'", '"search.engine" must be one of', id="engine"),
        pytest.param("[search.opensearch]\nhosts = ['node:9200']", "must be URLs of nodes", id="host"),
        pytest.param("[search.opensearch]\nhosts = []", "must be URLs of nodes", id="no host"),
        pytest.param(
            "[search.opensearch]\nhosts = 'https://u:secret@node'", "without a password", id="password in host"
        ),
        pytest.param("[search.opensearch]\nprefix = 'See Also'", "must be small letters", id="prefix"),
        pytest.param("[search.opensearch]\ntimeout = 0", "between 0.05 and 60", id="no time"),
        pytest.param(
            "[search.opensearch]\nuser = 'a'\napi_key_file = 'b'", "both a user and an API key", id="two ways"
        ),
        pytest.param("[search]\nfreshness = 11", '"search.freshness" must be between 0 and 10, not 11', id="too fresh"),
        pytest.param("[search]\nfreshness = -1", '"search.freshness" must be between 0 and 10', id="too stale"),
        pytest.param("[search]\nfreshness = nan", '"search.freshness" must be between 0 and 10', id="no freshness"),
        pytest.param("[search]\nfreshness = '1'", '"search.freshness" must be a number', id="freshness as text"),
        pytest.param(
            "[search]\nsynonyms = [['k8s', 'kubernetes'], ['api']]",
            "\"search.synonyms\" holds ['api']: a group is at least two different words or phrases",
            id="a synonym of nothing",
        ),
        pytest.param("[search]\nsynonyms = [['api', 'API']]", "holds ['api', 'API']", id="a synonym of itself"),
        pytest.param("[search]\nsynonyms = [['api', '?!']]", "holds ['api', '?!']", id="a synonym without a word"),
        pytest.param("[search]\nsynonyms = [[]]", "holds []: a group is", id="no synonym"),
        pytest.param("[search]\nsynonyms = ['k8s', 'kube']", "holds ['k8s']: a group is", id="synonyms in one list"),
        pytest.param("[search]\nsynonyms = 'k8s'", '"search.synonyms" must be a list of lists of texts', id="no list"),
        pytest.param("[content]\nurl = '/{titel}/'", "URL patterns know {path} {slug}", id="URL pattern"),
        pytest.param("[content.urls]\na = '/{'", "URL patterns know {path} {slug}", id="URL pattern of a folder"),
        pytest.param("[service", "cannot be read as TOML", id="no TOML"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_a_hint(file: Path, text: str, message: str) -> None:
    write(file, text)

    with pytest.raises(BadSetting) as refused:
        load_settings(file)

    assert message in str(refused.value)


def test_freshness_and_synonyms_are_read(file: Path) -> None:
    write(file, '[search]\nfreshness = 1\nsynonyms = [["k8s", "kubernetes"], ["rate limit", "throttling", "429"]]\n')

    said = load_settings(file).search

    assert (said.freshness, said.synonyms) == (1.0, (("k8s", "kubernetes"), ("rate limit", "throttling", "429")))


def test_freshness_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert load_settings(environment={"SEEALSO_SEARCH_FRESHNESS": "0.5"}).search.freshness == 0.5
    with pytest.raises(BadSetting, match='"SEEALSO_SEARCH_FRESHNESS" must be a number'):
        load_settings(environment={"SEEALSO_SEARCH_FRESHNESS": "much"})


@pytest.mark.parametrize("variable", ["SEEALSO_SEARCH_SYNONYMS", "SEEALSO_CONTENT_URLS"])
def test_tables_and_groups_stand_in_the_file_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(BadSetting, match=f"{variable} cannot be set in the environment: write it in seealso.toml"):
        load_settings(environment={variable: "a, b"})


@pytest.mark.parametrize("value", ["eighty", "", "8_0", "-1", "\u0663", "99999"])
def test_a_bad_value_in_the_environment_is_refused_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(BadSetting, match=r"SEEALSO_SERVICE_PORT|service\.port"):
        load_settings(environment={"SEEALSO_SERVICE_PORT": value})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(None, "does not exist", id="missing"),
        pytest.param(b"[service]\ntitle = '\xff'", "cannot be read as TOML", id="not UTF-8"),
    ],
)
def test_a_settings_file_that_was_named_must_be_readable(file: Path, data: bytes | None, message: str) -> None:
    file.parent.mkdir()
    if data is not None:
        file.write_bytes(data)

    with pytest.raises(BadSetting, match=message):
        load_settings(file)


def test_the_digest_does_not_depend_on_where_things_lie_or_how_they_are_served() -> None:
    moved = Settings(
        content=ContentSettings(directory=Path("/elsewhere")),
        index=IndexSettings(directory=Path("/var"), keep=9),
        service=ServiceSettings(port=9000, title="Other"),
    )

    assert moved.digest() == Settings().digest()


@pytest.mark.parametrize(
    "content",
    [
        {"url": "/{slug}/"},
        {"urls": {"a": "/{slug}/"}},
        {"site": "https://x.example"},
        {"language": "nl"},
        {"exclude": ("x/*",)},
        {"suffixes": (".md",)},
        {"largest_file": 1_000},
    ],
    ids=lambda content: next(iter(content)),
)
def test_the_digest_depends_on_all_that_decides_what_is_built(content: dict[str, object]) -> None:
    changed = Settings(content=replace(ContentSettings(), **content))  # type: ignore[arg-type]

    assert changed.digest() != Settings().digest()


@pytest.mark.parametrize("pattern", ["/{slug!r}/", "/{path.x}/", "/{path:99}/", "/{}/", "/{name}/", "/{slug/"])
def test_a_url_pattern_knows_its_placeholders_and_nothing_else(tmp_path: Path, pattern: str) -> None:
    file = tmp_path / "seealso.toml"
    file.write_text(f'[content]\nurl = "{pattern}"\n')
    with pytest.raises(BadSetting, match="URL patterns know"):
        load_settings(file)


@pytest.mark.parametrize("name", ["password", "api_key"])
def test_a_secret_in_the_settings_file_is_refused_without_being_repeated(file: Path, name: str) -> None:
    write(file, f'[search.opensearch]\n{name} = "open sesame"')
    with pytest.raises(BadSetting, match=f"SEEALSO_SEARCH_OPENSEARCH_{name.upper()}") as refused:
        load_settings(file)
    assert "sesame" not in str(refused.value)


def test_a_secret_may_come_from_the_environment_and_decides_nothing_of_what_is_built(tmp_path: Path) -> None:
    given = {
        "SEEALSO_SEARCH_OPENSEARCH_API_KEY": "open sesame",
        "SEEALSO_SEARCH_OPENSEARCH_HOSTS": "http://a:1,http://b:2",
    }
    settings = load_settings(write(tmp_path / "seealso.toml", ""), given)
    assert settings.search.opensearch.api_key == "open sesame"
    assert settings.search.opensearch.hosts == ("http://a:1", "http://b:2")
    assert "sesame" not in repr(settings)
    assert settings.digest() == load_settings(tmp_path / "seealso.toml").digest()


# ------------------------------------------------------------------------------------- what is in force, and why so


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ("SEEALSO_SERVICE_PROT", 'unknown variable "SEEALSO_SERVICE_PROT": did you mean "SEEALSO_SERVICE_PORT"?'),
        ("SEEALSO_SETTING", 'did you mean "SEEALSO_SETTINGS"?'),
        ("SEEALSO_XYZ", 'unknown variable "SEEALSO_XYZ"; `seealso settings` lists what there is'),
        ("SEEALSO_PORT_8000_TCP", 'unknown variable "SEEALSO_PORT_8000_TCP"'),
    ],
)
def test_a_variable_that_stands_for_no_setting_is_an_error(variable: str, message: str) -> None:
    with pytest.raises(BadSetting, match="the environment has an") as caught:
        load_settings(environment={variable: "1"})
    assert message in str(caught.value)


def test_each_value_in_force_says_where_it_comes_from(file: Path, tmp_path: Path) -> None:
    site = file.parent
    write(
        file, '[content]\nlanguage = "nl"\ndirectory = "_posts"\n[content.keys]\ntitle = "name"\n[service]\nport = 1\n'
    )
    write(site / "_config.yml", "title: A blog\n")
    (site / "_posts").mkdir()
    environment = {"SEEALSO_SERVICE_PORT": "9001"}
    found = {one.name: one for one in settings_in_force(file, environment, None, tmp_path)}
    assert {name: (found[name].origin, found[name].by) for name in (
        "service.workers", "content.anchors", "content.language", "content.keys.title", "service.port",
        "index.directory",
    )} == {
        "service.workers": (Origin.DEFAULT, ""),
        "content.anchors": (Origin.PROFILE, "jekyll"),
        "content.language": (Origin.FILE, str(file)),
        "content.keys.title": (Origin.FILE, str(file)),
        "service.port": (Origin.ENVIRONMENT, "SEEALSO_SERVICE_PORT"),
        "index.directory": (Origin.FLAG, "--index"),
    }  # fmt: skip
    assert found["service.port"].value == 9001
    loaded = load_settings(file, environment, None, tmp_path)
    assert found["content.anchors"].value == loaded.content.anchors != ContentSettings().anchors
