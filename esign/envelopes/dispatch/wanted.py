"""Whether a draft should still go out: what happened to its lease since it was frozen."""

from __future__ import annotations

from esign.models import Envelope, Notice, Purpose
from esign.models.envelope import ENDED
from leases.dates import long_day
from leases.status import LeaseStatus


def no_longer_wanted(envelope: Envelope) -> str:
    """Why no one should be asked to sign this any more; empty if it may go out.

    A renewal waits between its draft and its release, and its lease can end meanwhile. One that a campaign offers is
    also stopped by a notice to vacate; staff who send a renewal by hand have seen the notice.
    """
    previous = envelope.lease.previous_lease if envelope.purpose == Purpose.RENEWAL else None
    if previous is None:
        return ""
    if previous.status != LeaseStatus.ACTIVE:
        stage = previous.get_status_display().lower()
        return f"Lease {previous.number}, which this renews, is {stage}: the offer was not sent."
    if envelope.in_campaign:
        leaving = Notice.objects.filter(envelope__lease=previous, kind=Notice.Kind.VACATE)
        if (notice := leaving.exclude(envelope__state__in=ENDED).first()) is not None:
            day = long_day(notice.effective)
            return f"A notice to vacate lease {previous.number} by {day} was given: the offer was not sent."
    return ""
