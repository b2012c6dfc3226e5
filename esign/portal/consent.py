"""Our own record of consent to sign electronically, given before the way to Docusign opens.

Docusign asks too, and keeps its own record; ours is in the lease's chain of evidence, with the version of the text.
"""

from __future__ import annotations

import logging
from ipaddress import ip_address
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.http import require_http_methods, require_safe

from esign.evidence.disclosure import VERSION, Disclosure, disclosure
from esign.models import AuditEvent, ElectronicConsent, Signer
from esign.portal.overview import Overview
from esign.portal.signing import go_to_docusign
from esign.portal.signing_status import SigningStatus
from esign.portal.visitor import Visitor, visitors_only

logger = logging.getLogger(__name__)


@require_http_methods(["GET", "HEAD", "POST"])
@visitors_only
def consent(request: HttpRequest, visitor: Visitor, envelope_id: UUID) -> HttpResponse:
    """GET shows the text; POST records the consent and goes on to sign."""
    overview = Overview(visitor.signer_of(envelope_id))
    if overview.status != SigningStatus.SIGN:
        return redirect("portal:envelope", envelope_id)
    if not visitor.has_code:
        return redirect("portal:code_to_sign", envelope_id)
    text = disclosure(translation.get_language() or "en")
    if request.method == "POST":
        # The text may have changed, or the language been switched, since the page was shown.
        text = disclosure(request.POST.get("language", "en"))
        if request.POST.get("agreed") == "yes" and request.POST.get("version") == VERSION:
            record(overview.signer, text, ip=request.META["REMOTE_ADDR"])
            return go_to_docusign(request, visitor, overview)
    refused = request.method == "POST"
    facts = {"visitor": visitor, "overview": overview, "disclosure": text, "refused": refused}
    return render(request, "portal/consent.html", facts, status=422 if refused else 200)


@require_safe
@visitors_only
def given(request: HttpRequest, visitor: Visitor, envelope_id: UUID) -> HttpResponse:
    """The person's own copy of what they agreed to and when, to be read, printed and kept."""
    overview = Overview(visitor.signer_of(envelope_id))
    if overview.consent is None:
        raise Http404
    text = disclosure(overview.consent.language, overview.consent.version)
    if text.sha256 != overview.consent.text_sha256:
        logger.critical("the disclosure %s (%s) is not the text that was agreed to", text.version, text.language)
        return render(request, "portal/document_missing.html", {"visitor": visitor, "overview": overview}, status=503)
    facts = {"visitor": visitor, "overview": overview, "disclosure": text, "consent": overview.consent}
    return render(request, "portal/consent_given.html", facts)


def record(signer: Signer, text: Disclosure, *, ip: str) -> None:
    """Once per person, envelope and version; the first stands."""
    try:
        with transaction.atomic():
            given, is_new = ElectronicConsent.objects.get_or_create(
                signer=signer,
                version=text.version,
                defaults={"language": text.language, "text_sha256": text.sha256, "ip": _ip(ip)},
            )
            if is_new:
                _note(signer, given)
    except IntegrityError:
        return  # a second click at the same moment


def _note(signer: Signer, given: ElectronicConsent) -> None:
    AuditEvent.record(
        signer.envelope.lease,
        "portal.consented",
        f"{signer.name} agreed to sign electronically.",
        actor=signer.name,
        envelope=signer.envelope,
        key=f"{signer.envelope_id}:consent:{signer.key}:{given.version}",
        version=given.version,
        language=given.language,
        text_sha256=given.text_sha256,
        signer=signer.key,
        at=given.given_at.isoformat(),
        ip=given.ip,
    )


def _ip(address: str) -> str | None:
    try:
        return str(ip_address(address))
    except ValueError:
        return None
