"""A lease with a rider of the account, a whole template, and a Word document: from the mapping to the signatures."""

import io

import pytest
from django.utils import timezone
from pypdf import PdfReader

from esign.docusign import DocusignClient
from esign.envelopes import dispatch, replacement
from esign.envelopes.account_templates.catalogue import read, refresh_list
from esign.envelopes.account_templates.riders import freeze_with_templates
from esign.envelopes.compose import CannotCompose
from esign.envelopes.downloads import download_documents
from esign.models import AccountTemplate, Envelope, Purpose, State
from leases.status import LeaseStatus
from tests import papers
from tests.emulator_client import EmulatorClient
from tests.esign.conftest import recipient_at, sign_all
from tests.esign.envelopes.account_templates.conftest import Make, role, two_people, word_template
from tests.factories import LeaseFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

DOCGEN_LABELS = {"Tenants": "tenant_names", "Rent": "rent.monthly", "Home": "premises.address"}


def sent(envelope: Envelope) -> Envelope:
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    assert envelope.state == State.SENT, envelope.problem
    return envelope


def stopped(envelope: Envelope) -> Envelope:
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    assert envelope.state == State.NEEDS_ATTENTION
    return envelope


def words_of(envelope: Envelope) -> str:
    pages = PdfReader(io.BytesIO(DocusignClient(envelope.connection).download(envelope, "combined"))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def value_at(emulator: EmulatorClient, envelope: Envelope, label: str) -> dict[str, str]:
    tabs = recipient_at(emulator, envelope, "tenant1")["tabs"]["textTabs"]
    (tab,) = [tab for tab in tabs if tab["tabLabel"] == label]
    return tab  # type: ignore[no-any-return]  # a dict out of JSON


# --- a rider to our lease ---------------------------------------------------------------------------------


def test_a_lease_goes_out_with_the_offices_rider_and_is_signed_by_the_same_two_people(
    make: Make, emulator: EmulatorClient
) -> None:
    lease = LeaseFactory()
    envelope = sent(freeze_with_templates(lease, [make()], Purpose.LEASE))

    at_docusign = emulator.envelope(str(envelope.docusign_id))
    assert len(at_docusign["recipients"]) == envelope.signers.count()
    assert at_docusign["transactionId"] == str(envelope.pk)
    rent = value_at(emulator, envelope, "Monthly rent")
    assert (rent["value"], rent["locked"]) == (f"${lease.rent:,.2f}", "true")
    assert value_at(emulator, envelope, "Frame number").get("value", "") == ""

    sign_all(emulator, envelope, values={"Frame number": "WTU 123"})
    assert envelope.state == State.COMPLETED
    assert download_documents(envelope.pk)
    lease.refresh_from_db()
    assert lease.status == LeaseStatus.EXECUTED
    assert envelope.documents.filter(kind="signed").exists()
    printed = words_of(envelope)
    assert "WTU 123" in printed
    assert f"${lease.rent:,.2f}" in printed


def test_the_evidence_names_who_chose_the_templates(make: Make) -> None:
    rosa = UserFactory(username="rosa")
    by_hand = freeze_with_templates(LeaseFactory(), [make()], Purpose.LEASE, by=rosa)
    by_rule = freeze_with_templates(LeaseFactory(), [make()], Purpose.LEASE)
    actors = [one.audit_events.get(kind="envelope.templates").actor for one in (by_hand, by_rule)]
    assert actors == ["rosa", "system"]


def test_our_custom_field_travels_in_the_inline_template(make: Make) -> None:
    envelope = sent(freeze_with_templates(LeaseFactory(), [make()], Purpose.LEASE))
    (found,) = DocusignClient(envelope.connection).find(envelope)
    assert found.our_id == envelope.pk
    assert found.custom_fields["propertyapp_envelope"] == str(envelope.pk)


def test_a_draft_whose_answer_was_lost_is_found_again_and_sent_once(make: Make, emulator: EmulatorClient) -> None:
    envelope = freeze_with_templates(LeaseFactory(), [make()], Purpose.LEASE)
    emulator.fault("createEnvelope", "cut_body", times=1)
    dispatch.advance(envelope.pk)
    Envelope.objects.filter(pk=envelope.pk).update(claim_until=None)
    sent(envelope)
    assert len(emulator.envelopes()) == 1


def test_no_one_is_mailed_when_the_template_was_given_another_signer_meanwhile(
    make: Make, emulator: EmulatorClient
) -> None:
    people = two_people()
    people["signers"].append(
        role("3", "Agent", "/rider-landlord/", order="3") | {"name": "Al", "email": "al@x.example"}
    )
    template = make(recipients=people)
    template.structure["roles"] = [one for one in template.structure["roles"] if one["name"] != "Agent"]
    template.save()
    envelope = stopped(freeze_with_templates(LeaseFactory(), [template], Purpose.LEASE))
    assert "would also go to Al" in envelope.problem
    assert emulator.mail() == []


def test_a_template_deleted_before_it_was_sent_stops_the_envelope(make: Make, emulator: EmulatorClient) -> None:
    template = make()
    AccountTemplate.objects.filter(pk=template.pk).update(template_id="00000000-0000-4000-8000-000000000001")
    template.refresh_from_db()
    envelope = stopped(freeze_with_templates(LeaseFactory(), [template], Purpose.LEASE))
    assert "template" in envelope.problem.lower()


def test_a_replaced_lease_goes_out_again_with_its_rider(make: Make, emulator: EmulatorClient) -> None:
    rider = make()
    first = sent(freeze_with_templates(LeaseFactory(), [rider], Purpose.LEASE))
    replacement.replace(first, "The parking space is wrong.")
    dispatch.advance(first.pk)
    following = replacement.carry_out(first.pk)

    assert following is not None
    assert [one.template for one in following.riders.all()] == [rider]
    assert value_at(emulator, sent(following), "Monthly rent")["value"] == f"${following.lease.rent:,.2f}"
    first.refresh_from_db()
    assert (first.state, first.replaced_by) == (State.VOIDED, following)


def test_a_lease_whose_rider_is_gone_is_not_sent_again_without_it(make: Make) -> None:
    rider = make()
    first = sent(freeze_with_templates(LeaseFactory(), [rider], Purpose.LEASE))
    replacement.replace(first, "The parking space is wrong.")
    dispatch.advance(first.pk)
    rider.gone_at = timezone.now()
    rider.save()
    assert replacement.carry_out(first.pk) is None
    first.refresh_from_db()
    assert "is not in the Docusign account any more" in first.problem
    assert first.lease.status == LeaseStatus.DRAFT


def test_every_signed_document_comes_home_in_one_archive_our_own_first(make: Make, emulator: EmulatorClient) -> None:
    second = make(name="Storage rider", documents=[papers.document("/rider-tenant/", "/rider-landlord/", name="S.pdf")])
    envelope = sent(freeze_with_templates(LeaseFactory(), [make(), second], Purpose.LEASE))
    sign_all(emulator, envelope, values={"Frame number": "WTU 123"})
    assert download_documents(envelope.pk)

    signed = envelope.documents.filter(kind="signed").order_by("document_id")
    ours = envelope.documents.filter(kind="sent").order_by("document_id").values_list("name", flat=True)
    assert [one.name for one in signed] == [*ours, "Bicycle rider", "S"]
    assert all(one.read().startswith(b"%PDF-") for one in signed)
    assert envelope.documents.filter(kind="certificate").count() == 1
    assert {call.path.rsplit("/", 1)[-1] for call in emulator.journal("getDocument")} == {"archive"}


# --- alone ------------------------------------------------------------------------------------------------


def test_a_whole_template_goes_to_the_people_of_its_roles(make: Make, emulator: EmulatorClient) -> None:
    lease = LeaseFactory(tenants=2, stage=LeaseStatus.ACTIVE)
    envelope = sent(freeze_with_templates(lease, [make("template")], Purpose.ADDENDUM))
    assert sorted(envelope.signers.values_list("key", flat=True)) == ["landlord", "tenant1"]
    assert value_at(emulator, envelope, "Home")["value"]
    sign_all(emulator, envelope, values={"Frame number": "WTU 123"})
    assert envelope.state == State.COMPLETED


def test_a_word_document_is_filled_in_before_it_is_sent(make: Make, emulator: EmulatorClient) -> None:
    lease = LeaseFactory(stage=LeaseStatus.ACTIVE)
    template = make("docgen", **word_template(), labels=DOCGEN_LABELS)
    envelope = sent(freeze_with_templates(lease, [template], Purpose.ADDENDUM))

    printed = words_of(envelope)
    assert f"${lease.rent:,.2f}" in printed
    assert envelope.signers.get(key="tenant1").name in printed
    operations = [(call.operation or "").lower() for call in emulator.journal(envelope_id=str(envelope.docusign_id))]
    filled = next(n for n, one in enumerate(operations) if "update" in one and "docgen" in one)
    assert filled < operations.index("updateenvelope")
    sign_all(emulator, envelope)
    assert envelope.state == State.COMPLETED


def test_a_filling_whose_answer_was_lost_is_done_again_and_the_envelope_sent_once(
    make: Make, emulator: EmulatorClient
) -> None:
    template = make("docgen", **word_template(), labels=DOCGEN_LABELS)
    envelope = freeze_with_templates(LeaseFactory(stage=LeaseStatus.ACTIVE), [template], Purpose.ADDENDUM)
    fault = emulator.fault("updateEnvelopeDocGenFormFields", "cut_body", times=1)
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    assert emulator.fault_hits(fault) == 1
    assert envelope.state == State.DRAFTED
    assert envelope.sent_at is None
    Envelope.objects.filter(pk=envelope.pk).update(due_at=envelope.created_at)
    sent(envelope)
    assert len(emulator.envelopes()) == 1


def test_a_field_no_one_mapped_stops_the_draft_and_goes_on_once_it_is_mapped(
    make: Make, emulator: EmulatorClient
) -> None:
    template = make("docgen", **word_template(), labels={"Tenants": "tenant_names", "Home": "-"})
    envelope = stopped(freeze_with_templates(LeaseFactory(stage=LeaseStatus.ACTIVE), [template], Purpose.ADDENDUM))
    assert "The field “Rent” of “Storage agreement” gets no value" in envelope.problem
    assert emulator.mail() == []

    template.refresh_from_db()
    template.labels["Rent"] = "rent.monthly"
    template.save()
    envelope.try_again()
    sent(envelope)
    assert len(emulator.envelopes()) == 1


# --- what is checked before anything is made --------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"roles": {"Tenant": "tenant1"}}, "Say who is “Landlord” in “Bicycle rider”."),
        ({"roles": {"Tenant": "tenant1", "Landlord": "landlord", "tenant": "tenant2"}}, "has no role “tenant”"),
        ({"roles": {"Tenant": "tenant2", "Landlord": "landlord"}}, "needs tenant 2 as “Tenant”"),
        ({"roles": {"Tenant": "landlord", "Landlord": "landlord"}}, "Landlord has two roles"),
        ({"labels": {"Monthly rent": "rent.monthly", "home": "premises.address"}}, "has no field “home”"),
        ({"labels": {"Home": "premises.address"}}, "The field “Monthly rent” of “Bicycle rider” gets no value"),
        ({"labels": {"Monthly rent": "rent.weekly"}}, "This lease has no “rent.weekly”"),
        ({"is_active": False}, "“Bicycle rider” is not in use."),
        ({"read_at": None}, "has not been read from Docusign yet"),
        ({"purpose": "notice"}, "is meant for: notice"),
    ],
)
def test_the_office_is_told_what_keeps_a_rider_from_going_out(
    make: Make, changes: dict[str, object], said: str
) -> None:
    lease = LeaseFactory()
    with pytest.raises(CannotCompose) as refusal:
        freeze_with_templates(lease, [make(**changes)], Purpose.LEASE)
    assert said in str(refusal.value)
    lease.refresh_from_db()
    assert lease.status == LeaseStatus.DRAFT
    assert Envelope.objects.count() == 0


def test_a_template_that_is_gone_is_said_to_be_gone(make: Make, account: object) -> None:
    template = make()
    AccountTemplate.objects.filter(pk=template.pk).update(template_id="00000000-0000-4000-8000-000000000001")
    template.refresh_from_db()
    refresh_list(template.connection)
    template.refresh_from_db()
    with pytest.raises(CannotCompose, match="is not in the Docusign account any more"):
        freeze_with_templates(LeaseFactory(), [template], Purpose.LEASE)
    template.gone_at = None
    assert read(template).gone_at is not None


def test_a_template_never_executes_a_lease_by_itself(make: Make) -> None:
    with pytest.raises(CannotCompose, match="cannot execute one"):
        freeze_with_templates(LeaseFactory(), [make("template")], Purpose.LEASE)
