"""Every address of the site, with the keys of real rows filled in."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.urls import get_resolver
from django_otp.plugins.otp_totp.models import TOTPDevice

from esign.mail.links import portal_link
from esign.models import (
    AccountTemplate,
    AuditEvent,
    DocumentTemplate,
    DocusignConnection,
    Envelope,
    FormAnswer,
    Signer,
    SigningTimes,
)
from leases.models import ImportJob, Lease, Portfolio, Tag
from tests.esign.factories import (
    BatchLineFactory,
    ConnectDeliveryFactory,
    DocusignCallFactory,
    EnvelopeDocumentFactory,
    EnvelopeFactory,
    OrphanDraftFactory,
)
from tests.factories import UserFactory

# Of the company, not of any property.
OF_THE_COMPANY = {
    "AccountTemplate", "DocumentTemplate", "DocumentTemplateVersion", "DocusignConnection", "SigningTimes", "Tag",
}  # fmt: skip
# Parts of a regular expression that name one of many: the first of each.
FIRST_OF = re.compile(r"\(\?P<\w+>([^|)]+)(?:\|[^)]*)?\)")
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass
class World:
    """Rows of every kind: one lease with an envelope that is out, and what belongs to them."""

    envelope: Envelope
    other: Envelope

    @property
    def lease(self) -> Lease:
        return self.envelope.lease

    @property
    def tenant(self) -> Signer:
        return self.envelope.signers.get(key="tenant1")

    @property
    def stranger(self) -> Signer:
        """A tenant of another lease."""
        return self.other.signers.get(key="tenant1")


def make_world() -> World:
    envelope = EnvelopeFactory(state="sent", lease__tenants=2, lease__guarantors=1)
    EnvelopeDocumentFactory(envelope=envelope)
    other = EnvelopeFactory(state="sent")
    connection = DocusignConnection.objects.default()
    AuditEvent.record(envelope.lease, "envelope.sent", "Sent.", actor="system", envelope=envelope)
    BatchLineFactory()
    ImportJob.objects.create(kind=ImportJob.Kind.TENANTS, file_name="tenants.csv", asked_by=UserFactory())
    ConnectDeliveryFactory(envelope=envelope)
    DocusignCallFactory(envelope=envelope)
    OrphanDraftFactory()
    AccountTemplate.objects.create(connection=connection, name="Rider", template_id=uuid.uuid4(), kind="rider")
    FormAnswer.objects.create(
        envelope=envelope, signer=envelope.signers.get(key="tenant1"), label="vehicle", value="Blue van"
    )
    SigningTimes.objects.get_or_create(purpose="lease")
    DocumentTemplate.objects.get_or_create(kind="lease", language="en")
    Tag.objects.create(name="Student housing")
    TOTPDevice.objects.create(user=UserFactory(username="with-device", is_superuser=False), name="phone")
    facts = {"username": "someone", "ip_address": "192.0.2.1", "user_agent": "x", "path_info": "/", "http_accept": "x"}
    AccessAttempt.objects.create(**facts, failures_since_start=1)
    AccessFailureLog.objects.create(**facts)
    AccessLog.objects.create(**facts)
    Group.objects.get_or_create(name="A group")
    cache.clear()
    return World(envelope, other)


def member_of_another_portfolio(world: World) -> User:
    """May do everything, to the rows of one portfolio: that of the other lease's owner."""
    user = UserFactory(username="olga", is_superuser=False)
    user.user_permissions.set(Permission.objects.exclude(codename="see_all_portfolio"))
    portfolio = Portfolio.objects.create(name="South")
    portfolio.owners.add(world.other.lease.unit.property.owner)
    portfolio.members.add(user)
    return User.objects.get(pk=user.pk)


def all_addresses(world: World) -> list[str]:
    """One address for each pattern of the site. Raises KeyError for a parameter that nothing here fills in."""
    return sorted({_filled(route, world) for route in _routes(get_resolver().url_patterns)})


def _routes(patterns: Any, before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _routes(pattern.url_patterns, route)
        else:
            yield route


def _filled(route: str, world: World) -> str:
    route = FIRST_OF.sub(r"\1", route).replace("^", "").replace("$", "")
    if route.startswith("admin/.*") or "(?P<url>" in route or ".*" in route:
        return "/admin/no-such-page/"
    model_key = _key_of_model(route, world)
    route = route.replace("([^/]+)/history/([^/]+)", f"{model_key}/history/1")
    values = _values(route, world, model_key)
    return "/" + PARAMETER.sub(lambda match: str(values[match[1]]), route)


def _key_of_model(route: str, world: World) -> Any:
    """The key of a row of the model whose admin page this is."""
    parts = route.split("/")
    if parts[0] != "admin" or len(parts) < 4:
        return ""
    try:
        model = apps.get_model(parts[1], parts[2])
    except LookupError:
        return ""
    if model in (Lease, Envelope):
        return world.lease.pk if model is Lease else world.envelope.pk
    row = model._default_manager.order_by("pk").first()
    return row.pk if row else 1


def _values(route: str, world: World, model_key: Any) -> dict[str, Any]:
    document = world.envelope.documents.get()
    values = {
        "object_id": model_key,
        "id": model_key,
        "pk": model_key,
        "content_type_id": ContentType.objects.get_for_model(Lease).pk,
        "signer": world.tenant.pk,
        "document": document.pk,
        "signature": 1,
        "envelope_id": world.envelope.pk,
        "token": portal_link(world.tenant).rpartition("/")[2],
        "kind": "lease",
        "sha256": "0" * 64,
        "button": "void",
        "act": "void",
        "line": 1,
        "name": "withdraw",
        "number": 1,
    }
    if route.startswith("admin/r/"):
        values["object_id"] = world.lease.pk
    if route.startswith("esign/oauth"):
        values["pk"] = DocusignConnection.objects.default().pk
    if route.startswith("portal/leases") and "documents" in route:
        values["pk"] = document.pk
    if route.startswith("portal/outbox"):
        values["name"] = "20260101-000000-1.0"
    return values
