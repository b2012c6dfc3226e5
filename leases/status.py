"""The stages of a lease and the ways between them."""

from django.db import models


class LeaseStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    OUT_FOR_SIGNATURE = "out_for_signature", "Out for signature"
    EXECUTED = "executed", "Executed"
    ACTIVE = "active", "Active"
    ENDED = "ended", "Ended"
    RENEWED = "renewed", "Renewed"
    CANCELLED = "cancelled", "Cancelled"


# Stages in which a lease keeps its unit from other leases.
LIVE = (LeaseStatus.OUT_FOR_SIGNATURE, LeaseStatus.EXECUTED, LeaseStatus.ACTIVE)
# Stages that cannot be reached without everyone's signature on exactly this version.
SIGNED = (LeaseStatus.EXECUTED, LeaseStatus.ACTIVE, LeaseStatus.ENDED, LeaseStatus.RENEWED)

# The only ways on. The database holds the same table, in `leases.triggers`.
TRANSITIONS: dict[str, frozenset[str]] = {
    LeaseStatus.DRAFT: frozenset({LeaseStatus.OUT_FOR_SIGNATURE, LeaseStatus.CANCELLED}),
    LeaseStatus.OUT_FOR_SIGNATURE: frozenset({LeaseStatus.DRAFT, LeaseStatus.EXECUTED, LeaseStatus.CANCELLED}),
    LeaseStatus.EXECUTED: frozenset({LeaseStatus.ACTIVE, LeaseStatus.CANCELLED}),
    LeaseStatus.ACTIVE: frozenset({LeaseStatus.ENDED, LeaseStatus.RENEWED}),
    LeaseStatus.ENDED: frozenset({LeaseStatus.RENEWED}),
    LeaseStatus.RENEWED: frozenset(),
    LeaseStatus.CANCELLED: frozenset(),
}
