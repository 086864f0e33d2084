"""<see-also-search> as visitors meet it: a page on one origin, the service on another, a real Chromium."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from blog import Blog, blog
from browsing import violations
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

SEARCH = "**/api/v1/search**"
OWN_FORM = """<see-also-search src="{origin}"><form action="{origin}/">
  <label>Find <input name="q" type="search"></label> <button>Go</button></form></see-also-search>"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Blog]:
    with blog(tmp_path_factory.mktemp("blog")) as made:
        yield made


@pytest.fixture
def home(shared: Blog, page: Page) -> Callable[..., Locator]:
    """Opens a page with a box; returns the input. attributes: of the element."""

    def opened(attributes: str = "", around: str = "{}", **page_of: Any) -> Locator:
        box = f"<see-also-search {attributes}></see-also-search>"
        page.goto(shared.page(around.format(box), **page_of))
        page.wait_for_function("document.querySelector('see-also-search').shadowRoot?.childElementCount")
        return page.locator("see-also-search input")

    return opened


def options(page: Page) -> Locator:
    return page.locator("see-also-search [role=option]")


def type_by_key(page: Page, text: str) -> None:
    """Types letter by letter, and waits for the answer to all of it: there are answers to what is typed on the way."""
    page.keyboard.type(text)
    expect(page.locator("see-also-search").get_by_role("status")).to_contain_text(f"“{text}”")


def chosen(page: Page) -> str:
    """The text of the option that a screen reader reads as the current one."""
    text: str = page.evaluate(
        "document.getElementById(document.querySelector('see-also-search input')"
        ".getAttribute('aria-activedescendant'))?.innerText ?? ''"
    )
    return text


def asked(page: Page) -> list[str]:
    """What is asked from now on, as it is sent."""
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url) if "/api/v1/" in request.url else None)
    return urls


def answer_after(seconds: float) -> Callable[[Route], None]:
    def handler(route: Route) -> None:
        time.sleep(seconds)
        route.continue_()

    return handler


# ------------------------------------------------------------------------------------------------- the form alone


def test_without_script_the_form_leads_to_the_results_page(browser: Browser, shared: Blog) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(shared.page(OWN_FORM.format(origin=shared.service.origin)))
    page.get_by_label("Find").fill("harbour")
    page.get_by_role("button", name="Go").click()
    expect(page).to_have_url(f"{shared.service.origin}/?q=harbour")
    context.close()


def test_the_sites_own_form_stays_and_becomes_a_combobox(page: Page, shared: Blog) -> None:
    page.goto(shared.page(OWN_FORM.format(origin=shared.service.origin)))
    box = page.get_by_role("combobox", name="Find")
    box.fill("harbour")
    expect(options(page).first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    assert page.locator(f"#{box.get_attribute('aria-controls')}").get_attribute("role") == "listbox"
    assert page.locator("see-also-search > form button").inner_text() == "Go"


def test_two_lines_of_html_are_a_box(page: Page, home: Callable[..., Locator]) -> None:
    box = home()
    expect(page.get_by_role("combobox", name="Search")).to_be_visible()
    box.fill("harbour")
    expect(options(page).first).to_be_visible()


def test_nothing_is_asked_before_something_is_typed(page: Page, home: Callable[..., Locator]) -> None:
    urls = asked(page)
    home().focus()
    page.wait_for_timeout(300)
    assert urls == []


# -------------------------------------------------------------------------------------------------------- asking


def test_ten_letters_are_three_requests_at_most(page: Page, home: Callable[..., Locator]) -> None:
    page.clock.install(time=0)
    box, urls = home(), asked(page)
    box.focus()
    page.clock.pause_at(60_000)  # from here on time passes as the test says, however slow the machine is
    for letter in "heliograph":
        page.keyboard.type(letter)
        page.clock.run_for(60)
    page.clock.run_for(150)
    expect(options(page)).to_have_count(1)
    assert 2 <= len(urls) <= 3


def test_hits_stand_there_200_ms_after_the_pause(page: Page, home: Callable[..., Locator]) -> None:
    box = home()
    box.fill("h")
    expect(options(page).first).to_be_visible()
    times: Any = page.evaluate("""async () => {
        const input = document.querySelector("see-also-search input");
        const times = [];
        for (const text of ["har", "harb", "harbo", "harbou", "stor", "storm", "soup"]) {
          input.value = text;
          const start = performance.now();
          const answered = new Promise(done => addEventListener("see-also:search", done, {once: true}));
          input.dispatchEvent(new InputEvent("input", {bubbles: true}));
          await answered;
          times.push(performance.now() - start);
        }
        return times;
    }""")
    assert min(times) < 150 + 200  # the pause is 150 ms at most; the fastest, for the machine has other things to do


def test_a_late_answer_is_dropped(page: Page, home: Callable[..., Locator]) -> None:
    box = home()
    page.route(re.compile("q=storm&"), answer_after(0.6))
    box.fill("storm")
    page.wait_for_timeout(250)
    box.fill("soup")
    expect(options(page).first).to_contain_text("Fish soup")
    page.wait_for_timeout(700)
    expect(options(page).first).to_contain_text("Fish soup")


def test_a_text_that_was_answered_is_not_asked_again(page: Page, home: Callable[..., Locator]) -> None:
    box = home()
    box.fill("storm")
    expect(options(page).first).to_contain_text("Storm")
    box.fill("soup")
    expect(options(page).first).to_contain_text("Fish soup")
    urls = asked(page)
    box.fill("storm")
    expect(options(page).first).to_contain_text("Storm")
    assert urls == []


def test_a_request_tells_nothing_of_the_visitor(
    page: Page, context: BrowserContext, home: Callable[..., Locator]
) -> None:
    box = home()
    with page.expect_request(SEARCH) as request:
        box.fill("harbour")
    sent = request.value.all_headers()
    assert "referer" not in sent
    assert "cookie" not in sent
    assert context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_an_input_method_is_left_alone_and_its_text_searched_for(page: Page, home: Callable[..., Locator]) -> None:
    box, urls = home(), asked(page)
    box.focus()
    keyboard = page.context.new_cdp_session(page)
    keyboard.send("Input.imeSetComposition", {"text": "みなと", "selectionStart": 3, "selectionEnd": 3})
    page.wait_for_timeout(300)
    assert urls == []
    keyboard.send("Input.insertText", {"text": "日本"})
    expect(options(page).first.locator("mark").first).to_have_text("日本")


# -------------------------------------------------------------------------------------------------------- showing


def test_a_hit_shows_title_section_text_and_date_with_what_matched_marked(
    page: Page, home: Callable[..., Locator]
) -> None:
    home().fill("barnacle")
    hit = options(page).first
    assert hit.inner_text().split("\n") == [
        "Hull week",
        "Scraping the hull",
        "A barnacle comes off with a heliograph.",
        "Feb 1, 2025",
    ]
    assert hit.locator("mark").all_inner_texts() == ["barnacle"]
    expect(page.get_by_role("option", name="Hull week Scraping the hull", exact=True)).to_be_visible()


def test_a_hit_leads_to_its_section_and_to_the_words(page: Page, shared: Blog, home: Callable[..., Locator]) -> None:
    home().fill("barnacle")
    href = options(page).first.get_attribute("href")
    assert href == f"{shared.site.origin}/posts/2/#scraping-the-hull:~:text=barnacle%20comes%20off%20with"


def test_a_title_leads_to_the_top_and_its_section_has_an_entry_below(
    page: Page, shared: Blog, home: Callable[..., Locator]
) -> None:
    home().fill("harbour")
    expect(options(page).first).to_be_visible()
    links = [str(one.get_attribute("href")) for one in options(page).all()[:2]]
    assert links[0] == f"{shared.site.origin}/posts/1/"
    assert links[1].startswith(f"{shared.site.origin}/posts/1/#seen-from-the-sea:~:text=harbour")


def test_marks_count_characters_not_utf_16_units(page: Page, home: Callable[..., Locator]) -> None:
    home().fill("dill")
    expect(options(page).first.locator("mark")).to_have_text("dill")


def test_markup_in_a_title_stays_text(page: Page, home: Callable[..., Locator]) -> None:
    home().fill("sloop")
    expect(options(page).first).to_contain_text("<img src=x onerror=alert(1)> & co")
    assert page.locator("see-also-search img").count() == 0


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//evil.example/", "/\\evil.example/", "/\t/evil.example/", "data:text/html,x", "x"]
)
def test_only_pages_are_linked(page: Page, home: Callable[..., Locator], url: str) -> None:
    def answer(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        body["hits"] = [hit | {"url": url, "section": None} for hit in body["hits"]]
        route.fulfill(response=answer, json=body)

    page.route(SEARCH, answer)
    home().fill("soup")
    expect(options(page).first).to_contain_text("Fish soup")
    assert options(page).first.get_attribute("href") is None


def test_it_works_under_the_strictest_policy(page: Page, shared: Blog, home: Callable[..., Locator]) -> None:
    origin = shared.service.origin
    shared.site.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src {origin}; connect-src {origin}; form-action {origin}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    try:
        home("modal", root='lang="de"')
        page.get_by_role("button", name="Suchen").click()
        page.keyboard.type("harbour")
        expect(options(page).first).to_be_visible()
        page.get_by_role("button", name="boats").click()
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        page.keyboard.type("xyzzy")
        page.wait_for_timeout(500)
    finally:
        shared.site.headers.clear()


def test_a_respelt_question_says_so(page: Page, home: Callable[..., Locator]) -> None:
    home().fill("barnacel heliograph")
    expect(page.get_by_text("Results for “barnacle heliograph”", exact=True)).to_be_visible()


def test_an_excluded_word_is_taken_back_with_a_click(page: Page, home: Callable[..., Locator]) -> None:
    box = home()
    box.fill("harbour -soup")
    expect(page.get_by_text("Without “soup”")).to_be_visible()
    page.get_by_role("button", name="Include").click()
    expect(box).to_have_value("harbour soup")
    expect(options(page).first).to_contain_text("Fish soup")


@pytest.mark.parametrize("key", ["Tab", "ArrowRight"])
def test_a_completion_is_part_of_the_list_and_taken_with_a_key(
    page: Page, home: Callable[..., Locator], key: str
) -> None:
    box = home()
    box.fill("helio")
    expect(page.get_by_role("option", name="Search for “heliograph”")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press(key)
    expect(box).to_have_value("heliograph")
    expect(box).to_be_focused()


def test_the_right_arrow_takes_what_completes_the_text(page: Page, home: Callable[..., Locator]) -> None:
    box = home()
    box.fill("helio")
    expect(page.get_by_role("option", name="Search for “heliograph”")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(box).to_have_value("heliograph")


def test_the_last_entry_leads_to_all_results(page: Page, shared: Blog, home: Callable[..., Locator]) -> None:
    home().fill("harbour")
    last = options(page).last
    expect(last).to_have_text("All 8 results")
    assert last.get_attribute("href") == f"{shared.service.origin}/?q=harbour"


def test_without_a_hit_the_newest_posts_are_offered(page: Page, home: Callable[..., Locator]) -> None:
    home().fill("xylophone")
    expect(page.get_by_text("No results for “xylophone”", exact=True).first).to_be_visible()
    assert [text.split("\n")[0] for text in options(page).all_inner_texts()][:2] == ["Café & crème", "日本の港"]


# ----------------------------------------------------------------------------------------------------------- tags


def tags(page: Page) -> list[str]:
    return [text.split("\n")[0] for text in page.locator("see-also-search [part=tag]:visible").all_inner_texts()]


def test_tags_filter_and_keep_focus_and_place(page: Page, home: Callable[..., Locator]) -> None:
    home().fill("harbour")
    expect(page.get_by_role("button", name="boats 2")).to_be_visible()
    before = [re.sub(r" \d+$", "", tag) for tag in tags(page)]
    assert len(before) == 6
    button = page.get_by_role("button", name="boats 2")
    button.focus()
    page.keyboard.press("Space")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(options(page).first).to_contain_text("Harbour lights")
    assert page.evaluate("document.querySelector('see-also-search').shadowRoot.activeElement.textContent") == "boats 2"
    assert [re.sub(r" \d+$", "", tag).removeprefix("✓ ") for tag in tags(page)] == before
    expect(page.locator("see-also-search").get_by_role("status")).to_have_text(
        "2 results for “harbour”, with tag boats"
    )
    page.keyboard.press("Space")
    expect(page.get_by_role("option", name="All 8 results")).to_be_visible()


def test_more_shows_the_other_tags(page: Page, home: Callable[..., Locator]) -> None:
    home().fill("harbour")
    page.get_by_role("button", name="More").click()
    assert len(tags(page)) == 7
    expect(page.get_by_role("button", name="More")).to_have_count(0)


def test_the_results_page_is_asked_with_the_chosen_tags(page: Page, shared: Blog, home: Callable[..., Locator]) -> None:
    box = home()
    box.fill("harbour")
    page.get_by_role("button", name="weather").click()
    expect(page.get_by_role("button", name="weather")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("see-also-search").get_by_role("status")).to_contain_text("with tag weather")
    box.press("Enter")
    page.wait_for_url("**/?q=harbour&tag=weather")


def test_without_a_hit_the_newest_posts_of_the_chosen_tag_are_offered(page: Page, home: Callable[..., Locator]) -> None:
    box = home()
    box.fill("harbour")
    page.get_by_role("button", name="winter").click()
    expect(page.locator("see-also-search").get_by_role("status")).to_contain_text("with tag winter")
    box.fill("xylophone")
    expect(page.get_by_text("Newest posts, with tag winter")).to_be_visible()
    assert [text.split("\n")[0] for text in options(page).all_inner_texts()] == ["Ice on the pier", "Fish soup"]


# ------------------------------------------------------------------------------------------------------- keyboard


def test_the_arrows_choose_and_lead_back_to_the_text(page: Page, home: Callable[..., Locator]) -> None:
    box = home()
    box.fill("harbour")
    expect(options(page).first).to_be_visible()
    page.keyboard.press("ArrowDown")
    assert chosen(page).startswith("Harbour lights")
    expect(options(page).first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("PageDown")
    expect(options(page).nth(5)).to_have_attribute("aria-selected", "true")
    for _ in range(6):
        page.keyboard.press("ArrowUp")
    assert chosen(page) == ""
    expect(box).to_be_focused()
    expect(box).to_have_value("harbour")
    page.keyboard.press("Home")
    assert box.evaluate("input => input.selectionStart") == 0


def test_escape_takes_the_text_and_then_the_dialog(page: Page, home: Callable[..., Locator]) -> None:
    box = home("modal")
    button = page.get_by_role("button", name="Search")
    button.click()
    type_by_key(page, "harbour")
    page.keyboard.press("Escape")
    expect(box).to_have_value("")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()


def test_enter_before_the_answer_waits_for_it_and_opens_its_first_hit(page: Page, home: Callable[..., Locator]) -> None:
    box = home()
    box.fill("storm")
    expect(options(page).first).to_be_visible()
    page.route(SEARCH, answer_after(0.3))
    box.fill("soup")
    box.press("Enter")
    page.wait_for_url("**/posts/8/")


def test_enter_does_not_ask_anew_what_is_asked_already(page: Page, home: Callable[..., Locator]) -> None:
    box, urls = home(), asked(page)
    page.route(SEARCH, answer_after(0.3))
    with page.expect_request(SEARCH):
        box.fill("soup")
    box.press("Enter")
    page.wait_for_url("**/posts/8/")
    assert len(urls) == 1


def test_an_answer_to_an_earlier_text_is_never_shown_for_this_one(page: Page, home: Callable[..., Locator]) -> None:
    box = home()
    page.route(re.compile("q=s&"), answer_after(0.2))
    box.press("s")
    page.wait_for_timeout(100)
    page.keyboard.type("oup")
    expect(options(page).first).to_be_visible()
    expect(options(page).first).to_contain_text("Fish soup")
    expect(page.locator("see-also-search").get_by_role("status")).to_have_text("1 result for “soup”")


def test_enter_with_nothing_chosen_leads_to_all_results(page: Page, home: Callable[..., Locator]) -> None:
    box = home()
    box.fill("harbour")
    expect(options(page).first).to_be_visible()
    box.press("Enter")
    page.wait_for_url("**/?q=harbour")


def test_enter_before_an_answer_without_hits_leads_to_all_results(page: Page, home: Callable[..., Locator]) -> None:
    box = home()
    box.fill("xylophone")
    box.press("Enter")
    page.wait_for_url("**/?q=xylophone")


def test_enter_before_a_failure_leads_to_all_results(page: Page, home: Callable[..., Locator]) -> None:
    page.route(SEARCH, lambda route: route.abort())
    box = home()
    box.fill("harbour")
    box.press("Enter")
    page.wait_for_url("**/?q=harbour")


@pytest.mark.parametrize("key", ["Control+Enter", "Shift+Enter"])
def test_enter_with_a_modifier_opens_another_page(
    page: Page, context: BrowserContext, home: Callable[..., Locator], key: str
) -> None:
    home().fill("soup")
    expect(options(page).first).to_be_visible()
    page.keyboard.press("ArrowDown")
    with context.expect_page() as opened:
        page.keyboard.press(key)
    opened.value.wait_for_url("**/posts/8/")
    assert page.url.endswith("index.html")


def test_a_middle_click_opens_another_page(page: Page, context: BrowserContext, home: Callable[..., Locator]) -> None:
    home().fill("soup")
    with context.expect_page() as opened:
        options(page).first.click(button="middle")
    opened.value.wait_for_url("**/posts/8/")


@pytest.mark.parametrize("key", ["Control+k", "/"])
def test_a_key_leads_to_the_box_but_never_while_somebody_types(
    page: Page, home: Callable[..., Locator], key: str
) -> None:
    box = home(around="{}<textarea></textarea>")
    page.locator("textarea").focus()
    page.keyboard.press(key)
    expect(page.locator("textarea")).to_be_focused()
    page.locator("textarea").blur()
    page.keyboard.press(key)
    expect(box).to_be_focused()
    expect(box).to_have_value("")


def test_the_keys_can_be_turned_off(page: Page, home: Callable[..., Locator]) -> None:
    box = home('keys=""')
    page.keyboard.press("/")
    page.keyboard.press("Control+k")
    expect(box).not_to_be_focused()


def test_everything_is_done_with_the_keyboard_alone(page: Page, home: Callable[..., Locator]) -> None:
    home("modal")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    type_by_key(page, "harbour")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("see-also-search [part=tag][aria-pressed=true]")).to_have_count(1)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/posts/*/*")


# -------------------------------------------------------------------------------------------------- dialog, history


def test_the_dialog_is_modal_and_the_page_behind_does_not_scroll(page: Page, home: Callable[..., Locator]) -> None:
    home("modal", around="{}<p style='block-size: 300vh'>Text</p>")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("combobox")).to_be_focused()
    page.mouse.move(20, 700)
    page.mouse.wheel(0, 500)
    page.wait_for_timeout(200)
    assert page.evaluate("scrollY") == 0
    page.mouse.click(20, 700)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.mouse.wheel(0, 500)
    page.wait_for_function("scrollY > 0")


@pytest.mark.parametrize("attributes", ["", "modal"])
def test_back_after_a_click_finds_the_box_as_it_was(page: Page, home: Callable[..., Locator], attributes: str) -> None:
    box = home(attributes)
    page.keyboard.press("/")
    type_by_key(page, "harbour")
    page.get_by_role("button", name="people").click()
    expect(page.locator("see-also-search").get_by_role("status")).to_contain_text("with tag people")
    options(page).nth(1).click()
    page.wait_for_url("**/posts/*/*")
    page.go_back()
    expect(box).to_have_value("harbour")
    expect(page.get_by_role("button", name="people")).to_have_attribute("aria-pressed", "true")
    expect(options(page).first).to_be_visible()


def test_the_site_writes_rules_for_the_results(page: Page, home: Callable[..., Locator]) -> None:
    home(around="<style>body see-also-search .title {{ color: rgb(1, 2, 3) }}</style>{}").fill("harbour")
    expect(options(page).locator(".title").first).to_have_css("color", "rgb(1, 2, 3)")


def test_the_section_of_a_matched_title_stands_beside_its_date(page: Page, home: Callable[..., Locator]) -> None:
    home().fill("hull week barnacle")
    under = page.locator("see-also-search .under").first
    section, date = under.locator(".section").bounding_box(), under.locator("time").bounding_box()
    assert section is not None
    assert date is not None
    assert abs(section["y"] - date["y"]) < 4
    assert section["x"] + section["width"] <= date["x"]


def test_back_from_all_results_finds_the_box_of_the_front_page_as_it_was(
    page: Page, shared: Blog, home: Callable[..., Locator]
) -> None:
    home()
    page.goto(f"{shared.site.origin}/")
    box = page.locator("see-also-search input")
    box.fill("harbour")
    page.locator("see-also-search .all").click()
    page.wait_for_url("**/?q=harbour")
    page.go_back()
    expect(box).to_have_value("harbour")


# As in VitePress: a link without a target is the router's, before anybody else sees the click.
ROUTER = """<script>
  addEventListener("click", (event) => event.target.closest("a:not([target])") && event.preventDefault(), true);
</script>"""


def test_a_hit_is_loaded_even_where_a_router_takes_the_links_of_the_site(
    page: Page, home: Callable[..., Locator]
) -> None:
    home("modal", around=ROUTER + "{}")
    page.keyboard.press("Control+k")
    type_by_key(page, "harbour")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/posts/*/*")


def test_hits_are_not_written_as_the_bar_around_the_box_is(page: Page, home: Callable[..., Locator]) -> None:
    style = "line-height: 54px; letter-spacing: .2em; font-weight: 700; text-align: center; white-space: nowrap"
    links = "<style>nav a {{ text-transform: uppercase; font: bold 30px serif; margin: 9px }}</style>"
    home("modal", around=f'{links}<nav style="text-transform: uppercase; {style}">{{}}</nav>')
    page.keyboard.press("Control+k")
    type_by_key(page, "harbour")
    text = page.locator("see-also-search .hit .text").first
    expect(text).to_have_css("text-transform", "none")
    expect(text).to_have_css("line-height", "21.12px")
    expect(text).to_have_css("letter-spacing", "normal")
    expect(text).to_have_css("font-weight", "400")
    expect(text).to_have_css("text-align", "start")
    expect(text).to_have_css("white-space", "normal")
    assert page.locator("see-also-search kbd").inner_text() == "Ctrl+K"


def test_a_click_elsewhere_closes_the_list(page: Page, home: Callable[..., Locator]) -> None:
    box = home()
    box.fill("harbour")
    expect(options(page).first).to_be_visible()
    page.mouse.click(5, 790)
    expect(options(page).first).to_be_hidden()
    expect(box).to_have_attribute("aria-expanded", "false")


def test_a_site_may_count_for_itself(page: Page, home: Callable[..., Locator]) -> None:
    box = home()
    page.evaluate("""() => {
        window.told = [];
        for (const name of ["search", "select"]) {
          addEventListener(`see-also:${name}`, (event) => {
            told.push([name, event.detail]);
            if (name === "select") event.preventDefault();
          });
        }
    }""")
    box.fill("soup")
    options(page).first.click()
    told: Any = page.evaluate("told")
    assert told[0] == ["search", {"q": "soup", "tags": [], "total": 1}]
    assert told[1][1] | {"url": ""} == {"q": "soup", "rank": 1, "url": ""}
    assert page.url.endswith("index.html")


# --------------------------------------------------------------------------------------------------------- trouble


def failing(kind: str) -> Callable[[Route], None]:
    def handler(route: Route) -> None:
        cors = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
        if kind == "network":
            route.abort()
        elif kind == "no JSON":
            route.fulfill(status=200, body="<p>Hello", headers=cors)
        else:
            route.fulfill(status=int(kind), json={}, headers=cors | {"Retry-After": "1"})

    return handler


@pytest.mark.parametrize("kind", ["network", "no JSON", "429", "500", "503"])
def test_trouble_is_called_trouble_and_mends_itself(page: Page, home: Callable[..., Locator], kind: str) -> None:
    box = home()
    box.fill("storm")
    expect(options(page).first).to_contain_text("Storm of the year")
    page.route(SEARCH, failing(kind), times=1)
    box.fill("soup")
    expect(page.get_by_text("The search did not work. Trying again in a moment.", exact=True).first).to_be_visible()
    expect(options(page).first).to_contain_text("Storm of the year")
    link = page.get_by_role("link", name="Open the search page")
    assert str(link.get_attribute("href")).endswith("/?q=soup")
    expect(page.get_by_text("No results")).to_have_count(0)
    expect(options(page).first).to_contain_text("Fish soup")
    expect(link).to_have_count(0)


def test_a_page_that_the_service_does_not_know_is_told_that_it_did_not_work(page: Page, shared: Blog) -> None:
    address = shared.page("<see-also-search></see-also-search>").replace("127.0.0.1", "localhost")
    page.goto(address)
    page.get_by_role("combobox").fill("soup")
    expect(page.get_by_text("The search did not work.").first).to_be_visible()
    expect(page.get_by_text("No results")).to_have_count(0)


def test_after_one_more_attempt_it_gives_up(page: Page, home: Callable[..., Locator]) -> None:
    box, urls = home(), asked(page)
    page.route(SEARCH, failing("503"))
    box.fill("soup")
    expect(page.get_by_text("The search did not work.", exact=True).first).to_be_visible()
    page.wait_for_timeout(1500)
    assert len(urls) == 2


def test_it_never_waits_longer_than_five_seconds(page: Page, home: Callable[..., Locator]) -> None:
    box = home()
    page.route(SEARCH, lambda route: None)  # no answer at all
    box.fill("soup")
    start = time.monotonic()
    expect(page.get_by_text("The search did not work.").first).to_be_visible(timeout=20_000)
    assert 3 < time.monotonic() - start < 9  # five, and what a busy machine adds; the service would take for ever


def test_offline_is_called_offline(page: Page, context: BrowserContext, home: Callable[..., Locator]) -> None:
    box = home()
    context.set_offline(True)
    box.fill("soup")
    expect(page.get_by_text("You are offline.").first).to_be_visible()
    context.set_offline(False)


def test_an_error_is_told_to_the_site(page: Page, home: Callable[..., Locator]) -> None:
    box = home()
    page.evaluate("addEventListener('see-also:error', (event) => (window.told = event.detail.status))")
    page.route(SEARCH, failing("503"))
    box.fill("soup")
    page.wait_for_function("window.told === 503")


# ----------------------------------------------------------------------------------------- what a screen reader says


def test_it_is_said_once_after_the_typing_has_paused(page: Page, home: Callable[..., Locator]) -> None:
    box = home()
    page.evaluate("""() => {
        window.said = [];
        const status = document.querySelector("see-also-search").shadowRoot.querySelector("[role=status]");
        new MutationObserver(() => said.push(status.textContent)).observe(status, {childList: true});
    }""")
    box.press_sequentially("harbour", delay=200)
    page.wait_for_function("said.length > 0")
    page.wait_for_timeout(300)
    assert page.evaluate("said") == ["8 results for “harbour”"]


def type_in(page: Page, box: Locator, text: str) -> None:
    box.fill(text)
    page.wait_for_function("!document.querySelector('see-also-search [aria-busy=true]')")
    expect(page.locator("see-also-search [part=panel]")).to_be_visible()


@pytest.mark.parametrize("look", ["light", "dark", "forced"])
@pytest.mark.parametrize("attributes", ["", "modal"])
def test_axe_finds_nothing_in_any_state(
    page: Page, home: Callable[..., Locator], attributes: str, look: Literal["light", "dark", "forced"]
) -> None:
    if look == "forced":
        page.emulate_media(forced_colors="active")
    else:
        page.emulate_media(color_scheme=look)
    box = home(attributes, head="<style>:root { color-scheme: light dark }</style>")
    found = {"closed": violations(page)}
    page.keyboard.press("/")
    type_in(page, box, "harbour")
    page.get_by_role("button", name="boats").click()
    expect(page.get_by_role("option", name="All 8 results")).to_have_count(0)
    box.press("ArrowDown")
    found["hits, one chosen"] = violations(page)
    type_in(page, box, "xylophone -soup")
    found["no hits"] = violations(page)
    page.route(SEARCH, failing("503"))
    type_in(page, box, "storm")
    expect(page.get_by_role("link", name="Open the search page")).to_be_visible()
    found["failed"] = violations(page)
    assert found == {"closed": [], "hits, one chosen": [], "no hits": [], "failed": []}


def test_the_chosen_hit_is_seen_in_forced_colours(page: Page, home: Callable[..., Locator]) -> None:
    page.emulate_media(forced_colors="active")
    box = home()
    page.keyboard.press("/")
    type_in(page, box, "harbour")
    page.keyboard.press("ArrowDown")
    look = "one => [getComputedStyle(one).outlineStyle, getComputedStyle(one).backgroundColor].join()"
    assert options(page).first.evaluate(look) != options(page).nth(1).evaluate(look)


@pytest.mark.parametrize("attributes", ["", "modal"])
def test_at_320_pixels_nothing_sticks_out(page: Page, home: Callable[..., Locator], attributes: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    box = home(attributes)
    page.keyboard.press("/")
    type_in(page, box, "harbour")
    panel = page.locator("see-also-search [part=panel]").bounding_box()
    assert panel
    assert panel["x"] >= 0
    assert panel["x"] + panel["width"] <= 320
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_in_a_corner_the_list_stays_on_the_screen(page: Page, home: Callable[..., Locator], direction: str) -> None:
    around = "<div style='inline-size: 9rem; margin-inline-start: auto'>{}</div>"
    box = home(around=around, root=f'lang="en" dir="{direction}"')
    page.keyboard.press("/")
    type_in(page, box, "harbour")
    panel = page.locator("see-also-search [part=panel]").bounding_box()
    assert panel
    assert panel["x"] >= 0
    assert panel["x"] + panel["width"] <= 1000


# ------------------------------------------------------------------------------------------------ languages, texts


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("de", "Suchen", "8 Ergebnisse für „harbour“"),
        ("pl", "Szukaj", "8 wyników dla „harbour”"),
        ("xx", "Search", "8 results"),
        ("en_us", "Search", "8 results"),
    ],
)
def test_it_speaks_the_language_of_the_page(
    page: Page, home: Callable[..., Locator], language: str, text: str, said: str
) -> None:
    files: list[str] = []
    page.on("request", lambda request: files.append(request.url) if "/see-also." in request.url else None)
    box = home(root=f'lang="{language}"')
    expect(page.get_by_role("combobox", name=text)).to_be_visible()
    box.fill("harbour")
    expect(page.locator("see-also-search").get_by_role("status")).to_contain_text(said)
    assert len(files) == (2 if language in ("de", "pl") else 1)


def test_a_box_of_one_language_finds_posts_in_it_and_so_does_its_results_page(
    page: Page, home: Callable[..., Locator]
) -> None:
    home('language="de"').fill("harbour")
    expect(page.get_by_text("No results for “harbour”", exact=True).first).to_be_visible()
    box = home('language="en"')
    box.fill("harbour")
    expect(options(page).first).to_contain_text("Harbour lights")
    assert "language=en" in (options(page).last.get_attribute("href") or "")
    box.press("Enter")
    page.wait_for_url(re.compile(r"\?q=harbour&language=en$"))


@pytest.mark.parametrize(
    ("typed", "kind", "first", "second"),
    [("sloop", "title", "<", "img"), ("heliograph", "text", "A", "barnacle")],
    ids=["signs of a title", "words of a text"],
)
def test_on_a_page_of_the_other_direction_a_text_keeps_its_own(
    page: Page, home: Callable[..., Locator], typed: str, kind: str, first: str, second: str
) -> None:
    home(root='lang="ar" dir="rtl"').fill(typed)
    expect(options(page).first).to_contain_text(second)
    places = page.evaluate(
        """([kind, ...pieces]) => pieces.map(piece => {
            const range = new Range(), text = document.querySelector(`see-also-search .${kind}`).firstChild;
            range.setStart(text, text.data.indexOf(piece));
            range.setEnd(text, text.data.indexOf(piece) + 1);
            return range.getBoundingClientRect().x;
        })""",
        [kind, first, second],
    )
    assert places[0] < places[1]


def test_the_button_of_the_dialog_names_its_key(page: Page, home: Callable[..., Locator]) -> None:
    home("modal")
    assert page.locator("see-also-search kbd").inner_text() == "Ctrl+K"


def test_a_text_may_be_the_sites_own(page: Page, home: Callable[..., Locator]) -> None:
    home('text-label="Look around" text-none="Not one post about {q}"').fill("xylophone")
    expect(page.get_by_role("combobox", name="Look around")).to_be_visible()
    expect(page.get_by_text("Not one post about xylophone", exact=True).first).to_be_visible()


def test_several_boxes_stand_on_one_page(page: Page, shared: Blog) -> None:
    page.goto(shared.page("<see-also-search></see-also-search>" * 2))
    boxes = page.get_by_role("combobox")
    boxes.nth(1).fill("soup")
    expect(page.locator("see-also-search").nth(1).get_by_role("option").first).to_contain_text("Fish soup")
    assert page.locator("see-also-search").nth(0).get_by_role("option").count() == 0
    assert boxes.nth(0).get_attribute("aria-controls") != boxes.nth(1).get_attribute("aria-controls")
