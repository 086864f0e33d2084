"""Six posts about two things, whose lists are all answered but one."""

from __future__ import annotations

from conftest import Site


def write_two_subjects(site: Site) -> None:
    """d0 to d2 are about sourdough, s0 to s2 about lamb stew; d1 lists d2, which does not list it."""
    doughs = ["sourdough starter flour", "sourdough loaf flour oven", "sourdough flour crumb oven"]
    stews = ["lamb stew onions pot", "lamb stew barley pot", "lamb stew herbs onions"]
    lists = ["[d1, d2]", "[d0, d2]", "[d0]", "[s1, s2]", "[s0, s2]", "[s0, s1]"]
    for number, (text, own) in enumerate(zip([*doughs, *stews], lists, strict=True)):
        name = f"{'ds'[number // 3]}{number % 3}"
        site.post(f"{name}.md", text.title(), body=f"{text} " * 5, relatedPosts=own)
