"""Fields: prefilled and locked ones keep what we wrote; what signers fill in is read back and reviewed."""

import pytest

from esign.documents.sources import FILES
from esign.documents.textlayer import text
from esign.docusign import DocusignClient
from esign.envelopes import form_answers
from esign.envelopes.action_rules import ActionRefused
from esign.models import AuditEvent, DocusignCall, Envelope, FormAnswer, FormDataJob
from esign.sync import reconcile
from leases.models import Tenant
from leases.models.addenda import AddendumKind
from tests.emulator_client import EmulatorClient
from tests.esign.admin.templates.test_in_use import publish
from tests.esign.conftest import Send, hear, recipient_at, sign, sign_all
from tests.esign.factories import EnvelopeFactory
from tests.factories import AddendumFactory, LeaseFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

FILLED = {"emergency_contact": "Rosa Lind, aunt", "emergency_phone": "555 0199", "move_in_time": "around noon"}


def completed(send: Send, emulator: EmulatorClient) -> Envelope:
    envelope = send()
    sign(emulator, envelope, "tenant1", values=FILLED)
    sign(emulator, envelope, "landlord")
    hear(emulator)
    envelope.refresh_from_db()
    return envelope


def answer(label: str, value: str, *, lease_tenants: int = 1) -> FormAnswer:
    envelope = EnvelopeFactory(state="completed", lease__tenants=lease_tenants)
    return FormAnswer.objects.create(
        envelope=envelope, signer=envelope.signers.get(key="tenant1"), label=label, value=value
    )


# --- reading ----------------------------------------------------------------------------------------------


def found_by_the_sweep(send: Send, emulator: EmulatorClient) -> Envelope:
    """Completed without a word of Connect."""
    envelope = send()
    emulator.hold_connect()
    sign(emulator, envelope, "tenant1", values=FILLED)
    sign(emulator, envelope, "landlord")
    reconcile.read_changes(envelope.connection)
    return envelope


def answers_of_the_tenant() -> dict[str, str]:
    return {one.label: one.value for one in FormAnswer.objects.filter(signer__key="tenant1")}


def test_the_update_of_the_completion_tells_what_the_tenant_filled_in_without_a_call(
    send: Send, emulator: EmulatorClient
) -> None:
    envelope = completed(send, emulator)

    assert answers_of_the_tenant() == FILLED
    assert not Tenant.objects.exclude(emergency_contact="").exists(), "proposals only"
    assert not form_answers.read(envelope.pk), "there is nothing left to read"
    assert not DocusignCall.objects.filter(operation="getFormData").exists()
    event = AuditEvent.objects.get(kind="answers.read")
    assert "Rosa" not in f"{event.text}{event.detail}"


def test_without_an_update_it_is_read_by_one_call(send: Send, emulator: EmulatorClient) -> None:
    envelope = found_by_the_sweep(send, emulator)
    assert not FormAnswer.objects.exists()
    assert form_answers.read(envelope.pk)
    assert not form_answers.read(envelope.pk)
    assert answers_of_the_tenant() == FILLED
    assert DocusignCall.objects.filter(operation="getFormData").count() == 1


def test_what_was_read_already_is_not_proposed_again_by_a_late_update(send: Send, emulator: EmulatorClient) -> None:
    envelope = found_by_the_sweep(send, emulator)
    form_answers.read(envelope.pk)
    emulator.release_connect()
    hear(emulator)
    assert FormAnswer.objects.count() == len(FILLED)
    assert AuditEvent.objects.filter(kind="answers.read").count() == 1


def test_dates_and_our_own_fields_are_no_answers(send: Send, emulator: EmulatorClient) -> None:
    completed(send, emulator)
    assert not FormAnswer.objects.exclude(label__in=FILLED).exists()


def test_where_no_one_was_asked_no_call_is_made() -> None:
    envelope = EnvelopeFactory(state="completed")
    FormDataJob.order(envelope)
    assert not FormDataJob.objects.exists()
    assert not form_answers.read(envelope.pk)


def test_a_failed_reading_is_tried_again_later(send: Send, emulator: EmulatorClient) -> None:
    envelope = found_by_the_sweep(send, emulator)
    emulator.fault("getFormData", "before_effect", status=500)
    assert not form_answers.read(envelope.pk)
    kind = FormDataJob.objects.get()
    assert kind.attempt == 1
    assert kind.last_error
    FormDataJob.objects.update(due_at=envelope.created_at)
    assert form_answers.read(envelope.pk)


def test_a_prefilled_locked_field_carries_its_value_at_docusign_and_no_signer_can_change_it(
    send: Send, emulator: EmulatorClient
) -> None:
    field = '{{ text_field(tenants[0].key, "rent_agreed", locked=true, value=rent.monthly|money) }}'
    template_text = FILES.find("lease", "en").text.replace("<h2>Parties</h2>", f"<h2>Parties</h2><p>{field}</p>")
    publish("lease", "en", template_text)
    envelope = send()
    (tab,) = [
        tab
        for tab in recipient_at(emulator, envelope, "tenant1")["tabs"]["textTabs"]
        if tab["tabLabel"] == "rent_agreed"
    ]
    assert (tab["value"], tab["locked"]) == (f"${envelope.lease.rent:,.2f}", "true")

    sign_all(emulator, envelope, values={"rent_agreed": "$1.00"})
    signed = DocusignClient(envelope.connection).download(envelope, "combined")
    assert "$1.00" not in text(signed)
    assert text(signed).count(f"${envelope.lease.rent:,.2f}") > text(envelope.documents.get(kind="sent").read()).count(
        f"${envelope.lease.rent:,.2f}"
    )
    assert ("tenant1", "rent_agreed") not in envelope.filled_in_by_signers()


def test_an_empty_field_is_left_to_the_tenant_and_read_back(send: Send, emulator: EmulatorClient) -> None:
    lease = LeaseFactory(parking_spaces=1)
    AddendumFactory(
        lease=lease,
        kind=AddendumKind.PARKING,
        title="Parking addendum",
        terms={"space": "P12", "monthly_fee": "50.00"},
    )
    envelope = send(lease=lease)
    tabs = recipient_at(emulator, envelope, "tenant1")["tabs"]["textTabs"]
    plate = next(tab for tab in tabs if tab["tabLabel"] == "vehicle_plate")
    assert (plate["locked"], plate["required"]) == ("false", "true")

    sign_all(emulator, envelope, values={"vehicle": "Blue Honda", "vehicle_plate": "8ABC123"})
    assert FormAnswer.objects.get(label="vehicle_plate").value == "8ABC123"


# --- deciding ---------------------------------------------------------------------------------------------


def test_an_accepted_answer_stands_in_the_tenants_record_with_who_accepted_it() -> None:
    one = answer("vehicle_plate", "8ABC123")
    clerk = UserFactory()
    form_answers.accept(one, clerk)
    one.refresh_from_db()
    assert one.signer.tenant is not None
    assert one.signer.tenant.vehicle_plate == "8ABC123"
    assert (one.decision, one.decided_by) == (FormAnswer.Decision.ACCEPTED, clerk)
    assert AuditEvent.objects.filter(kind="answer.accepted", actor=str(clerk)).exists()


def test_a_phone_number_is_stored_as_one_that_can_be_called() -> None:
    one = answer("phone_after", "(415) 555-0142")
    form_answers.accept(one)
    assert one.signer.tenant is not None
    assert Tenant.objects.get(pk=one.signer.tenant.pk).phone == "+14155550142"


def test_an_answer_that_does_not_fit_is_refused_and_stays_open() -> None:
    one = answer("phone_after", "ask my sister")
    with pytest.raises(ActionRefused, match="Keep it as a note"):
        form_answers.accept(one)
    long = answer("vehicle_plate", "x" * 200)
    with pytest.raises(ActionRefused, match="does not fit"):
        form_answers.accept(long)
    assert FormAnswer.objects.open().count() == 2


def test_an_answer_without_a_place_is_kept_as_a_note() -> None:
    one = answer("move_in_time", "around noon")
    with pytest.raises(ActionRefused, match="There is no field"):
        form_answers.accept(one)
    form_answers.keep_as_note(one)
    one.refresh_from_db()
    assert one.decision == FormAnswer.Decision.NOTED


def test_what_was_decided_is_not_decided_again() -> None:
    one = answer("vehicle_plate", "8ABC123")
    form_answers.dismiss(one)
    with pytest.raises(ActionRefused, match="decided already"):
        form_answers.accept(one)
    assert one.signer.tenant is not None
    assert Tenant.objects.get(pk=one.signer.tenant.pk).vehicle_plate == ""
