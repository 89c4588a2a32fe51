"""The inbox page as the sandbox serves it; `tests/browser/` looks at it in Chromium."""

import re

import pytest

from tests.conftest import ROOT
from tests.test_sandbox import Sandbox

FILES = {path.name: path for path in (ROOT / "volt/sandbox/page").iterdir()}
TEXTS = {name: path.read_text() for name, path in FILES.items()}


@pytest.mark.parametrize("path", ["/", *(f"/_sandbox/page/{name}" for name in sorted(FILES))])
def test_every_file_carries_the_policy(path: str) -> None:
    """Nothing runs but the page's own files, and nothing is guessed about them."""
    answer = Sandbox().request("GET", path)
    assert answer.status_code == 200
    policy = dict(
        part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("name", ["nothing.js", "../_app.py", "..%2f_app.py", "%2e%2e/_app.py", ""])
def test_there_are_no_other_files(name: str) -> None:
    """However the name is written."""
    assert Sandbox().request("GET", f"/_sandbox/page/{name}").status_code == 404


def test_the_page_names_no_other_server_and_makes_no_html() -> None:
    """It works offline, and text stays text."""
    for name, text in TEXTS.items():
        addresses = set(re.findall(r"https?://[\w.]+", text))
        assert addresses <= {"http://www.w3.org"}, name  # the name of SVG
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text
        ), name
        assert not re.search(r"\bon\w+=|\bstyle=|<script>|<style>", text), name


def test_every_module_is_asked_for_at_once() -> None:
    """Not one after the other, as each names the next."""
    named = re.findall(r'"_sandbox/page/([\w.]+)"', TEXTS["index.html"])
    assert set(named) == FILES.keys() - {"index.html"}


def test_it_works_where_the_app_is_mounted() -> None:
    """Every address in it is relative."""
    for name, text in TEXTS.items():
        assert not re.search(r"""["'`]/(_sandbox|graphql)""", text), name


def test_ci_looks_at_the_page_in_a_browser() -> None:
    """And fails where it cannot."""
    script = (ROOT / ".ci/run").read_text()
    assert re.search("^need chromium chromium", script, re.MULTILINE)
    assert re.search("^export .*REQUIRE_BROWSER=1", script, re.MULTILINE)
