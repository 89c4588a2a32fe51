"""Chromium, driven by Playwright; without either, these tests cannot run here.

They are skipped then, and say why; with REQUIRE_BROWSER, as in CI, they fail.
"""

import os
import shutil
from typing import NoReturn

import pytest


def cannot_run(reason: str) -> NoReturn:
    """Skip, or fail where a browser is required."""
    if os.environ.get("REQUIRE_BROWSER"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason, allow_module_level=True)


try:
    from playwright.sync_api import Browser, Error, Page, Playwright, expect, sync_playwright
except ModuleNotFoundError:
    cannot_run("Playwright is not installed: `make check` installs it")

__all__ = ["Browser", "Error", "Page", "expect", "launched", "sync_playwright"]


def launched(playwright: Playwright) -> Browser:
    """Start the browser of this machine; the caller closes it."""
    path = shutil.which("chromium")
    if path is None:
        cannot_run("there is no chromium: apt-get install chromium")
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=path, args=flags)
