"""An emulator in a process of its own, on a free port, for tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3

Json = dict[str, Any]
START_SECONDS = 20


class Emulator:
    """A running emulator: its credentials, and its control API."""

    def __init__(
        self,
        folder: Path,
        *,
        tls: bool = False,
        options: tuple[str, ...] = (),
        python: str = sys.executable,
        cwd: Path | None = None,
    ) -> None:
        self.folder = folder
        self._python = python
        self._cwd = cwd
        self._tls = tls
        self._options = options
        self._http = urllib3.PoolManager(retries=False, timeout=60)
        self.process: subprocess.Popen[bytes] | None = None
        self.credentials: Json = {}

    def start(self, *, port: int = 0) -> None:
        remembered = self.folder / "serve.json"
        remembered.unlink(missing_ok=True)
        command = [self._python, "-m", "docusign_emulator", "serve", "--data", str(self.folder), "--port", str(port)]
        command += ["--tls-port", "0"] if self._tls else []
        # A file, not a pipe: no one reads while the tests run, and a full pipe would stop the emulator.
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([*command, *self._options], stderr=log, cwd=self._cwd)
        deadline = time.monotonic() + START_SECONDS
        while not (remembered.exists() and self._answers()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The emulator did not start: {self._complaint()}")
            time.sleep(0.02)

    def stop(self, how: int = signal.SIGTERM) -> int:
        """End the process and answer its exit code."""
        assert self.process is not None
        os.kill(self.process.pid, how)
        return self.process.wait(20)

    @property
    def log(self) -> Path:
        """What it said."""
        return self.folder / "emulator.log"

    @property
    def base(self) -> str:
        return str(self.credentials["oauth_base"])

    def control(self, method: str, path: str, body: Json | None = None, *, expect: int = 200) -> Json:
        """One call of the control API, `path` below /_emulator/api/."""
        answer = self._http.request(
            method,
            f"{self.base}/_emulator/api/{path}",
            body=json.dumps(body or {}) if method != "GET" else None,
            headers={"Content-Type": "application/json"},
        )
        assert answer.status == expect, f"{method} {path}: {answer.status} {answer.data[:400]!r}{self._complaint()}"
        found: Json = json.loads(answer.data)
        return found

    def http(self, method: str, path: str, **more: Any) -> urllib3.BaseHTTPResponse:
        """Any request, redirects not followed."""
        return self._http.request(method, self.base + path, redirect=False, **more)

    def _answers(self) -> bool:
        try:
            self.credentials = read_credentials(self.folder)
            return self._http.request("GET", f"{self.base}/_emulator/api/clock", timeout=2).status == 200
        except (urllib3.exceptions.HTTPError, ValueError):
            return False

    def _complaint(self) -> str:
        said = self.log.read_text(errors="replace") if self.log.exists() else ""
        return f"\n{said[-3000:]}"


def read_credentials(folder: Path) -> Json:
    """As `python -m docusign_emulator credentials` prints them."""
    from docusign_emulator.storage import account  # noqa: PLC0415  # only for its own tests; the product reads the command's output

    return account.credentials(folder)


@contextmanager
def emulator(folder: Path, *, tls: bool = False, options: tuple[str, ...] = ()) -> Iterator[Emulator]:
    """An emulator that runs as long as the block."""
    running = Emulator(folder, tls=tls, options=options)
    running.start()
    try:
        yield running
    finally:
        if running.process is not None and running.process.poll() is None:
            running.stop()
