"""What a person does on the page: be the phone, fail on purpose, send a delivery again."""

import re

import httpx

from tests.browser.chromium import Browser, expect
from tests.browser.conftest import ANN, BEN, NARROW, OWN, WIDE, Tab, code_of, register, send, tab_on
from volt.sandbox.testing import RunningSandbox

# Be the phone


def test_a_reply_from_the_page_reaches_the_api(tab: Tab) -> None:
    """As an inbound message, in the conversation that a program reads."""
    send(tab.sandbox, "Shall we keep the table?")
    page = tab.at().page
    page.get_by_label("Reply as this person").fill("Yes, please\nfor two")
    page.get_by_role("button", name="Reply", exact=True).click()
    expect(page.locator(".mine .bubble")).to_have_text("Yes, please\nfor two")
    expect(page.get_by_label("Reply as this person")).to_have_value("")
    query = "query ($a: String!, $b: String!) { conversation(to: $a, from: $b) { messages { body fromNumber } } }"
    read = httpx.post(
        tab.sandbox.url,
        headers={"Authorization": "Bearer sandbox"},
        json={"query": query, "variables": {"a": ANN, "b": OWN}},
    ).json()
    newest = read["data"]["conversation"]["messages"][0]
    assert newest == {"body": "Yes, please\nfor two", "fromNumber": ANN}


def test_a_reply_can_be_a_picture(tab: Tab) -> None:
    """And one that Volt would not take is refused, with the reason; what was written stays."""
    send(tab.sandbox, "Which dish?")
    page = tab.at().page
    tab.expected.append("400 (Bad Request)")
    page.get_by_role("button", name="Add a picture").click()
    page.get_by_label("URL of a picture").fill("https://example.com/dish.mp4")
    page.get_by_role("button", name="Reply", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("JPEG, PNG, GIF or VCF")
    page.get_by_label("URL of a picture").fill("https://example.com/dish.png")
    page.get_by_role("button", name="Reply", exact=True).click()
    expect(page.locator(".mine .picture .name")).to_have_text("dish.png")


def test_stop_opts_out_and_the_page_shows_the_refused_text(tab: Tab) -> None:
    """The next send answers 503; opted in again on the page, the one after that arrives."""
    send(tab.sandbox, "Hello")
    page = tab.at().page
    page.get_by_role("button", name="STOP").click()
    expect(page.locator(".banner")).to_contain_text("Opted out with STOP.")
    expect(page.locator("#conversations")).to_contain_text("Opted out")
    assert code_of(send(tab.sandbox, "Are you still there?")) == "503"
    expect(page.locator(".refusal")).to_contain_text("Refused with 503")
    expect(page.locator(".refusal")).to_contain_text("Are you still there?")
    expect(page.locator(".theirs .bubble")).to_have_count(1)
    page.get_by_role("button", name="Opt back in").click()
    expect(page.locator(".banner")).to_be_hidden()
    assert code_of(send(tab.sandbox, "Welcome back")) is None
    expect(page.locator(".theirs .bubble").last).to_have_text("Welcome back")
    page.reload()
    expect(page.locator(".refusal")).to_contain_text("Refused with 503")


def test_a_word_that_volt_does_not_act_on_is_told_to_be_yours(tab: Tab) -> None:
    """END counts for the law and the carriers, but opts nobody out here."""
    send(tab.sandbox, "Hello")
    page = tab.at().page
    page.get_by_label("Reply as this person").fill("END")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("your code has to honour it")
    expect(page.locator(".banner")).to_be_hidden()
    for viewport in (WIDE, NARROW):
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        covered = page.evaluate("""() => {
          const toast = document.querySelector(".toast").getBoundingClientRect();
          return [...document.querySelectorAll("button, textarea, input, select")]
            .filter((e) => e.checkVisibility()).filter((e) => {
              const box = e.getBoundingClientRect();
              return box.left < toast.right && toast.left < box.right
                && box.top < toast.bottom && toast.top < box.bottom;
            }).map((e) => e.outerHTML);
        }""")
        assert covered == [], viewport
    expect(page.locator(".toasts")).to_have_css("pointer-events", "none")
    page.reload()
    expect(page.locator(".mine .notice")).to_contain_text("your code has to honour it")


def test_a_person_whom_nobody_texted_can_write_first(tab: Tab) -> None:
    """Look for the number, and write as whoever has it."""
    send(tab.sandbox, "Hello", to=BEN)
    page = tab.go().page
    page.get_by_label("Recipient").fill(ANN)
    page.get_by_role("link", name="Write as +1 555 555 0145").click()
    page.get_by_label("Reply as this person").fill("Are you open today?")
    page.keyboard.press("Enter")
    expect(page.locator(".mine .bubble")).to_have_text("Are you open today?")
    [mine] = httpx.get(
        f"{tab.sandbox.base_url}/_sandbox/conversations?person=%2B15555550145"
    ).json()["conversations"]
    assert mine["latest"]["direction"] == "inbound"


# Chaos


def test_chaos_begins_and_ends_on_the_page(tab: Tab) -> None:
    """The next two requests fail, what is left is shown, and Clear ends it."""
    page = tab.go("#/chaos").page
    page.get_by_label("503", exact=True).check()
    page.get_by_label("How many times").fill("3")
    page.get_by_role("button", name="Fail on purpose").click()
    rule = page.locator("#in-force li")
    expect(rule).to_contain_text("every request, the next 3")
    expect(page.locator("#rules")).to_have_text("1")
    assert send(tab.sandbox, "One").status_code == 503
    expect(rule).to_contain_text("the next 2")
    expect(rule).to_contain_text("met 1 time")
    page.get_by_role("button", name="Clear 503").click()
    expect(page.get_by_text("Nothing fails on purpose.")).to_be_visible()
    expect(page.locator("#rules")).to_be_hidden()
    assert send(tab.sandbox, "Two").status_code == 200


def test_chaos_by_chance_and_for_one_recipient(tab: Tab) -> None:
    """Both are said; only that recipient meets it."""
    page = tab.go("#/chaos").page
    page.get_by_label("accept-504").check()
    page.get_by_label("Share of requests, %").fill("100")
    page.get_by_label("Only to").fill(BEN)
    page.get_by_role("button", name="Fail on purpose").click()
    page.get_by_label("429").check()
    page.get_by_label("Share of requests, %").fill("12.5")
    page.get_by_label("Only to").fill("")
    page.get_by_label("Seconds").fill("7")
    page.get_by_role("button", name="Fail on purpose").click()
    rules = page.locator("#in-force li")
    expect(rules.first).to_contain_text("every request, to +1 555 555 0172")
    expect(rules.last).to_contain_text("12.5 % of the requests, 7 s")
    shown = httpx.get(f"{tab.sandbox.base_url}/_sandbox/chaos").json()["rules"]
    assert [(rule["probability"], rule["to"], rule["seconds"]) for rule in shown] == [
        (1, BEN, None), (0.125, None, 7),
    ]  # fmt: skip
    page.get_by_role("button", name="Clear 429").click()
    expect(rules).to_have_count(1)
    assert send(tab.sandbox, "One", to=ANN).status_code == 200
    assert send(tab.sandbox, "Two", to=BEN).status_code == 504
    page.get_by_role("button", name="Clear all").click()
    expect(rules).to_have_count(0)


def test_every_fault_can_be_chosen(tab: Tab) -> None:
    """All that the sandbox has, each with what it does."""
    faults = httpx.get(f"{tab.sandbox.base_url}/_sandbox/chaos").json()["faults"]
    page = tab.go("#/chaos").page
    expect(page.get_by_role("radio")).to_have_count(len(faults))
    for fault in faults:
        page.get_by_label(fault["fault"], exact=True).check()
        seconds = (
            f"{fault['seconds']:g} second{'s' * (fault['seconds'] != 1)}"
            if fault["seconds"]
            else ""
        )
        expect(page.locator("#does")).to_contain_text(fault["does"].replace("`seconds`", seconds))
        expect(page.get_by_label("Seconds")).to_be_visible(visible=fault["seconds"] is not None)


def test_a_recipient_of_chaos_is_written_as_people_do(tab: Tab) -> None:
    """And what is no whole number is told beside the field."""
    page = tab.go("#/chaos").page
    page.get_by_label("429").check()
    page.get_by_label("Seconds").fill("9")
    expect(page.locator("#does")).to_contain_text("a Retry-After of 9 seconds")
    for wrong in ("555-0199", "Ann"):
        page.get_by_label("Only to").fill(wrong)
        page.get_by_role("button", name="Fail on purpose").click()
        expect(page.locator("#to-remedy")).to_contain_text("such as (555) 555-0199")
        expect(page.get_by_label("Only to")).to_be_focused()
    page.get_by_label("Only to").fill("(555) 555-0199")
    expect(page.locator("#to-remedy")).to_be_empty()
    page.get_by_role("button", name="Fail on purpose").click()
    expect(page.locator("#in-force li")).to_contain_text("to +1 555 555 0199")


def test_refuse_counts_down_on_the_page_that_it_shuts_out(
    browser: Browser, sandbox: RunningSandbox
) -> None:
    """Then what is in force is shown."""
    with tab_on(browser, sandbox) as tab:
        tab.expected += ["ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "ERR_INCOMPLETE"]
        page = tab.go("#/chaos").page
        page.get_by_label("refuse").check()
        page.get_by_label("Seconds").fill("2")
        page.get_by_role("button", name="Fail on purpose").click()
        expect(page.locator(".away")).to_contain_text("for another 2 seconds")
        expect(page.locator(".away")).to_contain_text("for another 1 second,")
        expect(page.locator(".away")).to_be_hidden()
        expect(page.locator("#live")).to_have_text("Live")
        expect(page.get_by_text("Nothing fails on purpose.")).to_be_visible()
        tab.check()


def test_the_page_says_that_the_sandbox_is_away_and_catches_up(
    browser: Browser, sandbox: RunningSandbox
) -> None:
    """`refuse` closes the port for everyone: nothing that happened meanwhile is missed."""
    send(sandbox, "Before")
    with tab_on(browser, sandbox) as tab:
        tab.expected += ["ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "ERR_INCOMPLETE"]
        page = tab.at().page
        expect(page.locator(".bubble")).to_have_text("Before")
        httpx.post(f"{sandbox.base_url}/_sandbox/chaos", json={"fault": "refuse", "seconds": 1})
        expect(page.locator("#live")).to_have_text("Reconnecting")
        sandbox.app.state.sandbox.send(to=ANN, from_=OWN, body="Meanwhile")
        expect(page.locator("#live")).to_have_text("Live")
        expect(page.locator(".bubble")).to_have_text(["Before", "Meanwhile"])
        expect(page.locator("#conversations .snippet")).to_have_text("Meanwhile")
        send(sandbox, "After")
        expect(page.locator(".bubble").last).to_have_text("After")
        tab.check()


# Deliveries


def test_deliveries_show_payload_and_answer_and_are_sent_again(
    tab: Tab, hook: tuple[str, list[bytes]]
) -> None:
    """As they come, also those that were not taken."""
    url, told = hook
    page = tab.go("#/deliveries").page
    expect(page.get_by_role("heading", name="No webhook is registered")).to_be_visible()
    register(tab.sandbox, url, "MESSAGE_RECEIVED")
    expect(page.locator(".hooks")).to_contain_text(url)
    post = f"{tab.sandbox.base_url}/_sandbox/reply"
    httpx.post(post, json={"from": ANN, "to": OWN, "body": "Hello"})
    row = page.locator(".deliveries > li")
    expect(row.locator(".pill")).to_have_text("HTTP 200")
    expect(row.locator(".about")).to_have_text("from +1 555 555 0145 Hello")
    expect(row.locator("summary time")).to_have_text(re.compile(r"\d:\d\d:\d\d"))
    row.locator("summary").click()
    expect(row.get_by_label("Payload")).to_contain_text('"text": "Hello"')
    expect(row.get_by_label("Answer")).to_have_text("taken")
    before = len(told)
    row.get_by_role("button", name="Send again").click()
    expect(row.locator(".attempts li")).to_have_count(2)
    assert told[before:] == told[before - 1 : before]
    httpx.post(post, json={"from": ANN, "to": OWN, "body": "<b>bad</b>"})
    expect(row.first.locator(".pill")).to_have_text("failed")
    row.first.locator("summary").click()
    expect(row.first.get_by_label("Answer").first).to_have_text("<script>no</script>")
