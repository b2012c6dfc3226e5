"""Docusign's answers as values of ours, parsed strictly: what is not understood is left out, never guessed.

The REST envelope and the `envelopeSummary` of a Connect message have the same shape, so both are read here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime

# Named so that staff searching in Docusign see whose envelope it is.
CUSTOM_FIELD = "propertyapp_envelope"
# .NET writes the year 1 for "never"; no time zone can show it, and none the year 9999.
FIRST_YEAR, LAST_YEAR = 1990, 2200


def parse_time(value: object) -> datetime | None:
    """Docusign's UTC times carry seven decimals; Python reads six. What no envelope can have seen is no time."""
    if not isinstance(value, str):
        return None
    head, dot, tail = value.partition(".")
    digits = "".join(c for c in tail if c.isdigit())
    zone = tail[len(digits) :] if dot else ""
    try:
        at = parse_datetime(f"{head}.{digits[:6]}{zone}" if digits else value)
    except ValueError:
        return None
    if at is None or not FIRST_YEAR <= at.year <= LAST_YEAR:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def parse_uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def text(value: object, limit: int) -> str:
    """A string of Docusign's, without control characters that PostgreSQL or a log would choke on."""
    return "".join(c for c in str(value) if c.isprintable())[:limit] if value is not None else ""


@dataclass(frozen=True)
class RecipientUpdate:
    recipient_id: int
    status: str
    name: str
    email: str
    sent_at: datetime | None
    delivered_at: datetime | None
    signed_at: datetime | None
    declined_at: datetime | None
    declined_reason: str
    problem: str


@dataclass(frozen=True)
class FormValue:
    """One field of one recipient, as it stood when they finished."""

    recipient_id: int
    label: str
    value: str


@dataclass(frozen=True)
class EnvelopeUpdate:
    """What Docusign says of one envelope."""

    envelope_id: UUID
    status: str
    transaction_id: UUID | None = None
    changed_at: datetime | None = None
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    completed_at: datetime | None = None
    declined_at: datetime | None = None
    voided_at: datetime | None = None
    voided_reason: str = ""
    custom_fields: Mapping[str, str] = field(default_factory=dict)
    recipients: tuple[RecipientUpdate, ...] = ()
    filled_in: tuple[FormValue, ...] | None = None  # None: this answer tells nothing of tabs

    @property
    def our_id(self) -> UUID | None:
        """The id of our row: from the custom field, which lives as long as the envelope, or the transaction id."""
        return parse_uuid(self.custom_fields.get(CUSTOM_FIELD)) or self.transaction_id

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> EnvelopeUpdate | None:
        """None when there is no envelope id or status to go by."""
        envelope_id, status = parse_uuid(data.get("envelopeId")), text(data.get("status"), 20).lower()
        if envelope_id is None or not status:
            return None
        changes = [parse_time(data.get(k)) for k in ("lastModifiedDateTime", "statusChangedDateTime", "statusDateTime")]
        return cls(
            envelope_id=envelope_id,
            status=status,
            transaction_id=parse_uuid(data.get("transactionId")),
            changed_at=max((at for at in changes if at), default=None),
            sent_at=parse_time(data.get("sentDateTime")),
            delivered_at=parse_time(data.get("deliveredDateTime")),
            completed_at=parse_time(data.get("completedDateTime")),
            declined_at=parse_time(data.get("declinedDateTime")),
            voided_at=parse_time(data.get("voidedDateTime")),
            voided_reason=text(data.get("voidedReason"), 200),
            custom_fields=dict(_custom_fields(data.get("customFields"))),
            recipients=tuple(_recipients(data.get("recipients"))),
            filled_in=_filled_in(data.get("recipients")),
        )


def _custom_fields(block: object) -> Iterator[tuple[str, str]]:
    lists = (
        [v for k, v in block.items() if k in ("textCustomFields", "listCustomFields")]
        if isinstance(block, Mapping)
        else []
    )
    for item in (i for items in lists if isinstance(items, list) for i in items if isinstance(i, Mapping)):
        yield text(item.get("name"), 100), text(item.get("value"), 100)


def _people(block: object) -> Iterator[tuple[int, Mapping[str, Any]]]:
    kinds = ("signers", "carbonCopies", "certifiedDeliveries", "inPersonSigners", "editors", "agents")
    found = [block.get(kind) for kind in kinds] if isinstance(block, Mapping) else []
    for item in (i for items in found if isinstance(items, list) for i in items if isinstance(i, Mapping)):
        recipient_id = str(item.get("recipientId", ""))
        if recipient_id.isdecimal() and len(recipient_id) <= 9:
            yield int(recipient_id), item


def _filled_in(block: object) -> tuple[FormValue, ...] | None:
    """The text fields of all who have any; None when the answer was made without tabs."""
    with_tabs = [(number, tabs) for number, item in _people(block) if isinstance(tabs := item.get("tabs"), Mapping)]
    if not with_tabs:
        return None
    found = [(number, tab) for number, tabs in with_tabs for tab in _list(tabs.get("textTabs"))]
    return tuple(
        FormValue(number, text(tab.get("tabLabel"), 100), text(tab.get("value"), 500).strip()) for number, tab in found
    )


def _list(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _recipients(block: object) -> Iterator[RecipientUpdate]:
    for number, item in _people(block):
        yield RecipientUpdate(
            recipient_id=number,
            status=text(item.get("status"), 20).lower(),
            name=text(item.get("signerName") or item.get("name"), 100),
            email=text(item.get("email"), 100),
            sent_at=parse_time(item.get("sentDateTime")),
            delivered_at=parse_time(item.get("deliveredDateTime")),
            signed_at=parse_time(item.get("signedDateTime")),
            declined_at=parse_time(item.get("declinedDateTime")),
            declined_reason=text(item.get("declinedReason"), 500),
            problem=text(item.get("autoRespondedReason"), 500),
        )


@dataclass(frozen=True)
class ChangesPage:
    """One page of a list of envelopes."""

    envelopes: tuple[EnvelopeUpdate, ...]
    next_position: int | None
    as_of: datetime | None


def parse_page(data: Mapping[str, Any]) -> ChangesPage:
    rows = data.get("envelopes")
    parsed = [EnvelopeUpdate.parse(r) for r in rows if isinstance(r, Mapping)] if isinstance(rows, list) else []
    end, total = str(data.get("endPosition", "")), str(data.get("totalSetSize", ""))
    more = end.isdecimal() and total.isdecimal() and int(end) + 1 < int(total) and bool(parsed)
    return ChangesPage(
        envelopes=tuple(e for e in parsed if e),
        next_position=int(end) + 1 if more else None,
        as_of=parse_time(data.get("lastQueriedDateTime")),
    )


@dataclass(frozen=True)
class ConnectFailure:
    """A message that Docusign could not deliver to us, and what it says of the reason."""

    envelope_id: UUID
    error: str
    last_try: datetime | None


def parse_failures(data: Mapping[str, Any]) -> list[ConnectFailure]:
    found = []
    for row in _list(data.get("failures")):
        envelope_id = parse_uuid(row.get("envelopeId"))
        if envelope_id is not None:
            found.append(ConnectFailure(envelope_id, text(row.get("error"), 300), parse_time(row.get("lastTry"))))
    return found


def parse_form_data(data: Mapping[str, Any]) -> list[FormValue]:
    people = data.get("recipientFormData")
    found = []
    for person in people if isinstance(people, list) else []:
        recipient_id = str(person.get("recipientId", "")) if isinstance(person, Mapping) else ""
        fields = person.get("formData") if isinstance(person, Mapping) else None
        if not recipient_id.isdecimal() or len(recipient_id) > 9 or not isinstance(fields, list):
            continue
        for item in (i for i in fields if isinstance(i, Mapping)):
            found.append(
                FormValue(int(recipient_id), text(item.get("name"), 100), text(item.get("value"), 500).strip())
            )
    return found


def parse_phone_workflow(data: Mapping[str, Any]) -> str:
    """The id of the workflow called "Phone Authentication"; empty when the account has none."""
    workflows = data.get("identityVerification")
    for one in workflows if isinstance(workflows, list) else []:
        if isinstance(one, Mapping) and text(one.get("defaultName"), 100).lower() == "phone authentication":
            return text(one.get("workflowId"), 100)
    return ""
