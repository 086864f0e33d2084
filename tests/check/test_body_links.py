"""Links and images in bodies: what is dead is found with its line, and what cannot be known is not."""

from __future__ import annotations

import time

import pytest
from conftest import TODAY, Site

from indexer.check.findings import checked
from indexer.model import Finding, FindingKind

KINDS = (FindingKind.DEAD_LINK, FindingKind.BAD_ANCHOR, FindingKind.MISSING_IMAGE, FindingKind.NOT_PUBLISHED)


def found(site: Site) -> list[Finding]:
    return [one for one in checked(site.settings.content, TODAY).findings if one.kind in KINDS]


@pytest.fixture
def bakery(site: Site) -> Site:
    """Posts below /bread/ that lead to each other, and an image."""
    names = ["rye", "oat", "spelt-loaf", "barley"]
    for name in names:
        links = " ".join(f"[{other}](/bread/{other}/)" for other in names)
        site.post(f"bread/{name}.md", name.title(), f"{links}\n\n## Crust\n\nDark.\n\n## Crumb of {name}\n\nSoft.")
    site.write("bread/loaf.png", b"PNG")
    return site


def asking(site: Site, body: str, path: str = "bread/asks.md") -> list[Finding]:
    """What is found where one more post says this, on its line 5."""
    site.post(path, "Asks", body)
    return found(site)


def test_a_dead_link_is_found_in_every_post_that_has_it(bakery: Site) -> None:
    for name in ("asks", "begs"):
        bakery.post(f"bread/{name}.md", name.title(), "[x](/bread/spelt-loav/)")
    assert [one.path for one in found(bakery)] == ["bread/asks.md", "bread/begs.md"]


@pytest.mark.parametrize(
    ("body", "kind", "candidate"),
    [
        ("[x](/bread/spelt-loav/)", FindingKind.DEAD_LINK, "bread/spelt-loaf.md"),
        ("[x]({{ site.url }}/bread/spelt-loav/)", FindingKind.DEAD_LINK, "bread/spelt-loaf.md"),
        ("[x](spelt-loav.md)", FindingKind.DEAD_LINK, "bread/spelt-loaf.md"),
        ("[x](../bread/spelt-loav.md)", FindingKind.DEAD_LINK, "bread/spelt-loaf.md"),
        ('<a href="spelt-loav.md">x</a>', FindingKind.DEAD_LINK, "bread/spelt-loaf.md"),
        ("[x](www.example.com/rye/)", FindingKind.DEAD_LINK, None),
        ("[x](/bread/rye/#crumb-of-oat)", FindingKind.BAD_ANCHOR, "bread/rye.md"),
        ("[x](#crust)", FindingKind.BAD_ANCHOR, None),
        ("![x](leaf/loaf.png)", FindingKind.MISSING_IMAGE, "bread/loaf.png"),
        ('<img src="leaf/loaf.png">', FindingKind.MISSING_IMAGE, "bread/loaf.png"),
        ("![x](/bread/oven.png)", FindingKind.MISSING_IMAGE, None),
    ],
)
def test_what_is_dead_is_found_with_its_line_and_what_may_be_meant(
    bakery: Site, body: str, kind: FindingKind, candidate: str | None
) -> None:
    bakery.post("bread/pictures.md", "Pictures", "![a](loaf.png) ![b](/bread/loaf.png) ![c](../bread/loaf.png)")
    for name in ("oven", "table", "knife"):
        bakery.write(f"bread/{name}-1.png", b"PNG")
    bakery.post(
        "bread/more.md",
        "More",
        "![a](oven-1.png) ![b](table-1.png) ![c](knife-1.png)\n"
        "![a](/bread/oven-1.png) ![b](/bread/table-1.png) ![c](/bread/knife-1.png)",
    )
    bakery.post("bread/list.md", "List", "[a](/bread/rye/#crust) [b](/bread/oat/#crust) [c](/bread/barley/#crust)")
    (one,) = asking(bakery, f"Text.\n\n{body}")
    text = (bakery.content / one.path).read_text(encoding="utf-8").split("\n")
    assert (one.kind, one.path, body in text[(one.line or 0) - 1]) == (kind, "bread/asks.md", True)
    assert one.kind.broken
    assert candidate is None or candidate in one.candidates


def test_the_anchor_that_is_most_like_a_bad_one_is_named(bakery: Site) -> None:
    bakery.post("bread/list.md", "List", "[a](/bread/rye/#crust) [b](/bread/oat/#crust) [c](/bread/barley/#crust)")
    (one,) = asking(bakery, "[x](/bread/rye/#crumb-of-rya)")
    assert one.message.endswith('bread/rye.md has no anchor "crumb-of-rya", "#crumb-of-rye" is most like it')


@pytest.mark.parametrize(
    "body",
    [
        "[x](/tags/spelt/)",  # made by the generator
        "[x](/bread/tags/)",
        "[x](/bread/2/)",
        "[x](/bread/feed.xml)",
        "[x](/shop/flour/)",  # no post of this site is there
        "[x](/bread/old-rye/)",  # an alias
        "[x](/bread/moved/)",  # a redirect
        "[x](/bread/gone/since/)",  # a redirect with a star
        "[x](/bread/made/)",  # of a template
        "[x](/de/bread/rye/)",  # another language
        "[x](../../elsewhere/rye.md)",  # out of the content folder
        "[x](/bread/{{ name }}/)",
        '[x]({{< ref "none" >}})',
        "```\n[x](/bread/none/)\n```",
        "`[x](/bread/none/)`",
        "{% raw %}\n<a href='/bread/none/'>x</a>\n{% endraw %}",
        "[x](https://elsewhere.example/bread/none/)",
        "[x](mailto:none@bread.example)",
        "[x](#top)",
        "[x](#:~:text=none)",
        '[x](#oven)\n\n<a name="oven"></a>',
        "[x](#oven)\n\n**Oven** {: #oven }",
        "[x](#oven)\n\n- Oven",
        "[x](#from-an-include)\n\n{% include more.md %}",
        "![x](/img/none.png)",  # no images are there: they come from elsewhere
        "![x](/bread/loaf.png)",
        "![x](loaf.png?size=2)",
        "![x](data:image/png;base64,AAAA)",
        "![x](https://img.example/none.png)",
    ],
)
def test_what_cannot_be_known_is_no_finding(bakery: Site, body: str) -> None:
    bakery.post("bread/new-rye.md", "New rye", aliases="[/bread/old-rye/]")
    bakery.write("bread/made.njk", "A template")
    (bakery.content.parent / "_redirects").write_text("/bread/moved/ /bread/rye/\n/bread/gone/* /bread/rye/\n")
    assert asking(bakery, body) == []


@pytest.mark.parametrize(
    ("file", "text", "is_redirect"),
    [
        ("_redirects", "/bread/moved/ /bread/rye/\n", True),
        ("netlify.toml", '[[redirects]]\nfrom = "/bread/moved/"\nto = "/bread/rye/"\n', True),
        ("vercel.json", '{"redirects": [{"source": "/bread/moved/", "destination": "/bread/rye/"}]}', True),
        ("_data/redirects.yml", "- /bread/moved/: /bread/rye/\n", True),
        ("blog.nginx.conf", "rewrite ^/bread/moved/ /bread/rye/ permanent;\n", True),
        (".htaccess", "Redirect 301 /bread/moved/ /bread/rye/\n", True),
        ("astro.config.mjs", "export default { redirects: { '/bread/moved/': '/bread/rye/' } }\n", True),
        ("known.json", '{"findings": [{"kind": "dead link", "path": "a.md", "subject": "/bread/moved/"}]}', False),
        ("seealso.toml", '# "/bread/moved/" is gone\n', False),
        ("renovate.json", '{"ignorePaths": ["/bread/moved/"]}', False),
        ("package.json", '{"scripts": {"open": "open http://localhost/bread/moved/"}}', False),
        ("notes.txt", "/bread/moved/ must be written again\n", False),
    ],
)
def test_only_a_file_that_is_called_like_one_holds_redirects(
    bakery: Site, file: str, text: str, is_redirect: bool
) -> None:
    path = bakery.content.parent / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert bool(asking(bakery, "[x](/bread/moved/)")) != is_redirect


def test_a_link_to_a_draft_is_to_be_looked_at_and_not_broken(bakery: Site) -> None:
    bakery.post("bread/draft.md", "Draft", draft="true")
    (one,) = asking(bakery, "[x](draft.md)")
    assert (one.kind, one.kind.broken) == (FindingKind.NOT_PUBLISHED, False)
    assert "bread/draft.md, which is not published (draft)" in one.message


def test_a_page_that_many_posts_lead_to_is_made_elsewhere(bakery: Site) -> None:
    for number in range(3):
        bakery.post(f"bread/n{number}.md", f"N{number}", "[x](/bread/spelt-loav/)")
    assert len(found(bakery)) == 3
    assert asking(bakery, "[x](/bread/spelt-loav/)") == []


def test_where_many_targets_are_not_there_the_folder_is_not_known(bakery: Site) -> None:
    assert len(asking(bakery, "[x](/bread/spelt-loav/)")) == 1
    assert asking(bakery, "[x](/bread/spelt-loav/) [y](/bread/barlei/)") == []


def test_a_hostile_page_is_checked_at_once(bakery: Site, exhaustive: bool) -> None:
    links = 8_000 if exhaustive else 2_000
    body = "".join(f"[x](n{number}.md) [y](#{number}a)\n\n# {number}\n\n" for number in range(links))
    bakery.configure(largest_file=1_000_000)
    started = time.process_time()
    assert len(asking(bakery, body)) >= links
    assert time.process_time() - started < links / 400
