"""Who is at the portal: the person whose mailed link was opened, kept in the session and nowhere else.

Tenants have no password and no Django user. A session holds one signer; that signer's person may see every
envelope that went out to the same person. It ends after an hour without a click, or with the day, or as soon as
the office corrects the address that the link went to.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache

from esign.mail.links import address_mark, is_ended, people, same_person
from esign.models import Purpose, Signer
from esign.portal.signing_status import SigningStatus, signing_status_of

KEY = "portal"
# Where to go once a code was given.
NEXT = "portal_next"
IDLE_SECONDS = 60 * 60
LONGEST_SECONDS = 12 * 60 * 60
# A session row is written at most this often, not with every click.
NOTE_EVERY_SECONDS = 60

P = ParamSpec("P")


@dataclass(frozen=True)
class Visitor:
    """The person at the portal. `signer` is the row whose link they opened.

    Without a code they see that envelope alone, and sign nothing.
    """

    signer: Signer
    has_code: bool

    @property
    def name(self) -> str:
        return self.signer.name

    @property
    def language(self) -> str:
        return self.signer.language

    def signers(self) -> list[Signer]:
        """The rows of this person that they may see, on envelopes that went out, the newest first."""
        rows = same_person(self.signer).filter(envelope__sent_at__isnull=False)
        if not self.has_code:
            rows = rows.filter(envelope=self.signer.envelope_id)
        related = rows.select_related("envelope")
        found = related.prefetch_related("envelope__signers").order_by("-envelope__sent_at", "routing_order")
        return [signer for signer in found if not _is_notice_to_come(signer)]

    def has_more(self) -> bool:
        """Whether a code would show more envelopes than the one of the link."""
        others = same_person(self.signer).exclude(envelope=self.signer.envelope_id)
        return not self.has_code and others.filter(envelope__sent_at__isnull=False).exists()

    def signer_of(self, envelope_id: UUID) -> Signer:
        """This person's row on one envelope.

        Raises Http404 for an envelope that is none of theirs, and NeedsCode for one that the link does not open.
        """
        rows = same_person(self.signer).filter(envelope_id=envelope_id, envelope__sent_at__isnull=False)
        related = rows.select_related("envelope__lease__previous_lease", "envelope__connection")
        signer = related.prefetch_related("envelope__signers", "envelope__documents").order_by("routing_order").first()
        if signer is None or _is_notice_to_come(signer):
            raise Http404
        if not self.has_code and envelope_id != self.signer.envelope_id:
            raise NeedsCode
        return signer


class NeedsCode(Exception):
    """This is theirs, and is shown once they have typed the code that we mail them."""


def _is_notice_to_come(signer: Signer) -> bool:
    """A notice is none before the landlord has signed it, so it cannot be read earlier."""
    return signer.envelope.purpose == Purpose.NOTICE and signing_status_of(signer) == SigningStatus.WAIT


def person_key(signer: Signer) -> tuple[object, ...]:
    """Equal for rows of the same person."""
    if signer.tenant_id is not None:
        return ("tenant", signer.tenant_id)
    return (signer.role, signer.email.lower(), signer.envelope.lease.unit.property.owner_id)


def sign_in(request: HttpRequest, signer: Signer) -> None:
    """Bind this browser to one person. A session key from before is worth nothing after: a stranger may know it."""
    now = int(time.time())
    request.session.cycle_key()
    request.session[KEY] = {"signer": signer.pk, "mark": address_mark(signer), "since": time.time(), "seen": now}
    rotate_token(request)


def sign_out(request: HttpRequest) -> None:
    request.session.pop(KEY, None)
    request.session.cycle_key()


def current_visitor(request: HttpRequest, *, is_a_click: bool = True) -> Visitor | None:
    """Who is here, or None. A page that asks by itself (`is_a_click=False`) does not keep the session alive."""
    kept = request.session.get(KEY)
    if not isinstance(kept, dict):
        return None
    now = int(time.time())
    signer = people().filter(pk=kept["signer"]).first()
    too_late = now - kept["seen"] > IDLE_SECONDS or now - kept["since"] > LONGEST_SECONDS
    ended = signer is None or is_ended(signer, kept["since"])
    if signer is None or too_late or ended or not constant_time_compare(address_mark(signer), kept["mark"]):
        request.session.pop(KEY)
        return None
    if is_a_click and now - kept["seen"] >= NOTE_EVERY_SECONDS:
        request.session[KEY] = {**kept, "seen": now}
    return Visitor(signer, has_code=not settings.PORTAL_CODES or "code_at" in kept)


def visitors_only(
    view: Callable[Concatenate[HttpRequest, Visitor, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A private page: never cached, in the visitor's language; strangers are sent to the front door.

    What is not theirs looks exactly like what does not exist.
    """

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        was_here = KEY in request.session
        visitor = current_visitor(request, is_a_click=not asks_by_itself(request))
        if visitor is None:
            return redirect("portal:timed_out" if was_here else "portal:home")
        speak(request, visitor.language)
        try:
            return view(request, visitor, *args, **kwargs)
        except Http404:
            return not_found(request, visitor)
        except NeedsCode:
            request.session[NEXT] = request.path
            return redirect("portal:code")

    return guarded


def asks_by_itself(request: HttpRequest) -> bool:
    """True for the requests that portal.js makes while a page waits for a change."""
    return request.headers.get("X-Requested-With") == "portal.js"


def speak(request: HttpRequest, language: str) -> None:
    """The language of the person, unless they chose another with the switch."""
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()


def not_found(request: HttpRequest, visitor: Visitor | None = None) -> HttpResponse:
    return render(request, "portal/not_found.html", {"visitor": visitor}, status=404)
