"""The part of “Send for signature” where staff say how each person is asked: channels, checks, messages, copies.

Several leases may stand on one page, so every field carries the lease's key. What is left alone changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms import BoundField

from esign.docusign import DocusignClient, DocusignError, PhoneCheckMissing
from esign.docusign.budget import Lane
from esign.envelopes.compose import LEASE_DEFAULTS, MAX_MESSAGE, CannotCompose
from esign.envelopes.recipients import MAX_NOTE, Recipient
from esign.envelopes.send_options import AddedRecipient, SendOptions, SignerOptions
from esign.models import Channel, DocusignConnection, Role
from esign.models.signer import SIGNING_ROLES
from leases.languages import IN_ENGLISH
from leases.models import Lease

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Posted = Mapping[str, Any] | None

MAX_ADDED = 3


def _posted_to(prefix: str, data: Posted) -> Posted:
    """The data where any of it is for the form with this prefix; else None: the form shows what it starts from."""
    return data if any(name.startswith(f"{prefix}-") for name in data or ()) else None


class SignerForm(forms.Form):
    """How one person is asked, checked and written to."""

    channel = forms.ChoiceField(label="Asked by", choices=Channel.choices, required=False)
    check = forms.ChoiceField(label="Checked by", required=False)
    language = forms.ChoiceField(label="Language", choices=list(IN_ENGLISH.items()), required=False)
    note = forms.CharField(
        label="Private message", max_length=MAX_NOTE, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, lease: Lease, person: Recipient, data: Posted, *, asks_language: bool) -> None:
        prefix = f"{lease.pk}-{person.key}"
        starts_from = {"channel": person.channel, "language": person.language}
        super().__init__(_posted_to(prefix, data), prefix=prefix, initial=starts_from, label_suffix="")
        self.person, self.title = person, person.name
        self.fields["check"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            ("", "nothing more"),
            ("code", "an access code that we tell them"),
            ("phone", f"a code to {person.phone or 'their phone'}"),
        ]
        self.fields["note"].widget.attrs["placeholder"] = f"Only {person.name} reads this"
        if not asks_language:
            del self.fields["language"]
        if not self.signs:
            # Only the list is shorter: `problems_of` says why these cannot be, once for every way to ask for them.
            ways = [way for way in Channel.choices if way[0] != Channel.OFFICE]
            self.fields["channel"].widget.choices = ways

    @property
    def signs(self) -> bool:
        return self.person.role in SIGNING_ROLES

    @property
    def shown(self) -> list[BoundField]:
        """Docusign checks only people who sign."""
        return [field for field in self if self.signs or field.name != "check"]

    def clean_note(self) -> str:
        return " ".join(self.cleaned_data["note"].split())

    def options(self) -> SignerOptions:
        answers = self.cleaned_data if self.is_bound else {}
        return SignerOptions(
            channel=_other_than(self.person.channel, answers.get("channel")),
            language=_other_than(self.person.language, answers.get("language")),
            note=answers.get("note", ""),
            access_code=answers.get("check") == "code",
            phone_check=answers.get("check") == "phone",
        )


def _other_than(now: str, answer: str | None) -> str | None:
    return answer if answer and answer != now else None


class MessageForm(forms.Form):
    """What concerns everyone who is asked."""

    title = "For everyone"
    message = forms.CharField(
        label="Message", max_length=MAX_MESSAGE, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    host_name = forms.CharField(label="Host at the office", max_length=100, required=False)
    host_email = forms.EmailField(label="Host's e-mail", max_length=100, required=False)

    def __init__(self, lease: Lease, by: User, data: Posted) -> None:
        prefix = str(lease.pk)
        host = {"host_name": by.get_full_name() or by.get_username(), "host_email": by.email}
        super().__init__(_posted_to(prefix, data), prefix=prefix, initial=host, label_suffix="")


class AddedForm(forms.Form):
    """Somebody who reads it and signs nothing."""

    title = "Others who read it"
    name = forms.CharField(label="Name", max_length=100, required=False)
    email = forms.EmailField(label="E-mail", max_length=100, required=False)
    role = forms.ChoiceField(
        label="What they do",
        choices=[(Role.CARBON_COPY, "gets a copy at the end"), (Role.CERTIFIED_DELIVERY, "has to open it")],
        required=False,
    )

    def __init__(self, lease: Lease, number: int, data: Posted) -> None:
        prefix = f"{lease.pk}-added-{number}"
        super().__init__(_posted_to(prefix, data), prefix=prefix, label_suffix="")

    def recipient(self) -> AddedRecipient | None:
        """Who was named; None when these fields are empty."""
        answers = self.cleaned_data if self.is_bound else {}
        name, email = answers.get("name", ""), answers.get("email", "")
        if not name and not email:
            return None
        return AddedRecipient(name or email, email, answers.get("role") or Role.CARBON_COPY)


class RecipientsForm:
    """The forms of one lease: one for each person who is asked, one for everyone, and those who are added.

    A notice is written in the language of the people it is for, and goes only to them: its page asks for neither.
    """

    def __init__(
        self,
        lease: Lease,
        recipients: Sequence[Recipient],
        by: User,
        data: Posted = None,
        *,
        asks_language: bool = True,
        names_others: bool = True,
    ) -> None:
        asked = sorted((one for one in recipients if one.role != Role.CARBON_COPY), key=lambda person: person.order)
        self.people = [SignerForm(lease, person, data, asks_language=asks_language) for person in asked]
        self.everyone = MessageForm(lease, by, data)
        self.added = [AddedForm(lease, number, data) for number in range(1, MAX_ADDED + 1)] if names_others else []

    def __iter__(self) -> Iterator[SignerForm | MessageForm | AddedForm]:
        return iter([*self.people, self.everyone, *self.added])

    @property
    def problems(self) -> list[str]:
        """What Django's own checks of the fields found, in sentences for the head of the page."""
        return [
            f"{form.title}, {form[name].label.lower()}: {error}"
            for form in self
            for name, errors in form.errors.items()
            for error in errors
        ]

    @property
    def is_changed(self) -> bool:
        """Whether staff asked for anything beyond what the lease says."""
        return bool(self.problems) or self.options() != LEASE_DEFAULTS

    def options(self) -> SendOptions:
        """What was asked for; equal to `LEASE_DEFAULTS` when nothing was. Raises CannotCompose."""
        if self.problems:
            raise CannotCompose(self.problems)
        signers = {form.person.key: form.options() for form in self.people if form.options() != SignerOptions()}
        answers = self.everyone.cleaned_data if self.everyone.is_bound else {}
        seated = any(one.channel == Channel.OFFICE for one in signers.values())
        return SendOptions(
            signers=signers,
            added=tuple(one for form in self.added if (one := form.recipient())),
            message=answers.get("message", ""),
            host_name=answers.get("host_name", "") if seated else "",
            host_email=answers.get("host_email", "") if seated else "",
        )


def missing_feature(lease: Lease, options: SendOptions, by: User) -> str:
    """What was asked for and the Docusign account cannot do. When Docusign cannot be asked now, a worker asks later."""
    if not any(one.phone_check for one in options.signers.values()):
        return ""
    connection = DocusignConnection.objects.for_lease(lease, sent_by=by)
    try:
        DocusignClient(connection, lane=Lane.INTERACTIVE).phone_workflow()
    except PhoneCheckMissing as missing:
        return str(missing)
    except DocusignError:
        return ""
    return ""
