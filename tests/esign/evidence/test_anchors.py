"""Anchors: an administrator of the database can rewrite a chain, and cannot change the signed copies outside."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import QuerySet
from pytest_django import DjangoAssertNumQueries, Settings

from esign.evidence import anchors, keys
from esign.evidence.anchors import anchor_problems, anchor_what_grew, keep_outside
from esign.evidence.package import verify_lease
from esign.models import AnchoredHead, AuditEvent, EvidenceAnchor
from leases.models import Lease
from leases.status import LeaseStatus
from tests.esign.evidence.insider import at_the_database, write_anew
from tests.factories import LeaseFactory, bring_to
from tests.refusals import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def lease() -> Lease:
    made: Lease = LeaseFactory()
    for text in ("The keys were handed over.", "The meter was read."):
        AuditEvent.record(made, "note", text)
    return made


def outside(settings: Settings) -> list[Path]:
    return sorted(Path(settings.STORAGES["anchors"]["OPTIONS"]["location"]).rglob("*.json"))


def test_the_database_keeps_events_heads_and_anchors_as_they_are(lease: Lease) -> None:
    anchor_what_grew()
    changes: list[tuple[QuerySet[Any], dict[str, str]]] = [
        (AuditEvent.objects.all(), {"text": "Nothing happened."}),
        (AnchoredHead.objects.all(), {"hash": "0" * 64}),
        (EvidenceAnchor.objects.all(), {"statement": "{}"}),
    ]
    for rows, change in changes:
        assert refused(partial(rows.update, **change))
        assert refused(partial(rows._raw_delete, "default"))


def test_each_hour_the_heads_of_what_grew_are_signed_and_kept_outside(lease: Lease, settings: Settings) -> None:
    quiet = LeaseFactory()
    AuditEvent.record(quiet, "note", "Nothing more.")

    assert anchor_what_grew() == 2
    assert anchor_what_grew() == 0
    AuditEvent.record(lease, "note", "Again.")
    assert anchor_what_grew() == 1

    first, second = (json.loads(path.read_text()) for path in outside(settings))
    assert sorted(json.loads(first["statement"])["heads"]) == [
        [lease.number, 2, lease.audit_events.get(number=2).hash],
        [quiet.number, 1, quiet.audit_events.get().hash],
    ]
    assert json.loads(second["statement"])["previous"] == EvidenceAnchor.objects.get(number=1).sha256
    assert keys.is_signed(second["statement"].encode(), second["signature"], keys.public_key())
    assert list(anchor_problems()) == []
    assert verify_lease(lease) == []


def test_a_chain_that_was_written_anew_is_found_by_its_anchor(lease: Lease) -> None:
    anchor_what_grew()
    write_anew(lease, "The keys were kept.")

    assert any("is not the one that Anchor 1" in problem for problem in verify_lease(lease))
    assert list(anchor_problems()) == [f"Lease {lease.number}: event 2 is not the one that anchor 1 names."]


def test_a_chain_whose_end_was_cut_off_is_found_by_its_anchor(lease: Lease) -> None:
    anchor_what_grew()
    with at_the_database() as cursor:
        cursor.execute("DELETE FROM esign_auditevent WHERE number = 2")

    assert any("Event 2 is not the one" in problem for problem in verify_lease(lease))


def test_a_whole_chain_that_is_gone_with_its_heads_is_found_by_what_is_outside(lease: Lease) -> None:
    anchor_what_grew()
    with at_the_database() as cursor:
        for table in ("anchoredhead", "auditevent", "evidenceanchor"):
            cursor.execute(f"DELETE FROM esign_{table}")  # three names of ours

    assert f"Lease {lease.number}: event 2 is not the one that anchor 1 names." in list(anchor_problems())
    with pytest.raises(CommandError):
        call_command("verify_evidence", "--anchors")


def test_an_executed_lease_without_any_event_is_a_problem() -> None:
    lease = bring_to(LeaseFactory(), LeaseStatus.EXECUTED)
    with at_the_database() as cursor:
        cursor.execute("DELETE FROM esign_auditevent")

    assert verify_lease(lease) == [f"Lease {lease.number} is executed, and nothing is on record of how."]
    with pytest.raises(CommandError, match="1 of 1 do not hold"):
        call_command("verify_evidence")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: path.unlink(), "Anchor 1 is missing outside."),
        (lambda path: path.write_text("{}"), "Anchor 1 is signed by a key that is not known here"),
        (lambda path: path.write_text("no json"), "Anchor 1 is signed by a key that is not known here"),
        (lambda path: path.write_text(path.read_text().replace("heads", "hands")), "its signature does not fit"),
    ],
)
def test_a_copy_outside_that_was_changed_is_found(
    change: Callable[[Path], object], said: str, lease: Lease, settings: Settings
) -> None:
    anchor_what_grew()
    change(outside(settings)[0])

    assert any(said in problem for problem in anchor_problems())


def test_an_anchor_that_could_not_be_kept_is_kept_later(
    lease: Lease, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    there = settings.STORAGES
    settings.STORAGES = {**there, "anchors": {**there["anchors"], "OPTIONS": {"location": str(blocked / "anchors")}}}
    anchor_what_grew()
    assert EvidenceAnchor.objects.filter(kept_at=None).count() == 1
    assert "cannot be kept outside" in caplog.text

    settings.STORAGES = there
    assert keep_outside() == 1
    assert list(anchor_problems()) == []


def test_signatures_of_an_earlier_key_still_count(lease: Lease, settings: Settings) -> None:
    anchor_what_grew()
    settings.EVIDENCE_OLD_PUBLIC_KEYS = [keys.public_key()]
    settings.SECRET_KEY = "another key of this site, long enough to be one 0123456789"  # of a test
    AuditEvent.record(lease, "note", "After the change of keys.")
    anchor_what_grew()
    assert list(anchor_problems()) == []

    settings.EVIDENCE_OLD_PUBLIC_KEYS = []
    assert any("a key that is not known here" in problem for problem in anchor_problems())


def test_events_beyond_what_one_anchor_takes_go_into_the_next(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anchors, "EVENTS_EACH", 3)
    monkeypatch.setattr(anchors, "OVERLAP", 1)
    for lease in LeaseFactory.create_batch(10):
        AuditEvent.record(lease, "note", "One.")

    assert anchor_what_grew() == 10
    assert EvidenceAnchor.objects.count() > 2
    assert list(anchor_problems()) == []


def test_the_questions_to_the_database_do_not_grow_with_the_leases(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for lease in LeaseFactory.create_batch(30):
        AuditEvent.record(lease, "note", "One.")

    with django_assert_max_num_queries(16):
        anchor_what_grew()
