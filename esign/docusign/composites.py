"""An envelope's definition with templates of the account in it.

A rider goes by composite templates: the first composite is ours as an inline template (documents, recipients,
custom fields, which are taken from there only); each further one is the server's template with an inline template
over it that names the role's person. A person is one across composites by name, e-mail and order.
A template that goes alone is used by `templateId` and template roles.

https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/templates/composite/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from docusign_esign import (
    Checkbox,
    CompositeTemplate,
    Date,
    Email,
    InlineTemplate,
    List,
    Number,
    Recipients,
    ServerTemplate,
    Tabs,
    TemplateRole,
    Text,
)
from docusign_esign import Signer as VendorSigner

from esign.models.account_template import AccountTemplate, EnvelopeRider

_KINDS: Mapping[str, tuple[str, Any]] = {
    "text": ("text_tabs", Text),
    "number": ("number_tabs", Number),
    "date": ("date_tabs", Date),
    "email": ("email_tabs", Email),
    "list": ("list_tabs", List),
    "checkbox": ("checkbox_tabs", Checkbox),
}
# What a role of a template can be told of its person.
_OF_A_ROLE = (
    "name",
    "email",
    "client_user_id",
    "routing_order",
    "access_code",
    "delivery_method",
    "phone_number",
    "additional_notifications",
    "email_notification",
    "embedded_recipient_start_url",
)
# What says of a person who they are and how they are reached: the same in each composite, or they count as two.
_OF_A_PERSON = (*_OF_A_ROLE, "recipient_id", "note", "identity_verification")


def with_templates(definition: Any, riders: Iterable[EnvelopeRider], recipient_ids: Mapping[str, int]) -> Any:
    """The definition of a draft, changed in place where it has riders. `recipient_ids`: by key of our signer."""
    riders = list(riders)
    if not riders:
        return definition
    everyone = [*(definition.recipients.signers or []), *(definition.recipients.carbon_copies or [])]
    by_number = {str(person.recipient_id): person for person in everyone}
    people = {key: by_number[str(n)] for key, n in recipient_ids.items() if str(n) in by_number}
    if riders[0].kind != AccountTemplate.Kind.RIDER:
        return _alone(definition, riders[0], people)
    ours = InlineTemplate(
        sequence="1",
        documents=definition.documents,
        recipients=definition.recipients,
        custom_fields=definition.custom_fields,
    )
    definition.documents = definition.recipients = definition.custom_fields = None
    definition.composite_templates = [
        CompositeTemplate(composite_template_id="1", inline_templates=[ours]),
        *(_rider(number, rider, people) for number, rider in enumerate(riders, start=2)),
    ]
    return definition


def _alone(definition: Any, rider: EnvelopeRider, people: Mapping[str, Any]) -> Any:
    definition.documents = definition.recipients = None
    definition.template_id = str(rider.template_id_at_docusign)
    definition.template_roles = [
        TemplateRole(role_name=role, tabs=_tabs(rider, role), **_facts(people[key], _OF_A_ROLE))
        for role, key in rider.roles.items()
    ]
    return definition


def _rider(number: int, rider: EnvelopeRider, people: Mapping[str, Any]) -> Any:
    signers = [
        VendorSigner(role_name=role, tabs=_tabs(rider, role), **_facts(people[key], _OF_A_PERSON))
        for role, key in rider.roles.items()
    ]
    return CompositeTemplate(
        composite_template_id=str(number),
        server_templates=[ServerTemplate(sequence="1", template_id=str(rider.template_id_at_docusign))],
        inline_templates=[InlineTemplate(sequence="2", recipients=Recipients(signers=signers))],
    )


def _facts(person: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(person, name, None)) is not None}


def _tabs(rider: EnvelopeRider, role: str) -> Any:
    """Values for the template's tabs, found by label. What we fill in is ours: the signer cannot change it."""
    groups: dict[str, list[Any]] = {}
    for one in rider.values:
        if one.get("role") != role or one["kind"] not in _KINDS:
            continue
        group, build = _KINDS[one["kind"]]
        if one["kind"] == "checkbox":
            tab = build(tab_label=one["label"], selected="true" if one["value"] == "yes" else "false", locked="true")
        else:
            tab = build(tab_label=one["label"], value=one["value"], locked="true")
        groups.setdefault(group, []).append(tab)
    return Tabs(**groups) if groups else None
