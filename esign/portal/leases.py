"""A person's envelope and its documents."""

from __future__ import annotations

import logging
from uuid import UUID

from csp.constants import HEADER as CSP_HEADER
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from esign.models.document import DocumentTampered
from esign.portal.changes import changes_for
from esign.portal.overview import Overview
from esign.portal.visitor import Visitor, visitors_only

logger = logging.getLogger(__name__)


@require_safe
@visitors_only
def envelope(request: HttpRequest, visitor: Visitor, envelope_id: UUID) -> HttpResponse:
    """What is asked of this person, the terms, who signs when, and the documents."""
    overview = Overview(visitor.signer_of(envelope_id))
    changes = changes_for(overview.signer) if overview.is_before_signing else []
    return render(request, "portal/envelope.html", {"visitor": visitor, "overview": overview, "changes": changes})


@require_safe
@visitors_only
def document(request: HttpRequest, visitor: Visitor, envelope_id: UUID, pk: int) -> HttpResponse:
    """One PDF, to read in the browser or, with ?download, to keep."""
    overview = Overview(visitor.signer_of(envelope_id))
    wanted = next((one for one in overview.documents if one.pk == pk), None)
    if wanted is None:
        raise Http404
    try:
        content = wanted.read()
    except (DocumentTampered, OSError):
        logger.exception("document %s cannot be served", pk)
        return render(request, "portal/document_missing.html", {"visitor": visitor, "overview": overview}, status=503)
    signer = overview.signer
    wanted.openings.create(signer=signer, who=signer.name, ip=request.META["REMOTE_ADDR"] or None)
    response = HttpResponse(content, content_type="application/pdf")
    as_file = "download" in request.GET
    response["Content-Disposition"] = content_disposition_header(as_file, f"{wanted.name}.pdf") or "inline"
    # The policy for our pages would stop the browsers' own PDF readers.
    response[CSP_HEADER] = "frame-ancestors 'none'"
    return response
