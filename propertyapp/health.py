"""Two pages for the machines that watch this site.

`/healthz` says that the process answers, and asks nothing else: a restart would not fix a database.
`/readyz` says whether a lease could be signed right now, and names what stands in the way.
"""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from celery import current_app
from django.core.cache import cache
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from propertyapp.client_address import WAS_FORWARDED
from propertyapp.exposure import OWN_HOSTS
from propertyapp.tasks import HEARTBEAT

# Seconds. Beat enqueues a heartbeat every 15; four silent rounds are no accident any more.
HEARTBEAT_MAX_AGE = 60.0


class NotReady(Exception):
    """Something the site needs is missing; the message says what, in words for an operator."""


@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive\n", content_type="text/plain")


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when everything answers, else 503. The body names each part and its trouble to this machine and to staff."""
    report: dict[str, str] = {}
    ok = True
    for name, check in CHECKS.items():
        try:
            report[name] = check()
        except NotReady as problem:
            report[name] = str(problem)
            ok = False
    said = {"ready": ok, "checks": report} if _may_know(request) else {"ready": ok}
    return JsonResponse(said, status=200 if ok else 503)


def _may_know(request: HttpRequest) -> bool:
    """A stranger learns nothing of our parts. A proxy on this machine is no caller on it."""
    is_direct = request.META.get("REMOTE_ADDR") in OWN_HOSTS and WAS_FORWARDED not in request.META
    try:
        return is_direct or (request.user.is_authenticated and request.user.is_staff)
    except DatabaseError:  # then it cannot be said who asks
        return False


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        raise NotReady(f"The database does not answer: {_first_line(error)}") from error
    return "ok"


def _migrations() -> str:
    try:
        pending = _pending_migrations()
    except DatabaseError as error:
        raise NotReady("Unknown while the database does not answer.") from error
    if pending:
        # A later request has to look again: the cache is only for the good answer.
        _pending_migrations.cache_clear()
        raise NotReady(f"{pending} migration(s) are not applied; run `manage.py migrate`.")
    return "ok"


@lru_cache(maxsize=1)
def _pending_migrations() -> int:
    """Cached, for the code of a running process cannot gain migrations."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _broker() -> str:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=5)
    except (BrokerError, OSError) as error:
        raise NotReady(f"The broker does not answer: {_first_line(error)}") from error
    return "ok"


def _worker() -> str:
    try:
        beaten_at = cache.get(HEARTBEAT)
    except RedisError as error:
        raise NotReady("Unknown while the cache does not answer.") from error
    if beaten_at is None:
        raise NotReady("No worker has reported yet; start worker and beat, then wait 15 seconds.")
    age = (timezone.now() - datetime.fromisoformat(beaten_at)).total_seconds()
    if age > HEARTBEAT_MAX_AGE:
        raise NotReady(f"The worker was last heard {age:.0f} seconds ago; is it running, and is beat?")
    return f"ok, heard {max(age, 0):.0f} s ago"


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "broker": _broker,
    "worker": _worker,
}
