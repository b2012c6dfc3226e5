"""One budget of calls per account, shared by all workers, so that Docusign never has to refuse us.

Docusign allows an account so many calls in each clock hour and in any 30 seconds, all apps together, and
counts calls made while blocked against the integration. So: every call takes a place first, lanes keep
room for people who wait, each answer's headers correct our count, and after one refusal everyone stops
until the reset. https://developers.docusign.com/platform/resource-limits/
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import cast

from django.conf import settings
from django.utils import timezone
from redis.exceptions import RedisError

from esign.docusign import shared_redis
from esign.docusign.errors import DocusignBusy, DocusignError, DocusignUnknown, Unreachable
from esign.models import DocusignConnection

USUAL_HOURLY_LIMIT = 3000  # of an account of which Docusign has not told another
BURST_SECONDS = 30
BREAKER_FAILURES, BREAKER_WINDOW, BREAKER_OPEN = 5, 30, 60
SLOW_LOCAL_SECONDS = 5.0


class Lane(Enum):
    """Who may use how much of the hour and of the burst: people first, campaigns last."""

    INTERACTIVE = (1.0, 1.0)
    SETTLE = (0.97, 0.95)
    SYNC = (0.95, 0.9)
    CAMPAIGN = (0.85, 0.8)

    @property
    def share_of_hour(self) -> float:
        return float(self.value[0])

    @property
    def share_of_burst(self) -> float:
        return float(self.value[1])


# KEYS: hour counter, burst set, block, breaker open, breaker half open, probe, failures.
# ARGV: now, places of the hour, places of the burst, unique member.
# Answers {0, calls of this hour, whether calls failed lately} when a place was taken, else {milliseconds until it is
# worth asking again}.
TAKE = """
local wait = math.max(redis.call('PTTL', KEYS[3]), redis.call('PTTL', KEYS[4]))
if wait > 0 then return {wait} end
local now = tonumber(ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - 30)
if tonumber(redis.call('GET', KEYS[1]) or '0') >= tonumber(ARGV[2]) then
  return {math.ceil((3600 - (now % 3600)) * 1000)}
end
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[3]) then
  local first = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
  return {math.max(100, math.ceil((tonumber(first[2]) + 30 - now) * 1000))}
end
if redis.call('EXISTS', KEYS[5]) == 1 and not redis.call('SET', KEYS[6], '1', 'NX', 'EX', 60) then
  return {5000}
end
redis.call('ZADD', KEYS[2], now, ARGV[4])
redis.call('EXPIRE', KEYS[2], 60)
local used = redis.call('INCR', KEYS[1])
redis.call('EXPIRE', KEYS[1], 7200)
return {0, used, redis.call('EXISTS', KEYS[5], KEYS[7])}
"""

# KEYS: hour counter. ARGV: calls the account has used by Docusign's own count. Other apps share the account.
LEARN = """
if tonumber(redis.call('GET', KEYS[1]) or '0') < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1], 'EX', 7200)
end
return 0
"""


class _SlowLane:
    """What is left without Redis: one call in five seconds per process, rather than none or no limit."""

    def __init__(self) -> None:
        self.next_at = 0.0

    def take(self) -> float:
        now = time.monotonic()
        wait = self.next_at - now
        if wait <= 0:
            self.next_at = now + SLOW_LOCAL_SECONDS
        return max(0.0, wait)


_slow_lane = _SlowLane()


# KEYS: failures, breaker half open, breaker open, probe. A failed probe opens the breaker at once.
FAILED = f"""
local failures = redis.call('INCR', KEYS[1])
if failures == 1 then redis.call('EXPIRE', KEYS[1], {BREAKER_WINDOW}) end
if failures >= {BREAKER_FAILURES} or redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('SET', KEYS[3], '1', 'EX', {BREAKER_OPEN})
  redis.call('SET', KEYS[2], '1', 'EX', 3600)
  redis.call('DEL', KEYS[1], KEYS[4])
end
return 0
"""

_told: dict[int | None, tuple[int, int]] = {}


@dataclass(frozen=True)
class _Keys:
    hour: str
    burst: str
    blocked: str
    open: str
    half_open: str
    probe: str
    failures: str


def _keys(connection: DocusignConnection) -> _Keys:
    account = connection.account_id or f"connection-{connection.pk}"
    prefix = f"docusign:{{{account}}}"
    return _Keys(
        hour=f"{prefix}:hour:{int(time.time() // 3600)}",
        burst=f"{prefix}:burst",
        blocked=f"{prefix}:blocked",
        open=f"{prefix}:breaker",
        half_open=f"{prefix}:breaker:half",
        probe=f"{prefix}:breaker:probe",
        failures=f"{prefix}:breaker:failures",
    )


def limits(connection: DocusignConnection) -> tuple[int, int]:
    """(calls an hour, calls in 30 seconds): as Docusign last told this process, and never more than configured."""
    hourly, burst = _told.get(connection.pk, (USUAL_HOURLY_LIMIT, settings.DOCUSIGN_BURST_LIMIT))
    configured = settings.DOCUSIGN_HOURLY_LIMIT
    if connection.pk not in _told and configured:
        return configured, burst
    return min(hourly, configured or hourly), burst


@dataclass(frozen=True)
class Reservation:
    """What was known of the account when a place was taken, so that an answer that changes nothing costs nothing."""

    hour: str = ""  # the key of the counter it was counted by; empty: by none
    used: int = 0  # calls of this hour by our count
    troubled: bool = True  # calls failed lately, or that is unknown


def take(connection: DocusignConnection, lane: Lane) -> Reservation:
    """Take a place for one call. Raises DocusignBusy with the time when it is worth asking again."""
    hourly, burst = limits(connection)
    keys = _keys(connection)
    try:
        answer = shared_redis.redis().eval(
            TAKE,
            7,
            keys.hour,
            keys.burst,
            keys.blocked,
            keys.open,
            keys.half_open,
            keys.probe,
            keys.failures,
            repr(time.time()),
            str(max(1, int(hourly * lane.share_of_hour))),
            str(max(1, int(burst * lane.share_of_burst))),
            uuid.uuid4().hex,
        )
    except RedisError:
        if wait := _slow_lane.take():
            raise _busy(wait, "Redis is away, so calls to Docusign go slowly.") from None
        return Reservation()
    wait_ms, *rest = cast("list[int]", answer)
    if wait_ms > 0:
        raise _busy(wait_ms / 1000, "Our share of Docusign's call limit is used up, or Docusign is failing; we wait.")
    used, troubled = rest
    return Reservation(keys.hour, used, bool(troubled))


def _busy(seconds: float, why: str) -> DocusignBusy:
    return DocusignBusy(why, retry_at=timezone.now() + timedelta(seconds=seconds))


def note(
    connection: DocusignConnection, place: Reservation, error: DocusignError | None, headers: Mapping[str, str]
) -> None:
    """After a call: correct our count by what the answer says of the account, and feed the breaker.

    Five failures within 30 s open the breaker for a minute, then one probe decides.
    """
    keys = _keys(connection)
    used = _learn_limits(connection, headers)
    with suppress(RedisError), shared_redis.redis().pipeline(transaction=False) as batch:
        if used is not None and used > place.used:
            # Of the hour that the call was made in: what others used of it must not weigh on the next.
            batch.eval(LEARN, 1, place.hour or keys.hour, str(used))
        if isinstance(error, DocusignUnknown | Unreachable):
            batch.eval(FAILED, 4, keys.failures, keys.half_open, keys.open, keys.probe)
        elif place.troubled:
            batch.delete(keys.failures, keys.half_open, keys.probe)
        batch.execute()  # which asks nothing of Redis when there is nothing to say


def _learn_limits(connection: DocusignConnection, headers: Mapping[str, str]) -> int | None:
    """Remember the account's limits as told; returns the calls it has used this hour, None where nothing is told."""
    limit, remaining = headers.get("X-RateLimit-Limit", ""), headers.get("X-RateLimit-Remaining", "")
    burst = headers.get("X-BurstLimit-Limit", "")
    if not (limit.isdigit() and remaining.isdigit()):
        return None
    _told[connection.pk] = (int(limit), int(burst) if burst.isdigit() else settings.DOCUSIGN_BURST_LIMIT)
    return max(0, int(limit) - int(remaining))


def block(connection: DocusignConnection, until: datetime) -> None:
    """Docusign refused for a limit: no worker calls before the reset."""
    seconds = (until - datetime.now(UTC)).total_seconds()
    with suppress(RedisError):
        shared_redis.redis().set(_keys(connection).blocked, "1", px=max(1000, int(seconds * 1000)))


def state(connection: DocusignConnection) -> dict[str, int | None]:
    """What the connection page shows: calls used this hour and in the last 30 s, seconds blocked. None: unknown."""
    keys = _keys(connection)
    try:
        redis = shared_redis.redis()
        used, burst = redis.get(keys.hour), redis.zcount(keys.burst, time.time() - BURST_SECONDS, "+inf")
        blocked = max(redis.pttl(keys.blocked), redis.pttl(keys.open))
    except RedisError:
        return {"hour": None, "burst": None, "blocked_seconds": None}
    return {
        "hour": int(used) if isinstance(used, bytes) else 0,
        "burst": int(burst) if isinstance(burst, int) else 0,
        "blocked_seconds": max(0, int(blocked) // 1000) if isinstance(blocked, int) else 0,
    }
