"""`make screenshots`: the pictures in docs/images/, taken of the sandbox's page in Chromium.

What they show is sent, answered and broken through the API, as a user would. With a folder as
argument, every view in both themes and at two widths goes there instead, to be looked at.
"""

import contextlib
import json
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, Page, ViewportSize

from benchmarks.chromium import chromium
from volt import DeliveryUnknownError, RejectedError, Volt
from volt.sandbox import create_app
from volt.sandbox.testing import RunningSandbox, running

IMAGES = Path(__file__).parent / "images"
OWN = "+15555550123"
ANN, BEN, PRIYA, TABLE = "+15555550145", "+15555550172", "+15555550118", "+15555550166"
NAMES = {ANN: "Ann Okafor", BEN: "Ben Castillo", PRIYA: "Priya Raman", TABLE: "Lindqvist, table 12"}
WIDE: ViewportSize = {"width": 1440, "height": 900}
DOCUMENT: ViewportSize = {"width": 1280, "height": 720}
NARROW: ViewportSize = {"width": 360, "height": 740}


def post(sandbox: RunningSandbox, path: str, content: object) -> None:
    """Post JSON to one of the sandbox's own routes."""
    request = Request(  # noqa: S310  # our own sandbox
        f"{sandbox.base_url}/_sandbox/{path}", json.dumps(content).encode(), method="POST"
    )
    with urlopen(request, timeout=10):  # noqa: S310
        pass


def fill(sandbox: RunningSandbox) -> None:
    """Have an evening in a restaurant."""

    def reply(person: str, body: str) -> None:
        post(sandbox, "reply", {"from": person, "body": body})

    with Volt(url=sandbox.url, token="sandbox", from_=OWN) as client:  # noqa: S106
        for number, name in NAMES.items():
            client.create_or_update_contact(
                name=name, phone_number=number, account_phone=OWN, custom_fields=[], blocked=False
            )
        client.send("+17905550199", "Your code is 481 516. It is good for ten minutes.")
        client.send("+18975550104", "Dinner for two, for free! Reply WIN now.")
        client.send(BEN, "Hi Ben, we have a table for four at 19:30. Shall we keep it for you?")
        reply(BEN, "Yes please! Can we bring the dog?")
        client.send(BEN, "Of course. The terrace is heated.")
        client.send(TABLE, "The kitchen closes at 22:00.")
        client.send(
            PRIYA,
            "Tonight: pumpkin risotto, and the plum cake is back.",
            media=["https://example.com/menu.png"],
        )
        reply(PRIYA, "STOP")
        with contextlib.suppress(RejectedError):
            client.send(PRIYA, "Tomorrow: fish from the coast.")
        client.send(ANN, "Hello Ann, your table for two is booked for 20:00.")
        reply(ANN, "Lovely, thank you. Is the window seat free?")
        client.send(ANN, "It is yours. See you tonight.")
        post(sandbox, f"conversations/{OWN}/{ANN}/read", {})
        # What a blind retry does: the reply is lost, and the text is sent again.
        post(sandbox, "chaos", {"fault": "accept-drop", "count": 1})
        with contextlib.suppress(DeliveryUnknownError):
            client.send(ANN, "Your table is ready.")
        time.sleep(0.4)
        client.send(ANN, "Your table is ready.")
        time.sleep(0.5)


def double_of(sandbox: RunningSandbox) -> str:
    """The place of the text that arrived twice."""
    with urlopen(f"{sandbox.base_url}/_sandbox/doubles", timeout=10) as answer:  # noqa: S310
        [group] = json.load(answer)
    return f"#/c/{OWN}/{ANN}/{group['messages'][-1]['message']['id']}"


def take(page: Page, sandbox: RunningSandbox, place: str, path: Path) -> None:
    """Go to a place of the page, wait until all is there, and take a picture."""
    page.goto(f"{sandbox.base_url}/{place}")
    page.reload()
    page.locator("#live[data-state=live]").wait_for()
    page.wait_for_timeout(300)  # what arrives is moved into its place
    page.screenshot(path=path)


def main() -> None:
    """Take them."""
    everything = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    folder = everything or IMAGES
    folder.mkdir(exist_ok=True)
    with running(create_app(pace_seconds=0.1)) as sandbox, chromium() as browser:
        if everything:
            every_way(browser, sandbox, {"empty": ""}, folder)
        fill(sandbox)
        post(sandbox, "chaos", {"fault": "accept-drop", "count": 3})
        post(sandbox, "chaos", {"fault": "429", "probability": 0.1, "seconds": 2})
        post(sandbox, "chaos", {"fault": "503", "to": BEN})
        views = {"inbox": f"#/c/{OWN}/{BEN}", "twice": double_of(sandbox), "chaos": "#/chaos"}
        if everything:
            views |= {"list": "", "stop": f"#/c/{OWN}/{PRIYA}", "doubles": "#/twice",
                      "deliveries": "#/deliveries", "numbers": "#/numbers"}  # fmt: skip
            every_way(browser, sandbox, views, folder)
            return
        page = browser.new_page(viewport=DOCUMENT, color_scheme="light")
        for name, place in views.items():
            take(page, sandbox, place, folder / f"{name}.png")
        page.emulate_media(color_scheme="dark")
        take(page, sandbox, views["inbox"], folder / "inbox-dark.png")


def every_way(
    browser: Browser, sandbox: RunningSandbox, views: dict[str, str], folder: Path
) -> None:
    """Take each view at both widths and in both themes."""
    for name, place in views.items():
        for width, size in (("wide", WIDE), ("narrow", NARROW)):
            for theme in ("light", "dark"):
                page = browser.new_page(viewport=size, color_scheme=theme)
                take(page, sandbox, place, folder / f"{name}-{width}-{theme}.png")
                page.close()


if __name__ == "__main__":
    main()
