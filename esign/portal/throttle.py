"""Limits for what strangers may ask of us, counted in the shared cache.

They only slow a nuisance down; what really bounds our mails is counted in the database (`portal.new_links`). So a
cache that is away opens them rather than locking tenants out.
"""

from __future__ import annotations

import hashlib
import logging

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def allows(action: str, who: str, *, times: int, seconds: int) -> bool:
    """Count one more `action` by `who`; False when it is over `times` within `seconds` of the first."""
    key = f"portal:{action}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
    try:
        cache.add(key, 0, timeout=seconds)
        return cache.incr(key) <= times
    except ValueError:
        return True  # the time was over between the two calls
    except RedisError:
        logger.warning("the cache is away: %s is not limited", action)
        return True
