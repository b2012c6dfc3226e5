"""The envelope: one row per thing to be signed, and the claim by which exactly one worker moves it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.urls import reverse
from django.utils import timezone

from esign.models.connection import DocusignConnection
from esign.models.jobs import Claimable, claim_length, unclaimed
from esign.models.sending_hours import SendingHours


class Purpose(models.TextChoices):
    LEASE = "lease", "Lease"
    RENEWAL = "renewal", "Renewal"
    ADDENDUM = "addendum", "Addendum"
    NOTICE = "notice", "Notice"


# An envelope for one of these is the lease's own agreement; others are about a lease that is in force.
PURPOSES_OF_THE_LEASE_ITSELF = (Purpose.LEASE, Purpose.RENEWAL)


class State(models.TextChoices):
    """Where an envelope stands. Comments say who moves it on; the drawing is in docs/architecture.md."""

    READY = "ready", "Ready to send"  # a worker drafts it
    CREATING = "creating", "Creating draft"  # a call is out, or its outcome is unknown
    DRAFTED = "drafted", "Draft at Docusign"  # a worker sends it
    SENDING = "sending", "Sending"  # a call is out, or its outcome is unknown
    SENT = "sent", "Out for signature"  # signers act
    DELIVERED = "delivered", "Opened by all"  # signers act
    COMPLETED = "completed", "Completed"
    DECLINED = "declined", "Declined"
    VOIDED = "voided", "Voided"
    NEEDS_ATTENTION = "needs_attention", "Needs attention"  # a person decides


FINAL = (State.COMPLETED, State.DECLINED, State.VOIDED)
ENDED = (State.DECLINED, State.VOIDED)  # came to nothing
LIVE = tuple(state for state in State if state not in FINAL)
WITH_SIGNERS = (State.SENT, State.DELIVERED)
IN_FLIGHT = (State.CREATING, State.SENDING)
# What the list moves that an envelope is in (`esign.models.bulk`), and dispatch leaves alone.
IN_A_LIST = Q(bulk_send__isnull=False, bulk_send__done_at__isnull=True) & (
    Q(state=State.READY, cancel_asked_at__isnull=True) | Q(state=State.SENDING)
)
# Docusign's words for an envelope that people can sign.
OUT_AT_DOCUSIGN = ("sent", "correct", "delivered", "signed")


@dataclass(frozen=True)
class Claim:
    """The right of one worker to make one call for one envelope, until the claim expires."""

    envelope: Envelope
    token: uuid.UUID

    def write(self, **changes: Any) -> bool:
        """Write the outcome and give the claim back. False: it had run out and another worker owns the row."""
        changes = {"updated_at": timezone.now(), **changes}
        written = Envelope.give_back(self.envelope.pk, self.token, **changes)
        if written:
            for name, value in {"claim_token": None, "claim_until": None, **changes}.items():
                setattr(self.envelope, name, value)
        return written


class EnvelopeQuerySet(models.QuerySet["Envelope"]):
    def live(self) -> EnvelopeQuerySet:
        return self.filter(state__in=LIVE)

    def unclaimed(self) -> EnvelopeQuerySet:
        return self.filter(unclaimed())

    def due(self) -> EnvelopeQuerySet:
        """Rows that some step of dispatch can move now: the sweeper's list."""
        now = timezone.now()
        alone = ~IN_A_LIST
        to_send = Q(cancel_asked_at__isnull=True) & (Q(state=State.READY) | Q(state=State.DRAFTED, hold_draft=False))
        to_settle = Q(state__in=IN_FLIGHT)
        turned_up = Q(state=State.VOIDED, docusign_status__in=OUT_AT_DOCUSIGN)
        to_cancel = Q(cancel_asked_at__isnull=False) & (Q(state__in=LIVE) | turned_up)
        return self.unclaimed().filter(to_send | to_settle | to_cancel, alone, due_at__lte=now)

    def claim(self, seen: Envelope, *, to_state: State) -> Claim | None:
        """Take a row, as it was seen, by one conditional UPDATE that is committed before any call is made.

        None: somebody else has it, it is not due, or it is no longer what we saw (also when a cancel was asked for, or
        its campaign was paused).
        """
        now = timezone.now()
        as_seen = {
            "state": seen.state,
            "cancel_asked_at": seen.cancel_asked_at,
            "docusign_id": seen.docusign_id,
            "hold_draft": seen.hold_draft,
        }
        row = self.filter(pk=seen.pk, due_at__lte=now)
        for name, value in as_seen.items():
            row = row.filter(**{f"{name}__isnull": True} if value is None else {name: value})
        token = Envelope.take(row, state=to_state, call_started_at=now, updated_at=now)
        if token is None:
            return None
        until = now + claim_length()
        seen.state, seen.claim_token, seen.claim_until, seen.call_started_at = to_state, token, until, now
        return Claim(seen, token)


class Envelope(Claimable):
    """A set of documents for a set of people to sign, and the record of carrying it through Docusign.

    The primary key is Docusign's `transactionId` and travels as an envelope custom field, so an answer
    that was lost can always be looked up. What was rendered is frozen with the row: bytes, hashes, names.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey(DocusignConnection, on_delete=models.PROTECT, related_name="envelopes")
    lease = models.ForeignKey("leases.Lease", on_delete=models.PROTECT, related_name="envelopes")
    purpose = models.CharField(max_length=10, choices=Purpose)
    revision = models.PositiveIntegerField(help_text="Counts what was prepared for this lease and purpose.")
    lease_version = models.PositiveIntegerField()
    terms = models.JSONField(help_text="The lease's terms as they were printed.")
    terms_sha256 = models.CharField(max_length=64)
    subject = models.CharField(max_length=100)
    message = models.TextField(blank=True, max_length=10_000)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    state = models.CharField(max_length=16, choices=State, default=State.READY, db_index=True)
    due_at = models.DateTimeField(default=timezone.now, help_text="No worker touches the row before this.")
    attempt = models.PositiveIntegerField(default=0, help_text="Calls that were refused or stayed unknown.")
    call_started_at = models.DateTimeField(null=True, blank=True)
    in_campaign = models.BooleanField(default=False, help_text="Sent in a batch: people who wait go first.")
    hold_draft = models.BooleanField(default=False, help_text="Stage the draft; a release sends it.")
    sending_hours = models.JSONField(
        null=True, blank=True, help_text="When people may be mailed, by its campaign; empty: at any time."
    )
    bulk_send = models.ForeignKey(
        "esign.BulkSend",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="envelopes",
        help_text="The list that sends it. Empty: it goes by itself.",
    )

    docusign_id = models.UUIDField("Docusign envelope id", null=True, blank=True, unique=True)
    docusign_status = models.CharField(max_length=20, blank=True)
    docusign_as_of = models.DateTimeField(null=True, blank=True)
    drafted_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True, help_text="When Docusign last told us anything.")
    expires_after_days = models.PositiveIntegerField(default=120)
    remind_after_days = models.PositiveIntegerField(default=3, help_text="0: no reminders by themselves.")
    remind_every_days = models.PositiveIntegerField(default=3)
    warn_before_days = models.PositiveIntegerField(default=5, help_text="Before the end; 0: no warning.")
    replaces = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="replaced_by",
        help_text="The revision before this one.",
    )
    replace_asked_at = models.DateTimeField(null=True, blank=True, help_text="Send a new revision once this is void.")
    replace_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    void_reason = models.CharField(max_length=200, blank=True)
    problem = models.TextField(blank=True, help_text="What went wrong, in words for the office.")
    next_step = models.TextField(blank=True, help_text="What a person can do about it.")

    objects: ClassVar[EnvelopeQuerySet] = EnvelopeQuerySet.as_manager()  # type: ignore[assignment]  # as_manager() is typed as Manager

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["lease", "purpose", "revision"], name="one_envelope_per_revision"),
            models.UniqueConstraint(
                fields=["lease", "purpose"],
                condition=Q(purpose__in=["lease", "renewal"], state__in=[str(state) for state in LIVE]),
                name="one_live_envelope_per_lease_and_purpose",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["ready", "creating", "needs_attention", "voided"])
                | Q(state="sending", bulk_send__isnull=False)
                | Q(docusign_id__isnull=False),
                name="beyond_creating_there_is_a_docusign_id",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_at"], name="envelope_due"),
            models.Index(fields=["connection", "sent_at"], name="envelope_sent_by_connection"),
        ]
        permissions = [
            ("send_envelope", "Can send, resend and correct envelopes"),
            ("void_envelope", "Can void envelopes"),
            ("correct_landlord", "Can correct the address of a landlord"),
            ("confirm_envelope", "Can confirm signers whose addresses a colleague changed"),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.lease.number} (revision {self.revision})"

    def get_absolute_url(self) -> str:
        return reverse("admin:esign_envelope_change", args=[self.pk])

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def is_with_signers(self) -> bool:
        return self.state in WITH_SIGNERS

    @property
    def is_in_a_list(self) -> bool:
        """Its list sends and settles it, as IN_A_LIST says of rows."""
        waits = self.state == State.READY and self.cancel_asked_at is None
        return self.bulk_send is not None and self.bulk_send.done_at is None and (waits or self.state == State.SENDING)

    @property
    def is_out_though_voided(self) -> bool:
        """We cancelled a draft that went out at Docusign after all, and its successor keeps it from being reopened."""
        ours = self.cancel_asked_at is not None
        return ours and self.state == State.VOIDED and self.docusign_status in OUT_AT_DOCUSIGN

    @property
    def is_to_be_replaced(self) -> bool:
        """The next revision was asked for and is not made yet."""
        return self.replace_asked_at is not None and not hasattr(self, "replaced_by")

    @property
    def expires_at(self) -> datetime | None:
        return self.sent_at + timedelta(days=self.expires_after_days) if self.sent_at else None

    @property
    def hours(self) -> SendingHours | None:
        """Outside of these no one is mailed unless a person has just asked for it; None: at any time."""
        return SendingHours.from_json(self.sending_hours) if self.sending_hours else None

    def may_mail_at(self, at: datetime) -> bool:
        return self.hours is None or self.hours.allow(at)

    def filled_in_by_signers(self) -> set[tuple[str, str]]:
        """(signer key, label) of every text field that a signer can fill in: declared by the documents as sent."""
        sent = [document for document in self.documents.all() if document.kind == "sent"]  # may be prefetched
        tabs = [tab for document in sent for tab in document.tabs]
        return {(tab["signer_key"], tab["label"]) for tab in tabs if tab["kind"] == "text" and not tab.get("locked")}

    @property
    def has_expired(self) -> bool:
        """Docusign voids what has expired, and says so only in the reason, in words."""
        ours = self.cancel_asked_at is not None
        return self.state == State.VOIDED and not ours and "expired" in self.void_reason.lower()

    def ask_to_cancel(self, *, reason: str, by: Any = None, is_one_of_many: bool = False) -> bool:
        """Record that this must not be signed any more; dispatch carries it out. False: it is final already."""
        now = timezone.now()
        behind = {"in_campaign": True} if is_one_of_many else {}
        asked = (Envelope.objects.filter(pk=self.pk, state__in=LIVE, cancel_asked_at__isnull=True)).update(
            cancel_asked_at=now, cancel_asked_by=by, void_reason=reason[:200], due_at=now, updated_at=now, **behind
        )
        self.refresh_from_db()
        return bool(asked)

    def try_again(self) -> bool:
        """From NEEDS_ATTENTION back into the flow. What may be at Docusign is looked at first: by its id; where a draft
        was lost from sight, by the look-up. Only what never was there is drafted at once.
        """
        moved = self.try_all_again(Envelope.objects.filter(pk=self.pk))
        self.refresh_from_db()
        return bool(moved)

    @staticmethod
    def try_all_again(rows: models.QuerySet[Any]) -> int:
        """`try_again` for those of `rows` that need attention, in one statement. Answers how many."""
        back_to = Case(
            When(docusign_id__isnull=False, then=Value(State.SENDING)),
            When(drafted_at__isnull=False, then=Value(State.CREATING)),
            default=Value(State.READY),
        )
        return rows.filter(state=State.NEEDS_ATTENTION).update(
            state=back_to,
            due_at=timezone.now(),
            attempt=0,
            problem="",
            next_step="",
            claim_token=None,
            claim_until=None,
        )
