"""Notices under an active lease, with proof of delivery: the landlord signs, then each tenant has to open it.

A notice goes the way of every envelope and leaves the lease as it is. Docusign counts a certified delivery as
complete when the person has opened the documents; the certificate says when, and so does our chain of events.
https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/recipients/
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format

from esign.documents.errors import DocumentError
from esign.documents.extras import general, rent_change, vacate
from esign.envelopes.compose import LEASE_DEFAULTS, CannotCompose, Packet, compose, recipients_of
from esign.envelopes.freeze import freeze
from esign.envelopes.recipients import Recipient
from esign.envelopes.send_options import AddedRecipient, SendOptions
from esign.envelopes.template_texts import PUBLISHED, OfficeTexts
from esign.models import AuditEvent, Envelope, EnvelopeDocument, Notice, Purpose, Role, Signer
from esign.models.envelope import ENDED
from esign.models.signer import SignerStatus
from leases.dates import long_day
from leases.languages import ENGLISH, IN_ENGLISH, common_language
from leases.models import Lease
from leases.signers import RequiredSigner

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Kind = Notice.Kind
DOCUMENTS = {Kind.RENT_CHANGE: ("notice",), Kind.VACATE: ("notice_to_vacate",), Kind.GENERAL: ("notice_general",)}
# What also binds who stands for the rent: they get a copy.
COPIED_TO_GUARANTORS = (Kind.RENT_CHANGE, Kind.VACATE)


@dataclass(frozen=True)
class Draft:
    """What staff want to give notice of.

    `effective` is the first day of what it announces, or the last of the tenancy; `reason` is why, and of a general
    notice the whole text.
    """

    kind: Notice.Kind
    effective: date
    new_rent: Decimal | None = None
    reason: str = ""
    acknowledge: bool = False
    chosen: SendOptions = LEASE_DEFAULTS  # channels, checks and messages, other than what the lease says
    in_campaign: bool = False  # one of many: people who wait for a single lease go first
    to_all: bool = False  # a general notice to all residents of a property: it prints nothing of one lease

    def options(self, lease: Lease) -> SendOptions:
        copies = guarantors_of(lease) if self.kind in COPIED_TO_GUARANTORS else []
        return replace(
            self.chosen,
            acknowledge=self.acknowledge,
            added=[AddedRecipient(one.name, one.email) for one in copies if one.email],
        )

    def said_of(self, lease: Lease) -> dict[str, Any]:
        """The group of variables that the document prints. Raises CannotCompose when there is nothing to say."""
        try:
            if self.kind == Kind.VACATE:
                return vacate(given_by="landlord", effective=self.effective, reason=self.reason)
            if self.kind == Kind.GENERAL:
                return general(effective=self.effective, text=self.reason, to_all=self.to_all)
            if self.new_rent is None:
                raise CannotCompose(["Say what the new rent is."])
            return rent_change(
                current_rent=rent_before(lease, self.effective),
                new_rent=self.new_rent,
                effective=self.effective,
                due_day=lease.due_day,
                reason=self.reason,
            )
        except DocumentError as error:
            raise CannotCompose([str(error)]) from error


def rent_before(lease: Lease, effective: date) -> Decimal:
    """What is paid on the day before the change."""
    return lease.rent_on(max(lease.start_date, date.fromordinal(effective.toordinal() - 1)))


def guarantors_of(lease: Lease) -> list[RequiredSigner]:
    return [signer for signer in lease.required_signers() if signer.role == Role.GUARANTOR]


def given_before(lease: Lease, kind: str, effective: date) -> Notice | None:
    """The same notice, given already and not come to nothing."""
    same = Notice.objects.filter(envelope__lease=lease, kind=kind, effective=effective)
    return same.exclude(envelope__state__in=ENDED).select_related("envelope").first()


def warnings(lease: Lease, draft: Draft) -> list[str]:
    """What the office should look at before it sends this. None of it keeps the notice from going out."""
    said = [time_left(draft.effective, lease.unit.property.today()), *advice(lease, draft, lease.required_signers())]
    if before := given_before(lease, draft.kind, draft.effective):
        said.insert(0, f"The tenants were given the same notice already: {before}.")
    return said


def time_left(effective: date, today: date) -> str:
    """How soon it takes effect, in a sentence."""
    days = (effective - today).days
    return f"It takes effect {_in_days(days)}. Look up how much time the law at the property asks for."


def advice(lease: Lease, draft: Draft, people: Sequence[RequiredSigner]) -> list[str]:
    """What the office should know about this lease's people and term. Nothing is read."""
    said = []
    fixed_until = None if lease.is_month_to_month else lease.end_date
    language = common_language(one.language for one in people if one.role == Role.TENANT)
    if draft.reason and language != ENGLISH:
        said.append(
            f"The tenants get it in {IN_ENGLISH[language]}; what you wrote yourself stands in it as you wrote it."
        )
    if draft.kind in COPIED_TO_GUARANTORS:
        said += [
            f"{one.name} guarantees this lease and has no e-mail address: give them a copy yourselves."
            for one in people
            if one.role == Role.GUARANTOR and not one.email
        ]
    if draft.kind != Kind.GENERAL and fixed_until is not None and draft.effective <= fixed_until:
        what = "rent" if draft.kind == Kind.RENT_CHANGE else "home"
        said.append(
            f"The lease gives the tenants this {what} until {long_day(fixed_until)}. Before that day a "
            "notice holds only where the lease or the law allows it."
        )
    return said


def _in_days(days: int) -> str:
    if days == 0:
        return "today"
    return f"in {days} day{'s' if days != 1 else ''}" if days > 0 else "on a day that has passed"


def recipients_of_notice(lease: Lease, draft: Draft) -> list[Recipient]:
    """Everyone it would go to."""
    return recipients_of(lease, Purpose.NOTICE, draft.options(lease))


def compose_notice(lease: Lease, draft: Draft, texts: OfficeTexts = PUBLISHED) -> Packet:
    """Render and check a notice; writes nothing. Raises CannotCompose where there is nothing to say."""
    said = {"notice": draft.said_of(lease)}
    return compose(lease, Purpose.NOTICE, draft.options(lease), DOCUMENTS[draft.kind], said, texts)


def send_notice(
    lease: Lease,
    draft: Draft,
    *,
    key: UUID,
    by: User | None = None,
    texts: OfficeTexts = PUBLISHED,
    also: Callable[[Envelope], object] | None = None,
) -> Envelope:
    """Prepare a notice, once for each key. Raises CannotCompose. The caller enqueues the envelope.

    `also` writes what else belongs to the envelope, in the same transaction.
    """
    if sent := Notice.objects.filter(key=key).first():
        raise CannotCompose([f"This notice was sent already: {sent}. Look at its envelope."])

    def keep(envelope: Envelope) -> None:
        notice = Notice.objects.create(
            envelope=envelope,
            key=key,
            kind=draft.kind,
            effective=draft.effective,
            current_rent=rent_before(lease, draft.effective) if draft.new_rent is not None else None,
            new_rent=draft.new_rent,
            reason=draft.reason,
            acknowledged=draft.acknowledge,
        )
        AuditEvent.record(
            envelope.lease,
            "notice.prepared",
            f"{notice}.",
            actor=str(by or "system"),
            envelope=envelope,
            key=f"{envelope.pk}:notice",
            kind_of_notice=str(draft.kind),
            effective=draft.effective.isoformat(),
            new_rent=str(draft.new_rent) if draft.new_rent is not None else None,
            reason=draft.reason,
        )
        if also is not None:
            also(envelope)

    return freeze(
        lease,
        Purpose.NOTICE,
        by=by,
        options=draft.options(lease),
        documents=DOCUMENTS[draft.kind],
        extra={"notice": draft.said_of(lease)},
        texts=texts,
        also=keep,
        in_campaign=draft.in_campaign,
    )


# --- the proof --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Delivery:
    """What is known of one tenant's copy. `opened_at` is Docusign's own time; `is_out`: it can still be opened."""

    signer: Signer
    sent_at: datetime | None
    opened_at: datetime | None
    acknowledged_at: datetime | None
    is_out: bool

    @property
    def is_proven(self) -> bool:
        return self.opened_at is not None

    @property
    def sentence(self) -> str:
        """How far the delivery got, in the active time zone."""
        if self.opened_at:
            return f"Opened {_moment(self.opened_at)}"
        if not self.is_out:
            return "Was not delivered"
        if self.sent_at:
            return f"Asked {_moment(self.sent_at)}, has not opened it"
        return "Not asked yet: the landlord signs first"

    @property
    def receipt(self) -> str:
        """When the tenant signed that they received it; empty where no receipt is asked for or signed."""
        return f"Signed the receipt {_moment(self.acknowledged_at)}" if self.opened_at and self.acknowledged_at else ""


def _moment(at: datetime) -> str:
    """To the second: it is read as proof."""
    return date_format(timezone.localtime(at), "M j, Y, g:i:s A T")


def deliveries(envelope: Envelope) -> list[Delivery]:
    """To whom the notice had to be delivered, and when each of them opened it."""
    return [
        Delivery(
            signer,
            signer.sent_at,
            signer.delivered_at or (signer.signed_at if signer.status == SignerStatus.COMPLETED else None),
            signer.signed_at if signer.must_sign else None,
            envelope.is_live,
        )
        for signer in envelope.signers.all()
        if signer.tenant_id and signer.role in (Role.TENANT, Role.CERTIFIED_DELIVERY)
    ]


def certificate(envelope: Envelope) -> EnvelopeDocument | None:
    """Docusign's certificate, once it is kept here."""
    return next((one for one in envelope.documents.all() if one.kind == EnvelopeDocument.Kind.CERTIFICATE), None)
