"""`make run`, as a person meets it: it starts, says where everything is, and leaves nothing behind."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import urllib3

from propertyapp.local.environment import BASE_DIR
from propertyapp.local.ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

START_SECONDS = 240  # two cores may be shared with much else


class Run:
    """One supervisor in a scratch folder."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.emulator_port = free_port()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("DOCUSIGN_", "REDIS"))},
            "STATE_DIR": str(folder),
            "PORT": str(self.port),
            "EMULATOR_PORT": str(self.emulator_port),
            "DATABASE_URL": f"sqlite:///{folder / 'run.sqlite3'}",
            **variables,
        }
        self.output = (folder / "output.txt").open("w+")
        self.supervisor = subprocess.Popen(
            [sys.executable, "-m", "propertyapp.local", "run"],
            cwd=BASE_DIR,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
        )

    @property
    def said(self) -> str:
        return (self.folder / "output.txt").read_text()

    def wait_until_running(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while "PropertyApp is running" not in self.said:
            assert self.supervisor.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)

    def get(self, path: str) -> urllib3.BaseHTTPResponse:
        return urllib3.request("GET", f"http://127.0.0.1:{self.port}{path}", retries=False, timeout=10)

    def processes(self) -> dict[int, str]:
        """Every living process that was started for this folder: its id and command."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                environment = (entry / "environ").read_bytes().split(b"\0")
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if f"STATE_DIR={self.folder}".encode() in environment and command:
                found[int(entry.name)] = command
        return found


@contextmanager
def running(folder: Path, **variables: str) -> Iterator[Run]:
    run = Run(folder, **variables)
    with closing(run.output):
        try:
            yield run
        finally:
            run.supervisor.kill()
            run.supervisor.wait()


def wait_for_no_one(run: Run) -> None:
    deadline = time.monotonic() + 20
    while left := run.processes():
        assert time.monotonic() < deadline, f"Left behind: {left}"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One state folder for all runs of this file, as on a developer's machine: only the first loads the data."""
    return tmp_path_factory.mktemp("home")


def test_it_starts_says_where_everything_is_and_leaves_no_trace_stopped_or_killed(home: Path) -> None:
    with running(home) as run:
        run.wait_until_running()

        for address in ("/admin/", "/portal/", "/portal/outbox/"):
            assert f"http://127.0.0.1:{run.port}{address}" in run.said
        assert run.get("/healthz").status == 200
        login = run.get("/admin/login/")
        assert login.status == 200
        style = next(part for part in login.data.decode().split('"') if part.endswith(".css"))
        assert run.get(style).status == 200, "Static files are served."
        assert stat.S_IMODE((home / "local.env").stat().st_mode) == 0o600
        started = run.processes()
        assert len(started) >= 7, f"supervisor, keeper, valkey, emulator, web, worker, beat: {started}"

        run.supervisor.send_signal(signal.SIGINT)

        assert run.supervisor.wait(timeout=60) == 0
        assert "Everything is stopped." in run.said
        assert "Traceback" not in run.said
        wait_for_no_one(run)
        account = account_in(home)

    with running(home) as later:
        later.wait_until_running()

        assert account_in(home) == account, "the same account"
        assert "everything is there already" in later.said, "and the same data"
        deadline = time.monotonic() + 60
        while (answer := later.get("/readyz")).status != 200:
            assert time.monotonic() < deadline, answer.data
            time.sleep(0.5)
        assert json.loads(answer.data)["ready"] is True

        later.supervisor.kill()  # no time to stop anything itself
        later.supervisor.wait()

        wait_for_no_one(later)


def account_in(home: Path) -> list[str]:
    lines = (home / "local.env").read_text().splitlines()
    return [line for line in lines if line.startswith(("DOCUSIGN_ACCOUNT_ID=", "DOCUSIGN_INTEGRATION_KEY="))]


def test_a_process_that_dies_ends_all_and_shows_its_last_words(home: Path) -> None:
    with running(home) as run:
        run.wait_until_running()
        beat = next(pid for pid, command in run.processes().items() if " beat " in command)

        os.kill(beat, signal.SIGKILL)

        assert run.supervisor.wait(timeout=60) == 1
        assert "beat was ended by SIGKILL." in run.said
        wait_for_no_one(run)


@pytest.mark.parametrize(("variable", "purpose"), [("PORT", "the web site"), ("EMULATOR_PORT", "Docusign emulator")])
def test_a_taken_port_is_named_with_the_variable_that_moves_it(tmp_path: Path, variable: str, purpose: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = str(other.getsockname()[1])
        with running(tmp_path, **{variable: taken}) as run:
            assert run.supervisor.wait(timeout=20) == 1

    assert f"Port {taken} (" in run.said
    assert purpose in run.said
    assert f"{variable}=" in run.said
    assert "Traceback" not in run.said


@pytest.mark.parametrize("nonsense", ["eighty", "-1", "70000"])
def test_a_port_that_is_none_is_refused_in_words(tmp_path: Path, nonsense: str) -> None:
    with running(tmp_path, PORT=nonsense) as run:
        assert run.supervisor.wait(timeout=20) == 1

    assert f"PORT={nonsense} is not a port." in run.said


def test_a_redis_that_does_not_answer_is_said_at_once(tmp_path: Path) -> None:
    with running(tmp_path, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0") as run:
        assert run.supervisor.wait(timeout=20) == 1

    assert "Nothing answers at REDIS_URL." in run.said
    wait_for_no_one(run)
