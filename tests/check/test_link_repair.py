"""A dead link or a bad anchor is mended by the bytes of its target alone, in the place that is meant."""

from __future__ import annotations

import pytest
from conftest import TODAY, Site

from indexer.check.findings import Findings, checked
from indexer.check.link_repair import anchor_instead, links_instead, relinked
from indexer.content.site import read_site
from indexer.errors import CannotWrite
from indexer.model import Finding, FindingKind


@pytest.fixture
def bakery(site: Site) -> Site:
    """Posts below /bread/ that lead to each other's sections."""
    names = ["rye", "oat", "spelt-loaf", "barley"]
    for name in names:
        links = " ".join(f"[{other}](/bread/{other}/#crust)" for other in names)
        site.post(f"bread/{name}.md", name.title(), f"{links}\n\n## Crust\n\nDark.\n\n## Crumb of {name}\n\nSoft.")
    return site


def found(site: Site) -> Findings:
    return checked(site.settings.content, TODAY)


def fault(site: Site) -> Finding:
    """The only dead link or bad anchor."""
    kinds = (FindingKind.DEAD_LINK, FindingKind.BAD_ANCHOR)
    (one,) = (one for one in found(site).findings if one.kind in kinds)
    return one


def mended(site: Site, text: str | bytes, path: str = "bread/asks.md") -> str:
    """A file once its fault is mended with the first of what may be meant."""
    site.write(path, text)
    one, content = fault(site), site.settings.content
    posts = list(read_site(content, TODAY).corpus)
    if one.kind is FindingKind.DEAD_LINK:
        _, target = next(links_instead(content, posts, one, one.candidates))
    else:
        page = one.candidates[0] if one.candidates else one.path
        target = anchor_instead(next(post for post in posts if post.path == page), one.subject) or ""
    edit = relinked(content, one, target)
    (site.content / path).write_bytes(edit.after)
    assert not any(one.kind in (FindingKind.DEAD_LINK, FindingKind.BAD_ANCHOR) for one in found(site).findings)
    return edit.after.decode()


ASKS = "---\ntitle: Asks\n---\n\n"


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("bread/asks.md", "/bread/spelt-loav/", "/bread/spelt-loaf/"),
        ("bread/asks.md", "/bread/spelt-loav", "/bread/spelt-loaf"),
        ("bread/asks.md", "/bread/spelt-loav/?a=b#crust", "/bread/spelt-loaf/?a=b#crust"),
        ("bread/asks.md", "spelt-loav.md", "spelt-loaf.md"),
        ("bread/asks.md", "./spelt-loav.md#crust", "./spelt-loaf.md#crust"),
        ("bread/asks.md", "../bread/spelt-loav.md", "../bread/spelt-loaf.md"),
        ("asks.md", "bred/spelt-loaf.md", "bread/spelt-loaf.md"),
        ("asks.md", "./bred/spelt-loaf.md", "./bread/spelt-loaf.md"),
        ("cakes/asks.md", "../spelt-loaf.md", "../bread/spelt-loaf.md"),
        ("bread/asks.md", "/bread/rye/#crumb-of-rya", "/bread/rye/#crumb-of-rye"),
        ("bread/asks.md", "rye.md#crumb-of-rya", "rye.md#crumb-of-rye"),
    ],
)
def test_the_new_target_has_the_form_of_the_old_one(bakery: Site, path: str, old: str, new: str) -> None:
    text = f'{ASKS}Text ([*x*]({old} "{old}")) and {old}.\n'
    assert mended(bakery, text, path) == text.replace(f"({old}", f"({new}")


@pytest.mark.parametrize(
    "text",
    [
        f"{ASKS}```\n[x](spelt-loav.md)\n```\n\n`[x](spelt-loav.md)` [x](spelt-loav.md§) spelt-loav.md\n",
        f"{ASKS}Rye <!-- [x](spelt-loav.md) --> [é 🍞](spelt-loav.md§)\n",
        f"{ASKS}| a | b |\n|---|---|\n| [x](/bread/oat/) | [`y`](<spelt-loav.md§>) |\n",
        f"{ASKS}- [a] [x\\]](spelt-loav.md§)\n".replace("\n", "\r\n"),
        f"\ufeff{ASKS}Rye [![x](a.svg)](spelt-loav.md§)",
        '+++\ntitle = "spelt-loav.md"\n+++\n[spelt-loav.md](  spelt-loav.md§\n"t")\n',
    ],
)
def test_only_the_bytes_of_the_target_change(bakery: Site, text: str) -> None:
    assert mended(bakery, text.replace("§", "").encode()) == text.replace("spelt-loav.md§", "spelt-loaf.md")


def test_a_link_that_stands_twice_is_mended_in_one_place_at_a_time(bakery: Site) -> None:
    bakery.write("bread/asks.md", f"{ASKS}[x](spelt-loav.md)\n\n[y](spelt-loav.md)\n")
    edit = relinked(bakery.settings.content, fault(bakery), "spelt-loaf.md")
    assert edit.after.decode() == f"{ASKS}[x](spelt-loaf.md)\n\n[y](spelt-loav.md)\n"


@pytest.mark.parametrize(
    "body",
    [
        '<a href="spelt-loav.md">x</a>',
        "[x][y]\n\n[y]: spelt-loav.md",
        "[x]({{ site.url }}/bread/spelt-loav/)",
    ],
)
def test_a_link_that_is_written_in_another_way_is_left_to_an_editor(bakery: Site, body: str) -> None:
    bakery.write("bread/asks.md", f"{ASKS}{body}\n")
    with pytest.raises(CannotWrite, match=r"in another way than \[text\]\(target\): change it by hand"):
        relinked(bakery.settings.content, fault(bakery), "spelt-loaf.md")


def test_a_target_that_would_end_the_link_early_is_not_written(bakery: Site) -> None:
    bakery.write("bread/asks.md", f"{ASKS}[x](spelt-loav.md)\n")
    with pytest.raises(CannotWrite, match="the text would have other links"):
        relinked(bakery.settings.content, fault(bakery), "spelt)loaf.md")


def test_a_post_that_no_target_of_that_form_surely_leads_to_is_not_offered(bakery: Site) -> None:
    bakery.post("cakes/asks.md", "Asks", "Text.")
    one = Finding(FindingKind.DEAD_LINK, "cakes/asks.md", 5, "", subject="../spelt-loav/")
    posts = list(read_site(bakery.settings.content, TODAY).corpus)
    assert list(links_instead(bakery.settings.content, posts, one, ["bread/spelt-loaf.md", "gone.md"])) == []
