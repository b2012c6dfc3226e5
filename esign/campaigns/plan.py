"""Planning: a run gets a line for each lease that is due, in pieces, each written by a worker in one transaction.

A line keeps the rent and the reasons that were foretold, so a page of a plan reads lines and computes nothing. Nothing
is planned twice for one (rule, lease, occasion), whether beat enqueues twice, stood still for two days or a worker died
in the middle: the line is unique, and who plans takes only leases without one.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import date, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from esign.campaigns import rules, steering
from esign.campaigns.bulk import choice
from esign.campaigns.foretell import Foretold, foretell, with_all_that_is_read
from esign.models import Batch, BatchLine, BatchRule, CampaignContents, DocumentTemplateVersion
from esign.models.jobs import unclaimed
from leases.models import Lease
from propertyapp.milestones import reach

logger = logging.getLogger(__name__)

# Leases that one claim plans: a second or two of one worker.
PIECE = 200
LOOK_AGAIN_AFTER = timedelta(hours=20)  # at a lease that was skipped

Status = BatchLine.Status


# --- starting ---------------------------------------------------------------------------------------------


def start_due_rules(today: date | None = None) -> list[int]:
    """Start or reopen the run of the day for every active rule for which something is due: the keys of these runs.

    What one rule stumbles over is kept with it, and the others have their turn.
    """
    started = []
    for rule in BatchRule.objects.filter(is_active=True):
        try:
            batch = start(rule, today or timezone.localdate())
        except Exception as error:  # of whatever kind, it is this rule's alone
            logger.exception("the rule %s could not be planned", rule)
            BatchRule.objects.filter(pk=rule.pk).update(last_error=f"{type(error).__name__}: {error}")
        else:
            BatchRule.objects.filter(pk=rule.pk).exclude(last_error="").update(last_error="")
            started += [batch.pk] if batch else []
    return started


def start(rule: BatchRule, day: date, by: User | None = None) -> Batch | None:
    """Make the run of this day, or reopen it when leases have become due since. None: nothing is due that has no line.

    A run that beat starts is approved by itself, unless its rule asks for a person; one that a person starts waits.
    """
    if not rules.due(rule, day).exists():
        return None
    contents = {name: getattr(rule, name) for name in CampaignContents.columns()}
    with transaction.atomic():
        batch, is_new = Batch.objects.get_or_create(
            rule=rule,
            day=day,
            defaults={
                **contents,
                "title": rule.name,
                "started_by": by,
                "holds_for_release": rule.waits_for_release,
                "template_texts": published_texts(),
            },
        )
        if is_new or batch.cancelled_at is not None:
            return batch if is_new else None
        now = timezone.now()
        reopened = Batch.objects.filter(pk=batch.pk, done_at__isnull=False)
        reopened.update(done_at=None, due_at=now, look_at=now, **_asked_again(rule))
        batch.refresh_from_db()
    return batch


def _asked_again(rule: BatchRule) -> dict[str, None]:
    """Leases that are added to a run wait for an approval and a release of their own, where the rule asks for them."""
    release = ("released_at", "release_at", "release_asked_by") if rule.waits_for_release else ()
    return dict.fromkeys((*release, *(["approved_at"] if rule.needs_approval else [])))


def published_texts() -> list[int]:
    """The template texts that a run which starts now keeps to."""
    return list(DocumentTemplateVersion.objects.published().order_by("pk").values_list("pk", flat=True))


# --- one piece --------------------------------------------------------------------------------------------


def plan_piece(batch_id: int) -> bool:
    """Write the lines of the next leases, if no other worker plans this run. True: more is left to plan."""
    batch = Batch.objects.due().filter(pk=batch_id, cancelled_at__isnull=True).select_related("rule").first()
    if batch is None or not batch.claim():
        return False
    reach("plan-claimed", batch_id=batch.pk)
    try:
        with transaction.atomic():
            more = _plan_some(batch)
            reach("plan-written", batch_id=batch.pk)
            kept = _keep_open(batch) if more else _close(batch)
            transaction.set_rollback(not kept)
    except Exception as error:  # of whatever kind, it must not be lost with the task
        logger.exception("%s could not be planned", batch)
        batch.retry_later(f"{type(error).__name__}: {error}")
        return False
    return more and kept


def _plan_some(batch: Batch) -> bool:
    if batch.rule is None:
        return _foretell_some(batch)
    leases = rules.due(batch.rule, batch.day).order_by("pk")
    piece = {lease.pk: lease.occasion for lease in leases[:PIECE]}
    told = foretell(batch, list(with_all_that_is_read(Lease.objects.filter(pk__in=piece)).order_by("pk")))
    lines = [_line(batch, one, piece[one.lease.pk]) for one in told]
    BatchLine.objects.bulk_create(lines, ignore_conflicts=True)
    return len(piece) == PIECE


def _foretell_some(batch: Batch) -> bool:
    """Of a run by hand the lines are there already, and only what would come of them is not."""
    lines = {line.lease_id: line for line in batch.lines.filter(rent_now__isnull=True).order_by("pk")[:PIECE]}
    for one in foretell(batch, list(with_all_that_is_read(Lease.objects.filter(pk__in=lines)))):
        _fill(lines[one.lease.pk], one)
    told_of = ["rent_now", "rent_planned", "foretold", "take_care"]
    BatchLine.objects.bulk_update(lines.values(), told_of, batch_size=PIECE)
    return len(lines) == PIECE


def _line(batch: Batch, told: Foretold, occasion: date | None) -> BatchLine:
    line = BatchLine(batch=batch, rule=batch.rule, lease=told.lease, occasion=occasion)
    _fill(line, told)
    return line


def _fill(line: BatchLine, told: Foretold) -> None:
    line.rent_now, line.rent_planned, line.foretold = told.rent_now, told.rent, " ".join(told.problems)
    line.take_care = " ".join(told.take_care)


def _keep_open(batch: Batch) -> bool:
    return batch.wait_until(timezone.now(), "")


def _close(batch: Batch) -> bool:
    """The plan is complete. Without a person to approve it, it is approved."""
    if not batch.finish():
        return False
    batch.refresh_from_db()
    choice.choose(batch)
    if batch.needs_two_people:
        Batch.objects.filter(pk=batch.pk).update(released_at=None, release_at=None)
    if batch.started_by_id is None and batch.rule and not batch.rule.needs_approval:
        steering.approve(batch, None)
    return True


# --- skipped leases ---------------------------------------------------------------------------------------


def look_again_at_skipped(today: date | None = None) -> int:
    """Plan skipped leases of rules once more when the reason is gone; each is looked at once a day. Answers how many.

    Takes one piece: the next tick takes the next.
    """
    now = timezone.now()
    ahead = BatchLine.objects.filter(
        status=Status.SKIPPED,
        rule__is_active=True,
        due_at__lte=now - LOOK_AGAIN_AFTER,
        occasion__gte=today or timezone.localdate(),
        batch__cancelled_at__isnull=True,
    )
    lines = list(ahead.select_related("batch").order_by("due_at")[:PIECE])
    again: list[int] = []
    for batch in {line.batch_id: line.batch for line in lines}.values():
        of_run = {line.lease_id: line for line in lines if line.batch_id == batch.pk}
        again += _free_of_problems(batch, of_run)
    seen = BatchLine.objects.filter(pk__in=[line.pk for line in lines], status=Status.SKIPPED)
    seen.update(due_at=now)
    return steering.plan_again(BatchLine.objects.filter(unclaimed(now), pk__in=again, status=Status.SKIPPED))


def _free_of_problems(batch: Batch, lines: dict[int, BatchLine]) -> Collection[int]:
    told = foretell(batch, list(with_all_that_is_read(Lease.objects.filter(pk__in=lines))))
    return [lines[one.lease.pk].pk for one in told if not one.problems]


# --- what a plan comes to ---------------------------------------------------------------------------------


def waits_longest() -> list[int]:
    """Runs that have to be planned, whose worker may have died: for the sweep."""
    due = Batch.objects.due().filter(cancelled_at__isnull=True).order_by(F("due_at"))
    return list(due.values_list("pk", flat=True)[:20])
