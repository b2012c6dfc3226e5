"""What our mails say about a notice: a tenant is asked to read it, the landlord to sign it."""

import pytest

from esign.mail import outbox
from esign.models import Envelope, OutgoingMail, State
from tests.esign.envelopes.notices.conftest import SendNotice, let, new_rent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def notice(notify: SendNotice) -> Envelope:
    return notify(let())


def letter(envelope: Envelope, kind: str, key: str) -> str:
    """Subject, text and HTML of the mail to one of its people."""
    mail = outbox.compose(OutgoingMail(key="read", kind=kind, envelope=envelope, signer=envelope.signers.get(key=key)))
    return f"{mail.subject}\n{mail.body}\n{mail.alternatives[0][0]!s}"


@pytest.mark.parametrize("kind", ["invitation", "reminder", "expiring"])
def test_a_tenant_is_asked_to_read_and_never_to_sign(notice: Envelope, kind: str) -> None:
    said = letter(notice, kind, "tenant1")
    assert "the notice about" in said or "There is a notice for you" in said
    assert "Read the notice" in said
    assert "sign" not in said.lower()


@pytest.mark.parametrize("kind", ["invitation", "reminder", "expiring"])
def test_the_landlord_is_asked_to_sign_a_notice_and_no_lease(notice: Envelope, kind: str) -> None:
    said = letter(notice, kind, "landlord")
    assert "notice under lease" in said
    assert "Read and sign" in said


def test_a_tenant_who_has_to_sign_the_receipt_is_asked_to_sign(notify: SendNotice) -> None:
    lease = let()
    said = letter(notify(lease, new_rent(lease, acknowledge=True)), "reminder", "tenant1")
    assert "Read and sign" in said
    assert "A notice under lease" in said


@pytest.mark.parametrize(
    ("reason", "said"),
    [("Envelope has expired.", "was not opened by everyone in time"), ("The day was wrong.", "was withdrawn")],
)
def test_a_notice_that_is_over_says_so_without_speaking_of_signatures(notice: Envelope, reason: str, said: str) -> None:
    notice.state, notice.void_reason = State.VOIDED, reason
    notice.save()
    words = letter(notice, "withdrawn", "tenant1")
    assert words.count(said) >= 2, "in the text and in the HTML"
    assert "sign" not in words.lower()
