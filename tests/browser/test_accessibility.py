"""The page is for everyone: WCAG 2.2 by axe-core, and what no engine can see."""

from typing import Any

import pytest

from tests.browser.chromium import Browser, Page, cannot_run, expect
from tests.browser.conftest import ANN, NARROW, OWN, Tab, busy, register, send, tab_on
from volt.sandbox.testing import RunningSandbox

try:
    from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
except ModuleNotFoundError:
    cannot_run("axe-core is not installed: `make check` installs it")

# All rules for A, AA and good practice; that of WCAG 2.2 on the size of targets is off by itself.
KINDS = {"resultTypes": ["violations", "incomplete"], "preload": False}
LIGHT = KINDS | {"rules": {"target-size": {"enabled": True}}}
DARK = KINDS | {"runOnly": ["color-contrast"]}  # colours are all that the themes differ in


def objections(page: Page, view: str) -> list[str]:
    """What axe finds wrong in a view, in both themes, with the elements that it means.

    What it cannot decide counts too, but for colours: to it, what is scrolled out of sight has none.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = list[str]()
    for theme, options in (("light", LIGHT), ("dark", DARK)):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        results: dict[str, Any] = page.evaluate("options => axe.run(options)", options)
        unsure = [one for one in results["incomplete"] if one["id"] != "color-contrast"]
        for rule in results["violations"] + unsure:
            nodes = (f"    {node['html']}\n    {node['failureSummary']}" for node in rule["nodes"])
            found.append("\n".join((f"{view}, {theme}: {rule['id']}: {rule['help']}", *nodes)))
    return found


@pytest.mark.parametrize("width", [360, 1440])
def test_axe_finds_nothing_to_object_to(
    browser: Browser, sandbox: RunningSandbox, hook: tuple[str, list[bytes]], width: int
) -> None:
    """Names, roles, landmarks, headings, contrast, targets: in every view, and in what opens."""
    with tab_on(
        browser, sandbox, viewport=NARROW | {"width": width}, reduced_motion="reduce"
    ) as tab:
        page = tab.go().page
        page.get_by_role("heading", name="No texts yet").wait_for()
        found = objections(page, "nothing yet")
        register(sandbox, hook[0])
        for place, content in (busy(sandbox) | {"#/deliveries": "summary"}).items():
            tab.go(place).page.locator(content).first.wait_for()
            found += objections(page, place or "list")
        tab.go("#/deliveries").page.locator("summary").first.click()
        page.locator(".attempts pre").first.wait_for()
        found += objections(page, "an open delivery")
        tab.go("#/chaos").page.get_by_label("Only to").fill("Ann")
        page.get_by_role("button", name="Fail on purpose").click()
        page.locator("#to-remedy").get_by_text("Write all").wait_for()
        found += objections(page, "a wrong recipient of chaos")
        tab.go().page.get_by_label("Search").fill("twice")
        page.locator("#conversations mark").first.wait_for()
        found += objections(page, "what was looked for")
        tab.at().page.get_by_label("Reply as this person").fill("END")
        page.keyboard.press("Enter")
        page.locator(".toast").wait_for()
        found += objections(page, "a toast")
        page.locator("#help").click()
        found += objections(page, "the keys")
        assert not found, "\n".join(found)


def test_the_skip_link_leads_into_the_section_that_is_shown(tab: Tab) -> None:
    """It is no place of the page: those are after the same sign of an address."""
    page = tab.go("#/chaos").page
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    expect(page.locator(":focus")).to_have_attribute("id", "main")
    expect(page.get_by_role("heading", level=1)).to_have_text("Chaos")


def test_the_focus_is_never_lost_where_a_view_takes_another_ones_place(
    browser: Browser, sandbox: RunningSandbox
) -> None:
    """It goes into the new section; at 360 pixels, to the detail of a text, and back."""
    send(sandbox, "Hello")
    with tab_on(browser, sandbox, viewport=NARROW) as tab:
        page = tab.go().page
        focused, press = page.locator(":focus"), page.keyboard.press
        page.locator("#conversations li").wait_for()
        press("j")
        press("Enter")
        expect(focused).to_contain_text("Delivered")
        press("Enter")
        expect(focused).to_have_attribute("id", "main")
        press("Tab")
        expect(focused).to_have_attribute("aria-label", "Close the detail")
        press("Escape")
        expect(focused).to_contain_text("Delivered")
        press("g")
        press("n")
        expect(page.get_by_role("heading", level=1)).to_have_text("Numbers")
        expect(focused).to_have_attribute("id", "main")


def test_single_keys_can_be_switched_off(tab: Tab) -> None:
    """For one who dictates (WCAG 2.1.4); arrows and Esc go on, and so it stays."""
    send(tab.sandbox, "Hello")
    page = tab.go().page
    page.locator("#conversations li").wait_for()
    page.keyboard.press("?")
    page.get_by_label("Single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.locator("#conversations li").wait_for()
    for key in "gn?j/":
        page.keyboard.press(key)
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page).to_have_title("(1) Inbox · Volt sandbox")
    expect(page.locator("#search:focus, .rows :focus")).to_have_count(0)
    page.keyboard.press("ArrowDown")
    expect(page.locator(".rows :focus")).to_have_count(1)
    page.locator("#help").click()
    expect(page.get_by_label("Single-key shortcuts")).not_to_be_checked()


def test_at_a_zoom_of_400_percent_everything_is_within_reach(
    browser: Browser, sandbox: RunningSandbox
) -> None:
    """WCAG 1.4.10: 320 by 256 pixels, in a conversation of somebody who opted out."""
    places = busy(sandbox)
    with tab_on(browser, sandbox, viewport={"width": 320, "height": 256}) as tab:
        page = tab.at().page
        page.locator(places[f"#/c/{OWN}/{ANN}"]).first.wait_for()
        for name in ("Opt back in", "Reply", "STOP"):
            button = page.get_by_role("button", name=name, exact=True)
            button.scroll_into_view_if_needed()
            expect(button).to_be_in_viewport(ratio=1)
        assert page.locator(".scroller").evaluate("e => e.clientHeight") > 80
        expect(page.get_by_role("link", name="Numbers")).to_be_in_viewport(ratio=1)


def test_in_forced_colours_the_chosen_fault_is_told_from_the_others(
    browser: Browser, sandbox: RunningSandbox
) -> None:
    """There, grounds and shadows are the system's; nothing else says which one it is."""
    with tab_on(browser, sandbox, forced_colors="active") as tab:
        faults = tab.go("#/chaos").page.locator(".fault")
        ground = "e => getComputedStyle(e.querySelector('span')).backgroundColor"
        faults.first.wait_for()
        grounds = [fault.evaluate(ground) for fault in faults.all()]
        chosen = faults.filter(has=tab.page.locator(":checked")).evaluate(ground)
        assert grounds.count(chosen) == 1
        assert len(set(grounds)) == 2


def test_a_text_is_written_in_its_own_direction(tab: Tab) -> None:
    """Hebrew begins at the right, and its exclamation mark is at the left."""
    send(tab.sandbox, "שלום, השולחן מוכן!")
    page = tab.at().page
    expect(page.locator(".bubble")).to_have_css("direction", "rtl")
    expect(page.locator(".snippet")).to_have_css("direction", "rtl")
