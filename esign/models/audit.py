"""The evidence: one hash chain of events per lease."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import Exists, Value
from django.utils import timezone

from esign.models.envelope import Envelope
from leases.canonical import sha256_of

if TYPE_CHECKING:
    from leases.models import Lease

GENESIS = "0" * 64


class AuditEvent(models.Model):
    """Something that happened to a lease or its envelopes. Each event's hash covers the one before it."""

    lease = models.ForeignKey("leases.Lease", on_delete=models.PROTECT, related_name="audit_events")
    envelope = models.ForeignKey(Envelope, on_delete=models.PROTECT, null=True, blank=True, related_name="audit_events")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    actor = models.CharField(max_length=150)
    text = models.CharField(max_length=500)
    detail = models.JSONField(default=dict)
    key = models.CharField(max_length=120, null=True, blank=True, help_text="Makes an event happen once.")  # noqa: DJ001  # null, so that keyless events do not collide
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["lease", "number"]
        permissions = [("export_evidence", "Can export the evidence of a lease")]
        constraints = [
            models.UniqueConstraint(fields=["lease", "number"], name="one_event_per_place_in_the_chain"),
            models.UniqueConstraint(fields=["lease", "key"], name="one_event_per_key"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.text}"

    def facts(self) -> dict[str, Any]:
        """What the hash covers."""
        return {
            "lease": self.lease_id,
            "envelope": str(self.envelope_id) if self.envelope_id else None,
            "number": self.number,
            "at": self.at.isoformat(),
            "kind": self.kind,
            "actor": self.actor,
            "text": self.text,
            "detail": self.detail,
            "previous_hash": self.previous_hash,
        }

    def expected_hash(self) -> str:
        """What the hash has to be, if the event was not changed since."""
        return sha256_of(self.facts())

    @classmethod
    def record(
        cls,
        lease: Lease,
        kind: str,
        text: str,
        *,
        actor: str = "system",
        envelope: Envelope | None = None,
        key: str | None = None,
        is_locked: bool = False,
        **detail: Any,
    ) -> AuditEvent | None:
        """Append one event under the lease's row lock. None: an event of this key is there already.

        `is_locked`: the caller's transaction has the lock.
        """
        with transaction.atomic(savepoint=False):
            if not is_locked:
                type(lease)._base_manager.select_for_update(no_key=True).only("pk").get(pk=lease.pk)
            so_far = cls.objects.filter(lease=lease)
            same = Exists(so_far.filter(key=key)) if key else Value(False)
            head = so_far.order_by("-number").values_list("number", "hash", same).first()
            number, previous_hash, happened_before = head or (0, GENESIS, False)
            if happened_before:
                return None
            event = cls(
                lease=lease,
                envelope=envelope,
                number=number + 1,
                at=timezone.now(),
                kind=kind,
                actor=actor[:150],
                text=text[:500],
                detail=detail,
                key=key,
                previous_hash=previous_hash,
            )
            event.hash = event.expected_hash()
            event.save(force_insert=True)
            return event
