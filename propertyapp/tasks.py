"""Tasks of the site itself."""

from celery import shared_task
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.utils import timezone

HEARTBEAT = "heartbeat:worker"
HEARTBEAT_SECONDS = 120


@shared_task
def clear_sessions() -> None:
    """Delete the sessions that are over, of tenants and of staff."""
    from propertyapp import sessions  # noqa: PLC0415  # it imports the admin, which a worker seldom needs

    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    sessions.forget_ended()


@shared_task
def heartbeat() -> None:
    """Write the time to the cache. /readyz reads it as proof that a worker takes messages."""
    cache.set(HEARTBEAT, timezone.now().isoformat(), timeout=HEARTBEAT_SECONDS)
