"""Messages, calls, evidence, batches and the connection."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from esign.admin.connection.health import health
from esign.envelopes.status import Tone
from esign.models import AuditEvent, BatchLine, DocusignConnection, Envelope, OrphanDraft, State, WebhookMessage
from leases.models import Lease
from propertyapp.roles import LEASING_OFFICE, make_roles
from tests.emulator_client import EmulatorClient
from tests.esign.admin.words import post, read
from tests.esign.factories import (
    BatchFactory,
    BatchLineFactory,
    BatchRuleFactory,
    ConnectDeliveryFactory,
    DocusignCallFactory,
    EnvelopeFactory,
    OrphanDraftFactory,
)
from tests.factories import LeaseFactory

pytestmark = pytest.mark.django_db

MESSAGES = reverse("admin:esign_webhookmessage_changelist")
MACHINE_ROWS = [
    *("envelope", "webhookmessage", "docusigncall", "orphandraft", "auditevent", "batch"),
    "docusignconnection",
]


def everything() -> None:
    envelope = EnvelopeFactory(state=State.SENT)
    ConnectDeliveryFactory(envelope=envelope)
    DocusignCallFactory(envelope=envelope)
    OrphanDraftFactory(envelope=envelope)
    AuditEvent.record(envelope.lease, "envelope.sent", "It went out.", envelope=envelope)
    BatchLineFactory()


@pytest.mark.parametrize("model", [*MACHINE_ROWS, "batchrule"])
def test_the_office_may_look_at_every_list(office: Client, model: str) -> None:
    everything()
    assert office.get(reverse(f"admin:esign_{model}_changelist"), follow=True).status_code == 200


@pytest.mark.parametrize("model", [*MACHINE_ROWS, "batchrule"])
def test_a_bystander_may_not(bystander: Client, model: str) -> None:
    everything()
    assert bystander.get(reverse(f"admin:esign_{model}_changelist")).status_code == 403


@pytest.mark.parametrize("row", [WebhookMessage, AuditEvent, OrphanDraft])
def test_each_row_has_a_page_without_a_form(administrator: Client, row: type) -> None:
    everything()
    name = row._meta.model_name  # type: ignore[attr-defined]  # each is a model
    one = row.objects.first()  # type: ignore[attr-defined]  # see above
    page = reverse(f"admin:esign_{name}_change", args=[one.pk])
    assert "Save" not in read(administrator, page)
    assert administrator.post(page, {}).status_code == 403
    assert administrator.get(reverse(f"admin:esign_{name}_add")).status_code == 403


# --- messages ---------------------------------------------------------------------------------------------


def test_messages_can_be_applied_again_by_an_administrator_only(administrator: Client, office: Client) -> None:
    failed = ConnectDeliveryFactory(outcome="failed", error="KeyError")
    press = {"action": "apply_again", "_selected_action": [failed.pk]}
    office.post(MESSAGES, press)
    failed.refresh_from_db()
    assert failed.outcome == "failed"
    assert "1 message is applied again" in post(administrator, MESSAGES, **press)
    failed.refresh_from_db()
    assert (failed.outcome, failed.error) == ("waiting", "")


def test_a_period_is_replayed_and_nothing_beside_it(administrator: Client) -> None:
    now = timezone.localtime().replace(microsecond=0)
    inside = ConnectDeliveryFactory(outcome="applied", received_at=now - timedelta(hours=2))
    before = ConnectDeliveryFactory(outcome="applied", received_at=now - timedelta(days=2))
    period = {"start": f"{now - timedelta(hours=3):%Y-%m-%dT%H:%M}", "end": f"{now:%Y-%m-%dT%H:%M}"}
    said = post(administrator, reverse("admin:esign_webhookmessage_replay"), **period)
    assert "1 message is applied again" in said
    inside.refresh_from_db()
    before.refresh_from_db()
    assert (inside.outcome, before.outcome) == ("waiting", "applied")


def test_a_period_that_ends_before_it_begins_is_refused(administrator: Client) -> None:
    period = {"start": "2026-03-02T10:00", "end": "2026-03-01T10:00"}
    said = post(administrator, reverse("admin:esign_webhookmessage_replay"), **period)
    assert "The end has to come after the beginning." in said


def test_the_office_cannot_replay(office: Client) -> None:
    assert office.get(reverse("admin:esign_webhookmessage_replay")).status_code == 403


# --- batches ----------------------------------------------------------------------------------------------


def ending_soon() -> Lease:
    lease: Lease = LeaseFactory(stage="active", start_date=timezone.localdate() - timedelta(days=330))
    return lease


def test_run_now_says_how_many_leases_are_due_and_plans_nothing_before_it_is_pressed(office: Client) -> None:
    rule = BatchRuleFactory()
    ending_soon()
    assert "1 lease due" in read(office, reverse("admin:esign_batchrule_run", args=[rule.pk]))
    assert not BatchLine.objects.exists()


def test_run_now_has_the_workers_offer_each_lease_once_however_often_it_is_pressed(
    office: Client, tasks_at_once: None, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[Any]]
) -> None:
    rule, lease = BatchRuleFactory(), ending_soon()
    url = reverse("admin:esign_batchrule_run", args=[rule.pk])
    with django_capture_on_commit_callbacks(execute=True):
        assert "Look at the plan and approve it." in post(office, url, sure="yes")
    assert "Nothing new is due" in post(office, url, sure="yes")
    batch = rule.batches.get()
    page = read(office, reverse("admin:esign_batch_change", args=[batch.pk]))
    assert lease.number in page
    assert "$2,060.00" in page
    assert not Lease.objects.filter(previous_lease=lease).exists(), "nothing is prepared before it is approved"
    with django_capture_on_commit_callbacks(execute=True):
        post(office, reverse("admin:esign_batch_approve", args=[batch.pk]), sure="yes")
    offer = Lease.objects.get(previous_lease=lease)
    assert Envelope.objects.get().lease == offer
    assert rule.lines.get().status == BatchLine.Status.PREPARED


def test_a_batch_tells_each_lease_and_why_it_was_skipped(office: Client) -> None:
    batch = BatchFactory()
    skipped = BatchLineFactory(batch=batch, status="skipped", reason="It already has a renewal: L-9.")
    sent = BatchLineFactory(batch=batch, status="prepared", envelope=EnvelopeFactory(state=State.SENT))
    page = read(office, reverse("admin:esign_batch_change", args=[batch.pk]))
    assert "1 skipped" in page
    assert "1 out for signature" in page
    assert "It already has a renewal: L-9." in page
    only_skipped = read(office, reverse("admin:esign_batch_change", args=[batch.pk]) + "?status=skipped")
    assert skipped.lease.number in only_skipped
    assert sent.lease.number not in only_skipped


def test_a_rule_that_has_run_cannot_be_deleted(administrator: Client) -> None:
    rule = BatchFactory().rule
    assert administrator.get(reverse("admin:esign_batchrule_delete", args=[rule.pk])).status_code == 403
    assert administrator.get(reverse("admin:esign_batchrule_delete", args=[BatchRuleFactory().pk])).status_code == 200


# --- the connection ---------------------------------------------------------------------------------------


def connection_page() -> str:
    return reverse("admin:esign_docusignconnection_change", args=[DocusignConnection.objects.default().pk])


def test_a_connection_that_is_not_set_up_says_what_is_missing(administrator: Client) -> None:
    assert "Docusign is not set up" in read(administrator, connection_page())


def test_testing_the_connection_signs_in_and_names_the_account(administrator: Client, docusign: EmulatorClient) -> None:
    connection = DocusignConnection.objects.default()
    connection.pause("The private key does not match.", wait=timedelta(hours=1))
    said = post(administrator, reverse("admin:esign_docusignconnection_test", args=[connection.pk]))
    assert "It works: we act in the account" in said
    connection.refresh_from_db()
    assert connection.paused_until is None
    assert health(connection).tone == Tone.GOOD


def test_a_test_that_fails_says_why(administrator: Client, docusign: EmulatorClient, settings: Settings) -> None:
    settings.DOCUSIGN_INTEGRATION_KEY = "00000000-0000-4000-8000-000000000000"
    connection = DocusignConnection.objects.default()
    said = post(administrator, reverse("admin:esign_docusignconnection_test", args=[connection.pk]))
    assert "Docusign does not know the integration key" in said


def test_the_office_sees_the_connection_and_cannot_touch_it(office: Client) -> None:
    page = read(office, connection_page())
    assert "Whom we act as" in page
    assert "Test connection" not in page.replace("press “Test connection”", "").replace("Press “Test connection”", "")
    connection = DocusignConnection.objects.default()
    assert office.post(reverse("admin:esign_docusignconnection_test", args=[connection.pk])).status_code == 403


# --- permissions ------------------------------------------------------------------------------------------


def test_the_office_keeps_what_an_administrator_gave_it() -> None:
    office = Group.objects.get(name=LEASING_OFFICE)
    extra = Permission.objects.get(codename="delete_user")
    office.permissions.add(extra)
    make_roles()
    assert extra in office.permissions.all()
    assert office.permissions.filter(codename="send_envelope").exists()
    assert not office.permissions.filter(codename="change_docusignconnection").exists()
