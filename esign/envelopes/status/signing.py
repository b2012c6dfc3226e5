"""Where an envelope stands that is out for signature: whose turn it is, since when, until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.template.defaultfilters import pluralize
from django.utils import timezone
from django.utils.text import get_text_list

from esign.envelopes.status.explanation import EXPIRES_SOON, LONG_WAIT, Explanation, Tone, how_long, names
from esign.models import Channel, Envelope, Signer, whose_turn
from esign.models.envelope import PURPOSES_OF_THE_LEASE_ITSELF
from esign.models.signer import SignerStatus

# How somebody is asked to sign, within a sentence.
HOW = {
    Channel.PORTAL: "in our portal",
    Channel.EMAIL: "by Docusign e-mail",
    Channel.SMS: "by text message",
    Channel.EMAIL_SMS: "by e-mail and text message",
    Channel.INVITED: "by Docusign e-mail, into our portal",
    Channel.OFFICE: "in person at the office",
}


def with_signers(envelope: Envelope, now: datetime) -> Explanation:
    """Out for signature: whose turn it is, or who could not be reached."""
    signers = list(envelope.signers.all())
    turn = whose_turn(signers)
    what = envelope.get_purpose_display().lower()
    unreachable = [signer for signer in turn if signer.status == SignerStatus.AUTORESPONDED]
    if unreachable:
        where = get_text_list([f"{s.name} at {s.email or s.phone}" for s in unreachable], "and")
        return Explanation(
            headline=f"{names(unreachable)} could not be reached",
            tone=Tone.BAD,
            cause=f"Docusign's mail to {where} came back. {unreachable[0].problem}".strip(),
            by_itself="Nothing happens by itself until the envelope expires.",
            at=envelope.expires_at,
            advice="Press “Correct” beside the name and give the right address: they are asked there, and what others "
            f"signed stays. If they have none, void this envelope and send the {what} again by another way.",
            stuck=True,
        )
    if not turn:
        return Explanation(
            headline="Everyone has acted",
            tone=Tone.WORKING,
            cause="The last signature is in; Docusign is finishing the envelope.",
            by_itself="Docusign's message arrives, or we ask for it within a quarter of an hour.",
        )
    return _waiting_for(envelope, signers, turn, now)


def _waiting_for(envelope: Envelope, signers: list[Signer], turn: list[Signer], now: datetime) -> Explanation:
    since = min(_asked_at(envelope, signers, signer) or now for signer in turn)
    expires_at = envelope.expires_at
    soon = expires_at is not None and expires_at - now <= EXPIRES_SOON
    waiting = Explanation(
        headline=f"Waiting for {names(turn)}",
        tone=Tone.WARNING if soon else Tone.WAITING,
        cause=" ".join(_how_far(envelope, signers, signer, now) for signer in turn),
        by_itself=_reminders(envelope, turn),
        at=expires_at,
        advice="Remind them, or call them." if now - since >= LONG_WAIT else "",
    )
    if not soon or expires_at is None:
        return waiting
    days = (timezone.localdate(expires_at) - timezone.localdate(now)).days
    left = f"expires in {days} day{'s' if days > 1 else ''}" if days > 0 else "expires today"
    if expires_at <= now:
        return replace(
            waiting,
            headline="Its time is over",
            by_itself="Docusign voids it, and we hear of it within a quarter of an hour of that.",
            advice="Send the lease again when it comes back as a draft."
            if envelope.purpose in PURPOSES_OF_THE_LEASE_ITSELF
            else f"Send the {envelope.get_purpose_display().lower()} again, if it is still wanted.",
        )
    return replace(waiting, headline=f"{waiting.headline}, and it {left}", advice="Remind them, or call them today.")


def _how_far(envelope: Envelope, signers: list[Signer], signer: Signer, now: datetime) -> str:
    asked = _asked_at(envelope, signers, signer)
    since = f" {how_long(asked, now)} ago" if asked else ""
    where = HOW[Channel(signer.channel)]
    if signer.status == SignerStatus.DELIVERED:
        return f"{signer.name} was asked {where}{since} and has opened the documents, but not signed."
    return f"{signer.name} was asked {where}{since} and has not opened the documents."


def _reminders(envelope: Envelope, turn: list[Signer]) -> str:
    """Docusign reminds those it writes to, we those of our portal, both by the times on the envelope."""
    end = f"{'Unsigned' if any(signer.must_sign for signer in turn) else 'Unopened'}, the envelope expires."
    if all(signer.is_in_person for signer in turn):
        return f"No one is reminded by mail of signing at the office. {end}"
    if not envelope.remind_after_days:
        return f"No reminders go out by themselves. {end}"
    first = f"after {envelope.remind_after_days} day{pluralize(envelope.remind_after_days)}"
    every = f", then every {envelope.remind_every_days} days" if envelope.remind_every_days > 1 else ""
    if envelope.remind_every_days == 1:
        every = ", then every day"
    return f"They are reminded {first}{every}. {end}"


def _asked_at(envelope: Envelope, signers: list[Signer], signer: Signer) -> datetime | None:
    """When this person's turn came: Docusign's own time, else when the last one before them signed."""
    before = [other.signed_at for other in signers if other.routing_order < signer.routing_order]
    return signer.sent_at or max(filter(None, before), default=envelope.sent_at)
