"""`make demo`: one lease on its whole way, without hands, over HTTP alone.

Staff send it in the admin, every party signs it from the invitation they got, and the signed PDF that came home is
compared with the one Docusign keeps. Anything that is not true on the way ends it with exit code 1.
"""

import hashlib
import re
import tempfile
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import jwt

from propertyapp.local.console import Console
from propertyapp.local.environment import Place
from propertyapp.local.errors import LocalError
from propertyapp.local.ports import free_port
from propertyapp.local.stack import Stack
from propertyapp.local.webclient import Page, UnexpectedPage, Visitor

STAFF = ("leasing", "leasing")
WAIT_SECONDS = 60.0
LOG_LINES = 40


def demonstrate(console: Console) -> int:
    """Runs the stack in a scratch folder, then the steps. Raises LocalError at the first that fails."""
    started = time.monotonic()
    log: deque[str] = deque(maxlen=LOG_LINES)
    with tempfile.TemporaryDirectory(prefix="propertyapp-demo-") as folder:
        place = scratch_place(Path(folder))
        console.say(f"Starting PropertyApp in a scratch folder: {place.web_url}, Docusign at {place.emulator_url}")
        try:
            with Stack(place, console, on_line=lambda name, line: log.append(f"{name}: {line}")) as stack:
                stack.start()
                console.say("\nOne lease, from the draft to the signed PDF")
                Demonstration(stack, console).run()
        except LocalError:
            console.say("\nThe last lines of the log:")
            console.say("\n".join(f"    {line}" for line in log))
            raise
    console.say(
        f"\nDone in {time.monotonic() - started:.0f} s: executed, and the signed PDF is the one Docusign keeps."
    )
    return 0


def scratch_place(folder: Path) -> Place:
    """Nothing of the user's own configuration reaches the demonstration: no database, no mail server, no account.

    An empty value keeps `.env` from giving another, and is filled by the stack.
    """
    web_port = free_port()
    return Place(
        state_dir=folder,
        web_port=web_port,
        emulator_port=free_port(),
        overrides={
            "DEBUG": "true",
            "DATABASE_URL": f"sqlite:///{folder / 'propertyapp.sqlite3'}",
            "MEDIA_ROOT": str(folder / "files"),
            "EMAIL_URL": "filemail://",
            "ALLOWED_HOSTS": "127.0.0.1",
            "BEHIND_PROXY": "false",
            "SWEEP_SECONDS": "2",
            "DOCUSIGN_ENVIRONMENT": "emulator",
            "DOCUSIGN_CONNECT_URL": f"http://127.0.0.1:{web_port}/esign/connect/",
            **dict.fromkeys(
                (
                    *("PUBLIC_URL", "REDIS_URL", "CELERY_BROKER_URL", "DOCUSIGN_OAUTH_BASE"),
                    *("DOCUSIGN_INTEGRATION_KEY", "DOCUSIGN_SECRET_KEY", "DOCUSIGN_USER_ID"),
                    *("DOCUSIGN_ACCOUNT_ID", "DOCUSIGN_CONNECT_KEYS"),
                    *("DOCUSIGN_PRIVATE_KEY", "DOCUSIGN_PRIVATE_KEY_FILE"),
                ),
                "",
            ),
        },
    )


class Demonstration:
    """The steps, in order. Each raises LocalError when what it shows is not so."""

    def __init__(self, stack: Stack, console: Console) -> None:
        self.stack = stack
        self.console = console
        self.staff = Visitor()
        self.web = stack.place.web_url
        self.docusign = stack.place.emulator_url
        self.lease_path = ""
        self.envelope_id = ""

    def run(self) -> None:
        raise LocalError("not yet")
