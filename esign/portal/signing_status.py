"""How an envelope stands for one of its people: what is asked of them now, and what comes next."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from esign.models import Role, Signer, State, whose_turn
from esign.models.signer import SignerStatus


class SigningStatus(TextChoices):
    """What the portal says about an envelope; the texts are in `words` and templates/portal/status/."""

    SIGN = "sign", _("Ready for you to sign")
    SIGN_ELSEWHERE = "sign_elsewhere", _("Sign from Docusign's message")
    WAIT = "wait", _("Not your turn yet")
    SIGNED = "signed", _("You have signed")
    COPY = "copy", _("Being signed")
    COMPLETED = "completed", _("Signed by everyone")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")
    ATTENTION = "attention", _("The office is looking at it")

    @property
    def asks_something(self) -> bool:
        return self in (SigningStatus.SIGN, SigningStatus.SIGN_ELSEWHERE)

    @property
    def is_over(self) -> bool:
        return self in (SigningStatus.DECLINED, SigningStatus.WITHDRAWN, SigningStatus.EXPIRED)


def signing_status_of(signer: Signer) -> SigningStatus:
    """How the signer's envelope stands for them. Only what Docusign confirmed counts."""
    envelope = signer.envelope
    match envelope.state:
        case State.COMPLETED:
            return SigningStatus.COMPLETED
        case State.DECLINED:
            return SigningStatus.DECLINED
        case State.VOIDED:
            return SigningStatus.EXPIRED if envelope.has_expired else SigningStatus.WITHDRAWN
        case State.SENT | State.DELIVERED if envelope.cancel_asked_at is None:
            return _status_while_out(signer)
        case State.SENT | State.DELIVERED:
            return SigningStatus.WITHDRAWN
    return SigningStatus.ATTENTION


def _status_while_out(signer: Signer) -> SigningStatus:
    if signer.role == Role.CARBON_COPY:
        return SigningStatus.COPY
    if signer.status == SignerStatus.COMPLETED:
        return SigningStatus.SIGNED
    if signer.status == SignerStatus.DECLINED:
        return SigningStatus.DECLINED
    if signer.pk not in {one.pk for one in whose_turn(signer.envelope.signers.all())}:
        return SigningStatus.WAIT
    return SigningStatus.SIGN if signer.signs_in_portal else SigningStatus.SIGN_ELSEWHERE
