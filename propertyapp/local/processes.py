"""Child processes that never outlive their supervisor.

All of them join one process group, led by `keeper`, which ends the group when the supervisor is killed. It is
not the terminal's foreground group, so Ctrl-C reaches the supervisor alone, and it stops them in order.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from propertyapp.local.errors import ProcessFailed

KEEPER = Path(__file__).with_name("keeper.py")
GRACE_SECONDS = 10.0
LAST_LINES = 25
POLL_SECONDS = 0.1
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

LineSink = Callable[[str, str], None]


@dataclass
class Child:
    """One running process. `foundation` ones are stopped after all that stand on them."""

    name: str
    process: subprocess.Popen[str]
    foundation: bool
    shown: bool
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))
    reader: threading.Thread | None = None

    def has_said(self, ending: str) -> Callable[[], bool]:
        """A question for `wait_until`: has one of the last lines this ending?"""
        return lambda: any(line.endswith(ending) for line in list(self.last_lines))

    def finish_reading(self) -> None:
        """Waits for the last lines of a process that has ended; a grandchild may hold the pipe open."""
        if self.reader:
            self.reader.join(timeout=2)

    def failure(self) -> ProcessFailed:
        self.finish_reading()
        code = self.process.returncode
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return ProcessFailed(f"{self.name} {how}.", list(self.last_lines))


class Processes:
    """Starts, watches and stops the children; leaving the `with` block leaves none behind."""

    def __init__(self, on_line: LineSink, *, cwd: Path) -> None:
        self._on_line = on_line
        self._cwd = cwd
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        # -I -S: no site-packages to import, it only has to be there.
        self._keeper = subprocess.Popen(  # noqa: S603 -- our own interpreter and file
            [sys.executable, "-I", "-S", str(KEEPER)], stdin=subprocess.PIPE, process_group=0, cwd=self._cwd
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(
        self,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str],
        *,
        foundation: bool = False,
        shown: bool = True,
    ) -> Child:
        """Lines of a process that is not `shown` are kept for the case that it fails."""
        process = subprocess.Popen(  # noqa: S603 -- commands are written in this package
            command,
            env=dict(env),
            cwd=self._cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            process_group=self._keeper.pid,
        )
        child = Child(name, process, foundation, shown)
        child.reader = threading.Thread(target=self._read, args=(child,), daemon=True)
        child.reader.start()
        self._children.append(child)
        return child

    def run(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        """Waits for a command that ends by itself. Raises ProcessFailed with its last lines."""
        child = self.start(name, command, env)
        while child.process.poll() is None:
            time.sleep(POLL_SECONDS / 4)
        self._children.remove(child)
        if child.process.returncode != 0:
            raise child.failure()
        child.finish_reading()

    def wait_until(self, ready: Callable[[], bool], what: str, *, timeout: float) -> None:
        """Polls `ready`. Raises ProcessFailed when a child dies meanwhile or the time (seconds) is over."""
        deadline = time.monotonic() + timeout
        while not ready():
            self.require_all_alive()
            if time.monotonic() > deadline:
                raise ProcessFailed(f"{what} took longer than {timeout:.0f} seconds.")
            time.sleep(POLL_SECONDS)

    def watch(self) -> None:
        """Returns never: raises ProcessFailed for the first child that ends."""
        while True:
            self.require_all_alive()
            time.sleep(POLL_SECONDS)

    def require_all_alive(self) -> None:
        if self._keeper.poll() is not None:
            raise ProcessFailed("The process that cleans up after us was ended.")
        for child in self._children:
            if child.process.poll() is not None:
                raise child.failure()

    def stop(self) -> None:
        """Asks politely, first those that stand on the others, then ends what is left of the group."""
        with undisturbed():
            self._stop()

    def _stop(self) -> None:
        for foundation in (False, True):
            group = [child for child in self._children if child.foundation is foundation]
            for child in group:
                child.process.terminate()
            deadline = time.monotonic() + GRACE_SECONDS
            for child in group:
                try:
                    child.process.wait(timeout=max(0.0, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    child.process.kill()
        # Grandchildren (worker pools) are in the group too; so is the keeper, which is no longer needed.
        with suppress(ProcessLookupError):  # the keeper was ended, and no other process is left
            os.killpg(self._keeper.pid, signal.SIGKILL)
        self._keeper.communicate()
        for child in self._children:
            child.process.wait()
            child.finish_reading()
        self._children.clear()

    def _read(self, child: Child) -> None:
        assert child.process.stdout is not None
        for raw in child.process.stdout:
            line = raw.rstrip()
            child.last_lines.append(line)
            if child.shown:
                self._on_line(child.name, line)


@contextmanager
def undisturbed() -> Iterator[None]:
    """A second Ctrl-C must not interrupt the cleaning up after the first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {sign: signal.signal(sign, signal.SIG_IGN) for sign in STOP_SIGNALS}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
