"""A lease signed offline: the reason, the person and the scan are kept, and no signature is skipped."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from pytest_django import Settings

from leases import errors
from leases.models import Lease, LeaseStatus, SignatureSource
from tests.factories import LeaseFactory, UserFactory, sign
from tests.pdfs import SCAN

pytestmark = pytest.mark.django_db


def offline_signatures(lease: Lease, *, reason: str = "They came to the office.", scan: bytes = SCAN) -> None:
    lease.record_offline_signatures(by=UserFactory(), reason=reason, scan=ContentFile(scan))


def scans(settings: Settings) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_a_draft_signed_on_paper_is_executed(settings: Settings) -> None:
    lease = LeaseFactory(tenants=2, guarantors=1)
    offline_signatures(lease)
    assert lease.status == LeaseStatus.EXECUTED
    signatures = lease.signatures.all()
    assert {signature.key for signature in signatures} == {"tenant1", "tenant2", "guarantor1", "landlord"}
    for signature in signatures:
        assert signature.source == SignatureSource.OFFLINE
        assert signature.note == "They came to the office."
        assert signature.recorded_by is not None
        with signature.scan.open() as scan:
            assert scan.read() == SCAN
    assert len(scans(settings)) == 1, "one scan for all"


def test_signatures_that_came_from_docusign_are_kept() -> None:
    lease = LeaseFactory(tenants=2, stage="out_for_signature")
    sign(lease, "tenant1")
    offline_signatures(lease, reason="The second tenant has no e-mail.")
    assert lease.signatures.get(key="tenant1").source == SignatureSource.ELECTRONIC
    assert lease.signatures.get(key="tenant2").source == SignatureSource.OFFLINE


def test_a_signing_on_paper_needs_a_reason_and_a_scan(settings: Settings) -> None:
    lease = LeaseFactory()
    with pytest.raises(errors.OfflineSigningRefused, match="Say why"):
        offline_signatures(lease, reason="  ")
    with pytest.raises(errors.OfflineSigningRefused, match="Attach the scan"):
        offline_signatures(lease, scan=b"")
    assert Lease.objects.get().status == LeaseStatus.DRAFT
    assert scans(settings) == []


def test_a_refused_signing_leaves_neither_file_nor_signature(settings: Settings) -> None:
    taken = LeaseFactory(stage="active")
    lease = LeaseFactory(unit=taken.unit)
    with pytest.raises(errors.UnitAlreadyLet):
        offline_signatures(lease)
    assert scans(settings) == []
    assert not lease.signatures.exists()
    assert lease.status == LeaseStatus.DRAFT


@pytest.mark.parametrize("stage", ["executed", "active", "ended", "cancelled"])
def test_what_is_past_signing_is_not_signed_offline(stage: str, settings: Settings) -> None:
    lease = LeaseFactory(stage=stage)
    before = lease.signatures.count()
    with pytest.raises(errors.LeaseError):
        offline_signatures(lease)
    assert lease.signatures.count() == before
    assert scans(settings) == []


def test_when_every_party_has_signed_there_is_nothing_to_record() -> None:
    lease = LeaseFactory(stage="out_for_signature")
    sign(lease)
    with pytest.raises(errors.OfflineSigningRefused, match="has signed lease"):
        offline_signatures(lease)


def test_the_day_of_signing_is_kept() -> None:
    lease = LeaseFactory()
    at = timezone.now() - timedelta(days=3)
    lease.record_offline_signatures(by=None, reason="From the old office.", scan=ContentFile(SCAN), signed_at=at)
    assert Lease.objects.get().executed_at == at
