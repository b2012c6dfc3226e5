"""The process: its start, its end, and what a kill leaves behind."""

from __future__ import annotations

import asyncio
import json
import resource
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from docusign_emulator import control
from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api
from docusign_emulator.tests.server import Emulator, emulator


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    with emulator(tmp_path) as docusign:
        api = Api(docusign)
        draft = api.create(status="created", transactionId="row-1")
        sent = api.create()
        docusign.control("POST", "clock/advance", {"days": 1})
        before = docusign.control("GET", "state")["envelopes"]
        docusign.stop(signal.SIGKILL)
        docusign.start()
        assert docusign.control("GET", "state")["envelopes"] == before
        assert api.status(sent) == "sent"
        assert api.pdf(draft, "1") == papers.lease("/tenant/", "/landlord/")
        assert docusign.control("GET", "clock")["offsetSeconds"] > 86_000


def test_it_ends_cleanly_when_asked_to(tmp_path: Path) -> None:
    with emulator(tmp_path) as docusign:
        Api(docusign).create()
        assert docusign.stop(signal.SIGTERM) == 0


def test_two_live_side_by_side(tmp_path: Path) -> None:
    with emulator(tmp_path / "one") as first, emulator(tmp_path / "two") as second:
        Api(first).create()
        assert second.control("GET", "state")["counts"]["envelopes"] == 0
        assert first.credentials["account_id"] != second.credentials["account_id"]


def test_it_starts_within_two_seconds_of_work(tmp_path: Path) -> None:
    """Counted as processor time, so that a busy machine does not decide."""
    with emulator(tmp_path) as docusign:  # the first start also makes the keys
        docusign.stop()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        docusign.start()
        docusign.stop()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with emulator(tmp_path / "one") as docusign:
        port = docusign.base.rpartition(":")[2]
        command = [sys.executable, "-m", "docusign_emulator", "serve", "--data", str(tmp_path / "two"), "--port", port]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 1
    assert f"Port {port}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_credentials_can_be_read_before_the_first_start(tmp_path: Path) -> None:
    def told(*more: str) -> dict[str, object]:
        command = [sys.executable, "-m", "docusign_emulator", "credentials", "--data", str(tmp_path), *more]
        found: dict[str, object] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        return found

    before = told("--port", "8123")
    assert before["oauth_base"] == "http://127.0.0.1:8123"
    assert Path(str(before["private_key_file"])).exists()
    with emulator(tmp_path) as docusign:
        assert docusign.credentials["integration_key"] == before["integration_key"]
        assert told()["oauth_base"] == docusign.base


def test_consent_can_be_left_to_be_asked_for(tmp_path: Path) -> None:
    with emulator(tmp_path, options=("--no-consent",)) as docusign, pytest.raises(AssertionError, match="consent"):
        Api(docusign).create()


def test_a_reset_keeps_the_account_and_nothing_else(docusign: Emulator, api: Api) -> None:
    api.create(status="created")
    docusign.control("PUT", "switches", {"limit_status": 429})
    before = docusign.control("GET", "account")
    docusign.control("POST", "reset")
    assert docusign.control("GET", "state")["counts"]["envelopes"] == 0
    assert docusign.control("GET", "switches")["limit_status"] == 400
    assert docusign.control("GET", "account") == before


def test_a_snapshot_brings_everything_back(docusign: Emulator, api: Api) -> None:
    envelope_id = api.create()
    docusign.control("POST", "clock/advance", {"days": 3})
    docusign.control("POST", "snapshot", {"name": "before"})
    api.complete(envelope_id)
    docusign.control("POST", "clock/advance", {"days": 30})
    docusign.control("POST", "restore", {"name": "before"})
    assert api.status(envelope_id) == "sent"
    assert round(docusign.control("GET", "clock")["offsetSeconds"]) == 3 * 86_400
    assert "snapshot" in docusign.control("POST", "restore", {"name": "other"}, expect=400)["error"]


def test_samples_show_every_state(docusign: Emulator) -> None:
    docusign.control("POST", "seed")
    statuses = {one["status"] for one in docusign.control("GET", "state")["envelopes"]}
    assert statuses == {"created", "sent", "completed", "declined", "voided"}


def test_a_listener_that_hangs_does_not_keep_it_alive(tmp_path: Path) -> None:
    with socket.socket() as deaf, emulator(tmp_path) as docusign:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()  # takes the connection and never answers
        hook = {"url": f"http://127.0.0.1:{deaf.getsockname()[1]}/", "events": ["envelope-sent"]}
        Api(docusign).create(eventNotification=hook)
        deaf.settimeout(5)
        deaf.accept()
        before = time.monotonic()
        assert docusign.stop() == 0
        assert time.monotonic() - before < 8


def test_the_control_api_is_for_this_machine_only() -> None:
    answered: list[Any] = []

    async def ask() -> None:
        scope = {"type": "http", "method": "POST", "path": "/_emulator/api/reset", "headers": [], "query_string": b""}

        async def receive() -> Any:
            return {"type": "http.request", "body": b""}

        async def send(message: Any) -> None:
            answered.append(message)

        await Starlette(routes=control.routes)(scope | {"client": ("10.0.0.7", 5000)}, receive, send)

    # In a thread of its own: a browser test before this one leaves its loop running in the main thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, ask()).result()
    assert answered[0]["status"] == 403


def test_the_console_can_ask_for_the_newest_only(docusign: Emulator) -> None:
    api = Api(docusign)
    docusign.control("POST", "connect/hold")
    hook = {"url": "http://127.0.0.1:1/never", "events": ["envelope-sent"]}
    made = [api.create(emailSubject=f"Lease {number}", eventNotification=hook) for number in range(3)]
    state = docusign.control("GET", "state?last=2")
    assert [one["envelopeId"] for one in state["envelopes"]] == made[1:]
    assert state["counts"]["envelopes"] == 3
    hooks = docusign.control("GET", "deliveries?last=1")
    assert [one["envelope_id"] for one in hooks["deliveries"]] == made[2:]
    assert hooks["waiting"] == 3


@pytest.mark.parametrize("host", ["rebound.example", "127.0.0.1.evil.example", ""])
def test_a_name_that_is_not_this_machines_is_refused(docusign: Emulator, host: str) -> None:
    answer = docusign.http("GET", "/_emulator/api/state", headers={"Host": host})
    assert answer.status == 400
    assert b"--allow-host" in answer.data


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_a_page_of_another_site_cannot_wipe_the_emulator(docusign: Emulator, origin: str) -> None:
    envelope = Api(docusign).create()
    answer = docusign.http("POST", "/_emulator/api/reset", headers={"Origin": origin})
    assert answer.status == 403
    assert envelope in [one["envelopeId"] for one in docusign.control("GET", "state")["envelopes"]]


def test_the_console_of_its_own_may_steer(docusign: Emulator) -> None:
    answer = docusign.http("POST", "/_emulator/api/connect/hold", headers={"Origin": docusign.base})
    assert answer.status == 200


def test_it_answers_to_a_name_that_was_allowed(tmp_path: Path) -> None:
    named = Emulator(tmp_path / "named", options=("--allow-host", "docusign.test"))
    named.start()
    try:
        assert named.http("GET", "/", headers={"Host": "docusign.test:80"}).status == 200
        assert named.http("GET", "/", headers={"Host": "other.test"}).status == 400
    finally:
        named.stop()
