"""How long a person waits for the sandbox's page at 100,000 messages, in Chromium.

    make bench-sandbox-page

Prints the median and the worst of 9 runs, in milliseconds as the browser's own clock measures them:
from the navigation to the first paint, and to the list of conversations; from a key in the search
field to the list of what is found; from a click to the open conversation; from a request to the API
to its text in the list.
"""

import json
import sys
from collections.abc import Callable
from statistics import median
from urllib.request import Request, urlopen

from playwright.sync_api import Page

from benchmarks.chromium import chromium
from benchmarks.sandbox_store import OWN, RUNS, WORDS, fill
from volt.sandbox import create_app
from volt.sandbox.testing import RunningSandbox, running

CREATE = """mutation ($to: String!, $from: String!, $body: String!) {
  createMessage(to: $to, from: $from, body: $body) { id }
}"""
# What is drawn is marked as it comes: the list, or what stands for an empty one.
WATCH = """
new MutationObserver((changes) => {
  const isShown = ({target: {id, classList}}) =>
    id === "conversations" || classList?.contains("note");
  if (changes.some(isShown)) performance.mark("shown");
}).observe(document, {childList: true, subtree: true});
// Milliseconds until something is there and painted.
window.until = (isThere, start = performance.now()) => new Promise((done, fail) => {
  const look = () => {
    if (isThere()) requestAnimationFrame(() => done(performance.now() - start));
    else if (performance.now() - start > 10_000) fail(new Error(`not there in 10 s: ${isThere}`));
    else setTimeout(look, 1);
  };
  look();
});
"""
SEARCH = """text => {
  const field = document.getElementById("search");
  performance.clearMarks("shown");
  field.value = text;
  const start = performance.now();
  field.dispatchEvent(new Event("input"));
  return until(() => performance.getEntriesByName("shown").length, start);
}"""
OPEN = """() => {
  const [row] = document.querySelectorAll("#conversations a:not([aria-current])");
  const who = row.querySelector(".who").textContent;
  const start = performance.now();
  row.click();
  return until(() => document.querySelector(".thread h2")?.textContent === who
    && document.querySelector(".texts .bubble"), start);
}"""
ARRIVE = """([url, content]) => {
  const start = performance.now();
  const headers = {Authorization: "Bearer sandbox", "Content-Type": "application/json"};
  const body = JSON.parse(content).variables.body;
  fetch(url, {method: "POST", headers, body: content});
  const snippet = () => document.querySelector("#conversations .snippet")?.textContent;
  return until(() => snippet() === body, start);
}"""


def first_paint(page: Page, sandbox: RunningSandbox) -> tuple[float, float]:
    """Load the page: milliseconds to the first paint, and to the list."""
    page.goto(f"{sandbox.base_url}/")
    page.locator("#conversations li").first.wait_for()
    painted: float = page.evaluate(
        "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    )
    shown: float = page.evaluate("performance.getEntriesByName('shown')[0].startTime")
    return painted, shown


def show(name: str, times: list[float]) -> None:
    """Print one line."""
    print(f"  {name:<34} {median(times):7.0f} {max(times):7.0f}")


def measure(page: Page, messages: int, persons: int) -> None:
    """Fill one sandbox, look at it, and print."""
    app = create_app(keep=messages + 100, pace_seconds=0)
    fill(app.state.sandbox, messages, persons)
    with running(app) as sandbox:
        print(f"\n{messages:,} messages to {persons:,} persons: ms, median and worst of {RUNS}")
        paints = [first_paint(page, sandbox) for _ in range(RUNS + 1)][1:]  # the first warms up
        show("first paint", [painted for painted, _ in paints])
        show("the list is there", [shown for _, shown in paints])
        searches: dict[str, Callable[[int], str]] = {
            "search, many found": lambda run: WORDS[run + 1],
            "search, none found": lambda run: f"zzz{run}",
            "search for a number": lambda run: f"555-0{run}",
        }
        for name, text in searches.items():
            show(name, [page.evaluate(SEARCH, text(run)) for run in range(RUNS)])
        page.evaluate(SEARCH, "")
        show("a conversation opens", [page.evaluate(OPEN) for _ in range(RUNS)])
        arrivals: list[float] = []
        for run in range(RUNS):
            variables = {"to": f"+1{5550000000 + run}", "from": OWN, "body": f"Arrival {run}"}
            content = json.dumps({"query": CREATE, "variables": variables})
            arrivals.append(page.evaluate(ARRIVE, [sandbox.url, content]))
            page.wait_for_timeout(700)  # the pauses between two readings are not what is measured
        show("a text sent is in the list", arrivals)
        request = Request(f"{sandbox.base_url}/_sandbox/state")  # noqa: S310  # our own sandbox
        with urlopen(request, timeout=10) as answer:  # noqa: S310
            assert json.load(answer)["messages"] == messages + RUNS


def main() -> None:
    """Measure with each person texted 50 times, and once."""
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(WATCH)
        for persons in (messages // 50, messages):
            measure(page, messages, persons)


if __name__ == "__main__":
    main()
