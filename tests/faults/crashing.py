"""Celery and WSGI applications that die or freeze at named points: nothing is cleaned up, as when the power goes.

`CRASH_AT` names points of SIGKILL and `STOP_AT` points of SIGSTOP, comma-separated; each happens once, which a mark
in the folder `CRASH_MARKS` keeps across restarts. `VISIBILITY_TIMEOUT` shortens Redis's, in seconds.
Used as `celery -A tests.faults.crashing` and `gunicorn tests.faults.crashing:application`.
"""

import os
import signal
from pathlib import Path
from typing import Any

from django.conf import settings

from propertyapp.celery import app
from propertyapp.milestones import reached
from propertyapp.wsgi import application

__all__ = ["app", "application"]


def named(variable: str) -> list[str]:
    return [point for point in os.environ.get(variable, "").split(",") if point]


ENDINGS = dict.fromkeys(named("STOP_AT"), signal.SIGSTOP) | dict.fromkeys(named("CRASH_AT"), signal.SIGKILL)


def die_at(point: str, **facts: Any) -> None:
    if point not in ENDINGS:
        return
    mark = Path(os.environ["CRASH_MARKS"]) / point
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return
    mark.write_text(str(os.getpid()))
    os.kill(os.getpid(), ENDINGS[point])


reached.connect(die_at, weak=False, dispatch_uid="die at named points")
if "VISIBILITY_TIMEOUT" in os.environ:
    shorter = {"visibility_timeout": int(os.environ["VISIBILITY_TIMEOUT"])}
    app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS | shorter
