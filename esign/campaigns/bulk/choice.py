"""Which way a run goes: by Bulk Send or one by one, why, and what each costs in calls and in time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from django.conf import settings
from django.db.models import Case, Count, F, Max, Min, OuterRef, QuerySet, Subquery, Value, When

from esign.campaigns.contents import texts_of
from esign.docusign import budget
from esign.docusign.budget import Lane
from esign.models import Batch, BatchLine, CampaignKind, Channel, DocusignConnection
from esign.models.bulk import MOST_COPIES, TOO_FEW
from leases.languages import common_language
from leases.models import LeaseParty, PartyRole

# Draft and send; and list, draft, test, send, two looks at the queue, one at the copies, list and draft deleted.
CALLS_ALONE, CALLS_A_LIST = 2, 9
DOCUMENT, TO_ALL = "notice_general", "notice.to_all"
# (one, more than one), for the channels by which Bulk Send cannot ask.
HOW_ASKED = {
    Channel.PORTAL: ("signs in the portal", "sign in the portal"),
    Channel.INVITED: ("signs in the portal", "sign in the portal"),
    Channel.SMS: ("is asked by text message", "are asked by text message"),
    Channel.EMAIL_SMS: ("is asked by text message, too", "are asked by text message, too"),
    Channel.OFFICE: ("signs at the office", "sign at the office"),
}


@dataclass(frozen=True)
class Ways:
    """Both ways for one run. `why_not`: why it cannot go in bulk, or need not; empty where it goes in bulk."""

    copies: int
    lists: int
    calls_in_bulk: int
    why_not: str

    @property
    def calls_alone(self) -> int:
        return self.copies * CALLS_ALONE

    def in_words(self) -> str:
        alone = f"{_calls(self.calls_alone)}, {_time_of(self.calls_alone)}"
        in_bulk = f"about {_calls(self.calls_in_bulk)}, {_time_of(self.calls_in_bulk)}"
        if self.why_not:
            return f"One by one ({alone}), because {self.why_not}. Bulk Send would take {in_bulk}."
        lists = f"{self.lists} list{'' if self.lists == 1 else 's'}"
        return f"Bulk Send: {lists}, {in_bulk}, instead of {alone}. Docusign sends the copies from a queue of its own."


@dataclass(frozen=True)
class Group:
    """Leases whose notice is the same document: of one property, language and number of tenants."""

    language: str
    copies: int

    @property
    def lists(self) -> int:
        return ceil(self.copies / MOST_COPIES) if self.copies > TOO_FEW else 0

    @property
    def calls(self) -> int:
        return self.lists * CALLS_A_LIST or self.copies * CALLS_ALONE


def choose(batch: Batch) -> None:
    """Write which way the run goes, once its plan is complete. A few statements, whatever the size."""
    if batch.sort != CampaignKind.GENERAL or not settings.BULK_SEND_ABOVE:
        return
    ways = ways_of(batch)
    batch.in_bulk, batch.way = not ways.why_not, ways.in_words()
    Batch.objects.filter(pk=batch.pk).update(in_bulk=batch.in_bulk, way=batch.way)


def ways_of(batch: Batch) -> Ways:
    """Of the leases that wait to be prepared and are not foretold to be skipped."""
    lines = batch.lines.filter(status=BatchLine.Status.PLANNED, foretold="")
    groups = list(_groups(lines))
    copies, lists = sum(group.copies for group in groups), sum(group.lists for group in groups)
    in_bulk = sum(group.calls for group in groups)
    if copies <= settings.BULK_SEND_ABOVE:
        why_not = f"Bulk Send is for more than {settings.BULK_SEND_ABOVE} leases (BULK_SEND_ABOVE)"
    elif unlike := _texts_of_one_lease(batch, groups):
        why_not = unlike
    elif others := _asked_otherwise(batch, lines):
        why_not = others
    elif in_bulk >= copies * CALLS_ALONE:
        why_not = "too few leases have the same notice"
    else:
        why_not = ""
    return Ways(copies, lists, in_bulk, why_not)


def _groups(lines: QuerySet[BatchLine]) -> Iterable[Group]:
    """One statement, and a row for each group."""
    tenants = LeaseParty.objects.filter(lease=OuterRef("lease"), role=PartyRole.TENANT).order_by().values("lease")
    spoken = {
        "number": Subquery(tenants.annotate(number=Count("pk")).values("number")),
        "first": Subquery(tenants.annotate(first=Min("tenant__language")).values("first")),
        "last": Subquery(tenants.annotate(last=Max("tenant__language")).values("last")),
    }
    home = {"home": F("lease__unit__property")}
    counted = lines.order_by().annotate(**home, **spoken).values("home", *spoken).annotate(copies=Count("pk"))
    for row in counted:
        yield Group(common_language([row["first"] or "", row["last"] or ""]), row["copies"])


def _texts_of_one_lease(batch: Batch, groups: Iterable[Group]) -> str:
    """The office's own text of a general notice may not know of a notice to all: it would name each lease."""
    texts = texts_of(batch)
    if all(
        TO_ALL in texts.find_all([DOCUMENT], language)[DOCUMENT].text
        for language in {group.language for group in groups}
    ):
        return ""
    return f"the office's own text of the general notice names each lease (it does not ask for {TO_ALL})"


def _asked_otherwise(batch: Batch, lines: QuerySet[BatchLine]) -> str:
    """Tenants who are not asked by Docusign's e-mail alone, counted by how they are. One statement."""
    chosen = When(lease__batch_lines__channel_chosen__gt="", then=F("lease__batch_lines__channel_chosen"))
    otherwise = Value(batch.channel) if batch.channel else F("tenant__preferred_channel")
    people = LeaseParty.objects.filter(role=PartyRole.TENANT, lease__batch_lines__in=lines.order_by())
    by_channel = people.annotate(asked=Case(chosen, default=otherwise)).exclude(asked=Channel.EMAIL)
    counted = by_channel.order_by("asked").values_list("asked").annotate(people=Count("pk"))
    said = [
        f"{people:,} tenant{'' if people == 1 else 's'} {HOW_ASKED[Channel(channel)][people != 1]}"
        for channel, people in counted
    ]
    return " and ".join(said)


def _calls(calls: int) -> str:
    return f"{calls:,} call{'' if calls == 1 else 's'}"


def _time_of(calls: int) -> str:
    """How long the budget of campaigns takes for so many calls."""
    hourly, _ = budget.limits(DocusignConnection.objects.default())
    minutes = calls * 60 / max(1.0, hourly * Lane.CAMPAIGN.share_of_hour)
    if minutes < 1:
        return "less than a minute"
    return f"about {minutes:.0f} min" if minutes < 90 else f"about {minutes / 60:.1f} h"
