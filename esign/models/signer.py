"""The people of an envelope."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Min

from esign.models.envelope import Envelope


class Role(models.TextChoices):
    TENANT = "tenant", "Tenant"
    GUARANTOR = "guarantor", "Guarantor"
    LANDLORD = "landlord", "Landlord"
    CARBON_COPY = "carbon_copy", "Carbon copy"
    CERTIFIED_DELIVERY = "certified_delivery", "Certified delivery"


SIGNING_ROLES = (Role.TENANT, Role.GUARANTOR, Role.LANDLORD)


class Channel(models.TextChoices):
    PORTAL = "portal", "Our portal"
    EMAIL = "email", "Docusign e-mail"
    SMS = "sms", "Text message"


class SignerStatus(models.TextChoices):
    """Docusign's recipient status, less those that mean the same to us."""

    CREATED = "created", "Waiting for their turn"
    SENT = "sent", "Invited"
    DELIVERED = "delivered", "Opened"
    COMPLETED = "completed", "Signed"
    DECLINED = "declined", "Declined"
    AUTORESPONDED = "autoresponded", "Could not be reached"


DONE = (SignerStatus.COMPLETED, SignerStatus.DECLINED)


class SignerQuerySet(models.QuerySet["Signer"]):
    def who_sign(self) -> SignerQuerySet:
        return self.filter(role__in=SIGNING_ROLES)

    def whose_turn(self) -> SignerQuerySet:
        """Signers of the lowest routing order that still has somebody to act."""
        open_ones = self.exclude(role=Role.CARBON_COPY).exclude(status__in=DONE)
        order = open_ones.aggregate(order=Min("routing_order"))["order"]
        return open_ones.filter(routing_order=order) if order is not None else self.none()


class Signer(models.Model):
    """One recipient of an envelope, as named when it was prepared (or corrected since)."""

    envelope = models.ForeignKey(Envelope, on_delete=models.CASCADE, related_name="signers")
    key = models.CharField(max_length=40, help_text="tenant1, guarantor1, landlord, copy1: names the tabs.")
    role = models.CharField(max_length=20, choices=Role)
    tenant = models.ForeignKey("leases.Tenant", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    recipient_id = models.PositiveIntegerField()
    routing_order = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    email = models.EmailField(max_length=100, blank=True)
    phone = models.CharField(max_length=20, blank=True, help_text="E.164")
    channel = models.CharField(max_length=10, choices=Channel)
    language = models.CharField(max_length=5, default="en")
    note = models.CharField(max_length=1000, blank=True)
    status = models.CharField(max_length=15, choices=SignerStatus, default=SignerStatus.CREATED)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    declined_reason = models.CharField(max_length=500, blank=True)
    problem = models.CharField(max_length=500, blank=True)

    objects: ClassVar[SignerQuerySet] = SignerQuerySet.as_manager()  # type: ignore[assignment]  # as_manager() is typed as Manager

    class Meta:
        ordering = ["routing_order", "recipient_id"]
        constraints = [
            models.UniqueConstraint(fields=["envelope", "recipient_id"], name="one_recipient_id_per_envelope"),
            models.UniqueConstraint(fields=["envelope", "key"], name="one_signer_key_per_envelope"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_role_display().lower()})"

    @property
    def client_user_id(self) -> str:
        """Set for people who sign in our portal: it is what makes a Docusign recipient an embedded one."""
        return f"{self.envelope_id}:{self.key}" if self.channel == Channel.PORTAL else ""

    @property
    def must_sign(self) -> bool:
        return self.role in SIGNING_ROLES

    @property
    def is_done(self) -> bool:
        return self.status in DONE
