"""Sending with templates of the Docusign account: read them, check the office's mapping, put them in an envelope.

A rider goes with our own documents; a whole template or a Word document that is filled in goes alone. Either way the
draft mails nobody, and before it is sent `settle` looks whether it holds exactly the people that were meant: a
template that was changed in Docusign meanwhile cannot send a contract to somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from esign.choices import Choices
from esign.documents import formats
from esign.documents.context import build_context
from esign.documents.variables import variables
from esign.docusign.answers import VendorEnvelope
from esign.docusign.errors import DocusignNotFound, DocusignRefused
from esign.docusign.templates import GenField, GenValue, TemplateClient
from esign.models import AuditEvent, DocusignConnection, Envelope, Purpose, Role, Signer
from esign.models.vendor_template import LEFT_EMPTY, EnvelopeRider, VendorTemplate
from esign.prepare import AS_THE_LEASE_SAYS, CannotPrepare, prepare

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from leases.models import Lease

Kind = VendorTemplate.Kind
# Out of the way of the numbers that recipients have and get, while they are exchanged.
ASIDE = 1_000_000
KEY = re.compile(r"(tenant|guarantor|copy)([1-9]\d?)|landlord")


# --- reading ----------------------------------------------------------------------------------------------


def refresh_list(connection: DocusignConnection) -> list[VendorTemplate]:
    """Bring our list up to the account's: names, what is new, what is gone. Mappings stay. Raises DocusignError."""
    now = timezone.now()
    known = {row.template_id: row for row in connection.vendor_templates.all()}
    listed = {one.template_id: one for one in TemplateClient(connection).list_templates()}
    for template_id, one in listed.items():
        VendorTemplate.objects.update_or_create(
            connection=connection, template_id=template_id, defaults={"name": one.name, "gone_at": None}
        )
    gone = [row.pk for template_id, row in known.items() if template_id not in listed and row.gone_at is None]
    VendorTemplate.objects.filter(pk__in=gone).update(gone_at=now)
    return list(connection.vendor_templates.all())


def read(template: VendorTemplate) -> VendorTemplate:
    """Read its roles and tabs from Docusign. Gone there, it is marked as gone. Raises DocusignError."""
    try:
        found = TemplateClient(template.connection).get_template(template.template_id)
    except DocusignRefused as refusal:
        if not (isinstance(refusal, DocusignNotFound) or refusal.answer.error_code.upper() == "TEMPLATE_ID_INVALID"):
            raise
        template.gone_at = timezone.now()
        template.save(update_fields=["gone_at"])
        return template
    template.name, template.gone_at, template.read_at = found.name, None, timezone.now()
    template.structure |= {
        "roles": [asdict(role) for role in found.roles],
        "tabs": [asdict(tab) for tab in found.tabs],
    }
    template.save(update_fields=["name", "gone_at", "read_at", "structure"])
    return template


# --- checking ---------------------------------------------------------------------------------------------


def check_mapping(template: VendorTemplate, names: Iterable[str] | None = None) -> list[str]:
    """What keeps this template from being used for any lease, in sentences for the office.

    `names` are the variables that there are; without them a variable is looked for only in the lease that is sent.
    """
    if template.gone_at:
        return [f"“{template}” is not in the Docusign account any more. Restore it there, or choose another template."]
    if template.read_at is None:
        return [f"“{template}” has not been read from Docusign yet. Open it and press “Read from Docusign”."]
    return [*_check_roles(template), *_check_labels(template, set(names) if names is not None else None)]


def _check_roles(template: VendorTemplate) -> Iterator[str]:
    roles = {role["name"]: role for role in template.its_roles}
    if not roles:
        yield f"“{template}” has no roles, so it cannot be said who signs it. Add roles to the template in Docusign."
    for name, role in roles.items():
        key = template.roles.get(name, "")
        if not key:
            yield f"Say who is “{name}” in “{template}”."
        elif not KEY.fullmatch(key):
            yield f"“{key}” is none of our signers. For “{name}” choose a tenant, a guarantor or the landlord."
        elif key.startswith("copy") == role["signs"]:
            does = "signs" if role["signs"] else "does not sign"
            yield f"“{name}” {does} in “{template}”, so it cannot be {label_of(key).lower()}."
        if not role["signs"] and not template.goes_alone:
            yield f"“{name}” does not sign. With our own documents a template can have signers only."
        if template.goes_alone and role["recipient_id"] is None:
            yield f"“{name}” has no number in Docusign. Save the template there once more, then read it again."
    for name in template.roles.keys() - roles.keys():
        yield (
            f"“{template}” has no role “{name}” (any more); capitals count. "
            f"Its roles are {', '.join(f'“{one}”' for one in roles) or 'none'}."
        )
    twice = [key for key in set(template.roles.values()) if list(template.roles.values()).count(key) > 1]
    for key in sorted(twice):
        yield f"{label_of(key)} has two roles in “{template}”: two people for Docusign. Give each one role."


def _check_labels(template: VendorTemplate, names: set[str] | None) -> Iterator[str]:
    fields = template.its_fields
    has = {one["label"] for one in fields}
    knows_fields = template.kind != Kind.DOCGEN or "fields" in template.structure
    for label, variable in template.labels.items():
        if knows_fields and label not in has:
            yield f"“{template}” has no field “{label}” (any more); capitals count. Take it off the list."
        if names is not None and variable not in ("", LEFT_EMPTY) and _first(variable) not in names:
            yield f"“{variable}”, for the field “{label}”, is none of our variables."
    for one in fields:
        if _must_be_mapped(template, one) and not template.labels.get(one["label"]):
            yield (
                f"The field “{one['label']}” of “{template}” gets no value, and no signer can fill it in. "
                "Choose what goes there."
            )


def _must_be_mapped(template: VendorTemplate, one: Mapping[str, Any]) -> bool:
    if template.kind == Kind.DOCGEN:
        return True  # nobody fills these in but us: what is meant to stay empty is said to
    return bool(one["required"] and one["locked"] and not one["value"])


def _first(variable: str) -> str:
    """`tenants[3].name` is as good as `tenants[0].name`."""
    return re.sub(r"\[\d+\]", "[0]", variable)


def label_of(key: str) -> str:
    """`Tenant 1` for `tenant1`."""
    return re.sub(r"(\d+)$", r" \1", key).capitalize()


def known_names(terms: Mapping[str, Any]) -> list[str]:
    """The variables that a field can be filled with, as this lease has them."""
    context = build_context(terms, today=timezone.localdate())
    return [one.name for one in variables(context)]


def check_for(template: VendorTemplate, signers: Sequence[Signer], purpose: str, *, number: str) -> list[str]:
    """What keeps it from going out to these people, beyond its mapping. `number` is the lease's."""
    problems = [] if template.is_active else [f"“{template}” is not in use. Switch it on under Docusign templates."]
    if template.purpose != purpose:
        wanted, asked = template.get_purpose_display().lower(), Purpose(purpose).label.lower()
        problems.append(f"“{template}” is meant for: {wanted}. It does not go out with: {asked}.")
    by_key = {signer.key: signer for signer in signers}
    for role, key in template.roles.items():
        if (signer := by_key.get(key)) is None:
            problems.append(f"“{template}” needs {label_of(key).lower()} as “{role}”, and lease {number} has none.")
        else:
            problems += _reachable(template, signer)
    return problems


def _reachable(template: VendorTemplate, signer: Signer) -> Iterator[str]:
    if signer.is_in_person:
        yield f"{signer.name} signs at the office; “{template}” can only go to people who sign by themselves."
    elif not template.goes_alone and not signer.email:
        yield f"{signer.name} has no e-mail address, by which Docusign knows that both documents are for one person."
    if template.goes_alone and signer.phone_check:
        yield f"Docusign checks no phone for “{template}”. Ask {signer.name} for an access code instead."
    if template.goes_alone and signer.note:
        yield f"A private message to {signer.name} cannot go with “{template}”. Leave it out."


# --- values -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Values:
    """What our variables say for one envelope, as a document prints it."""

    context: Mapping[str, Any]
    language: str = "en"

    @classmethod
    def of(cls, envelope: Envelope) -> Values:
        tenants = [one.language for one in envelope.signers.all() if one.role == Role.TENANT]
        language = "es" if set(tenants) == {"es"} else "en"
        company = {"name": settings.COMPANY_NAME, "email": settings.SUPPORT_EMAIL}
        day = timezone.localdate(envelope.created_at)
        return cls(build_context(envelope.terms, today=day, language=language, company=company), language)

    def raw(self, name: str) -> Any:
        """The value behind `tenants[0].name`. Raises LookupError for a name that this lease does not have."""
        here: Any = self.context
        for step in re.findall(r"[^.\[\]]+", name):
            if isinstance(here, Mapping):
                here = here[step]
            elif isinstance(here, Sequence) and not isinstance(here, str) and step.isdecimal():
                here = here[int(step)]
            elif here is None:
                return None  # a group that this lease has nothing of
            else:
                raise LookupError(name)
        return here

    def printed(self, name: str) -> str:
        return self.as_text(self.raw(name))

    def as_text(self, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, date):
            return formats.long_date(value, self.language)
        if isinstance(value, Decimal):
            return formats.money(value)
        if isinstance(value, list | tuple):
            return ", ".join(self.as_text(item) for item in value if not isinstance(item, Mapping))
        return "" if isinstance(value, Mapping) else str(value)


def _tab_values(template: VendorTemplate, values: Values, problems: list[str]) -> list[dict[str, Any]]:
    filled = []
    for tab in template.structure.get("tabs", []):
        variable = template.labels.get(tab["label"], "")
        if variable in ("", LEFT_EMPTY):
            continue
        try:
            value = values.printed(variable)
        except LookupError:
            problems.append(f"This lease has no “{variable}”, which “{template}” prints as “{tab['label']}”.")
            continue
        if not value and tab["required"] and tab["locked"]:
            problems.append(f"“{variable}” is empty on this lease, and “{template}” needs it for “{tab['label']}”.")
        filled.append({"role": tab["role"], "label": tab["label"], "kind": tab["kind"], "value": value})
    return filled


# --- putting them in an envelope --------------------------------------------------------------------------


def prepare_with(
    lease: Lease,
    templates: Sequence[VendorTemplate],
    purpose: Purpose | None = None,
    *,
    by: User | None = None,
    choices: Choices = AS_THE_LEASE_SAYS,
) -> Envelope:
    """Freeze an envelope with these templates in it; with none it is `prepare`. Raises CannotPrepare."""
    alone = [template for template in templates if template.goes_alone]
    if alone and len(templates) > 1:
        raise CannotPrepare([f"“{alone[0]}” goes in an envelope of its own. Send the others apart from it."])
    if alone and purpose in (Purpose.LEASE, Purpose.RENEWAL, None):
        raise CannotPrepare(
            [f"“{alone[0]}” is not our lease, so signing it cannot execute one. Send it as an addendum."]
        )
    return prepare(
        lease,
        purpose,
        by=by,
        choices=choices,
        documents=() if alone else None,
        also=lambda envelope: attach(envelope, templates),
    )


def attach(envelope: Envelope, templates: Sequence[VendorTemplate]) -> None:
    """Write the templates of an envelope that is being frozen. Raises CannotPrepare with every problem."""
    if not templates:
        return
    signers = list(envelope.signers.all())
    values = Values.of(envelope)
    problems: list[str] = []
    riders = []
    for sequence, template in enumerate(templates, start=1):
        problems += check_mapping(template)
        problems += check_for(template, signers, envelope.purpose, number=envelope.lease.number)
        if template.connection_id != envelope.connection_id:
            problems.append(f"“{template}” is in another Docusign account than the one that sends this lease.")
        riders.append(
            EnvelopeRider(
                envelope=envelope,
                template=template,
                kind=template.kind,
                template_id_at_docusign=template.template_id,
                sequence=sequence,
                roles=template.roles,
                values=_tab_values(template, values, problems),
            )
        )
    if problems:
        raise CannotPrepare(list(dict.fromkeys(problems)))
    if templates[0].goes_alone:
        _only_its_people(envelope, templates[0], signers)
    EnvelopeRider.objects.bulk_create(riders)
    AuditEvent.record(
        envelope.lease,
        "envelope.templates",
        f"{envelope} goes out with {', '.join(f'“{template}”' for template in templates)} of the Docusign account.",
        envelope=envelope,
        key=f"{envelope.pk}:templates",
        templates={str(rider.template_id_at_docusign): rider.values for rider in riders},
    )


def _only_its_people(envelope: Envelope, template: VendorTemplate, signers: Sequence[Signer]) -> None:
    """Those whom the template has a role for, under the numbers and in the order that the template gives them."""
    envelope.signers.exclude(key__in=template.roles.values()).delete()
    by_key = {signer.key: signer for signer in signers}
    people = [(by_key[template.roles[role["name"]]], role) for role in template.its_roles]
    for signer, role in people:
        Signer.objects.filter(pk=signer.pk).update(recipient_id=ASIDE + signer.recipient_id)
        signer.recipient_id, signer.routing_order = role["recipient_id"], role["order"]
    Signer.objects.bulk_update([signer for signer, _ in people], ["recipient_id", "routing_order"])


def templates_of(envelope: Envelope) -> list[VendorTemplate]:
    """What this envelope was sent with, for its next revision."""
    return [rider.template for rider in envelope.riders.select_related("template__connection")]


# --- before it is sent ------------------------------------------------------------------------------------


@dataclass
class Settled:
    """What looking at the draft came to: what was filled in by rider, or what a person has to mend."""

    problems: list[str] = field(default_factory=list)
    filled: dict[int, list[dict[str, Any]] | None] = field(default_factory=dict)

    def keep(self, envelope: Envelope, riders: Iterable[EnvelopeRider]) -> None:
        """Write it down. The caller holds the claim."""
        assert envelope.docusign_id is not None
        for rider in riders:
            rider.settle(envelope.docusign_id, self.filled.get(rider.pk))


def settle(
    client: TemplateClient, envelope: Envelope, found: VendorEnvelope, riders: Iterable[EnvelopeRider]
) -> Settled:
    """Look whether the draft holds exactly our people, and fill in what is generated. Safe to repeat.

    Raises DocusignError.
    """
    settled = Settled(list(_strangers(envelope, found)))
    if settled.problems:
        return settled
    for rider in riders:
        if rider.kind == Kind.DOCGEN:
            _fill(client, envelope, rider, settled)
    return settled


def _strangers(envelope: Envelope, found: VendorEnvelope) -> Iterator[str]:
    ours = {one.recipient_id: one for one in envelope.signers.all()}
    theirs = {one.recipient_id: one for one in found.recipients}
    for number, person in theirs.items():
        if number not in ours:
            named = person.name or person.email or "somebody without a name"
            yield f"By its template the draft would also go to {named}, who is no signer of ours."
        elif ours[number].email and person.email.casefold() != ours[number].email.casefold():
            yield f"By its template the draft would go to {person.email or 'nobody'}, not to {ours[number].name}."
    for number in ours.keys() - theirs.keys():
        yield f"{ours[number].name} is missing in the draft that Docusign made by the template."


def _fill(client: TemplateClient, envelope: Envelope, rider: EnvelopeRider, settled: Settled) -> None:
    template = rider.template
    fields = client.gen_fields(envelope)
    _learn(template, fields)
    settled.problems += [] if fields else [f"The document of “{template}” has no fields that could be filled in."]
    settled.problems += _check_labels(template, None)
    values = Values.of(envelope)
    given = [_gen_value(template, one, values, settled.problems) for one in fields]
    if settled.problems:
        return
    client.fill_gen_fields(envelope, given)
    settled.filled[rider.pk] = [
        {"role": "", "label": one.name, "kind": "rows" if one.rows else "field", "value": list(one.rows) or one.value}
        for one in given
    ]


def _learn(template: VendorTemplate, fields: Sequence[GenField]) -> None:
    """Fields of a Word document can be read from a draft only, so the template learns them there."""
    template.structure["fields"] = [
        {"label": one.name, "kind": one.kind, "required": one.required, "columns": list(one.columns)} for one in fields
    ]
    template.save(update_fields=["structure"])


def _gen_value(template: VendorTemplate, one: GenField, values: Values, problems: list[str]) -> GenValue:
    variable = template.labels.get(one.name, LEFT_EMPTY)
    if variable == LEFT_EMPTY:
        return GenValue(one.document, one.name)
    try:
        raw = values.raw(variable)
        if not one.columns:
            return GenValue(one.document, one.name, values.as_text(raw))
        rows = tuple({column: values.as_text(row[column]) for column in one.columns} for row in raw or ())
        return GenValue(one.document, one.name, rows=rows)
    except (LookupError, TypeError):
        parts = f" with {', '.join(one.columns)}" if one.columns else ""
        problems.append(f"This lease has no “{variable}”{parts}, which “{template}” prints as “{one.name}”.")
        return GenValue(one.document, one.name)
