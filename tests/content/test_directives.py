"""Admonitions, directives and MDX: what a reader sees of them, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.content.markdown import parse


def text_and_code(body: str, path: str = "page.md") -> tuple[str, str]:
    sections = parse(body, path).sections
    return "\n".join(one.text for one in sections if one.text), "\n".join(one.code for one in sections if one.code)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param(":::note[On salt]\n\nTwo per cent.\n\n:::", "On salt\nTwo per cent.", id="Docusaurus"),
        pytest.param(":::tip\nSieve it.\n:::", "Sieve it.", id="without a title"),
        pytest.param("::: warning On salt\nTwo *per* cent.\n:::", "On salt\nTwo per cent.", id="VitePress"),
        pytest.param("::: {.note #salt}\nTwo per cent.\n:::", "Two per cent.", id="Pandoc"),
        pytest.param("::::note\n:::tip\nRye.\n:::\nOats.\n::::", "Rye.\nOats.", id="one within another"),
        pytest.param(
            '!!! warning "Hot"\n    The oven.\n\n    The tin.\n\nEnd.', "Hot\nThe oven.\nThe tin.\nEnd.", id="MkDocs"
        ),
        pytest.param("!!! note\n    The oven.", "The oven.", id="MkDocs without a title"),
        pytest.param("??? note\n    The oven.", "The oven.", id="one that opens"),
        pytest.param('=== "Rye"\n\n    Dark.\n\n=== "Oats"\n\n    Pale.', "Rye\nDark.\nOats\nPale.", id="tabs"),
        pytest.param('!!! tip ""\n    !!! note "In"\n        Deep.', "In\nDeep.", id="one within another, indented"),
        pytest.param("Wait!!! Really ::: yes.", "Wait!!! Really ::: yes.", id="in a line"),
    ],
)
def test_an_admonition_leaves_its_title_and_its_text(body: str, text: str) -> None:
    assert text_and_code(body) == (text, "")


def test_code_within_an_admonition_is_code_and_admonitions_within_code_are() -> None:
    assert text_and_code("!!! note\n    ```\n    ::: x\n    ```\n\nEnd.") == ("End.", "::: x")
    assert text_and_code("```\n:::note\n!!! tip\n```") == ("", ":::note\n!!! tip")


PAGE = """import Tabs from '@theme/Tabs';
import {
  One,
} from './parts';

export const meta = {
  weight: 3,
};

Rye is {props.kind}. {/* alpha */}

<Card title="Beta" onClick={() => alert('gamma')} style={{color: 'red'}} />

<Tabs>
  <TabItem value="delta" label="Epsilon">

    Rye wants <Term id="x">time</Term>.

  </TabItem>
</Tabs>

- one
    - two

Use `<Zeta>{eta}</Zeta>`.

```jsx
import x from 'y';
<Theta>{iota}</Theta>
```
"""


def test_a_page_of_mdx_is_the_text_that_a_reader_sees() -> None:
    text = "Rye is .\nRye wants time.\none\ntwo\nUse <Zeta>{eta}</Zeta>."
    assert text_and_code(PAGE, "page.mdx") == (text, "import x from 'y';\n<Theta>{iota}</Theta>")


def test_code_within_a_component_is_code_and_what_follows_is_none() -> None:
    body = "<Tabs>\n    <Tab>\n        ```sh\n        bake\n        ```\n    </Tab>\n</Tabs>\n\n## Rye\n\nText.\n"
    assert [(one.heading, one.text, one.code.strip()) for one in parse(body, "page.mdx").sections] == [
        ("", "", "bake"),
        ("Rye", "Text.", ""),
    ]


def test_a_file_that_begins_with_an_import_is_mdx_too() -> None:
    assert text_and_code(PAGE, "page.md") == text_and_code(PAGE, "page.mdx")
    assert text_and_code("We import rye from Poland.\n\nWrite {this}.") == (
        "We import rye from Poland.\nWrite {this}.",
        "",
    )


def test_a_heading_of_mdx_may_have_an_id() -> None:
    assert [section.anchor for section in parse("## On salt {#salt}\n\nRye.", "a.mdx").sections] == ["salt"]


def test_html_within_mdx_is_html() -> None:
    assert text_and_code('See <a href="/rye/">rye</a> and <b>oats</b>.', "a.mdx") == ("See rye and oats.", "")
    assert parse('See <a href="/rye/">rye</a>.', "a.mdx").links == ("/rye/",)


@pytest.mark.parametrize("piece", ["{", "<A ", "<a ", "`", "{`", "<A {", "'", "<", "{'", ":::", "!!! a\n    "])
def test_a_hostile_page_of_mdx_is_read_at_once(piece: str) -> None:
    parse(piece * (300_000 // len(piece)), "page.mdx")


@given(st.text(alphabet="<>{}/`'\"Aa \n:!=?*-#", max_size=200))
def test_any_text_is_some_mdx(body: str) -> None:
    parse(body, "page.mdx")
    parse(body, "page.md")
