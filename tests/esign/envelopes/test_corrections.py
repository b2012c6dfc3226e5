"""What the office can still change while people sign: a signer, the end, the whole envelope."""

from collections.abc import Callable
from dataclasses import replace as changed
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from esign.docusign.sealing import unseal
from esign.envelopes import dispatch, expiry, reminders, replacement
from esign.envelopes.action_rules import ActionRefused
from esign.envelopes.corrections import Wanted, correct, effects
from esign.envelopes.send_options import SendOptions, SignerOptions
from esign.envelopes.status import explain
from esign.mail import outbox
from esign.mail.links import LinkInvalid, portal_link, read_link
from esign.models import AuditEvent, Channel, Correction, Envelope, OutgoingMail, Role, Signer, SigningTimes, State
from esign.models.signer import SignerStatus
from leases.models import Tenant
from leases.status import LeaseStatus
from tests.emulator_client import EmulatorClient
from tests.esign.conftest import Send, hear, recipient_at, sign, sign_all
from tests.esign.factories import EnvelopeFactory, SignerFactory
from tests.factories import LeaseFactory

pytestmark = pytest.mark.django_db(transaction=True)

BY_EMAIL = SendOptions(signers={key: SignerOptions(channel=Channel.EMAIL) for key in ("tenant1", "tenant2")})


def to(signer: Signer, **fields: object) -> Wanted:
    return changed(Wanted.as_is(signer), **fields)  # type: ignore[arg-type]  # the fields of Wanted


# --- correcting a signer ----------------------------------------------------------------------------------


def test_a_corrected_address_is_mailed_and_the_others_signature_stays(send: Send, emulator: EmulatorClient) -> None:
    envelope = send(tenants=2, options=BY_EMAIL)
    sign(emulator, envelope, "tenant2")
    hear(emulator)
    tenant = envelope.signers.get(key="tenant1")

    outcome = correct(tenant, to(tenant, email="right@mail.example"))

    assert outcome.sure
    tenant.refresh_from_db()
    assert tenant.email == "right@mail.example"
    there = recipient_at(emulator, envelope, "tenant1")
    assert (there["name"], there["email"]) == (tenant.name, "right@mail.example")
    assert [mail.kind for mail in emulator.mail(to="right@mail.example")] == ["correction"]
    assert recipient_at(emulator, envelope, "tenant2")["status"] == "completed"
    event = AuditEvent.objects.get(kind="signer.corrected")
    assert event.detail["changes"]["email"][1] == "right@mail.example"

    sign_all_but(emulator, envelope, "tenant2")
    assert envelope.state == State.COMPLETED


def sign_all_but(emulator: EmulatorClient, envelope: Envelope, *done: str) -> None:
    for signer in envelope.signers.who_sign().exclude(key__in=done):
        sign(emulator, envelope, signer.key)
    hear(emulator)
    envelope.refresh_from_db()


def test_writing_the_same_name_another_way_mails_no_one(send: Send, emulator: EmulatorClient) -> None:
    envelope = send(options=BY_EMAIL)
    tenant = envelope.signers.get(key="tenant1")
    before = len(emulator.mail())
    correct(tenant, to(tenant, name=tenant.name.upper()))
    assert len(emulator.mail()) == before


def test_a_portal_signers_new_address_gets_our_mail_and_the_old_link_dies(send: Send, emulator: EmulatorClient) -> None:
    envelope = send()
    tenant = envelope.signers.get(key="tenant1")
    old_link = portal_link(tenant)

    correct(tenant, to(tenant, email="right@mail.example"))

    outbox.send_due(envelope_id=envelope.pk)
    assert OutgoingMail.objects.filter(kind="invitation", key__contains="corrected", done_at__isnull=False).count() == 1
    with pytest.raises(LinkInvalid):
        read_link(old_link.rpartition("/")[2])


def test_a_new_phone_number_is_where_the_text_message_goes(send: Send, emulator: EmulatorClient) -> None:
    envelope = send(options=SendOptions(signers={"tenant1": SignerOptions(channel=Channel.SMS)}))
    tenant = envelope.signers.get(key="tenant1")
    correct(tenant, to(tenant, phone="+14155559999"))
    assert recipient_at(emulator, envelope, "tenant1")["phoneNumber"]["number"] == "4155559999"


def test_a_new_access_code_is_another_one_and_never_written_down_in_the_open(
    send: Send, emulator: EmulatorClient
) -> None:
    envelope = send()
    tenant = envelope.signers.get(key="tenant1")
    correct(tenant, to(tenant, new_access_code=True))

    tenant.refresh_from_db()
    code = unseal(tenant.sealed_access_code) or ""
    assert len(code) == 6
    assert recipient_at(emulator, envelope, "tenant1")["accessCode"] == code
    assert code not in str(Correction.objects.values_list("changes", "said"))
    assert code not in str(AuditEvent.objects.values_list("text", "detail"))


def test_a_correction_that_races_a_signature_is_told_and_changes_nothing(send: Send, emulator: EmulatorClient) -> None:
    envelope = send(tenants=2, options=BY_EMAIL)
    tenant = envelope.signers.get(key="tenant1")
    sign(emulator, envelope, "tenant1")  # and we have not heard of it

    with pytest.raises(ActionRefused, match="has signed or declined in the meantime"):
        correct(tenant, to(tenant, email="late@mail.example"))

    tenant.refresh_from_db()
    assert tenant.email != "late@mail.example"
    assert Correction.objects.get().outcome == Correction.Outcome.REFUSED
    hear(emulator)
    tenant.refresh_from_db()
    with pytest.raises(ActionRefused, match="has signed already"):
        correct(tenant, to(tenant, email="late@mail.example"))


def test_a_correction_after_everyone_signed_says_so(send: Send, emulator: EmulatorClient) -> None:
    envelope = send()
    for key in ("tenant1", "landlord"):
        sign(emulator, envelope, key)
    landlord = envelope.signers.get(key="landlord")
    with pytest.raises(ActionRefused, match="no longer out for signature"):
        correct(landlord, to(landlord, email="late@mail.example"))


def test_asking_twice_is_refused_the_second_time_without_a_call(send: Send, emulator: EmulatorClient) -> None:
    envelope = send()
    tenant = envelope.signers.get(key="tenant1")
    wanted = to(tenant, email="right@mail.example")
    correct(tenant, wanted)
    with pytest.raises(ActionRefused, match="already as you want it"):
        correct(tenant, wanted)
    assert len(emulator.journal("updateRecipients")) == 1


@pytest.mark.parametrize(("when", "stands"), [("after_effect", "right@mail.example"), ("before_effect", None)])
def test_a_lost_answer_is_settled_by_looking(
    send: Send, emulator: EmulatorClient, when: str, stands: str | None
) -> None:
    envelope = send(options=BY_EMAIL)
    tenant = envelope.signers.get(key="tenant1")
    emulator.fault("updateRecipients", when, status=500)

    if stands:
        assert correct(tenant, to(tenant, email=stands)).sure
    else:
        with pytest.raises(ActionRefused, match="nothing was changed there"):
            correct(tenant, to(tenant, email="right@mail.example"))
    old = tenant.email
    tenant.refresh_from_db()
    assert tenant.email == (stands or old)
    assert tenant.email == recipient_at(emulator, envelope, "tenant1")["email"]


@pytest.mark.parametrize("goes_to", ["old_address", "new_address"])
def test_a_bounced_signer_is_corrected_and_signs(send: Send, emulator: EmulatorClient, goes_to: str) -> None:
    """Whichever way Docusign resends: the address is changed first, and the mail asked for by itself."""
    emulator.set_switches(bounced_correction_goes_to=goes_to)
    envelope = send(options=BY_EMAIL)
    emulator.act(str(envelope.docusign_id), "1", "autorespond", reason="No such mailbox")
    hear(emulator)
    tenant = envelope.signers.get(key="tenant1")
    assert tenant.status == SignerStatus.AUTORESPONDED

    correct(tenant, to(tenant, email="right@mail.example"))
    tenant.refresh_from_db()
    assert (tenant.status, tenant.problem) == (SignerStatus.SENT, "")
    assert emulator.mail("right@mail.example")
    sign_all(emulator, envelope)
    assert envelope.state == State.COMPLETED


def test_an_address_that_docusign_refused_is_corrected_before_trying_again(site: str, emulator: EmulatorClient) -> None:
    envelope = EnvelopeFactory(state=State.NEEDS_ATTENTION, docusign_id=None)
    tenant = envelope.signers.get(key="tenant1")
    correct(tenant, to(tenant, email="right@mail.example"))
    tenant.refresh_from_db()
    assert tenant.email == "right@mail.example"
    assert emulator.journal("updateRecipients") == []


def test_the_tenants_own_record_follows_only_when_wanted(send: Send, emulator: EmulatorClient) -> None:
    envelope = send()
    tenant = envelope.signers.get(key="tenant1")
    correct(tenant, to(tenant, email="once@mail.example"))
    assert not Tenant.objects.filter(email="once@mail.example").exists()
    tenant.refresh_from_db()
    correct(tenant, to(tenant, email="ever@mail.example", correct_the_record=True))
    assert Tenant.objects.filter(email="ever@mail.example").exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "needs a name"),
        ({"name": "Maya Lind"}, "so only .* can sign them. Correct the name in the record"),
        ({"email": "no one"}, "is not an e-mail address"),
        ({"email": ""}, "an address is needed"),
        ({"phone": "555"}, "with its country"),
    ],
)
def test_a_correction_that_cannot_be_is_explained(fields: dict[str, str], said: str) -> None:
    tenant = EnvelopeFactory(state=State.SENT).signers.get(key="tenant1")
    with pytest.raises(ActionRefused, match=said):
        correct(tenant, to(tenant, **fields))
    assert not Correction.objects.exists()


def test_a_signer_cannot_become_the_twin_of_another() -> None:
    envelope = EnvelopeFactory(state=State.SENT, lease__tenants=2)
    first, second = envelope.signers.filter(role="tenant")
    envelope.signers.filter(pk=second.pk).update(name=first.name.upper())
    with pytest.raises(ActionRefused, match="treat the two as one"):
        correct(first, to(first, email=second.email))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x" * 200, "200 characters; Docusign takes 100"),
        ("Maya\u202eLind", "invisible characters"),
        ("<b>Maya</b>", "Remove < and >"),
    ],
)
def test_a_name_that_docusign_would_not_take_is_explained(name: str, said: str) -> None:
    envelope = EnvelopeFactory(state=State.SENT)
    copied = SignerFactory(envelope=envelope, key="copy1", role=Role.CARBON_COPY, recipient_id=9, channel="email")
    with pytest.raises(ActionRefused, match=said):
        correct(copied, to(copied, name=name))


def test_what_will_happen_is_said_before() -> None:
    tenant = EnvelopeFactory(state=State.SENT).signers.get(key="tenant1")
    said = " ".join(effects(tenant, to(tenant, email="right@mail.example")))
    assert "What others have signed stays signed" in said
    assert "We mail right@mail.example a new link" in said
    assert f"We tell {tenant.email} and {tenant.envelope.lease.unit.property.owner.email} that the address" in said


# --- the end ----------------------------------------------------------------------------------------------


def test_the_end_can_be_moved_and_docusign_keeps_it(send: Send, emulator: EmulatorClient) -> None:
    SigningTimes.objects.create(purpose="lease", expire_after_days=10, warn_before_days=2)
    envelope = send(options=BY_EMAIL)
    until = timezone.localdate() + timedelta(days=40)

    outcome = expiry.extend(envelope, until)

    assert outcome.sure
    assert expiry.last_day(envelope) == until
    emulator.advance(days=20)
    hear(emulator)
    envelope.refresh_from_db()
    assert envelope.state == State.SENT
    with pytest.raises(ActionRefused, match="already ends on"):
        expiry.extend(envelope, until)


def test_what_has_expired_cannot_be_extended_but_sent_again(send: Send, emulator: EmulatorClient) -> None:
    SigningTimes.objects.create(purpose="lease", expire_after_days=3, warn_before_days=1)
    envelope = send(options=BY_EMAIL)
    emulator.advance(days=4)
    hear(emulator)

    envelope.refresh_from_db()
    envelope.lease.refresh_from_db()
    assert envelope.state == State.VOIDED
    assert envelope.lease.status == LeaseStatus.DRAFT
    with pytest.raises(ActionRefused, match="only what is out for signature"):
        expiry.extend(envelope, timezone.localdate() + timedelta(days=40))

    outcome = replacement.replace(envelope, "Expired")
    assert "revision 2" in outcome.text
    assert Envelope.objects.get(revision=2).replaces == envelope


@pytest.mark.parametrize(("days", "said"), [(0, "after today"), (1200, "at most 999 days")])
def test_a_day_that_cannot_be_the_end_is_explained(days: int, said: str) -> None:
    envelope = EnvelopeFactory(state=State.SENT)
    with pytest.raises(ActionRefused, match=said):
        expiry.extend(envelope, timezone.localdate() + timedelta(days=days))


def test_times_are_those_of_the_purpose_when_it_was_prepared(send: Send, emulator: EmulatorClient) -> None:
    SigningTimes.objects.create(
        purpose="lease", expire_after_days=30, warn_before_days=4, remind_after_days=2, remind_every_days=5
    )
    envelope = send(options=BY_EMAIL)
    assert (envelope.expires_after_days, envelope.remind_after_days) == (30, 2)
    tenant = envelope.signers.get(key="tenant1")
    emulator.advance(days=8)
    reminders = [mail for mail in emulator.mail(to=tenant.email) if mail.kind == "reminder"]
    assert len(reminders) == 2  # on day 2 and day 7
    emulator.advance(days=19)
    assert [mail for mail in emulator.mail(to=tenant.email) if mail.kind == "expiry_warning"]


def test_portal_signers_are_reminded_and_warned_by_us() -> None:
    envelope = EnvelopeFactory(
        state=State.SENT, remind_after_days=2, remind_every_days=3, expires_after_days=10, warn_before_days=2
    )
    start = envelope.sent_at
    promised = []
    for day in (0, 1, 2, 3, 5, 6, 8, 9, 11):
        reminders.queue_due_reminders(start + timedelta(days=day, minutes=1))
        reminders.queue_due_reminders(start + timedelta(days=day, minutes=2))
        promised.append((day, OutgoingMail.objects.count()))
    assert promised == [(0, 0), (1, 0), (2, 1), (3, 1), (5, 2), (6, 2), (8, 3), (9, 3), (11, 3)]
    assert OutgoingMail.objects.filter(kind="expiring").count() == 1


# --- replacing --------------------------------------------------------------------------------------------


def test_a_replaced_envelope_is_void_before_the_next_revision_goes_out(send: Send, emulator: EmulatorClient) -> None:
    envelope = send(tenants=2, options=BY_EMAIL)
    sign(emulator, envelope, "tenant1")
    hear(emulator)
    envelope.refresh_from_db()
    assert any(
        "have to sign again" in line or "will have to sign again" in line for line in replacement.effects(envelope)
    )

    replacement.replace(envelope, "A page was missing")
    assert replacement.carry_out(envelope.pk) is None  # not void yet
    dispatch.advance(envelope.pk)
    following = replacement.carry_out(envelope.pk)
    assert following is not None
    assert replacement.carry_out(envelope.pk) is None  # made once
    dispatch.advance(following.pk)

    envelope.refresh_from_db()
    following.refresh_from_db()
    assert (envelope.state, following.state, following.replaces) == (State.VOIDED, State.SENT, envelope)
    assert (following.revision, following.lease_version) == (2, 2)
    assert {one.channel for one in following.signers.filter(role="tenant")} == {Channel.EMAIL}
    assert emulator.envelope(str(envelope.docusign_id))["status"] == "voided"


def test_what_completed_first_is_not_replaced(send: Send, emulator: EmulatorClient) -> None:
    envelope = send()
    for key in ("tenant1", "landlord"):
        sign(emulator, envelope, key)
    replacement.replace(envelope, "Too late")
    dispatch.advance(envelope.pk)

    assert replacement.carry_out(envelope.pk) is None
    envelope.refresh_from_db()
    assert envelope.state == State.COMPLETED
    assert "Everyone had signed" in envelope.audit_events.get(kind="envelope.not_replaced").text
    assert envelope.problem == ""  # which would say that the lease is not executed
    assert Envelope.objects.count() == 1


def test_a_declined_envelope_can_be_followed_by_a_new_revision(send: Send, emulator: EmulatorClient) -> None:
    envelope = send()
    emulator.decline(str(envelope.docusign_id), "1", reason="The rent is wrong")
    hear(emulator)
    envelope.refresh_from_db()
    replacement.replace(envelope, "")
    assert Envelope.objects.get(revision=2).state == State.READY
    with pytest.raises(ActionRefused, match="replaced already by revision 2"):
        replacement.replace(envelope, "")


def test_a_replacement_that_cannot_be_made_says_why_and_can_be_left(send: Send, emulator: EmulatorClient) -> None:
    envelope = send()
    replacement.replace(envelope, "Wrong phone")
    dispatch.advance(envelope.pk)
    Tenant.objects.update(email="", preferred_channel="email")
    assert replacement.carry_out(envelope.pk) is None
    envelope.refresh_from_db()
    assert "no e-mail address" in envelope.problem
    assert envelope.replace_asked_at is None
    Tenant.objects.update(email="there@mail.example")
    envelope.lease.refresh_from_db()
    assert replacement.replace(envelope, "").sure


def test_two_workers_who_keep_one_promise_make_one_revision_and_neither_calls_it_broken(
    send: Send, emulator: EmulatorClient
) -> None:
    envelope = send()
    replacement.replace(envelope, "A page was missing")
    dispatch.advance(envelope.pk)
    made: list[Envelope | None] = []

    def the_other_is_faster(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        """When this worker has read the promise and turns to the lease, the other has it done."""
        if not made and '"leases_lease"."version"' in sql and "esign_envelope" not in sql:
            made.append(None)
            made[0] = replacement.carry_out(envelope.pk)
        return execute(sql, *rest)

    with connection.execute_wrapper(the_other_is_faster):
        assert replacement.carry_out(envelope.pk) is None
    assert made[0] is not None and made[0].revision == 2
    envelope.refresh_from_db()
    assert (envelope.replaced_by, envelope.problem) == (made[0], "")
    assert not envelope.audit_events.filter(kind="envelope.not_replaced").exists()


def test_what_replacing_does_is_told_with_the_names_of_today_and_its_new_codes(send: Send) -> None:
    envelope = send(options=SendOptions({"tenant1": SignerOptions(channel=Channel.EMAIL, access_code=True)}))
    tenant = envelope.signers.get(key="tenant1")
    envelope.signers.filter(pk=tenant.pk).update(name="Corrected Here Only")
    said = " ".join(replacement.effects(envelope))
    assert f"goes out by itself to {tenant.name} and" in said
    assert "one more envelope" in said
    assert "get a new access code" in said


def test_the_page_of_a_replaced_envelope_says_what_follows_it(send: Send) -> None:
    envelope = send()
    replacement.replace(envelope, "A page was missing")
    envelope.refresh_from_db()
    assert "Then revision 2 is made and sent." in explain(envelope).by_itself
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    assert explain(envelope).by_itself == "Revision 2 is made and sent now."
    Tenant.objects.update(email="", preferred_channel="email")
    replacement.carry_out(envelope.pk)
    envelope.refresh_from_db()
    said = explain(envelope)
    assert "The next revision was not sent." in said.cause
    assert said.advice == "Correct what it names, then send the lease from its page."


def test_nothing_signed_can_be_replaced() -> None:
    envelope = EnvelopeFactory(state=State.COMPLETED, lease=LeaseFactory(stage=LeaseStatus.EXECUTED))
    with pytest.raises(ActionRefused, match="signed by everyone"):
        replacement.replace(envelope, "No")
