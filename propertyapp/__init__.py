"""The project: settings, URLs, the Celery application and the health pages."""

from propertyapp.celery import app as celery_app

__all__ = ["celery_app"]
