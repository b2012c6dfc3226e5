"""Everything the pages show of one envelope, worked out from rows that are loaded already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from esign.documents.formats import money
from esign.models import ElectronicConsent, Envelope, EnvelopeDocument, Purpose, Role, Signer, State, whose_turn
from esign.models.signer import DONE, SignerStatus
from esign.portal import words
from esign.portal.signing_status import SigningStatus, signing_status_of

Kind = EnvelopeDocument.Kind
TITLES = {
    Purpose.LEASE: _("Lease"),
    Purpose.RENEWAL: _("Lease renewal"),
    Purpose.ADDENDUM: _("Addendum to lease"),
    Purpose.NOTICE: _("Notice about lease"),
}


@dataclass(frozen=True)
class RentStep:
    day: date
    rent: str


@dataclass(frozen=True)
class Step:
    """One signer in the list of who signs in which order. `state` is done, now, later, declined, lost or over.

    `follows` tells that everyone above has to be done first; people of one group sign side by side.
    """

    signer: Signer
    state: str
    is_you: bool
    follows: bool

    @property
    def at(self) -> datetime | None:
        return self.signer.declined_at if self.state == "declined" else self.signer.signed_at

    @property
    def icon(self) -> str:
        return words.STEP_ICONS.get(self.state, "clock")

    @property
    def text(self) -> str | Promise:
        return words.step_text(self)

    @property
    def role(self) -> str | Promise:
        return words.ROLES.get(self.signer.role, "")


class Overview:
    """One envelope as one of its people sees it."""

    def __init__(self, signer: Signer) -> None:
        self.signer = signer
        self.envelope: Envelope = signer.envelope
        self.status: SigningStatus = signing_status_of(signer)

    # --- what the pages say ---------------------------------------------------------------------------

    @property
    def standing_page(self) -> str:
        return f"portal/status/{self.status}.html"

    @property
    def heading(self) -> str | Promise:
        return words.heading(self)

    @property
    def badge(self) -> str | Promise:
        return words.badge(self)

    @property
    def button(self) -> str | Promise:
        return words.button(self)

    @property
    def button_icon(self) -> str:
        return "pen" if self.signer.must_sign else "document"

    # --- the lease, as it was printed -----------------------------------------------------------------

    @property
    def title(self) -> str | Promise:
        return TITLES[Purpose(self.envelope.purpose)]

    @property
    def place(self) -> str:
        premises = self.envelope.terms["premises"]
        return f"{premises['property']} {premises['unit']}"

    @property
    def address(self) -> str:
        premises = self.envelope.terms["premises"]
        street = ", ".join(filter(None, (premises["street"], premises["street2"])))
        return f"{street}, {premises['city']}, {premises['state']} {premises['postal_code']}"

    @property
    def time_zone(self) -> str:
        return str(self.envelope.terms["premises"]["time_zone"])

    @property
    def start(self) -> date:
        return date.fromisoformat(self.envelope.terms["term"]["start"])

    @property
    def end(self) -> date | None:
        end = self.envelope.terms["term"]["end"]
        return date.fromisoformat(end) if end else None

    @property
    def rent(self) -> str:
        return money(self.envelope.terms["rent"]["monthly"])

    @property
    def due_day(self) -> int:
        return int(self.envelope.terms["rent"]["due_day"])

    @property
    def rent_steps(self) -> list[RentStep]:
        steps = self.envelope.terms["rent"]["steps"]
        return [RentStep(date.fromisoformat(step["from"]), money(step["monthly"])) for step in steps]

    @property
    def deposit(self) -> str:
        return money(self.envelope.terms["deposit"])

    @property
    def number(self) -> str:
        return str(self.envelope.terms["number"])

    @property
    def landlord(self) -> str:
        return str(self.envelope.terms["landlord"]["legal_name"])

    # --- the people -----------------------------------------------------------------------------------

    @cached_property
    def people(self) -> list[Signer]:
        return list(self.envelope.signers.all())

    @cached_property
    def turn(self) -> list[Signer]:
        """Whose turn it is, while the envelope is out."""
        return whose_turn(self.people) if self.envelope.is_with_signers else []

    @property
    def steps(self) -> list[Step]:
        steps: list[Step] = []
        for one in self.people:
            if one.role != Role.CARBON_COPY:
                follows = bool(steps) and steps[-1].signer.routing_order != one.routing_order
                steps.append(Step(one, self._state(one), one.pk == self.signer.pk, follows))
        return steps

    def _state(self, one: Signer) -> str:
        match one.status:
            case SignerStatus.COMPLETED:
                return "done"
            case SignerStatus.DECLINED:
                return "declined"
            case SignerStatus.AUTORESPONDED:
                return "lost"
        if not self.envelope.is_live:
            return "over"  # no one's turn will come any more
        return "now" if one in self.turn else "later"

    @property
    def is_to_read(self) -> bool:
        """True for a notice that tenants only have to open."""
        return not any(one.must_sign for one in self.people if one.tenant_id)

    @property
    def messages(self) -> list[str]:
        """What the office wrote to everyone, and to this person alone."""
        return [words for words in (self.envelope.message, self.signer.note) if words]

    @cached_property
    def consent(self) -> ElectronicConsent | None:
        """What this person agreed to before signing electronically, if they did."""
        return self.signer.consents.order_by("-given_at").first()

    @property
    def before_you(self) -> list[Signer]:
        """Who has to sign before it is this person's turn."""
        return [
            one
            for one in self.people
            if one.role != Role.CARBON_COPY and one.status not in DONE and one.routing_order < self.signer.routing_order
        ]

    @property
    def who_declined(self) -> Signer | None:
        return next((one for one in self.people if one.status == SignerStatus.DECLINED), None)

    @property
    def you_declined(self) -> bool:
        return self.signer.status == SignerStatus.DECLINED

    # --- the documents --------------------------------------------------------------------------------

    @property
    def may_read(self) -> bool:
        """What was withdrawn may have been wrong: it is not handed out any more."""
        return self.envelope.state in (State.SENT, State.DELIVERED, State.COMPLETED, State.DECLINED)

    @property
    def documents(self) -> list[EnvelopeDocument]:
        """The signed documents once they are here, until then what was sent."""
        if not self.may_read:
            return []
        signed = [one for one in self.envelope.documents.all() if one.kind != Kind.SENT]
        signed.sort(key=lambda one: (one.kind == Kind.CERTIFICATE, one.document_id))
        return signed or [one for one in self.envelope.documents.all() if one.kind == Kind.SENT]

    @cached_property
    def more_at_docusign(self) -> list[str]:
        """Documents that are not ours and come home with the signed ones: until then they are read at Docusign."""
        if not self.may_read or self.has_signed_documents:
            return []
        return [rider.template.name for rider in self.envelope.riders.select_related("template")]

    @property
    def has_signed_documents(self) -> bool:
        return any(one.kind == Kind.SIGNED for one in self.documents)

    @property
    def is_before_signing(self) -> bool:
        """Whether this person is still to sign, now or later."""
        return self.status.asks_something or self.status == SigningStatus.WAIT

    @property
    def awaits_update(self) -> bool:
        """Whether Docusign still has to confirm what this person did, or the signed documents are on their way."""
        if self.envelope.is_with_signers:
            return not self.signer.is_done
        return self.status == SigningStatus.COMPLETED and not self.has_signed_documents
