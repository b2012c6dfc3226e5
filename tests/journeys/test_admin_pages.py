"""Every page of the office, as a person sees it: at a desk and on a phone, with pictures kept to look at."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django import Settings

from esign.admin.envelopes.actions import press_url
from esign.admin.leases.send import send_url
from esign.envelopes.action_rules import EnvelopeAction
from esign.models import AuditEvent, DocusignConnection, Envelope, OutgoingMail, State
from leases.admin.lease_actions import ask_url
from leases.models import Lease, Tenant
from tests.conftest import PHONE, Visitor
from tests.esign.factories import (
    BatchFactory,
    BatchLineFactory,
    ConnectDeliveryFactory,
    DocusignCallFactory,
    EnvelopeDocumentFactory,
    EnvelopeFactory,
    OrphanDraftFactory,
)
from tests.factories import LeaseFactory, TenantFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DAY = timedelta(days=1)


@pytest.fixture
def ada(site: str, new_visitor: Callable[[], Visitor]) -> Visitor:
    """An administrator, signed in."""
    user: User = UserFactory(username="ada")
    user.set_password("a long password")
    user.save()
    visitor = new_visitor()
    visitor.page.goto(f"{site}/admin/")
    visitor.page.get_by_label("Username").fill("ada")
    visitor.page.get_by_label("Password").fill("a long password")
    visitor.page.get_by_role("button", name="Log in").click()
    return visitor


@pytest.fixture
def office_in_full_swing(settings: Settings) -> dict[str, Any]:
    """Leases and envelopes at every stage."""
    settings.DOCUSIGN_INTEGRATION_KEY, settings.DOCUSIGN_USER_ID = "f0f0", "a1a1"
    connection = DocusignConnection.objects.default()
    connection.identify(account_id="11111111-2222", account_name="Juniper (demo)", base_uri="https://demo.example")
    connection.works()
    now = timezone.now()
    out = _out_for_signature(now)
    EnvelopeFactory(state=State.NEEDS_ATTENTION, problem="Docusign does not accept one of the e-mail addresses.")
    EnvelopeFactory(state=State.READY, due_at=now - timedelta(minutes=40))
    EnvelopeFactory(state=State.SENT, sent_at=now - 118 * DAY)
    for days in (2, 2, 5, 6, 9, 20):
        EnvelopeFactory(state=State.SENT, sent_at=now - days * DAY)
    declined = EnvelopeFactory(state=State.DECLINED)
    declined.signers.filter(role="tenant").update(status="declined", declined_reason="The rent is not what we agreed.")
    batch = BatchFactory()
    for status, reason in (("prepared", ""), ("skipped", "Lease L-1 already has a renewal."), ("planned", "")):
        envelope = out if status == "prepared" else None
        BatchLineFactory(batch=batch, status=status, reason=reason, envelope=envelope)
    OrphanDraftFactory(envelope=out)
    soon = timezone.localdate() + 40 * DAY
    LeaseFactory(stage="active", start_date=soon - 364 * DAY, end_date=soon)
    return {
        "envelope": out,
        "batch": batch,
        "ready": LeaseFactory(tenants=2, guarantors=1, unit__property__owner__copy_email="files@larkspur.example"),
        "incomplete": LeaseFactory(tenants=0),
        "tenant": _with_a_past(TenantFactory(email="grace.before.she.married@mail.example")),
    }


def _with_a_past(tenant: Tenant) -> Tenant:
    tenant.email = "grace.after.she.had.married@mail.example"
    tenant.save()
    return tenant


def _out_for_signature(now: Any) -> Envelope:
    envelope: Envelope = EnvelopeFactory(state=State.SENT, lease__tenants=2, sent_at=now - 4 * DAY, heard_at=now)
    first, second, *_ = envelope.signers.all()
    first.status, first.sent_at, first.delivered_at, first.signed_at = (
        "completed",
        now - 4 * DAY,
        now - 3 * DAY,
        now - DAY,
    )
    first.save()
    second.status, second.sent_at, second.delivered_at = "delivered", now - 4 * DAY, now - 2 * DAY
    second.save()
    EnvelopeDocumentFactory(envelope=envelope, pages=8)
    EnvelopeDocumentFactory(envelope=envelope, document_id=2, name="Pet addendum", pages=2)
    DocusignCallFactory(envelope=envelope, started_at=now - 4 * DAY)
    DocusignCallFactory(
        envelope=envelope,
        operation="updateEnvelope",
        status=400,
        outcome="refused",
        error_code="INVALID_EMAIL_ADDRESS_FOR_RECIPIENT",
        message="The email address for the recipient is invalid. The recipient Id follows.",
        started_at=now - 4 * DAY,
    )
    ConnectDeliveryFactory(envelope=envelope, event="recipient-delivered", outcome="applied", received_at=now - 2 * DAY)
    ConnectDeliveryFactory(event="envelope-sent", outcome="failed", error="KeyError: 'premises'")
    OutgoingMail.objects.create(key="m", kind="invitation", envelope=envelope, signer=first, done_at=now - 4 * DAY)
    AuditEvent.record(
        envelope.lease, "envelope.frozen", f"{envelope} was frozen for signature.", actor="rosa", envelope=envelope
    )
    AuditEvent.record(
        envelope.lease, "envelope.sent", f"{envelope} went out for signature.", actor="Docusign", envelope=envelope
    )
    AuditEvent.record(envelope.lease, "envelope.signed", f"{first.name} signed.", actor="Docusign", envelope=envelope)
    return envelope


def pages(things: dict[str, Any]) -> dict[str, str]:
    """Name of the picture -> address."""
    envelope: Envelope = things["envelope"]
    ready: Lease = things["ready"]
    return {
        "today": reverse("admin:index"),
        "envelopes": reverse("admin:esign_envelope_changelist"),
        "envelope": envelope.get_absolute_url(),
        "envelope-stuck": Envelope.objects.filter(state=State.NEEDS_ATTENTION)[0].get_absolute_url(),
        "void": press_url(EnvelopeAction.VOID, *Envelope.objects.values_list("pk", flat=True)[:4]),
        "remind": press_url(EnvelopeAction.RESEND, envelope.pk),
        "correct": reverse("admin:esign_signer_correct", args=[envelope.pk, envelope.signers.all()[0].pk]),
        "replace": reverse("admin:esign_envelope_replace", args=[envelope.pk]),
        "cancel-leases": ask_url("cancel", [ready.pk, envelope.lease.pk, things["incomplete"].pk]),
        "sign-offline": ask_url("sign_offline", [ready.pk]),
        "leases": reverse("admin:leases_lease_changelist"),
        "lease": reverse("admin:leases_lease_change", args=[envelope.lease.pk]),
        "history": reverse("admin:leases_tenant_history", args=[things["tenant"].pk]),
        "send": send_url(ready.pk, things["incomplete"].pk),
        "messages": reverse("admin:esign_webhookmessage_changelist"),
        "message": reverse("admin:esign_webhookmessage_change", args=[envelope.webhook_messages.first().pk]),  # type: ignore[union-attr]  # made above
        "replay": reverse("admin:esign_webhookmessage_replay"),
        "calls": reverse("admin:esign_docusigncall_changelist"),
        "call": reverse("admin:esign_docusigncall_change", args=[envelope.calls.first().pk]),  # type: ignore[union-attr]  # made above
        "orphan-drafts": reverse("admin:esign_orphandraft_changelist"),
        "evidence": reverse("admin:esign_auditevent_changelist"),
        "rules": reverse("admin:esign_batchrule_changelist"),
        "rule": reverse("admin:esign_batchrule_change", args=[things["batch"].rule.pk]),
        "run": reverse("admin:esign_batchrule_run", args=[things["batch"].rule.pk]),
        "batches": reverse("admin:esign_batch_changelist"),
        "batch": reverse("admin:esign_batch_change", args=[things["batch"].pk]),
        "connection": reverse("admin:esign_docusignconnection_changelist"),
    }


def test_every_page_of_the_office_fits_a_desk_and_a_phone(
    ada: Visitor, site: str, office_in_full_swing: dict[str, Any]
) -> None:
    troubles: list[str] = []
    ada.page.on("pageerror", lambda error: troubles.append(f"{ada.page.url}: {error}"))
    ada.page.on(
        "console", lambda said: troubles.append(f"{ada.page.url}: {said.text}") if said.type == "error" else None
    )
    for name, url in pages(office_in_full_swing).items():
        answer = ada.page.goto(f"{site}{url}")
        assert answer is not None
        assert answer.status == 200, f"{name}: {answer.status}"
        ada.screenshot(name)
        ada.screenshot(name, phone=True)
        troubles += [f"{name}: {trouble}" for trouble in _too_wide_for_a_phone(ada.page)]
    assert not troubles


def test_the_office_may_work_in_the_dark(ada: Visitor, site: str, office_in_full_swing: dict[str, Any]) -> None:
    ada.page.emulate_media(color_scheme="dark")
    for name in ("today", "envelope", "send", "void"):
        ada.page.goto(f"{site}{pages(office_in_full_swing)[name]}")
        background = ada.page.evaluate("getComputedStyle(document.body).backgroundColor")
        ada.screenshot(name)
        assert _lightness(ada.page, background) < 0.3, background
        ink = ada.page.evaluate("getComputedStyle(document.querySelector('.es h2')).color")
        assert _lightness(ada.page, ink) > 0.7, ink


def _lightness(page: Page, colour: str) -> float:
    """0 is black, 1 is white, whatever notation the browser answers in."""
    drawn = page.evaluate(
        """colour => { const pen = new OffscreenCanvas(1, 1).getContext("2d"); pen.fillStyle = colour;
        pen.fillRect(0, 0, 1, 1); return [...pen.getImageData(0, 0, 1, 1).data]; }""",
        colour,
    )
    return float(sum(drawn[:3])) / (3 * 255)


def _too_wide_for_a_phone(page: Page) -> list[str]:
    """What sticks out at the side, which on a phone means that text cannot be read."""
    desk = page.viewport_size
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    wide = page.evaluate("document.documentElement.scrollWidth")
    if desk:
        page.set_viewport_size(desk)
    return [f"{wide} px wide"] if wide > PHONE["width"] else []
