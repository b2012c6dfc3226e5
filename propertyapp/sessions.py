"""Sessions of staff: an hour without a click ends them, twelve hours in any case; each is listed and can be ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from leases.admin.base import site_context, staff
from propertyapp.models import StaffSession

IDLE_SECONDS = 60 * 60
LONGEST_SECONDS = 12 * 60 * 60
NOTE_EVERY_SECONDS = 60  # a row is written at most this often, not with every click
SINCE, SEEN = "staff_since", "staff_seen"


class StaffSessions:
    """Signs staff out who were away for an hour, or who have been signed in for twelve."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        since = request.session.get(SINCE)
        if since is not None and request.user.is_authenticated:
            now, seen = time.time(), request.session.get(SEEN, since)
            if now - seen > IDLE_SECONDS or now - since > LONGEST_SECONDS:
                logout(request)
            elif now - seen >= NOTE_EVERY_SECONDS:
                request.session[SEEN] = now
                StaffSession.objects.filter(session_key=request.session.session_key).update(seen_at=timezone.now())
        return self.get_response(request)


@receiver(user_logged_in)
def write_down(sender: Any, request: HttpRequest | None, user: User, **kwargs: Any) -> None:
    if request is None:
        return
    request.session[SINCE] = request.session[SEEN] = time.time()
    if request.session.session_key:
        StaffSession.objects.create(
            user=user,
            session_key=request.session.session_key,
            ip=request.META.get("REMOTE_ADDR") or None,
            browser=request.META.get("HTTP_USER_AGENT", "")[:200],
        )


@receiver(user_logged_out)
def strike_out(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    StaffSession.objects.filter(session_key=request.session.session_key or "").delete()


def end(session: StaffSession) -> None:
    """The browser that uses this session is signed out with its next click."""
    import_module(settings.SESSION_ENGINE).SessionStore(session.session_key).delete()
    session.delete()


def end_others(request: HttpRequest) -> int:
    """End all sessions of this person but the one they are in. Returns how many."""
    others = StaffSession.objects.filter(user=staff(request)).exclude(session_key=request.session.session_key)
    found = list(others)
    for session in found:
        end(session)
    return len(found)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sessions_page(request: HttpRequest) -> HttpResponse:
    """GET lists where one is signed in; POST ends one of these sessions, or all others."""
    mine = StaffSession.objects.filter(user=staff(request))
    if request.method == "POST":
        if key := request.POST.get("session", ""):
            end(get_object_or_404(mine, pk=int(key) if key.isdecimal() else 0))
            messages.success(request, "That session has ended.")
        else:
            count = end_others(request)
            messages.success(request, f"{count} other session{'' if count == 1 else 's'} ended.")
        return redirect("staff_sessions")
    alive = mine.filter(
        seen_at__gte=timezone.now() - timedelta(seconds=IDLE_SECONDS),
        started_at__gte=timezone.now() - timedelta(seconds=LONGEST_SECONDS),
    )
    context = site_context(
        request, title="Where you are signed in", sessions=alive[:50], here=request.session.session_key
    )
    return TemplateResponse(request, "admin/staff/sessions.html", context)


def forget_ended() -> int:
    """Delete what is left of sessions that are over. Returns how many rows."""
    over = timezone.now() - timedelta(seconds=LONGEST_SECONDS)
    count, _ = StaffSession.objects.filter(started_at__lt=over).delete()
    return count
