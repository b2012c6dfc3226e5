"""HTML to PDF, with our own fonts and nothing else from anywhere.

plutoprint is the engine (some 20 milliseconds for an eight-page lease); WeasyPrint stands in where plutoprint
has no wheel, or by `LEASE_PDF_ENGINE=weasyprint` where tagged PDF is wanted. Both read the same HTML and CSS.
The same HTML gives the same bytes: the creation date is fixed and system fonts are shut out, so that a
document looks alike on every machine and a stored SHA-256 can be checked by rendering again.

The engine runs in child processes with limits of memory and time (`engines`). A child is kept for the next document.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import subprocess
import sys
import threading
from contextlib import suppress

from django.conf import settings

from esign.documents import engines
from esign.documents.errors import PdfProblem, TextTooWide

MAX_HTML = 2_000_000  # characters
SECONDS = 30
KEPT = 2  # idle children of one process
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


def render_pdf(html: str) -> bytes:
    """The PDF of `html`, the same bytes each time.

    Raises `TextTooWide` when something does not fit the width of the page, and `PdfProblem` when the HTML is too
    large, asks for a file or an address that is not one of our assets, runs over `engines.MAX_PAGES`, cannot be laid
    out, or needs more than `SECONDS` or `engines.MEMORY`.
    """
    if len(html) > MAX_HTML:
        raise PdfProblem(f"The document has {len(html):,} characters; {MAX_HTML:,} can be printed.")
    answer = _laid_out(settings.LEASE_PDF_ENGINE, html.encode())
    kind, content = answer[:1], answer[1:]
    if kind == engines.TOO_WIDE:
        raise TextTooWide
    if kind == engines.REFUSED:
        raise PdfProblem(content.decode())
    return content


def _laid_out(engine: str, html: bytes) -> bytes:
    child = _taken(engine)
    if child is not None:
        try:
            return child.answer(html)
        except _Died:
            pass  # perhaps between two documents: a new process tells whether this one is at fault
    try:
        return _Child(engine).answer(html)
    except _Died:
        raise PdfProblem(TOO_MUCH) from None


class _Died(Exception):
    """The child ended without an answer."""


class _Child:
    """A process that lays out one document after another."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self.connection, theirs = multiprocessing.Pipe()
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
                [sys.executable, "-m", engines.__name__, str(theirs.fileno()), engine],
                pass_fds=[theirs.fileno()],
                cwd=settings.BASE_DIR,
                env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
                stdin=subprocess.DEVNULL,
            )

    def answer(self, html: bytes) -> bytes:
        """The answer of `engines.answer`. Raises `_Died`, or `PdfProblem` when there is none in time."""
        try:
            self.connection.send_bytes(html)
            if self.connection.poll(SECONDS):
                answer = self.connection.recv_bytes()
                _give_back(self)
                return answer
        except (EOFError, OSError):
            self.end()
            raise _Died from None
        self.end()
        raise PdfProblem(TOO_MUCH)

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def end(self) -> None:
        """Let it finish, or kill it when it does not."""
        self.connection.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=1)
            return
        self.process.kill()
        self.process.wait()


TOO_MUCH = (
    "The document needs more memory or time than a document may have. Look for very large sizes, deep tables or very "
    "long text, and make them smaller."
)
_idle: list[_Child] = []
_lock = threading.Lock()


def _taken(engine: str) -> _Child | None:
    """An idle child with this engine, if there is one."""
    with _lock:
        for child in [one for one in _idle if one.engine == engine]:
            _idle.remove(child)
            if child.is_alive:
                return child
            child.end()
    return None


def _give_back(child: _Child) -> None:
    with _lock:
        if len(_idle) < KEPT:
            _idle.append(child)
            return
    child.end()


def _forget_parents_children() -> None:
    """After a fork: the children belong to the parent, and so does the state of the lock."""
    global _lock  # noqa: PLW0603  # a lock that another thread held at the fork would never open again
    _lock = threading.Lock()
    _idle.clear()


def _end_all() -> None:
    while _idle:
        _idle.pop().end()


os.register_at_fork(after_in_child=_forget_parents_children)
atexit.register(_end_all)
