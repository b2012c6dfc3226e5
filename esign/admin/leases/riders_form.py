"""Riders on “Send for signature”: templates of the Docusign account that may go along with our own documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import forms
from django.forms import BoundField

from esign.admin.leases.recipients_form import Posted
from esign.envelopes.account_templates.checks import check_for, check_mapping
from esign.envelopes.compose import Packet
from esign.envelopes.recipients import Recipient
from esign.models import AccountTemplate, DocusignConnection, Signer
from leases.models import Lease

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True)
class RiderBox:
    """One rider that fits the purpose, as a box to tick; `problems` keep it from going with this very lease."""

    box: BoundField
    problems: list[str]

    def __str__(self) -> str:
        """What was ticked can be unticked, whatever is wrong with it."""
        is_offered = bool(self.box.value()) or not self.problems
        return self.box.as_widget(attrs={} if is_offered else {"disabled": True})


class RidersForm(forms.Form):
    """A box for each rider in use in the account that would send this lease."""

    def __init__(self, lease: Lease, by: User, data: Posted = None) -> None:
        super().__init__(data or None, prefix=f"{lease.pk}-rider")
        connection = DocusignConnection.objects.for_lease(lease, sent_by=by)
        in_use = connection.account_templates.filter(is_active=True, gone_at__isnull=True)
        self.riders = list(in_use.filter(kind=AccountTemplate.Kind.RIDER))
        for rider in self.riders:
            self.fields[str(rider.pk)] = forms.BooleanField(label=rider.name, required=False)

    @property
    def chosen(self) -> list[AccountTemplate]:
        """The riders that were ticked."""
        return [
            rider for rider in self.riders if self.is_bound and self.is_valid() and self.cleaned_data[str(rider.pk)]
        ]

    def boxes(self, packet: Packet) -> list[RiderBox]:
        """Every rider that staff could think of sending with this packet."""
        signers = [as_signer(person) for person in packet.recipients]
        return [
            RiderBox(
                self[str(rider.pk)],
                [*check_mapping(rider), *check_for(rider, signers, packet.purpose, number=packet.lease.number)],
            )
            for rider in self.riders
            if rider.purpose == packet.purpose
        ]


def as_signer(person: Recipient) -> Signer:
    """A row that is never saved."""
    return Signer(
        key=person.key,
        role=person.role,
        name=person.name,
        email=person.email,
        channel=person.channel,
        note=person.note,
        phone_check=person.phone_check,
    )
