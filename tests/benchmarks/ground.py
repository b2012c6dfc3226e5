"""The ground that benchmarks stand on: a database, a Redis and an emulator of their own."""

import os
import sys
import time
from pathlib import Path

import urllib3

from propertyapp.local.ports import free_port
from propertyapp.local.processes import Child, Processes
from tests import stack
from tests.emulator_client import EmulatorClient

NO_LIMIT = 10_000_000


def prepare_ground(
    running: Processes, folder: Path, *, hourly: int = NO_LIMIT, burst: int = NO_LIMIT
) -> EmulatorClient:
    """Start them, point the environment at them and set Django up; only then may models be imported.

    There are no limits of calls unless they are given.
    """
    broker = stack.start_redis(running, folder / "redis")
    server = stack.start_docusign(running, folder / "emulator")
    account = server.credentials
    os.environ |= {
        "LOCAL_ENV_FILE": os.devnull,
        "STATE_DIR": str(folder),
        "DATABASE_URL": os.environ.get("DATABASE_URL", f"sqlite:///{folder / 'bench.sqlite3'}"),
        "REDIS_URL": broker.redis_url,
        "CELERY_BROKER_URL": broker.celery_url,
        "LOG_LEVEL": "ERROR",
        "DOCUSIGN_OAUTH_BASE": server.base_url,
        "DOCUSIGN_INTEGRATION_KEY": account.integration_key,
        "DOCUSIGN_USER_ID": account.user_id,
        "DOCUSIGN_ACCOUNT_ID": account.account_id,
        "DOCUSIGN_PRIVATE_KEY_FILE": account.private_key_file,
        "DOCUSIGN_CONNECT_KEYS": ",".join(("bench-key", *account.connect_keys)),
        "DOCUSIGN_HOURLY_LIMIT": str(hourly),
        "DOCUSIGN_BURST_LIMIT": str(burst),
        "DOCUSIGN_CONNECT_URL": "http://127.0.0.1:9/no-one-listens/",
        "DJANGO_SETTINGS_MODULE": "propertyapp.settings",
    }
    import django  # noqa: PLC0415 - the environment has to be there first
    from django.core.management import call_command  # noqa: PLC0415 - as above

    django.setup()
    call_command("migrate", verbosity=0)
    emulator = EmulatorClient(server.base_url)
    emulator.set_limits(hourly=hourly, burst=burst)
    return emulator


def start_site(running: Processes, *, threads: int = 4) -> str:
    """The product under gunicorn, one process. Returns its address."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "propertyapp.wsgi", "--bind", f"127.0.0.1:{port}"),
        *("--workers", "1", "--threads", str(threads), "--log-level", "warning"),
    ]
    running.start("web", command, os.environ)
    base, http = f"http://127.0.0.1:{port}", urllib3.PoolManager(retries=False)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if http.request("GET", f"{base}/healthz").status == 200:
                return base
        except urllib3.exceptions.HTTPError:
            time.sleep(0.1)
    raise TimeoutError("gunicorn did not come up")


def start_worker(running: Processes, name: str = "worker") -> Child:
    """One Celery worker of one process, ready when this returns."""
    command = [
        *(sys.executable, "-m", "celery", "--app", "propertyapp", "worker", "--pool", "solo"),
        *(
            "--loglevel",
            "INFO",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
            "--hostname",
            f"{name}@%h",
        ),
    ]
    worker = running.start(name, command, {**os.environ, "LOG_LEVEL": "INFO"})
    running.wait_until(worker.has_said("ready."), "The worker", timeout=60)
    return worker
