"""No process outlives its supervisor, however the supervisor ends. Real processes throughout."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from propertyapp.local.errors import ProcessFailed
from propertyapp.local.processes import Processes
from tests.stack import Output

# A process with a grandchild, both deaf to polite requests; each leaves its id in a file.
STUBBORN = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
folder = pathlib.Path(sys.argv[1])
name = "child" if os.fork() else "grandchild"
(folder / name).write_text(str(os.getpid()))
time.sleep(120)
"""
SUPERVISOR = """
import pathlib, sys, time
from propertyapp.local.processes import Processes
folder = pathlib.Path(sys.argv[1])
with Processes(lambda name, line: None, cwd=folder) as processes:
    processes.start("stubborn", [sys.executable, "-c", sys.argv[2], str(folder)], {})
    time.sleep(120)
"""


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_for(true: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.02)


def pids(folder: Path) -> list[int]:
    return [int(file.read_text()) for name in ("child", "grandchild") if (file := folder / name).is_file()]


def born(folder: Path) -> bool:
    return len([file for file in folder.iterdir() if file.read_text()]) == 2


def test_stopping_ends_even_deaf_processes_and_their_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("propertyapp.local.processes.GRACE_SECONDS", 0.3)
    with Processes(Output(), cwd=tmp_path) as processes:
        processes.start("stubborn", [sys.executable, "-c", STUBBORN, str(tmp_path)], {})
        wait_for(lambda: born(tmp_path))
        running = pids(tmp_path)
        assert all(is_running(pid) for pid in running)

    wait_for(lambda: not any(is_running(pid) for pid in running))


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_supervisor_takes_everything_with_it(tmp_path: Path, sign: signal.Signals) -> None:
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path), STUBBORN],
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    wait_for(lambda: born(tmp_path))
    running = pids(tmp_path)

    supervisor.send_signal(sign)
    supervisor.wait(timeout=20)

    wait_for(lambda: not any(is_running(pid) for pid in running))


def test_a_child_that_dies_is_reported_with_its_last_lines(tmp_path: Path) -> None:
    with Processes(Output(), cwd=tmp_path) as processes:
        processes.start("web", [sys.executable, "-c", "print('no such table'); raise SystemExit(3)"], {})
        with pytest.raises(ProcessFailed, match=r"web ended with exit code 3") as failure:
            processes.watch()

    assert failure.value.last_lines == ["no such table"]


def test_a_killed_child_is_reported_with_the_signals_name(tmp_path: Path) -> None:
    with Processes(Output(), cwd=tmp_path) as processes:
        child = processes.start("worker", [sys.executable, "-c", "import time; time.sleep(60)"], {})
        child.process.kill()
        with pytest.raises(ProcessFailed, match="worker was ended by SIGKILL"):
            processes.watch()


def test_lines_are_passed_on_under_the_name_of_their_process(tmp_path: Path) -> None:
    output = Output()
    with Processes(output, cwd=tmp_path) as processes:
        processes.run("migrate", [sys.executable, "-c", "print('one'); print('two')"], {})

    assert output.lines == ["migrate: one", "migrate: two"]


def test_a_failing_step_raises_with_what_it_said(tmp_path: Path) -> None:
    with (
        Processes(Output(), cwd=tmp_path) as processes,
        pytest.raises(ProcessFailed, match=r"migrate ended with exit code 1") as failure,
    ):
        processes.run("migrate", [sys.executable, "-c", "raise SystemExit('the disk is full')"], {})

    assert failure.value.last_lines == ["the disk is full"]


def test_waiting_ends_when_the_time_is_over(tmp_path: Path) -> None:
    with (
        Processes(Output(), cwd=tmp_path) as processes,
        pytest.raises(ProcessFailed, match="Starting the web server took longer"),
    ):
        processes.wait_until(lambda: False, "Starting the web server", timeout=0.2)
