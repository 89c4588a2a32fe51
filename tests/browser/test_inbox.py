"""The inbox page, as a person sees it: what arrives, what is found, what is looked at."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import httpx
import pytest

from tests.browser.chromium import Browser, expect
from tests.browser.conftest import ANN, BEN, CREATE, NARROW, OWN, Tab, busy, send, tab_on
from tests.conftest import VENV, http_server
from volt.sandbox import create_app
from volt.sandbox.testing import RunningSandbox, running

RED = "rgb(180, 35, 24)"


def test_a_text_appears_without_a_reload_and_its_life_is_seen(tab: Tab) -> None:
    """Sent by the API while the page is open: in the list, in the conversation, to its end."""
    page = tab.go().page
    page.evaluate("window.sameDocument = true")
    expect(page.get_by_role("heading", name="No texts yet")).to_be_visible()
    send(tab.sandbox, "Your table is ready.")
    row = page.locator("#conversations li")
    expect(row).to_contain_text("Your table is ready.")
    row.get_by_role("link").click()
    expect(page.locator(".texts .bubble")).to_have_text("Your table is ready.")
    expect(page.locator(".texts .status")).to_have_text("Delivered")
    send(tab.sandbox, "The second.")
    expect(page.locator(".texts .bubble")).to_have_text(["Your table is ready.", "The second."])
    expect(page.locator(".texts .status")).to_have_text(["Delivered", "Delivered"])
    assert page.evaluate("window.sameDocument")


def test_the_first_line_to_paste_makes_a_text_appear(tab: Tab) -> None:
    """Both of them, as they stand on the page."""
    page = tab.go().page
    lines = page.locator(".start pre").all_inner_texts()
    assert len(lines) == 2
    for number, line in enumerate(lines, start=1):
        path = f"{VENV / 'bin'}:{os.environ['PATH']}"
        subprocess.run(
            ["sh", "-c", line],
            env=os.environ | {"PATH": path},
            check=True,
            timeout=60,
            capture_output=True,
        )
        page.wait_for_function(
            f"fetch('_sandbox/messages').then(a => a.json()).then(m => m.length == {number})"
        )
    expect(page.locator("#conversations li")).to_contain_text("Hello")


def test_an_open_conversation_that_is_no_more_gives_way_to_the_start(tab: Tab) -> None:
    """After a sandbox began anew; with the next text it is there again."""
    send(tab.sandbox, "Hello")
    page = tab.at().page
    page.locator(".texts .meta a").click()
    expect(page.get_by_role("complementary")).to_be_visible()
    tab.expected.append("404 (Not Found)")  # of the open message
    httpx.post(f"{tab.sandbox.base_url}/_sandbox/reset")
    expect(page.get_by_role("heading", name="No texts yet")).to_be_visible()
    expect(page.locator(".thread, .detail").filter(visible=True)).to_have_count(0)
    expect(page.locator(".start pre").first).to_contain_text(f"{sys.executable} -c")
    send(tab.sandbox, "Again")
    expect(page.locator(".bubble")).to_have_text("Again")


def test_new_texts_are_marked_until_they_are_looked_at(tab: Tab) -> None:
    """Like on a phone: a mark in the list and the number in the title."""
    page = tab.go().page
    send(tab.sandbox, "One")
    send(tab.sandbox, "Two", to=BEN)
    rows = page.locator("#conversations li")
    expect(rows.locator(".unread")).to_have_count(2)
    expect(page).to_have_title("(2) Inbox · Volt sandbox")
    rows.filter(has_text="One").get_by_role("link").click()
    expect(rows.locator(".unread")).to_have_count(1)
    expect(page).to_have_title("(1) +1 555 555 0145 · Volt sandbox")
    send(tab.sandbox, "Three")
    expect(page.locator(".texts .bubble").last).to_have_text("Three")
    expect(rows.locator(".unread")).to_have_count(1)
    page.get_by_role("link", name="Chaos").click()
    send(tab.sandbox, "Four")
    expect(page).to_have_title("(2) Chaos · Volt sandbox")
    page.get_by_role("link", name="Inbox").click()
    expect(rows.locator(".unread")).to_have_count(2)
    expect(rows.first).to_contain_text("Four")
    page.goto(f"{tab.sandbox.base_url}/#/%zz")
    expect(page.locator(".start")).to_be_visible()


def test_search_finds_texts_and_numbers_as_one_types(tab: Tab) -> None:
    """And says so where nothing is found."""
    send(tab.sandbox, "The menu of the day")
    send(tab.sandbox, "Your code is 1234", to=BEN)
    page = tab.go().page
    rows = page.locator("#conversations li")
    expect(rows).to_have_count(2)
    for text, found in (("MENU", "+1 555 555 0145"), ("555-0172", "+1 555 555 0172")):
        page.get_by_label("Search").fill(text)
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text(found)
    page.get_by_label("Search").fill("<b>zzz")
    expect(rows).to_have_count(0)
    expect(page.get_by_text("Nothing contains “<b>zzz”.")).to_be_visible()


def test_a_number_of_texts_is_not_broken_from_its_word(
    browser: Browser, sandbox: RunningSandbox
) -> None:
    """At 360 pixels the line is too short for all of it; the button of a card stays on one line."""
    send(sandbox, "Hello", media=["https://example.com/menu.png"])
    with tab_on(browser, sandbox, viewport=NARROW) as tab:
        page = tab.at().page
        button = page.locator(".picture button")
        assert button.evaluate("b => b.scrollWidth <= b.clientWidth && b.clientHeight < 36")
        about = page.locator(".thread .head p")
        expect(about).to_contain_text("1 text")
        assert "1\u00a0text" in (about.text_content() or "")


def test_a_number_whose_texts_are_all_refused_has_a_row(tab: Tab) -> None:
    """New until it is looked at, and found by its text."""
    page = tab.go().page
    send(tab.sandbox, "Nobody may read this", to="+19955550103")
    row = page.locator("#conversations li")
    expect(row.locator(".snippet")).to_have_text("Nobody may read this")
    expect(row.locator(".marks")).to_have_text("Refused · 503")
    expect(row.locator(".unread")).to_have_count(1)
    expect(page.get_by_text("1 conversation", exact=True)).to_be_visible()
    page.get_by_label("Search").fill("may READ")
    expect(row.locator("mark")).to_have_text("may read")
    row.get_by_role("link").click()
    expect(page.locator(".thread .head p")).to_have_text("with +1 555 555 0123 · 1 refused")
    expect(row.locator(".unread")).to_have_count(0)


def test_a_row_shows_what_was_looked_for_and_a_small_part_of_it(tab: Tab) -> None:
    """Red only if the text in it arrived twice; nothing found is said beside the box."""
    send(tab.sandbox, "Twice")
    send(tab.sandbox, "Twice")
    page = tab.go().page
    snippet = page.locator("#conversations .snippet")
    expect(snippet).to_have_css("color", RED)
    send(tab.sandbox, "word " * 40 + "needle " + "word " * 40)
    expect(snippet).not_to_have_css("color", RED)
    expect(page.locator("#conversations .marks")).to_have_text("Arrived twice")
    assert len(snippet.inner_text()) <= 82
    send(tab.sandbox, "The last")
    expect(snippet).to_have_text("The last")
    page.get_by_label("Search").fill("needle")
    expect(snippet.locator("mark")).to_have_text("needle")
    assert len(snippet.inner_text()) <= 82
    page.get_by_label("Search").fill("no such thing")
    expect(page.get_by_text("Nothing contains “no such thing”.")).to_be_visible()
    box = page.locator(".list .note").bounding_box()
    tools = page.locator(".tools").bounding_box()
    assert box
    assert tools
    assert box["y"] - tools["y"] - tools["height"] < 20


def test_the_list_is_filtered_by_sender_and_recipient(browser: Browser) -> None:
    """By either, or both."""
    other = "+15555550124"
    with running(create_app(senders=[OWN, other])) as sandbox, tab_on(browser, sandbox) as tab:
        send(sandbox, "One")
        send(sandbox, "Two", to=BEN)
        send(sandbox, "Three", **{"from": other})
        page = tab.go().page
        texts = page.locator("#conversations .snippet")
        expect(texts).to_have_text(["Three", "Two", "One"])
        page.get_by_label("Sender").select_option(other)
        expect(texts).to_have_text(["Three"])
        page.get_by_label("Sender").select_option("")
        page.get_by_label("Recipient").fill("(555) 555-0145")
        expect(texts).to_have_text(["Three", "One"])
        page.get_by_label("Sender").select_option(OWN)
        expect(texts).to_have_text(["One"])
        tab.check()


def test_older_conversations_and_texts_are_read_as_one_goes_on(tab: Tab) -> None:
    """Page by page, each once."""
    for number in range(120):
        tab.sandbox.app.state.sandbox.send(
            to=f"+1555555{number:04}", from_=OWN, body=f"No. {number}"
        )
        tab.sandbox.app.state.sandbox.send(to=ANN, from_=OWN, body=f"Ann {number}")
    page = tab.at().page
    rows = page.locator("#conversations li")
    expect(page.get_by_text("121 conversations")).to_be_visible()
    for _ in range(20):  # as a person does, who sees more and goes on
        rows.last.scroll_into_view_if_needed()
        page.locator(".list").evaluate("list => list.scrollTop = list.scrollHeight")
        if rows.count() == 121:
            break
        page.wait_for_timeout(100)
    expect(rows).to_have_count(121)
    httpx.put(f"{tab.sandbox.base_url}/_sandbox/opt-outs/+15555550003")
    expect(rows.filter(has_text="No. 3").last).to_contain_text("Opted out")
    texts, more = page.locator(".texts .bubble"), page.get_by_role("button", name="Earlier texts")
    expect(texts).to_have_count(50)
    more.click()
    expect(texts).to_have_count(100)
    send(tab.sandbox, "The newest")
    expect(texts.last).to_have_text("The newest")
    expect(texts).to_have_count(101)
    more.click()
    expect(texts).to_have_count(121)
    expect(texts.first).to_have_text("Ann 0")
    expect(more).to_be_hidden()
    expect(rows).to_have_count(121)
    page.get_by_label("Search").fill("No.")
    expect(page.get_by_text("120 conversations")).to_be_visible()
    expect(rows.filter(has_text="The newest")).to_have_count(0)


def test_a_burst_larger_than_a_page_leaves_no_hole(tab: Tab) -> None:
    """What was read before is let go where the newest page does not reach it; a reset empties all."""
    page = tab.at().page
    sandbox = tab.sandbox.app.state.sandbox
    for number in range(60):
        sandbox.send(to=ANN, from_=OWN, body=f"Before {number}")
    send(tab.sandbox, "A word between")
    texts = page.locator(".texts .bubble")
    expect(texts.last).to_have_text("A word between")
    with sandbox.database.transaction():  # the page reads nothing meanwhile
        for number in range(210):
            sandbox.send(to=ANN, from_=OWN, body=f"After {number}")
    send(tab.sandbox, "The last word")
    expect(texts.last).to_have_text("The last word")
    bodies = [f"After {number}" for number in range(210)] + ["The last word"]
    shown = texts.all_inner_texts()
    assert shown == bodies[-len(shown) :]
    for batch in range(10):
        with sandbox.database.transaction():
            for number in range(40):
                sandbox.send(to=ANN, from_=OWN, body=f"Batch {batch}, {number}")
        send(tab.sandbox, f"The end of {batch}")
        expect(texts.last).to_have_text(f"The end of {batch}")
        assert texts.count() <= 400
    httpx.post(f"{tab.sandbox.base_url}/_sandbox/reset")
    expect(texts).to_have_count(0)
    page.goto(f"{tab.sandbox.base_url}/#/")
    expect(page.get_by_role("heading", name="No texts yet")).to_be_visible()


def test_a_text_that_arrived_twice_is_red_with_both_requests_side_by_side(tab: Tab) -> None:
    """In the list, in the conversation and in the section of doubles."""
    send(tab.sandbox, "Your table is ready.")
    send(tab.sandbox, "Your table is ready.")
    send(tab.sandbox, "Once.")
    page = tab.go().page
    expect(page.locator("#doubles")).to_have_text("1")
    expect(page.locator("#conversations").get_by_text("Arrived twice")).to_have_css("color", RED)
    page.locator("#conversations a").click()
    expect(page.locator(".bubble")).to_have_count(3)
    for bubble in page.locator(".bubble").all()[:2]:
        expect(bubble).to_have_css("color", RED)
    expect(page.locator(".bubble").last).not_to_have_css("color", RED)
    page.locator(".double .meta a").last.click()
    expect(page.get_by_role("heading", name="Reached the sandbox twice")).to_have_css("color", RED)
    for place in (None, "#/twice"):
        if place:
            page.goto(f"{tab.sandbox.base_url}/{place}")
        sides = page.locator(".side")
        expect(sides).to_have_count(2)
        left, right = (side.bounding_box() for side in sides.all())
        assert left
        assert right
        assert left["y"] == right["y"]
        assert left["x"] + left["width"] < right["x"]
        for side in sides.all():
            expect(side.locator("pre")).to_contain_text("Your table is ready.")
            expect(side.locator("pre")).to_contain_text("authorization: Bearer •••")
        expect(page.get_by_text("The requests are the same to the letter.")).to_be_visible()
    content = {"query": CREATE, "variables": {"to": ANN, "from": OWN, "body": "Once."}}
    headers = {"Authorization": "Bearer sandbox", "X-Try": "2"}
    httpx.post(tab.sandbox.url, headers=headers, json=content)
    expect(page.locator(".group").first.locator("mark")).to_have_text("x-try: 2\n")
    expect(page.get_by_text("What differs between the requests is marked.")).to_be_visible()


def test_a_message_is_shown_with_all_that_is_known_of_it(tab: Tab) -> None:
    """Variables as received, segments and encoding, history, and the request without its token."""
    send(tab.sandbox, "Grüße 😀", to="+18975550104", passthrough=None)
    page = tab.go().page
    page.locator("#conversations a").click()
    page.locator(".texts .meta a").click()
    detail = page.get_by_role("complementary")
    expect(detail.locator(".big")).to_have_text("Failed · 704")
    expect(detail).to_contain_text("The carrier rejected it as spam.")
    expect(detail).to_contain_text("1 segment, UCS-2, 7 characters")
    expect(detail.locator(".steps .status")).to_have_text(["queued", "sent", "failed · 704"])
    variables = json.loads(detail.get_by_label("Variables", exact=True).inner_text())
    assert variables == {"to": "+18975550104", "from": OWN, "body": "Grüße 😀", "passthrough": None}
    expect(detail.get_by_label("Request")).to_contain_text("authorization: Bearer •••")
    assert "sandbox" not in detail.get_by_label("Request").inner_text().replace("httpx", "")
    expect(detail).to_contain_text("Answered HTTP 200")


def test_each_code_of_a_number_is_explained(tab: Tab) -> None:
    """Beside it, as in the documentation."""
    rows = tab.go("#/numbers").page.locator("tbody tr")
    expect(rows.filter(has_text="+1 995 555 0103")).to_contain_text("The recipient has opted out")
    expect(rows.filter(has_text="+1 897 555 0104")).to_contain_text("rejected it as spam")


# Media


class Pictures(BaseHTTPRequestHandler):
    """Another server, which has a picture."""

    PNG = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
        "0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
    )
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(f"{self.path} {self.headers.get('Referer')}")
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(self.PNG)))
        self.end_headers()
        self.wfile.write(self.PNG)


@pytest.fixture
def pictures() -> Iterator[tuple[str, list[str]]]:
    asked = list[str]()
    handler = type("Handler", (Pictures,), {"asked": asked})
    with http_server(handler) as url:
        yield url, asked


def test_media_are_loaded_only_when_one_asks_for_them(
    browser: Browser, sandbox: RunningSandbox, pictures: tuple[str, list[str]]
) -> None:
    """Then the picture is seen, and its server is not told by whom."""
    url, asked = pictures
    send(sandbox, "The menu", media=[f"{url}/menu.png"])
    with tab_on(browser, sandbox) as tab:
        page = tab.at().page
        expect(page.locator(".picture .name")).to_have_text("menu.png")
        page.locator(".texts .meta a").click()
        expect(page.locator(".detail .picture")).to_be_visible()
        page.wait_for_timeout(200)
        assert asked == []
        page.get_by_role("button", name="Load from 127.0.0.1").first.click()
        expect(page.get_by_role("img", name="menu.png")).to_have_js_property("naturalWidth", 1)
        assert asked == ["/menu.png None"]
        tab.check(url)


# Widths


@pytest.mark.parametrize("width", [360, 1440])
def test_no_width_makes_one_scroll_sideways(
    browser: Browser, sandbox: RunningSandbox, width: int
) -> None:
    """Whatever the texts are."""
    with tab_on(browser, sandbox, viewport=NARROW | {"width": width}) as tab:
        for place, content in busy(sandbox, "https://example.com/" + "x" * 400).items():
            page = tab.go(place).page
            page.locator(content).first.wait_for()
            wide = page.evaluate("""() => [document.documentElement, ...document.querySelectorAll(
                "main, .list, .scroller, .detail, .sheet, .composer")].filter(
                (e) => e.scrollWidth > e.clientWidth).map((e) => e.className || e.tagName)""")
            assert wide == [], place
        tab.check()
