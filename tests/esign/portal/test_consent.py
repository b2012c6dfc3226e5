"""Consent to sign electronically: asked once, before the way to Docusign opens, and kept in the chain of evidence."""

import hashlib

import pytest

from esign.evidence.disclosure import VERSION, disclosure
from esign.models import AuditEvent, ElectronicConsent, Envelope, Signer
from tests.emulator_client import EmulatorClient
from tests.esign.conftest import Send, send
from tests.esign.factories import EnvelopeFactory
from tests.esign.portal.conftest import Enter

__all__ = ["send"]

pytestmark = pytest.mark.django_db(transaction=True)

AGREED = {"agreed": "yes", "version": VERSION, "language": "en"}


def place(envelope: Envelope) -> str:
    return f"/portal/sign/{envelope.pk}/consent/"


def test_no_one_gets_to_docusign_before_agreeing(send: Send, enter: Enter, emulator: EmulatorClient) -> None:
    envelope = send()
    browser = enter(envelope.signers.get(key="tenant1"), agreed=False)

    answer = browser.post(f"/portal/sign/{envelope.pk}/")
    assert answer["Location"] == place(envelope)
    assert emulator.journal("createRecipientView") == []
    page = browser.get(place(envelope)).content.decode()
    assert "Paper instead" in page
    assert f"Version {VERSION}" in page


def test_agreeing_is_written_down_and_leads_on_to_sign(send: Send, enter: Enter, emulator: EmulatorClient) -> None:
    envelope = send()
    tenant = envelope.signers.get(key="tenant1")
    browser = enter(tenant, agreed=False)

    answer = browser.post(place(envelope), AGREED, REMOTE_ADDR="198.51.100.4")

    assert answer.status_code == 303
    assert answer["Location"].startswith(emulator.base_url)
    consent = ElectronicConsent.objects.get()
    assert (consent.signer, consent.version, consent.ip) == (tenant, VERSION, "198.51.100.4")
    event = AuditEvent.objects.get(kind="portal.consented")
    assert event.hash == event.expected_hash()
    assert event.detail["ip"] == "198.51.100.4"
    assert event.detail["text_sha256"] == hashlib.sha256(disclosure("en").html.encode()).hexdigest()
    assert browser.post(f"/portal/sign/{envelope.pk}/").status_code == 303  # not asked again


def test_agreeing_twice_is_agreeing_once(send: Send, enter: Enter) -> None:
    envelope = send()
    browser = enter(envelope.signers.get(key="tenant1"), agreed=False)
    for _ in range(2):
        browser.post(place(envelope), AGREED)
    assert ElectronicConsent.objects.count() == 1
    assert AuditEvent.objects.filter(kind="portal.consented").count() == 1


@pytest.mark.parametrize("form", [{}, {**AGREED, "agreed": ""}, {**AGREED, "version": "2019-01"}])
def test_without_the_tick_or_with_another_text_nothing_is_recorded(
    enter: Enter, tenant: Signer, form: dict[str, str]
) -> None:
    answer = enter(tenant, agreed=False).post(place(tenant.envelope), form)
    assert answer.status_code == 422
    assert "Tick the box" in answer.content.decode()
    assert not ElectronicConsent.objects.exists()


def test_one_consent_is_for_one_person(enter: Enter, envelope: Envelope) -> None:
    enter(envelope.signers.get(key="tenant1"))
    other = enter(envelope.signers.get(key="tenant2"), agreed=False)
    assert other.post(f"/portal/sign/{envelope.pk}/")["Location"] == place(envelope)


def test_who_agreed_finds_their_own_copy_of_it(enter: Enter, tenant: Signer) -> None:
    browser = enter(tenant)
    page = browser.get(f"/portal/leases/{tenant.envelope_id}/").content.decode()
    copy = f"/portal/leases/{tenant.envelope_id}/consent/"
    assert copy in page
    page = browser.get(copy).content.decode()
    assert f"{tenant.name} agreed to version {VERSION} of this text" in page
    assert "192.0.2.7" in page
    assert "Paper instead" in page


def test_who_has_not_agreed_has_no_copy(enter: Enter, tenant: Signer) -> None:
    browser = enter(tenant, agreed=False)
    assert browser.get(f"/portal/leases/{tenant.envelope_id}/consent/").status_code == 404


def test_another_text_is_never_shown_as_the_one_that_was_agreed_to(enter: Enter, tenant: Signer) -> None:
    browser = enter(tenant)
    ElectronicConsent.objects.update(text_sha256="0" * 64)
    assert browser.get(f"/portal/leases/{tenant.envelope_id}/consent/").status_code == 503


def test_who_reads_spanish_agrees_to_the_spanish_text(enter: Enter, tenant: Signer) -> None:
    Signer.objects.filter(pk=tenant.pk).update(language="es")
    page = enter(tenant, agreed=False).get(place(tenant.envelope)).content.decode()
    assert "Firmar electrónicamente" in page
    assert 'name="language" value="es"' in page


def test_whose_turn_has_not_come_is_not_asked(enter: Enter, guarantor: Signer) -> None:
    answer = enter(guarantor, agreed=False).get(place(guarantor.envelope))
    assert answer.status_code == 302


def test_a_stranger_cannot_agree_for_anybody(enter: Enter, envelope: Envelope, tenant: Signer) -> None:
    stranger = EnvelopeFactory(state="sent").signers.get(key="tenant1")
    answer = enter(stranger, agreed=False).post(place(tenant.envelope), AGREED)
    assert answer.status_code == 404
    assert not ElectronicConsent.objects.exists()
