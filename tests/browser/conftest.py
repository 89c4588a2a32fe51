"""A browser for all tests of the page, and for each a sandbox and a tab of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.conftest import http_server
from volt.sandbox import create_app
from volt.sandbox.testing import RunningSandbox, running

if TYPE_CHECKING:
    from tests.browser.chromium import Browser, Page

OWN, ANN, BEN = "+15555550123", "+15555550145", "+15555550172"
CREATE = """mutation createMessage($to: String!, $from: String!, $body: String!, $media: [String!]) {
  createMessage(to: $to, from: $from, body: $body, media: $media) { id }
}"""
REGISTER = """mutation ($url: String!, $types: [WebhookEventType!]) {
  registerWebhook(url: $url, eventTypes: $types) { id }
}"""
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 360, "height": 740}
# Whatever the policy forbids, the page tells here; it must never have anything to tell.
WATCH = """
  window.violations = [];
  addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
"""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One, closed before any test elsewhere: its event loop would be in their way."""
    from tests.browser.chromium import cannot_run, chromium

    with contextlib.ExitStack() as stack:
        try:
            opened = stack.enter_context(chromium())
        except SystemExit as error:
            cannot_run(str(error))
        yield opened


@dataclass
class Tab:
    """A tab on a sandbox's page, and all that went wrong in it.

    Attributes:
        page: The page.
        sandbox: The sandbox that it is of.
        asked: Every URL that it asked for.
        problems: What it said on its console, and its uncaught errors.
        expected: Problems that a test causes on purpose, by a part of their text.
    """

    page: Page
    sandbox: RunningSandbox
    asked: list[str] = field(default_factory=list[str])
    problems: list[str] = field(default_factory=list[str])
    expected: list[str] = field(default_factory=list[str])

    def go(self, place: str = "") -> Tab:
        """Open the page at a place, and wait until it listens."""
        self.page.goto(f"{self.sandbox.base_url}/{place}")
        self.page.locator("#live[data-state=live]").wait_for()
        return self

    def at(self, person: str = ANN) -> Tab:
        """Open a conversation."""
        return self.go(f"#/c/{OWN}/{person}")

    def check(self, *others: str) -> None:
        """Nothing went wrong, and nobody but the sandbox (and `others`) was asked for anything."""
        known = (self.sandbox.base_url, *others)
        assert [url for url in self.asked if not url.startswith(known)] == []
        assert self.page.evaluate("window.violations") == []
        assert [p for p in self.problems if not any(e in p for e in self.expected)] == []


@contextlib.contextmanager
def tab_on(browser: Browser, sandbox: RunningSandbox, **options: Any) -> Iterator[Tab]:
    """Open a tab in a context of its own."""
    context = browser.new_context(**({"viewport": WIDE, "color_scheme": "light"} | options))
    context.set_default_timeout(5_000)
    context.add_init_script(WATCH)
    page = context.new_page()
    tab = Tab(page, sandbox)
    page.on("request", lambda request: tab.asked.append(request.url))
    page.on("console", lambda line: tab.problems.append(line.text))
    page.on("pageerror", lambda error: tab.problems.append(str(error)))
    yield tab
    context.close()


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with running(create_app(pace_seconds=0.05, webhook_retry_seconds=0.05)) as one:
        yield one


@pytest.fixture
def tab(browser: Browser, sandbox: RunningSandbox) -> Iterator[Tab]:
    """A wide one, in which nothing may go wrong."""
    with tab_on(browser, sandbox) as one:
        yield one
        one.check()


class Hook(BaseHTTPRequestHandler):
    """A webhook that takes everything but what is failing."""

    told: list[bytes]

    def do_POST(self) -> None:
        self.told.append(self.rfile.read(int(self.headers["Content-Length"])))
        is_bad = b"<b>bad</b>" in self.told[-1]
        self.send_response(500 if is_bad else 200)
        self.end_headers()
        self.wfile.write(b"<script>no</script>" if is_bad else b"taken")


@pytest.fixture
def hook() -> Iterator[tuple[str, list[bytes]]]:
    told = list[bytes]()
    handler = type("Handler", (Hook,), {"told": told})
    with http_server(handler) as url:
        yield f"{url}/hook", told


def send(sandbox: RunningSandbox, body: str, to: str = ANN, **more: Any) -> httpx.Response:
    """Send a text by the API."""
    return httpx.post(
        sandbox.url,
        headers={"Authorization": "Bearer sandbox"},
        json={"query": CREATE, "variables": {"to": to, "from": OWN, "body": body, **more}},
        timeout=5,
    )


def register(sandbox: RunningSandbox, url: str, *types: str) -> None:
    """Have a webhook told of events, of these types or of all."""
    answer = httpx.post(
        sandbox.url,
        headers={"Authorization": "Bearer sandbox"},
        json={"query": REGISTER, "variables": {"url": url, "types": types or None}},
        timeout=5,
    )
    assert "errors" not in answer.json(), answer.text


def code_of(answer: httpx.Response) -> str | None:
    """The Volt code of a refusal, or None."""
    errors = answer.json().get("errors")
    return errors[0]["extensions"]["code"] if errors else None


def busy(sandbox: RunningSandbox, word: str = "Twice") -> dict[str, str]:
    """Have all there is on the page: each place of it, with what is there once it is drawn."""
    inspect = f"{sandbox.base_url}/_sandbox"
    for body in (word, word, "Once"):
        send(sandbox, body, media=["https://example.com/menu.png"])
    send(sandbox, word, to="+18975550104")
    httpx.post(f"{inspect}/reply", json={"from": ANN, "to": OWN, "body": "STOP"})
    send(sandbox, f"Refused {word}")
    httpx.post(f"{inspect}/chaos", json={"fault": "accept-hang", "to": ANN})
    message = sandbox.app.state.store.messages[1]["id"]
    return {
        "": "#conversations li",
        f"#/c/{OWN}/{ANN}": ".refusal",
        f"#/c/{OWN}/{ANN}/{message}": ".side",
        "#/twice": ".side",
        "#/chaos": "#in-force li",
        "#/deliveries": ".sheet > .empty h2",
        "#/numbers": "tbody tr",
    }
