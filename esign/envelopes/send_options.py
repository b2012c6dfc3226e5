"""What staff choose for one sending beyond what the lease says: channels, checks, private messages, copies.

The options are a value; `esign.envelopes.compose` applies them to the lease's own signers and says what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from esign.envelopes.recipients import Recipient
from esign.models import Channel, Role
from esign.models.signer import SIGNING_ROLES


@dataclass(frozen=True)
class SignerOptions:
    """For one signer; None leaves what the lease says."""

    channel: str | None = None
    language: str | None = None
    note: str = ""
    access_code: bool = False
    phone_check: bool = False


@dataclass(frozen=True)
class AddedRecipient:
    """Somebody who does not sign: gets a copy at the end, or has to open the documents (certified delivery)."""

    name: str
    email: str
    role: str = Role.CARBON_COPY


@dataclass(frozen=True)
class SendOptions:
    """All that was chosen on the confirmation page. The default changes nothing."""

    signers: Mapping[str, SignerOptions] = field(default_factory=dict)
    added: Sequence[AddedRecipient] = ()
    message: str = ""
    host_name: str = ""
    host_email: str = ""
    acknowledge: bool = False  # a notice only: the tenants sign that they received it
    left_out: frozenset[str] = frozenset()  # roles that have nothing to do with these documents

    def apply(self, recipients: Sequence[Recipient]) -> list[Recipient]:
        """The recipients as chosen, those who were added after them."""
        chosen = [self._apply_to(person) for person in recipients if person.role not in self.left_out]
        last = max((person.order for person in recipients if person.role in SIGNING_ROLES), default=0)
        copies = sum(person.role == Role.CARBON_COPY for person in recipients)
        for number, one in enumerate(self.added, start=1):
            is_copy = one.role == Role.CARBON_COPY
            chosen.append(
                Recipient(
                    key=f"copy{copies + number}" if is_copy else f"receiver{number}",
                    role=one.role,
                    name=one.name,
                    email=one.email,
                    phone="",
                    channel=Channel.EMAIL,
                    language="en",
                    # Who has to open it is asked at once; who gets a copy, when everyone has signed.
                    order=last + 1 if is_copy else 1,
                )
            )
        return chosen

    def _apply_to(self, person: Recipient) -> Recipient:
        choice = self.signers.get(person.key)
        if choice is None:
            return person
        channel = choice.channel or person.channel
        in_person = channel == Channel.OFFICE
        return replace(
            person,
            channel=channel,
            language=choice.language or person.language,
            note=choice.note,
            access_code=choice.access_code,
            phone_check=choice.phone_check,
            host_name=self.host_name if in_person else "",
            host_email=self.host_email if in_person else "",
        )
