"""The code that this browser waits for. Only the browser that asked for a code can use it."""

from __future__ import annotations

from django.http import HttpRequest

from esign import tasks
from esign.mail.codes import mail_code
from esign.models import PortalCode
from esign.portal.visitor import Visitor

KEY = "portal_code"


def mailed(request: HttpRequest, visitor: Visitor) -> PortalCode | None:
    """None when no code was mailed for this browser, or when it does not work any more."""
    row = PortalCode.objects.filter(pk=request.session.get(KEY, 0), signer=visitor.signer).first()
    return row if row and row.is_open else None


def send(request: HttpRequest, visitor: Visitor) -> bool:
    """Mail a code. False when too many were mailed to this person within the hour."""
    row = mail_code(visitor.signer)
    if row is None:
        return False
    request.session[KEY] = row.pk
    tasks.enqueue(visitor.signer.envelope_id)
    return True


def send_once(request: HttpRequest, visitor: Visitor) -> bool:
    """Mail a code unless this browser waits for one already."""
    return mailed(request, visitor) is not None or send(request, visitor)
