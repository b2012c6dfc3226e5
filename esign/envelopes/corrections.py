"""Correcting a signer while the envelope is out: e-mail, phone, access code. No signature is lost.

Another name is another person, whom the documents do not print: that is a replacement, never a correction.

The correction is a row before Docusign is asked, so that an answer that never came is not forgotten. Docusign may
refuse one recipient of a call that succeeds (who has just signed), and takes any e-mail address in a call for a
new one: https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/enveloperecipients/update/
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from esign.docusign import (
    DocusignClient,
    DocusignConflict,
    DocusignError,
    DocusignRefused,
    DocusignUnknown,
    NothingDone,
    RecipientDone,
)
from esign.docusign.budget import Lane
from esign.docusign.sealing import seal
from esign.envelopes.action_rules import ActionRefused, ActionResult, DocusignAway
from esign.envelopes.recipients import PHONE, new_access_code
from esign.envelopes.updates import lock
from esign.mail.links import portal_link
from esign.mail.queue import queue_mail
from esign.models import AuditEvent, Channel, Correction, Envelope, MailKind, Role, Signer, State, whose_turn
from esign.models.correction import ADDRESSES, WORDS
from esign.models.envelope import WITH_SIGNERS
from esign.models.signer import BY_TEXT, SignerStatus
from leases.models import Tenant
from leases.names import has_invisible

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_NAME = MAX_EMAIL = 100
# While one correction is asked for, another of the same person waits: their answers could cross.
ONE_AT_A_TIME = timedelta(minutes=2)


@dataclass(frozen=True)
class Wanted:
    """What a signer is to be: the whole of it, so that asking twice is asking once."""

    name: str
    email: str
    phone: str
    new_access_code: bool = False
    correct_the_record: bool = False  # the tenant's own record too, for everything that is sent later

    @classmethod
    def as_is(cls, signer: Signer) -> Wanted:
        return cls(signer.name, signer.email, signer.phone)


Changes = Mapping[str, list[str]]


def changes_of(signer: Signer, wanted: Wanted) -> Changes:
    """Field by field [before, after], only what differs. An access code is told by neither."""
    changes = {
        field: [getattr(signer, field), getattr(wanted, field)]
        for field in ("name", "email", "phone")
        if getattr(signer, field) != getattr(wanted, field)
    }
    if wanted.new_access_code:
        changes["access_code"] = ["one" if signer.sealed_access_code else "none", "a new one"]
    return changes


def objection(signer: Signer) -> str:
    """Why nothing of this signer can be corrected now; empty when it can."""
    envelope = signer.envelope
    if envelope.cancel_asked_at and envelope.state in WITH_SIGNERS:
        return f"{envelope} is being cancelled. Correct the record of this person, and send again what is still wanted."
    if _never_reached_docusign(envelope):
        return ""
    if envelope.state not in WITH_SIGNERS:
        state = envelope.get_state_display().lower()
        return f"{envelope} is in the state “{state}”; signers are corrected while it is out for signature."
    if signer.status == SignerStatus.COMPLETED:
        what = "signed" if signer.must_sign else "received the documents"
        return f"{signer.name} has {what} already; what Docusign has certified cannot be changed."
    if signer.status == SignerStatus.DECLINED:
        what = envelope.get_purpose_display().lower()
        return f"{signer.name} has declined. Talk to them, then send the {what} again."
    return ""


def _never_reached_docusign(envelope: Envelope) -> bool:
    """Docusign refused the draft, an address perhaps: it is corrected here, and “Try again” drafts it again."""
    return envelope.state == State.NEEDS_ATTENTION and envelope.docusign_id is None


def problems_with(signer: Signer, wanted: Wanted) -> list[str]:
    """What is wrong with what is wanted, in sentences for the office."""
    problems: list[str] = []
    if not wanted.name.strip():
        problems.append("A signer needs a name.")
    elif signer.must_sign and _same_name(wanted.name) != _same_name(signer.name):
        problems.append(
            f"The documents print {signer.name}, so only {signer.name} can sign them. Correct the name in the record "
            "or on the lease, then replace the envelope."
        )
    if len(wanted.name) > MAX_NAME:
        problems.append(
            f"The name has {len(wanted.name)} characters; Docusign takes {MAX_NAME}. The lease may print the whole "
            "name: shorten it here to what stands on their ID."
        )
    if has_invisible(wanted.name):
        problems.append("The name contains invisible characters that turn or hide text. Type it once more.")
    if "<" in wanted.name or ">" in wanted.name:
        problems.append("Remove < and > from the name.")
    needs_email = signer.channel not in (Channel.SMS, Channel.OFFICE)
    if needs_email and not wanted.email:
        problems.append(f"{wanted.name or 'The signer'} is asked by e-mail, so an address is needed.")
    if wanted.email and (len(wanted.email) > MAX_EMAIL or not _is_email(wanted.email)):
        problems.append(f"“{wanted.email[:60]}” is not an e-mail address that Docusign takes.")
    needs_phone = signer.channel in BY_TEXT or signer.phone_check
    if (needs_phone or wanted.phone) and not PHONE.fullmatch(wanted.phone):
        problems.append("Write the phone number with its country, like +14155550100.")
    for other in signer.envelope.signers.exclude(pk=signer.pk).filter(routing_order=signer.routing_order):
        if wanted.email and _told_apart_by(other.name, other.email) == _told_apart_by(wanted.name, wanted.email):
            problems.append(
                f"{other.name} <{other.email}> signs at the same step; Docusign would treat the two as one."
            )
    return problems


def _is_email(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True


def _told_apart_by(name: str, email: str) -> tuple[str, str]:
    return _same_name(name), email.casefold()


def _same_name(name: str) -> str:
    """Equal for what Docusign's report of a signature is taken for the same person."""
    return " ".join(name.split()).casefold()


def effects(signer: Signer, wanted: Wanted) -> list[str]:
    """What will happen, for the page that asks."""
    changes, envelope = changes_of(signer, wanted), signer.envelope
    if not changes:
        return ["Nothing is different, so nothing would be done."]
    said = [_in_words(field, before, after) for field, (before, after) in changes.items()]
    told = [address for address in _told_of(signer, changes) if address]
    if told:
        said.append(f"We tell {' and '.join(told)} that the address was changed.")
    if _never_reached_docusign(envelope):
        return [*said, "Docusign has nothing of it yet. Press “Try again” afterwards."]
    said.append("What others have signed stays signed.")
    is_asked = signer in whose_turn(envelope.signers.all())
    if "email" in changes and signer.told_by_docusign and is_asked:
        said.append(f"Docusign mails {wanted.email} the request to sign.")
    if changes.keys() & ADDRESSES:
        if signer.channel == Channel.PORTAL and is_asked:
            said.append(f"We mail {wanted.email} a new link to our portal.")
        if signer.signs_in_portal:
            said.append("Links that were mailed before stop working.")
        if not is_asked:
            said.append("It is not their turn yet: they are written to when it is.")
    if changes.keys() & ADDRESSES and signer.must_sign:
        said.append("If one person changes the addresses of all signers, a colleague has to confirm them in the end.")
    if wanted.correct_the_record and signer.tenant and changes.keys() & ADDRESSES:
        said.append(f"The record of {signer.tenant.name} gets the same, for everything that is sent later.")
    return said


def _told_of(signer: Signer, changes: Changes) -> tuple[str, str]:
    """(the address that was in use, the owner's) to be told that a signer is asked elsewhere; empty for no one."""
    if not (changes.keys() & ADDRESSES and signer.must_sign):
        return "", ""
    before = changes.get("email", [signer.email])[0]
    return before, signer.envelope.lease.unit.property.owner.email


def _in_words(field: str, before: str, after: str) -> str:
    if field == "access_code":
        return "They get a new access code. Show it once on the envelope's page, and tell them by phone."
    return f"The {WORDS[field]} changes from “{before or 'none'}” to “{after or 'none'}”."


def correct(signer: Signer, wanted: Wanted, by: User | None = None) -> ActionResult:
    """Make it so at Docusign and here. Raises ActionRefused, having changed nothing, when it cannot be."""
    correction, asked = _write_down(signer, wanted, by)
    try:
        if not _never_reached_docusign(asked.envelope):
            _ask_docusign(asked, correction)
    except ActionRefused as refusal:
        _finish(correction, Correction.Outcome.REFUSED, str(refusal))
        raise
    except DocusignUnknown:
        return _look(correction, asked, wanted, by)
    return _write(correction, asked, wanted, by)


def _write_down(signer: Signer, wanted: Wanted, by: User | None) -> tuple[Correction, Signer]:
    """The correction as a row, on disk before Docusign is asked; and the signer as they are to be, not saved."""
    with transaction.atomic(durable=True):
        now_is = Signer.objects.select_for_update(of=("self",), no_key=True).select_related(
            "envelope__connection", "tenant"
        )
        current = now_is.get(pk=signer.pk)
        if why := objection(current):
            raise ActionRefused(why)
        if problems := problems_with(current, wanted):
            raise ActionRefused(" ".join(problems))
        changes = changes_of(current, wanted)
        if not changes:
            raise ActionRefused(f"{current.name} is already as you want it. Nothing was done.")
        asked_before = current.corrections.filter(outcome=Correction.Outcome.ASKED)
        if asked_before.filter(asked_at__gt=timezone.now() - ONE_AT_A_TIME).exists():
            raise ActionRefused(f"{current.name} is being corrected at this moment. Look again in two minutes.")
        correction = Correction.objects.create(signer=current, changes=changes, asked_by=by)
    asked = copy.copy(current)
    asked.name, asked.email, asked.phone = wanted.name, wanted.email, wanted.phone
    if wanted.new_access_code:
        asked.sealed_access_code, asked.access_code_shown_at = seal(new_access_code()), None
    return correction, asked


def _ask_docusign(asked: Signer, correction: Correction) -> None:
    client = DocusignClient(asked.envelope.connection, lane=Lane.INTERACTIVE)
    before = correction.changes.get("name", [asked.name])[0]
    try:
        client.correct_recipient(asked, correction.changes, start_url=portal_link)
    except RecipientDone as error:
        raise ActionRefused(
            f"{before} has signed or declined in the meantime, so nothing was changed. Docusign's message is on "
            "its way."
        ) from error
    except DocusignConflict as error:
        raise ActionRefused(
            "The envelope is no longer out for signature at Docusign: everyone has signed, or it was voided or "
            "expired. Nothing was changed; Docusign's message is on its way."
        ) from error
    except NothingDone as error:
        raise DocusignAway(f"{before} was not corrected. {error}", retry_at=error.retry_at) from error
    except DocusignRefused as error:
        raise ActionRefused(f"{before} was not corrected. {error}") from error


def _look(correction: Correction, asked: Signer, wanted: Wanted, by: User | None) -> ActionResult:
    """The answer was lost: Docusign shows names and addresses, so ask what stands there now."""
    not_sure = ActionResult(
        f"Docusign did not answer. {asked.name} may have been corrected or not. Correct once more: it changes "
        "nothing twice, though a mail may come twice.",
        sure=False,
    )
    visible = correction.changes.keys() & {"name", "email"}
    if not visible:
        return not_sure
    try:
        found = DocusignClient(asked.envelope.connection, lane=Lane.SETTLE).get_envelope(asked.envelope)
    except DocusignError:
        return not_sure
    there = next((one for one in found.recipients if one.recipient_id == asked.recipient_id), None)
    if there is None:
        return not_sure
    if all(getattr(there, field).casefold() == getattr(asked, field).casefold() for field in visible):
        return _write(correction, asked, wanted, by)
    said = "Docusign did not answer, and nothing was changed there. Correct once more."
    _finish(correction, Correction.Outcome.REFUSED, said)
    raise ActionRefused(said)


def _write(correction: Correction, asked: Signer, wanted: Wanted, by: User | None) -> ActionResult:
    """What Docusign did, in our rows, with the mail of our own that follows from it."""
    fields = {name: getattr(asked, name) for name in ("name", "email", "phone") if name in correction.changes}
    if "access_code" in correction.changes:
        fields |= {"sealed_access_code": asked.sealed_access_code, "access_code_shown_at": None}
    if "email" in fields and asked.status == SignerStatus.AUTORESPONDED:
        fields |= {"status": SignerStatus.SENT, "problem": ""}
    text = f"{asked.name} was corrected: {', '.join(WORDS[field] for field in correction.changes)}."
    with transaction.atomic():
        lock(asked.envelope_id)
        Signer.objects.filter(pk=asked.pk).update(**fields)
        signer = Signer.objects.select_related("envelope__lease", "tenant").get(pk=asked.pk)
        _finish(correction, Correction.Outcome.DONE, text)
        AuditEvent.record(
            signer.envelope.lease,
            "signer.corrected",
            f"{text} ({signer.envelope})",
            actor=str(by or "system"),
            envelope=signer.envelope,
            key=f"{signer.envelope_id}:corrected:{correction.pk}",
            changes=correction.changes,
        )
        if wanted.correct_the_record:
            _correct_the_record(signer, correction.changes)
        if signer.tenant_id and "email" in fields:
            signer.record_email = Tenant.objects.values_list("email", flat=True).get(pk=signer.tenant_id)
            signer.save(update_fields=["record_email"])
        if signer.channel == Channel.PORTAL and correction.changes.keys() & ADDRESSES:
            _invite_again(signer, correction)
        _tell_of_it(signer, correction)
    code = (
        " Show the new access code on this page, and tell it by phone." if "access_code" in correction.changes else ""
    )
    return ActionResult(f"{text}{code}")


def _invite_again(signer: Signer, correction: Correction) -> None:
    envelope = signer.envelope
    if envelope.state in WITH_SIGNERS and signer in whose_turn(envelope.signers.all()):
        queue_mail(envelope, MailKind.INVITATION, signer, once=f"corrected{correction.pk}")


def _tell_of_it(signer: Signer, correction: Correction) -> None:
    """Those who would notice a wrong correction: the reader of the address that was in use, and the owner."""
    before, owner = _told_of(signer, correction.changes)
    once = f"corrected{correction.pk}"
    if before:
        queue_mail(signer.envelope, MailKind.ADDRESS_CHANGED, signer, once=once, to=before)
    if owner and owner != before:
        queue_mail(signer.envelope, MailKind.OWNER_TOLD, signer, once=once, to=owner)


def _correct_the_record(signer: Signer, changes: Changes) -> None:
    """Addresses only: the name in the record is what contracts print, and is changed there."""
    tenant = signer.tenant
    if tenant is None or signer.role not in (Role.TENANT, Role.GUARANTOR):
        return
    for field in changes.keys() & ADDRESSES:
        setattr(tenant, field, getattr(signer, field))
    tenant.save()


def _finish(correction: Correction, outcome: Correction.Outcome, said: str) -> None:
    correction.outcome, correction.said = outcome, said[:500]
    correction.save(update_fields=["outcome", "said"])
