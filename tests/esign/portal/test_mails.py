"""Our own mails: to the right person, in their language, once, and never in vain."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail as django_mail
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from pytest_django import Settings

from esign.mail import outbox
from esign.mail.codes import code_of, mail_code
from esign.mail.links import read_link
from esign.mail.queue import queue_mail
from esign.models import Envelope, MailKind, OutgoingMail, Signer
from tests.esign.factories import EnvelopeFactory

pytestmark = pytest.mark.django_db

# All kinds that go to the signer's own address, and so carry a link.
KINDS = [kind for kind in MailKind if kind not in (MailKind.ADDRESS_CHANGED, MailKind.OWNER_TOLD, MailKind.CODE)]


def letter(signer: Signer, kind: MailKind) -> EmailMultiAlternatives:
    """The mail as it would go out."""
    return outbox.compose(OutgoingMail(key=f"{kind}:1", kind=kind, envelope=signer.envelope, signer=signer))


def html_of(message: EmailMultiAlternatives) -> str:
    return str(message.alternatives[0][0])


@pytest.mark.parametrize("kind", KINDS)
def test_every_mail_leads_its_reader_and_no_one_else_into_the_portal(kind: MailKind, tenant: Signer) -> None:
    message = letter(tenant, kind)

    links = re.findall(r"http://testserver/portal/enter/([^\s\"<]+)", str(message.body))
    assert [read_link(token) for token in links] == [tenant]
    assert links[0] in html_of(message)
    assert message.to == [f"{tenant.name} <{tenant.email}>"]
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("purpose", ["lease", "renewal", "addendum", "notice"])
def test_every_mail_has_a_subject_of_one_line_and_nothing_left_to_fill_in(
    kind: MailKind, purpose: str, tenant: Signer
) -> None:
    tenant.envelope.purpose = purpose

    message = letter(tenant, kind)

    assert 10 < len(str(message.subject)) < 120
    for text in (str(message.subject), str(message.body), html_of(message)):
        assert not re.search(r"\{\{|\{%|None|%\(", text)
    assert str(message.subject) not in str(message.body)


@pytest.mark.parametrize(("language", "said"), [("en", "is your code"), ("es", "es su código")])
def test_the_mail_with_a_code_leads_nowhere(language: str, said: str, tenant: Signer) -> None:
    Signer.objects.filter(pk=tenant.pk).update(language=language)
    row = mail_code(Signer.objects.get(pk=tenant.pk))
    assert row is not None

    message = outbox.compose(OutgoingMail.objects.get())

    assert str(message.subject) == f"{code_of(row)} {said}"
    assert code_of(row) in html_of(message)
    assert "/portal/" not in str(message.body) + html_of(message)


def test_a_mail_reads_as_a_person_would_write_it(tenant: Signer) -> None:
    tenant.name, tenant.envelope.terms["premises"]["property"] = "Grace O'Brien", "Maple & Oak"

    message = letter(tenant, MailKind.INVITATION)

    assert message.subject.startswith("Your lease for Maple & Oak ")
    assert "Hello Grace O'Brien," in message.body
    assert "&" not in str(message.body).replace("Maple & Oak", "")
    assert "Maple &amp; Oak" in html_of(message)


def test_a_spanish_speaker_is_written_to_in_spanish(tenant: Signer) -> None:
    tenant.language = "es"

    message = letter(tenant, MailKind.INVITATION)

    assert message.subject.startswith("Su contrato de alquiler")
    assert "Hola" in message.body
    assert '<html lang="es">' in html_of(message)


def test_a_mail_for_no_one_or_nowhere_is_an_error_that_names_it(tenant: Signer) -> None:
    tenant.email = ""

    with pytest.raises(ValueError, match="invitation:1"):
        letter(tenant, MailKind.INVITATION)


def test_a_name_cannot_smuggle_a_header_or_an_address_in(tenant: Signer) -> None:
    tenant.name = 'Grace\r\nBcc: all@mail.example, "x" <y@mail.example>'

    sent = letter(tenant, MailKind.INVITATION).message()

    assert sent["Bcc"] is None
    assert re.findall(r"<([^>]+)>", sent["To"])[-1] == tenant.email


def test_co_tenants_at_one_address_get_a_mail_each_that_says_whom_it_is_for(envelope: Envelope) -> None:
    envelope.signers.filter(role="tenant").update(email="both@mail.example")
    for signer in envelope.signers.filter(role="tenant"):
        queue_mail(envelope, MailKind.INVITATION, signer)

    assert outbox.send_due(envelope_id=envelope.pk) == 2

    lines = {message.to[0] for message in django_mail.outbox}
    assert lines == {f"{one.name} <both@mail.example>" for one in envelope.signers.filter(role="tenant")}
    tokens = {re.findall(r"/portal/enter/(\S+)", str(message.body))[0] for message in django_mail.outbox}
    assert {read_link(token).key for token in tokens} == {"tenant1", "tenant2"}


def test_a_mail_is_promised_once_and_sent_once(tenant: Signer) -> None:
    for _ in range(3):
        queue_mail(tenant.envelope, MailKind.INVITATION, tenant)
        outbox.send_due()

    assert len(django_mail.outbox) == 1


def test_the_same_promise_has_the_same_message_id_and_another_has_another(envelope: Envelope) -> None:
    first, second = envelope.signers.filter(role="tenant")

    ids = [letter(one, kind).extra_headers["Message-ID"] for one, kind in ((first, MailKind.LINK),) * 2]
    other = outbox.compose(OutgoingMail(key="other", kind=MailKind.LINK, envelope=envelope, signer=second))

    assert ids[0] == ids[1] != other.extra_headers["Message-ID"]


@pytest.mark.parametrize("kind", [MailKind.INVITATION, MailKind.REMINDER])
@pytest.mark.parametrize(
    "change",
    [{"state": "voided"}, {"state": "declined"}, {"state": "completed"}, {"cancel_asked_at": timezone.now()}],
)
def test_no_one_is_asked_to_sign_what_is_over(kind: MailKind, change: dict[str, object], tenant: Signer) -> None:
    queue_mail(tenant.envelope, kind, tenant)
    Envelope.objects.update(**change)

    assert outbox.send_due() == 0
    assert not django_mail.outbox
    assert not OutgoingMail.objects.exists()


def test_no_one_is_reminded_who_has_signed_meanwhile(tenant: Signer) -> None:
    queue_mail(tenant.envelope, MailKind.REMINDER, tenant)
    Signer.objects.filter(pk=tenant.pk).update(status="completed")

    assert outbox.send_due() == 0


def test_a_mail_server_that_is_away_delays_the_mail_and_does_not_lose_it(tenant: Signer, settings: Settings) -> None:
    queue_mail(tenant.envelope, MailKind.INVITATION, tenant)
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    assert outbox.send_due() == 0
    waiting = OutgoingMail.objects.get()
    assert (waiting.attempt, waiting.done_at) == (1, None)
    assert "ConnectionRefusedError" in waiting.last_error
    assert outbox.send_due() == 0  # not before it is due again

    settings.EMAIL_BACKEND = working
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        assert outbox.send_due() == 1


def test_a_mail_that_cannot_be_written_does_not_hold_up_the_others(tenant: Signer) -> None:
    OutgoingMail.objects.create(key="odd", kind="no_such_kind", envelope=tenant.envelope, signer=tenant)
    queue_mail(tenant.envelope, MailKind.INVITATION, tenant)

    assert outbox.send_due() == 1

    odd = OutgoingMail.objects.get(key="odd")
    assert "no_such_kind" in odd.last_error
    assert odd.due_at > timezone.now() + timedelta(hours=12)


def test_a_mail_that_another_worker_is_sending_is_left_to_it(tenant: Signer) -> None:
    queue_mail(tenant.envelope, MailKind.INVITATION, tenant)
    OutgoingMail.objects.update(claim_until=timezone.now() + timedelta(minutes=1))
    assert outbox.send_due() == 0

    OutgoingMail.objects.update(claim_until=timezone.now() - timedelta(seconds=1))
    assert outbox.send_due() == 1


def test_only_one_envelopes_mails_go_when_only_they_are_asked_for(tenant: Signer) -> None:
    other = EnvelopeFactory(state="sent")
    for signer in (tenant, other.signers.get(key="tenant1")):
        queue_mail(signer.envelope, MailKind.INVITATION, signer)

    assert outbox.send_due(envelope_id=other.pk) == 1
    assert OutgoingMail.objects.get(done_at=None).signer == tenant
