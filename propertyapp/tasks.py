"""Tasks of the site itself."""

from datetime import datetime, timedelta

from celery import shared_task
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError

HEARTBEAT = "heartbeat:worker"
HEARTBEAT_SECONDS = 120
WORKER_SILENT = timedelta(minutes=1)


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


def worker_seen_at() -> datetime | None:
    """The heartbeat that beat enqueues and a worker writes; None when there was none or Redis is away."""
    try:
        seen = cache.get(HEARTBEAT)
    except RedisError:
        return None
    return datetime.fromisoformat(seen) if isinstance(seen, str) else None
