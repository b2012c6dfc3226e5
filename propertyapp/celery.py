"""The Celery application.

A task here is a doorbell: the database row is the truth, so a message that is lost or doubled changes
nothing. That is why acknowledgement is early, nothing is redelivered, and no task has an eta.
"""

import os
from typing import Any

from celery import Celery, Task
from celery.signals import task_prerun, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "propertyapp.settings")

app = Celery("propertyapp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def look_at_settings(**_: Any) -> None:
    """Celery runs Django's checks too, and drops what they say."""
    from propertyapp.start import refuse_dangerous_settings  # noqa: PLC0415 - settings are not loaded when this module is

    refuse_dangerous_settings()


@task_prerun.connect
def drop_broken_connections(task: Task[Any, Any], **_: Any) -> None:
    """As Django does before each request: a database that restarted costs no task."""
    from django.db import close_old_connections  # noqa: PLC0415 - settings are not loaded when this module is

    if not task.request.is_eager:
        close_old_connections()
