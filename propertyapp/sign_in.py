"""How staff's passwords are checked, and how often somebody may try."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt, AccessFailureLog
from axes.signals import user_locked_out
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.core.cache import cache
from django.db.models import Sum
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import get_random_string
from redis.exceptions import RedisError

from propertyapp.exposure import is_local

logger = logging.getLogger(__name__)

# Failed tries within an hour. Only the first is near what an honest person needs.
PER_NAME_AND_ADDRESS = 10
PER_ADDRESS = 30
PER_NAME = 100
PER_DEVICE = 10
HOUR = 3600
DEVICE_COOKIE = "known_device"
DEVICE_KNOWN_FOR = timedelta(days=180)
SALT = "propertyapp.known-device"


class StaffBackend(ModelBackend):
    """Django's own, without passwords that are the user's name: those of the demo logins, which end with the demo."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        user = super().authenticate(request, username=username, password=password, **kwargs)
        if user is None or is_local() or (password or "").casefold() != user.get_username().casefold():
            return user
        logger.warning("sign-in refused: the password of %s is the name itself", user.get_username())
        return None


class SignInLimits(AxesDatabaseHandler):  # type: ignore[misc]  # axes is untyped for us
    """Failed tries are limited per name and address, per address, and per name.

    A browser in which this person signed in before is known by a cookie and counted by itself, so that strangers who
    try a name from everywhere, or from behind the same proxy, do not lock out its owner.
    https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
    """

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """How many failures count, where PER_NAME_AND_ADDRESS is the limit (AXES_FAILURE_LIMIT)."""
        name = get_client_username(request, credentials) or ""
        if device := _known_device(request, name):
            return _failures_of_device(device) * PER_NAME_AND_ADDRESS // PER_DEVICE
        address = request.axes_ip_address  # type: ignore[attr-defined]  # axes sets it
        within = AccessAttempt.objects.filter(attempt_time__gte=get_cool_off_threshold(request))
        return max(
            _failures(within.filter(username=name, ip_address=address)),
            _failures(within.filter(ip_address=address)) * PER_NAME_AND_ADDRESS // PER_ADDRESS,
            _failures(within.filter(username=name)) * PER_NAME_AND_ADDRESS // PER_NAME,
        )

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        if request is not None and (device := _known_device(request, get_client_username(request, credentials) or "")):
            _count_failure_of_device(device)
        super().user_login_failed(sender, credentials, request, **kwargs)


def _failures(attempts: Any) -> int:
    return attempts.aggregate(sum=Sum("failures_since_start"))["sum"] or 0


def too_many_tries(request: HttpRequest, credentials: dict[str, Any] | None = None, *args: Any) -> HttpResponse:
    """The page for who has used up the tries (AXES_LOCKOUT_CALLABLE)."""
    return render(request, "registration/too_many_tries.html", status=429)


@receiver(user_locked_out)
def tell_of_it(sender: Any, username: str, ip_address: str, **kwargs: Any) -> None:
    """An error, so that what watches the log wakes somebody; once an hour a row that administrators see on Today."""
    logger.error("too many failed sign-ins as %s from %s; they wait for an hour", username, ip_address)
    stopped = AccessFailureLog.objects.filter(username=username, ip_address=ip_address, locked_out=True)
    if not stopped.filter(attempt_time__gte=timezone.now() - timedelta(hours=1)).exists():
        AccessFailureLog.objects.create(username=username, ip_address=ip_address, locked_out=True)


# --- known devices ----------------------------------------------------------------------------------------


class KnownDevices:
    """Gives the browser its cookie once somebody has signed in with it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        name = getattr(request, "signed_in_as", "")
        if name and not _known_device(request, name) and isinstance(response, HttpResponse):
            response.set_signed_cookie(
                DEVICE_COOKIE,
                f"{_mark_of(name)}:{get_random_string(16)}",
                salt=SALT,
                max_age=int(DEVICE_KNOWN_FOR.total_seconds()),
                secure=not is_local(),
                httponly=True,
                samesite="Lax",
            )
        return response


@receiver(user_logged_in)
def remember_device(sender: Any, request: HttpRequest | None, user: User, **kwargs: Any) -> None:
    if request is not None:
        request.signed_in_as = user.get_username()  # type: ignore[attr-defined]  # for KnownDevices, on the way out


def _known_device(request: HttpRequest, name: str) -> str:
    """The device's own mark when this name has signed in with it before; empty otherwise."""
    value = request.get_signed_cookie(
        DEVICE_COOKIE, default="", salt=SALT, max_age=int(DEVICE_KNOWN_FOR.total_seconds())
    )
    mark, _, _device = (value or "").partition(":")
    return value if value and name and mark == _mark_of(name) else ""


def _mark_of(name: str) -> str:
    return hashlib.sha256(name.casefold().encode()).hexdigest()[:16]


def _failures_of_device(device: str) -> int:
    try:
        return int(cache.get(_counter(device), 0))
    except RedisError:
        return 0


def _count_failure_of_device(device: str) -> None:
    try:
        cache.add(_counter(device), 0, timeout=HOUR)
        cache.incr(_counter(device))
    except (RedisError, ValueError):
        logger.warning("the cache is away: tries of a known device are not counted")


def _counter(device: str) -> str:
    return f"sign-in:device:{hashlib.sha256(device.encode()).hexdigest()[:32]}"
