"""What serves no purpose any more goes after its days; leases and their evidence stay."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.utils import timezone
from pytest_django import Settings

from esign.evidence import retention
from esign.evidence.retention import forget_old
from esign.models import (
    AuditEvent,
    DocumentOpening,
    DocusignCall,
    EnvelopeDocument,
    FormAnswer,
    MailKind,
    OutgoingMail,
    Signer,
    WebhookMessage,
)
from tests.esign.factories import (
    ConnectDeliveryFactory,
    DocusignCallFactory,
    EnvelopeDocumentFactory,
    EnvelopeFactory,
)

pytestmark = pytest.mark.django_db
APPLIED = WebhookMessage.Outcome.APPLIED


@pytest.fixture(autouse=True)
def days(settings: Settings) -> dict[str, int]:
    each = dict.fromkeys(settings.RETENTION_DAYS, 30)
    settings.RETENTION_DAYS = each
    return each


def rows_of(at: Any) -> None:
    """One row of each kind, from that moment."""
    envelope = EnvelopeFactory(state="completed")
    signer = envelope.signers.get(key="tenant1")
    document = EnvelopeDocumentFactory(envelope=envelope)
    ConnectDeliveryFactory(envelope=envelope, received_at=at, outcome=APPLIED)
    DocusignCallFactory(envelope=envelope, started_at=at)
    OutgoingMail.objects.create(key=str(at), kind=MailKind.COMPLETED, envelope=envelope, signer=signer, done_at=at)
    document.openings.create(signer=signer, who=signer.name, at=at)
    FormAnswer.objects.create(
        envelope=envelope, signer=signer, label="vehicle", value="Blue", decision="noted", decided_at=at
    )
    tried = AccessAttempt.objects.create(
        username=f"name of {at}", ip_address="192.0.2.1", user_agent="x", path_info="/", failures_since_start=1
    )
    AccessAttempt.objects.filter(pk=tried.pk).update(attempt_time=at)
    AuditEvent.record(envelope.lease, "note", "The keys were handed over.")


KEPT = (WebhookMessage, DocusignCall, OutgoingMail, DocumentOpening, FormAnswer, AccessAttempt)


def test_what_is_older_than_its_days_goes_and_the_rest_stays() -> None:
    rows_of(timezone.now() - timedelta(days=31))
    rows_of(timezone.now() - timedelta(days=29))

    assert forget_old() == {
        "webhook_messages": 1,
        "docusign_calls": 1,
        "mails": 1,
        "document_openings": 1,
        "form_answers": 1,
        "sign_in_tries": 1,
    }

    assert [model.objects.count() for model in KEPT] == [1] * len(KEPT)
    assert EnvelopeDocument.objects.count() == AuditEvent.objects.count() == 2
    assert Signer.objects.filter(key="tenant1").count() == 2


def test_what_is_not_done_yet_stays_however_old_it_is() -> None:
    long_ago = timezone.now() - timedelta(days=400)
    envelope = EnvelopeFactory(state="sent")
    ConnectDeliveryFactory(envelope=envelope, received_at=long_ago)
    OutgoingMail.objects.create(key="x", kind=MailKind.INVITATION, envelope=envelope, due_at=long_ago)
    FormAnswer.objects.create(
        envelope=envelope, signer=envelope.signers.get(key="tenant1"), label="x", value="y", read_at=long_ago
    )

    assert set(forget_old().values()) == {0}


def test_no_days_keep_for_ever(days: dict[str, int]) -> None:
    rows_of(timezone.now() - timedelta(days=4000))
    days.update(dict.fromkeys(days, 0))

    assert forget_old() == {}
    assert all(model.objects.exists() for model in KEPT)


def test_many_rows_go_in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 3)
    ConnectDeliveryFactory.create_batch(10, received_at=timezone.now() - timedelta(days=40), outcome=APPLIED)

    assert forget_old()["webhook_messages"] == 10
