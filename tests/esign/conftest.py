"""A lease that is out for signature at the emulator, prepared with whatever a test chooses."""

from collections.abc import Callable
from typing import Any

import pytest
import urllib3

from esign.docusign.login import access
from esign.envelopes import dispatch
from esign.envelopes.freeze import freeze
from esign.models import Envelope, State
from esign.sync import webhook_inbox
from tests.emulator_client import EmulatorClient, Mail
from tests.factories import LeaseFactory

Send = Callable[..., Envelope]


@pytest.fixture
def send(site: str, emulator: EmulatorClient) -> Send:
    """Prepares and sends; `options` is what staff chose, all else goes to the lease."""

    def send(*, options: Any = None, lease: Any = None, **made_of: object) -> Envelope:
        more = {"options": options} if options else {}
        envelope = freeze(lease or LeaseFactory(**made_of), **more)
        dispatch.advance(envelope.pk)
        envelope.refresh_from_db()
        assert envelope.state == State.SENT, envelope.problem
        return envelope

    return send


def hear(emulator: EmulatorClient) -> None:
    """Have Connect deliver what it has, and apply it in the order of its time."""
    emulator.flush_deliveries()
    for pk in webhook_inbox.waiting():
        webhook_inbox.apply_message(pk)


def sign(emulator: EmulatorClient, envelope: Envelope, key: str, **options: Any) -> None:
    emulator.sign(str(envelope.docusign_id), str(envelope.signers.get(key=key).recipient_id), **options)


def sign_all(emulator: EmulatorClient, envelope: Envelope, **options: Any) -> None:
    for signer in envelope.signers.who_sign():
        sign(emulator, envelope, signer.key, **options)
    hear(emulator)
    envelope.refresh_from_db()


def recipient_at(emulator: EmulatorClient, envelope: Envelope, key: str) -> dict[str, Any]:
    """One recipient as Docusign answers it, whatever of our rows says."""
    connection = envelope.connection
    answer = urllib3.request(
        "GET",
        f"{emulator.base_url}/restapi/v2.1/accounts/{connection.account_id}/envelopes/{envelope.docusign_id}/recipients",
        fields={"include_extended": "true", "include_tabs": "true"},
        headers={"Authorization": f"Bearer {access.access_token(connection)}"},
    )
    wanted = str(envelope.signers.get(key=key).recipient_id)
    lists = [people for people in answer.json().values() if isinstance(people, list)]
    return next(person for people in lists for person in people if person["recipientId"] == wanted)


def follow(mail: Mail) -> str:
    """Where the link in Docusign's mail leads."""
    assert mail.link
    answer = urllib3.request("GET", mail.link, redirect=False)
    return str(answer.headers["Location"])
