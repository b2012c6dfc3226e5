"""What the database refuses, for every user and every way to ask: QuerySet.update, delete and plain SQL."""

from datetime import timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations import Migration
from django.db.models import F, PositiveIntegerField
from django.db.models.signals import post_migrate, pre_migrate
from django.utils import timezone

from leases import triggers
from leases.lease_rules import TRIGGERS
from leases.models import Addendum, Lease, LeaseParty, LeaseSignature, RentStep, Tenant
from tests.factories import (
    AddendumFactory,
    LeaseFactory,
    LeasePartyFactory,
    RentStepFactory,
    TenantFactory,
    bring_to,
    execute,
    sign,
)
from tests.refusals import refused

pytestmark = pytest.mark.django_db


def everything_a_forger_can_write(status: str) -> dict[str, object]:
    """A row that contradicts nothing in itself: only the signatures are not there."""
    now = timezone.now()
    return {
        "status": status,
        "executed_version": F("version"),
        "executed_terms_sha256": F("sent_terms_sha256"),
        "executed_at": now,
        "activated_at": now,
        "ended_at": now,
    }


@pytest.mark.parametrize("status", ["executed", "active", "ended", "renewed"])
@pytest.mark.parametrize("stage", ["draft", "out_for_signature", "cancelled"])
def test_no_update_makes_an_unsigned_lease_count_as_signed(stage: str, status: str) -> None:
    rows = Lease.objects.filter(pk=LeaseFactory(stage=stage).pk)
    assert refused(lambda: rows.update(status=status))
    assert refused(lambda: rows.update(**everything_a_forger_can_write(status)))
    assert Lease.objects.get().status == stage


@pytest.mark.parametrize("absent", ["tenant1", "tenant2", "guarantor1", "landlord"])
def test_no_update_executes_a_lease_with_one_signature_missing(absent: str) -> None:
    lease = LeaseFactory(tenants=2, guarantors=1, stage="out_for_signature")
    rows = Lease.objects.filter(pk=lease.pk)
    sign(lease, *{signer.key for signer in lease.required_signers()} - {absent})
    assert refused(lambda: rows.update(**everything_a_forger_can_write("executed")))
    sign(lease, absent)
    assert not refused(lambda: rows.update(**everything_a_forger_can_write("executed")))


def test_signatures_of_an_older_version_execute_nothing() -> None:
    lease = LeaseFactory(stage="out_for_signature")
    sign(lease)
    lease.withdraw("Wrong rent.")
    lease.send_out()
    rows = Lease.objects.filter(pk=lease.pk)
    for version in (1, 2):
        forgery = everything_a_forger_can_write("executed") | {"executed_version": version}
        assert refused(lambda forgery=forgery: rows.update(**forgery))  # type: ignore[misc]  # bound per turn
    assert refused(lambda: rows.update(**everything_a_forger_can_write("executed") | {"version": 1}))
    assert refused(lambda: lease.signatures.update(version=2))
    for last in ("landlord", "tenant1"):
        assert refused(lambda: rows.update(**everything_a_forger_can_write("executed")))
        sign(lease, last)
    assert not refused(lambda: rows.update(**everything_a_forger_can_write("executed")))


def test_a_lease_is_born_a_draft() -> None:
    draft = LeaseFactory()
    for status in ("out_for_signature", "executed", "active", "renewed", "cancelled"):
        born = Lease(number=f"L-1999-{status[:4]}", unit=draft.unit, start_date=draft.start_date, rent=1, status=status)
        assert refused(lambda born=born: Lease.objects.bulk_create([born]))  # type: ignore[misc]  # bound per turn


def test_a_stage_cannot_be_skipped_or_taken_back() -> None:
    executed = LeaseFactory(stage="executed")
    active = LeaseFactory(stage="active")
    for lease, statuses in {
        executed: ["draft", "out_for_signature", "ended", "renewed"],
        active: ["draft", "out_for_signature", "executed", "cancelled"],
    }.items():
        for status in statuses:
            rows = Lease.objects.filter(pk=lease.pk)
            assert refused(lambda rows=rows, status=status: rows.update(status=status))  # type: ignore[misc]


@pytest.mark.parametrize("stage", ["out_for_signature", "executed", "active", "ended", "cancelled"])
def test_what_was_agreed_cannot_be_changed_by_an_update(stage: str) -> None:
    lease = LeaseFactory(tenants=2, pets=1)
    AddendumFactory(lease=lease)
    RentStepFactory(lease=lease)
    bring_to(lease, "out_for_signature")
    if stage == "cancelled":
        lease.cancel("They changed their minds.")
    elif stage != "out_for_signature":
        sign(lease)
        execute(lease)
        if stage in ("active", "ended"):
            lease.activate()
        if stage == "ended":
            lease.end()
    stranger = TenantFactory()
    other = LeaseFactory()
    rows = Lease.objects.filter(pk=lease.pk)
    assert refused(lambda: rows.update(rent=1))
    assert refused(lambda: rows.update(end_date=None, rolled_over_on=lease.end_date))
    assert refused(lambda: rows.update(unit=other.unit))
    assert refused(lambda: rows.update(number="L-1999-0001"))
    assert refused(lambda: rows.update(version=F("version") + 1))
    assert refused(lambda: rows.update(sent_terms={"rent": "1.00"}))
    assert refused(rows.delete)
    assert refused(lambda: rows._raw_delete(rows.db))
    step = RentStep(lease=lease, from_date=lease.start_date + timedelta(days=9), amount=1)
    assert refused(lambda: RentStep.objects.bulk_create([step]))
    addendum = Addendum(lease=lease, kind="other", title="And more", terms={"text": "More."})
    assert refused(lambda: Addendum.objects.bulk_create([addendum]))
    for children in (LeaseParty.objects, RentStep.objects, Addendum.objects):
        its = children.filter(lease=lease)
        assert refused(lambda its=its: its.delete())  # type: ignore[misc]  # bound per turn
        assert refused(lambda its=its: its.update(lease=other))  # type: ignore[misc]  # bound per turn
    assert refused(lambda: lease.parties.filter(order=2).update(tenant=stranger))
    assert refused(lambda: LeaseParty.objects.bulk_create([LeaseParty(lease=lease, tenant=stranger, order=3)]))
    assert refused(lambda: LeaseParty.objects.filter(lease=other).update(lease=lease, order=9, is_primary=False))
    assert refused(lambda: lease.rent_steps.update(amount=1))
    assert refused(lambda: lease.addenda.update(title="Two pets"))


def test_the_proof_of_execution_cannot_be_rewritten() -> None:
    rows = Lease.objects.filter(pk=LeaseFactory(stage="active").pk)
    assert refused(lambda: rows.update(executed_at=timezone.now()))
    assert refused(lambda: rows.update(executed_version=2))
    assert refused(lambda: rows.update(executed_terms_sha256="0" * 64))


@pytest.mark.parametrize("stage", ["out_for_signature", "executed", "active", "ended"])
def test_signatures_are_neither_changed_nor_removed(stage: str) -> None:
    lease = LeaseFactory(stage=stage)
    if stage == "out_for_signature":
        sign(lease)
    its = LeaseSignature.objects.filter(lease=lease)
    assert refused(lambda: its.update(signed_at=timezone.now()))
    assert refused(lambda: its.update(reference="somewhere else"))
    assert refused(lambda: its._raw_delete(its.db))
    assert its.count() == 2


def test_signatures_are_only_taken_from_those_the_lease_asks() -> None:
    lease = LeaseFactory(tenants=2, stage="out_for_signature")
    first, second = lease.parties.order_by("order")
    stranger = TenantFactory()

    def insert(tenant: Tenant | None, key: str, version: int = 1, on: Lease = lease) -> None:
        signature = LeaseSignature(
            lease=on, version=version, key=key, tenant=tenant, name="X", signed_at=timezone.now(), source="electronic"
        )
        LeaseSignature.objects.bulk_create([signature])

    assert refused(lambda: insert(stranger, "tenant1"))
    assert refused(lambda: insert(second.tenant, "tenant1"))
    assert refused(lambda: insert(stranger, "tenant3"))
    assert refused(lambda: insert(first.tenant, "landlord"))
    assert refused(lambda: insert(None, "tenant1"))
    assert refused(lambda: insert(first.tenant, "tenant1", version=2))
    draft = LeaseFactory()
    assert refused(lambda: insert(draft.parties.get().tenant, "tenant1", on=draft))
    insert(first.tenant, "tenant1")
    assert refused(lambda: insert(first.tenant, "tenant1"))


def test_a_paper_signature_needs_its_note_and_scan() -> None:
    lease = LeaseFactory(stage="out_for_signature")
    for note, scan in (("", "scan.pdf"), ("They came to the office.", "")):
        signature = LeaseSignature(
            lease=lease, version=1, key="landlord", name="X", signed_at=timezone.now(), source="offline",
            note=note, scan=scan,
        )  # fmt: skip
        assert refused(lambda signature=signature: LeaseSignature.objects.bulk_create([signature]))  # type: ignore[misc]


def test_rent_steps_lie_within_the_term() -> None:
    lease = LeaseFactory()
    for day in (lease.start_date, lease.end_date + timedelta(days=1)):
        step = RentStep(lease=lease, from_date=day, amount=1)
        assert refused(lambda step=step: RentStep.objects.bulk_create([step]))  # type: ignore[misc]  # bound per turn
    kept = RentStepFactory(lease=lease, from_date=lease.end_date)
    assert refused(lambda: RentStep.objects.filter(pk=kept.pk).update(from_date=lease.start_date))
    Lease.objects.filter(pk=lease.pk).update(end_date=lease.end_date - timedelta(days=1))
    shorter = {"sent_terms": {}, "sent_terms_sha256": "0", "sent_at": timezone.now()}
    assert refused(
        lambda: Lease.objects.filter(pk=lease.pk).update(
            status="out_for_signature", holds_unit_until=F("end_date"), **shorter
        )
    )


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has INSERT OR REPLACE")
def test_insert_or_replace_replaces_no_evidence() -> None:
    lease = LeaseFactory(stage="active")

    def replace(table: str, **changes: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} WHERE id = (SELECT MAX(id) FROM {table})")
            names = [column[0] for column in cursor.description]
            row = dict(zip(names, cursor.fetchone(), strict=True)) | changes
            columns = ", ".join(f'"{name}"' for name in names)
            marks = ", ".join(["%s"] * len(names))
            cursor.execute(f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})", list(row.values()))

    assert refused(lambda: replace("leases_lease", status="draft", executed_version=None))
    assert refused(lambda: replace("leases_leasesignature", name="Somebody Else"))
    assert refused(lambda: replace("leases_leaseparty", is_primary=False))
    assert Lease.objects.get() == lease
    half_signed = LeaseFactory(stage="out_for_signature")
    sign(half_signed, "tenant1")
    assert refused(lambda: replace("leases_leasesignature", name="Somebody Else"))


def test_a_second_party_cannot_slip_into_a_place_that_is_taken() -> None:
    lease = LeaseFactory(tenants=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        LeasePartyFactory(lease=lease, order=2)
    with pytest.raises(IntegrityError):
        LeasePartyFactory(lease=lease, is_primary=True)


# --- the triggers themselves ------------------------------------------------------------------------------


def test_the_check_says_so_when_a_trigger_is_gone_and_migrate_puts_it_back() -> None:
    assert triggers.triggers_are_in_place(["default"]) == []
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TRIGGER lease_needs_every_signature"
            + (" ON leases_lease" if connection.vendor == "postgresql" else "")
        )
    (warning,) = triggers.triggers_are_in_place(["default"])
    assert "lease_needs_every_signature" in warning.msg
    call_command("migrate", "leases", stdout=StringIO(), verbosity=0)
    assert triggers.triggers_are_in_place(["default"]) == []


@pytest.mark.django_db(transaction=True)
def test_flush_empties_the_database_and_leaves_the_triggers() -> None:
    LeaseFactory(stage="active")
    call_command("flush", interactive=False, verbosity=0)
    assert not Lease.objects.exists()
    assert triggers.missing(connection, TRIGGERS) == set()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL alters a table without building it again")
@pytest.mark.django_db(transaction=True)
def test_sqlite_can_alter_a_table_with_triggers_and_they_come_back() -> None:
    app, plan = apps.get_app_config("leases"), [(Migration("0099_later", "leases"), False)]
    told = {"app_config": app, "verbosity": 0, "interactive": False, "using": "default", "plan": plan}
    due_day = Lease._meta.get_field("due_day")
    wider = PositiveIntegerField(default=1)
    wider.set_attributes_from_name("due_day")
    wider.model = Lease
    pre_migrate.send(sender=app, **told)
    with connection.schema_editor() as editor:
        editor.alter_field(Lease, due_day, wider, strict=True)
        editor.alter_field(Lease, wider, due_day, strict=True)
    post_migrate.send(sender=app, **told)
    assert triggers.missing(connection, TRIGGERS) == set()
    assert refused(lambda: Lease.objects.filter(pk=LeaseFactory().pk).update(status="active"))
