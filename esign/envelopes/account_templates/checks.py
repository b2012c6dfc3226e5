"""What keeps a template from being used: in its mapping, or for the people of one envelope."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.utils import timezone

from esign.documents.context import build_context
from esign.documents.variables import variables
from esign.models import Purpose, Signer
from esign.models.account_template import LEFT_EMPTY, AccountTemplate

Kind = AccountTemplate.Kind
KEY = re.compile(r"(tenant|guarantor|copy)([1-9]\d?)|landlord")


def check_mapping(template: AccountTemplate, names: Iterable[str] | None = None) -> list[str]:
    """What keeps this template from being used for any lease, in sentences for the office.

    `names` are the variables that there are; without them a variable is looked for only in the lease that is sent.
    """
    if template.gone_at:
        return [f"“{template}” is not in the Docusign account any more. Restore it there, or choose another template."]
    if template.read_at is None:
        return [f"“{template}” has not been read from Docusign yet. Open it and press “Read from Docusign”."]
    return [*_check_roles(template), *check_labels(template, set(names) if names is not None else None)]


def _check_roles(template: AccountTemplate) -> Iterator[str]:
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


def check_labels(template: AccountTemplate, names: set[str] | None) -> Iterator[str]:
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


def _must_be_mapped(template: AccountTemplate, one: Mapping[str, Any]) -> bool:
    if template.kind == Kind.DOCGEN:
        return True  # only we fill these in: what is meant to stay empty is said to
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


def check_for(template: AccountTemplate, signers: Sequence[Signer], purpose: str, *, number: str) -> list[str]:
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


def _reachable(template: AccountTemplate, signer: Signer) -> Iterator[str]:
    if signer.is_in_person:
        yield f"{signer.name} signs at the office; “{template}” can only go to people who sign by themselves."
    elif not template.goes_alone and not signer.email:
        yield f"{signer.name} has no e-mail address, by which Docusign knows that both documents are for one person."
    if template.goes_alone and signer.phone_check:
        yield f"Docusign checks no phone for “{template}”. Ask {signer.name} for an access code instead."
    if template.goes_alone and signer.note:
        yield f"A private message to {signer.name} cannot go with “{template}”. Leave it out."
