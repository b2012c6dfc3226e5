"""Access tokens, shared by all workers: encrypted in Redis, renewed early, and asked for by one worker at a time.

Near its end a token is renewed by anyone who notices first, while the others go on with the old one; should the
sign-in service fail just then, everyone goes on with it. Without Redis each process keeps its own.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from redis import Redis
from redis.exceptions import RedisError

from esign.docusign import shared_redis
from esign.docusign.errors import DocusignBusy, Unreachable
from esign.docusign.sealing import seal, unseal

RENEW_EARLY_SECONDS = 600
LAST_SECONDS = 30  # of a token's life are not used: a call may last that long
LOCK_SECONDS, WAIT_SECONDS = 45, 40

RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


@dataclass(frozen=True)
class Token:
    value: str = field(repr=False)
    expires_at: float  # seconds since the epoch, as are all times here
    life: float
    scopes: str = ""
    fingerprint: str = ""  # of the key that signed for it

    @classmethod
    def given(cls, value: str, seconds: float, *, scopes: str, fingerprint: str = "") -> Token:
        return cls(value, time.time() + seconds, seconds, scopes, fingerprint)

    @property
    def until(self) -> datetime:
        return datetime.fromtimestamp(self.expires_at, tz=UTC)

    def is_fresh(self, rejected: str | None) -> bool:
        """Good, and not yet due to be renewed."""
        early = min(RENEW_EARLY_SECONDS, self.life / 2)
        return self.value != rejected and time.time() < self.expires_at - early

    def is_usable(self, rejected: str | None) -> bool:
        return self.value != rejected and time.time() < self.expires_at - min(LAST_SECONDS, self.life / 2)


Fetch = Callable[[], Token]

_own: dict[str, Token] = {}
_locks: dict[str, threading.Lock] = {}


@sensitive_variables()
def get(name: str, fetch: Fetch, *, rejected: str | None = None) -> Token:
    """A token good for the next call; `rejected` is one that Docusign has just turned down.

    Raises what `fetch` raises, or DocusignBusy when another worker takes too long.
    """
    own = _own.get(name)
    if own and own.is_fresh(rejected):
        return own
    lock = _locks.setdefault(name, threading.Lock())
    if not lock.acquire(blocking=not (own and own.is_usable(rejected))):
        assert own is not None  # only with a usable token do we not wait
        return own
    try:
        own = _own.get(name)
        if own and own.is_fresh(rejected):
            return own
        token = _shared_or_fetched(name, fetch, rejected)
        _own[name] = token
        return token
    finally:
        lock.release()


def peek(name: str) -> Token | None:
    """The token as it is kept, without asking for one."""
    with suppress(RedisError):
        return _read(shared_redis.redis(), name)
    return _own.get(name)


@sensitive_variables()
def keep(name: str, token: Token) -> None:
    """Have all workers use this token."""
    _own[name] = token
    with suppress(RedisError):
        _write(shared_redis.redis(), name, token)


def forget(name: str) -> None:
    """Drop the token, here and in the shared cache."""
    _own.pop(name, None)
    with suppress(RedisError):
        shared_redis.redis().delete(name)


def forget_own() -> None:
    """Start like a new process: only what is in the shared cache is known."""
    _own.clear()


def _shared_or_fetched(name: str, fetch: Fetch, rejected: str | None) -> Token:
    try:
        redis = shared_redis.redis()
        known = _read(redis, name)
        if known and known.is_fresh(rejected):
            return known
        return _single_flight(redis, name, fetch, rejected)
    except RedisError:
        return fetch()


@sensitive_variables()
def _single_flight(redis: Redis, name: str, fetch: Fetch, rejected: str | None) -> Token:
    me = uuid.uuid4().hex
    deadline = time.monotonic() + WAIT_SECONDS
    while not redis.set(f"{name}:lock", me, nx=True, px=LOCK_SECONDS * 1000):
        known = _read(redis, name)
        if known and known.is_usable(rejected):
            return known
        if time.monotonic() > deadline:
            raise DocusignBusy(
                "Another worker is still fetching a Docusign token.", retry_at=timezone.now() + timedelta(seconds=5)
            )
        time.sleep(0.05)
    try:
        return _fetch_and_keep(redis, name, fetch, rejected)
    finally:
        with suppress(RedisError):
            redis.eval(RELEASE, 1, f"{name}:lock", me)


@sensitive_variables()
def _fetch_and_keep(redis: Redis, name: str, fetch: Fetch, rejected: str | None) -> Token:
    known = _read(redis, name)
    if known and known.is_fresh(rejected):
        return known
    if known and known.value == rejected:
        redis.delete(name)
    try:
        token = fetch()
    except (Unreachable, DocusignBusy):
        if known and known.is_usable(rejected):
            return known
        raise
    with suppress(RedisError):
        _write(redis, name, token)
    return token


@sensitive_variables()
def _write(redis: Redis, name: str, token: Token) -> None:
    content = [token.value, token.expires_at, token.life, token.scopes, token.fingerprint]
    redis.set(name, seal(json.dumps(content)), ex=max(1, int(token.expires_at - time.time())))


def _read(redis: Redis, name: str) -> Token | None:
    sealed = redis.get(name)
    opened = unseal(sealed) if isinstance(sealed, bytes) else None
    return Token(*json.loads(opened)) if opened else None
