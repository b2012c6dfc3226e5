"""What each of our mails says. One text per kind and case; the frame around it is templates/emails/.

A sentence may name what `outbox` fills in: %(place)s, %(lease_number)s, %(day)s, %(code)s, %(support_email)s,
%(signer)s and %(role)s.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from esign.models import Envelope, MailKind, Purpose, Role, Signer, State

Text = str | Promise


@dataclass(frozen=True)
class MailText:
    """The parts of one mail. `preview` is what mail programs show beside the subject; `button` leads to the portal."""

    subject: Text
    preview: Text
    heading: Text
    body: tuple[Text, ...]
    button: Text = ""


READ_ANYWHERE = _("Read it on a phone or a computer.")
SIGN_ANYWHERE = _("Read and sign it on a phone or a computer.")
READ_AND_SIGN = _("Read and sign")
READ_THE_NOTICE = _("Read the notice")

INVITATION = MailText(
    _("Your lease for %(place)s is ready to sign"),
    SIGN_ANYWHERE,
    _("Your lease is ready to sign"),
    (
        _(
            "Lease %(lease_number)s for %(place)s is ready for you. Read the documents and sign when you are ready; "
            "it takes a few minutes, on a phone or a computer."
        ),
    ),
    READ_AND_SIGN,
)
INVITATION_TO_RENEW = replace(
    INVITATION,
    subject=_("Your lease renewal for %(place)s is ready to sign"),
    heading=_("Your lease renewal is ready to sign"),
)
INVITATION_TO_ADDENDUM = replace(
    INVITATION,
    subject=_("A document for your lease for %(place)s is ready to sign"),
    heading=_("A document for your lease is ready to sign"),
    body=(
        _(
            "There is a document for you to sign that belongs to lease %(lease_number)s for %(place)s. Read it and "
            "sign when you are ready; it takes a few minutes, on a phone or a computer."
        ),
    ),
)
INVITATION_TO_SIGN_NOTICE = MailText(
    _("A notice about your lease for %(place)s"),
    SIGN_ANYWHERE,
    _("There is a notice for you"),
    (
        _(
            "A notice under lease %(lease_number)s for %(place)s waits for your signature. It goes to the tenants "
            "once you have signed it."
        ),
    ),
    READ_AND_SIGN,
)
INVITATION_TO_READ_NOTICE = replace(
    INVITATION_TO_SIGN_NOTICE,
    preview=READ_ANYWHERE,
    body=(
        _(
            "There is a notice for you about lease %(lease_number)s for %(place)s. Please open and read it; it is "
            "recorded that you received it."
        ),
    ),
    button=READ_THE_NOTICE,
)
LANDLORD_SIGNS_LAST = _(
    "Everyone else has signed lease %(lease_number)s for %(place)s. Please read it and sign for the landlord."
)

REMINDER = MailText(
    _("Reminder: your signature is needed for %(place)s"),
    SIGN_ANYWHERE,
    _("Your signature is still missing"),
    (
        _(
            "Lease %(lease_number)s for %(place)s is still waiting for your signature. If something in it is not "
            "right, tell the leasing office before you sign."
        ),
    ),
    READ_AND_SIGN,
)
REMINDER_TO_SIGN_NOTICE = replace(
    REMINDER,
    subject=_("Reminder: a notice about %(place)s waits for your signature"),
    body=(_("A notice under lease %(lease_number)s for %(place)s is still waiting for your signature."),),
)
REMINDER_TO_READ = MailText(
    _("Reminder: please read the notice about %(place)s"),
    READ_ANYWHERE,
    _("A notice is waiting for you"),
    (
        _(
            "You have not opened the notice about lease %(lease_number)s for %(place)s yet. You agree to nothing by "
            "reading it; it is recorded that you received it."
        ),
    ),
    READ_THE_NOTICE,
)

EXPIRING = MailText(
    _("The time to sign for %(place)s is running out"),
    SIGN_ANYWHERE,
    _("The time to sign is running out"),
    (_("Lease %(lease_number)s for %(place)s can be signed until %(day)s. After that we have to send it again."),),
    READ_AND_SIGN,
)
EXPIRING_NOTICE_TO_SIGN = replace(
    EXPIRING,
    body=(
        _(
            "A notice under lease %(lease_number)s for %(place)s can be signed until %(day)s. After that we have to "
            "send it again."
        ),
    ),
)
EXPIRING_TO_READ = replace(
    REMINDER_TO_READ,
    subject=_("Please read the notice about %(place)s soon"),
    body=(
        _(
            "The notice about lease %(lease_number)s for %(place)s can be opened here until %(day)s. You agree to "
            "nothing by reading it; it is recorded that you received it."
        ),
    ),
)

COMPLETED = MailText(
    _("Everyone has signed: %(place)s"),
    _("Download your copy of the documents."),
    _("Everyone has signed"),
    (
        _(
            "Everyone has signed lease %(lease_number)s for %(place)s. The signed documents and Docusign's "
            "certificate are ready; download a copy for yourself."
        ),
    ),
    _("Open the signed documents"),
)
COMPLETED_ADDENDUM = replace(
    COMPLETED,
    body=(
        _(
            "Everyone has signed the document that belongs to lease %(lease_number)s for %(place)s. It is ready with "
            "Docusign's certificate; download a copy for yourself."
        ),
    ),
)
COMPLETED_NOTICE = replace(
    COMPLETED,
    subject=_("Delivered: notice about %(place)s"),
    heading=_("The notice was delivered"),
    body=(
        _(
            "Everyone has received the notice about lease %(lease_number)s for %(place)s. The documents and "
            "Docusign's certificate are ready."
        ),
    ),
    button=_("Open the documents"),
)

NOTHING_TO_DO = _("There is nothing for you to do. If there is a new version, we write to you.")
WITHDRAWN = MailText(
    _("No need to sign for %(place)s any more"),
    _("These documents can no longer be signed."),
    _("There is nothing to sign any more"),
    (
        _(
            "The documents about lease %(lease_number)s for %(place)s were withdrawn. They can no longer be signed "
            "and no one is bound by them."
        ),
        NOTHING_TO_DO,
    ),
    _("See how it stands"),
)
DECLINED = replace(
    WITHDRAWN,
    body=(
        _(
            "Somebody declined to sign the documents about lease %(lease_number)s for %(place)s, so they can no "
            "longer be signed and no one is bound by them."
        ),
        NOTHING_TO_DO,
    ),
)
EXPIRED = replace(
    WITHDRAWN,
    subject=_("The time to sign for %(place)s is over"),
    heading=_("The time to sign is over"),
    body=(
        _(
            "Not everyone signed the documents about lease %(lease_number)s for %(place)s in time, so they can no "
            "longer be signed and no one is bound by them."
        ),
        _("If you still want to sign, write to us, and we send them again."),
    ),
)
WITHDRAWN_NOTICE = replace(
    WITHDRAWN,
    subject=_("The notice about %(place)s was withdrawn"),
    preview=_("There is nothing for you to do."),
    heading=_("A notice was withdrawn"),
    body=(_("The notice about lease %(lease_number)s for %(place)s was withdrawn."), NOTHING_TO_DO),
)
EXPIRED_NOTICE = replace(
    WITHDRAWN_NOTICE,
    subject=_("The time to read the notice about %(place)s is over"),
    heading=_("The time to read a notice is over"),
    body=(
        _(
            "The notice about lease %(lease_number)s for %(place)s was not opened by everyone in time and can no "
            "longer be opened."
        ),
        _("If you want to read it, write to us."),
    ),
)

LINK = MailText(
    _("Your link to %(place)s"),
    _("It opens your lease with us."),
    _("Here is your link"),
    (_("You asked for a link to your lease. If you did not ask, you can ignore this e-mail: only you have the link."),),
    _("Open my lease"),
)
CODE = MailText(
    _("%(code)s is your code"),
    _("It works for ten minutes."),
    _("Your code: %(code)s"),
    (
        _(
            "You need this code to sign, or to see all of your leases. Type it in the browser in which you asked for "
            "it."
        ),
        _(
            "If you did not ask for it, somebody else has your link. Tell no one the code, and write to "
            "%(support_email)s."
        ),
    ),
)
ADDRESS_CHANGED = MailText(
    _("Your address for signing lease %(lease_number)s was changed"),
    _("If you did not ask for this, tell the office at once."),
    _("Your address for signing was changed"),
    (
        _(
            "The leasing office changed the e-mail address or phone number at which you are asked to sign the "
            "documents about lease %(lease_number)s for %(place)s."
        ),
        _("If you did not ask for this, write to %(support_email)s at once, before anybody signs."),
    ),
)
# To the owner, in English, as the leases of owners are kept.
OWNER_TOLD = MailText(
    "Lease %(lease_number)s: an address for signing was changed",
    "The leasing office changed where a signer is asked.",
    "An address for signing was changed",
    (
        "The leasing office changed where %(signer)s (%(role)s) is asked to sign lease %(lease_number)s for %(place)s.",
        "If that surprises you, write to %(support_email)s.",
    ),
)


def text_of(kind: MailKind, envelope: Envelope, signer: Signer) -> MailText:
    """The text of this kind for this signer of the envelope, by what it is for and how it stands."""
    match kind:
        case MailKind.INVITATION:
            return _invitation(envelope, signer)
        case MailKind.REMINDER:
            return _by_duty(envelope, signer, REMINDER, REMINDER_TO_SIGN_NOTICE, REMINDER_TO_READ)
        case MailKind.EXPIRING:
            return _by_duty(envelope, signer, EXPIRING, EXPIRING_NOTICE_TO_SIGN, EXPIRING_TO_READ)
        case MailKind.COMPLETED:
            return _completed(envelope)
        case MailKind.WITHDRAWN:
            return _withdrawn(envelope)
        case MailKind.LINK:
            return LINK
        case MailKind.CODE:
            return CODE
        case MailKind.ADDRESS_CHANGED:
            return ADDRESS_CHANGED
        case MailKind.OWNER_TOLD:
            return OWNER_TOLD


def _invitation(envelope: Envelope, signer: Signer) -> MailText:
    match Purpose(envelope.purpose):
        case Purpose.NOTICE:
            return INVITATION_TO_SIGN_NOTICE if signer.must_sign else INVITATION_TO_READ_NOTICE
        case Purpose.ADDENDUM:
            return INVITATION_TO_ADDENDUM
        case Purpose.RENEWAL:
            text = INVITATION_TO_RENEW
        case Purpose.LEASE:
            text = INVITATION
    return replace(text, body=(LANDLORD_SIGNS_LAST,)) if signer.role == Role.LANDLORD else text


def _by_duty(
    envelope: Envelope, signer: Signer, to_sign: MailText, notice_to_sign: MailText, to_read: MailText
) -> MailText:
    if not signer.must_sign:
        return to_read
    return notice_to_sign if envelope.purpose == Purpose.NOTICE else to_sign


def _completed(envelope: Envelope) -> MailText:
    if envelope.purpose == Purpose.NOTICE:
        return COMPLETED_NOTICE
    return COMPLETED_ADDENDUM if envelope.purpose == Purpose.ADDENDUM else COMPLETED


def _withdrawn(envelope: Envelope) -> MailText:
    if envelope.purpose == Purpose.NOTICE:
        return EXPIRED_NOTICE if envelope.has_expired else WITHDRAWN_NOTICE
    if envelope.state == State.DECLINED:
        return DECLINED
    return EXPIRED if envelope.has_expired else WITHDRAWN
