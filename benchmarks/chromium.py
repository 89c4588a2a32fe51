"""The Chromium of this machine, driven by Playwright."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start it, and end it.

    Raises:
        SystemExit: There is none; says what to install.
    """
    path = shutil.which("chromium")
    if path is None:
        sys.exit("there is no chromium: apt-get install chromium fonts-inter")
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()
