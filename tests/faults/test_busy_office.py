"""Two workers, real processes, and an office that presses every button at every step: nothing is out twice or lost."""

import random
from collections import Counter
from contextlib import suppress

import pytest

from esign import tasks
from esign.envelopes import actions, corrections, replacement
from esign.envelopes.action_rules import ActionRefused
from esign.envelopes.compose import CannotCompose
from esign.envelopes.corrections import Wanted
from esign.envelopes.freeze import freeze
from esign.models import Envelope, State
from esign.models.envelope import FINAL
from leases.models import Lease
from leases.status import LeaseStatus
from tests.emulator_client import EmulatorClient, EmulatorError
from tests.faults.conftest import LONG, LaunchFleet, PrepareLeases
from tests.faults.fleet import AFTER_SENDING, states_of_all

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.timeout(1800 if LONG else 600),
    pytest.mark.django_db(transaction=True),
]

OPEN = ("sent", "delivered")
# How often an office does what, about.
ACTIONS = {"void": 1, "replace": 1, "resend": 3, "correct": 3, "try again": 2, "release": 2, "send again": 4, "sign": 6}


def press_something(chance: random.Random, emulator: EmulatorClient, pressed: Counter[str]) -> None:
    """One action of the office, or of a signer, to whatever lease comes up; what is refused changes nothing."""
    lease = chance.choice(list(Lease.objects.all()))
    envelope = lease.envelopes.latest("revision")
    (action,) = chance.choices(list(ACTIONS), weights=list(ACTIONS.values()))
    signer = chance.choice(list(envelope.signers.all()))
    with suppress(ActionRefused, CannotCompose, EmulatorError):
        match action:
            case "send again":
                envelope = freeze(lease, hold_draft=chance.random() < 0.3)
            case "void":
                actions.void(envelope, "Changed our mind")
            case "resend":
                actions.resend(envelope)
            case "correct":
                corrections.correct(signer, Wanted(signer.name, f"new{pressed['correct']}@example.com", signer.phone))
            case "replace":
                replacement.replace(envelope, "A new one")
            case "try again":
                actions.try_again(envelope)
            case "release":
                actions.release(envelope)
            case _:
                emulator.sign(str(envelope.docusign_id), str(signer.recipient_id))
        pressed[action] += 1
        tasks.enqueue(envelope.pk)


def at_rest() -> bool:
    """Nothing is left for a worker to do before signers act."""
    waiting = Envelope.objects.exclude(state__in=(*FINAL, State.SENT, State.DELIVERED, State.NEEDS_ATTENTION))
    cancelling = Envelope.objects.filter(cancel_asked_at__isnull=False).exclude(state__in=FINAL)
    held = Envelope.objects.filter(state=State.DRAFTED, hold_draft=True)
    return not waiting.exclude(pk__in=held).exists() and not cancelling.exists() and not replacement.waiting()


@pytest.mark.parametrize("seed", range(10 if LONG else 1))
def test_an_office_that_presses_everything_at_once_sends_nothing_twice(
    seed: int, launch_fleet: LaunchFleet, prepare_leases: PrepareLeases, emulator: EmulatorClient
) -> None:
    chance, pressed = random.Random(seed), Counter[str]()
    lost = [
        emulator.fault(operation, "after_effect", status=500, times=0, probability=0.4, seed=seed)
        for operation in ("createEnvelope", "updateEnvelope")
    ]
    fleet = launch_fleet(size=2)
    prepare_leases(4)
    rounds = iter(range(100 if LONG else 40))

    def all_pressed() -> bool:
        for _ in range(3):
            press_something(chance, emulator, pressed)
        return next(rounds, None) is None

    fleet.settle(all_pressed)
    assert sum(emulator.fault_hits(fault) for fault in lost) > 0, "the fault did not fire"
    emulator.clear_faults()
    for _ in range(2):
        emulator.flush_deliveries()
        fleet.settle(at_rest, timeout=240)

    assert len(pressed) >= 4 and sum(pressed.values()) >= 10, pressed
    at_docusign = emulator.envelopes()
    sent = Counter(one["transactionId"] for one in at_docusign if one["status"] in AFTER_SENDING)
    assert set(sent.values()) <= {1}, f"sent twice: {sent}"
    statuses = {one["envelopeId"]: one["status"] for one in at_docusign}
    for row in Envelope.objects.filter(state__in=(State.SENT, State.DELIVERED, State.COMPLETED)):
        assert statuses[str(row.docusign_id)] == row.docusign_status, states_of_all()
    for lease in Lease.objects.all():
        ids = [str(row.docusign_id) for row in lease.envelopes.all() if row.docusign_id]
        out = [one for one in ids if statuses[one] in OPEN]
        assert len(out) <= 1, "two revisions of one lease are out together"
        assert not (out and lease.status == LeaseStatus.DRAFT), "a lease can be changed while it can be signed"
        completed = [one for one in ids if statuses[one] == "completed"]
        assert len(completed) <= 1, "two revisions of one lease are signed by everyone"
