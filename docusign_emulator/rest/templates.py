"""Templates: create, list, get, change, and the parts of them.

https://developers.docusign.com/docs/esign-rest-api/reference/templates/templates/
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from docusign_emulator import templates
from docusign_emulator.connect import messages
from docusign_emulator.envelopes import create as creating
from docusign_emulator.envelopes import files, listing, model, notification, output, people, present, tabs
from docusign_emulator.envelopes.model import RECIPIENT_KINDS, Envelope, Recipient
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import invalid_parameter, no_such_document, no_such_recipient
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import kept
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.documents import as_file
from docusign_emulator.rest.setup import groups
from docusign_emulator.templates import merge

MAX_LISTED = 2000
_OWN = ("name", "description", "shared", "templateId")  # an exported template has the id that it had


def create(call: Call) -> Reply:
    """POST templates."""
    body = call.json
    facts = formats.child(body, "envelopeTemplateDefinition")
    name = formats.text(body.get("name") or facts.get("name"))
    merge.check_name(name)
    template = creating.build(
        call.store, call.user, {k: v for k, v in body.items() if k not in _OWN}, call.files, template=True
    )
    template.status, template.folder = "template", "templates"
    template.extra |= {
        "name": name,
        "description": formats.text(body.get("description") or facts.get("description")),
        "shared": formats.flag(formats.truth(body.get("shared") or facts.get("shared"))),
    }
    tabs.named_only(template.recipients)
    templates.save(call.store, template)
    messages.emit(call.store, template, "template-created")
    return Reply(_summary(template), 201)


def list_all(call: Call) -> Reply:
    """GET templates, with the filters a property app meets."""
    query = call.query
    rows = call.store.sql(
        "SELECT doc FROM envelopes WHERE status = 'template' AND folder != 'recyclebin' ORDER BY created_at"
    )
    found = [model.parse(row["doc"]) for row in rows]
    words = query.get("search_text", "").lower()[:48]
    ids = [one.lower() for one in listing.split(query.get("template_ids"))]
    found = [
        one
        for one in found
        if words in f"{one.extra['name']} {one.extra['description']}".lower() and (not ids or one.id in ids)
    ]
    by = (query.get("order_by") or "name").lower()
    if by not in ("name", "modified", "used"):
        raise invalid_parameter("order_by is name, modified or used.")
    found.sort(key=lambda one: one.extra["name"].lower() if by == "name" else one.modified_at)
    if (query.get("order") or "asc").lower() == "desc":
        found.reverse()
    try:
        start, count = formats.integer(query.get("start_position"), 0), formats.integer(query.get("count"), MAX_LISTED)
    except ValueError as error:
        raise invalid_parameter("start_position and count are numbers.") from error
    page = found[start : start + count]
    include = set(listing.split(query.get("include")))
    return Reply(
        {
            "envelopeTemplates": [_shown(call, one, include) for one in page],
            "resultSetSize": str(len(page)),
            "startPosition": str(start),
            "endPosition": str(max(start, start + len(page) - 1)),
            "totalSetSize": str(len(found)),
        }
    )


def get(call: Call) -> Reply:
    """GET one template: the whole definition."""
    return Reply(_shown(call, _template(call), {"recipients", "documents", "custom_fields", "tabs", "notification"}))


def update(call: Call) -> Reply:
    """PUT one template."""
    template, body = _template(call), call.json
    for key in _OWN:
        if body.get(key) is not None:
            template.extra[key] = formats.text(body[key])
    if body.get("emailSubject") is not None:
        template.subject = formats.text(body["emailSubject"])
    if body.get("emailBlurb") is not None:
        template.blurb = formats.text(body["emailBlurb"])
    if body.get("documents"):
        template.documents = creating.take_documents(call.store, body["documents"], call.files)
    if body.get("recipients"):
        template.recipients = people.from_wire(body["recipients"])
        tabs.named_only(template.recipients)
    if body.get("customFields"):
        template.text_fields, template.list_fields = creating.custom_fields(call.store, body["customFields"])
    if body.get("notification"):
        template.notification = notification.from_wire(body["notification"])
    templates.save(call.store, template)
    messages.emit(call.store, template, "template-modified")
    return Reply({"envelopeId": template.id})


def list_documents(call: Call) -> Reply:
    template = _template(call)
    listed = [present.document(template, one) for one in files.in_order(template)]
    return Reply({"templateId": template.id, "templateDocuments": listed})


def put_documents(call: Call) -> Reply:
    """PUT documents: replace those with the same id, add the others."""
    template = _template(call)
    for fresh in creating.take_documents(call.store, call.json.get("documents"), call.files):
        template.documents = [one for one in template.documents if one.document_id != fresh.document_id] + [fresh]
    templates.save(call.store, template)
    return list_documents(call)


def delete_documents(call: Call) -> Reply:
    """DELETE documents: those listed in the body."""
    template = _template(call)
    gone = {formats.text(one.get("documentId")) for one in formats.children(call.json, "documents")}
    template.documents = [one for one in template.documents if one.document_id not in gone]
    templates.save(call.store, template)
    return list_documents(call)


def match(call: Call) -> Reply:
    """PUT templates, and templates/auto_match: which are matched to uploads by themselves. Kept, and never done."""

    def put(facts: Json) -> Json:
        template = templates.required(call.store, formats.text(facts.get("templateId")))
        template.extra["autoMatch"] = formats.flag(formats.truth(facts.get("autoMatch")))
        templates.save(call.store, template)
        return {"templateId": template.id, "autoMatch": template.extra["autoMatch"]}

    return Reply({"templates": kept.each(call, "templates", put)})


def share(call: Call) -> Reply:
    """PUT templates/{templateId}/groups: the groups whose members may use it. Kept, and everyone may."""
    return _with_groups(call, lambda known, given: {**known, **given})


def unshare(call: Call) -> Reply:
    return _with_groups(call, lambda known, given: {key: one for key, one in known.items() if key not in given})


def _with_groups(call: Call, choose: Callable[[Json, Json], Json]) -> Reply:
    template = _template(call)
    if call.params["templatePart"].lower() != "groups":
        raise invalid_parameter("The only part of a template that is shared is groups.")
    given = {one["groupId"]: one for one in kept.each(call, "groups", lambda facts: groups.found(call.store, facts))}
    known = {one["groupId"]: one for one in formats.children(template.extra, "sharedGroups")}
    template.extra["sharedGroups"] = list(choose(known, given).values())
    templates.save(call.store, template)
    return Reply(kept.page(call, "groups", template.extra["sharedGroups"]))


def get_document(call: Call) -> Reply:
    template = _template(call)
    wanted = call.params["documentId"]
    if wanted.lower() == "combined" and template.documents:
        return as_file(call, output.combined_pdf(call.store, template, certificate=False), "Template.pdf", wanted)
    document = template.document(wanted)
    if document is None:
        raise no_such_document()
    return as_file(call, call.store.bytes_of(document.pdf), output.file_name(document.name), document.document_id)


def put_document(call: Call) -> Reply:
    """PUT one document: given in a definition, or as the body itself."""
    template, id = _template(call), call.params["documentId"]
    is_definition = call.headers.get("content-type", "").startswith(("application/json", "multipart/"))
    given = (call.json.get("documents") or [{}])[0] if is_definition else {}
    uploads = {id: call.body} if not is_definition else call.files
    fresh = files.take_in(call.store, given | {"documentId": id}, uploads, len(template.documents) + 1)
    template.documents = [one for one in template.documents if one.document_id != id] + [fresh]
    templates.save(call.store, template)
    return Reply(present.document(template, fresh))


def get_tabs(call: Call) -> Reply:
    return Reply(tabs.to_wire(_person(call, _template(call)).tabs))


def add_tabs(call: Call) -> Reply:
    template = _template(call)
    person = _person(call, template)
    for key, items in people.tabs_of({"tabs": call.json}).items():
        person.tabs.setdefault(key, []).extend(items)
    tabs.named_only([person])
    templates.save(call.store, template)
    return Reply(tabs.to_wire(person.tabs), 201)


def _person(call: Call, template: Envelope) -> Recipient:
    person = template.recipient(call.params["recipientId"])
    if person is None:
        raise no_such_recipient(call.params["recipientId"][:50])
    return person


def get_recipients(call: Call) -> Reply:
    return Reply(people.lists_to_wire(_template(call), tabs=formats.truth(call.query.get("include_tabs"))))


def add_recipients(call: Call) -> Reply:
    template = _template(call)
    added = people.from_wire(call.json)
    people.check_ids([*template.recipients, *added])
    template.recipients += added
    tabs.named_only(template.recipients)
    templates.save(call.store, template)
    return Reply(people.lists_to_wire(template), 201)


def update_recipients(call: Call) -> Reply:
    template = _template(call)
    results = []
    for kind in RECIPIENT_KINDS:
        for facts in formats.children(call.json, kind):
            person = template.recipient(formats.text(facts.get("recipientId")))
            if person is None:
                details = {"errorCode": "INVALID_RECIPIENT_ID", "message": "The recipient is not in this template."}
                results.append({"recipientId": formats.text(facts.get("recipientId")), "errorDetails": details})
            else:
                merge.overlay(person, {key: value for key, value in facts.items() if key != "tabs"})
                results.append({"recipientId": person.recipient_id, "recipientIdGuid": person.guid})
    templates.save(call.store, template)
    return Reply({"recipientUpdateResults": results})


def delete_recipients(call: Call) -> Reply:
    """DELETE recipients: those listed in the body."""
    template = _template(call)
    listed = [one for kind in RECIPIENT_KINDS for one in formats.children(call.json, kind)]
    return _without(call, template, {formats.text(one.get("recipientId")) for one in listed})


def delete_recipient(call: Call) -> Reply:
    template = _template(call)
    return _without(call, template, {_person(call, template).recipient_id})


def _without(call: Call, template: Envelope, gone: set[str]) -> Reply:
    template.recipients = [one for one in template.recipients if one.recipient_id not in gone]
    templates.save(call.store, template)
    return Reply(people.lists_to_wire(template))


def update_tabs(call: Call) -> Reply:
    """PUT tabs: those that are there, by their id."""
    return _each_tab(call, tabs.change)


def delete_tabs(call: Call) -> Reply:
    """DELETE tabs: by their id."""
    return _each_tab(call, tabs.remove)


def _each_tab(call: Call, do: Callable[[Recipient, str, Json], Json]) -> Reply:
    template = _template(call)
    person = _person(call, template)
    given = {key: formats.children(call.json, key) for key in call.json if call.json[key] and key != "prefillTabs"}
    answer = {key: [do(person, key, one) for one in items] for key, items in given.items()}
    templates.save(call.store, template)
    return Reply(tabs.to_wire(answer))


def get_notification(call: Call) -> Reply:
    return Reply(dict(_template(call).notification))


def update_notification(call: Call) -> Reply:
    template = _template(call)
    template.notification = notification.from_wire(call.json)
    templates.save(call.store, template)
    return get_notification(call)


def _template(call: Call) -> Envelope:
    return templates.required(call.store, call.params["templateId"])


def _summary(template: Envelope) -> Json:
    return {
        "templateId": template.id,
        "name": formats.text(template.extra["name"]),
        "uri": f"/templates/{template.id}",
    }


def _shown(call: Call, template: Envelope, include: set[str]) -> Json:
    owner = present.sender(call.store, template)
    user = {"userName": owner["userName"], "userId": owner["userId"], "email": owner["email"]}
    facts: dict[str, Any] = _summary(template) | {
        "description": formats.text(template.extra["description"]),
        "shared": formats.text(template.extra["shared"]),
        "passwordProtected": "false",
        "created": template.created_at,
        "lastModified": template.modified_at,
        "lastModifiedBy": user,
        "owner": user,
        "pageCount": str(sum(len(one.pages) for one in template.documents)),
        "folderId": "templates",
        "folderName": "Templates",
        "emailSubject": template.subject,
        "emailBlurb": template.blurb,
        "signingLocation": "online",
        "authoritativeCopy": "false",
        "enforceSignerVisibility": formats.flag(formats.truth(template.extra.get("enforceSignerVisibility"))),
        "enableWetSign": "true",
        "allowMarkup": "false",
        "allowReassign": formats.flag(formats.truth(template.extra.get("allowReassign"), default=True)),
    }
    if "documents" in include:
        facts["documents"] = [_uri(present.document(template, one), template) for one in files.in_order(template)]
    if include & {"recipients", "tabs"}:
        facts["recipients"] = people.lists_to_wire(template, tabs=True)
    if "custom_fields" in include:
        facts["customFields"] = present.custom_fields(template)
    if "notification" in include:
        facts["notification"] = template.notification
    return facts


def _uri(document: Json, template: Envelope) -> Json:
    """As `document` in the specification names it."""
    kept = {key: value for key, value in document.items() if key in ("documentId", "name", "order", "pages", "display",
            "includeInDownload", "signerMustAcknowledge", "templateRequired")}  # fmt: skip
    kept["pages"] = str(len(document["pages"]))
    return kept | {"uri": f"/envelopes/{template.id}/documents/{document['documentId']}"}
