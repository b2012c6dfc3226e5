"""Answers that are no answers: a gateway's page, another envelope's id, an error inside a 200."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import Settings

from esign.docusign import DocusignUnknown
from esign.envelopes import dispatch
from esign.envelopes.action_rules import ActionRefused
from esign.envelopes.corrections import Wanted, correct
from esign.envelopes.freeze import freeze
from esign.models import DocusignCall, Envelope, OrphanDraft, State, SyncWatermark
from esign.sync import reconcile
from tests.emulator_client import EmulatorClient
from tests.factories import LeaseFactory, LeasePartyFactory
from tests.faults.fleet import all_sent, check_nothing_twice_nothing_lost, sign_everything, states_of_all
from tests.faults.patience import carry, let_time_pass
from tests.faults.strange_line import StrangeLine, strange_line_to

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

PAGE = "<html><body><h1>Welcome to the office network</h1></body></html>"
GATEWAY = "<html><body>404 page not found</body></html>"


@pytest.fixture
def line(emulator: EmulatorClient, settings: Settings) -> Iterator[StrangeLine]:
    with strange_line_to(emulator.base_url) as line:
        settings.DOCUSIGN_OAUTH_BASE = line.url
        yield line


@pytest.fixture
def envelope(site: str, line: StrangeLine) -> Envelope:
    return freeze(LeaseFactory())


def reloaded(envelope: Envelope) -> Envelope:
    return Envelope.objects.select_related("lease", "connection").get(pk=envelope.pk)


def is_out_once(emulator: EmulatorClient) -> None:
    assert all_sent(), states_of_all()
    assert [one["status"] for one in emulator.envelopes()].count("sent") == 1
    check_nothing_twice_nothing_lost(emulator)


@pytest.mark.parametrize("arrives", [True, False], ids=["sent", "not sent"])
@pytest.mark.parametrize(
    ("answer", "content_type"),
    [
        (PAGE, "text/html"),
        (PAGE, "application/json"),
        ({}, "application/json"),
        ([], "application/json"),
        ("", "application/json"),
        ("null", "application/json"),
        ({"envelopeId": str(uuid4())}, "application/json"),
        ({"envelopeId": "not an id"}, "application/json"),
    ],
    ids=["page", "page as JSON", "empty object", "list", "nothing", "null", "another's id", "no id"],
)
def test_a_200_that_does_not_name_our_envelope_is_no_proof_that_it_was_sent(
    answer: object, content_type: str, arrives: bool, envelope: Envelope, line: StrangeLine, emulator: EmulatorClient
) -> None:
    saying = line.say("PUT", "/envelopes/", answer, content_type=content_type, arrives=arrives)

    dispatch.advance(envelope.pk)
    assert reloaded(envelope).state == State.SENDING
    carry([envelope])

    assert saying.hits == 1
    is_out_once(emulator)


@pytest.mark.parametrize("arrives", [True, False], ids=["drafted", "not drafted"])
@pytest.mark.parametrize(
    "answer",
    [PAGE, {}, [], "", "null", {"envelopeId": "not an id"}, {"errorDetails": {"errorCode": "SOMETHING_FAILED"}}],
    ids=["page", "empty object", "list", "nothing", "null", "no id", "error inside"],
)
def test_a_201_without_an_envelope_id_is_settled_by_the_look_up(
    answer: object, arrives: bool, envelope: Envelope, line: StrangeLine, emulator: EmulatorClient
) -> None:
    saying = line.say("POST", "/envelopes", answer, status=201, arrives=arrives)

    dispatch.advance(envelope.pk)
    assert reloaded(envelope).state == State.CREATING
    carry([envelope])

    assert saying.hits == 1
    is_out_once(emulator)
    assert not OrphanDraft.objects.exists()


def test_a_draft_answered_with_the_id_of_another_lease_does_not_touch_that_lease(
    envelope: Envelope, line: StrangeLine, emulator: EmulatorClient
) -> None:
    carry([envelope])
    theirs = reloaded(envelope).docusign_id
    other = freeze(LeaseFactory())
    saying = line.say("POST", "/envelopes", {"envelopeId": str(theirs), "status": "created"}, status=201)

    dispatch.advance(other.pk)
    carry([other])

    assert saying.hits == 1
    assert reloaded(envelope).docusign_id == theirs
    assert all_sent(), states_of_all()
    check_nothing_twice_nothing_lost(emulator)


@pytest.mark.parametrize("arrives", [True, False], ids=["sent", "not sent"])
def test_an_error_inside_a_200_is_looked_into(
    arrives: bool, envelope: Envelope, line: StrangeLine, emulator: EmulatorClient
) -> None:
    details = {"errorCode": "ENVELOPE_LOCKED", "message": "Somebody is at it."}
    saying = line.say("PUT", "/envelopes/", {"errorDetails": details}, arrives=arrives)

    dispatch.advance(envelope.pk)

    assert saying.hits == 1
    assert reloaded(envelope).state == (State.SENT if arrives else State.NEEDS_ATTENTION)
    reloaded(envelope).try_again()
    carry([envelope])
    is_out_once(emulator)


@pytest.mark.parametrize("status", [404, 400, 403])
def test_a_gateway_that_says_no_in_docusigns_place_does_not_make_us_send_twice(
    status: int, envelope: Envelope, line: StrangeLine, emulator: EmulatorClient
) -> None:
    """The send went through, its answer was lost, and the look that should settle it meets a broken gateway."""
    lost = emulator.fault("updateEnvelope", "after_effect", status=500, times=1)
    saying = line.say("GET", "/envelopes/", GATEWAY, status=status, content_type="text/html", times=2, arrives=False)

    dispatch.advance(envelope.pk)
    for _ in range(4):
        let_time_pass()
        dispatch.advance(envelope.pk)
        reloaded(envelope).try_again()  # whatever staff do about it meanwhile
    carry([envelope])

    assert (emulator.fault_hits(lost), saying.hits) == (1, 2)
    is_out_once(emulator)


def test_a_look_that_finds_no_envelope_where_there_is_one_does_not_make_us_send_twice(
    envelope: Envelope, line: StrangeLine, emulator: EmulatorClient
) -> None:
    """Docusign itself says that there is no such envelope, though it went out; staff press “Try again”."""
    lost = emulator.fault("updateEnvelope", "after_effect", status=500, times=1)
    wrong = emulator.fault("getEnvelope", "before_effect", status=404, errorCode="ENVELOPE_DOES_NOT_EXIST", times=1)
    dispatch.advance(envelope.pk)
    let_time_pass()
    dispatch.advance(envelope.pk)
    assert (emulator.fault_hits(lost), emulator.fault_hits(wrong)) == (1, 1)
    assert reloaded(envelope).state == State.NEEDS_ATTENTION

    reloaded(envelope).try_again()
    carry([envelope])

    is_out_once(emulator)


def test_a_look_up_that_lists_what_is_not_ours_adopts_nothing(
    envelope: Envelope, line: StrangeLine, emulator: EmulatorClient
) -> None:
    """As if `transaction_ids` were ignored: the list holds somebody else's envelope, which names no row of ours."""
    lost = emulator.fault("createEnvelope", "before_effect", reset=True, times=1)
    theirs = {"envelopeId": str(uuid4()), "status": "sent"}
    saying = line.say("GET", "transaction_ids=", {"envelopes": [theirs]})

    dispatch.advance(envelope.pk)
    let_time_pass()
    dispatch.advance(envelope.pk)
    carry([envelope])

    assert (emulator.fault_hits(lost), saying.hits) == (1, 1)
    assert str(reloaded(envelope).docusign_id) != theirs["envelopeId"]
    is_out_once(emulator)


def test_a_draft_that_we_hold_for_sent_goes_out_when_docusign_says_that_it_is_a_draft(
    envelope: Envelope, line: StrangeLine, emulator: EmulatorClient
) -> None:
    """An answer that named our envelope and was false all the same: the nightly question finds out."""
    Envelope.objects.update(hold_draft=True)
    dispatch.advance(envelope.pk)
    docusign_id = str(reloaded(envelope).docusign_id)
    saying = line.say("PUT", "/envelopes/", {"envelopeId": docusign_id}, arrives=False)
    Envelope.objects.update(hold_draft=False)
    dispatch.advance(envelope.pk)
    assert (reloaded(envelope).state, emulator.envelope(docusign_id)["status"]) == (State.SENT, "created")

    Envelope.objects.update(sent_at=timezone.now() - timedelta(days=2))
    reconcile.check_stale_envelopes(envelope.connection)
    carry([envelope])

    assert saying.hits == 1
    is_out_once(emulator)


def test_every_strange_answer_is_on_record(envelope: Envelope, line: StrangeLine) -> None:
    line.say("PUT", "/envelopes/", PAGE, content_type="text/html")

    dispatch.advance(envelope.pk)

    assert DocusignCall.objects.filter(operation="updateEnvelope").count() == 1


@pytest.mark.parametrize("answer", [PAGE, {}, [], ""], ids=["page", "empty object", "list", "nothing"])
def test_a_list_that_is_no_list_does_not_move_the_watermark(
    answer: object, envelope: Envelope, line: StrangeLine, emulator: EmulatorClient
) -> None:
    carry([envelope])
    reconcile.read_changes(envelope.connection)
    emulator.fault("connect", "drop", times=0)
    sign_everything(emulator)
    emulator.advance(hours=1)
    before = SyncWatermark.objects.get().read_until
    saying = line.say("GET", "from_date=", answer)

    with pytest.raises(DocusignUnknown):
        reconcile.read_changes(envelope.connection)

    assert saying.hits == 1
    assert SyncWatermark.objects.get().read_until == before
    assert reconcile.read_changes(envelope.connection) == {envelope.pk}


@pytest.mark.parametrize("answer", [PAGE, {}], ids=["page", "empty object"])
def test_a_correction_that_docusign_did_not_confirm_is_looked_at(
    answer: object, line: StrangeLine, site: str, emulator: EmulatorClient
) -> None:
    lease = LeaseFactory(tenants=0)
    LeasePartyFactory(lease=lease, is_primary=True, tenant__preferred_channel="email")
    envelope = freeze(lease)
    carry([envelope])
    signer = envelope.signers.get(role="tenant")
    saying = line.say("PUT", "/recipients", answer, arrives=False)

    with pytest.raises(ActionRefused, match="nothing was changed"):
        correct(signer, Wanted(signer.name, "another@mail.example", signer.phone))

    assert saying.hits == 1
    signer.refresh_from_db()
    assert signer.email != "another@mail.example"


@pytest.mark.parametrize("answer", [PAGE, {}], ids=["page", "empty object"])
def test_a_void_that_docusign_did_not_confirm_is_looked_at(
    answer: object, envelope: Envelope, line: StrangeLine, emulator: EmulatorClient
) -> None:
    carry([envelope])
    saying = line.say("PUT", "/envelopes/", answer, arrives=False)
    reloaded(envelope).ask_to_cancel(reason="Changed our mind")

    carry([envelope])

    assert saying.hits == 1
    assert [one["status"] for one in emulator.envelopes()] == ["voided"]
    assert reloaded(envelope).state == State.VOIDED
