"""Who is bound by a lease beside the landlord."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Max, Q
from simple_history.models import HistoricalRecords

from leases.models.protected import ProtectedModel
from leases.models.tenants import Tenant

# The signer key of the landlord; parties have keys like tenant1 and guarantor1.
LANDLORD = "landlord"


class PartyRole(models.TextChoices):
    TENANT = "tenant", "Tenant"
    GUARANTOR = "guarantor", "Guarantor"


class PartyManager(models.Manager["LeaseParty"]):
    """Reads each party with its person: no one looks at a party without the name."""

    def get_queryset(self) -> models.QuerySet["LeaseParty"]:
        return super().get_queryset().select_related("tenant")


class LeaseParty(ProtectedModel):
    """One person's part in one lease. Fixed once the lease has gone out."""

    lease = models.ForeignKey("leases.Lease", models.CASCADE, related_name="parties")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="parties", verbose_name="person")
    role = models.CharField(max_length=10, choices=PartyRole, default=PartyRole.TENANT)
    order = models.PositiveSmallIntegerField(
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
        help_text="The place within the role, from 1. Left empty, it becomes the next free one.",
    )
    is_primary = models.BooleanField(
        "primary tenant",
        default=False,
        help_text="The tenant the office writes to first. One for each lease.",
    )

    history = HistoricalRecords()
    objects: ClassVar[PartyManager] = PartyManager()

    class Meta:
        ordering = ["-role", "order"]  # tenants before guarantors
        verbose_name_plural = "lease parties"
        constraints = [
            models.UniqueConstraint(
                fields=["lease", "role", "order"],
                name="party_place_once_in_a_lease",
                violation_error_message="Two parties of this role have the same place.",
            ),
            models.UniqueConstraint(
                fields=["lease", "tenant"],
                name="party_person_once_in_a_lease",
                violation_error_message="This person is already a party to the lease.",
            ),
            models.UniqueConstraint(
                fields=["lease"],
                condition=Q(is_primary=True),
                name="party_one_primary_tenant",
                violation_error_message="The lease already has a primary tenant.",
            ),
            models.CheckConstraint(
                condition=Q(is_primary=False) | Q(role=PartyRole.TENANT),
                name="party_primary_is_a_tenant",
                violation_error_message="Only a tenant can be the primary tenant.",
            ),
            models.CheckConstraint(condition=Q(role__in=PartyRole.values), name="party_role_is_known"),
            models.CheckConstraint(condition=Q(order__gte=1, order__lte=99), name="party_order_from_1_to_99"),
        ]

    def __str__(self) -> str:
        return f"{self.tenant.name} ({self.get_role_display().lower()})"

    @property
    def key(self) -> str:
        """What this party is called in documents and signatures: tenant1, tenant2, guarantor1."""
        return f"{self.role}{self.order}"

    def _take_next_place(self) -> None:
        taken = LeaseParty.objects.filter(lease=self.lease_id, role=self.role).aggregate(last=Max("order"))["last"]
        self.order = (taken or 0) + 1

    def clean(self) -> None:
        if self.is_primary and self.role != PartyRole.TENANT:
            raise ValidationError({"is_primary": "Only a tenant can be the primary tenant."})

    def save(self, *args: object, **kwargs: object) -> None:
        if self.order is None:
            self._take_next_place()
        super().save(*args, **kwargs)
