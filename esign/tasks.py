"""Celery's doors. Every task is a doorbell: losing it or ringing it twice changes nothing, the rows decide."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import current_app, shared_task
from celery.signals import worker_ready
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from esign.campaigns import by_notice, lines, plan, steering, watch
from esign.campaigns.bulk import lists
from esign.docusign import DocusignError, doctor, monthly_cap, shared_redis
from esign.docusign.doctor import Verdict
from esign.envelopes import dispatch, downloads, form_answers, reminders, replacement
from esign.evidence import anchors, retention
from esign.mail import outbox, staff
from esign.models import (
    BatchLine,
    DocusignConnection,
    DownloadJob,
    Envelope,
    FormDataJob,
    OutgoingMail,
    State,
)
from esign.models.envelope import FINAL
from esign.sync import orphan_drafts, reconcile, undelivered, webhook_inbox
from leases.tasks import enqueue_task

logger = logging.getLogger(__name__)

# What one tick of the sweeper enqueues at most; the rest waits for the next.
MAX_ENQUEUED = 1000
CAMPAIGNS = "campaigns"
# Doorbells of campaigns in their queue: enough for the workers until the next tick, and rung again when few are left.
MOST_IN_QUEUE, FEW_IN_QUEUE = 400, 100
FED = "esign:campaigns:fed"
INBOX_ENQUEUED = "esign:inbox:enqueued"


def enqueue(envelope_id: UUID) -> None:
    """Ask a worker to look at this envelope once the transaction is committed. A broker that is down is no error."""
    enqueue_task(advance_envelope, str(envelope_id))


@shared_task
def advance_envelope(envelope_id: str) -> None:
    """Carry an envelope as far as it goes now, and do the jobs that follow from it."""
    _advance(UUID(envelope_id))


def _advance(envelope_id: UUID) -> None:
    envelope = dispatch.advance(envelope_id)
    if (
        envelope is not None
        and envelope.state in FINAL
        and (following := replacement.carry_out(envelope_id)) is not None
    ):
        _enqueue_campaign_envelope(following.pk) if following.in_campaign else enqueue(following.pk)
    outbox.send_due(envelope_id=envelope_id)


def resume(connection: DocusignConnection, because: str) -> None:
    """Docusign lets us in again: what waited only for that, and shows it as its reason, goes on now."""
    waiting = Envelope.objects.unclaimed().filter(connection=connection, problem=because).exclude(problem="")
    if waiting.exclude(state=State.NEEDS_ATTENTION).update(due_at=timezone.now(), problem="", next_step=""):
        enqueue_task(sweep)


def enqueue_inbox() -> None:
    """Ask a worker to empty the inbox, unless one has been asked and has not begun: a burst enqueues one task."""
    transaction.on_commit(_enqueue_inbox)


def _enqueue_inbox() -> None:
    try:
        if shared_redis.redis().set(INBOX_ENQUEUED, 1, nx=True, ex=30):
            apply_waiting.delay()
    except (OSError, OperationalError, RedisError):
        logger.warning("the broker is away; the sweeper enqueues the work later")


@shared_task
def apply_waiting() -> None:
    """Apply every message that waits, in the order of its own time."""
    with suppress(RedisError):
        shared_redis.redis().delete(INBOX_ENQUEUED)
    update = {envelope.pk for pk in webhook_inbox.waiting() if (envelope := webhook_inbox.apply_message(pk))}
    for envelope_id in update:
        follow_up.delay(str(envelope_id))


@shared_task
def follow_up(envelope_id: str) -> None:
    """What follows from an update: documents to fetch, mails to send, a cancel to carry out."""
    downloads.download_documents(UUID(envelope_id))
    form_answers.read(UUID(envelope_id))
    _advance(UUID(envelope_id))


@shared_task
def sweep() -> None:
    """Every 30 s: enqueue every row that is due and apply every message that still waits."""
    webhook_inbox.unpark()
    if webhook_inbox.waiting():
        apply_waiting.delay()
    monthly_cap.let_go()
    due = Envelope.objects.due().order_by("due_at").values_list("pk", flat=True)
    for envelope_id in due.filter(in_campaign=False)[:MAX_ENQUEUED]:
        advance_envelope.delay(str(envelope_id))
    steering.release_what_is_due()
    for batch_id in plan.waits_longest():
        plan_batch.delay(batch_id)
    feed_campaigns()
    watch.look_at_runs()
    if staff.are_due():
        mail_staff.delay()
    fetches = DownloadJob.objects.due()
    readings = FormDataJob.objects.due()
    waiting = OutgoingMail.objects.due().order_by(F("envelope_id"))
    waiting_rows = {
        *fetches.values_list("envelope_id", flat=True)[:MAX_ENQUEUED],
        *waiting.values_list("envelope_id", flat=True)[:MAX_ENQUEUED],
        *replacement.waiting(),
        *readings.values_list("envelope_id", flat=True)[:MAX_ENQUEUED],
    }
    for envelope_id in waiting_rows:
        follow_up.delay(str(envelope_id))


def feed_campaigns() -> None:
    """Enqueue what campaigns have to do, as much as there is room for: first what is made, then what is to be made."""
    waiting = _in_queue()
    for bulk_id in lists.due():
        advance_bulk_send.delay(bulk_id)
    room = max(0, MOST_IN_QUEUE - waiting)
    envelopes = list(
        Envelope.objects.due().filter(in_campaign=True).order_by("due_at").values_list("pk", flat=True)[:room]
    )
    for envelope_id in envelopes:
        _enqueue_campaign_envelope(envelope_id)
    # What waits in the queue is what was due first, so the next lines are behind it.
    due = BatchLine.objects.due().order_by("due_at", "pk").values_list("pk", flat=True)
    room -= len(envelopes)
    for line_id in due[waiting : waiting + room]:
        prepare_batch_line.delay(line_id)


def _enqueue_campaign_envelope(envelope_id: UUID) -> None:
    advance_envelope.apply_async((str(envelope_id),), queue=CAMPAIGNS)


def _in_queue() -> int:
    with current_app.connection_for_write() as broker:
        channel: Any = broker.default_channel
        return int(channel.queue_declare(queue=CAMPAIGNS, durable=True).message_count)


def _feed_when_few_are_left() -> None:
    with suppress(OSError, OperationalError, RedisError):
        if _in_queue() < FEW_IN_QUEUE and shared_redis.redis().set(FED, 1, nx=True, ex=2):
            feed_campaigns()


@shared_task
def mail_staff() -> None:
    """Send the mails to members of staff that are due."""
    staff.send_due()


@shared_task
def reconcile_envelopes() -> None:
    """Every quarter of an hour: read what changed at Docusign, whatever Connect told us."""
    for connection in DocusignConnection.objects.connected():
        try:
            changed = reconcile.read_changes(connection)
            orphan_drafts.delete_orphan_drafts(connection)
        except DocusignError as error:
            logger.warning("cannot reconcile %s: %s", connection, error)
            continue
        finally:
            _alarm(connection)
        for envelope_id in changed:
            follow_up.delay(str(envelope_id))


def _alarm(connection: DocusignConnection) -> None:
    """For anyone who watches the log; the Today page and the connection's say it to the office."""
    if reconcile.is_silent(connection):
        logger.error(
            "envelopes of %s are out, but no Connect message came for %s hours; look whether %s can be reached",
            connection,
            settings.CONNECT_SILENT_HOURS,
            settings.DOCUSIGN_CONNECT_URL,
        )


@worker_ready.connect
def check_connect_at_start(**_: Any) -> None:
    """When a worker starts. The looking is a task, so that it keeps no worker from starting."""
    enqueue_task(check_connect)


@shared_task
def check_connect() -> None:
    """Would Docusign's messages reach us? The site may be starting too, so it is said, and nothing waits for it."""
    for connection in DocusignConnection.objects.connected():
        for finding in doctor.connect_set_up(connection):
            if finding.verdict != Verdict.OK:
                logger.warning("%s: %s: %s %s", connection, finding.subject, finding.text, finding.fix)


@shared_task
def check_stale_envelopes() -> None:
    """Nightly: envelopes that are out and of which nothing was heard for a day, and messages that never arrived."""
    for connection in DocusignConnection.objects.connected():
        try:
            changed = reconcile.check_stale_envelopes(connection)
            undelivered.republish_failures(connection, since=timezone.now() - timedelta(days=2))
        except DocusignError as error:
            logger.warning("cannot ask after silent envelopes of %s: %s", connection, error)
            continue
        for envelope_id in changed:
            follow_up.delay(str(envelope_id))


@shared_task
def remind_by_schedule() -> None:
    """Queue the reminders and warnings of our portal that are due; the sweep sends them."""
    reminders.queue_due_reminders()


@shared_task
def forget_old() -> None:
    """Delete personal data that is older than the settings keep it."""
    retention.forget_old()


@shared_task
def anchor_evidence() -> None:
    """Sign the ends of the chains that grew and keep them outside of the database."""
    anchors.anchor_what_grew()


@shared_task
def run_batch_rules() -> None:
    """Start the day's run of every active rule, and close what is too old; what beat slept through is caught up."""
    for batch_id in plan.start_due_rules():
        plan_batch.delay(batch_id)
    plan.look_again_at_skipped()
    steering.close_cancelled_lines()
    by_notice.close_late()
    feed_campaigns()


@shared_task
def plan_batch(batch_id: int) -> None:
    """Plan one piece of a run; a task of its own plans the next, so that no time limit ends a large plan."""
    if plan.plan_piece(batch_id):
        plan_batch.delay(batch_id)
    else:
        feed_campaigns()


@shared_task
def go_on_with_campaigns() -> None:
    """Something was planned or resumed: have the workers begin before the next tick."""
    feed_campaigns()


@shared_task
def prepare_batch_line(line_id: int) -> None:
    """Work on one line of a campaign, and go on with its envelope. What waits behind it is enqueued in time."""
    if (envelope := lines.prepare(line_id)) is not None:
        _enqueue_campaign_envelope(envelope.pk)
    _feed_when_few_are_left()


@shared_task
def advance_bulk_send(bulk_id: int) -> None:
    """Carry a list of Bulk Send as far as it goes now. Envelopes that go by themselves after all are due at once."""
    lists.advance(bulk_id)
    _feed_when_few_are_left()
