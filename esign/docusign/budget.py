"""One budget of calls per account, shared by all workers, so that Docusign never has to refuse us.

Docusign allows an account so many calls in each clock hour and in any 30 seconds, all apps together, and
counts calls made while blocked against the integration. So: every call takes a place first, lanes keep
room for people who wait, each answer's headers correct our count, and after one refusal everyone stops
until the reset. https://developers.docusign.com/platform/resource-limits/

The time comes from the process that asks, never from Redis: who moves that process's clock moves all of this. Redis
forgets a key only long after it has lost its meaning. Hosts therefore keep their clocks in step, as NTP does.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from typing import cast

from django.conf import settings
from django.utils import timezone
from redis.exceptions import RedisError

from esign.docusign import shared_redis
from esign.docusign.errors import DocusignBusy, DocusignError, DocusignUnknown, Unreachable
from esign.models import DocusignConnection

USUAL_HOURLY_LIMIT = 3000  # of an account of which Docusign has not told another
BURST_SECONDS = 30
BREAKER_FAILURES, BREAKER_WINDOW, BREAKER_OPEN, HALF_OPEN = 5, 30, 60, 3600
FORGET_AFTER = 4 * 3600
SLOW_LOCAL_SECONDS = 5.0


class Lane(Enum):
    """Who may use how much of the hour and of the burst: people first, campaigns last.

    Campaigns get what the settings say, and nothing else gets less than they do.
    """

    INTERACTIVE = (1.0, 1.0)
    SETTLE = (0.97, 0.95)
    SYNC = (0.95, 0.9)
    CAMPAIGN = (0.0, 0.0)

    @property
    def share_of_hour(self) -> float:
        return max(float(self.value[0]), float(settings.CAMPAIGN_SHARE_OF_HOUR))

    @property
    def share_of_burst(self) -> float:
        return max(float(self.value[1]), float(settings.CAMPAIGN_SHARE_OF_BURST))


class Why(StrEnum):
    """What a call waits for."""

    HOUR = "hour"  # our share of the hour is used up
    BURST = "burst"  # our share of 30 seconds is used up
    REFUSED = "refused"  # Docusign refused a call for a limit
    FAILING = "failing"  # Docusign does not answer, or fails


WORDS = {
    Why.HOUR: "Our share of Docusign's calls is used up for this hour.",
    Why.BURST: "Our share of Docusign's calls is used up for some seconds.",
    Why.REFUSED: "Docusign has refused a call because its limit is used up.",
    Why.FAILING: "Docusign is failing or does not answer, so we wait before we try again.",
}

# The state of an account is one hash of times, in seconds since the epoch: blocked (until when Docusign refuses), open
# (until when the breaker keeps calls back), half_open (until when one probe decides), probe (until when that probe is
# waited for), failing (until when failures are added up); and how many they are (failures).
TIMES = """
local now = tonumber(ARGV[1])
local function ahead(name) return tonumber(redis.call('HGET', KEYS[1], name) or '0') - now end
"""

# KEYS: state, hour counter, burst set. ARGV: now, places of the hour, places of the burst, a member for the burst set
# (empty: only look). Answers {0, calls of this hour, whether calls failed lately} where there is a place, else
# {milliseconds until it is worth asking again, why}.
TAKE = f"""{TIMES}
local function wait(seconds, why) return {{math.ceil(seconds * 1000), why}} end
if ahead('blocked') > 0 then return wait(ahead('blocked'), 'refused') end
if ahead('open') > 0 then return wait(ahead('open'), 'failing') end
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - {BURST_SECONDS})
local used = tonumber(redis.call('GET', KEYS[2]) or '0')
if used >= tonumber(ARGV[2]) then return wait(3600 - (now % 3600), 'hour') end
if redis.call('ZCARD', KEYS[3]) >= tonumber(ARGV[3]) then
  local first = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
  return wait(math.max(0.1, tonumber(first[2]) + {BURST_SECONDS} - now), 'burst')
end
local probing = ahead('half_open') > 0
if probing and ahead('probe') > 0 then return wait(5, 'failing') end
if ARGV[4] == '' then return {{0, used, 0}} end
if probing then redis.call('HSET', KEYS[1], 'probe', now + {BREAKER_OPEN}) end
redis.call('ZADD', KEYS[3], now, ARGV[4])
redis.call('EXPIRE', KEYS[3], {FORGET_AFTER})
redis.call('INCR', KEYS[2])
redis.call('EXPIRE', KEYS[2], {FORGET_AFTER})
return {{0, used + 1, (probing or ahead('failing') > 0) and 1 or 0}}
"""

# KEYS: hour counter. ARGV: calls the account has used by Docusign's own count. Other apps share the account.
LEARN = f"""
if tonumber(redis.call('GET', KEYS[1]) or '0') < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1], 'EX', {FORGET_AFTER})
end
return 0
"""

# KEYS: state. ARGV: now. A failed probe opens the breaker at once.
FAILED = f"""{TIMES}
if ahead('failing') <= 0 then
  redis.call('HSET', KEYS[1], 'failing', now + {BREAKER_WINDOW}, 'failures', 0)
end
if redis.call('HINCRBY', KEYS[1], 'failures', 1) >= {BREAKER_FAILURES} or ahead('half_open') > 0 then
  redis.call('HSET', KEYS[1], 'open', now + {BREAKER_OPEN}, 'half_open', now + {HALF_OPEN})
  redis.call('HDEL', KEYS[1], 'failing', 'failures', 'probe')
end
redis.call('EXPIRE', KEYS[1], {FORGET_AFTER})
return 0
"""

# KEYS: state. ARGV: now, until when. A longer block stays.
BLOCK = f"""{TIMES}
if ahead('blocked') < tonumber(ARGV[2]) - now then redis.call('HSET', KEYS[1], 'blocked', ARGV[2]) end
redis.call('EXPIRE', KEYS[1], {FORGET_AFTER})
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
_told: dict[int | None, tuple[int, int]] = {}


@dataclass(frozen=True)
class _Keys:
    state: str
    hour: str
    burst: str


def _keys(connection: DocusignConnection, now: float) -> _Keys:
    account = connection.account_id or f"connection-{connection.pk}"
    prefix = f"docusign:{{{account}}}"
    return _Keys(f"{prefix}:state", f"{prefix}:hour:{int(now // 3600)}", f"{prefix}:burst")


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
    now = time.time()
    try:
        wait_ms, *rest = _ask(connection, lane, now, uuid.uuid4().hex)
    except RedisError:
        if wait := _slow_lane.take():
            raise _busy(wait, "Redis is away, so calls to Docusign go slowly.") from None
        return Reservation()
    if wait_ms > 0:
        raise _busy(wait_ms / 1000, WORDS[_why(rest[0])])
    used, troubled = rest
    return Reservation(_keys(connection, now).hour, int(used), bool(troubled))


@dataclass(frozen=True)
class Opening:
    """When a lane gets its next place, and what it waits for until then."""

    at: datetime
    why: Why


def next_place(connection: DocusignConnection, lane: Lane) -> Opening | None:
    """What a call in this lane would wait for, without taking a place. None: for nothing, or Redis is away."""
    now = time.time()
    try:
        wait_ms, *rest = _ask(connection, lane, now, "")
    except RedisError:
        return None
    return Opening(datetime.fromtimestamp(now + wait_ms / 1000, UTC), _why(rest[0])) if wait_ms > 0 else None


def places(connection: DocusignConnection, lane: Lane) -> tuple[int, int]:
    """(calls an hour, calls in 30 seconds) up to which this lane may fill what all lanes share."""
    hourly, burst = limits(connection)
    return max(1, int(hourly * lane.share_of_hour)), max(1, int(burst * lane.share_of_burst))


def _ask(connection: DocusignConnection, lane: Lane, now: float, member: str) -> tuple[int, int | bytes, int]:
    keys, (hourly, burst) = _keys(connection, now), places(connection, lane)
    answer = shared_redis.redis().eval(
        TAKE, 3, keys.state, keys.hour, keys.burst, repr(now), str(hourly), str(burst), member
    )
    return cast("tuple[int, int | bytes, int]", answer)


def _why(told: int | bytes) -> Why:
    return Why(told.decode() if isinstance(told, bytes) else str(told))


def _busy(seconds: float, why: str) -> DocusignBusy:
    return DocusignBusy(why, retry_at=timezone.now() + timedelta(seconds=seconds))


def note(
    connection: DocusignConnection, place: Reservation, error: DocusignError | None, headers: Mapping[str, str]
) -> None:
    """After a call: correct our count by what the answer says of the account, and feed the breaker.

    Five failures within 30 s open the breaker for a minute, then one probe decides.
    """
    now = time.time()
    keys = _keys(connection, now)
    used = _learn_limits(connection, headers)
    with suppress(RedisError), shared_redis.redis().pipeline(transaction=False) as batch:
        if used is not None and used > place.used:
            # Of the hour that the call was made in: what others used of it must not weigh on the next.
            batch.eval(LEARN, 1, place.hour or keys.hour, str(used))
        if isinstance(error, DocusignUnknown | Unreachable):
            batch.eval(FAILED, 1, keys.state, repr(now))
        elif place.troubled:
            batch.hdel(keys.state, "failing", "failures", "half_open", "probe")
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
    now = time.time()
    with suppress(RedisError):
        shared_redis.redis().eval(
            BLOCK, 1, _keys(connection, now).state, repr(now), repr(max(now + 1, until.timestamp()))
        )


def state(connection: DocusignConnection) -> dict[str, int | None]:
    """What the connection page shows: calls used this hour and in the last 30 s, seconds blocked. None: unknown."""
    now = time.time()
    keys = _keys(connection, now)
    try:
        redis = shared_redis.redis()
        used, burst = redis.get(keys.hour), redis.zcount(keys.burst, now - BURST_SECONDS, "+inf")
        until = cast("list[bytes | None]", redis.hmget(keys.state, ["blocked", "open"]))
    except RedisError:
        return {"hour": None, "burst": None, "blocked_seconds": None}
    return {
        "hour": int(used) if isinstance(used, bytes) else 0,
        "burst": int(burst) if isinstance(burst, int) else 0,
        "blocked_seconds": max(0, *(int(float(one) - now) if one else 0 for one in until)),
    }
