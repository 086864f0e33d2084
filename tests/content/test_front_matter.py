"""Bytes → front matter and body, and the files that nobody should be able to hurt a build with."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexer.content.front_matter import BadFrontMatter, split


def fenced(block: str, body: str = "Body.\n") -> bytes:
    return f"---\n{block}\n---\n{body}".encode()


# ---------------------------------------------------------------------------------------------------- formats


@pytest.mark.parametrize(
    ("data", "values", "lines"),
    [
        pytest.param(
            b"---\ntitle: Rye\ntags: [a, b]\n---\nBody.",
            {"title": "Rye", "tags": ["a", "b"]},
            {"title": 2, "tags": 3},
            id="yaml",
        ),
        pytest.param(
            b"+++\ntitle = 'Rye'\n\n[extra]\nweight = 3\n+++\nBody.",
            {"title": "Rye", "extra": {"weight": 3}},
            {"title": 2, "weight": 5},
            id="toml",
        ),
        pytest.param(
            b'{\n  "title": "Rye",\n  "tags": ["a"]\n}\nBody.',
            {"title": "Rye", "tags": ["a"]},
            {"title": 2, "tags": 3},
            id="json",
        ),
        pytest.param(b'{"title": "Rye"}\nBody.', {"title": "Rye"}, {}, id="json in one line"),
        pytest.param(b"--- \ntitle: Rye\n---\t\nBody.", {"title": "Rye"}, {"title": 2}, id="blanks after the fences"),
        pytest.param(b"---\n---\nBody.", {}, {}, id="nothing between the fences"),
        pytest.param(b"---\n# only a remark\n---\nBody.", {}, {}, id="a comment between the fences"),
    ],
)
def test_yaml_toml_and_json_are_read_with_the_line_of_each_key(
    data: bytes, values: dict[str, object], lines: dict[str, int]
) -> None:
    parts = split(data)

    assert parts.values == values
    assert parts.body.strip() == "Body."
    assert parts.lines == lines


def test_json_between_fences_that_say_so_is_front_matter() -> None:
    parts = split(b'---json\n{\n  "title": "Rye",\n  "tags": ["a"]\n}\n---\nBody.')
    assert (parts.values, parts.body.strip()) == ({"title": "Rye", "tags": ["a"]}, "Body.")
    assert parts.lines == {"title": 3, "tags": 4}
    with pytest.raises(BadFrontMatter, match="not JSON") as raised:
        split(b'---json\n{\n  "title": Rye\n}\n---\nBody.')
    assert raised.value.line == 3


@pytest.mark.parametrize("language", ["js", "javascript"])
def test_a_program_as_front_matter_is_neither_run_nor_part_of_the_body(language: str) -> None:
    parts = split(f"---{language}\nconst title = 'Rye';\n---\n# Oat\n".encode())
    assert (parts.values, parts.body.strip()) == ({}, "# Oat")
    assert parts.unread == f"the front matter is a program ({language}), which is not run"


@pytest.mark.parametrize(
    "data", [b"\n \t\n+++\ntitle = 'Rye'\n+++\nBody.", b"\r\n\r\n---\r\ntitle: Rye\r\n---\r\nBody."]
)
def test_blank_lines_before_front_matter_count_as_lines_of_the_file(data: bytes) -> None:
    parts = split(data, blank_lines_first=True)
    assert (parts.values, parts.body.strip(), parts.lines) == ({"title": "Rye"}, "Body.", {"title": 4})


def test_an_error_below_blank_lines_has_its_line_in_the_file() -> None:
    with pytest.raises(BadFrontMatter) as raised:
        split(b"\n\n+++\ntitle = 'Rye'\ndate = \n+++\n")
    assert raised.value.line == 5


def test_dashes_below_blank_lines_are_body_unless_the_generator_says_otherwise() -> None:
    assert split(b"\n---\ntitle: Rye\n---\nBody.").values is None
    assert split(b"\n\n+++\ntitle = 'Rye'\n+++\nBody.").values == {"title": "Rye"}


def test_the_scalars_of_yaml_stay_as_they_were_typed() -> None:
    parts = split(fenced("date: 2017-01-20\norder: 0010\ndraft: no\nversion: 1.10\nempty:"))

    assert parts.values == {"date": "2017-01-20", "order": "0010", "draft": "no", "version": "1.10", "empty": ""}


def test_the_scalars_of_toml_are_what_toml_says() -> None:
    parts = split(b"+++\ndate = 2017-01-20\ndraft = false\n+++\n")

    assert parts.values == {"date": date(2017, 1, 20), "draft": False}


def test_a_description_over_several_lines_may_hold_html_and_dashes() -> None:
    parts = split(fenced('description: "\n<p>One --- two.</p>\n"\nfeaturedOrder: 3'))

    assert parts.values == {"description": " <p>One --- two.</p> ", "featuredOrder": "3"}
    assert parts.lines["featuredOrder"] == 5


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xef\xbb\xbf---\ntitle: Rye\nurl: /rye/\n---\nOne\n\nTwo\n", id="BOM"),
        pytest.param(b"---\r\ntitle: Rye\r\nurl: /rye/\r\n---\r\nOne\r\n\r\nTwo\r\n", id="CRLF"),
        pytest.param(b"---\rtitle: Rye\rurl: /rye/\r---\rOne\r\rTwo\r", id="CR"),
        pytest.param(b"\xef\xbb\xbf---\r\ntitle: Rye\nurl: /rye/\r---\nOne\r\n\rTwo\n", id="all at once"),
    ],
)
def test_a_bom_and_any_line_ends_change_nothing(data: bytes) -> None:
    parts = split(data)

    assert (parts.values, parts.lines) == ({"title": "Rye", "url": "/rye/"}, {"title": 2, "url": 3})
    assert parts.body == "\nOne\n\nTwo\n"


def test_a_file_needs_no_line_end_at_its_end() -> None:
    assert split(b"---\ntitle: Rye\n---").body == ""
    assert split(b"---\ntitle: Rye\n---\nBody").body == "\nBody"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Just a body.\n", id="a fragment"),
        pytest.param("", id="nothing"),
        pytest.param("---\n\nA thematic break opens this one.\n", id="a thematic break"),
        pytest.param("----\ntitle: Rye\n----\n", id="four dashes"),
        pytest.param("\n---\ntitle: Rye\n---\n", id="fences that are not at the top"),
        pytest.param("{% include header.html %}\n", id="Liquid"),
    ],
)
def test_a_file_without_front_matter_is_all_body(text: str) -> None:
    parts = split(text.encode())

    assert parts.values is None
    assert parts.body == text


def test_a_body_may_open_with_a_thematic_break() -> None:
    parts = split(b"---\ntitle: Rye\n---\n---\n\nBread.\n\n---\n\nMore.\n")

    assert parts.values == {"title": "Rye"}
    assert parts.body == "\n---\n\nBread.\n\n---\n\nMore.\n"


# ------------------------------------------------------------------------------------------- what is refused

ALIASES = "a0: &a0 [x]\n" + "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 8))
MERGES = "a0: &a0 {k: x}\n" + "\n".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 7))


@pytest.mark.parametrize(
    ("block", "reason", "line"),
    [
        pytest.param("a: " + "[" * 100_000, "larger than 64 kB", 1, id="100 kB of brackets"),
        pytest.param("a: " + "[" * 60_000, "deeper than 20 levels", 2, id="60 kB of brackets"),
        pytest.param("\n".join(" " * n + "k:" for n in range(30)), "deeper than 20 levels", 22, id="deep nesting"),
        pytest.param("\n".join(f"key{n}: value" for n in range(10_000)), "larger than 64 kB", 1, id="10,000 lines"),
        pytest.param(ALIASES, "more than 50 YAML aliases", 8, id="alias bomb"),
        pytest.param(MERGES, "more than 50 YAML aliases", 8, id="merge bomb"),
        pytest.param("a: &a [*a]", "recursive", 2, id="a list within itself"),
        pytest.param(
            "t: x\nrun: !!python/object/apply:os.system ['touch x']",
            "!!python/object/apply:os.system is not allowed",
            3,
            id="a command as a tag",
        ),
        pytest.param("t: x\nb: !!bool maybe", "!!bool is not allowed", 3, id="!!bool"),
        pytest.param("t: x\nb: !!timestamp 'x'", "!!timestamp is not allowed", 3, id="!!timestamp"),
        pytest.param("t: x\nb: !custom y", "!custom is not allowed", 3, id="a tag of their own"),
        pytest.param("t: x\n? [a, b]\n: c", "unhashable key", 3, id="unhashable key"),
        pytest.param("title: One\nurl: /one/\ntitle: Two", '"title" stands twice', 4, id="duplicate key"),
        pytest.param("- one\n- two\n- one", "is a list", 2, id="a list"),
        pytest.param("only words", "is a single value", 2, id="one value"),
        pytest.param("title: Rye: a bread", "mapping values are not allowed", 2, id="a colon too many"),
        pytest.param('url: /rye/\ntitle: "Rye', "unexpected end of stream", 4, id="an open quote"),
        pytest.param("title: Rye\n\turl: /rye/", "tab", 3, id="a tab"),
        pytest.param("a: *nobody", "undefined alias", 2, id="an alias to nothing"),
        pytest.param("a: b\n--- c", "single document", 3, id="a second document"),
        pytest.param("title: \x01", "control characters", None, id="a control character"),
    ],
)
def test_hostile_and_broken_yaml_is_refused_with_reason_and_line(block: str, reason: str, line: int | None) -> None:
    with pytest.raises(BadFrontMatter, match=reason) as refused:
        split(fenced(block))

    assert refused.value.line == line


def test_nesting_and_aliases_within_the_limits_are_read() -> None:
    deep = "[" * 19 + "]" * 19
    many = "a: &a Rye\nb: [" + ", ".join(["*a"] * 50) + "]"

    assert split(fenced(f"a: {deep}")).values is not None
    assert split(fenced(many)).values == {"a": "Rye", "b": ["Rye"] * 50}


@pytest.mark.parametrize(
    "block",
    [
        pytest.param("category: bread\ntitle: Rye\ncategory: bread", id="the same value twice"),
        pytest.param("category:\ntitle: Rye\ncategory: bread", id="empty the first time"),
        pytest.param("category: bread\ntitle: Rye\nauthor:\n  url: a\n  url: b", id="within another key"),
    ],
)
def test_a_key_that_is_repeated_and_says_nothing_else_does_no_harm(block: str) -> None:
    values = split(fenced(block)).values

    assert values is not None
    assert (values["title"], values["category"]) == ("Rye", "bread")


def test_a_merge_key_is_an_ordinary_key() -> None:
    assert split(fenced("a: &a {k: x}\nb:\n  <<: *a")).values == {"a": {"k": "x"}, "b": {"<<": {"k": "x"}}}


@pytest.mark.parametrize(
    ("data", "reason", "line"),
    [
        pytest.param(b"+++\nt = 'x'\nb =\n+++\n", "not TOML", 3, id="toml: no value"),
        pytest.param(b"+++\nt = 'x'\nt = 'y'\n+++\n", "not TOML", 3, id="toml: duplicate key"),
        pytest.param(b"+++\nt = 'x'\nd = 2024-13-45\n+++\n", "not TOML", 3, id="toml: bad date"),
        pytest.param(b"+++\na = " + b"[" * 20_000 + b"\n+++\n", "not TOML", None, id="toml: deep nesting"),
        pytest.param(b"+++\na = " + b"9" * 5_000 + b"\n+++\n", "digits", None, id="toml: 5,000 digits"),
        pytest.param(b"+++\na = 0x" + b"f" * 9_000 + b"\n+++\n", "digits", None, id="toml: 9,000 hexadecimal digits"),
        pytest.param(b'{\n  "t": Rye\n}\n', "not JSON", 2, id="json: no quotes"),
        pytest.param(b'{"a": ' + b"[" * 20_000, "not JSON", None, id="json: deep nesting"),
        pytest.param(b'{"a": ' + b"9" * 5_000 + b"}", "digits", None, id="json: 5,000 digits"),
        pytest.param(b'{"a": "\\ud800"}', "surrogates", None, id="json: half a character"),
        pytest.param(b'{"a": 1, "a": 2}', '"a" stands twice', None, id="json: duplicate key"),
        pytest.param(b'{"a": "' + b"x" * 100_000 + b'"}', "not JSON", 1, id="json: 100 kB"),
    ],
)
def test_hostile_and_broken_toml_and_json_are_refused_too(data: bytes, reason: str, line: int | None) -> None:
    with pytest.raises(BadFrontMatter, match=reason) as refused:
        split(data)

    assert refused.value.line == line


@pytest.mark.parametrize("fence", ["---", "+++"])
def test_front_matter_that_is_never_closed_is_a_half_written_file(fence: str) -> None:
    with pytest.raises(BadFrontMatter, match="never closed") as refused:
        split(f"{fence}\ntitle: Rye\nurl: /rye/\n\nHalf of the bo".encode())

    assert refused.value.line == 1


@pytest.mark.parametrize(
    ("data", "reason", "line"),
    [
        pytest.param("---\ntitle: Rye\n---\n\ncafé\n".encode("latin-1"), "not UTF-8 at byte 23", 5, id="Latin-1"),
        pytest.param(
            "---\rtitle: Rye\r---\r\rcafé\r".encode("latin-1"), "not UTF-8 at byte 23", 5, id="Latin-1 with CR"
        ),
        pytest.param(
            "---\r\ntitle: caf\xe9\r\n---\r\n".encode("latin-1"), "not UTF-8 at byte 15", 2, id="Latin-1 with CRLF"
        ),
        pytest.param("\ufeff---\ntitle: Rye\n---\n\n".encode() + b"\xff", "not UTF-8 at byte", 5, id="after a BOM"),
        pytest.param("---\ntitle: Rye\n---\n".encode("utf-16"), "UTF-16", None, id="UTF-16"),
        pytest.param(b"---\ntitle: R\0ye\n---\n", "NUL character at byte 12", 2, id="NUL in the front matter"),
        pytest.param(b"---\ntitle: Rye\n---\n\nbody\n\0", "NUL character at byte 25", 6, id="NUL in the body"),
    ],
)
def test_what_is_not_text_is_refused_with_the_byte_and_the_line(data: bytes, reason: str, line: int | None) -> None:
    with pytest.raises(BadFrontMatter, match=reason) as refused:
        split(data)

    assert refused.value.line == line


def test_the_byte_of_a_bad_character_counts_from_the_start_of_the_file_bom_and_all() -> None:
    data = b"\xef\xbb\xbf---\ntitle: caf\xe9\n---\n"

    with pytest.raises(BadFrontMatter, match=f"byte {data.index(0xE9)}:"):
        split(data)


# ------------------------------------------------------------------------------------------------- any bytes

_PIECES = [
    "---\n",
    "+++\n",
    '{"',
    "\n",
    ": ",
    "a",
    "- ",
    "[",
    "{",
    "*a",
    "&a ",
    "!!",
    "'",
    '"',
    "=",
    "}",
    "]",
    "#",
    "\t",
    "\r",
]


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))))
@example(b"---\n---")
@example(b'{"":""}')
def test_splitting_any_bytes_raises_nothing_but_bad_front_matter(data: bytes) -> None:
    with suppress(BadFrontMatter):
        assert isinstance(split(data).body, str)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["---\n", "+++\n", '{"']), st.lists(st.sampled_from(_PIECES), max_size=25).map("".join))
def test_splitting_what_looks_like_front_matter_raises_nothing_else_either(opening: str, rest: str) -> None:
    closing = "" if opening == '{"' else f"\n{opening}"

    with suppress(BadFrontMatter):
        assert isinstance(split((opening + rest + closing).encode()).body, str)


_TEXTS = st.text("a: -#'\"[]{}&*!|>\n\té", max_size=12)
_VALUES = st.recursive(_TEXTS, lambda some: st.lists(some, max_size=3) | st.dictionaries(_TEXTS, some, max_size=3))


@settings(max_examples=300, deadline=None)
@given(_VALUES, st.sampled_from([True, False, None]))
def test_yaml_is_read_alike_with_an_anchor_and_without(value: object, flow: bool | None) -> None:
    # Plain YAML is read in one pass; an anchor is one of the things that ask for the careful way.
    values = {"value": value, "last": "x"}
    block = yaml.dump(values, default_flow_style=flow, allow_unicode=True, sort_keys=False, width=10_000)

    assert split(fenced(block)).values == values
    assert split(fenced(block.replace("last: x", "last: &anchor x"))).values == values


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r"), max_size=200))
def test_a_body_comes_back_as_it_was_written(body: str) -> None:
    assert split(fenced("title: Rye", body)).body == f"\n{body}"
