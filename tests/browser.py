"""A real Chromium for the journeys: one on PATH, else Debian's package, else Playwright's own download.

`python -m tests.browser` gets one (`make test` does so first). The tests themselves only look, and skip with
the reason when there is none, so that no test waits for an installation.
"""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL_SECONDS = 600


@cache
def find_chromium() -> Path | None:
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    try:
        with sync_playwright() as playwright:
            own = Path(playwright.chromium.executable_path)
    except PlaywrightError:
        return None
    return own if own.is_file() else None


def install_chromium() -> Path | None:
    """Tries what this machine allows, in order; says on stderr what failed."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _try(["apt-get", "update", "-qq"])
        _try(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"])
    find_chromium.cache_clear()
    if not find_chromium():
        _try([sys.executable, "-m", "playwright", "install", "chromium"])
        find_chromium.cache_clear()
    return find_chromium()


def launch_options() -> dict[str, object]:
    """Raises LookupError, with the reason to show, when there is no browser."""
    chromium = find_chromium()
    if chromium is None:
        raise LookupError("no Chromium on this machine; install one, or let `make test` do it")
    # Chromium's own sandbox does not run as root; the pages it sees here are ours.
    return {"executable_path": str(chromium), "args": ["--no-sandbox"] if os.geteuid() == 0 else []}


def _try(command: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        sys.stderr.write(f"{' '.join(command)}: no answer in {INSTALL_SECONDS} s\n")
        return
    if done.returncode != 0:
        sys.stderr.write(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()[-300:]}\n")


def main() -> None:
    chromium = find_chromium()
    if chromium is None:
        sys.stdout.write("Looking for a browser for the journeys: none here, installing Chromium\n")
        sys.stdout.flush()
        chromium = install_chromium()
    sys.stdout.write(f"Browser for the journeys: {chromium or 'none, they will be skipped'}\n")


if __name__ == "__main__":
    main()
