"""The monthly cap: how many envelopes one connection may send in a calendar month.

A plan counts an envelope when it is sent; drafts are free. Our rows tell how many a month has used: those that were
sent in it, whatever became of them, and those that are being sent. Each sending takes its place under a lock on the
row of its connection: counting and claiming are one transaction, so that no two workers, on whatever host, take the
same last place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from esign.models import DocusignConnection, Envelope, State
from propertyapp.milestones import reach

WARN_FROM = 0.8
# What an envelope says that waits for a place; `let_go` finds it by this.
REACHED = "The envelopes that the plan allows for this month are used up."


@dataclass(frozen=True)
class MonthlyUse:
    """What a connection has used of a month. `cap` 0: there is none. `next_month` is when the month ends."""

    cap: int
    used: int
    is_lifted: bool
    next_month: datetime

    @property
    def left(self) -> int | None:
        """Envelopes that may still be sent; None: any number."""
        return max(0, self.cap - self.used) if self.cap and not self.is_lifted else None

    @property
    def percent(self) -> int:
        return 100 * self.used // self.cap if self.cap else 0

    @property
    def is_reached(self) -> bool:
        return self.left == 0

    @property
    def is_near(self) -> bool:
        """A person had better know."""
        return bool(self.cap) and self.used >= WARN_FROM * self.cap

    @property
    def tone(self) -> str:
        return "bad" if self.is_reached else "warning" if self.is_near else "working"

    @property
    def ends(self) -> str:
        """The day on which the next month begins, by the company's calendar."""
        return date_format(self.next_month, "F j")

    @property
    def next_step(self) -> str:
        """Of an envelope that waits for a place."""
        return (
            f"It goes on by itself on {self.ends}, when the next month begins. To send it sooner, an administrator can "
            "lift the cap for this month on the page “Docusign connection”."
        )


class CapReached(Exception):
    """The month has no place left, or too few."""

    def __init__(self, use: MonthlyUse) -> None:
        super().__init__(REACHED)
        self.use = use


@contextmanager
def place(connection: DocusignConnection, count: int = 1) -> Iterator[None]:
    """Take a place for each of so many envelopes, which are claimed inside. Raises CapReached."""
    if not cap_of(connection):
        yield
        return
    with transaction.atomic():
        use = use_of(DocusignConnection.objects.select_for_update(no_key=True).get(pk=connection.pk))
        if use.left is not None and use.left < count:
            raise CapReached(use)
        reach("place-found", connection_id=connection.pk)
        yield


def use_of(connection: DocusignConnection) -> MonthlyUse:
    """What this connection has used of this month. One statement."""
    sent, sending = _sent(Q(connection=connection)), _sending(Q(connection=connection))
    return _use(connection, sent.values("pk").union(sending.values("pk"), all=True).count())


def near(connections: QuerySet[DocusignConnection]) -> list[tuple[DocusignConnection, MonthlyUse]]:
    """Those of the connections of whose month a person had better know. At most three statements."""
    capped = [connection for connection in connections if cap_of(connection)]
    if not capped:
        return []
    these = Q(connection__in=capped)
    used: dict[int, int] = {}
    for rows in (_sent(these), _sending(these)):
        counted: Iterable[Any] = rows.values_list("connection").annotate(Count("pk"))
        for pk, count in counted:
            used[pk] = used.get(pk, 0) + count
    uses = [(connection, _use(connection, used.get(connection.pk, 0))) for connection in capped]
    return [(connection, use) for connection, use in uses if use.is_near]


def lift(connection: DocusignConnection, by: User) -> bool:
    """No cap for the rest of this month; what waited for a place goes on. False: it was lifted before."""
    month, now = _month(), timezone.now()
    not_yet = DocusignConnection.objects.filter(pk=connection.pk).exclude(cap_lifted_for=month)
    if not not_yet.update(cap_lifted_for=month, cap_lifted_by=by, cap_lifted_at=now):
        return False
    let_go()
    return True


def waiting(connection: DocusignConnection) -> int:
    """How many envelopes wait for a place."""
    return _held().filter(connection=connection).count()


def let_go() -> None:
    """What waits for a place goes on where there is one, people before campaigns.

    The cap was lifted or raised, or a sending came to nothing.
    """
    now = timezone.now()
    for pk in _held().order_by().values_list("connection", flat=True).distinct():
        left = use_of(DocusignConnection.objects.get(pk=pk)).left
        first = _held().filter(connection=pk).order_by("in_campaign", "created_at").values("pk")[:left]
        if left != 0:
            Envelope.objects.filter(pk__in=first).update(due_at=now, problem="", next_step="", updated_at=now)


def _held() -> QuerySet[Envelope]:
    """Envelopes without a place in this month: they are due when the next one begins."""
    return Envelope.objects.filter(state=State.DRAFTED, due_at=_next_month(), problem=REACHED)


def cap_of(connection: DocusignConnection) -> int:
    """The number of its own, else that of the setting. 0: there is none."""
    own = connection.monthly_envelopes
    return int(settings.DOCUSIGN_MONTHLY_ENVELOPES) if own is None else own


def _use(connection: DocusignConnection, used: int) -> MonthlyUse:
    return MonthlyUse(cap_of(connection), used, connection.cap_lifted_for == _month(), _next_month())


def _sent(which: Q) -> QuerySet[Envelope]:
    return Envelope.objects.filter(which, sent_at__gte=_midnight(_month())).order_by()


def _sending(which: Q) -> QuerySet[Envelope]:
    """Out of our hands, and not known to be out."""
    unsent = Q(sent_at__isnull=True) | Q(sent_at__lt=_midnight(_month()))
    return Envelope.objects.filter(which, unsent, state=State.SENDING).order_by()


def _month() -> date:
    """The first day of this month where the company is, whatever zone a member of staff looks from."""
    return timezone.localdate(timezone=timezone.get_default_timezone()).replace(day=1)


def _next_month() -> datetime:
    return _midnight(_month() + relativedelta(months=1))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())
