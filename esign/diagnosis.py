"""“Why is this stuck?”: from an envelope's rows to where it stands, why, what happens by itself, and what to press.

`explain` reads and never writes or calls anybody. `stuck` is the same judgement as SQL, for lists; tests hold the
two together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import DurationField, ExpressionWrapper, F, IntegerField, Q, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.timesince import timesince

from esign.actions import Button, objection
from esign.models import Channel, DocumentFetch, Envelope, Purpose, Role, Signer, State, whose_turn
from esign.models.envelope import IN_FLIGHT, LIVE, PURPOSES_OF_THE_LEASE_ITSELF, WITH_SIGNERS, EnvelopeQuerySet
from esign.models.signer import TOLD_BY_DOCUSIGN, SignerStatus
from leases.status import LeaseStatus
from leases.wording import long_day

# The sweeper looks every 30 s: a row that stays due for this long has no worker.
UNTOUCHED = timedelta(minutes=5)
# Docusign's own warning to the signers goes out this long before the end.
EXPIRES_SOON = timedelta(days=5)
LONG_WAIT = timedelta(days=3)
FETCH_ATTEMPTS = 3

BEFORE_SIGNERS = (State.READY, State.CREATING, State.DRAFTED, State.SENDING)
NO_WORKER = "No worker has touched it, although it is due: none is running, or all have more than they can do."
START_WORKER = "Look at /readyz: if the worker is not well, start it again. Nothing is lost meanwhile."


# How somebody is asked to sign, within a sentence.
HOW = {
    Channel.PORTAL: "in our portal",
    Channel.EMAIL: "by Docusign e-mail",
    Channel.SMS: "by text message",
    Channel.EMAIL_SMS: "by e-mail and text message",
    Channel.INVITED: "by Docusign e-mail, into our portal",
    Channel.OFFICE: "in person at the office",
}


class Tone(StrEnum):
    GOOD = "good"
    WORKING = "working"  # a machine is at it
    WAITING = "waiting"  # people are at it
    OVER = "over"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Explanation:
    """Where an envelope stands. `at` is when `by_itself` happens; `stuck` means that a person had better look."""

    headline: str
    tone: Tone
    cause: str = ""
    by_itself: str = ""
    at: datetime | None = None
    advice: str = ""
    stuck: bool = False
    buttons: tuple[Button, ...] = ()


def explain(envelope: Envelope, *, now: datetime | None = None) -> Explanation:
    """Why the envelope is where it is. Reads its signers, reminders, fetch, connection and lease."""
    now = now or timezone.now()
    explanation = _explain(envelope, now)
    today = timezone.localdate(now)
    return replace(explanation, buttons=tuple(b for b in Button if not objection(envelope, b, today=today)))


def with_all_that_is_read(envelopes: QuerySet[Envelope]) -> QuerySet[Envelope]:
    """The same envelopes, with what `explain` reads at hand: lists stay at a fixed number of queries."""
    return envelopes.select_related("lease__unit__property", "connection", "fetch", "cancel_asked_by").prefetch_related(
        "signers", "reminders"
    )


def _explain(envelope: Envelope, now: datetime) -> Explanation:
    if envelope.cancel_asked_at and envelope.state in LIVE:
        return _cancelling(envelope, now)
    match envelope.state:
        case State.READY | State.DRAFTED:
            return _to_be_sent(envelope, now)
        case State.CREATING | State.SENDING:
            return _in_flight(envelope, now)
        case State.SENT | State.DELIVERED:
            return _with_signers(envelope, now)
        case State.COMPLETED:
            return _completed(envelope, now)
        case State.DECLINED:
            return _declined(envelope)
        case State.VOIDED:
            return _voided(envelope)
    return Explanation(
        headline="It needs somebody to decide",
        tone=Tone.BAD,
        cause=envelope.problem or "No cause was written down. The calls below show what Docusign answered.",
        by_itself="Nothing happens by itself.",
        advice=envelope.next_step or "Press “Try again”, or void it and send the lease anew.",
        stuck=True,
    )


# --- on the way to the signers ----------------------------------------------------------------------------


def _cancelling(envelope: Envelope, now: datetime) -> Explanation:
    out = envelope.state in WITH_SIGNERS
    by = f"{envelope.cancel_asked_by} asked" if envelope.cancel_asked_by else "It was asked"
    why = f"{by} to cancel it: {envelope.void_reason or 'no reason given'}"
    held = _held_up(envelope, now)
    if held is not None and held.tone != Tone.WORKING:
        return replace(held, headline="It is to be cancelled, but that waits", cause=f"{why}. {held.cause}")
    return Explanation(
        headline="It is being voided" if out else "It is being cancelled",
        tone=Tone.WORKING,
        cause=why,
        by_itself="A worker has Docusign void it and looks that it is done."
        if out
        else "A worker throws away what was drafted. Nobody has been asked to sign.",
        at=max(envelope.due_at, now),
    )


def _to_be_sent(envelope: Envelope, now: datetime) -> Explanation:
    if envelope.hold_draft and envelope.state == State.DRAFTED:
        return Explanation(
            headline="The draft is held back",
            tone=Tone.WAITING,
            cause="It lies at Docusign as a draft, to be looked at first. Nobody has been asked to sign.",
            by_itself="Nothing happens by itself.",
            advice="Press “Release” to send it.",
        )
    if (held := _held_up(envelope, now)) is not None:
        return held
    drafted = envelope.state == State.DRAFTED
    return Explanation(
        headline="It goes out in a moment" if drafted else "It is in the queue",
        tone=Tone.WORKING,
        cause="The draft is at Docusign." if drafted else "The documents are made and kept.",
        by_itself="A worker sends it to the signers." if drafted else "A worker drafts it at Docusign and sends it.",
        at=max(envelope.due_at, now),
    )


def _in_flight(envelope: Envelope, now: datetime) -> Explanation:
    if _is_claimed(envelope, now) and envelope.problem:
        return Explanation(
            headline="Docusign has not answered",
            tone=Tone.WARNING,
            cause=f"{envelope.problem} Whether it arrived there is not known yet.",
            by_itself="We ask Docusign what is there and go on from that. It cannot go out twice.",
            at=envelope.claim_until,
        )
    if (held := _held_up(envelope, now)) is not None:
        return held
    return Explanation(
        headline="It is being sent",
        tone=Tone.WORKING,
        cause="The last call to Docusign ended without a result that we know of.",
        by_itself="A worker asks Docusign what is there and goes on from that.",
        at=max(envelope.due_at, envelope.claim_until or now, now),
    )


def _held_up(envelope: Envelope, now: datetime) -> Explanation | None:
    """What keeps a row that a worker should move: a call that is out, the connection, a wait, or no worker at all."""
    if _is_claimed(envelope, now):
        return Explanation(
            headline="A worker is at it now",
            tone=Tone.WORKING,
            cause="A call to Docusign is out." if envelope.state in IN_FLIGHT else "A worker has taken it.",
            by_itself="The answer moves it on, usually within seconds. Should the worker die, another takes over.",
            at=envelope.claim_until,
        )
    paused_until = envelope.connection.paused_until
    if paused_until and paused_until > now:
        return Explanation(
            headline="The connection to Docusign does not work",
            tone=Tone.BAD,
            cause=envelope.connection.paused_because,
            by_itself="It is tried again, with everything else that waits.",
            at=paused_until,
            advice="An administrator can mend it on the page “Docusign connection”.",
            stuck=True,
        )
    if envelope.due_at > now:
        return Explanation(
            headline="It waits for a better moment" if envelope.problem else "It is not due yet",
            tone=Tone.WAITING,
            cause=envelope.problem or "It is planned for later.",
            by_itself="It goes on by itself.",
            at=envelope.due_at,
        )
    if _is_untouched(envelope, now):
        return Explanation(
            headline="No worker is taking it",
            tone=Tone.BAD,
            cause=f"{NO_WORKER} It has been due for {_long(_free_since(envelope), now)}.",
            by_itself="It goes on as soon as a worker runs.",
            advice=START_WORKER,
            stuck=True,
        )
    return None


def _is_claimed(envelope: Envelope, now: datetime) -> bool:
    return envelope.claim_until is not None and envelope.claim_until >= now


def _free_since(envelope: Envelope) -> datetime:
    return max(envelope.due_at, envelope.claim_until or envelope.due_at)


def _is_untouched(envelope: Envelope, now: datetime) -> bool:
    return _free_since(envelope) < now - UNTOUCHED


# --- out for signature ------------------------------------------------------------------------------------


def _with_signers(envelope: Envelope, now: datetime) -> Explanation:
    signers = list(envelope.signers.all())
    turn = whose_turn(signers)
    unreachable = [signer for signer in turn if signer.status == SignerStatus.AUTORESPONDED]
    if unreachable:
        where = get_text_list([f"{s.name} at {s.email or s.phone}" for s in unreachable], "and")
        return Explanation(
            headline=f"{_names(unreachable)} could not be reached",
            tone=Tone.BAD,
            cause=f"Docusign's mail to {where} came back. {unreachable[0].problem}".strip(),
            by_itself="Nothing happens by itself until the envelope expires.",
            at=envelope.expires_at,
            advice="Correct the address of that person, void this envelope and send the lease again.",
            stuck=True,
        )
    if not turn:
        return Explanation(
            headline="Everybody has acted",
            tone=Tone.WORKING,
            cause="The last signature is in; Docusign is finishing the envelope.",
            by_itself="Docusign's news arrives, or we ask for it within a quarter of an hour.",
        )
    return _waiting_for(envelope, signers, turn, now)


def _waiting_for(envelope: Envelope, signers: list[Signer], turn: list[Signer], now: datetime) -> Explanation:
    since = min(_asked_at(envelope, signers, signer) or now for signer in turn)
    expires_at = envelope.expires_at
    soon = expires_at is not None and expires_at - now <= EXPIRES_SOON
    waiting = Explanation(
        headline=f"Waiting for {_names(turn)}",
        tone=Tone.WARNING if soon else Tone.WAITING,
        cause=" ".join(_how_far(envelope, signers, signer, now) for signer in turn),
        by_itself=_reminders(turn),
        at=expires_at,
        advice="Remind them, or ring them up." if now - since >= LONG_WAIT else "",
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
            advice="Send the lease again when it comes back as a draft.",
        )
    return replace(waiting, headline=f"{waiting.headline}, and it {left}", advice="Remind them, or ring them up today.")


def _how_far(envelope: Envelope, signers: list[Signer], signer: Signer, now: datetime) -> str:
    asked = _asked_at(envelope, signers, signer)
    since = f" {_long(asked, now)} ago" if asked else ""
    where = HOW[Channel(signer.channel)]
    if signer.status == SignerStatus.DELIVERED:
        return f"{signer.name} was asked {where}{since} and has opened the documents, but not signed."
    return f"{signer.name} was asked {where}{since} and has not opened the documents."


def _reminders(turn: list[Signer]) -> str:
    if not any(signer.channel in TOLD_BY_DOCUSIGN for signer in turn):
        return "Docusign does not remind people who sign in our portal or here. Unsigned, the envelope expires."
    return "Docusign reminds them every three days. Unsigned, the envelope expires."


def _asked_at(envelope: Envelope, signers: list[Signer], signer: Signer) -> datetime | None:
    """When this person's turn came: Docusign's own time, else when the last one before them signed."""
    before = [other.signed_at for other in signers if other.routing_order < signer.routing_order]
    return signer.sent_at or max(filter(None, before), default=envelope.sent_at)


# --- over -------------------------------------------------------------------------------------------------


def _completed(envelope: Envelope, now: datetime) -> Explanation:
    errand: DocumentFetch | None = getattr(envelope, "fetch", None)
    if errand is None or errand.done_at is None:
        return _fetching(errand, now)
    lease = envelope.lease
    unexecuted = (
        envelope.purpose in PURPOSES_OF_THE_LEASE_ITSELF
        and lease.status == LeaseStatus.OUT_FOR_SIGNATURE
        and lease.version == envelope.lease_version
    )
    if envelope.problem or unexecuted:
        return Explanation(
            headline="Everybody signed, but the lease is not executed",
            tone=Tone.BAD,
            cause=envelope.problem or f"Lease {lease.number} still waits for signatures that are in already.",
            by_itself="Nothing happens by itself.",
            advice=envelope.next_step
            or "Compare the signed document with the lease, and the signers with its parties.",
            stuck=True,
        )
    if envelope.purpose == Purpose.NOTICE:
        return Explanation(
            headline="Delivered to everybody",
            tone=Tone.GOOD,
            cause="Everybody has opened it. The documents and the certificate, which says when, are kept.",
        )
    stage = lease.get_status_display().lower()
    starts = lease.status == LeaseStatus.EXECUTED
    return Explanation(
        headline="Signed by everybody",
        tone=Tone.GOOD,
        cause=f"The signed documents and the certificate are kept. Lease {lease.number} is {stage}.",
        by_itself=f"The lease becomes active on its first day, {long_day(lease.start_date)}." if starts else "",
    )


def _fetching(errand: DocumentFetch | None, now: datetime) -> Explanation:
    if errand is None or not errand.attempt:
        return Explanation(
            headline="Signed by everybody; the documents are on their way",
            tone=Tone.WORKING,
            cause=(errand.last_error if errand else "") or "Everybody has signed.",
            by_itself="A worker fetches the signed documents and the certificate; then the lease is executed.",
            at=max(errand.due_at, now) if errand else None,
        )
    often = errand.attempt >= FETCH_ATTEMPTS
    return Explanation(
        headline="Signed by everybody, but the documents are not here yet",
        tone=Tone.BAD if often else Tone.WARNING,
        cause=f"Fetching them failed {errand.attempt} time{'s' if errand.attempt > 1 else ''}. {errand.last_error}",
        by_itself="It is tried again, ever more rarely. The lease is executed when they are here.",
        at=max(errand.due_at, now),
        advice="Look whether the documents can be opened in Docusign; if so, wait." if often else "",
        stuck=often,
    )


def _declined(envelope: Envelope) -> Explanation:
    who = next((s for s in envelope.signers.all() if s.status == SignerStatus.DECLINED), None)
    reason = (who.declined_reason if who else "") or "no reason given"
    return Explanation(
        headline=f"{who.name if who else 'A signer'} declined to sign",
        tone=Tone.OVER,
        cause=f"The reason: {reason}",
        advice=f"Talk to them. Lease {envelope.lease.number} can be changed and sent again, as a new version."
        if envelope.purpose in PURPOSES_OF_THE_LEASE_ITSELF
        else "Talk to them, and send a new one if it is still wanted.",
    )


def _voided(envelope: Envelope) -> Explanation:
    reason = envelope.void_reason or "no reason given"
    sent = envelope.sent_at is not None
    return Explanation(
        headline="Voided" if sent else "Cancelled before anybody was asked",
        tone=Tone.OVER,
        cause=f"The reason: {reason}",
        advice=f"Lease {envelope.lease.number} can be changed and sent again, as a new version."
        if envelope.lease.status == LeaseStatus.DRAFT
        else "",
    )


# --- the same as SQL --------------------------------------------------------------------------------------


def stuck(envelopes: EnvelopeQuerySet, *, now: datetime | None = None) -> EnvelopeQuerySet:
    """Those of which `explain` says that a person had better look."""
    return envelopes.filter(pk__in=Envelope.objects.filter(_is_stuck(now or timezone.now())).values("pk"))


def _is_stuck(now: datetime) -> Q:
    free = Q(claim_until__isnull=True) | Q(claim_until__lt=now)
    cancelling = Q(cancel_asked_at__isnull=False, state__in=LIVE)
    moves = (Q(state__in=BEFORE_SIGNERS) & ~Q(state=State.DRAFTED, hold_draft=True)) | cancelling
    long_ago = now - UNTOUCHED
    untouched = Q(due_at__lt=long_ago) & (Q(claim_until__isnull=True) | Q(claim_until__lt=long_ago))
    held_up = moves & free & (Q(connection__paused_until__gt=now) | untouched)
    out = Q(state__in=WITH_SIGNERS, cancel_asked_at__isnull=True)
    unfetched = Q(state=State.COMPLETED, fetch__done_at__isnull=True, fetch__attempt__gte=FETCH_ATTEMPTS)
    fetched = Q(state=State.COMPLETED, fetch__done_at__isnull=False)
    unexecuted = Q(
        purpose__in=PURPOSES_OF_THE_LEASE_ITSELF,
        lease__status=LeaseStatus.OUT_FOR_SIGNATURE,
        lease__version=F("lease_version"),
    )
    return (
        Q(state=State.NEEDS_ATTENTION, cancel_asked_at__isnull=True)
        | held_up
        | (out & Q(pk__in=_unreachable()))
        | unfetched
        | (fetched & (~Q(problem="") | unexecuted))
    )


def _unreachable() -> EnvelopeQuerySet:
    """Whose addresses answer by machine while it is their turn: earlier turns are over, later ones not asked yet."""
    bounced = Signer.objects.filter(status=SignerStatus.AUTORESPONDED).exclude(role=Role.CARBON_COPY)
    return Envelope.objects.filter(signers__in=bounced)


def expiring(envelopes: EnvelopeQuerySet, *, now: datetime | None = None) -> EnvelopeQuerySet:
    """Out for signature and at their end within EXPIRES_SOON."""
    # Cast: SQLite multiplies a duration by nothing but a plain integer.
    days = Cast("expires_after_days", IntegerField())
    lifetime = ExpressionWrapper(days * timedelta(days=1), output_field=DurationField())
    ends = ExpressionWrapper(F("sent_at") + lifetime, output_field=Envelope._meta.get_field("sent_at"))
    out = envelopes.filter(state__in=WITH_SIGNERS, cancel_asked_at__isnull=True).annotate(ends_at=ends)
    return out.filter(ends_at__lte=(now or timezone.now()) + EXPIRES_SOON).order_by("ends_at")


def _names(signers: list[Signer]) -> str:
    return str(get_text_list([signer.name for signer in signers], "and"))


def _long(start: datetime, end: datetime) -> str:
    """“3 days”; “a moment” for what is under a minute."""
    if end - start < timedelta(minutes=1):
        return "a moment"
    return timesince(start, end, depth=1).replace("\xa0", " ")
