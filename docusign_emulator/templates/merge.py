"""Templates laid together into one envelope: by roles, or as composites of layers.

https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/templates/composite/
"""

from __future__ import annotations

import copy
import secrets
import uuid
from typing import Any

from docusign_emulator import templates
from docusign_emulator.envelopes import files, people
from docusign_emulator.envelopes.files import Files
from docusign_emulator.envelopes.model import Document, Envelope, Recipient
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_parameter
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.store import Store

Content = tuple[list[Document], list[Recipient], Json]

_FROM_TEMPLATE = ("emailSubject", "emailBlurb", "notification", "customFields")


def one_template(store: Store, definition: Json) -> Content:
    """`templateId` with `templateRoles`. Raises ApiError for a template or role that is none."""
    template = templates.required(store, formats.text(definition["templateId"]))
    documents, recipients, base = copied(template)
    for role in formats.children(definition, "templateRoles"):
        fill_role(recipients, role)
    return documents, recipients, base


def composites(store: Store, given: Any, uploads: Files) -> Content:
    """Each composite is built of its layers, the lower sequence first; then they are put one behind the other."""
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise invalid_parameter("compositeTemplates is not a list of objects.")
    documents: list[Document] = []
    recipients: list[Recipient] = []
    base: Json = {"templateIds": []}
    for composite in given:
        its_documents, its_recipients, its_base = _composite(store, composite, uploads)
        _renumber(documents, its_documents, its_recipients)
        documents += its_documents
        for person in its_recipients:
            _join(recipients, person)
        base["templateIds"] += its_base.pop("templateIds", [])
        base = its_base | base
    for order, document in enumerate(documents, 1):
        document.order = order
    return documents, recipients, base


def fill_role(recipients: list[Recipient], role: Json) -> None:
    """Give a role of the template its person. A role the template does not know becomes a signer without tabs."""
    name = formats.text(role.get("roleName"))
    person = next((one for one in recipients if one.role == name and not one.name), None)
    person = person or next((one for one in recipients if one.role == name), None)
    if person is None:
        recipients.append(people.one("signers", {"recipientId": _free_id(recipients)} | _without_tabs(role)))
        recipients[-1].tabs = people.tabs_of(role)
        return
    overlay(person, role)


# What may be said of a recipient the template locks.
# https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/templates/composite/
_OF_LOCKED = {
    "name", "email", "signerName", "signerEmail", "hostName", "hostEmail", "roleName", "accessCode", "clientUserId",
    "embeddedRecipientStartURL", "identityVerification", "idCheckConfigurationName", "idCheckInformationInput",
    "phoneAuthentication", "smsAuthentication", "requireIdLookup",
}  # fmt: skip


def overlay(person: Recipient, facts: Json) -> None:
    """What `facts` says about the person wins; its tabs give values by label, or are added."""
    given = {key: value for key, value in _without_tabs(facts).items() if value not in (None, "")}
    if formats.truth(person.extra.get("templateLocked")):
        given = {key: value for key, value in given.items() if key in _OF_LOCKED}
    new = people.one(
        person.kind, {"recipientId": person.recipient_id, "name": person.name, "email": person.email} | given
    )
    person.name, person.email = new.name, new.email
    if "routingOrder" in given:
        person.order = new.order
    person.extra |= new.extra
    for key, items in people.tabs_of(facts).items():
        for tab in items:
            _give_value(person, key, tab)


def copied(template: Envelope) -> Content:
    """The content of a template with identities of its own."""
    source = copy.deepcopy(template)
    for document in source.documents:
        document.guid = str(uuid.uuid4())
    for person in source.recipients:
        person.guid, person.user_id = str(uuid.uuid4()), str(uuid.uuid4())
        person.mail_key = secrets.token_urlsafe(24)
        person.tabs = {key: [_unplaced(tab) for tab in items] for key, items in person.tabs.items()}
    base: Json = {
        "emailSubject": source.subject,
        "emailBlurb": source.blurb,
        "notification": {key: value for key, value in source.notification.items() if key != "useAccountDefaults"},
        "customFields": {"textCustomFields": source.text_fields, "listCustomFields": source.list_fields},
        "templateIds": [template.id],
    }
    kept = {key: value for key, value in source.extra.items() if key not in ("name", "description", "shared")}
    return source.documents, source.recipients, kept | base


def filled_subject(subject: str, recipients: list[Recipient]) -> str:
    """`[[Role_UserName]]` and `[[Role_Email]]` replaced by the person in that role, where there is one yet."""
    for person in recipients:
        if person.role and person.name:
            subject = subject.replace(f"[[{person.role}_UserName]]", person.name)
            subject = subject.replace(f"[[{person.role}_Email]]", person.email)
    return subject


def _composite(store: Store, composite: Json, uploads: Files) -> Content:
    documents: list[Document] = []
    recipients: list[Recipient] = []
    base: Json = {"templateIds": []}
    for kind, layer in _layers(composite):
        if kind == "server":
            its_documents, its_recipients, its_base = copied(
                templates.required(store, formats.text(layer.get("templateId")))
            )
            documents = its_documents or documents
        else:
            its_recipients = people.from_wire(layer.get("recipients"))
            its_base = {key: layer[key] for key in _FROM_TEMPLATE if layer.get(key)}
            own = [
                files.take_in(store, one, uploads, n) for n, one in enumerate(formats.children(layer, "documents"), 1)
            ]
            documents = own or documents
        for person in its_recipients:
            _lay_over(recipients, person)
        base |= {key: value for key, value in its_base.items() if key != "templateIds"}
        base["templateIds"] += its_base.get("templateIds", [])
    if composite.get("document"):
        documents = _replaced(documents, files.take_in(store, composite["document"], uploads, 1), recipients)
    return documents, recipients, base


def _layers(composite: Json) -> list[tuple[str, Json]]:
    layers = [("server", one) for one in formats.children(composite, "serverTemplates")]
    layers += [("inline", one) for one in formats.children(composite, "inlineTemplates")]
    if not layers and not composite.get("document"):
        raise invalid_parameter("A composite template has neither serverTemplates nor inlineTemplates.")
    try:
        return sorted(layers, key=lambda layer: formats.integer(layer[1].get("sequence"), 1))
    except ValueError as error:
        raise invalid_parameter("sequence is not a number.") from error


def _replaced(documents: list[Document], own: Document, recipients: list[Recipient]) -> list[Document]:
    """The composite's own document takes the place of the template's, tabs and all."""
    for old in documents:
        for person in recipients:
            for _, tab in person.all_tabs():
                for place in (tab, *tab.get("radios", [])):
                    if place.get("documentId") == old.document_id:
                        place["documentId"] = own.document_id
    return [own]


def _lay_over(recipients: list[Recipient], person: Recipient) -> None:
    """A person of a later layer is the same as one before by role, or without a role by recipientId."""
    for one in recipients:
        same = one.role == person.role if person.role else one.recipient_id == person.recipient_id
        if same and one.kind == person.kind:
            facts = {"name": person.name, "email": person.email, "routingOrder": str(person.order)} | person.extra
            overlay(one, facts | {"tabs": person.tabs})
            return
    recipients.append(person)


def _join(recipients: list[Recipient], person: Recipient) -> None:
    """Across composites people are the same by e-mail, name and order; others keep apart, with ids of their own."""
    for one in recipients:
        same = (one.kind, one.email, one.name, one.order) == (person.kind, person.email, person.name, person.order)
        if same and one.name and one.email:
            for key, items in person.tabs.items():
                one.tabs.setdefault(key, []).extend(items)
            return
    if any(one.recipient_id == person.recipient_id for one in recipients):
        person.recipient_id = _free_id(recipients)
    recipients.append(person)


def _renumber(before: list[Document], documents: list[Document], recipients: list[Recipient]) -> None:
    """Documents of a later composite get ids that are free; the tabs on them follow."""
    taken = {document.document_id for document in before}
    for document in documents:
        old = document.document_id
        if old not in taken:
            taken.add(old)
            continue
        numbers = [int(one) for one in taken if one.isdigit()]
        document.document_id = str(max(numbers, default=0) + 1)
        taken.add(document.document_id)
        for person in recipients:
            for _, tab in person.all_tabs():
                for place in (tab, *tab.get("radios", [])):
                    if formats.text(place.get("documentId") or "1") == old and not place.get("anchorString"):
                        place["documentId"] = document.document_id


def _give_value(person: Recipient, key: str, facts: Json) -> None:
    """A tab of a role: the value for the template's tab of that label, else one more tab."""
    name = "groupName" if key == "radioGroupTabs" else "tabLabel"
    label = formats.text(facts.get(name))
    wanted = label.removeprefix("\\*")
    found = [tab for tab in person.tabs.get(key, []) if label and _labelled(formats.text(tab.get(name)), wanted, label)]
    for tab in found:
        if key == "radioGroupTabs":
            chosen = {
                formats.text(one.get("value"))
                for one in formats.children(facts, "radios")
                if formats.truth(one.get("selected"))
            }
            for radio in tab.get("radios", []):
                radio["selected"] = formats.flag(formats.text(radio.get("value")) in chosen)
        else:
            tab.update({k: v for k, v in formats.stringified(facts).items() if k != "tabLabel"})
            for item in formats.children(tab, "listItems"):
                item["selected"] = formats.flag(formats.text(item.get("value")) == formats.text(tab.get("value")))
    if not found:
        person.tabs.setdefault(key, []).append(facts)


def _labelled(has: str, wanted: str, asked: str) -> bool:
    """Exactly, or with `\\*` in front any label that begins so."""
    return has.startswith(wanted) if asked.startswith("\\*") else has == wanted


def _unplaced(tab: Json) -> Json:
    """A tab as a sender would give it: it will be placed again, under a new id."""
    kept = {key: value for key, value in tab.items() if key not in ("tabId", "status", "recipientIdGuid")}
    if kept.get("anchorString"):
        for key in ("pageNumber", "xPosition", "yPosition", "documentId"):
            kept.pop(key, None)
    if "radios" in kept:
        kept["radios"] = [_unplaced(radio) for radio in kept["radios"]]
    return kept


def _without_tabs(facts: Json) -> Json:
    return {key: value for key, value in facts.items() if key not in ("tabs", "recipientId")}


def _free_id(recipients: list[Recipient]) -> str:
    numbers = [int(one.recipient_id) for one in recipients if one.recipient_id.isdigit()]
    return str(max(numbers, default=0) + 1)


def check_name(name: str) -> None:
    """Raises ApiError for a template without a name, or with one too long."""
    if not name or len(name) > 100:
        raise ApiError("INVALID_REQUEST_PARAMETER", "A template needs a name of at most 100 characters.")
