"""What a person sees in the terminal: steps with their time, prefixed log lines, a box of addresses."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

# Readable on dark and on light; red stays free for what is wrong.
NAME_COLOURS = ("36", "35", "34", "32", "33", "96", "95")
NAME_WIDTH = 8


class Console:
    """Writes whole lines only, so that processes speaking at once never mix within one."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._lock = threading.Lock()
        self._colours: dict[str, str] = {}
        self._coloured = self._stream.isatty() and "NO_COLOR" not in os.environ

    def say(self, text: str = "") -> None:
        with self._lock:
            self._stream.write(text + "\n")
            self._stream.flush()

    def process_line(self, name: str, text: str) -> None:
        colour = self._colours.setdefault(name, NAME_COLOURS[len(self._colours) % len(NAME_COLOURS)])
        self.say(f"{self._paint(name.rjust(NAME_WIDTH), colour)} {self._paint('│', '90')} {text}")

    def problem(self, text: str) -> None:
        self.say(self._paint(text, "31"))

    @contextmanager
    def step(self, what: str) -> Iterator[Callable[[str], None]]:
        """Says when `what` is done, how long it took, or that it failed. What it yields adds a detail."""
        details: list[str] = []
        started = time.monotonic()
        try:
            yield details.append
        except BaseException:
            self.say(f"  {self._paint('✗', '31')} {what}  {self._seconds(started)}")
            raise
        detail = f": {', '.join(details)}" if details else ""
        self.say(f"  {self._paint('✓', '32')} {what}{detail}  {self._seconds(started)}")

    def box(self, title: str, rows: Sequence[tuple[str, str]], footer: str) -> None:
        label_width = max(len(label) for label, _ in rows)
        table = [f"{label.ljust(label_width)}  {value}" for label, value in rows]
        lines = [title, "", *table, "", footer]
        width = max(len(line) for line in lines)
        self.say(f"\n┌{'─' * (width + 4)}┐")
        for number, line in enumerate(lines):
            padded = line.ljust(width)
            self.say(f"│  {self._paint(padded, '1') if number == 0 else padded}  │")
        self.say(f"└{'─' * (width + 4)}┘\n")

    def _seconds(self, started: float) -> str:
        return self._paint(f"{time.monotonic() - started:.1f} s", "90")

    def _paint(self, text: str, colour: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self._coloured else text
