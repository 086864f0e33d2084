"""The desk in a browser: decided by the keyboard alone, readable by everybody, and complete without a script."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest
from browsing import DEMO, Watched, violations
from desk import Desk
from playwright.sync_api import Browser, BrowserContext, Page, expect
from serving import serving, until

from indexer.auth import new_token
from indexer.editing.journal import latest

REPAIR = f"/desk/repair?kind=dangling&path={min(one.name for one in DEMO.glob('2017*.md'))}&subject=nothing-here"
PAGES = [
    "/desk/",
    "/desk/?least=possible",
    "/desk/next",
    "/desk/findings",
    REPAIR,
    "/desk/draft",
    "/desk/search",
    "/desk/search?q=cache+invalidation",
    "/desk/steer?rule=pin&q=cache+invalidation&post=2019-02-11-when-not-to-cache.md",
    "/desk/steer?rule=alias&q=zettelkasten&post=notes",
    "/desk/steer?rule=synonyms&q=postgras&words=postgras,+database",
    "/desk/steer?rule=synonyms&words=database,+the",
    "/desk/site",
    "/desk/graph",
]
SCHEMES = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced colours": {"forced_colors": "active"},
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk at which nothing is decided."""
    desk = Desk(tmp_path_factory.mktemp("shown"))
    with serving(desk.content, desk.index, desk.settings_file) as desk.server:
        yield desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    with serving(desk.content, desk.index, desk.settings_file) as desk.server:
        yield desk


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_wrong_with_any_page_of_the_desk(browser: Browser, shown: Desk, scheme: str) -> None:
    context = browser.new_context(**SCHEMES[scheme])
    page = context.new_page()
    page.goto(f"{shown.server.origin}/desk/")
    assert violations(page) == []  # the form to sign in
    shown.sign_in(page)
    for path in [*PAGES, "/desk/post?post=nothing"]:
        page.goto(shown.server.origin + path)
        assert violations(page) == [], path
    context.close()


def test_no_page_of_the_desk_scrolls_sideways_at_320_px(browser: Browser, shown: Desk) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    shown.sign_in(page)
    for path in PAGES:
        page.goto(shown.server.origin + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    context.close()


def test_thirty_suggestions_are_decided_by_the_keyboard_alone_in_two_minutes(page: Page, desk: Desk) -> None:
    """A person looks before each key: most decisions take a second, dismissing with words of one's own longer."""
    desk.sign_in(page)
    page.goto(f"{desk.server.origin}/desk/?least=possible")
    page.keyboard.press("Enter")
    started = monotonic()
    for number in range(30):
        heading = page.locator("#question")
        heading.wait_for()
        asked = heading.inner_text()
        sleep(1.2)  # reads
        key = "aaal1aa2ad"[number % 10]
        if key == "a" and not page.locator("[data-key=a]").count():
            key = "1"
        page.keyboard.press(key)
        if key == "d":
            page.keyboard.type("about other things", delay=40)
            page.keyboard.press("Enter")
        expect(heading).not_to_have_text(asked, timeout=20_000)
    assert monotonic() - started < 120
    decided = latest(desk.settings.decided, 100)
    assert sum(len(entry.targets) for entry in decided) == 30
    page.keyboard.press("u")
    until(lambda: latest(desk.settings.decided, 1)[0].undoes == decided[0].id, "the last decision is taken back")


def test_keys_are_off_while_something_is_typed_and_where_they_are_switched_off(page: Page, desk: Desk) -> None:
    desk.sign_in(page)
    page.goto(f"{desk.server.origin}/desk/next")
    page.keyboard.press("d")
    page.keyboard.type("all adult llamas")
    expect(page.get_by_label("Dismiss, because")).to_have_value("all adult llamas")
    page.keyboard.press("Escape")
    page.get_by_text("Keys", exact=True).click()
    page.get_by_label("Keys off on this computer").check()
    address = page.url
    page.locator("body").press("a")
    page.locator("body").press("s")
    assert page.url == address
    assert latest(desk.settings.decided) == ()


def test_without_a_script_every_action_still_works(browser: Browser, desk: Desk) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{desk.server.origin}/desk/")
    page.get_by_label("Your token").fill(desk.token)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{desk.server.origin}/desk/?least=likely")
    page.get_by_role("link", name="Begin").click()
    page.get_by_role("button", name="Accept", exact=True).click()
    page.get_by_role("button", name="Later").click()
    page.get_by_label("Dismiss, because").fill("about money")
    page.get_by_role("button", name="Dismiss", exact=True).click()
    page.get_by_role("button", name="Dismiss: says the same").click()
    page.get_by_role("button", name="Skip this post").click()
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Decide on the chosen ones together").click()
    page.get_by_role("button", name="Accept all").click()
    page.get_by_role("button", name="Undo").click()
    actions = [entry.action for entry in reversed(latest(desk.settings.decided))]
    assert actions == ["accepted", "later", "dismissed", "dismissed", "skipped", "accepted", "undone"]
    page.get_by_role("link", name="Findings").click()
    page.get_by_role("button", name="Add ").first.click()
    page.get_by_role("link", name="Draft").click()
    page.get_by_label("Its text").fill("Caching headers, and when a cache must be invalidated.")
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("posts for")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to the desk")
    context.close()


def test_of_two_editors_at_once_the_slower_one_sees_what_the_other_did(
    browser: Browser, context: BrowserContext, desk: Desk
) -> None:
    now = datetime.now(UTC)
    ann, bob = Watched(context.new_page()).page, browser.new_context().new_page()
    desk.sign_in(ann)
    ann.goto(f"{desk.server.origin}/desk/next")
    desk.token = new_token(desk.settings.decided, "bob", now + timedelta(days=1), now)
    desk.sign_in(bob)
    bob.goto(f"{desk.server.origin}/desk/next")
    bob.keyboard.press("a")
    bob.get_by_role("status").wait_for()
    ann.keyboard.press("1")
    expect(ann.get_by_role("heading", level=1)).to_have_text("Somebody else was faster")
    expect(ann.get_by_text("bob accepted")).to_be_visible()
    ann.get_by_role("link", name="Look again").click()
    expect(ann.get_by_role("heading", level=1)).to_be_visible()
    assert [entry.by for entry in latest(desk.settings.decided)] == ["bob"]
    bob.context.close()


FIRST = "2019-02-11-when-not-to-cache.md"


def test_an_advice_becomes_a_pin_by_the_keyboard_alone_and_is_taken_back(page: Page, desk: Desk) -> None:
    file = desk.content / FIRST
    before = file.read_bytes()
    desk.sign_in(page)
    page.goto(f"{desk.server.origin}/desk/search")
    advice = page.get_by_role("link", name=f"pin {FIRST} to “cache invalidation”").first
    advice.focus()
    page.keyboard.press("Enter")
    then = page.get_by_role("article", name="As it would be")
    expect(then.get_by_role("listitem").first).to_contain_text("When Not to Cache")
    expect(page.get_by_role("article", name="As it is").get_by_role("listitem").first).to_contain_text("Rest of Us")
    assert file.read_bytes() == before
    page.wait_for_load_state()  # the keys come with the script
    page.locator("body").press("w")
    expect(page.get_by_role("status")).to_contain_text("It counts after the next build.")
    page.wait_for_load_state()
    assert b"searchPins:" in file.read_bytes()
    page.keyboard.press("u")
    expect(page.get_by_role("status")).to_have_count(0)
    assert file.read_bytes() == before


def test_a_question_is_steered_with_one_key_each(page: Page, desk: Desk) -> None:
    desk.sign_in(page)
    for key, heading in (("p", "Put a post first"), ("n", "Give a post another name"), ("s", "Let words stand")):
        page.goto(f"{desk.server.origin}/desk/search?q=estimates")
        page.keyboard.press(key)
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
        page.wait_for_load_state()
    page.keyboard.press("e")
    page.keyboard.press("End")
    page.keyboard.type("guesses")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Write it").wait_for()
    page.wait_for_load_state()
    page.keyboard.press("b")
    expect(page.get_by_role("heading", level=1)).to_have_text("What would this question show?")
    assert latest(desk.settings.decided) == ()


def test_without_a_script_a_name_and_synonyms_are_written_and_taken_away(browser: Browser, desk: Desk) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    desk.sign_in(page)
    settings = desk.settings_file.read_bytes()
    page.goto(f"{desk.server.origin}/desk/search?q=zettelkasten")
    page.get_by_role("link", name="Make it a name of a post").click()
    page.get_by_label("The post: its path").fill("cache")
    page.get_by_role("button", name="Try it").click()
    page.get_by_role("link", name="When Not to Cache").click()
    page.get_by_role("button", name="Write it").click()
    page.get_by_role("link", name="Add synonyms").click()
    page.get_by_label("Words or phrases").fill("zettelkasten, cache")
    page.get_by_role("button", name="Try it").click()
    page.get_by_role("button", name="Write it").click()
    assert desk.settings_file.read_bytes() != settings
    page.get_by_role("button", name="Undo").click()
    assert desk.settings_file.read_bytes() == settings
    actions = [entry.action for entry in reversed(latest(desk.settings.decided))]
    assert actions == ["aliased", "joined", "undone"]
    context.close()


@pytest.mark.parametrize("script", [True, False])
def test_a_lost_name_goes_out_of_its_list_by_the_keyboard_alone_and_comes_back(
    browser: Browser, desk: Desk, script: bool
) -> None:
    context = browser.new_context(java_script_enabled=script)
    page = context.new_page()
    desk.sign_in(page)
    page.goto(f"{desk.server.origin}/desk/findings")
    file = min(desk.content.glob("2017*.md"))
    before = file.read_bytes()
    page.get_by_role("link", name="Repair nothing-here").focus()
    page.keyboard.press("Enter")
    write = page.get_by_role("button", name="take it out of the list")
    write.wait_for()
    assert "nothing-here" in page.get_by_label("What would be written").inner_text()
    if script:
        page.keyboard.press("1")
    else:
        write.focus()
        page.keyboard.press("Enter")
    page.get_by_text("You removed nothing-here").wait_for()
    assert file.read_bytes() == before.replace(b'    - "nothing-here"\n', b"")
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Repair nothing-here").wait_for()
    assert file.read_bytes() == before
    context.close()
