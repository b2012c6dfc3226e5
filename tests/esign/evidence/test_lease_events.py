"""What becomes of a lease stands in its chain, also what no envelope tells."""

import hashlib
import io
import zipfile
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from esign.evidence.package import export, verify_lease
from esign.evidence.package_check import verify_package
from leases.models import Lease
from leases.status import LeaseStatus
from tests.factories import LeaseFactory, UserFactory, bring_to
from tests.pdfs import SCAN

pytestmark = pytest.mark.django_db


def told(lease: Lease) -> list[str]:
    return list(lease.audit_events.order_by("number").values_list("kind", flat=True))


def test_the_life_of_a_lease_is_told_in_its_order() -> None:
    lease = LeaseFactory(stage="out_for_signature")
    lease.withdraw("The rent was wrong.")
    bring_to(lease, LeaseStatus.ENDED)
    assert told(lease) == ["lease.withdrawn", "lease.active", "lease.ended"]
    assert lease.audit_events.get(kind="lease.withdrawn").detail["reason"] == "The rent was wrong."
    assert verify_lease(lease) == []


def test_a_lease_that_is_cancelled_or_goes_on_month_to_month_says_so() -> None:
    assert told(bring_to(LeaseFactory(), LeaseStatus.CANCELLED)) == ["lease.cancelled"]
    lease = bring_to(LeaseFactory(term_days=29), LeaseStatus.ACTIVE)
    lease.roll_over()
    assert told(lease) == ["lease.active", "lease.rolled_over"]


def test_editing_a_draft_tells_nothing() -> None:
    lease = LeaseFactory()
    lease.rent += 1
    lease.save()
    assert told(lease) == []


def test_a_signing_on_paper_is_told_with_its_reason_its_person_and_the_hash_of_its_scan() -> None:
    lease, rosa = LeaseFactory(tenants=2), UserFactory(username="rosa")
    lease.record_offline_signatures(by=rosa, reason="They came to the office.", scan=ContentFile(SCAN))
    event = lease.audit_events.get(kind="lease.executed_offline")
    assert (event.actor, event.detail["reason"]) == ("rosa", "They came to the office.")
    assert verify_lease(lease) == []
    package = export(lease)
    assert verify_package(package) == []
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        assert opened.read(f"documents/{hashlib.sha256(SCAN).hexdigest()}.pdf") == SCAN


def test_a_scan_that_was_swapped_is_found() -> None:
    lease = LeaseFactory()
    lease.record_offline_signatures(by=None, reason="No e-mail.", scan=ContentFile(SCAN))
    storage, name = lease.signatures.all()[0].scan.storage, lease.signatures.all()[0].scan.name
    storage.delete(name)
    assert any("Scan of the signed lease" in problem for problem in verify_lease(lease))
    storage.save(name, ContentFile(b"%PDF-1.4 another"))
    assert any("Scan of the signed lease" in problem for problem in verify_lease(lease))


def test_who_pressed_the_button_is_named(client: Client) -> None:
    lease = bring_to(LeaseFactory(), LeaseStatus.ACTIVE)
    client.force_login(UserFactory(username="ada"))
    url = f"{reverse('admin:leases_lease_do', args=['end'])}?ids={lease.pk}"
    client.post(url, {"last_day": lease.unit.property.today() - timedelta(days=1), "reason": "They moved out."})
    event = lease.audit_events.get(kind="lease.ended")
    assert (event.actor, event.detail["reason"]) == ("ada", "They moved out.")
