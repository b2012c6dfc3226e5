"""A unit is let to one lease at a time."""

import threading
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from leases import errors
from leases.models import Lease, LeaseStatus, Unit
from tests.factories import LeaseFactory, UnitFactory, bring_to, execute, sign

NEW_YEAR = date(2027, 1, 1)


@pytest.mark.django_db
def test_staff_learn_which_lease_has_the_unit() -> None:
    first = LeaseFactory(start_date=NEW_YEAR, stage="out_for_signature")
    second = LeaseFactory(unit=first.unit, start_date=NEW_YEAR + timedelta(days=100))
    with pytest.raises(errors.UnitAlreadyLet) as refusal:
        second.send_out()
    assert str(refusal.value) == (
        f"{first.unit} is already let by lease {first.number} from January 1, 2027 to December 31, 2027. "
        "Change the dates, or end or cancel that lease first."
    )


@pytest.mark.django_db
def test_drafts_may_compete_for_a_unit() -> None:
    first = LeaseFactory(start_date=NEW_YEAR)
    second = LeaseFactory(unit=first.unit, start_date=NEW_YEAR)
    first.send_out()
    first.cancel("They found another home.")
    second.send_out()
    assert second.status == LeaseStatus.OUT_FOR_SIGNATURE


@pytest.mark.django_db
def test_the_next_lease_may_begin_the_day_after_the_last() -> None:
    first = LeaseFactory(start_date=NEW_YEAR, stage="executed")
    LeaseFactory(unit=first.unit, start_date=first.end_date + timedelta(days=1), stage="executed")


@pytest.mark.django_db
def test_a_month_to_month_lease_has_the_unit_without_end() -> None:
    first = LeaseFactory(end_date=None, stage="active")
    with pytest.raises(errors.UnitAlreadyLet, match="with no end date"):
        LeaseFactory(unit=first.unit, start_date=date(2099, 1, 1), stage="out_for_signature")
    first.end()
    LeaseFactory(unit=first.unit, start_date=date(2099, 1, 1), stage="out_for_signature")


@pytest.mark.django_db
def test_the_database_itself_refuses_a_second_live_lease() -> None:
    first = LeaseFactory(start_date=NEW_YEAR, stage="executed")
    second = LeaseFactory(unit=first.unit, start_date=NEW_YEAR + timedelta(days=400), stage="executed")
    third = LeaseFactory(unit=first.unit, start_date=NEW_YEAR)
    proof = {"sent_terms": {}, "sent_terms_sha256": "0", "sent_at": first.sent_at}
    with pytest.raises(IntegrityError), transaction.atomic():
        Lease.objects.filter(pk=third.pk).update(status="out_for_signature", holds_unit_until=third.end_date, **proof)
    with pytest.raises(IntegrityError), transaction.atomic():
        Lease.objects.filter(pk=second.pk).update(holds_unit_until=NEW_YEAR)


class TestManyLeases(TestCase):
    """Whatever the office sends out, no two live leases of a unit share a day."""

    @given(
        st.lists(
            st.tuples(
                st.integers(0, 40), st.none() | st.integers(0, 30), st.sampled_from(["out", "executed", "cancel"])
            ),
            max_size=6,
        )
    )
    def test_no_two_live_leases_share_a_day(self, wishes: list[tuple[int, int | None, str]]) -> None:
        unit = UnitFactory()
        for start, days, then in wishes:
            first = NEW_YEAR + timedelta(days=start)
            last = None if days is None else first + timedelta(days=days)
            lease = LeaseFactory(unit=unit, start_date=first, end_date=last)
            try:
                lease.send_out()
            except errors.UnitAlreadyLet:
                assert self.days(lease) & self.taken(unit), "it was refused although the unit was free"
                continue
            if then == "executed":
                sign(lease)
                execute(lease)
            elif then == "cancel":
                lease.cancel("They found another home.")
        live = [self.days(lease) for lease in self.live(unit)]
        assert sum(map(len, live)) == len(set().union(*live))

    @staticmethod
    def live(unit: Unit) -> list[Lease]:
        return list(unit.leases.filter(status__in=["out_for_signature", "executed"]))

    @staticmethod
    def days(lease: Lease) -> set[date]:
        last = lease.end_date or NEW_YEAR + timedelta(days=200)
        return {lease.start_date + timedelta(days=day) for day in range((last - lease.start_date).days + 1)}

    def taken(self, unit: Unit) -> set[date]:
        return set().union(*map(self.days, self.live(unit)))


@pytest.mark.django_db(transaction=True)
def test_two_people_sending_at_the_same_moment_do_not_let_a_unit_twice() -> None:
    unit = UnitFactory()
    leases = [LeaseFactory(unit=unit, start_date=NEW_YEAR) for _ in range(4)]
    together = threading.Barrier(len(leases))
    outcomes: list[str] = []

    def send(lease: Lease) -> None:
        together.wait()
        try:
            bring_to(lease, "out_for_signature")
            outcomes.append("sent")
        except errors.UnitAlreadyLet:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[lease]) for lease in leases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "refused", "refused", "sent"]
    assert unit.leases.filter(status="out_for_signature").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_party_cannot_slip_in_while_the_lease_goes_out() -> None:
    """Each thread has its own transaction; whichever is first, the terms that went out name every party."""
    lease = LeaseFactory(tenants=1)
    latecomer = LeaseFactory().parties.get().tenant
    together = threading.Barrier(2)

    def add() -> None:
        together.wait()
        try:
            Lease.objects.get(pk=lease.pk).parties.create(tenant=latecomer)
        except errors.TermsFrozen:
            pass
        finally:
            connection.close()

    thread = threading.Thread(target=add)
    thread.start()
    together.wait()
    lease.send_out()
    thread.join()
    stored = Lease.objects.get(pk=lease.pk)
    printed = [party["key"] for party in stored.terms()["parties"]]
    assert printed == [party.key for party in stored.parties.all()]
