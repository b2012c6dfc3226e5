"""The guards one by one: claims, ownership of an outcome, the order of updates, who owns a draft."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from esign.docusign.answers import EnvelopeUpdate
from esign.envelopes import dispatch
from esign.envelopes.freeze import freeze
from esign.envelopes.updates import apply_update
from esign.models import Envelope, OrphanDraft, State
from esign.sync import orphan_drafts
from tests.emulator_client import EmulatorClient
from tests.factories import LeaseFactory
from tests.faults.patience import carry, let_time_pass

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def envelope() -> Envelope:
    return freeze(LeaseFactory())


def as_seen(envelope: Envelope) -> Envelope:
    """The row as another worker reads it."""
    return Envelope.objects.get(pk=envelope.pk)


def test_of_two_workers_that_saw_the_same_row_one_gets_it(envelope: Envelope) -> None:
    mine, yours = as_seen(envelope), as_seen(envelope)

    assert Envelope.objects.claim(mine, to_state=State.CREATING) is not None
    assert Envelope.objects.claim(yours, to_state=State.CREATING) is None


def test_a_row_that_is_held_is_not_taken_though_it_looks_the_same(envelope: Envelope) -> None:
    Envelope.objects.claim(as_seen(envelope), to_state=State.READY)

    assert Envelope.objects.claim(as_seen(envelope), to_state=State.READY) is None


def test_a_row_is_not_taken_before_its_time(envelope: Envelope) -> None:
    Envelope.objects.update(due_at=timezone.now() + timedelta(hours=1))

    assert Envelope.objects.claim(as_seen(envelope), to_state=State.CREATING) is None


def test_a_row_is_not_taken_when_a_cancel_came_after_we_looked(envelope: Envelope) -> None:
    seen = as_seen(envelope)
    envelope.ask_to_cancel(reason="Changed our mind")

    assert Envelope.objects.claim(seen, to_state=State.CREATING) is None


def test_a_claim_that_has_run_out_can_be_taken_over_and_its_first_owner_writes_nothing(envelope: Envelope) -> None:
    first = Envelope.objects.claim(as_seen(envelope), to_state=State.CREATING)
    let_time_pass()
    second = Envelope.objects.claim(as_seen(envelope), to_state=State.CREATING)
    assert first is not None and second is not None

    assert not first.write(state=State.DRAFTED, docusign_id=uuid4())
    assert second.write(state=State.DRAFTED, docusign_id=uuid4())


# --- the order of updates ------------------------------------------------------------------------------------


@pytest.fixture
def tell(envelope: Envelope) -> Callable[[str, int], bool]:
    """An update to a status, generated so many minutes from now."""
    docusign_id, now = uuid4(), timezone.now()

    def tell(status: str, minute: int) -> bool:
        update = EnvelopeUpdate(docusign_id, status)
        return apply_update(envelope.pk, update, generated_at=now + timedelta(minutes=minute))

    return tell


@pytest.mark.parametrize("final", ["completed", "declined", "voided"])
def test_what_is_final_stays_final(final: str, tell: Callable[[str, int], bool], envelope: Envelope) -> None:
    tell(final, 1)

    assert not tell("sent", 5)
    envelope.refresh_from_db()
    assert envelope.docusign_status == final


def test_a_late_update_changes_nothing(tell: Callable[[str, int], bool], envelope: Envelope) -> None:
    tell("delivered", 5)

    assert not tell("sent", 1)
    envelope.refresh_from_db()
    assert envelope.state == State.DELIVERED


def test_a_correction_may_take_an_envelope_back_to_sent(tell: Callable[[str, int], bool], envelope: Envelope) -> None:
    tell("delivered", 1)

    assert tell("sent", 5)
    envelope.refresh_from_db()
    assert envelope.state == State.SENT


def test_of_two_at_the_same_time_the_further_one_counts(tell: Callable[[str, int], bool], envelope: Envelope) -> None:
    tell("completed", 1)
    tell("delivered", 1)

    envelope.refresh_from_db()
    assert envelope.state == State.COMPLETED


def test_what_follows_from_an_update_follows_once(tell: Callable[[str, int], bool], envelope: Envelope) -> None:
    for minute, status in enumerate(["sent", "delivered", "sent", "delivered"]):
        assert tell(status, minute)

    assert envelope.audit_events.filter(kind="envelope.sent").count() == 1


# --- who owns a draft -------------------------------------------------------------------------------------


def test_a_draft_that_a_row_owns_is_never_deleted(site: str, emulator: EmulatorClient, envelope: Envelope) -> None:
    """A sleeper noted the draft as an orphan just before the look-up adopted it."""
    Envelope.objects.update(hold_draft=True)
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    assert envelope.docusign_id is not None
    OrphanDraft.objects.create(
        connection=envelope.connection, docusign_id=envelope.docusign_id, envelope=envelope, due_at=timezone.now()
    )

    assert orphan_drafts.delete_orphan_drafts(envelope.connection) == 0

    Envelope.objects.update(hold_draft=False)
    carry([envelope])
    envelope.refresh_from_db()
    assert envelope.state == State.SENT
    assert emulator.envelopes()[0]["folder"] != "recyclebin"


def test_a_draft_waits_while_its_row_may_adopt_it(site: str, emulator: EmulatorClient, envelope: Envelope) -> None:
    OrphanDraft.objects.create(
        connection=envelope.connection, docusign_id=uuid4(), envelope=envelope, due_at=timezone.now()
    )

    assert orphan_drafts.delete_orphan_drafts(envelope.connection) == 0
    assert emulator.journal("moveEnvelopes") == []
