"""The lease and what may happen to it, and when.

Each lifecycle method locks the row, looks at it as it is in the database now (unsaved changes on the instance
are dropped), and changes it in one transaction. `leases.triggers` makes the database refuse whatever these
methods would refuse, so that no way around them exists.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from leases import offline_signing
from leases.canonical import sha256_of
from leases.dates import long_day, short_day
from leases.errors import (
    LeaseIncomplete,
    LeaseIsKept,
    NotASigner,
    SignaturesMissing,
    StaleVersion,
    TermsChanged,
    TermsFrozen,
    TooEarly,
    UnitAlreadyLet,
    WrongStatus,
)
from leases.lease_rules import TERMS_COLUMNS
from leases.models.addenda import missing_kinds
from leases.models.lease_fields import LEASE_CONSTRAINTS, LeaseStage, LeaseTerms
from leases.models.numbers import next_lease_number
from leases.models.parties import PartyRole
from leases.models.protected import ProtectedModel, named_errors
from leases.models.reading import LeaseQuerySet
from leases.models.signatures import LeaseSignature, SignatureSource
from leases.models.tags import Tag
from leases.signers import RequiredSigner, required_signers
from leases.status import LIVE, LeaseStatus
from leases.terms import build_terms

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Lease(LeaseTerms, LeaseStage):
    """An agreement to let one unit for a term.

    It begins as a draft; its terms are fixed from the day it goes out.
    """

    created_at = models.DateTimeField(auto_now_add=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="leases")

    history = HistoricalRecords()
    objects: ClassVar[LeaseQuerySet] = LeaseQuerySet.as_manager()  # type: ignore[assignment]  # as_manager() is typed as Manager

    class Meta:
        ordering = ["-number"]
        permissions = [
            ("execute_offline", "Can record that a lease was signed offline, by hand"),
            ("cancel_lease", "Can cancel a lease"),
            ("end_lease", "Can end a lease"),
        ]
        indexes = [
            models.Index(fields=["status", "start_date"], name="lease_by_status_and_start"),
            models.Index(fields=["status", "end_date"], name="lease_by_status_and_end"),
        ]
        constraints = LEASE_CONSTRAINTS

    def __str__(self) -> str:
        return self.number

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.number:
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            self.number = next_lease_number(timezone.localdate().year)
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete a draft that was never signed. Raises LeaseIsKept for any other lease."""
        if self.status != LeaseStatus.DRAFT or self.signatures.exists():
            raise LeaseIsKept
        return super().delete(*args, **kwargs)

    def clean(self) -> None:
        if self.start_date and self.end_date and self.end_date < self.start_date:
            raise ValidationError({"end_date": "The last day cannot come before the first day."})
        if self.pk and self.status != LeaseStatus.DRAFT:
            stored = type(self).objects.get(pk=self.pk)
            if any(getattr(self, column) != getattr(stored, column) for column in TERMS_COLUMNS):
                raise ValidationError(str(TermsFrozen()))

    @property
    def is_month_to_month(self) -> bool:
        """True if the lease was made without a last day, or went on after it."""
        return self.end_date is None or self.rolled_over_on is not None

    @property
    def successor(self) -> "Lease | None":
        """The lease that renews this one, unless it was cancelled."""
        return self.successors.exclude(status=LeaseStatus.CANCELLED).first()

    def rent_on(self, day: date) -> Decimal:
        """The monthly rent on this day, in dollars."""
        amount: Decimal = self.rent
        for step in self.rent_steps.all():
            if step.from_date <= day:
                amount = step.amount
        return amount

    def term_in_words(self) -> str:
        """Jan 1, 2027 to Dec 31, 2027; or Jan 1, 2027, month to month."""
        if self.end_date is None:
            return f"{short_day(self.start_date)}, month to month"
        words = f"{short_day(self.start_date)} to {short_day(self.end_date)}"
        return f"{words}, now month to month" if self.rolled_over_on else words

    def tenant_names(self) -> str:
        """Everyone who rents, the primary tenant first. Guarantors are left out."""
        tenants = [party for party in self.parties.all() if party.role == PartyRole.TENANT]
        return ", ".join(party.tenant.name for party in sorted(tenants, key=lambda party: not party.is_primary))

    def terms(self) -> dict[str, Any]:
        """Everything the contract prints: what it went out with, or for a draft what it says now.

        JSON-able: amounts are text ("1850.00"), dates are ISO text. See `leases.terms` for the shape.
        """
        return self.sent_terms if self.sent_terms is not None else build_terms(self)

    def terms_sha256(self) -> str:
        """The fingerprint of `terms()`: SHA-256 in hexadecimal over canonical JSON."""
        return sha256_of(self.terms())

    def required_signers(self) -> list[RequiredSigner]:
        """Everyone who must sign, in the order of signing.

        Names and addresses are today's, after any correction.
        """
        return required_signers(self)

    def missing_addenda(self) -> list[str]:
        """Kinds of addenda that the property or the terms ask for and the lease does not carry."""
        return missing_kinds(self, (addendum.kind for addendum in self.addenda.all()))

    def lacks(self) -> list[str]:
        """What it has to have and has not, one sentence each; its renewal, a copy of it, will lack the same."""
        lacks = [
            f"The {kind.replace('_', ' ')} addendum is missing; add it under Addenda."
            for kind in self.missing_addenda()
        ]
        if not any(party.is_primary for party in self.parties.all()):
            lacks.insert(0, "It has no primary tenant; mark one of the tenants as primary.")
        return lacks

    def problems(self) -> list[str]:
        """What keeps a draft from going out, one sentence each. Empty when nothing does."""
        problems = self.lacks()
        if any(not step.is_within_term for step in self.rent_steps.all()):
            problems.append("A rent step lies outside the term; change its date or the term.")
        previous = self.previous_lease
        if previous and previous.end_date and not previous.is_month_to_month and self.start_date <= previous.end_date:
            problems.append(f"It starts before {previous.number}, which it renews, has ended.")
        return problems

    def send_out(self) -> None:
        """Draft -> out for signature: fix the terms and keep the unit.

        Raises WrongStatus, LeaseIncomplete, UnitAlreadyLet.
        """
        try:
            with self.locked():
                self.send_out_locked()
        except UnitAlreadyLet as refusal:
            raise UnitAlreadyLet(self.who_has_the_unit()) from refusal

    def send_out_locked(self) -> None:
        """`send_out`, of a row that the caller has locked and read, within `named_errors`.

        The database sees whether the unit is let already; after its UnitAlreadyLet, `who_has_the_unit` says by whom.
        """
        self._require("send it out for signature", LeaseStatus.DRAFT)
        if problems := self.problems():
            raise LeaseIncomplete(self.number, problems)
        if self.previous_lease:
            self.previous_lease._hold_unit_for(self)
        terms = self.terms()
        self._transition(
            LeaseStatus.OUT_FOR_SIGNATURE,
            sent_at=timezone.now(),
            sent_terms=terms,
            sent_terms_sha256=sha256_of(terms),
            holds_unit_until=self.end_date,
            status_reason="",
        )

    def withdraw(self, reason: str) -> None:
        """Out for signature -> draft, as a new version. Signatures on the old version count no more.

        Raises WrongStatus.
        """
        with self.locked():
            self._require("withdraw it", LeaseStatus.OUT_FOR_SIGNATURE)
            self._transition(
                LeaseStatus.DRAFT,
                version=self.version + 1,
                sent_at=None,
                sent_terms=None,
                sent_terms_sha256="",
                status_reason=reason,
            )
            self._release_unit()

    def execute(self, *, version: int, terms_sha256: str, at: datetime) -> None:
        """Out for signature -> executed, once everyone has signed exactly these terms.

        `version` and `terms_sha256` are those of the document that was signed; `at` is when the last party
        signed. Raises WrongStatus, StaleVersion, TermsChanged, SignaturesMissing.
        """
        with self.locked():
            self._require("execute it", LeaseStatus.OUT_FOR_SIGNATURE)
            self._require_version(version)
            if terms_sha256 != self.terms_sha256():
                raise TermsChanged(f"The signed document does not state the terms of lease {self.number}.")
            if missing := self.missing_signatures():
                names = ", ".join(signer.name for signer in missing)
                raise SignaturesMissing(
                    f"Lease {self.number} still needs the signature of {names}.",
                    [signer.key for signer in missing],
                )
            self._transition(
                LeaseStatus.EXECUTED,
                executed_at=at,
                executed_version=version,
                executed_terms_sha256=terms_sha256,
            )

    def activate(self, *, on: date | None = None) -> None:
        """Executed -> active, from its first day on; the lease it renews becomes renewed.

        `on` is the day at the property, today unless given. Raises WrongStatus, TooEarly.
        """
        with self.locked():
            self._require("activate it", LeaseStatus.EXECUTED)
            if (on or self.unit.property.today()) < self.start_date:
                raise TooEarly(f"Lease {self.number} starts on {long_day(self.start_date)}, not before.")
            if self.previous_lease:
                self.previous_lease._renew_by(self)
            self._transition(LeaseStatus.ACTIVE, activated_at=timezone.now())

    def end(self, *, on: date | None = None, reason: str = "") -> None:
        """Active -> ended. `on` is the last day of the tenancy, today unless given, never later.

        Raises WrongStatus, TooEarly.
        """
        with self.locked():
            self._require("end it", LeaseStatus.ACTIVE)
            today = self.unit.property.today()
            last_day = on or today
            if last_day > today:
                raise TooEarly(f"Lease {self.number} can be ended on its last day, {long_day(last_day)}, or later.")
            if last_day < self.start_date:
                raise TooEarly(f"Lease {self.number} started on {long_day(self.start_date)}; it cannot end before.")
            self._transition(
                LeaseStatus.ENDED, ended_at=timezone.now(), holds_unit_until=last_day, status_reason=reason
            )

    def cancel(self, reason: str) -> None:
        """Draft, out for signature or executed -> cancelled. An active lease is ended instead.

        Raises WrongStatus.
        """
        with self.locked():
            self._require("cancel it", LeaseStatus.DRAFT, LeaseStatus.OUT_FOR_SIGNATURE, LeaseStatus.EXECUTED)
            self._transition(LeaseStatus.CANCELLED, status_reason=reason)
            self._release_unit()

    def roll_over(self) -> None:
        """Let an active lease go on month to month after its last day.

        Raises WrongStatus, TooEarly, UnitAlreadyLet.
        """
        with self.locked():
            self._require("let it go on month to month", LeaseStatus.ACTIVE)
            if self.end_date is None or self.rolled_over_on:
                raise WrongStatus(f"Lease {self.number} already runs month to month.")
            if self.unit.property.today() <= self.end_date:
                raise TooEarly(f"Lease {self.number} runs until {long_day(self.end_date)}.")
            self._roll_over()

    def _roll_over(self) -> None:
        successor = self.successor
        if self.end_date is None:
            return
        self.rolled_over_on = self.end_date + timedelta(days=1)
        self.holds_unit_until = successor.start_date - timedelta(days=1) if successor and successor.is_live else None
        if let := self.who_has_the_unit():
            raise UnitAlreadyLet(let)
        self.save(update_fields=["rolled_over_on", "holds_unit_until"])

    def record_signature(
        self,
        *,
        key: str,
        version: int,
        signed_at: datetime,
        source: SignatureSource = SignatureSource.ELECTRONIC,
        reference: str = "",
        recorded_by: "User | None" = None,
        note: str = "",
        scan: str = "",
    ) -> LeaseSignature:
        """Keep that a signer (`key`, such as tenant1 or landlord) signed this version. Twice is once.

        `reference` says where the proof is, for example an envelope's id; `scan` is a name in the file
        storage. Raises WrongStatus unless the lease is out for signature, StaleVersion, NotASigner.
        """
        with self.locked():
            already = self.signatures.filter(version=version, key=key).first()
            if already:
                return already
            self._require("record a signature on it", LeaseStatus.OUT_FOR_SIGNATURE)
            self._require_version(version)
            signer = next((signer for signer in self.required_signers() if signer.key == key), None)
            if signer is None:
                raise NotASigner(f"Lease {self.number} does not ask “{key}” to sign.")
            return LeaseSignature.objects.create(
                lease=self,
                version=version,
                key=key,
                tenant=signer.party.tenant if signer.party else None,
                name=signer.name,
                signed_at=signed_at,
                source=source,
                reference=reference,
                recorded_by=recorded_by,
                note=note,
                scan=scan,
            )

    def missing_signatures(self) -> list[RequiredSigner]:
        """Who has not signed the current version yet, in the order of signing."""
        signed = set(self.signatures.filter(version=self.version).values_list("key", flat=True))
        return [signer for signer in self.required_signers() if signer.key not in signed]

    def record_offline_signatures(
        self, *, by: "User | None", reason: str, scan: "File[bytes]", signed_at: datetime | None = None
    ) -> None:
        """Execute a lease that every party signed offline, by hand: see `leases.offline_signing`."""
        offline_signing.record_offline_signatures(self, by=by, reason=reason, scan=scan, signed_at=signed_at)

    @property
    def is_live(self) -> bool:
        """True while the lease keeps its unit from others: out for signature, executed or active."""
        return self.status in LIVE

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the row and read it again. A failure leaves both the row and the instance as they were."""
        with named_errors():
            self._lock()
            yield

    def _lock(self) -> None:
        self.refresh_from_db(from_queryset=type(self)._base_manager.select_for_update(no_key=True))

    def _require(self, action: str, *statuses: LeaseStatus) -> None:
        if self.status not in statuses:
            wanted = " or ".join(status.label.lower() for status in statuses)
            now = self.get_status_display().lower()
            raise WrongStatus(f"Lease {self.number} is {now}; to {action}, it has to be {wanted}.")

    def _require_version(self, version: int) -> None:
        if version != self.version:
            raise StaleVersion(
                f"Version {version} of lease {self.number} was signed, but {self.version} is the version now."
            )

    def _transition(self, status: LeaseStatus, **changes: Any) -> None:
        """Write the change, without a savepoint of its own: the caller has the lock, and names what is refused."""
        changes["status"] = status
        before = {name: getattr(self, name) for name in changes}
        for name, value in changes.items():
            setattr(self, name, value)
        try:
            super(ProtectedModel, self).save(update_fields=list(changes))
        except BaseException:
            for name, value in before.items():
                setattr(self, name, value)
            raise

    def who_has_the_unit(self) -> str:
        """By which other lease the unit is let on days of this one, in a sentence for the office. Empty: by none.

        The lease that this one renews makes room for it.
        """
        until = self.holds_unit_until if self.rolled_over_on else self.end_date
        rivals = type(self)._base_manager.filter(unit=self.unit_id, status__in=LIVE)
        rivals = rivals.exclude(pk__in=[self.pk, self.previous_lease_id])
        rivals = rivals.filter(Q(holds_unit_until__isnull=True) | Q(holds_unit_until__gte=self.start_date))
        rival = (rivals.filter(start_date__lte=until) if until else rivals).first()
        if rival is None:
            return ""
        start = long_day(rival.start_date)
        end = f"to {long_day(rival.holds_unit_until)}" if rival.holds_unit_until else "with no end date"
        return (
            f"{self.unit} is already let by lease {rival.number} from {start} {end}. "
            "Change the dates, or end or cancel that lease first."
        )

    def _hold_unit_for(self, successor: "Lease | None") -> None:
        """A lease without an end keeps its unit only until the lease that renews it begins.

        The caller has the lock of the successor.
        """
        self._lock()
        if self.is_live and self.is_month_to_month:
            self.holds_unit_until = successor.start_date - timedelta(days=1) if successor else None
            self.save(update_fields=["holds_unit_until"])

    def _release_unit(self) -> None:
        if self.previous_lease:
            self.previous_lease._hold_unit_for(None)

    def _renew_by(self, successor: "Lease") -> None:
        with self.locked():
            if self.status in (LeaseStatus.ACTIVE, LeaseStatus.ENDED):
                self._transition(
                    LeaseStatus.RENEWED,
                    ended_at=self.ended_at or timezone.now(),
                    status_reason=f"Renewed by lease {successor.number}.",
                )
