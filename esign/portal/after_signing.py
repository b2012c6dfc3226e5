"""What the page after signing says: one text for each way a person comes back from Docusign."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from esign.portal.returning import ReturnEvent
from esign.portal.signing_status import SigningStatus

if TYPE_CHECKING:
    from esign.models import Signer
    from esign.portal.overview import Overview
    from esign.portal.words import Text


@dataclass(frozen=True)
class ReturnText:
    """The parts of the page. `next_people` stand in a list below the first sentences, `after` below that list."""

    icon: str
    heading: Text
    sentences: tuple[Text, ...]
    next_people: tuple[Signer, ...] = ()
    after: Text = ""
    small_print: Text = ""
    gives_office_address: bool = False
    offers_to_sign: bool = False


FINISHED = ReturnText(
    "clock",
    _("Thank you"),
    (_("You have finished at Docusign. Docusign will confirm your signature in a moment."),),
    small_print=_("You can close this page: your signature is kept either way."),
)
FINISHED_READING = ReturnText(
    "clock",
    _("Thank you"),
    (_("Docusign will confirm in a moment that you received the documents. You can open them again at any time."),),
)
UNKNOWN = ReturnText(
    "pen",
    _("Welcome back"),
    (_("We have not heard from Docusign yet. If you have just signed, you will see it here in a few minutes."),),
)
BY_EVENT: dict[ReturnEvent, ReturnText] = {
    ReturnEvent.DECLINE: ReturnText(
        "clock",
        _("You have declined to sign"),
        (_("Docusign will confirm it in a moment. The leasing office will get in touch with you."),),
    ),
    ReturnEvent.CANCEL: ReturnText(
        "pen", _("You can go on later"), (_("You have not signed yet. Come back when you are ready."),)
    ),
    ReturnEvent.SESSION_TIMEOUT: ReturnText(
        "pen",
        _("The signing page was closed"),
        (_("Nothing happened there for a while, so Docusign closed it. You have not signed yet."),),
    ),
    ReturnEvent.TTL_EXPIRED: ReturnText(
        "pen",
        _("The signing page has expired"),
        (_("Each way in works once, and only for a few minutes. Open it again with this button."),),
    ),
    ReturnEvent.ACCESS_CODE_FAILED: ReturnText(
        "pen",
        _("The access code was not right"),
        (_("Ask the leasing office for the code and try again."),),
        gives_office_address=True,
    ),
    ReturnEvent.ID_CHECK_FAILED: ReturnText(
        "pen",
        _("Docusign could not check who you are"),
        (_("You can try again. If it fails again, write to the leasing office."),),
        gives_office_address=True,
    ),
    ReturnEvent.EXCEPTION: ReturnText(
        "pen", _("Something went wrong at Docusign"), (_("You have not signed yet. Try again in a minute."),)
    ),
    ReturnEvent.VIEWING_COMPLETE: ReturnText(
        "pen", _("You have read the documents"), (_("You can open them again at any time."),)
    ),
    ReturnEvent.FAX_PENDING: ReturnText(
        "pen",
        _("Docusign is waiting for your fax"),
        (_("You chose to sign on paper and to send it by fax. We e-mail you when it has arrived."),),
    ),
}


def text_after_signing(overview: Overview, event: ReturnEvent) -> ReturnText:
    """What Docusign confirmed comes first; what the return address says fills the time until then."""
    match overview.status:
        case SigningStatus.COMPLETED:
            return _completed(overview)
        case SigningStatus.SIGNED:
            return _signed(overview)
        case SigningStatus.DECLINED:
            sentence = _("No one is bound by these documents. The office will get in touch with you.")
            return ReturnText("alert", overview.heading, (sentence,), gives_office_address=True)
        case SigningStatus.SIGN:
            return _until_confirmed(overview, event)
    return ReturnText("alert", overview.status.label, (_("Open the lease to see how it stands."),))


def _completed(overview: Overview) -> ReturnText:
    sentence = (
        _("Thank you. The signed documents are ready for you, and we e-mail you a link to them.")
        if overview.has_signed_documents
        else _("Thank you. The signed documents will be here in a few minutes, and we e-mail you a link to them.")
    )
    return ReturnText("check", overview.heading, (sentence,))


def _signed(overview: Overview) -> ReturnText:
    heading = _("Thank you, you have signed") if overview.signer.must_sign else overview.heading
    following, after = (
        (
            _("Docusign has confirmed it. Still to read them:"),
            _("We e-mail you when everyone has received them. There is nothing more for you to do."),
        )
        if overview.is_to_read
        else (
            _("Docusign has confirmed it. Next to sign:"),
            _("We e-mail you when everyone has signed. There is nothing more for you to do."),
        )
    )
    return ReturnText("check", heading, (following,), next_people=tuple(overview.turn), after=after)


def _until_confirmed(overview: Overview, event: ReturnEvent) -> ReturnText:
    if event == ReturnEvent.SIGNING_COMPLETE:
        return FINISHED if overview.signer.must_sign else FINISHED_READING
    return replace(BY_EVENT.get(event, UNKNOWN), offers_to_sign=event.can_sign_again)
