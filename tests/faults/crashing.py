"""Celery and WSGI applications that die, by SIGKILL, at named points: nothing is cleaned up, as when the power goes.

`CRASH_AT` names the points, comma-separated; each is died at once, which a mark in the folder `CRASH_MARKS` keeps
across restarts. Used as `celery -A tests.faults.crashing` and `gunicorn tests.faults.crashing:application`.
"""

import os
import signal
from pathlib import Path
from typing import Any

from esign.milestones import reached
from propertyapp.celery import app
from propertyapp.wsgi import application

__all__ = ["app", "application"]

POINTS = [point for point in os.environ.get("CRASH_AT", "").split(",") if point]


def die_at(point: str, **facts: Any) -> None:
    if point not in POINTS:
        return
    mark = Path(os.environ["CRASH_MARKS"]) / point
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


reached.connect(die_at, weak=False, dispatch_uid="die at named points")
