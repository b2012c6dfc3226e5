"""What the page of a run and its files say: how far it is, what staff did by hand since, every lease as a row."""

import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from esign.campaigns import chart, since
from esign.campaigns.steering import WHY_CHANGED
from esign.models import Batch, BatchLine, Correction, Envelope, Signer, State
from leases.models import Lease
from leases.renewals import offer_usual_renewal
from leases.status import LeaseStatus
from tests.esign.admin.conftest import office, rosa
from tests.esign.admin.words import read, words
from tests.esign.factories import BatchFactory, BatchLineFactory, EnvelopeFactory
from tests.factories import LeaseFactory

__all__ = ["office", "rosa"]  # fixtures of staff at their desks

pytestmark = pytest.mark.django_db

Status = BatchLine.Status


def offered(batch: Batch, state: str = "sent", **changes: Any) -> BatchLine:
    """A line with its offer and the envelope of it."""
    lease = LeaseFactory(stage="active", start_date=timezone.localdate() - timedelta(days=330))
    offer = offer_usual_renewal(lease)
    offer.send_out()
    envelope = EnvelopeFactory(lease=offer, purpose="renewal", state=state, in_campaign=True)
    made: BatchLine = BatchLineFactory(
        batch=batch,
        lease=lease,
        offer=offer,
        envelope=envelope,
        status=Status.PREPARED,
        done_at=timezone.now(),
        rent_now=lease.rent,
        rent_planned=offer.rent,
        **changes,
    )
    return made


# --- by hand ----------------------------------------------------------------------------------------------


def told(line: BatchLine) -> list[str]:
    batch = Batch.objects.get(pk=line.batch_id)
    fresh = batch.lines.select_related("lease", "offer").get(pk=line.pk)
    envelopes = {one.pk: one for one in Envelope.objects.filter(pk=fresh.envelope_id)}
    return [one.text for one in since.since_planned(batch, [fresh], envelopes)[line.pk]]


def change(envelope: Envelope | None, **changes: Any) -> None:
    assert envelope is not None
    Envelope.objects.filter(pk=envelope.pk).update(**changes)


def voided_by(envelope: Envelope | None, by: User, why: str) -> None:
    now = timezone.now()
    change(envelope, state=State.VOIDED, voided_at=now, cancel_asked_at=now, cancel_asked_by=by, void_reason=why)


def test_an_envelope_that_was_voided_and_replaced_shows_its_latest_revision(rosa: User, office: Client) -> None:
    line = offered(BatchFactory())
    assert told(line) == [], "the run itself sent it"
    voided_by(line.envelope, rosa, "A wrong name")
    second = EnvelopeFactory(
        lease=line.offer, purpose="renewal", revision=2, state="voided", replaces=line.envelope, signers=False
    )
    EnvelopeFactory(lease=line.offer, purpose="renewal", revision=3, state="delivered", replaces=second, signers=False)
    today = f"{timezone.localtime():%b} {timezone.localtime().day}"
    assert told(line) == [f"Voided by rosa on {today}.", "Sent again: revision 3, opened by all."]
    assert "Sent again: revision 3, opened by all." in read(
        office, reverse("admin:esign_batch_change", args=[line.batch_id])
    )


def test_what_the_run_withdrew_itself_is_no_work_by_hand(rosa: User) -> None:
    line = offered(BatchFactory())
    voided_by(line.envelope, rosa, WHY_CHANGED)
    assert told(line) == []


def test_an_offer_that_staff_sent_themselves_is_told_though_the_line_has_no_envelope(rosa: User) -> None:
    line = offered(BatchFactory())
    BatchLine.objects.update(envelope=None)
    assert told(line) == ["Sent by hand: revision 1, out for signature."]


def test_corrections_are_told_except_those_that_docusign_refused(rosa: User) -> None:
    line = offered(BatchFactory())
    signer = Signer.objects.get(key="tenant1")
    for outcome in ("done", "refused"):
        Correction.objects.create(signer=signer, changes={"email": ["a", "b"]}, asked_by=rosa, outcome=outcome)
    (said,) = told(line)
    assert f"rosa corrected the e-mail address of {signer.name}" in said


def at_the_desk_of(by: User, lease: Lease) -> Lease:
    """What is done to it now is done by this person, as the middleware of simple-history has it."""
    lease._history_user = by  # type: ignore[attr-defined]  # simple-history looks for it
    return lease


def test_a_lease_that_was_ended_renewed_or_changed_by_hand_says_so_and_by_whom(rosa: User) -> None:
    batch = BatchFactory(started_at=timezone.now() - timedelta(hours=1))
    ended, renewed = offered(batch), BatchLineFactory(batch=batch, status=Status.SKIPPED, done_at=timezone.now())
    at_the_desk_of(rosa, ended.lease).end(reason="They left.")
    other = offer_usual_renewal(renewed.lease)
    draft = BatchLineFactory(batch=BatchFactory(kind="lease"), lease__stage="draft")
    draft.lease.rent = Decimal("1999.00")
    at_the_desk_of(rosa, draft.lease).save()
    assert [text.partition(" on ")[0] for text in told(ended)] == [f"Lease {ended.lease.number} was ended by rosa"]
    assert told(renewed) == [f"Renewed by hand: {other.number}."]
    assert [text.partition(" on ")[0] for text in told(draft)] == [f"Lease {draft.lease.number} was changed by rosa"]
    Lease.history.filter(id=draft.lease_id).update(history_user=None)
    assert told(draft) == [], "a worker did that"


# --- the page ---------------------------------------------------------------------------------------------


def test_an_open_page_follows_the_run_until_it_is_done(office: Client) -> None:
    batch = BatchFactory()
    line = BatchLineFactory(batch=batch)
    top = reverse("admin:esign_batch_progress", args=[batch.pk])
    page = office.get(reverse("admin:esign_batch_change", args=[batch.pk])).content.decode()
    assert f'data-run="{top}"' in page
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page
    before = office.get(top)
    assert b"data-goes-on" in before.content
    assert b"<html" not in before.content
    assert "0 of 1 lease done (0 %)" in words(before.content)
    BatchLine.objects.filter(pk=line.pk).update(last_error="OSError: disk", attempt=1)
    assert "0 of 1 lease done (0 %), 1 failed" in words(office.get(top).content)
    BatchLine.objects.filter(pk=line.pk).update(status=Status.SKIPPED, done_at=timezone.now(), last_error="")
    after = office.get(top)
    assert b"data-goes-on" not in after.content
    assert 'data-say="Done"' in after.content.decode()
    assert "1 of 1 lease done (100 %)" in words(after.content)


def test_the_chart_counts_what_was_prepared_sent_and_signed_by_ten_minutes(office: Client) -> None:
    now = timezone.now()
    batch = BatchFactory(approved_at=now - timedelta(hours=1))
    assert chart.last_hours(batch) is None, "nothing has happened"
    for minutes in (5, 5, 35):
        line = offered(batch, state="completed")
        at = now - timedelta(minutes=minutes)
        BatchLine.objects.filter(pk=line.pk).update(done_at=at)
        change(line.envelope, sent_at=at, completed_at=now - timedelta(seconds=1))
    drawn = chart.last_hours(batch)
    assert drawn is not None
    assert [(row.label, row.total) for row in drawn.rows] == [("Prepared", 3), ("Sent", 3), ("Signed", 3)]
    prepared, sent, signed = drawn.rows
    assert (prepared.most, sent.most, signed.most) == (2, 2, 3)
    assert max(bar.height for bar in signed.bars) == chart.HEIGHT, "all rows are drawn by the same measure"
    assert max(bar.height for bar in sent.bars) < chart.HEIGHT
    assert drawn.starts[0] <= batch.approved_at < drawn.starts[1]
    page = read(office, reverse("admin:esign_batch_change", args=[batch.pk]))
    assert "Signed3 in all, at most 3 in 10 minutes" in page
    Batch.objects.update(approved_at=now - timedelta(days=3))
    far = chart.last_hours(Batch.objects.get())
    assert far is not None
    assert (far.step, len(far.starts)) == (timedelta(hours=1), 25)


def one_of_each(batch: Batch) -> None:
    for state in ("sent", "needs_attention", "declined"):
        offered(batch, state=state)
    BatchLineFactory(batch=batch, foretold="No address.")
    BatchLineFactory(batch=BatchFactory(day=timezone.localdate() - timedelta(days=1)))


def test_pages_and_files_of_a_run_take_the_same_statements_whatever_its_size(
    office: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    batch = BatchFactory()
    one_of_each(batch)
    names = ("progress", "properties", "results", "workbook", "change")
    urls = [reverse(f"admin:esign_batch_{name}", args=[batch.pk]) for name in names]
    urls += [f"{urls[-1]}?status={status}" for status in ("planned", "prepared", "failed", "declined", "doubtful")]
    urls += [f"{urls[4]}?q=Okafor", reverse("admin:esign_batch_changelist"), reverse("admin:index")]
    urls.append(f"{reverse('admin:esign_batch_changelist')}?lines=prepared")
    counted = {}
    for url in urls:
        with django_assert_max_num_queries(30) as few:
            assert b"".join(office.get(url))
        counted[url] = len(few)
    for _ in range(2):
        one_of_each(batch)
    for url in urls:
        with django_assert_max_num_queries(counted[url]):
            assert b"".join(office.get(url))


def test_the_list_of_runs_counts_each_run(office: Client) -> None:
    batch = BatchFactory()
    offered(batch, state="completed")
    BatchLineFactory(batch=batch, status=Status.SKIPPED, done_at=timezone.now())
    quiet = BatchFactory(day=timezone.localdate() - timedelta(days=1))
    page = read(office, reverse("admin:esign_batch_changelist"))
    assert quiet.title in page
    answer = office.get(reverse("admin:esign_batch_changelist") + "?lines=skipped")
    (shown,) = answer.context["cl"].result_list
    assert (shown.totals.leases, shown.totals.prepared, shown.totals.skipped, shown.totals.signed) == (2, 1, 1, 1)


# --- files ------------------------------------------------------------------------------------------------


def test_the_workbook_has_numbers_dates_and_no_formula(office: Client) -> None:
    batch = BatchFactory()
    line = offered(batch, state="completed")
    change(line.envelope, sent_at=timezone.now(), completed_at=timezone.now())
    skipped = BatchLineFactory(
        batch=batch, status=Status.SKIPPED, done_at=timezone.now(), reason="=HYPERLINK(1)\x0b is no reason"
    )
    tenant = line.lease.parties.get(role="tenant").tenant
    type(tenant).objects.filter(pk=tenant.pk).update(name="@SUM(1)")
    answer: Any = office.get(reverse("admin:esign_batch_workbook", args=[batch.pk]))
    assert answer["Content-Disposition"].endswith('.xlsx"')
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert book.sheetnames == ["Leases", "By property"]
    header, first, second = book["Leases"].iter_rows(values_only=True)
    row = dict(zip(header, first, strict=True))
    assert (row["Lease"], row["Rent now"], row["New rent"]) == (line.lease.number, line.rent_now, line.rent_planned)
    assert isinstance(row["Rent now"], int | float)
    assert isinstance(row["For"], date)
    assert isinstance(row["Sent"], datetime)
    assert abs(row["Sent"] - timezone.localtime().replace(tzinfo=None)) < timedelta(minutes=1)
    assert row["Tenants"] == "'@SUM(1)"
    assert dict(zip(header, second, strict=True))["Why"] == "'=HYPERLINK(1) is no reason"
    assert all(cell.data_type != "f" for cells in book["Leases"].iter_rows() for cell in cells)
    by_property = list(book["By property"].iter_rows(values_only=True))
    assert (skipped.lease.unit.property.name, 1, 0, 0, 1, 0) in by_property
    assert (line.lease.unit.property.name, 1, 1, 1, 0, 0) in by_property


def test_files_hold_the_leases_that_the_page_was_narrowed_to(office: Client) -> None:
    batch = BatchFactory()
    offered(batch)
    skipped = BatchLineFactory(batch=batch, status=Status.SKIPPED, done_at=timezone.now())
    url = f"{reverse('admin:esign_batch_workbook', args=[batch.pk])}?status=skipped"
    answer: Any = office.get(url)
    rows = list(load_workbook(io.BytesIO(b"".join(answer.streaming_content)))["Leases"].iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == [skipped.lease.number]
    assert skipped.lease.status == LeaseStatus.ACTIVE
