"""What signers filled in becomes proposals to the office, whichever way it came."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from esign.docusign.answers import FormValue
from esign.models import AuditEvent, Envelope, FormAnswer, FormDataJob


def propose(envelope: Envelope, values: Iterable[FormValue]) -> None:
    """Keep each value of a field that a signer was asked to fill in, once, and call the reading done."""
    asked = envelope.filled_in_by_signers()
    if not asked:
        return
    signers = {signer.recipient_id: signer for signer in envelope.signers.all()}
    with transaction.atomic():
        labels = []
        for value in values:
            signer = signers.get(value.recipient_id)
            if signer is None or not value.value or (signer.key, value.label) not in asked:
                continue
            _, is_new = FormAnswer.objects.get_or_create(
                envelope=envelope, signer=signer, label=value.label, defaults={"value": value.value}
            )
            labels += [f"{signer.key}: {value.label}"] if is_new else []
        done = {"done_at": timezone.now(), "claim_token": None, "claim_until": None, "last_error": ""}
        FormDataJob.objects.update_or_create(envelope=envelope, defaults=done)
        if labels:
            AuditEvent.record(
                envelope.lease,
                "answers.read",
                f"What signers filled in was read: {len(labels)} to be reviewed. ({envelope})",
                envelope=envelope,
                key=f"{envelope.pk}:answers-read",
                fields=labels,  # which, not what: the chain is kept for ever
            )
