"""What signers filled in: proposed to the office, taken over only when somebody accepts.

Connect's message of the completion tells it. When no message came, and the sweep found the envelope completed, it is
read by a call of its own.

A template asks by `text_field(signer, "emergency_contact")`. The label says where an accepted answer goes; one that
no record has a place for is kept as a note on the lease.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import phonenumbers
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from esign.docusign import DocusignClient, DocusignError, NothingDone
from esign.docusign.budget import Lane
from esign.envelopes.action_rules import ActionRefused
from esign.envelopes.form_data import propose
from esign.models import AuditEvent, Envelope, FormAnswer, FormDataJob
from leases.models import Tenant

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)

Decision = FormAnswer.Decision


@dataclass(frozen=True)
class RecordField:
    """Where an accepted answer goes in the tenant's record. `clean` raises ValueError with what is wrong with it."""

    field: str
    words: str
    clean: Callable[[str], str] = str


def _phone(value: str) -> str:
    try:
        number = phonenumbers.parse(value, "US")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise ValueError(f"“{value}” is not a phone number that can be called. Keep it as a note, and ask again.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


RECORD_FIELDS = {
    "emergency_contact": RecordField("emergency_contact", "emergency contact"),
    "emergency_phone": RecordField("emergency_phone", "emergency phone"),
    "vehicle": RecordField("vehicle", "vehicle"),
    "vehicle_plate": RecordField("vehicle_plate", "license plate"),
    "mailing_address": RecordField("mailing_address", "mailing address"),
    "forwarding_address": RecordField("mailing_address", "mailing address"),
    "phone_after": RecordField("phone", "phone number", _phone),
}


# --- reading ----------------------------------------------------------------------------------------------


def read(envelope_id: UUID) -> bool:
    """Run the job of one completed envelope; False when there is nothing to do, or not now. One call."""
    job = FormDataJob.objects.open().filter(envelope_id=envelope_id).first()
    if job is None or not job.claim():
        return False
    envelope = Envelope.objects.select_related("connection", "lease").get(pk=envelope_id)
    try:
        values = DocusignClient(envelope.connection, lane=Lane.SYNC).form_data(envelope)
    except NothingDone as error:
        job.wait_until(error.retry_at, error)
        logger.info("form data of envelope %s has to wait: %s", envelope_id, error)
        return False
    except DocusignError as error:
        job.retry_later(error)
        logger.warning("form data of envelope %s is not read yet: %s", envelope_id, error)
        return False
    propose(envelope, values)
    return True


# --- deciding ---------------------------------------------------------------------------------------------


def record_field_of(answer: FormAnswer) -> RecordField | None:
    """Where it would go if it were accepted; None: no record has a place for it, so it can be kept as a note."""
    return RECORD_FIELDS.get(answer.label) if answer.signer.tenant_id else None


def now_in_the_record(answer: FormAnswer) -> str:
    """What stands there today."""
    place, tenant = record_field_of(answer), answer.signer.tenant
    return str(getattr(tenant, place.field)) if place and tenant else ""


def accept(answer: FormAnswer, by: User | None = None) -> str:
    """Into the tenant's record. Raises ActionRefused when there is no place for it or it does not fit."""
    place, tenant_id = record_field_of(answer), answer.signer.tenant_id
    if place is None or tenant_id is None:
        raise ActionRefused(f"There is no field for “{answer.title}”. Keep it as a note on the lease.")
    try:
        value = place.clean(answer.value)
    except ValueError as error:
        raise ActionRefused(str(error)) from error
    with transaction.atomic():
        _decide(answer, Decision.ACCEPTED, by)
        tenant = Tenant.objects.select_for_update(no_key=True).get(pk=tenant_id)
        setattr(tenant, place.field, value)
        try:
            tenant.full_clean(validate_unique=False)
        except ValidationError as error:
            raise ActionRefused(f"“{answer.title}” does not fit: {' '.join(error.messages)}") from error
        tenant.save()
    return f"{answer.title}: {tenant.name}'s {place.words} is now “{answer.value}”."


def keep_as_note(answer: FormAnswer, by: User | None = None) -> str:
    """It stays readable on the lease's page."""
    with transaction.atomic():
        _decide(answer, Decision.NOTED, by)
    return f"{answer.title}: kept as a note on the lease."


def dismiss(answer: FormAnswer, by: User | None = None) -> str:
    """Nothing is made of it. The signed document still says it."""
    with transaction.atomic():
        _decide(answer, Decision.DISMISSED, by)
    return f"{answer.title}: dismissed. The signed document still says it."


def _decide(answer: FormAnswer, decision: str, by: User | None) -> None:
    """Once: two people who press at the same moment do not undo each other. Raises ActionRefused for the second."""
    undecided = FormAnswer.objects.filter(pk=answer.pk, decision="")
    if not undecided.update(decision=decision, decided_by=by, decided_at=timezone.now()):
        raise ActionRefused(f"“{answer.title}” was decided already.")
    answer.refresh_from_db()
    AuditEvent.record(
        answer.envelope.lease,
        f"answer.{decision}",
        f"“{answer.title}” of {answer.signer.name}: {answer.get_decision_display().lower()}.",
        actor=str(by or "system"),
        envelope=answer.envelope,
        key=f"answer:{answer.pk}",
    )
