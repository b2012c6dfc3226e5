"""To Docusign's signing page and back."""

from __future__ import annotations

import logging
from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from esign.docusign import DocusignClient, DocusignError
from esign.docusign.budget import Lane
from esign.evidence.disclosure import VERSION
from esign.models import Signer
from esign.portal import mailed_code
from esign.portal.after_signing import text_after_signing
from esign.portal.overview import Overview
from esign.portal.returning import event_of, return_url
from esign.portal.signing_status import SigningStatus
from esign.portal.throttle import allows
from esign.portal.trouble import BUSY, Trouble, trouble_of
from esign.portal.visitor import Visitor, visitors_only

logger = logging.getLogger(__name__)


@require_http_methods(["GET", "HEAD", "POST"])
@visitors_only
def sign(request: HttpRequest, visitor: Visitor, envelope_id: UUID) -> HttpResponse:
    """Mint the one-time signing address and go there. It is good for minutes, so it is never kept or mailed.

    GET, as when the page that told of trouble is opened again, leads to the lease with its button.
    """
    overview = Overview(visitor.signer_of(envelope_id))
    if request.method != "POST" or overview.status != SigningStatus.SIGN:
        return redirect("portal:envelope", envelope_id)
    if not visitor.has_code:
        mailed_code.send_once(request, visitor)
        return redirect("portal:code_to_sign", envelope_id)
    if overview.signer.must_sign and not overview.signer.consents.filter(version=VERSION).exists():
        return redirect("portal:consent", envelope_id)
    return go_to_docusign(request, visitor, overview)


def go_to_docusign(request: HttpRequest, visitor: Visitor, overview: Overview) -> HttpResponse:
    """Mint the address for this person, whose turn it is, or say what is in the way."""
    signer = overview.signer
    if not allows("sign", str(signer.pk), times=12, seconds=600):
        return _show(BUSY, request, visitor, overview)
    client = DocusignClient(signer.envelope.connection, lane=Lane.INTERACTIVE)
    try:
        address = client.recipient_view(signer, return_url=return_url(signer))
    except DocusignError as error:
        logger.warning("%s cannot go on to sign envelope %s: %s", signer.key, signer.envelope_id, error)
        return _show(trouble_of(error), request, visitor, overview)
    return SeeOther(_in_language_of(signer, address))


class SeeOther(HttpResponseRedirect):
    """A POST answered by "now GET that", whatever the browser's age."""

    status_code = HTTPStatus.SEE_OTHER


def _in_language_of(signer: Signer, address: str) -> str:
    """Docusign takes a locale at the end of a signing address; English is what its pages speak anyway."""
    if signer.language != "es":
        return address
    return f"{address}{'&' if '?' in address else '?'}locale=es_MX"


def _show(trouble: Trouble, request: HttpRequest, visitor: Visitor, overview: Overview) -> HttpResponse:
    facts = {"visitor": visitor, "overview": overview, "trouble": trouble}
    return render(request, "portal/trouble.html", facts, status=trouble.status)


@require_safe
@visitors_only
def come_back(request: HttpRequest, visitor: Visitor, envelope_id: UUID) -> HttpResponse:
    """Where Docusign sends people afterwards: what happened, as far as our record knows, and what comes next."""
    return render(request, "portal/return.html", _facts(request, visitor, envelope_id))


@require_safe
@visitors_only
def update(request: HttpRequest, visitor: Visitor, envelope_id: UUID) -> HttpResponse:
    """The part of that page that portal.js asks for again until Connect has brought the truth."""
    return render(request, "portal/_after_signing.html", _facts(request, visitor, envelope_id))


def _facts(request: HttpRequest, visitor: Visitor, envelope_id: UUID) -> dict[str, object]:
    overview = Overview(visitor.signer_of(envelope_id))
    events = request.GET.getlist("event")
    event = event_of(events[-1] if events else "", request.GET.get("state", ""), overview.signer)
    awaits_update = event.expects_update and overview.awaits_update
    text = text_after_signing(overview, event)
    return {"visitor": visitor, "overview": overview, "text": text, "awaits_update": awaits_update}
