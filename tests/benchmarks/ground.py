"""The ground that benchmarks stand on: a database, a Redis and an emulator of their own, without limits."""

import os
from pathlib import Path

from propertyapp.local.processes import Processes
from tests import stack
from tests.emulator_client import EmulatorClient


def prepare_ground(running: Processes, folder: Path) -> EmulatorClient:
    """Start them, point the environment at them and set Django up; only then may models be imported."""
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
        "DOCUSIGN_CONNECT_KEYS": "bench-key",
        "DOCUSIGN_CONNECT_URL": "http://127.0.0.1:9/nobody-listens/",
        "DJANGO_SETTINGS_MODULE": "propertyapp.settings",
    }
    import django  # noqa: PLC0415 - the environment has to be there first
    from django.core.management import call_command  # noqa: PLC0415 - as above

    django.setup()
    call_command("migrate", verbosity=0)
    emulator = EmulatorClient(server.base_url)
    emulator.set_limits(hourly=10_000_000, burst=10_000_000)
    return emulator
