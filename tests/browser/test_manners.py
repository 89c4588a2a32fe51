"""The page's manners: safe with any text, usable by keyboard and for all, in both themes."""

import re

import httpx
import pytest

from tests.browser.chromium import Browser, Error, expect
from tests.browser.conftest import BEN, OWN, Tab, send, tab_on
from volt.sandbox import create_app
from volt.sandbox.testing import RunningSandbox, running

HOSTILE = (
    "<script>window.hacked = 1</script>",
    '<img src="x" onerror="window.hacked = 2">',
    '<a href="javascript:window.hacked = 3">click</a>',
    "</pre></code><svg onload=window.hacked=4>",
    "{{7*7}} ${7*7} \u202e gnp.exe \x00\x1b[31m",
)
NAME = """mutation ($n: String!, $p: String!, $a: String!) {
  createOrUpdateContact(
    name: $n, phoneNumber: $p, accountPhone: $a, customFields: [], blocked: false
  ) { id }
}"""
LIGHT, DARK = "rgb(250, 250, 248)", "rgb(18, 19, 20)"
SECTIONS = {"i": "Inbox", "t": "Arrived twice", "c": "Chaos", "d": "Deliveries", "n": "Numbers"}


# Safe with any text


def test_a_hostile_text_is_shown_and_does_nothing(tab: Tab) -> None:
    """Wherever a text can stand; the tab's check sees that nobody else was asked for anything."""
    sandbox, page = tab.sandbox, tab.go().page
    headers = {"Authorization": "Bearer sandbox", "X-Note": "<script>window.hacked = 5</script>"}
    media = ["https://example.com/%3Cscript%3E.png?a=<img%20src=x%20onerror=window.hacked=6>"]
    for number, body in enumerate(HOSTILE):
        person = f"+155555501{number:02}"
        variables = {"n": body, "p": person, "a": OWN}
        httpx.post(sandbox.url, headers=headers, json={"query": NAME, "variables": variables})
        for _ in range(2):
            send(sandbox, body, to=person, media=media)
        reply = {"from": person, "to": OWN, "body": body}
        httpx.post(f"{sandbox.base_url}/_sandbox/reply", json=reply)
        httpx.put(f"{sandbox.base_url}/_sandbox/opt-outs/{person}")
        send(sandbox, body, to=person)
        start = body[:8].strip()
        row = page.locator("#conversations li").first
        expect(row.locator(".snippet")).to_contain_text(start)
        expect(row.locator(".who")).to_contain_text(start)
        row.get_by_role("link").click()
        expect(page.locator(".bubble")).to_have_count(3)
        expect(page.locator(".thread h2")).to_contain_text(start)
        assert page.locator(".bubble").first.inner_text().strip() == body.strip()
        expect(page.locator(".refusal blockquote")).to_contain_text(start)
        page.locator(".texts .meta a").first.click()
        expect(page.locator(".side").first).to_contain_text(start)
        expect(page.locator(".side")).to_have_count(2)
        page.keyboard.press("Escape")
    page.goto(f"{sandbox.base_url}/#/twice")
    expect(page.locator(".side")).to_have_count(2 * len(HOSTILE))
    assert page.evaluate("window.hacked") is None
    assert page.locator("main script, main svg[onload], main img").count() == 0


def test_even_a_mistake_in_the_page_could_not_run_a_text(
    browser: Browser, sandbox: RunningSandbox
) -> None:
    """The policy refuses HTML made of text, scripts in place, and other servers."""
    with tab_on(browser, sandbox) as tab:
        page = tab.go().page
        for code in (
            "document.body.innerHTML = '<b>x</b>'",
            "document.body.append(Object.assign(document.createElement('script'), {src: 'https://example.com/x.js'}))",
            "document.body.setAttribute('onclick', 'window.hacked = 1'); document.body.click()",
            "fetch('https://example.com/').catch(() => 0)",
        ):
            page.evaluate(f"() => {{ try {{ {code} }} catch {{ }} }}")
        page.wait_for_function("violations.length >= 4")
        assert page.evaluate("window.hacked") is None


# The token


def test_where_a_token_is_demanded_the_page_works_with_it(browser: Browser) -> None:
    """The browser asks for it as the password; without it, nothing of the page is shown."""
    with running(create_app(page_token="open-sesame", pace_seconds=0)) as sandbox:
        with tab_on(browser, sandbox) as stranger:
            with pytest.raises(Error, match="ERR_INVALID_AUTH_CREDENTIALS"):
                stranger.page.goto(sandbox.base_url)
            assert stranger.asked == [f"{sandbox.base_url}/"]
        login = {"username": "", "password": "open-sesame"}
        with tab_on(browser, sandbox, http_credentials=login) as tab:
            tab.expected.append("401")
            page = tab.go().page
            send(sandbox, "Behind the token")
            page.locator("#conversations a").click()
            expect(page.locator(".bubble")).to_have_text("Behind the token")
            page.get_by_role("button", name="STOP").click()
            expect(page.locator(".banner")).to_be_visible()
            tab.check()


# Keyboard


def test_everything_is_done_by_keyboard_alone(tab: Tab) -> None:
    """From the list to a message and back, a reply, a search, the sections, and the list of keys."""
    send(tab.sandbox, "The first")
    send(tab.sandbox, "The second", to=BEN)
    page = tab.go().page
    press = page.keyboard.press
    expect(page.locator("#conversations li")).to_have_count(2)
    press("j")
    press("ArrowDown")
    focused = page.locator(":focus")
    expect(focused).to_contain_text("The first")
    expect(focused).to_have_css("outline-style", "solid")
    press("k")
    expect(focused).to_contain_text("The second")
    press("j")
    press("Enter")
    expect(page.locator(".bubble")).to_have_text("The first")
    press("r")
    page.keyboard.type("j/k? yes")
    press("Enter")
    expect(page.locator(".mine .bubble")).to_have_text("j/k? yes")
    press("Escape")
    press("Tab")
    page.locator(".texts .meta a").first.focus()
    press("Enter")
    expect(page.get_by_role("complementary")).to_be_visible()
    press("Escape")
    expect(page.get_by_role("complementary")).to_be_hidden()
    expect(focused).to_contain_text("Delivered")
    press("Escape")
    expect(page.locator(".thread")).to_be_hidden()
    expect(focused).to_contain_text("j/k? yes")
    press("/")
    page.keyboard.type("second")
    expect(page.locator("#conversations li")).to_have_count(1)
    press("ArrowDown")
    press("Enter")
    expect(page.locator(".bubble")).to_have_text(["The second"])  # not what was open before
    for key, title in SECTIONS.items():
        press("g")
        press(key)
        expect(page).to_have_title(f"{title if key != 'i' else 'Inbox'} · Volt sandbox")
    press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("reply as the person")
    press("Escape")
    expect(keys).to_be_hidden()


def test_enter_leads_into_a_conversation_and_esc_out_of_it(tab: Tab) -> None:
    """Then j and k go from text to text, each of which has a name of its own."""
    send(tab.sandbox, "The first")
    send(tab.sandbox, "The second")
    send(tab.sandbox, "Elsewhere", to=BEN)
    page = tab.go().page
    press = page.keyboard.press
    focused = page.locator(":focus")
    expect(page.locator("#conversations li")).to_have_count(2)
    press("j")
    press("j")
    press("Enter")
    expect(focused).to_have_attribute(
        "aria-label", re.compile("^Details: Delivered .*, The second$")
    )
    press("k")
    expect(focused).to_have_attribute("aria-label", re.compile(", The first$"))
    press("j")
    expect(focused).to_have_attribute("aria-label", re.compile(", The second$"))
    press("Escape")
    expect(focused).to_contain_text("The second")
    press("Enter")
    expect(focused).to_have_attribute("aria-label", re.compile(", The second$"))
    press("/")
    page.keyboard.type("first")
    expect(page.locator("#conversations li")).to_have_count(1)
    press("Escape")
    expect(page.get_by_label("Search")).to_have_value("")
    expect(page.locator("#conversations li")).to_have_count(2)
    page.locator("#conversations a").first.click()
    expect(page.locator(".bubble")).to_have_text(["Elsewhere"])
    expect(page.locator(".texts :focus")).to_have_count(0)


def test_opting_out_and_in_by_keyboard_keeps_the_focus(tab: Tab) -> None:
    """Each button is gone once it is pressed."""
    send(tab.sandbox, "Hello")
    page = tab.at().page
    page.get_by_role("button", name="Opt out").focus()
    page.keyboard.press("Enter")
    expect(page.locator(":focus")).to_have_text("Opt back in")
    page.keyboard.press("Enter")
    expect(page.locator(":focus")).to_have_text("Opt out")


def test_what_arrives_leaves_focus_and_writing_alone(tab: Tab) -> None:
    """A list that is drawn anew keeps its focus; a reply half written stays."""
    send(tab.sandbox, "One")
    page = tab.at().page
    page.get_by_label("Reply as this person").fill("half writ")
    send(tab.sandbox, "Two", to=BEN)
    send(tab.sandbox, "Three")
    expect(page.locator(".bubble")).to_have_count(2)
    expect(page.get_by_label("Reply as this person")).to_have_value("half writ")
    page.locator("#conversations a").filter(has_text="Two").focus()
    send(tab.sandbox, "Four", to=BEN)
    expect(page.locator("#conversations")).to_contain_text("Four")
    expect(page.locator(":focus")).to_contain_text("Four")
    page.get_by_role("button", name="Opt out").focus()
    send(tab.sandbox, "Five")
    expect(page.locator(".thread .head")).to_contain_text("3 texts")
    expect(page.locator(":focus")).to_have_text("Opt out")


# Themes


def test_the_theme_is_the_systems_until_one_is_chosen(
    browser: Browser, sandbox: RunningSandbox
) -> None:
    """By the button or by m; the choice stays."""
    with tab_on(browser, sandbox, color_scheme="dark") as tab:
        page = tab.go().page
        body = page.locator("body")
        expect(body).to_have_css("background-color", DARK)
        page.emulate_media(color_scheme="light")
        expect(body).to_have_css("background-color", LIGHT)
        page.get_by_role("button", name="Theme").click()
        page.keyboard.press("m")
        expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
        expect(body).to_have_css("background-color", DARK)
        page.reload()
        expect(body).to_have_css("background-color", DARK)
        tab.check()
