"""Something done to many envelopes: each line of such a run does it to its envelope, once.

A worker that dies over a line leaves it to another, which must not do it again. To void and to replace is written
together with the line; the others leave a trace that is looked for first: the reminder of this run, the new end, the
documents that are here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from esign.campaigns.steering import NotYet
from esign.docusign.budget import Lane
from esign.envelopes import actions, downloads, expiry, replacement
from esign.envelopes.action_rules import ActionRefused, ActionResult
from esign.models import (
    BatchLine,
    CampaignKind,
    Channel,
    DownloadJob,
    Envelope,
    EnvelopeDocument,
    Signer,
    State,
)
from esign.models.envelope import LIVE, PURPOSES_OF_THE_LEASE_ITSELF, WITH_SIGNERS
from esign.models.signer import TOLD_BY_DOCUSIGN, SignerStatus

OUT = Q(state__in=WITH_SIGNERS, cancel_asked_at__isnull=True)
# Of which envelopes each can be done at all; what else keeps one from it is said on its line.
CAN_BE = {
    CampaignKind.REMIND: OUT,
    CampaignKind.EXTEND: OUT,
    CampaignKind.VOID: Q(state__in=LIVE, cancel_asked_at__isnull=True),
    CampaignKind.REPLACE: Q(
        purpose__in=PURPOSES_OF_THE_LEASE_ITSELF, replace_asked_at__isnull=True, replaced_by__isnull=True
    )
    & ~Q(state=State.COMPLETED)
    & (Q(cancel_asked_at__isnull=True) | ~Q(state__in=LIVE)),
    CampaignKind.DOWNLOAD: Q(state=State.COMPLETED),
}
WHY_NOT = {
    CampaignKind.REMIND: "not out for signature",
    CampaignKind.EXTEND: "not out for signature",
    CampaignKind.VOID: "signed by everyone, or over already",
    CampaignKind.REPLACE: "signed by everyone, replaced already, or no lease",
    CampaignKind.DOWNLOAD: "not signed by everyone",
}
# The rights that a person needs for one envelope, they need for many.
RIGHTS = {
    CampaignKind.REMIND: ("esign.send_envelope",),
    CampaignKind.EXTEND: ("esign.send_envelope",),
    CampaignKind.VOID: ("esign.void_envelope",),
    CampaignKind.REPLACE: ("esign.send_envelope", "esign.void_envelope"),
    CampaignKind.DOWNLOAD: ("esign.view_envelopedocument",),
}


class TryAgain(Exception):
    """It is unknown whether it was done, and to do it twice changes nothing."""


def rights_for(kind: CampaignKind) -> tuple[str, ...]:
    """What it takes to start such a run, and to steer it."""
    return RIGHTS.get(kind, ("esign.send_envelope",))


# --- one line ---------------------------------------------------------------------------------------------


def _remind(line: BatchLine, envelope: Envelope) -> ActionResult:
    by = line.batch.started_by
    before = actions.reminded_since(envelope, line.batch.started_at, by)
    return before or actions.resend(envelope, by, lane=Lane.CAMPAIGN)


def _extend(line: BatchLine, envelope: Envelope) -> ActionResult:
    until = line.batch.until
    if until is None:
        raise ActionRefused("No day was given. Start it once more.")
    if until == expiry.last_day(envelope) and not expiry.objection(envelope):
        return ActionResult(f"{envelope}: it ends on that day.")
    result = expiry.extend(envelope, until, line.batch.started_by, lane=Lane.CAMPAIGN)
    if not result.sure:
        raise TryAgain(result.text)
    return result


def _void(line: BatchLine, envelope: Envelope) -> ActionResult:
    return actions.void(envelope, line.batch.text, line.batch.started_by, is_one_of_many=True)


def _replace(line: BatchLine, envelope: Envelope) -> ActionResult:
    return replacement.ask_to_replace(envelope, line.batch.text, line.batch.started_by, is_one_of_many=True)


def _download(line: BatchLine, envelope: Envelope) -> ActionResult:
    """Raises NotYet while another worker fetches them, or Docusign cannot be asked now."""
    if envelope.state != State.COMPLETED:
        raise ActionRefused(f"{envelope} is not signed by everyone, so there is nothing to fetch.")
    DownloadJob.objects.get_or_create(envelope=envelope)
    downloads.download_documents(envelope.pk, lane=Lane.CAMPAIGN)
    job = DownloadJob.objects.get(envelope=envelope)
    if job.done_at is None:
        raise NotYet(job.last_error or "Another worker is fetching them.", until=job.due_at)
    here = envelope.documents.exclude(kind=EnvelopeDocument.Kind.SENT).count()
    return ActionResult(f"{envelope}: {here} document{'' if here == 1 else 's'} here.")


ACT: dict[CampaignKind, Callable[[BatchLine, Envelope], ActionResult]] = {
    CampaignKind.REMIND: _remind,
    CampaignKind.EXTEND: _extend,
    CampaignKind.VOID: _void,
    CampaignKind.REPLACE: _replace,
    CampaignKind.DOWNLOAD: _download,
}
# What only writes rows is written in one transaction with its line.
ONLY_ROWS = (CampaignKind.VOID, CampaignKind.REPLACE)
# After these a worker has something to do with the envelope: a call, or a mail of ours.
GOES_ON = (CampaignKind.REMIND, CampaignKind.VOID, CampaignKind.REPLACE)


def act(line: BatchLine) -> str:
    """Do it to the envelope of this line. Answers what came of it. Raises ActionRefused, NotYet, TryAgain."""
    found = BatchLine.objects.select_related("envelope__connection", "envelope__lease__unit__property")
    envelope = found.get(pk=line.pk).envelope
    if envelope is None:
        raise ActionRefused("It names no envelope.")
    said = ACT[line.batch.sort](line, envelope).text.removeprefix(f"{envelope}: ")
    return said[:1].upper() + said[1:]


# --- what it comes to -------------------------------------------------------------------------------------


def can_be(kind: CampaignKind, envelopes: QuerySet[Envelope]) -> QuerySet[Envelope]:
    """Those of `envelopes` to which this can be done."""
    return envelopes.filter(CAN_BE[kind])


@dataclass(frozen=True)
class Cost:
    """What it takes to do something to all of these: calls to Docusign, envelopes of the plan, people who are told."""

    calls: int
    envelopes: int = 0
    told_by_docusign: int = 0
    told_by_us: int = 0


def cost(kind: CampaignKind, envelopes: QuerySet[Envelope]) -> Cost:
    """At most, as things stand. Two statements, whatever the number."""
    pks = envelopes.order_by().values("pk")
    asked = Signer.objects.filter(envelope__in=pks, envelope__state__in=WITH_SIGNERS)
    if kind == CampaignKind.REMIND:  # those whose turn it is
        asked = asked.filter(status__in=(SignerStatus.SENT, SignerStatus.DELIVERED))
    elif kind in (CampaignKind.VOID, CampaignKind.REPLACE):
        asked = asked.exclude(status=SignerStatus.CREATED)
    else:
        asked = asked.none()
    by_docusign = Q(channel__in=TOLD_BY_DOCUSIGN)
    people = asked.aggregate(
        theirs=Count("pk", filter=by_docusign),
        ours=Count("pk", filter=Q(channel=Channel.PORTAL)),
        envelopes=Count("envelope", filter=by_docusign, distinct=True),
    )
    counts = Envelope.objects.filter(pk__in=pks).aggregate(
        all=Count("pk"),
        there=Count("pk", filter=Q(docusign_id__isnull=False, state__in=LIVE)),
        not_here=Count("pk", filter=Q(download__isnull=True) | Q(download__done_at__isnull=True)),
    )
    calls = {
        CampaignKind.REMIND: people["envelopes"],
        CampaignKind.EXTEND: counts["all"],
        CampaignKind.VOID: counts["there"],
        CampaignKind.REPLACE: counts["there"] + 2 * counts["all"],  # the void; the draft and its sending
        CampaignKind.DOWNLOAD: counts["not_here"],
    }[kind]
    return Cost(calls, counts["all"] if kind == CampaignKind.REPLACE else 0, people["theirs"], people["ours"])
