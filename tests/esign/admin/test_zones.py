"""No time without its zone: the office, the property and Docusign may lie in three of them."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from esign.models import AuditEvent, OutgoingMail, State
from tests.esign.admin.words import read
from tests.esign.factories import ConnectDeliveryFactory, DocusignCallFactory, EnvelopeFactory, OrphanDraftFactory

pytestmark = pytest.mark.django_db

CLOCK = re.compile(r"\b\d{1,2}(?::\d\d)+(?: (?:AM|PM|[ap]\.m\.))?")
WITH_ZONE = re.compile(r"\b\d{1,2}(?::\d\d)+ (?:AM|PM) P[DS]T\b")
LISTS = ("webhookmessage", "docusigncall", "orphandraft", "auditevent")


@pytest.fixture
def pages(settings: Settings) -> dict[str, str]:
    """Those that tell when something was, each with something to tell."""
    settings.TIME_ZONE = "America/Los_Angeles"
    now = timezone.now()
    envelope = EnvelopeFactory(state=State.SENT)
    envelope.signers.update(sent_at=now, delivered_at=now, signed_at=now)
    call = DocusignCallFactory(envelope=envelope, started_at=now)
    message = ConnectDeliveryFactory(envelope=envelope, received_at=now, generated_at=now - timedelta(minutes=1))
    OrphanDraftFactory(envelope=envelope)
    OutgoingMail.objects.create(key="m", kind="invitation", envelope=envelope, done_at=now)
    AuditEvent.record(envelope.lease, "envelope.sent", f"{envelope} went out.", actor="Docusign", envelope=envelope)
    return {
        "envelope": envelope.get_absolute_url(),
        "lease": reverse("admin:leases_lease_change", args=[envelope.lease.pk]),
        "call": reverse("admin:esign_docusigncall_change", args=[call.pk]),
        "message": reverse("admin:esign_webhookmessage_change", args=[message.pk]),
        **{name: reverse(f"admin:esign_{name}_changelist") for name in LISTS},
    }


def test_staff_read_the_zone_with_every_time(administrator: Client, pages: dict[str, str]) -> None:
    for name, url in pages.items():
        said = re.sub(r"\{.*?\}", "", read(administrator, url))  # a message's own words are Docusign's
        assert WITH_ZONE.search(said), f"{name} tells no time"
        assert not CLOCK.findall(WITH_ZONE.sub("", said)), name


def test_staff_are_told_whose_clock_the_replay_of_a_period_goes_by(administrator: Client) -> None:
    said = read(administrator, reverse("admin:esign_webhookmessage_replay"))
    assert "Both times are those of America/Los_Angeles." in said
