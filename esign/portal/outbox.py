"""The local run's mail client: every mail of ours, in the browser. Only a developer's machine has this page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from csp.constants import HEADER as CSP_HEADER
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from esign.portal import mailbox
from esign.portal.mailbox import Mail

P = ParamSpec("P")

# Mails carry their styles in attributes, as mail programs want it; nothing else of theirs may run or load.
POLICY_OF_A_MAIL = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'"
)


def local_only(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    @never_cache
    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not mailbox.is_open():
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@local_only
def inbox(request: HttpRequest) -> HttpResponse:
    """All mails, or those `?to=` one address. `?format=json` is for scripts."""
    mails = mailbox.all_mails()
    shown = _to_one(mails, request)
    if request.GET.get("format") == "json":
        return JsonResponse({"mails": [_as_json(one) for one in shown]})
    return _page(request, mails, shown, shown[0] if shown else None)


@local_only
def mail(request: HttpRequest, name: str) -> HttpResponse:
    chosen = _find(name)
    if request.GET.get("format") == "json":
        return JsonResponse(_as_json(chosen))
    mails = mailbox.all_mails()
    return _page(request, mails, _to_one(mails, request), chosen)


@local_only
def html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part, for the sandboxed frame: no scripts, nothing from elsewhere, links open in a new tab."""
    response = HttpResponse(_find(name).html.replace("<head>", '<head><base target="_blank">', 1))
    response[CSP_HEADER] = POLICY_OF_A_MAIL
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _to_one(mails: list[Mail], request: HttpRequest) -> list[Mail]:
    to = request.GET.get("to", "").strip().lower()
    return [one for one in mails if to in one.to] if to else mails


def _page(request: HttpRequest, mails: list[Mail], shown: list[Mail], chosen: Mail | None) -> HttpResponse:
    facts = {
        "mails": shown,
        "chosen": chosen,
        "to": request.GET.get("to", "").strip(),
        "everyone": sorted({address for one in mails for address in one.to}),
    }
    return render(request, "portal/outbox.html", facts)


def _find(name: str) -> Mail:
    found = mailbox.find(name)
    if found is None:
        raise Http404
    return found


def _as_json(one: Mail) -> dict[str, object]:
    return {
        "name": one.name,
        "at": one.at.isoformat(),
        "kind": one.kind,
        "to": one.to,
        "from": one.from_line,
        "subject": one.subject,
        "text": one.text,
        "links": one.links,
        "html_url": reverse("portal:outbox_html", args=[one.name]) if one.html else None,
    }
