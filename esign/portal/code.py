"""A mailed code, asked for before signing and before anything but the envelope of the link is shown.

A link may have been passed on, or lie in a mailbox that others read. Who types the code reads the mail now.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from esign.evidence.disclosure import VERSION
from esign.mail.codes import Answer, check
from esign.models import AuditEvent
from esign.portal import mailed_code
from esign.portal.overview import Overview
from esign.portal.signing import go_to_docusign
from esign.portal.signing_status import SigningStatus
from esign.portal.visitor import KEY, NEXT, Visitor, visitors_only


@require_http_methods(["GET", "HEAD", "POST"])
@visitors_only
def code_to_sign(request: HttpRequest, visitor: Visitor, envelope_id: UUID) -> HttpResponse:
    """POST of the right code goes on to sign."""
    overview = Overview(visitor.signer_of(envelope_id))
    if overview.status != SigningStatus.SIGN:
        return redirect("portal:envelope", envelope_id)

    def go_on() -> HttpResponse:
        if overview.signer.must_sign and not overview.signer.consents.filter(version=VERSION).exists():
            return redirect("portal:consent", envelope_id)
        return go_to_docusign(request, visitor, overview)

    return _ask(request, visitor, go_on)


@require_http_methods(["GET", "HEAD", "POST"])
@visitors_only
def code_to_see_all(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """POST of the right code goes on to the page that asked for it, else to all envelopes of the person."""
    return _ask(request, visitor, lambda: redirect(request.session.pop(NEXT, "portal:home")))


def _ask(request: HttpRequest, visitor: Visitor, go_on: Callable[[], HttpResponse]) -> HttpResponse:
    """A POST with `code` tries it, any other has one mailed."""
    if visitor.has_code:
        return go_on()
    if request.method != "POST":
        return _page(request, visitor)
    if "code" not in request.POST:
        post = mailed_code.send if "again" in request.POST else mailed_code.send_once
        return redirect(request.path) if post(request, visitor) else _page(request, visitor, is_limited=True)
    answer = check(request.session.get(mailed_code.KEY, 0), visitor.signer, request.POST["code"])
    if answer != Answer.RIGHT:
        return _page(request, visitor, answer)
    _note(request, visitor)
    return go_on()


def _page(
    request: HttpRequest, visitor: Visitor, answer: Answer | None = None, *, is_limited: bool = False
) -> HttpResponse:
    is_open = mailed_code.mailed(request, visitor) is not None
    facts = {
        "visitor": visitor,
        "is_open": is_open,
        "is_wrong": answer == Answer.WRONG,
        "is_over": answer is not None and not is_open,
        "is_limited": is_limited,
        "to": masked(visitor.signer.present_email),
    }
    return render(request, "portal/code.html", facts, status=422 if answer else 429 if is_limited else 200)


def _note(request: HttpRequest, visitor: Visitor) -> None:
    """From now on this browser is known to be the person's. Its key from before is worth nothing after."""
    signer = visitor.signer
    request.session.pop(mailed_code.KEY, None)
    request.session.cycle_key()
    request.session[KEY] = {**request.session[KEY], "code_at": int(time.time())}
    AuditEvent.record(
        signer.envelope.lease,
        "portal.code_given",
        f"{signer.name} typed the code that was mailed to {signer.present_email}.",
        actor=signer.name,
        envelope=signer.envelope,
        ip=request.META["REMOTE_ADDR"],
    )


def masked(email: str) -> str:
    """grace@mail.example -> g•••@mail.example: enough for its owner, who looks for the mail."""
    name, _, host = email.partition("@")
    return f"{name[:1]}•••@{host}"
