"""Who signed which version of a lease. Rows are added, never changed or removed."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from leases.models.parties import LANDLORD
from leases.models.protected import ProtectedModel
from leases.models.tenants import Tenant


class SignatureSource(models.TextChoices):
    ELECTRONIC = "electronic", "Electronic"
    OFFLINE = "offline", "Offline, by hand"


class LeaseSignature(ProtectedModel):
    """One signer's signature on one version of a lease.

    The person is kept, not the LeaseParty: a lease that is withdrawn may lose a party, and the signature on
    the earlier version must outlive that.
    """

    lease = models.ForeignKey("leases.Lease", models.PROTECT, related_name="signatures")
    version = models.PositiveIntegerField()
    key = models.CharField("signer", max_length=20, help_text="landlord, or a party's key such as tenant1.")
    tenant = models.ForeignKey(
        Tenant,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="signatures",
        help_text="Empty for the landlord.",
    )
    name = models.CharField(max_length=200, help_text="The signer's name when they signed.")
    signed_at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=SignatureSource)
    reference = models.CharField(
        max_length=200, blank=True, help_text="Where the proof is, for example an envelope's id."
    )
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True, help_text="Why the signature was taken offline.")
    scan = models.FileField(upload_to="leases/scans/", blank=True)

    class Meta:
        ordering = ["version", "signed_at"]
        constraints = [
            models.UniqueConstraint(fields=["lease", "version", "key"], name="signature_once_for_each_signer"),
            models.CheckConstraint(
                condition=Q(key=LANDLORD, tenant__isnull=True) | (~Q(key=LANDLORD) & Q(tenant__isnull=False)),
                name="signature_of_landlord_or_person",
            ),
            models.CheckConstraint(
                condition=~Q(source="offline") | (~Q(note="") & ~Q(scan="")),
                name="offline_signature_has_note_and_scan",
            ),
            models.CheckConstraint(condition=Q(source__in=SignatureSource.values), name="signature_source_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name} signed version {self.version}"
