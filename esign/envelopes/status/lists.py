"""The same judgement as SQL, for lists. Tests hold it together with `explain`."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import DurationField, ExpressionWrapper, F, IntegerField, Q
from django.db.models.functions import Cast
from django.utils import timezone

from esign.envelopes.status.explanation import BEFORE_SIGNERS, EXPIRES_SOON, FETCH_ATTEMPTS, UNTOUCHED
from esign.models import BulkState, Envelope, Role, Signer, State
from esign.models.envelope import IN_A_LIST, LIVE, PURPOSES_OF_THE_LEASE_ITSELF, WITH_SIGNERS, EnvelopeQuerySet
from esign.models.jobs import unclaimed
from esign.models.signer import SignerStatus
from leases.status import LeaseStatus


def stuck(envelopes: EnvelopeQuerySet, *, now: datetime | None = None) -> EnvelopeQuerySet:
    """Those of which `explain` says that a person had better look."""
    return envelopes.filter(pk__in=Envelope.objects.filter(_is_stuck(now or timezone.now())).values("pk"))


def _is_stuck(now: datetime) -> Q:
    free = unclaimed(now)
    cancelling = Q(cancel_asked_at__isnull=False, state__in=LIVE)
    moves = (Q(state__in=BEFORE_SIGNERS) & ~Q(state=State.DRAFTED, hold_draft=True)) | cancelling
    long_ago = now - UNTOUCHED
    untouched = Q(due_at__lt=long_ago) & (Q(claim_until__isnull=True) | Q(claim_until__lt=long_ago))
    held_up = moves & ~IN_A_LIST & free & (Q(connection__paused_until__gt=now) | untouched)
    out = Q(state__in=WITH_SIGNERS, cancel_asked_at__isnull=True)
    unfetched = Q(state=State.COMPLETED, download__done_at__isnull=True, download__attempt__gte=FETCH_ATTEMPTS)
    fetched = Q(state=State.COMPLETED, download__done_at__isnull=False)
    unexecuted = Q(
        purpose__in=PURPOSES_OF_THE_LEASE_ITSELF,
        lease__status=LeaseStatus.OUT_FOR_SIGNATURE,
        lease__version=F("lease_version"),
    )
    return (
        Q(state=State.NEEDS_ATTENTION) & (Q(cancel_asked_at__isnull=True) | Q(due_at__gt=now))
        | held_up
        | (IN_A_LIST & Q(bulk_send__state=BulkState.NEEDS_ATTENTION))
        | (out & Q(pk__in=_unreachable()))
        | unfetched
        | (fetched & (~Q(problem="") | unexecuted))
    )


def _unreachable() -> EnvelopeQuerySet:
    """Whose addresses answer by machine while it is their turn: earlier turns are over, later ones not asked yet."""
    bounced = Signer.objects.filter(status=SignerStatus.AUTORESPONDED).exclude(role=Role.CARBON_COPY)
    return Envelope.objects.filter(signers__in=bounced)


def being_sent(envelopes: EnvelopeQuerySet) -> EnvelopeQuerySet:
    """Those on their way to the signers: queued, or with a worker. A draft that is held back waits for a person."""
    on_their_way = envelopes.filter(state__in=BEFORE_SIGNERS, cancel_asked_at__isnull=True)
    return on_their_way.exclude(state=State.DRAFTED, hold_draft=True)


def expiring(envelopes: EnvelopeQuerySet, *, now: datetime | None = None) -> EnvelopeQuerySet:
    """Out for signature and at their end within EXPIRES_SOON."""
    # Cast: SQLite multiplies a duration by nothing but a plain integer.
    days = Cast("expires_after_days", IntegerField())
    lifetime = ExpressionWrapper(days * timedelta(days=1), output_field=DurationField())
    ends = ExpressionWrapper(F("sent_at") + lifetime, output_field=Envelope._meta.get_field("sent_at"))
    out = envelopes.filter(state__in=WITH_SIGNERS, cancel_asked_at__isnull=True).annotate(ends_at=ends)
    return out.filter(ends_at__lte=(now or timezone.now()) + EXPIRES_SOON).order_by("ends_at")
