"""The short texts of the portal's pages that depend on where an envelope stands for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from esign.models import Role
from esign.portal.signing_status import SigningStatus

if TYPE_CHECKING:
    from esign.portal.overview import Overview, Step

Text = str | Promise

ROLES: dict[str, Text] = {
    Role.TENANT: _("Tenant"),
    Role.GUARANTOR: _("Guarantor"),
    Role.LANDLORD: _("For the landlord"),
    Role.CERTIFIED_DELIVERY: _("Confirms receipt"),
}
# For a person who signs, and for one who only has to open the documents.
ASKED: tuple[Text, Text] = (_("It is your turn to sign"), _("Please read these documents"))
DONE: tuple[Text, Text] = (_("You have signed"), _("You have received these documents"))
BADGES_OF_READERS: dict[SigningStatus, Text] = {
    SigningStatus.SIGN: _("Ready for you to read"),
    SigningStatus.SIGN_ELSEWHERE: _("Open it from Docusign's message"),
    SigningStatus.SIGNED: _("You have received it"),
}
HEADINGS: dict[SigningStatus, Text] = {
    SigningStatus.WAIT: _("It is not your turn yet"),
    SigningStatus.COPY: _("These documents are being signed"),
    SigningStatus.WITHDRAWN: _("The office has withdrawn these documents"),
    SigningStatus.EXPIRED: _("The time to sign is over"),
    SigningStatus.ATTENTION: _("The office is looking at these documents"),
}
STEP_ICONS = {"done": "check", "declined": "cross", "over": "cross", "lost": "alert", "now": "pen"}
STEP_TEXTS: dict[str, Text] = {
    "declined": _("Declined"),
    "lost": _("Could not be reached"),
    "over": "–",  # noqa: RUF001  # an en dash stands for nothing
}


def heading(overview: Overview) -> Text:
    """What stands above the envelope's page."""
    signs = overview.signer.must_sign
    match overview.status:
        case SigningStatus.SIGN | SigningStatus.SIGN_ELSEWHERE:
            return ASKED[not signs]
        case SigningStatus.SIGNED:
            return DONE[not signs]
        case SigningStatus.COMPLETED:
            return _("Everyone has received these documents") if overview.is_to_read else _("Everyone has signed")
        case SigningStatus.DECLINED if overview.you_declined:
            return _("You have declined to sign")
        case SigningStatus.DECLINED:
            return _("These documents will not be signed")
    return HEADINGS[overview.status]


def badge(overview: Overview) -> Text:
    """What stands beside the envelope in a list."""
    if overview.status == SigningStatus.COMPLETED and overview.is_to_read:
        return _("Received by everyone")
    if not overview.signer.must_sign and overview.status in BADGES_OF_READERS:
        return BADGES_OF_READERS[overview.status]
    return overview.status.label


def button(overview: Overview) -> Text:
    """On the button that leads to Docusign."""
    return _("Review and sign") if overview.signer.must_sign else _("Open the documents")


def step_text(step: Step) -> Text:
    """What a step says of its signer."""
    if step.state == "done":
        return _("Signed") if step.signer.must_sign else _("Received")
    if step.state == "now":
        return _("Your turn") if step.is_you else _("Their turn")
    return STEP_TEXTS.get(step.state, _("Later"))
