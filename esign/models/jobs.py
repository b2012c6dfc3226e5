"""The one way a worker takes a row: a claim with a token and an end, and a job that can be tried again.

A claim is one conditional UPDATE that is committed before the work begins. The worker writes its outcome only while
the token on the row is still its own, so a worker that comes back late overwrites nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

LONGEST_WAIT = timedelta(hours=6)


def unclaimed(now: datetime | None = None) -> Q:
    """Rows that no worker holds: never claimed, or the claim has expired."""
    return Q(claim_until__isnull=True) | Q(claim_until__lt=now or timezone.now())


def claim_length() -> timedelta:
    """How long a claim lasts: longer than a worker may take for one task."""
    return timedelta(seconds=settings.DISPATCH_CLAIM_SECONDS)


class Claimable(models.Model):
    """A row that one worker at a time may hold."""

    claim_token = models.UUIDField(null=True, blank=True, editable=False)
    claim_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_claimed(self) -> bool:
        """A worker holds the row now."""
        return self.claim_until is not None and self.claim_until >= timezone.now()

    @classmethod
    def take(cls, rows: models.QuerySet[Any], length: timedelta | None = None, **changes: Any) -> uuid.UUID | None:
        """Claim the one row of `rows`, and write `changes` with the claim. None: it is held, or no row matches."""
        now, token = timezone.now(), uuid.uuid4()
        taken = rows.filter(unclaimed(now)).update(
            claim_token=token, claim_until=now + (length or claim_length()), **changes
        )
        return token if taken else None

    @classmethod
    def give_back(cls, pk: Any, token: uuid.UUID, **changes: Any) -> bool:
        """Write `changes` and end the claim, in one statement. False: the claim was lost, and nothing is written."""
        held = cls._default_manager.filter(pk=pk, claim_token=token)
        return bool(held.update(claim_token=None, claim_until=None, **changes))


class JobQuerySet(models.QuerySet[Any]):
    """Jobs by what is left to do."""

    def open(self) -> Self:
        return self.filter(done_at__isnull=True)

    def due(self) -> Self:
        """Open jobs whose time has come and that no worker holds."""
        return self.open().filter(unclaimed(), due_at__lte=timezone.now())


class Job(Claimable):
    """Work that one worker does once. A failure is kept on the row, and the job is tried again later."""

    due_at = models.DateTimeField(default=timezone.now, help_text="No worker touches the row before this.")
    attempt = models.PositiveIntegerField(default=0, help_text="Tries that failed.")
    last_error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[JobQuerySet] = JobQuerySet.as_manager()  # type: ignore[assignment]  # as_manager() is typed as Manager

    class Meta:
        abstract = True

    def claim(self, length: timedelta | None = None, *, reads: Sequence[str] = ()) -> bool:
        """Take this job. False: it is done, it is not due, or another worker holds it.

        `reads` names relations to read along.
        """
        token = self.take(type(self).objects.open().filter(pk=self.pk, due_at__lte=timezone.now()), length)
        if token is None:
            return False
        self.refresh_from_db(from_queryset=type(self)._base_manager.select_related(*reads) if reads else None)
        return True

    def finish(self) -> bool:
        """The job is done. False: the claim was lost; the caller's transaction has to undo its work."""
        return self._end(done_at=timezone.now(), last_error="")

    def retry_later(self, error: object, *, longest: timedelta = LONGEST_WAIT) -> bool:
        """Keep the error and try again: after one minute, then two, four and so on, at most after `longest`."""
        wait = min(timedelta(minutes=2 ** min(self.attempt, 20)), longest)
        return self._end(due_at=timezone.now() + wait, last_error=str(error), attempt=F("attempt") + 1)

    def wait_until(self, due_at: datetime, reason: object) -> bool:
        """Keep the reason and wait. This counts as no try, because nothing was done."""
        return self._end(due_at=due_at, last_error=str(reason))

    def _end(self, **changes: Any) -> bool:
        if self.claim_token is None:
            raise ValueError(f"{self} is not claimed.")
        return self.give_back(self.pk, self.claim_token, **changes)
