"""From draft to active and beyond, by the methods of the lease."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from leases import errors
from leases.models import Lease, LeaseStatus, Tenant
from tests.factories import (
    AddendumFactory,
    LeaseFactory,
    LeasePartyFactory,
    PropertyFactory,
    RentStepFactory,
    bring_to,
    execute,
    sign,
)

pytestmark = pytest.mark.django_db


def test_a_lease_goes_from_draft_to_ended_by_the_book() -> None:
    lease = LeaseFactory(tenants=2, guarantors=1)
    lease.send_out()
    assert [signer.key for signer in lease.missing_signatures()] == [
        "tenant1",
        "tenant2",
        "guarantor1",
        "landlord",
    ]
    sign(lease)
    execute(lease)
    lease.activate()
    lease.end(reason="They moved to Reno.")
    stored = Lease.objects.get()
    assert stored.status == LeaseStatus.ENDED
    assert stored.status_reason == "They moved to Reno."
    assert stored.executed_version == stored.version == 1
    assert stored.executed_terms_sha256 == stored.terms_sha256()
    assert None not in (stored.executed_at, stored.activated_at, stored.ended_at)


def test_tenants_sign_side_by_side_then_guarantors_then_the_landlord() -> None:
    lease = LeaseFactory(tenants=3, guarantors=1)
    assert [(signer.key, signer.order) for signer in lease.required_signers()] == [
        ("tenant1", 1),
        ("tenant2", 1),
        ("tenant3", 1),
        ("guarantor1", 2),
        ("landlord", 3),
    ]
    landlord = lease.required_signers()[-1]
    assert (landlord.name, landlord.party) == (lease.unit.property.owner.signatory_name, None)


@pytest.mark.parametrize("absent", ["tenant1", "tenant2", "guarantor1", "landlord"])
def test_a_lease_is_not_executed_while_one_signature_is_missing(absent: str) -> None:
    lease = LeaseFactory(tenants=2, guarantors=1, stage="out_for_signature")
    sign(lease, *{signer.key for signer in lease.required_signers()} - {absent})
    with pytest.raises(errors.SignaturesMissing) as refusal:
        execute(lease)
    assert refusal.value.missing == [absent]
    assert Lease.objects.get().status == LeaseStatus.OUT_FOR_SIGNATURE
    assert lease.status == LeaseStatus.OUT_FOR_SIGNATURE


def test_signatures_on_a_withdrawn_version_do_not_count_for_the_next() -> None:
    lease = LeaseFactory(tenants=2, stage="out_for_signature")
    sign(lease)
    digest = lease.terms_sha256()
    lease.withdraw("The rent was wrong.")
    lease.rent = Decimal("1950.00")
    lease.save()
    lease.send_out()
    assert lease.version == 2
    assert len(lease.missing_signatures()) == 3
    with pytest.raises(errors.StaleVersion):
        lease.execute(version=1, terms_sha256=digest, at=timezone.now())
    with pytest.raises(errors.TermsChanged):
        lease.execute(version=2, terms_sha256=digest, at=timezone.now())
    with pytest.raises(errors.SignaturesMissing):
        execute(lease)


def test_a_signature_that_arrives_after_the_withdrawal_is_refused() -> None:
    lease = LeaseFactory(stage="out_for_signature")
    lease.withdraw("A name was misspelt.")
    with pytest.raises(errors.WrongStatus):
        lease.record_signature(key="tenant1", version=1, signed_at=timezone.now())
    lease.send_out()
    with pytest.raises(errors.StaleVersion):
        lease.record_signature(key="tenant1", version=1, signed_at=timezone.now())


def test_the_same_signature_twice_is_kept_once() -> None:
    lease = LeaseFactory(stage="out_for_signature")
    first = lease.record_signature(key="tenant1", version=1, signed_at=timezone.now())
    again = lease.record_signature(key="tenant1", version=1, signed_at=timezone.now())
    assert first == again
    assert lease.signatures.count() == 1


def test_a_late_duplicate_of_a_signature_changes_nothing_on_an_active_lease() -> None:
    lease = LeaseFactory(stage="active")
    kept = lease.signatures.get(key="tenant1")
    assert lease.record_signature(key="tenant1", version=1, signed_at=timezone.now()) == kept


def test_a_stranger_cannot_sign_anothers_lease() -> None:
    lease = LeaseFactory(stage="out_for_signature")
    with pytest.raises(errors.NotASigner, match="tenant2"):
        lease.record_signature(key="tenant2", version=1, signed_at=timezone.now())


def test_a_lease_does_not_start_before_its_first_day_at_the_property() -> None:
    hawaii = PropertyFactory(time_zone="Pacific/Honolulu", state="HI", jurisdiction="US-HI")
    lease = LeaseFactory(unit__property=hawaii, start_date=date(2027, 3, 1), stage="executed")
    still_february_there = time_machine.travel("2027-03-01T09:59:00Z")
    with still_february_there, pytest.raises(errors.TooEarly, match="March 1, 2027"):
        lease.activate()
    with time_machine.travel("2027-03-01T10:00:00Z"):
        lease.activate()
    assert lease.status == LeaseStatus.ACTIVE


def test_a_lease_cannot_be_ended_as_of_a_day_to_come() -> None:
    lease = LeaseFactory(stage="active")
    with pytest.raises(errors.TooEarly):
        lease.end(on=lease.unit.property.today() + timedelta(days=1))
    with pytest.raises(errors.TooEarly):
        lease.end(on=lease.start_date - timedelta(days=1))


METHODS: dict[str, dict[str, Any]] = {
    "send_out": {},
    "withdraw": {"reason": "Wrong rent."},
    "execute": {"version": 1, "terms_sha256": "0" * 64, "at": timezone.now()},
    "activate": {},
    "end": {},
    "roll_over": {},
    "cancel": {"reason": "They changed their minds."},
}
ALLOWED = {
    "draft": {"send_out", "cancel"},
    "out_for_signature": {"withdraw", "execute", "cancel"},
    "executed": {"activate", "cancel"},
    "active": {"end", "roll_over"},
    "ended": set(),
    "cancelled": set(),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("stage", ALLOWED)
def test_each_stage_says_no_to_what_does_not_belong_to_it(stage: str, method: str) -> None:
    lease = LeaseFactory(stage=stage)
    if method in ALLOWED[stage]:
        return
    with pytest.raises(errors.WrongStatus, match=lease.number):
        getattr(lease, method)(**METHODS[method])
    assert Lease.objects.get().status == stage


def test_staff_working_from_an_old_page_are_told_how_the_lease_stands_now() -> None:
    lease = LeaseFactory()
    old_page = Lease.objects.get()
    lease.send_out()
    with pytest.raises(errors.WrongStatus, match="is out for signature; to send it out"):
        old_page.send_out()


def test_a_draft_without_a_primary_tenant_does_not_go_out() -> None:
    lease = LeaseFactory(tenants=0)
    LeasePartyFactory(lease=lease)
    with pytest.raises(errors.LeaseIncomplete, match="no primary tenant") as refusal:
        lease.send_out()
    assert len(refusal.value.problems) == 1


def test_a_draft_without_the_addenda_that_are_asked_for_does_not_go_out() -> None:
    home = PropertyFactory(required_addenda=["house_rules"])
    lease = LeaseFactory(unit__property=home, pets=1)
    assert lease.missing_addenda() == ["house_rules", "pet"]
    with pytest.raises(errors.LeaseIncomplete, match="house rules addendum is missing"):
        lease.send_out()
    AddendumFactory(lease=lease)
    AddendumFactory(lease=lease, kind="house_rules", title="House rules", terms={})
    lease.send_out()
    assert lease.missing_addenda() == []


class TestTermsOfALeaseThatIsOut:
    @pytest.fixture
    def lease(self) -> Lease:
        lease: Lease = LeaseFactory(tenants=2, pets=1)
        AddendumFactory(lease=lease)
        RentStepFactory(lease=lease)
        return bring_to(lease, "out_for_signature")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("rent", "1.00"),
            ("deposit", "1.00"),
            ("start_date", date(2020, 1, 1)),
            ("end_date", None),
            ("due_day", 15),
            ("late_fee", "1.00"),
            ("pets", 0),
        ],
    )
    def test_cannot_be_edited(self, lease: Lease, field: str, value: object) -> None:
        setattr(lease, field, value)
        with pytest.raises(errors.TermsFrozen):
            lease.save()

    def test_keep_their_parties(self, lease: Lease) -> None:
        party = lease.parties.get(order=2)
        with pytest.raises(errors.TermsFrozen):
            party.delete()
        party.tenant = Tenant.objects.create(name="Somebody Else")
        with pytest.raises(errors.TermsFrozen):
            party.save()
        with pytest.raises(errors.TermsFrozen):
            LeasePartyFactory(lease=lease)

    def test_keep_their_rent_steps_and_addenda(self, lease: Lease) -> None:
        step, addendum = lease.rent_steps.get(), lease.addenda.get()
        step.amount = 1
        addendum.terms = {}
        for row in (step, addendum):
            with pytest.raises(errors.TermsFrozen):
                row.save()
            with pytest.raises(errors.TermsFrozen):
                row.delete()

    def test_do_not_follow_a_corrected_name_or_address(self, lease: Lease) -> None:
        before = lease.terms_sha256()
        tenant = lease.parties.get(order=1).tenant
        tenant.name, tenant.email = "Grace Okafor-Lind", "new@mail.example"
        tenant.save()
        owner = lease.unit.property.owner
        owner.mailing_address = "1 New Street"
        owner.save()
        stored = Lease.objects.get()
        assert stored.terms_sha256() == before
        assert stored.required_signers()[0].email == "new@mail.example"

    def test_can_be_edited_again_after_withdrawal(self, lease: Lease) -> None:
        lease.withdraw("The rent was wrong.")
        lease.rent = Decimal("1950.00")
        lease.save()
        lease.parties.get(order=2).delete()
        assert lease.terms()["rent"]["monthly"] == "1950.00"
        assert lease.terms()["version"] == 2


def test_only_a_draft_that_was_never_signed_can_be_deleted() -> None:
    LeaseFactory(tenants=2, guarantors=1).delete()
    assert not Lease.objects.exists()
    signed_once = LeaseFactory(stage="out_for_signature")
    sign(signed_once, "tenant1")
    with pytest.raises(errors.LeaseIsKept):
        signed_once.delete()
    signed_once.withdraw("Wrong rent.")
    with pytest.raises(errors.LeaseIsKept):
        signed_once.delete()
