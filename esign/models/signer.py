"""The people of an envelope."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import ClassVar

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import models
from django.utils import timezone

from esign.models.envelope import Envelope
from leases.status import LeaseStatus

# Of leases under which no one lives any more.
OVER = (LeaseStatus.ENDED, LeaseStatus.RENEWED, LeaseStatus.CANCELLED)


class Role(models.TextChoices):
    TENANT = "tenant", "Tenant"
    GUARANTOR = "guarantor", "Guarantor"
    LANDLORD = "landlord", "Landlord"
    CARBON_COPY = "carbon_copy", "Carbon copy"
    CERTIFIED_DELIVERY = "certified_delivery", "Certified delivery"


SIGNING_ROLES = (Role.TENANT, Role.GUARANTOR, Role.LANDLORD)


class Channel(models.TextChoices):
    """How a person is asked, and where they sign: in our portal, at Docusign, or at the office's own screen."""

    PORTAL = "portal", "Our portal"
    EMAIL = "email", "Docusign e-mail"
    SMS = "sms", "Text message"
    EMAIL_SMS = "email_sms", "E-mail and text message"
    INVITED = "invited", "Docusign e-mail into our portal"
    OFFICE = "office", "In person at the office"


# Where our pages let the person in and take them to Docusign: an embedded signer, in Docusign's words.
IN_PORTAL = (Channel.PORTAL, Channel.INVITED)
# Whom Docusign writes to; no one else hears of it unless we tell them.
TOLD_BY_DOCUSIGN = (Channel.EMAIL, Channel.SMS, Channel.EMAIL_SMS, Channel.INVITED)
BY_TEXT = (Channel.SMS, Channel.EMAIL_SMS)


class SignerStatus(models.TextChoices):
    """Docusign's recipient status, less those that mean the same to us."""

    CREATED = "created", "Waiting for their turn"
    SENT = "sent", "Invited"
    DELIVERED = "delivered", "Opened"
    COMPLETED = "completed", "Signed"
    DECLINED = "declined", "Declined"
    AUTORESPONDED = "autoresponded", "Could not be reached"


DONE = (SignerStatus.COMPLETED, SignerStatus.DECLINED)


# When access ended that no new link opens again: of a person who was erased.
NEVER_AGAIN = datetime(9999, 1, 1, tzinfo=UTC)


class SignerQuerySet(models.QuerySet["Signer"]):
    def who_sign(self) -> SignerQuerySet:
        return self.filter(role__in=SIGNING_ROLES)

    def with_access(self) -> SignerQuerySet:
        """Without those whose lease is over for longer than PORTAL_MONTHS_AFTER_LEASE, and without erased people."""
        before = timezone.now() - relativedelta(months=settings.PORTAL_MONTHS_AFTER_LEASE)
        by_date = models.Q(envelope__lease__ended_at=None, envelope__lease__end_date__lt=before.date())
        is_over = models.Q(envelope__lease__status__in=OVER)
        is_long_over = is_over & (models.Q(envelope__lease__ended_at__lt=before) | by_date)
        return self.exclude(is_long_over).exclude(access_ended_at=NEVER_AGAIN)


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
    record_email = models.EmailField(
        max_length=100, blank=True, help_text="What the tenant's record said when this row's address was set."
    )
    access_ended_at = models.DateTimeField(
        null=True, blank=True, help_text="Links and sessions of the portal from before this are worth nothing."
    )
    links_used_until = models.DateTimeField(
        null=True, blank=True, help_text="Links of the portal made until then let no one in any more."
    )
    channel = models.CharField(max_length=10, choices=Channel)
    language = models.CharField(max_length=5, default="en")
    note = models.CharField(max_length=1000, blank=True, help_text="A private message, shown to this person only.")
    sealed_access_code = models.TextField(blank=True, help_text="Encrypted. Asked for by Docusign before it opens.")
    access_code_shown_at = models.DateTimeField(null=True, blank=True)
    phone_check = models.BooleanField(default=False, help_text="Docusign calls or texts a code before it opens.")
    host_name = models.CharField(max_length=100, blank=True, help_text="Who sits with them at the office.")
    host_email = models.EmailField(max_length=100, blank=True)
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
        """Set for people who sign on our pages: it is what makes a Docusign recipient an embedded one."""
        return f"{self.envelope_id}:{self.key}" if self.signs_in_portal or self.is_in_person else ""

    @property
    def signs_in_portal(self) -> bool:
        return self.channel in IN_PORTAL

    @property
    def is_in_person(self) -> bool:
        return self.channel == Channel.OFFICE

    @property
    def told_by_docusign(self) -> bool:
        """Whether Docusign writes to this person; else we do, or the office asks them in."""
        return self.channel in TOLD_BY_DOCUSIGN

    @property
    def present_email(self) -> str:
        """Where this person is reached now: the record's address, where that changed after this row's was set."""
        record = self.tenant.email if self.tenant else ""
        has_moved = self.record_email and record and record.casefold() != self.record_email.casefold()
        return record if has_moved else self.email

    @property
    def address(self) -> str:
        """Where this person is asked to sign, as the office reads it."""
        if self.channel == Channel.SMS:
            return self.phone
        return f"{self.email} and {self.phone}" if self.channel == Channel.EMAIL_SMS else self.email

    @property
    def must_sign(self) -> bool:
        return self.role in SIGNING_ROLES

    @property
    def is_done(self) -> bool:
        return self.status in DONE


def whose_turn(signers: Iterable[Signer]) -> list[Signer]:
    """Signers of the lowest routing order that still has somebody to act."""
    to_act = [signer for signer in signers if signer.role != Role.CARBON_COPY and signer.status not in DONE]
    first = min((signer.routing_order for signer in to_act), default=None)
    return [signer for signer in to_act if signer.routing_order == first]
