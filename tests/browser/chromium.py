"""Chromium, driven by Playwright; without either, these tests cannot run here.

They are skipped then, and say why; with REQUIRE_BROWSER, as in CI, they fail.
"""

import os
from typing import NoReturn

import pytest


def cannot_run(reason: str) -> NoReturn:
    """Skip, or fail where a browser is required."""
    if os.environ.get("REQUIRE_BROWSER"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason, allow_module_level=True)


try:
    from playwright.sync_api import Browser, Error, Page, expect

    from benchmarks.chromium import chromium
except ModuleNotFoundError:
    cannot_run("Playwright is not installed: `make check` installs it")

__all__ = ["Browser", "Error", "Page", "cannot_run", "chromium", "expect"]
