"""The product's Celery app as it runs in production: without DEBUG, which keeps thousands of queries in memory.

The system checks refuse to run so against an emulator, so DEBUG goes off once they have passed.
"""

from typing import Any

from celery.signals import worker_ready
from django.conf import settings

from propertyapp.celery import app

__all__ = ["app"]


@worker_ready.connect
def stop_remembering_queries(**_: Any) -> None:
    settings.DEBUG = False
