"""Markdown → sections and links: what a reader sees, and nothing of the markup around it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.content.anchors import github_slug
from indexer.content.markdown import html_text, parse, plain_line, without_tags
from indexer.model import Section


def text_of(body: str) -> str:
    """All prose of a body, headings left out."""
    return "\n".join(section.text for section in parse(body).sections if section.text)


def anchors(body: str) -> list[str]:
    return [section.anchor for section in parse(body).sections]


# --------------------------------------------------------------------------------------- sections and anchors


def test_a_body_becomes_a_lead_and_a_section_for_each_heading() -> None:
    body = "Flour.\n\nWater.\n\n## The *crust*\n\nThick.\n\n### Salt & `pepper`\n\n```sh\nbake\n```\n"

    assert parse(body).sections == (
        Section("", "", 0, "Flour.\nWater."),
        Section("The crust", "the-crust", 2, "Thick."),
        Section("Salt & pepper", "salt--pepper", 3, "", "bake"),
    )


def test_underlined_headings_are_headings() -> None:
    sections = parse("Rye\n===\n\nDark.\n\nOats\n----\n\nPale.\n").sections

    assert sections == (Section("Rye", "rye", 1, "Dark."), Section("Oats", "oats", 2, "Pale."))


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("Hello, World!", "hello-world"),
        ("Low-latency and/or high-throughput", "low-latency-andor-high-throughput"),
        ("C++ & C#", "c--c"),
        ("snake_case", "snake_case"),
        ("Über Größe", "über-größe"),
        ("日本語 タイトル", "日本語-タイトル"),
        ("What's new?", "whats-new"),
        ("!!!", ""),
    ],
)
def test_anchors_are_those_that_github_makes(heading: str, anchor: str) -> None:
    assert github_slug(heading) == anchor


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("# Salt\n# Salt\n# salt", ["salt", "salt-1", "salt-2"], id="the same heading thrice"),
        pytest.param("# Salt\n# Salt\n# Salt 1", ["salt", "salt-1", "salt-1-1"], id="a heading that looks counted"),
        pytest.param("# Salt 1\n# Salt\n# Salt", ["salt-1", "salt", "salt-2"], id="the counted one first"),
        pytest.param("## Pepper {#hot}", ["hot"], id="an explicit id"),
        pytest.param("## Pepper {#hot}\n## Hot", ["hot", "hot-1"], id="an explicit id and the same word"),
    ],
)
def test_no_two_sections_share_an_anchor(body: str, expected: list[str]) -> None:
    assert anchors(body) == expected


# ------------------------------------------------------------------------------------------------------ links


@pytest.mark.parametrize(
    ("body", "text", "links"),
    [
        pytest.param("See [rye](/rye/ 'Bread').", "See rye.", ("/rye/",), id="inline"),
        pytest.param(
            'See [the\npost <i class="linkify icon"></i>](/rye/) now.',
            "See the post now.",
            ("/rye/",),
            id="over two lines with an icon",
        ),
        pytest.param(
            "[Rye][r] and [oats].\n\n[r]: /rye/\n[oats]: /oats/",
            "Rye and oats.",
            ("/rye/", "/oats/"),
            id="by reference",
        ),
        pytest.param('An <a class="x" href="/rye/">old</a> link.', "An old link.", ("/rye/",), id="inline HTML"),
        pytest.param('An <a href="/?a=1&amp;b=2">old</a> link.', "An old link.", ("/?a=1&b=2",), id="entities inline"),
        pytest.param(
            'An <a title=" href=/oats/" href="/rye/">old</a> link.', "An old link.", ("/rye/",), id="a title inline"
        ),
        pytest.param("<p><a href='/rye/'>Rye</a></p>", "Rye", ("/rye/",), id="HTML block"),
        pytest.param("<a href=/rye/>Rye</a> here.", "Rye here.", ("/rye/",), id="without quotes"),
        pytest.param("<https://rye.example/>", "https://rye.example/", ("https://rye.example/",), id="autolink"),
        pytest.param("Bread.[^1]\n\n[^1]: See [rye](/rye/).", "Bread.\nSee rye.", ("/rye/",), id="in a footnote"),
        pytest.param("| a |\n|---|\n| [rye](/rye/) |", "a\nrye", ("/rye/",), id="in a table"),
        pytest.param("[![A loaf](/loaf.png)](/rye/)", "A loaf", ("/rye/",), id="around an image"),
        pytest.param("[one](/rye/) [two](/rye/)", "one two", ("/rye/",), id="twice the same"),
        pytest.param("[q](/r%C3%BCbe/?a=1#crust)", "q", ("/r%C3%BCbe/?a=1#crust",), id="as it was written"),
    ],
)
def test_links_of_every_kind_leave_their_text_and_their_target(body: str, text: str, links: tuple[str, ...]) -> None:
    parsed = parse(body)

    assert "\n".join(section.text for section in parsed.sections) == text
    assert parsed.links == links


def test_images_are_no_links_and_leave_their_alternative_text() -> None:
    parsed = parse("![A dark loaf](/loaf.png)")

    assert (parsed.sections[0].text, parsed.links) == ("A dark loaf", ())


def test_a_link_in_code_is_no_link() -> None:
    assert parse("`[rye](/rye/)`\n\n```\n[oats](/oats/)\n```\n").links == ()


# ------------------------------------------------------------------------------------------------ plain text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param("*One* **two** ~~three~~ a\\*b", "One two three a*b", id="emphasis"),
        pytest.param("One\ntwo  \nthree\\\nfour", "One two three four", id="line breaks"),
        pytest.param("- one\n- two\n  - three\n\n1. four", "one\ntwo\nthree\nfour", id="lists"),
        pytest.param("- [ ] bake\n- [x] eat", "bake\neat", id="tasks"),
        pytest.param("| a | b |\n|---|--:|\n| 1 | **2** |", "a · b\n1 · 2", id="a table"),
        pytest.param("> one\n> two\n\n---\n\nthree", "one two\nthree", id="quote and rule"),
        pytest.param("Salt &amp; &lt;pepper&gt; &eacute;", "Salt & <pepper> é", id="entities"),
        pytest.param("frame\u00adwork and Sub&shy;ject", "framework and Subject", id="soft hyphens"),
        pytest.param("time\u200bstamp\ufeffs of a\u2060b", "timestamps of ab", id="characters without width"),
        pytest.param("ขนม\u200bปัง", "ขนม ปัง", id="the ends of words in Thai"),
        pytest.param(
            'A <span style="x">word</span><br>here <b>and</b> there', "A word here and there", id="inline HTML"
        ),
        pytest.param('<div class="x"><p>One <b>bold</b></p><p>Two</p></div>', "One bold\nTwo", id="an HTML block"),
        pytest.param("<div>\n\n*Rye*\n\n</div>", "Rye", id="Markdown within HTML"),
        pytest.param("<details><summary>More</summary>\n\nBread\n\n</details>", "More\nBread", id="details"),
        pytest.param("One <!-- hidden --> two\n\n<!-- hidden\n\nhidden -->\n\nthree", "One two\nthree", id="comments"),
        pytest.param("<script>\nvar hidden;\n\nvar more;\n</script>\n\nRye", "Rye", id="a script"),
        pytest.param("<style>p { color: red }</style>\n\nRye", "Rye", id="a style"),
        pytest.param(
            "One <script>hidden()</script> two <style>p{}</style>three", "One two three", id="a script in a line"
        ),
        pytest.param("<script>hidden()\n\nRye", "", id="a script that never ends"),
        pytest.param("One <script>hidden\n\nRye", "One\nRye", id="a script in a line that never ends"),
        pytest.param("<div><script>hidden()</script>Rye</div>", "Rye", id="a script in a block"),
        pytest.param("<div>\n<![if !IE]>\n<p>Rye</p>\n<![endif]>\n</div>", "Rye", id="a conditional comment"),
        pytest.param("`inline` code is read along", "inline code is read along", id="inline code"),
    ],
)
def test_a_body_is_the_text_that_a_reader_sees(body: str, text: str) -> None:
    assert text_of(body) == text


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("Prose.\n\n```python\nbake()\n```\n\nMore.", id="backticks"),
        pytest.param("Prose.\n\n~~~\nbake()\n~~~\n\nMore.", id="tildes"),
        pytest.param("Prose.\n\n    bake()\n\nMore.", id="indented"),
    ],
)
def test_code_blocks_are_kept_apart_from_prose(body: str) -> None:
    (section,) = parse(body).sections

    assert (section.text, section.code) == ("Prose.\nMore.", "bake()")


# ---------------------------------------------------------------------------------- tags of template languages


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param("{% include header.html %}\n\nRye {{ page.title }} bread", "Rye bread", id="Liquid"),
        pytest.param("{%- if a -%}Rye{%- endif -%}", "Rye", id="Liquid that eats blanks"),
        pytest.param("Rye {% include\n  figure.html\n  alt='x' %} bread", "Rye bread", id="Liquid over lines"),
        pytest.param('Rye {{< figure src="x.png" >}} bread', "Rye bread", id="a Hugo shortcode"),
        pytest.param("{{% note %}}Rye{{% /note %}}", "Rye", id="a Hugo shortcode around text"),
        pytest.param('Rye {{jsxref("Array.prototype.at()")}} bread', "Rye bread", id="KumaScript"),
        pytest.param("Rye\n{: .lead #top}", "Rye", id="Kramdown attributes"),
        pytest.param("Rye {{{ triple }}} bread", "Rye bread", id="three braces"),
        pytest.param("Rye {% never closed", "Rye {% never closed", id="a tag that is never closed"),
        pytest.param("<p>Rye {{ bread }}</p>", "Rye", id="in an HTML block"),
    ],
)
def test_tags_of_template_languages_are_gone_from_prose(body: str, text: str) -> None:
    assert text_of(body) == text


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        pytest.param("```\n{{ page.title }} {% if %} {: .x }\n```", "{{ page.title }} {% if %} {: .x }", id="a fence"),
        pytest.param("~~~ html\n{{< figure >}}\n~~~", "{{< figure >}}", id="tildes"),
        pytest.param("````\n```\n{{ a }}\n```\n````", "```\n{{ a }}\n```", id="a fence within a fence"),
        pytest.param("> ```\n> {{ a }}\n> ```", "{{ a }}", id="a fence in a quote"),
        pytest.param("```\n{{ a }}\n\n{{ b }}", "{{ a }}\n\n{{ b }}", id="a fence that is never closed"),
    ],
)
def test_tags_in_a_code_block_are_code(body: str, kept: str) -> None:
    assert parse(body).sections[0].code == kept


def test_tags_in_inline_code_are_code() -> None:
    assert text_of("Write `{{ kept }}` or ``{% a ` b %}``, not {{ gone }}.") == "Write {{ kept }} or {% a ` b %}, not ."


@pytest.mark.parametrize("block", ["```\n{{ kept }}\n```", "```\n```", "~~~ html\n{% kept\n~~~", "> ```\n> {{\n> ```"])
def test_tags_after_a_code_block_are_gone_again(block: str) -> None:
    assert text_of(f"{block}\n\nRye {{{{ gone }}}} bread") == "Rye bread"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("{% if a % 2 %}Rye{% endif %}", "Rye", id="a percent sign within"),
        pytest.param("{{ {a: 1} }}Rye", "Rye", id="braces within"),
        pytest.param("{{{ a }}}Rye{{ b }}}", "Rye", id="a third brace goes with the two"),
        pytest.param("{{ a\n}}Rye{%\n%}", "Rye", id="over lines"),
        pytest.param("{: .a\n}Rye", "{: .a\n}Rye", id="attributes never go over lines"),
        pytest.param("`a` {{ b }} `c`", "`a`  `c`", id="between two pieces of code"),
        pytest.param("`a {{ b }}", "`a ", id="behind a lone backtick"),
        pytest.param("`a ``{{ b }}`` c`", "`a ``{{ b }}`` c`", id="backticks within backticks"),
        pytest.param("{% a {{ b }}", "{% a ", id="behind a tag that is never closed"),
    ],
)
def test_a_tag_ends_at_the_first_end_of_its_kind(text: str, kept: str) -> None:
    assert without_tags(text) == kept


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("Rye {{ site.name }} bread", "Rye bread"),
        ("The <code>Vec</code> of <b>rye</b>", "The Vec of rye"),
        ("Vec<T> and a < b", "Vec<T> and a < b"),
        ("  Rye\n  bread ", "Rye bread"),
        ("`{{ kept }}`", "`{{ kept }}`"),
    ],
)
def test_a_title_is_one_plain_line(title: str, plain: str) -> None:
    assert plain_line(title) == plain


@pytest.mark.parametrize(
    ("html", "text", "links"),
    [
        pytest.param(
            "\n<p>Rye's <a href='/oats/'>best</a>\nfriend.</p>\n", "Rye's best friend.", ["/oats/"], id="a description"
        ),
        pytest.param("<p>One</p>\n<p>Two<br>three</p>", "One\nTwo three", [], id="paragraphs"),
        pytest.param("a < b and c > d", "a < b and c > d", [], id="signs that are no tags"),
        pytest.param("Caf&eacute; &#x41; &nosuch;", "Café A &nosuch;", [], id="entities"),
        pytest.param("One<!-- <p>hidden</p> --> two", "One two", [], id="a comment"),
        pytest.param("One <!-- hidden", "One", [], id="a comment that never ends"),
        pytest.param("<svg><text>hidden</text></svg><svg/>Rye", "Rye", [], id="a picture"),
        pytest.param("<tr><td>Rye</td><td>900 g</td></tr>", "Rye\n900 g", [], id="a row without its table"),
        pytest.param("<a href=/rye/>Rye<p>and</p><p>oats</p>", "Rye\nand\noats", ["/rye/"], id="a link never closed"),
        pytest.param("<![foo[x]]>Rye", "Rye", [], id="an unknown declaration"),
        pytest.param("<a>no target</a>", "no target", [], id="a link to nowhere"),
        pytest.param('<A Href="/oats/">Oats</A>', "Oats", ["/oats/"], id="capitals"),
        pytest.param('<a title=" href=" href="/oats/">Oats</a>', "Oats", ["/oats/"], id="an attribute in another"),
        pytest.param('<a href="/?a=1&amp;b=2">Oats</a>', "Oats", ["/?a=1&b=2"], id="entities in a target"),
        pytest.param("<script>if (a<b) { hide('<p>') }</script>Rye", "Rye", [], id="tags in a script"),
    ],
)
def test_html_leaves_its_text_and_its_links(html: str, text: str, links: list[str]) -> None:
    found, targets = html_text(html)

    assert found == text
    assert targets == links


# ------------------------------------------------------------------------------------------------- any text

_PIECES = [
    "#",
    " ",
    "\n",
    "`",
    "```\n",
    "~~~",
    "*",
    "[",
    "](",
    ")",
    "<",
    ">",
    "<!--",
    "-->",
    "<![",
    "]]>",
    "</",
    "<a href=",
    '"',
    "<script>",
    "{%",
    "%}",
    "{{",
    "}}",
    "{:",
    "|",
    "&",
    "a",
    "é",
    "- ",
    "    ",
]
_ANYTHING = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(_PIECES), max_size=40).map("".join))


@settings(max_examples=400, deadline=None)
@given(_ANYTHING)
def test_every_text_is_some_markdown(body: str) -> None:
    parsed = parse(body)

    filled = [anchor for anchor in (section.anchor for section in parsed.sections) if anchor]
    assert len(filled) == len(set(filled))
    assert all(parsed.links)


@settings(max_examples=300, deadline=None)
@given(_ANYTHING)
def test_every_text_is_some_html(html: str) -> None:
    text, links = html_text(html)

    assert text == text.strip()
    assert all(links)


_SIMPLE_HTML = [
    "<p>",
    "</p>",
    '<a href="/rye/">',
    "</a>",
    '<td class="x"\n>',
    "<br/>",
    "<B>",
    "</B>",
    "a",
    "é",
    "&lt;",
    "\n",
    " ",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(_SIMPLE_HTML), max_size=30).map("".join))
def test_simple_html_is_read_as_all_html_is(html: str) -> None:
    # A tag that is not simple, as it has no quotes, and says nothing.
    assert html_text(html) == html_text(f"<i class=x>{html}")


@settings(max_examples=200, deadline=None)
@given(_ANYTHING)
def test_taking_tags_out_adds_nothing(body: str) -> None:
    kept = iter(body)

    assert all(character in kept for character in without_tags(body))


@pytest.mark.parametrize(
    "piece",
    [
        "{%",
        "{{ ",
        "{{{",
        "{:",
        "{\n```a\n",
        "<a ",
        "<a/",
        "<!--",
        "<!-- >",
        "<![CDATA[",
        "<script",
        "</",
        "<div>",
        "<b><i>",
        "&#",
        "[",
        "`",
        "[a](",
    ],
)
def test_a_hostile_page_of_openings_that_never_close_is_read_at_once(piece: str) -> None:
    # Each of these took between 20 seconds and hours while every opening looked for its end anew.
    body = piece * (300_000 // len(piece))
    started = time.process_time()

    parse(body)
    html_text(body)

    assert time.process_time() - started < 5


def test_elements_that_a_browser_would_open_again_in_every_paragraph_are_read_at_once() -> None:
    # A browser makes a million elements of the tenth part of this; see docs/decisions/0019-selectolax.md.
    html = f"<p>{''.join(f'<b a{number}>' for number in range(10_000))}</p>{'<p>x' * 10_000}"
    started = time.process_time()

    text, _ = html_text(html)

    assert text.count("x") == 10_000
    assert time.process_time() - started < 5


def test_a_word_of_a_megabyte_is_one_word() -> None:
    assert text_of("a" * 1_000_000) == "a" * 1_000_000


# ------------------------------------------------------------------------------------- what generators understand


@pytest.mark.parametrize(
    ("target", "link"),
    [
        pytest.param("{% post_url 2023-03-04-rye %}", "2023-03-04-rye", id="post_url of Jekyll"),
        pytest.param("{{ site.baseurl }}{% link _posts/2023-03-04-rye.md %}", "_posts/2023-03-04-rye.md", id="link"),
        pytest.param('{{< ref "rye.md" >}}', "rye.md", id="ref of Hugo"),
        pytest.param('{{% relref "bread/rye#crust" %}}', "bread/rye#crust", id="relref of Hugo"),
        pytest.param('{{ "/rye/" | url }}', "/rye/", id="url of Eleventy"),
        pytest.param("{{ '/rye/' | relative_url }}", "/rye/", id="relative_url of Jekyll"),
    ],
)
def test_a_tag_in_the_place_of_a_target_names_it(target: str, link: str) -> None:
    assert parse(f"See [the loaf]({target}).").links == (link,)
    assert parse(f"See [the loaf][1].\n\n[1]: {target}\n").links == (link,)


def test_wikilinks_are_links_and_embedded_files_leave_nothing() -> None:
    parsed = parse("See [[Feed a rye|how to feed it]] and [[Oven#Heat]]. ![[oven.png]]")

    assert [section.text for section in parsed.sections] == ["See how to feed it and Oven#Heat."]
    assert parsed.links == ("Feed a rye", "Oven#Heat")


def test_brackets_in_the_text_of_a_link_are_no_wikilink() -> None:
    parsed = parse("As told before [[1]](/notes/).")

    assert (parsed.sections[0].text, parsed.links) == ("As told before [1].", ("/notes/",))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("## 1.0.0 / 2013\n{: #v1-0-0}\n\nRye.", ["v1-0-0"], id="below the heading"),
        pytest.param("## Use\n{: .note #how-to-use }\n\nRye.", ["how-to-use"], id="beside a class"),
        pytest.param("Use\n---\n{: #how-to-use}\n\nRye.", ["how-to-use"], id="below an underlined heading"),
        pytest.param("## Use\n{: .note}\n\nRye.", ["use"], id="no id"),
        pytest.param("## Use\n\nRye.\n{: #lead}\n", ["use"], id="of a paragraph"),
        pytest.param("{: #how-to-use}\n## Use\n", ["how-to-use"], id="above the heading"),
        pytest.param("## Salt\n\n```\n\n{: #no}\n## Use\n```\n", ["salt"], id="code"),
    ],
)
def test_kramdown_may_have_the_id_of_a_heading_on_a_line_of_its_own(body: str, expected: list[str]) -> None:
    assert anchors(body) == expected


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        pytest.param("\U0001f680 Bake it", "-bake-it", id="an emoji first"),
        pytest.param("Bake it \U0001f35e", "bake-it-", id="an emoji last"),
        pytest.param("Et le sel ?", "et-le-sel-", id="French"),
        pytest.param("नमक और पानी", "नमक-और-पानी", id="Hindi, with its marks"),
    ],
)
def test_outer_hyphens_and_marks_stay_in_an_anchor(heading: str, anchor: str) -> None:
    assert anchors(f"## {heading}") == [anchor]


def test_headings_written_as_html_open_sections() -> None:
    body = 'Lead.\n\n<h2 id="salt">On <em>salt</em></h2>\n\nTwo per cent.\n\n<h3>Water</h3>\n<p>Seventy.</p>\n'

    sections = [(one.heading, one.anchor, one.level, one.text) for one in parse(body).sections]

    assert sections == [
        ("", "", 0, "Lead."),
        ("On salt", "salt", 2, "Two per cent."),
        ("Water", "", 3, "Seventy."),
    ]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param("Rye {% comment %}alpha{% endcomment %} bread.", "Rye bread.", id="a comment of Liquid"),
        pytest.param("Rye\n\n{% comment %}\nalpha\n\nbeta\n{% endcomment %}\n\nbread.", "Rye\nbread.", id="over lines"),
        pytest.param("Rye {# alpha #} bread {#beta#}.", "Rye bread .", id="comments of Nunjucks"),
        pytest.param("Rye {{/* alpha */}} bread.", "Rye bread.", id="a comment of Go"),
        pytest.param("`{# kept #}`", "{# kept #}", id="in code"),
        pytest.param("Write `{% raw %}{{ zeta }}{% endraw %}` so.", "Write {{ zeta }} so.", id="raw"),
    ],
)
def test_comments_of_templates_are_on_no_page(body: str, text: str) -> None:
    assert text_of(body) == text


def test_a_highlighted_block_is_code() -> None:
    (section,) = parse("Rye.\n\n{% highlight ruby %}\ndef epsilon\nend\n{% endhighlight %}\n").sections

    assert (section.text, section.code) == ("Rye.", "def epsilon\nend")


def test_a_line_of_one_tag_goes_whole_and_ends_no_block_of_html() -> None:
    body = "<table>\n  {% for loaf in loaves %}\n    <tr>\n      <td>Hot</td>\n    </tr>\n  {% endfor %}\n</table>\n"

    (section,) = parse(body).sections

    assert (section.text, section.code) == ("Hot", "")
