"""The rows that staff chose in a list, kept under a key for half a day: thousands of keys fit into no address.

Only the person who chose them gets them back, and as far as they still see them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TypeVar
from uuid import uuid4

from django.contrib import messages
from django.core.cache import cache
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from redis.exceptions import RedisError

from leases.admin.base import staff
from leases.visibility import visible_to

Row = TypeVar("Row", bound=Model)

KEPT_FOR = timedelta(hours=12)
AGAIN = "What you had chosen is not kept any longer. Choose it in the list once more."


def keep(request: HttpRequest, pks: Iterable[object]) -> str:
    """The query that names these rows in an address; empty when they cannot be kept now."""
    key = uuid4().hex
    try:
        cache.set(_place(request, key), list(pks), KEPT_FOR.total_seconds())
    except RedisError:
        messages.error(request, "What you chose cannot be kept at this moment. Try it again in a minute.")
        return ""
    return f"?chosen={key}"


def kept(request: HttpRequest, model: type[Row]) -> QuerySet[Row] | None:
    """The rows that were kept, as far as this person sees them; None when they are not kept any longer."""
    try:
        pks = cache.get(_place(request, request.GET.get("chosen", "")))
    except RedisError:
        return None
    return None if pks is None else visible_to(staff(request), model._default_manager.filter(pk__in=pks))


def choose_again(request: HttpRequest, listing: str) -> HttpResponse:
    """Back to the list."""
    messages.warning(request, AGAIN)
    return redirect(listing)


def _place(request: HttpRequest, key: str) -> str:
    return f"chosen:{staff(request).pk}:{key[:32]}"
