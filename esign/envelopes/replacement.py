"""Replacing an envelope: void it, and send the next revision when Docusign has confirmed that it is void.

Two revisions are never out together: the new one is made from the lease that the void gave back.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import get_text_list

from esign.envelopes import action_rules, actions
from esign.envelopes.account_templates.riders import freeze_with_templates, templates_of
from esign.envelopes.action_rules import ActionRefused, ActionResult, EnvelopeAction
from esign.envelopes.compose import CannotCompose
from esign.envelopes.send_options import AddedRecipient, SendOptions, SignerOptions
from esign.models import AuditEvent, Envelope, Purpose, Role, Signer, State
from esign.models.envelope import ENDED, FINAL, PURPOSES_OF_THE_LEASE_ITSELF

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)


def objection(envelope: Envelope) -> str:
    """Why this envelope cannot be replaced now; empty when it can."""
    if envelope.purpose not in PURPOSES_OF_THE_LEASE_ITSELF:
        return f"{envelope} is no lease. Void it, and send a new one from the lease's page."
    if envelope.state == State.COMPLETED:
        return f"{envelope} is signed by everyone. Change the lease by an addendum, or renew it."
    later = envelope.lease.envelopes.filter(purpose=envelope.purpose, revision__gt=envelope.revision).first()
    if later:
        return f"{envelope} is replaced already by revision {later.revision}. Look at that one."
    if envelope.replace_asked_at:
        return f"{envelope} is being replaced already."
    return action_rules.objection(envelope, EnvelopeAction.VOID) if envelope.state not in FINAL else ""


def effects(envelope: Envelope) -> list[str]:
    """What will happen, for the page that asks."""
    said = []
    if envelope.state not in ENDED:
        said.append(f"Revision {envelope.revision} is voided: it cannot be signed any more, which cannot be undone.")
        mailed, not_mailed = actions.told_of_a_void(envelope)
        if mailed:
            said.append(f"Docusign mails the reason to {_names(mailed)}.")
        if not_mailed:
            said.append(f"We tell {_names(not_mailed)} in our portal and, where we had mailed them, by mail.")
    signed = [one for one in envelope.signers.all() if one.must_sign and one.signed_at]
    if signed:
        said.append(f"{_names(signed)} signed already, and will have to sign again.")
    next_names = get_text_list([signer.name for signer in envelope.lease.required_signers()], "and")
    said.append(
        f"Revision {envelope.revision + 1} is made from the lease and the records as they stand now, and goes out by "
        f"itself to {next_names}, each by the same channel as before. Docusign counts it as one more envelope."
    )
    if coded := [one for one in envelope.signers.all() if one.sealed_access_code]:
        said.append(
            f"{_names(coded)} get a new access code, to be shown on the page of revision {envelope.revision + 1}."
        )
    said.append("To change rent, dates or parties first, void it instead, change the lease, and send it.")
    return said


def _names(signers: Iterable[Signer]) -> str:
    return str(get_text_list([signer.name for signer in signers], "and"))


def replace(envelope: Envelope, reason: str, by: User | None = None) -> ActionResult:
    """Ask for the void, and for a next revision after it; at once where it is void already. Raises ActionRefused."""
    asked = ask_to_replace(envelope, reason, by)
    if envelope.state not in ENDED:
        return asked
    made = carry_out(envelope.pk)
    if made is None:
        envelope.refresh_from_db()
        raise ActionRefused(f"{envelope} was not replaced. {envelope.problem}")
    return ActionResult(f"{envelope}: revision {made.revision} is queued and goes out within a minute.")


def ask_to_replace(
    envelope: Envelope, reason: str, by: User | None = None, *, is_one_of_many: bool = False
) -> ActionResult:
    """Write down that this is voided and replaced; a worker does both. Raises ActionRefused.

    One of many, and its next revision, wait behind what a single person asks for.
    """
    envelope.refresh_from_db()
    if why := objection(envelope):
        raise ActionRefused(why)
    with transaction.atomic():
        promised = Envelope.objects.filter(pk=envelope.pk, replace_asked_at__isnull=True).update(
            replace_asked_at=timezone.now(), replace_asked_by=by, in_campaign=is_one_of_many
        )
        if not promised:
            raise ActionRefused(f"{envelope} is being replaced already.")
        if envelope.state not in ENDED:
            actions.void(envelope, reason, by, is_one_of_many=is_one_of_many)
        AuditEvent.record(
            envelope.lease,
            "envelope.replace_asked",
            f"{envelope} is to be replaced by revision {envelope.revision + 1}.",
            actor=str(by or "system"),
            envelope=envelope,
        )
    envelope.refresh_from_db()
    following = f"revision {envelope.revision + 1} goes out"
    if envelope.state in ENDED:
        return ActionResult(f"{envelope}: {following}.")
    return ActionResult(f"{envelope}: it is voided now, and {following} once that is done.")


def waiting() -> list[UUID]:
    """Envelopes that are over and whose next revision was asked for and is not made yet."""
    return list(_promised().values_list("pk", flat=True)[:1000])


def _promised() -> QuerySet[Envelope]:
    return Envelope.objects.filter(replace_asked_at__isnull=False, state__in=FINAL, replaced_by=None)


def carry_out(envelope_id: UUID) -> Envelope | None:
    """Make the revision that was asked for, once. None: none was asked for, it is not time, or it cannot be made.

    What keeps it from being made is written on the envelope, and it is not tried again: a person decides.
    """
    if not _promised().filter(pk=envelope_id).exists():
        return None
    envelope = Envelope.objects.select_related("lease", "replace_asked_by").get(pk=envelope_id)
    if envelope.state == State.COMPLETED:
        _end_promise(envelope, "Everyone had signed before it could be voided, so it was not replaced.")
        return None
    if envelope.state == State.DECLINED and envelope.cancel_asked_at:
        _end_promise(envelope, "A signer declined before it could be voided. Talk to them before it is sent again.")
        return None
    try:
        return freeze_with_templates(
            envelope.lease,
            templates_of(envelope),
            Purpose(envelope.purpose),
            by=envelope.replace_asked_by,
            options=options_of(envelope),
            in_campaign=envelope.in_campaign,
        )
    except CannotCompose as error:
        _end_promise(
            envelope,
            f"The next revision was not sent. {error}",
            next_step="Correct what it names, then send the lease from its page.",
        )
        return None


def _end_promise(envelope: Envelope, why: str, next_step: str = "") -> None:
    """Unless another worker has kept it meanwhile. What a person has to fix stays on the row; the rest is history."""
    said = {"problem": why, "next_step": next_step} if next_step else {}
    ended = _promised().filter(pk=envelope.pk).update(replace_asked_at=None, **said)
    if ended:
        logger.warning("envelope %s is not replaced: %s", envelope.pk, why)
        AuditEvent.record(envelope.lease, "envelope.not_replaced", why, envelope=envelope)


def options_of(envelope: Envelope) -> SendOptions:
    """What was chosen for this revision, for the next one."""
    people = list(envelope.signers.all())
    owners_copy = envelope.lease.unit.property.owner.copy_email.lower()
    hosts = [one for one in people if one.is_in_person]
    return SendOptions(
        signers={
            one.key: SignerOptions(
                channel=one.channel,
                language=one.language,
                note=one.note,
                access_code=bool(one.sealed_access_code),
                phone_check=one.phone_check,
            )
            for one in people
            if one.must_sign
        },
        added=[
            AddedRecipient(one.name, one.email, one.role)
            for one in people
            if not one.must_sign and not (one.role == Role.CARBON_COPY and one.email.lower() == owners_copy)
        ],
        message=envelope.message,
        host_name=hosts[0].host_name if hosts else "",
        host_email=hosts[0].host_email if hosts else "",
    )
