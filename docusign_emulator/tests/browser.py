"""A real Chromium for the tests of the pages: one on PATH, or Playwright's own."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DESKTOP, PHONE = (1280, 900), (390, 844)
SCREENSHOTS = Path(os.environ.get("SCREENSHOTS", gettempdir())) / "docusign-emulator-screenshots"


def find_chromium() -> str | None:
    """The program to start; None when there is none on this machine."""
    if found := next(filter(None, map(shutil.which, NAMES)), None):
        return found
    try:
        with sync_playwright() as playwright:
            own = playwright.chromium.executable_path
    except PlaywrightError:
        return None
    return own if Path(own).is_file() else None


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    # Chromium's own sandbox does not run as root; the pages it sees here are ours.
    return {"executable_path": chromium, "args": ["--no-sandbox"] if os.geteuid() == 0 else []}


@dataclass
class Visitor:
    """One person at their own browser, with cookies of their own."""

    page: Page
    folder: Path
    taken: int = 0

    def screenshot(self, name: str, *, phone: bool = False) -> Path:
        """Keep a picture of the whole page, at desktop or phone width."""
        self.taken += 1
        path = self.folder / f"{self.taken:02}-{name}{'-phone' if phone else ''}.png"
        self._resize(PHONE if phone else DESKTOP)
        self.page.screenshot(path=path, full_page=True)
        self._resize(DESKTOP)
        return path

    def _resize(self, size: tuple[int, int]) -> None:
        self.page.set_viewport_size({"width": size[0], "height": size[1]})


@pytest.fixture
def new_visitor(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[[], Visitor]]:
    """Each call opens a browser of its own."""
    folder = SCREENSHOTS / re.sub(r"\W+", "-", request.node.name)
    folder.mkdir(parents=True, exist_ok=True)
    contexts: list[BrowserContext] = []

    def arrive() -> Visitor:
        context = browser.new_context(viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
        contexts.append(context)
        return Visitor(context.new_page(), folder)

    yield arrive
    for context in contexts:
        context.close()
