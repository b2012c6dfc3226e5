"""No sequence of calls, honest or forged, makes a lease executed or active without everyone's signature on it.

The machine drives a lease through its methods and, between them, through what a careless script or a forger
could send to the database. It keeps its own account of who signed which words, and compares after every step.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from leases.errors import LeaseError
from leases.models import Lease, LeaseParty, LeaseSignature, LeaseStatus, RentStep, Tenant
from leases.status import SIGNED, TRANSITIONS
from tests.conftest import FAST, FUZZ
from tests.factories import LeaseFactory

KEYS = ["tenant1", "tenant2", "tenant3", "guarantor1", "landlord"]
amounts = st.integers(1, 5000).map(Decimal)
versions = st.integers(1, 3)


class LeaseMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = transaction.atomic()
        self.world.__enter__()
        self.lease: Lease = LeaseFactory(tenants=2, guarantors=1)
        self.people = [*Tenant.objects.all(), Tenant.objects.create(name="Somebody Else")]
        # Who signed which words: (version, key, person) -> the fingerprint of what lay before them.
        self.signed: dict[tuple[int, str, int | None], str] = {}
        self.last = self.row()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.world.__exit__(None, None, None)

    def row(self) -> Lease:
        return Lease.objects.get(pk=self.lease.pk)

    def attempt(self, action: Any, *args: Any, **kwargs: Any) -> bool:
        """Do it, and report whether it was done. A refusal is fine; an error of another kind is a failure."""
        try:
            with transaction.atomic():
                action(*args, **kwargs)
        except (LeaseError, DatabaseError):
            return False
        return True

    # So that a few steps are enough to get from anywhere to anywhere.
    @initialize(
        start=st.sampled_from(["draft", "out", "partly signed", "signed", "second version", "executed", "active"])
    )
    def begin(self, start: str) -> None:
        if start == "draft":
            return
        self.send_out()
        if start == "partly signed":
            self.sign("tenant1", 1)
            self.sign("landlord", 1)
        elif start != "out":
            self.everyone_signs()
        if start == "second version":
            self.withdraw()
            self.send_out()
            self.sign("landlord", 2)
        if start in ("executed", "active"):
            self.execute_a_version(1)
        if start == "active":
            self.activate()

    def update(self, **changes: Any) -> None:
        self.attempt(Lease.objects.filter(pk=self.lease.pk).update, **changes)

    # --- what the office and the tenants do

    @rule()
    def send_out(self) -> None:
        self.attempt(self.lease.send_out)

    @rule()
    def withdraw(self) -> None:
        self.attempt(self.lease.withdraw, "Something was wrong.")

    @rule(key=st.sampled_from(KEYS), version=versions)
    def sign(self, key: str, version: int) -> None:
        words = self.row().terms_sha256()
        signer = next((s for s in self.row().required_signers() if s.key == key), None)
        known = self.row().signatures.filter(version=version, key=key).exists()
        done = self.attempt(self.lease.record_signature, key=key, version=version, signed_at=timezone.now())
        if done and not known:
            assert signer is not None
            assert version == self.row().version
            person = signer.party.tenant_id if signer.party else None
            self.signed[version, key, person] = words

    @rule()
    def everyone_signs(self) -> None:
        for signer in self.row().required_signers():
            self.sign(signer.key, self.row().version)

    @rule(version=versions)
    def execute_a_version(self, version: int) -> None:
        words = self.row().terms_sha256()
        self.attempt(self.lease.execute, version=version, terms_sha256=words, at=timezone.now())

    @rule()
    def execute_other_words(self) -> None:
        version = self.row().version
        assert not self.attempt(self.lease.execute, version=version, terms_sha256="0" * 64, at=timezone.now())

    @rule()
    def activate(self) -> None:
        self.attempt(self.lease.activate)

    @rule()
    def activate_too_early(self) -> None:
        too_early = self.lease.start_date - timedelta(days=1)
        assert not self.attempt(self.lease.activate, on=too_early)

    @rule()
    def end(self) -> None:
        self.attempt(self.lease.end)

    @precondition(lambda self: self.row().status in (LeaseStatus.EXECUTED, LeaseStatus.ACTIVE))
    @rule(sure=st.booleans())
    def cancel(self, sure: bool) -> None:
        if sure:
            self.attempt(self.lease.cancel, "They changed their minds.")

    @rule(rent=amounts)
    def edit_the_rent(self, rent: Decimal) -> None:
        lease = self.row()
        lease.rent = rent
        self.attempt(lease.save)

    @rule(rent=amounts, days=st.integers(-10, 400))
    def add_a_rent_step(self, rent: Decimal, days: int) -> None:
        step = RentStep(lease=self.lease, from_date=self.lease.start_date + timedelta(days=days), amount=rent)
        self.attempt(step.save)

    @rule(index=st.integers(0, 3))
    def add_a_tenant(self, index: int) -> None:
        self.attempt(LeaseParty(lease=self.lease, tenant=self.people[index % len(self.people)]).save)

    @rule(order=st.integers(2, 3))
    def drop_a_tenant(self, order: int) -> None:
        for party in LeaseParty.objects.filter(lease=self.lease, role="tenant", order=order):
            self.attempt(party.delete)

    # --- what a careless script or a forger does

    @rule(status=st.sampled_from(SIGNED))
    def forge_the_execution(self, status: str) -> None:
        self.update(
            status=status,
            executed_version=F("version"),
            executed_terms_sha256=F("sent_terms_sha256"),
            executed_at=timezone.now(),
        )

    @rule(status=st.sampled_from(LeaseStatus.values))
    def forge_the_status(self, status: str) -> None:
        self.update(status=status)

    @rule(
        changes=st.fixed_dictionaries({}, optional={"rent": amounts, "version": versions, "executed_version": versions})
    )
    def forge_the_row(self, changes: dict[str, Any]) -> None:
        if changes:
            self.update(**changes)

    @rule(key=st.sampled_from(KEYS), version=versions, index=st.none() | st.integers(0, 3))
    def forge_a_signature_of_the_wrong_person(self, key: str, version: int, index: int | None) -> None:
        tenant = None if index is None else self.people[index % len(self.people)]
        due = {(s.key, s.party.tenant_id if s.party else None) for s in self.row().required_signers()}
        if (key, tenant.pk if tenant else None) in due:
            return
        forged = LeaseSignature(
            lease=self.lease, version=version, key=key, tenant=tenant, name="X", signed_at=timezone.now(),
            source="electronic",
        )  # fmt: skip
        assert not self.attempt(LeaseSignature.objects.bulk_create, [forged])

    @rule(version=versions, key=st.sampled_from(KEYS))
    def move_signatures(self, version: int, key: str) -> None:
        signatures = LeaseSignature.objects.filter(lease=self.lease)
        moved = self.attempt(signatures.update, version=version) or self.attempt(signatures.update, key=key)
        assert not moved or not signatures.exists()

    @rule()
    def delete_parties(self) -> None:
        guarantors = LeaseParty.objects.filter(lease=self.lease, role="guarantor")
        self.attempt(guarantors._raw_delete, guarantors.db)

    @rule(index=st.integers(0, 3))
    def put_somebody_else_in_a_place(self, index: int) -> None:
        parties = LeaseParty.objects.filter(lease=self.lease, order=1, role="tenant")
        self.attempt(parties.update, tenant=self.people[index % len(self.people)])

    # --- what must hold after every step

    @invariant()
    def a_signed_lease_was_signed_by_everyone_in_these_words(self) -> None:
        lease = self.row()
        if lease.status not in SIGNED:
            return
        words = lease.terms_sha256()
        assert lease.executed_version == lease.version
        assert lease.executed_terms_sha256 == words
        for signer in lease.required_signers():
            person = signer.party.tenant_id if signer.party else None
            assert self.signed.get((lease.version, signer.key, person)) == words, signer.key
        printed = [(p["key"], p["name"]) for p in lease.terms()["parties"]]
        assert printed == [(s.key, s.name) for s in lease.required_signers() if s.party]
        assert lease.terms()["rent"]["monthly"] == f"{lease.rent:.2f}"

    @invariant()
    def the_stage_came_by_an_allowed_way(self) -> None:
        lease = self.row()
        reached, frontier = {self.last.status}, [self.last.status]
        while frontier:
            for following in TRANSITIONS[frontier.pop()] - reached:
                reached.add(following)
                frontier.append(following)
        assert lease.status in reached
        assert lease.version >= self.last.version
        self.last = lease

    @invariant()
    def no_signature_is_ever_lost(self) -> None:
        kept = set(self.row().signatures.values_list("version", "key", "tenant_id"))
        assert kept == set(self.signed)


@pytest.mark.django_db
def test_no_sequence_of_calls_makes_an_unsigned_lease_active() -> None:
    run_state_machine_as_test(
        LeaseMachine,
        settings=settings(
            max_examples=10 if FAST else 100 if FUZZ else 40,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
