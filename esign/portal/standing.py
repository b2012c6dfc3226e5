"""How an envelope stands for one of its people: what is asked of them now, and what comes next."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from esign.models import Role, Signer, State, whose_turn
from esign.models.signer import SignerStatus


class Standing(TextChoices):
    """What the portal says about an envelope; the texts are in `words` and templates/portal/standing/."""

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
        return self in (Standing.SIGN, Standing.SIGN_ELSEWHERE)

    @property
    def is_over(self) -> bool:
        return self in (Standing.DECLINED, Standing.WITHDRAWN, Standing.EXPIRED)


def standing_of(signer: Signer) -> Standing:
    """How the signer's envelope stands for them. Only what Docusign confirmed counts."""
    envelope = signer.envelope
    match envelope.state:
        case State.COMPLETED:
            return Standing.COMPLETED
        case State.DECLINED:
            return Standing.DECLINED
        case State.VOIDED:
            return Standing.EXPIRED if envelope.has_expired else Standing.WITHDRAWN
        case State.SENT | State.DELIVERED if envelope.cancel_asked_at is None:
            return _standing_while_out(signer)
        case State.SENT | State.DELIVERED:
            return Standing.WITHDRAWN
    return Standing.ATTENTION


def _standing_while_out(signer: Signer) -> Standing:
    if signer.role == Role.CARBON_COPY:
        return Standing.COPY
    if signer.status == SignerStatus.COMPLETED:
        return Standing.SIGNED
    if signer.status == SignerStatus.DECLINED:
        return Standing.DECLINED
    if signer.pk not in {one.pk for one in whose_turn(signer.envelope.signers.all())}:
        return Standing.WAIT
    return Standing.SIGN if signer.signs_in_portal else Standing.SIGN_ELSEWHERE
