"""The Celery application.

A task here is a doorbell: the database row is the truth, so a message that is lost or doubled changes
nothing. That is why acknowledgement is early, nothing is redelivered, and no task has an eta.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "propertyapp.settings")

app = Celery("propertyapp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
