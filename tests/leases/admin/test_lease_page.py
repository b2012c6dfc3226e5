"""The page of a lease: a draft is edited there; anything later is looked at."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from leases.models import Lease, LeaseParty, LeaseStatus
from tests.factories import AddendumFactory, LeaseFactory, OwnerFactory, TenantFactory, UnitFactory, UserFactory

PREFIXES = ("parties", "rent_steps", "addenda", "signatures")


def page(lease: Lease) -> str:
    return reverse("admin:leases_lease_change", args=[lease.pk])


def form(**changes: Any) -> dict[str, Any]:
    """What the browser posts, with empty inlines unless told otherwise."""
    data: dict[str, Any] = {
        "start_date": "2027-01-01", "end_date": "2027-12-31", "rent": "2000.00", "deposit": "2000.00",
        "due_day": "1", "late_fee": "75.00", "late_fee_after_days": "5", "pets": "0", "parking_spaces": "0",
    }  # fmt: skip
    for prefix in PREFIXES:
        data |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    return data | changes


def rows(prefix: str, *given: dict[str, Any], stored: int = 0) -> dict[str, Any]:
    data: dict[str, Any] = {f"{prefix}-TOTAL_FORMS": str(len(given)), f"{prefix}-INITIAL_FORMS": str(stored)}
    for place, row in enumerate(given):
        data |= {f"{prefix}-{place}-{name}": value for name, value in row.items()}
    return data


def problems(response: Any) -> str:
    assert response.status_code == 200, "the form was saved"
    return str(response.context["errors"])


def test_staff_write_a_lease_with_parties_a_step_and_an_addendum(office: Client) -> None:
    grace, daniel, robert = TenantFactory(), TenantFactory(), TenantFactory()
    data = form(
        unit=UnitFactory().pk,
        pets="1",
        **rows(
            "parties",
            {"tenant": grace.pk, "role": "tenant", "is_primary": "on"},
            {"tenant": daniel.pk, "role": "tenant"},
            {"tenant": robert.pk, "role": "guarantor"},
        ),
        **rows("rent_steps", {"from_date": "2027-07-01", "amount": "2100.00"}),
        **rows(
            "addenda",
            {
                "kind": "pet", "title": "Pet addendum", "pet__species": "Cat", "pet__deposit": "300",
                "pet__monthly_rent": "35.5", "parking__space": "left over from another kind",
            },
        ),
    )  # fmt: skip
    assert office.post(reverse("admin:leases_lease_add"), data).status_code == 302
    lease = Lease.objects.get()
    assert [(party.key, party.tenant) for party in lease.parties.all()] == [
        ("tenant1", grace), ("tenant2", daniel), ("guarantor1", robert),
    ]  # fmt: skip
    assert lease.addenda.get().terms == {"species": "Cat", "deposit": "300.00", "monthly_rent": "35.50"}
    assert lease.problems() == []
    assert lease.history.latest().history_user is not None


def test_the_primary_tenant_can_change_places(office: Client) -> None:
    lease = LeaseFactory(tenants=2)
    first, second = lease.parties.all()
    data = form(
        unit=lease.unit_id,
        **rows(
            "parties",
            {"id": first.pk, "lease": lease.pk, "tenant": first.tenant_id, "role": "tenant"},
            {"id": second.pk, "lease": lease.pk, "tenant": second.tenant_id, "role": "tenant", "is_primary": "on"},
            stored=2,
        ),
    )
    assert office.post(page(lease), data).status_code == 302
    assert lease.parties.get(is_primary=True) == second
    assert lease.tenant_names() == f"{second.tenant.name}, {first.tenant.name}"


def test_a_tenant_can_become_a_guarantor(office: Client) -> None:
    lease = LeaseFactory(tenants=3)
    first, second, third = lease.parties.all()
    data = form(
        unit=lease.unit_id,
        **rows(
            "parties",
            {"id": first.pk, "tenant": first.tenant_id, "role": "tenant", "is_primary": "on"},
            {"id": second.pk, "tenant": second.tenant_id, "role": "guarantor"},
            {"id": third.pk, "tenant": third.tenant_id, "role": "tenant"},
            stored=3,
        ),
    )
    assert office.post(page(lease), data).status_code == 302
    assert {party.key: party for party in lease.parties.all()} == {
        "tenant1": first, "guarantor1": second, "tenant3": third,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"end_date": "2026-01-01"}, "The last day cannot come before the first day."),
        ({"due_day": "31"}, "less than or equal to 28"),
        ({"rent": "-5"}, "greater than or equal to 0"),
        (rows("rent_steps", {"from_date": "2029-01-01", "amount": "1"}), "must come after the first day"),
        (rows("addenda", {"kind": "parking", "title": "Parking"}), "Fill in the space."),
        (rows("addenda", {"kind": "pet", "title": "Pet", "pet__species": "Cat", "pet__deposit": "-1"}), "0"),
    ],
)
def test_what_is_wrong_is_said_at_the_form(office: Client, changes: dict[str, Any], words: str) -> None:
    response = office.post(reverse("admin:leases_lease_add"), form(unit=UnitFactory().pk) | changes)
    assert words in problems(response)
    assert not Lease.objects.exists()


def test_two_primary_tenants_or_one_person_twice_are_refused_at_the_form(office: Client) -> None:
    one, two = TenantFactory(), TenantFactory()
    add, unit = reverse("admin:leases_lease_add"), UnitFactory().pk
    both = rows(
        "parties",
        {"tenant": one.pk, "role": "tenant", "is_primary": "on"},
        {"tenant": two.pk, "role": "tenant", "is_primary": "on"},
    )
    assert "Mark one tenant as the primary tenant" in problems(office.post(add, form(unit=unit) | both))
    guarantor = rows("parties", {"tenant": one.pk, "role": "guarantor", "is_primary": "on"})
    assert "Only a tenant can be the primary tenant" in problems(office.post(add, form(unit=unit) | guarantor))
    twice = rows("parties", {"tenant": one.pk, "role": "tenant"}, {"tenant": one.pk, "role": "guarantor"})
    assert problems(office.post(add, form(unit=unit) | twice))
    assert not LeaseParty.objects.exists()


@pytest.mark.parametrize("stage", ["out_for_signature", "executed", "active", "ended", "cancelled"])
def test_a_lease_that_has_gone_out_is_only_looked_at(boss: Client, stage: str) -> None:
    lease = LeaseFactory(stage=stage, rent=2000)
    response = boss.get(page(lease))
    assert response.status_code == 200
    assert 'name="rent"' not in response.content.decode()
    assert boss.post(page(lease), form(unit=lease.unit_id, rent="1.00")).status_code == 403
    assert Lease.objects.get().rent == 2000


def test_a_draft_says_what_it_needs_before_it_can_go_out(office: Client) -> None:
    lease = LeaseFactory(pets=1)
    words = office.get(page(lease)).content.decode()
    assert "The pet addendum is missing; add it under Addenda." in words
    AddendumFactory(lease=lease)
    assert "Before it can go out" not in office.get(page(lease)).content.decode()


def test_a_stage_cannot_be_posted(boss: Client) -> None:
    lease = LeaseFactory()
    forged = form(
        unit=lease.unit_id, status="active", version="9", executed_version="9", executed_at="2027-01-01",
        sent_terms="{}", sent_terms_sha256="0", executed_terms_sha256="0",
    )  # fmt: skip
    party = lease.parties.get()
    forged |= rows(
        "parties", {"id": party.pk, "tenant": party.tenant_id, "role": "tenant", "is_primary": "on"}, stored=1
    )
    assert boss.post(page(lease), forged).status_code == 302
    stored = Lease.objects.get()
    assert (stored.status, stored.version, stored.executed_at) == (LeaseStatus.DRAFT, 1, None)


def test_somebody_who_edits_while_a_colleague_sends_is_told(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = LeaseFactory()
    save = Lease.save

    def sent_meanwhile(self: Lease, *args: Any, **kwargs: Any) -> None:
        monkeypatch.setattr(Lease, "save", save)
        Lease.objects.get().send_out()
        self.save(*args, **kwargs)

    monkeypatch.setattr(Lease, "save", sent_meanwhile)
    party = lease.parties.get()
    party_row = {"id": party.pk, "tenant": party.tenant_id, "role": "tenant", "is_primary": "on"}
    data = form(unit=lease.unit_id, rent="1.00") | rows("parties", party_row, stored=1)
    response = boss.post(page(lease), data, follow=True)
    assert "Withdraw it to change them" in response.content.decode()
    assert Lease.objects.get().rent == 2000


def test_only_a_draft_that_no_one_signed_can_be_deleted(boss: Client) -> None:
    draft, active = LeaseFactory(), LeaseFactory(stage="active")
    for lease in (draft, active):
        boss.post(reverse("admin:leases_lease_delete", args=[lease.pk]), {"post": "yes"})
    assert list(Lease.objects.all()) == [active]


def test_the_addenda_of_a_lease_that_is_out_are_shown_in_words(boss: Client) -> None:
    lease = LeaseFactory(pets=1)
    AddendumFactory(lease=lease)
    lease.send_out()
    assert "species: Cat; name: Pixel" in boss.get(page(lease)).content.decode().replace("&quot;", '"')


# --- history and permissions --------------------------------------------------------------------------------


def test_the_history_tells_of_stages_and_rents(boss: Client) -> None:
    lease = LeaseFactory()
    lease.rent = Decimal(1950)
    lease.save()
    lease.send_out()
    words = boss.get(reverse("admin:leases_lease_history", args=[lease.pk])).content.decode()
    assert "out_for_signature" in words
    assert "1950" in words


def test_an_old_row_cannot_be_posted_back_by_somebody_who_may_only_look(office: Client) -> None:
    owner = OwnerFactory(legal_name="Larkspur Holdings LLC")
    first = owner.history.get()
    url = reverse("admin:leases_owner_simple_history", args=[owner.pk, first.pk])
    assert office.get(url).status_code == 200
    changed = {name: getattr(owner, name) for name in ("mailing_address", "email", "signatory_name", "signatory_email")}
    assert office.post(url, changed | {"legal_name": "Mine LLC", "phone": ""}).status_code == 403
    owner.refresh_from_db()
    assert owner.legal_name == "Larkspur Holdings LLC"


def test_the_leasing_office_looks_at_owners_and_does_not_change_them(office: Client) -> None:
    owner = OwnerFactory()
    url = reverse("admin:leases_owner_change", args=[owner.pk])
    assert office.get(url).status_code == 200
    assert office.post(url, {}).status_code == 403


def test_a_user_without_permissions_sees_no_lease(db: None) -> None:
    client, lease = Client(), LeaseFactory()
    client.force_login(UserFactory(is_superuser=False))
    assert client.get(page(lease)).status_code == 403


@pytest.mark.parametrize("model", ["owner", "property", "unit", "tenant", "lease"])
def test_every_page_of_the_room_opens(boss: Client, model: str) -> None:
    lease = LeaseFactory(tenants=2, stage="active")
    row = {
        "owner": lease.unit.property.owner,
        "property": lease.unit.property,
        "unit": lease.unit,
        "tenant": lease.parties.all()[0].tenant,
        "lease": lease,
    }[model]
    for url in (
        reverse(f"admin:leases_{model}_changelist"),
        reverse(f"admin:leases_{model}_add"),
        reverse(f"admin:leases_{model}_change", args=[row.pk]),
        reverse(f"admin:leases_{model}_history", args=[row.pk]),
    ):
        assert boss.get(url).status_code == 200, url


def test_the_history_tells_when_who_changed_what_and_blames_no_one_for_what_a_machine_did(office: Client) -> None:
    owner = OwnerFactory(legal_name="Larkspur LLC")
    owner.legal_name = "Larkspur Homes LLC"
    owner.save()
    response = office.get(reverse("admin:leases_owner_history", args=[owner.pk]))
    said = " ".join(strip_tags(response.content.decode()).split())
    assert ": Larkspur LLC → Larkspur Homes LLC" in said
    assert "Changed system" in said
    assert "None" not in said.partition("When")[2]
