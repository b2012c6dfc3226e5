"""Templates that an envelope was made of, and templates laid over the documents of a draft.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopetemplates/
"""

from __future__ import annotations

from docusign_emulator import templates
from docusign_emulator.envelopes import files, people, tabs
from docusign_emulator.envelopes.model import Envelope, save
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, no_such_document, no_such_resource
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import kept
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.parts.changes import draft
from docusign_emulator.rest.parts.pages import document
from docusign_emulator.rest.paths import ENVELOPE, Row
from docusign_emulator.storage.store import Store
from docusign_emulator.templates import merge

_PLACES = "appliedTemplates"  # what was laid over which document, and the tabs it brought


def list_all(call: Call) -> Reply:
    """GET templates: those the envelope was made of, and those laid over its documents."""
    envelope = call.envelope()
    shown = [_shown(call.store, template_id, "") for template_id in envelope.template_ids]
    shown += [_shown(call.store, one["templateId"], one["documentId"]) for one in _places(envelope)]
    return Reply({"templates": shown})


def list_of_document(call: Call) -> Reply:
    envelope = call.envelope()
    document_id = document(call, envelope).document_id
    found = [one for one in _places(envelope) if one["documentId"] == document_id]
    return Reply({"templates": [_shown(call.store, one["templateId"], document_id) for one in found]})


def apply(call: Call) -> Reply:
    """POST templates: recipients and tabs of each come to the draft, its tabs on the document that is named."""
    envelope = draft(call)
    answered = kept.each(call, "documentTemplates", lambda facts: _applied(call, envelope, facts))
    save(call.store, envelope)
    return Reply({"documentTemplates": answered}, 201)


def remove(call: Call) -> Reply:
    """DELETE documents/{documentId}/templates/{templateId}: its tabs leave the document; its recipients stay."""
    envelope = draft(call)
    document_id = document(call, envelope).document_id
    place = _place(envelope, call.params["templateId"].lower(), document_id)
    if place is None:
        raise no_such_resource("template")
    envelope.extra[_PLACES] = [one for one in _places(envelope) if one != place]
    for person in envelope.recipients:
        for key, items in person.tabs.items():
            person.tabs[key] = [tab for tab in items if _id(tab) not in place["tabIds"]]
    save(call.store, envelope)
    return Reply({})


def _applied(call: Call, envelope: Envelope, facts: Json) -> Json:
    template = templates.required(call.store, kept.name(facts, "templateId"))
    wanted = formats.text(facts.get("documentId") or call.params.get("documentId"))
    one = envelope.document(wanted) if wanted else next(iter(files.in_order(envelope)), None)
    if one is None:
        raise ApiError("DOCUMENT_DOES_NOT_EXIST", no_such_document().message)
    if _place(envelope, template.id, one.document_id):
        raise ApiError("TEMPLATE_ALREADY_APPLIED", "The template lies over this document already.")
    placed: list[str] = []
    for person in merge.copied(template)[1]:
        given = {key: [tab | {"documentId": one.document_id} for tab in items] for key, items in person.tabs.items()}
        known = envelope.recipient(person.recipient_id)
        if known is None:
            known, person.tabs = person, {}
            envelope.recipients.append(person)
        for key, items in tabs.place(call.store, envelope, known, given).items():
            known.tabs.setdefault(key, []).extend(items)
            placed += [_id(tab) for tab in items]
    people.check_ids(envelope.recipients)
    place: Json = {"templateId": template.id, "documentId": one.document_id}
    envelope.extra[_PLACES] = [*_places(envelope), place | {"tabIds": placed}]
    return place


def _place(envelope: Envelope, template_id: str, document_id: str) -> Json | None:
    wanted = (template_id, document_id)
    return next((one for one in _places(envelope) if (one["templateId"], one["documentId"]) == wanted), None)


def _id(tab: Json) -> str:
    return str(tab.get("tabId") or tab.get("groupName") or "")


def _places(envelope: Envelope) -> list[Json]:
    return formats.children(envelope.extra, _PLACES)


def _shown(store: Store, template_id: str, document_id: str) -> Json:
    template = templates.load(store, template_id)
    name = formats.text(template.extra.get("name")) if template else ""
    shown = {"templateId": template_id, "name": name, "uri": f"/templates/{template_id}", "applied": "true"}
    return shown | ({"documentId": document_id} if document_id else {})


_DOCUMENT = ENVELOPE + "/documents/{documentId}/templates"
ROWS: list[Row] = [
    ("GET", f"{ENVELOPE}/templates", "listEnvelopeTemplates", list_all),
    ("POST", f"{ENVELOPE}/templates", "applyTemplate", apply),
    ("GET", _DOCUMENT, "listTemplatesForDocument", list_of_document),
    ("POST", _DOCUMENT, "applyTemplateToDocument", apply),
    ("DELETE", _DOCUMENT + "/{templateId}", "deleteTemplatesFromDocument", remove),
]
