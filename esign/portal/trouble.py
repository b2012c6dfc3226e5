"""What stands in the way of signing just now, and what the person can do about it."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from esign.docusign import DocusignBusy, DocusignConflict, DocusignError, DocusignRefused, NotSignedIn

if TYPE_CHECKING:
    from esign.portal.words import Text


@dataclass(frozen=True)
class Trouble:
    """The person can only wait and try again, look at the lease again, or write to the office."""

    heading: Text
    sentence: Text
    status: HTTPStatus = HTTPStatus.SERVICE_UNAVAILABLE
    can_try_again: bool = False
    gives_office_address: bool = False


BUSY = Trouble(
    _("Docusign is busy"),
    _("Too many people are signing at this moment. Nothing is lost: try again in a minute."),
    can_try_again=True,
)
UNREACHABLE = Trouble(
    _("Docusign does not answer"),
    _("The signing page cannot be opened at the moment. Nothing is lost: try again in a minute."),
    can_try_again=True,
)
NOT_YOUR_TURN = Trouble(
    _("It is not your turn yet"),
    _("Somebody else has to sign before you. We e-mail you as soon as it is your turn."),
    HTTPStatus.CONFLICT,
)
CHANGED = Trouble(
    _("Something has just changed"),
    _(
        "These documents cannot be signed as they stand at Docusign now. In a minute this site knows more: look at "
        "your lease again."
    ),
    HTTPStatus.CONFLICT,
)
FOR_THE_OFFICE = Trouble(
    _("The office has to put something right first"),
    _(
        "Docusign does not let us open your documents. This is not your fault, and trying again will not help for now. "
        "Please write to the office and say that you cannot sign."
    ),
    gives_office_address=True,
)


def trouble_of(error: DocusignError) -> Trouble:
    """What to tell the person who wanted to sign when Docusign answered with this error."""
    if isinstance(error, DocusignBusy):
        return BUSY
    if isinstance(error, NotSignedIn):
        return FOR_THE_OFFICE
    if error.answer.error_code.upper() == "RECIPIENT_NOT_IN_SEQUENCE":
        return NOT_YOUR_TURN
    if isinstance(error, DocusignConflict):
        return CHANGED
    return FOR_THE_OFFICE if isinstance(error, DocusignRefused) else UNREACHABLE
