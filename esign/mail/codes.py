"""Mail a code of six digits to a person at the portal, and check the one they type.

A code is good for ten minutes, five tries and one use. The numbers follow NIST SP 800-63B, 5.1.3.2:
https://pages.nist.gov/800-63-3/sp800-63b.html.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from esign.models import MailKind, OutgoingMail, PortalCode, Signer
from esign.models.portal_code import GOOD_FOR, TRIES

SALT = "esign.portal-code"
DIGITS = 6
AT_MOST = 5
PER = timedelta(hours=1)


class Answer(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    OVER = "over"  # too old, used, or tried too often: a new one is needed


def mail_code(signer: Signer) -> PortalCode | None:
    """Queue a mail with a new code; None when AT_MOST were mailed within the hour."""
    with transaction.atomic():
        # One at a time, so that two clicks do not both find room for one more.
        Signer.objects.select_for_update(no_key=True).get(pk=signer.pk)
        if signer.codes.filter(created_at__gte=timezone.now() - PER).count() >= AT_MOST:
            return None
        key = f"{MailKind.CODE}:{signer.envelope_id}:{signer.key}:{secrets.token_hex(8)}"
        mail = OutgoingMail.objects.create(key=key, kind=MailKind.CODE, envelope=signer.envelope, signer=signer)
        return PortalCode.objects.create(mail=mail, signer=signer)


def code_of(row: PortalCode) -> str:
    """The digits, which only the holder of SECRET_KEY can work out."""
    digest = salted_hmac(SALT, f"{row.pk}:{row.signer_id}:{row.mail_id}", algorithm="sha256").digest()
    return f"{int.from_bytes(digest) % 10**DIGITS:0{DIGITS}}"


def check(pk: int, signer: Signer, typed: str) -> Answer:
    """Whether this is the code that was mailed to this person. Each call is a try, counted before it is judged."""
    now = timezone.now()
    rows = PortalCode.objects.filter(pk=pk, signer=signer, used_at=None, created_at__gt=now - GOOD_FOR)
    if not rows.filter(tries__lt=TRIES).update(tries=F("tries") + 1):
        return Answer.OVER
    digits = "".join(one for one in typed if one.isdecimal())
    if not constant_time_compare(code_of(PortalCode.objects.get(pk=pk)), digits):
        return Answer.WRONG
    return Answer.RIGHT if rows.update(used_at=now) else Answer.OVER
