"""Tasks of the site itself."""

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

HEARTBEAT = "heartbeat:worker"
HEARTBEAT_SECONDS = 120


@shared_task
def heartbeat() -> None:
    """Write the time to the cache. /readyz reads it as proof that a worker takes messages."""
    cache.set(HEARTBEAT, timezone.now().isoformat(), timeout=HEARTBEAT_SECONDS)
