"""Tell the person who answers for a run when it is done, and when it is stuck: each once, by mail.

The sweep looks at runs whose time to be looked at has come, and takes each by moving that time on, so two hosts do not
look together. The telling is taken by a conditional UPDATE in the transaction that queues the mail.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils import timezone

from esign.campaigns import results
from esign.campaigns.results import Tally
from esign.campaigns.waiting import Waiting, waits_for
from esign.mail import staff
from esign.models import Batch, BatchLine

logger = logging.getLogger(__name__)

AT_ONCE = 20  # runs that one sweep looks at
AGAIN_AFTER = timedelta(minutes=1)
# While people decide, nothing can go wrong that is not seen ten minutes later as well.
AGAIN_AFTER_PEOPLE = timedelta(minutes=10)
STILL_FOR = timedelta(minutes=30)
FEW_FAILURES = 5
REASONS_NAMED, REASON_LENGTH = 3, 200


def look_at_runs() -> int:
    """Look at those whose time has come. Answers how many this host looked at."""
    now = timezone.now()
    people = ("approved_by", "release_asked_by", "started_by")
    due = Batch.objects.filter(look_at__lte=now).select_related(*people).order_by("look_at")
    looked = 0
    for batch in due[:AT_ONCE]:
        if not Batch.objects.filter(pk=batch.pk, look_at=batch.look_at).update(look_at=now + AGAIN_AFTER):
            continue
        looked += 1
        try:
            _look(batch)
        except Exception:  # of whatever kind, it must not keep the sweep from the other runs
            logger.exception("%s could not be looked at", batch)
    return looked


def _look(batch: Batch) -> None:
    counts = results.tally(batch)
    if batch.cancelled_at is not None or batch.who_is_told is None:
        _write(batch, look_at=None)
    elif results.is_done(batch, counts):
        _tell(batch, "told_done_at", "is done", _of_the_end(batch, counts))
        _write(batch, look_at=None, still_since=None)
    else:
        _look_whether_it_moves(batch, counts)


def _look_whether_it_moves(batch: Batch, counts: Tally) -> None:
    now, waiting = timezone.now(), waits_for(batch, counts)
    if counts.failed > FEW_FAILURES:
        _tell(batch, "told_stuck_at", "needs you", _of_failures(batch, counts))
    if waiting is not None and not waiting.is_trouble:  # time that it is not meant to move in does not count
        later = {"look_at": now + AGAIN_AFTER_PEOPLE} if waiting.is_for_people else {}
        _write(batch, still_since=None, **later)
    elif batch.still_since is None:
        _write(batch, still_since=now)
    elif counts.moved_at is not None and counts.moved_at > batch.still_since:
        _write(batch, still_since=counts.moved_at)
    elif now - batch.still_since >= STILL_FOR:
        _tell(batch, "told_stuck_at", "is stuck", _of_standstill(batch, counts, waiting))


def _write(batch: Batch, **changes: Any) -> None:
    """Unless leases have been added to the run since it was read: then it is looked at once more."""
    if any(getattr(batch, name) != value for name, value in changes.items()):
        Batch.objects.filter(pk=batch.pk, done_at=batch.done_at).update(**changes)


def _tell(batch: Batch, column: str, what: str, text: str) -> None:
    """Queue the mail, if no one has been told yet and there is an address. The page says where there is none."""
    user = batch.who_is_told
    if user is None or not staff.can_be_mailed(user):
        return
    with transaction.atomic():
        if Batch.objects.filter(pk=batch.pk, **{f"{column}__isnull": True}).update(**{column: timezone.now()}):
            staff.queue(user, f"{batch} {what}", text, once=f"run:{batch.pk}:{column}")


# --- what the mails say -----------------------------------------------------------------------------------


def _of_the_end(batch: Batch, counts: Tally) -> str:
    return _joined(f"The run “{batch}” is done: every lease has its result.", *_so_far(batch, counts), _link(batch))


def _of_standstill(batch: Batch, counts: Tally, waiting: Waiting | None) -> str:
    minutes = STILL_FOR // timedelta(minutes=1)
    left = _leases(counts.open + counts.unsent)
    first = f"Nothing of the run “{batch}” has moved for {minutes} minutes. What is left to do: {left}."
    why = waiting.sentence if waiting else "No cause is known. Look whether the workers run."
    return _joined(first, why, *_so_far(batch, counts), _link(batch))


def _of_failures(batch: Batch, counts: Tally) -> str:
    first = f"{_leases(counts.failed)} of the run “{batch}” failed, and someone has to look at them. The others go on."
    return _joined(first, *_so_far(batch, counts), _link(batch))


def _so_far(batch: Batch, counts: Tally) -> list[str]:
    """The counts, and why leases were skipped or failed, the most frequent reasons first."""
    said = _counts(batch, counts)
    if counts.skipped:
        skipped = batch.lines.filter(status=BatchLine.Status.SKIPPED)
        said.append(_reasons("Why leases were skipped", skipped, "reason"))
    if counts.stumbling:
        said.append(_reasons("What failed here", batch.lines.filter(results.STUMBLING), "last_error"))
    if counts.attention:
        said.append(_reasons("What needs attention", batch.lines.filter(results.ATTENTION), "envelope__problem"))
    return said


def _counts(batch: Batch, counts: Tally) -> list[str]:
    done = [f"{counts.prepared:,} done"] if batch.sort.is_act else [
        f"{counts.sent:,} sent", f"{counts.signed:,} {'received' if batch.sort.is_notice else 'signed'}",
    ]  # fmt: skip
    parts = [*done, f"{counts.skipped:,} skipped", f"{counts.failed:,} failed"]
    if counts.left_out:
        parts.append(f"{counts.left_out:,} left out")
    return [f"{_leases(counts.leases)}: {', '.join(parts)}."]


def _reasons(title: str, lines: QuerySet[BatchLine], column: str) -> str:
    counted: Any = lines.order_by().values(column).annotate(count=Count("pk")).order_by("-count", column)
    named = [f"* {row['count']:,}: {_shortened(row[column])}" for row in counted[:REASONS_NAMED]]
    return "\n".join([f"{title}:", *named])


def _shortened(reason: str) -> str:
    text = " ".join(reason.split()) or "no reason was written down"
    return text if len(text) <= REASON_LENGTH else f"{text[: REASON_LENGTH - 1]}…"


def _leases(count: int) -> str:
    return f"{count:,} lease{'' if count == 1 else 's'}"


def _link(batch: Batch) -> str:
    return f"Look at it: {settings.PUBLIC_URL}{reverse('admin:esign_batch_change', args=[batch.pk])}"


def _joined(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs)
