"""Consent is withdrawn while leases go out: sending stops, says why, and goes on with nothing lost or sent twice."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from esign.docusign.login import access
from esign.envelopes import dispatch
from esign.envelopes.freeze import freeze
from esign.models import DocusignConnection, Envelope, State
from tests.esign.docusign.login.people import DocusignSide, messages_of, return_from
from tests.factories import LeaseFactory

pytestmark = pytest.mark.django_db(transaction=True)

LEASES = 6


@pytest.fixture
def batch(connection: DocusignConnection) -> list[Envelope]:
    return [freeze(LeaseFactory(), in_campaign=True) for _ in range(LEASES)]


def sweep() -> None:
    for pk in list(Envelope.objects.due().values_list("pk", flat=True)):
        dispatch.advance(pk)


def states() -> dict[str, int]:
    found = list(Envelope.objects.values_list("state", flat=True))
    return {state: found.count(state) for state in set(found)}


def test_a_batch_pauses_says_so_and_goes_on_after_consent(
    batch: list[Envelope], docusign: DocusignSide, connection: DocusignConnection, admin_browser: Client
) -> None:
    for envelope in batch[:2]:
        dispatch.advance(envelope.pk)
    assert states() == {State.SENT: 2, State.READY: 4}

    docusign.set_consent()
    docusign.emulator.fault("*", "token_revoked", times=1)
    asked_before = docusign.token_calls()
    sweep()

    assert states() == {State.SENT: 2, State.READY: 4}, "nothing lost, nothing half done"
    assert docusign.token_calls() - asked_before == 1, "one worker asked; the others found the pause"
    for envelope in Envelope.objects.filter(state=State.READY):
        assert "asks for consent" in envelope.problem
        assert "goes on by itself" in envelope.next_step
    page = reverse("admin:esign_docusignconnection_change", args=[connection.pk])
    said = messages_of(admin_browser, page)
    assert "Nothing can be sent" in said
    assert "no one has yet allowed this app" in said

    address = admin_browser.post(reverse("esign:oauth-consent", args=[connection.pk]))["Location"]
    admin_browser.get(return_from(docusign.answer(address)))
    told = Envelope.objects.exclude(state=State.SENT).values_list("problem", flat=True)
    assert set(told) == {""}, "no page asks any more for the consent that was just given"
    sweep()

    assert states() == {State.SENT: LEASES}, "at once, and not when the next try was planned"
    assert len(docusign.emulator.envelopes()) == LEASES, "each went out once"


def test_it_goes_on_by_itself_when_consent_comes_back_without_us(
    batch: list[Envelope], docusign: DocusignSide, connection: DocusignConnection
) -> None:
    docusign.set_consent()
    sweep()
    assert states() == {State.READY: LEASES}
    docusign.set_consent("signature", "impersonation")
    with time_machine.travel(timezone.now() + timedelta(seconds=75), tick=True):
        sweep()
    assert states() == {State.SENT: LEASES}
    connection.refresh_from_db()
    assert not connection.is_paused
    assert connection.last_error == ""


def test_a_live_token_works_on_after_consent_is_withdrawn(
    batch: list[Envelope], docusign: DocusignSide, connection: DocusignConnection
) -> None:
    """As at Docusign: what is withdrawn shows when the next token is asked for."""
    access.access_token(connection)
    docusign.set_consent()
    sweep()
    assert states() == {State.SENT: LEASES}


def test_disconnecting_holds_what_waits(
    batch: list[Envelope], docusign: DocusignSide, connection: DocusignConnection, admin_browser: Client
) -> None:
    admin_browser.post(reverse("esign:oauth-disconnect", args=[connection.pk]))
    sweep()
    assert states() == {State.READY: LEASES}
    assert not docusign.emulator.envelopes()
    admin_browser.post(reverse("esign:oauth-connect", args=[connection.pk]))
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=True):
        sweep()
    assert states() == {State.SENT: LEASES}
