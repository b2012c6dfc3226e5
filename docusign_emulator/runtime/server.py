"""The process: listeners, the thread that does what comes due, and a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import threading
from collections.abc import Generator, Sequence
from pathlib import Path

import uvicorn

from docusign_emulator import app
from docusign_emulator.behaviour.limits import Limits
from docusign_emulator.connect.pump import Pump
from docusign_emulator.envelopes import files
from docusign_emulator.oauth import consents
from docusign_emulator.runtime import scheduler
from docusign_emulator.runtime.runtime import Running
from docusign_emulator.runtime.visitors import OwnVisitors
from docusign_emulator.storage import account
from docusign_emulator.storage.store import Store

log = logging.getLogger("docusign_emulator")
_BEAT_SECONDS = 0.25
_PAUSE_SECONDS = 2.0  # after a beat that went wrong


class PortTaken(Exception):
    """Somebody else listens where we should."""


class _Listener(uvicorn.Server):
    """Two of these share a loop, so signals are caught once, outside."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def start(folder: Path, *, consent: bool = True) -> Running:
    """Open the store of a folder and everything that lives with it."""
    store = Store(folder)
    running = Running(store=store, limits=Limits(store), pump=Pump(store), consent_granted=consent)
    with store.transaction():
        if not store.get("seeded", False) or not consent:
            consents.seed(store, given=consent)
            store.put("seeded", True)
    return running


def serve(
    folder: Path, *, host: str, port: int, tls_port: int | None, consent: bool, allowed_hosts: Sequence[str] = ()
) -> None:
    """Serve until SIGTERM or SIGINT. `allowed_hosts` are further names callers use for it. Raises PortTaken."""
    sockets = [_bound(host, port)] + ([_bound(host, tls_port)] if tls_port is not None else [])
    running = start(folder, consent=consent)
    ports = [one.getsockname()[1] for one in sockets]
    account.remember_serve(folder, host=host, port=ports[0], tls_port=ports[1] if tls_port is not None else None)
    application = OwnVisitors(app.build(running), [host, *allowed_hosts])
    developer = running.store.account
    listeners = [_Listener(_config(application))]
    if tls_port is not None:
        listeners.append(_Listener(_config(application, key=developer.tls_key, certificate=developer.tls_certificate)))
    stopping = threading.Event()
    ticker = threading.Thread(target=_tick, args=(running, stopping), name="ticker", daemon=True)
    ticker.start()
    log.info("Docusign emulator on http://%s:%s (process %s), data in %s", host, ports[0], os.getpid(), folder)
    try:
        asyncio.run(_run(listeners, sockets))
    finally:
        stopping.set()
        running.store.wake.set()
        ticker.join(5)
        running.pump.stop()
        files.forget_layers()
        running.store.close()


async def _run(listeners: list[_Listener], sockets: list[socket.socket]) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for listener in listeners:
            listener.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await asyncio.gather(*(one.serve(sockets=[bound]) for one, bound in zip(listeners, sockets, strict=True)))


def _tick(running: Running, stopping: threading.Event) -> None:
    """Do what comes due, as soon as something is planned and four times a second anyway."""
    store = running.store
    while not stopping.is_set():
        store.wake.wait(_BEAT_SECONDS)
        store.wake.clear()
        if stopping.is_set():
            return
        try:
            scheduler.run(running)
            running.pump.push()
        except Exception:  # the beat must go on; the log says what it stumbled over
            log.exception("Something that came due went wrong.")
            stopping.wait(_PAUSE_SECONDS)


def _config(application: object, *, key: Path | None = None, certificate: Path | None = None) -> uvicorn.Config:
    return uvicorn.Config(
        application,  # type: ignore[arg-type]  # a Starlette application
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=75,
        ssl_keyfile=key,
        ssl_certfile=str(certificate) if certificate else None,
    )


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle off only where the protocol is named; with it on, every answer waits 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise PortTaken(
            f"Port {port} on {host} is taken ({error.strerror}). Stop what listens there, or use --port."
        ) from error
    listening.set_inheritable(True)
    return listening
