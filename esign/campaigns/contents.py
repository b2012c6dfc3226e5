"""How a campaign asks people to sign: its channel and message, the texts of its plan, its times."""

from __future__ import annotations

from typing import Any

from esign.envelopes.send_options import SendOptions, SignerOptions
from esign.envelopes.template_texts import OfficeTexts
from esign.models import Batch, BatchLine
from esign.models.sending_hours import SendingHours
from leases.models import Lease
from leases.signers import required_signers


def texts_of(batch: Batch) -> OfficeTexts:
    """Those that were in force when the run was planned: a text published since waits for the next run."""
    return OfficeTexts(batch.template_texts)


def options_of(line: BatchLine) -> SendOptions:
    """The campaign's channel for tenants, or what staff chose for this lease; and its message."""
    channel = line.channel_chosen or line.batch.channel
    if not channel:
        return SendOptions(message=line.batch.message, acknowledge=line.batch.acknowledge)
    tenants = [signer.key for signer in required_signers(line.lease) if signer.role == "tenant"]
    return SendOptions(
        signers={key: SignerOptions(channel=channel) for key in tenants},
        message=line.batch.message,
        acknowledge=line.batch.acknowledge,
    )


def hours_of(batch: Batch, lease: Lease) -> dict[str, Any]:
    """The column of an envelope that says when people may be mailed; nothing where they may be at any time."""
    hours = SendingHours.of(batch, lease.unit.property)
    return {"sending_hours": hours.as_json()} if hours else {}


def times_of(batch: Batch) -> dict[str, Any]:
    """The columns of an envelope that differ from the signing times of its purpose."""
    wanted = {
        "expires_after_days": batch.expire_after_days,
        "remind_after_days": batch.remind_after_days,
        "remind_every_days": batch.remind_every_days,
    }
    return {name: days for name, days in wanted.items() if days is not None}
