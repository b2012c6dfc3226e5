"""The Redis (or Valkey) that all workers share: token, budget and breaker live there."""

from __future__ import annotations

from functools import cache

import redis as redis_library
from django.conf import settings


@cache
def _client(url: str) -> redis_library.Redis:
    return redis_library.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5)


def redis() -> redis_library.Redis:
    """The client of this process. Callers handle `redis.exceptions.RedisError`."""
    return _client(settings.REDIS_URL)
