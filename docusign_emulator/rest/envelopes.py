"""Envelopes: create, list, get, update, bin.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from docusign_emulator.connect import messages
from docusign_emulator.envelopes import (
    audit,
    checks,
    files,
    lifecycle,
    listing,
    notification,
    people,
    present,
    purge,
    tabs,
    workflow,
)
from docusign_emulator.envelopes import create as creating
from docusign_emulator.envelopes.model import IN_PROGRESS, RECIPIENT_KINDS, Envelope, Recipient, save
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_body, invalid_parameter, no_such_resource, wrong_status
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import views
from docusign_emulator.rest.call import Call, Reply

_SETTABLE = {"emailSubject", "emailBlurb", "allowReassign", "brandId", "useDisclosure", "enforceSignerVisibility"}
FOLDERS = {
    "inbox": "Inbox",
    "draft": "Draft",
    "sentitems": "Sent Items",
    "recyclebin": "Deleted Items",
    "templates": "Templates",
}


def create(call: Call) -> Reply:
    """POST envelopes."""
    body = call.json
    envelope = creating.create(call.store, call.user, body, call.files)
    if formats.truth(body.get("asynchronous")):
        return Reply({"status": "processing", "statusDateTime": envelope.changed_at}, 201)
    return Reply(
        present.summary(envelope) | _signing_uri(call, envelope, formats.child(body, "recipientViewRequest")), 201
    )


def _signing_uri(call: Call, envelope: Envelope, wanted: Json) -> Json:
    """What a create says of the recipient view it asked for along the way; that it is not to be had spoils nothing."""
    if not wanted or not call.store.switches["recipient_signing_uri"]:
        return {}
    try:
        return {"recipientSigningUri": views.recipient_url(call, envelope, wanted)}
    except ApiError as error:
        return {"recipientSigningUriError": error.details()["message"]}


def list_status_changes(call: Call) -> Reply:
    """GET envelopes."""
    return Reply(_information(call, call.query))


def list_status(call: Call) -> Reply:
    """PUT envelopes/status: the same question with the ids in the body."""
    query = dict(call.query)
    for name, key in (("envelope_ids", "envelopeIds"), ("transaction_ids", "transactionIds")):
        if query.get(name) == "request_body":
            given = call.json.get(key)
            if not isinstance(given, list):
                raise invalid_body(f"{key} is not a list.")
            query[name] = ",".join(map(str, given))
    return Reply(_information(call, query))


def get(call: Call) -> Reply:
    """GET one envelope."""
    include = set(listing.split(call.query.get("include")))
    return Reply(present.envelope(call.store, call.envelope(), include))


def update(call: Call) -> Reply:
    """PUT one envelope: send, void, resend, purge, or change a draft."""
    body = call.json
    envelope = call.unlocked()
    status = formats.text(body.get("status")).lower()
    answer: Json = {"envelopeId": envelope.id}
    if formats.truth(call.query.get("resend_envelope")):
        waiting = [person for person in envelope.recipients if person.status != "created"]
        _change(call, envelope, body)
        lifecycle.resend(call.store, envelope, waiting)  # not again to those the change has just invited
        return Reply(answer)
    if status == "voided":
        lifecycle.void(call.store, envelope, formats.text(body.get("voidedReason")), call.user)
        return Reply(answer)
    if body.get("purgeState"):
        purge.request(call.store, envelope, formats.text(body["purgeState"]), call.user)
        return Reply(answer | {"purgeState": envelope.purge_state})
    _change(call, envelope, body)
    if isinstance(body.get("recipients"), dict):
        answer["recipientUpdateResults"] = change_recipients(call, envelope, body["recipients"])
    if status == "sent":
        _send(call, envelope)
    elif status and status not in (envelope.status, "created"):
        raise wrong_status(f"An envelope cannot be set to {status[:30]!r}.")
    return Reply(answer)


def _send(call: Call, envelope: Envelope) -> None:
    if envelope.status == "created":
        lifecycle.send(call.store, envelope, call.user)
        return
    choice = call.store.switches["repeated_send"]
    if choice == "refuse" or envelope.status not in IN_PROGRESS:
        raise wrong_status(f"Only a draft can be sent; this envelope is {envelope.status}.")
    if choice == "mail_again":
        lifecycle.resend(call.store, envelope)


def _change(call: Call, envelope: Envelope, body: Json) -> None:
    """Subject, text, settings, documents and fields of a draft; settings only of an envelope under way."""
    store = call.store
    wanted = {key: body[key] for key in _SETTABLE if body.get(key) is not None}
    content = body.keys() & {"documents", "customFields", "notification", "eventNotification", "eventNotifications"}
    given = body.get("workflow")
    if not wanted and not content and given is None:
        return
    if envelope.final:
        raise wrong_status(f"The envelope is {envelope.status}; nothing of it can be changed.")
    if "documents" in content and envelope.status != "created":
        raise wrong_status("The documents of an envelope that was sent cannot be changed here.")
    if "emailSubject" in wanted:
        lifecycle.check_subject(formats.text(wanted["emailSubject"]))
        envelope.subject = formats.text(wanted.pop("emailSubject"))
    if "emailBlurb" in wanted:
        envelope.blurb = formats.text(wanted.pop("emailBlurb"))
    envelope.extra |= wanted
    if body.get("documents"):
        envelope.documents = creating.take_documents(store, body["documents"], call.files)
        files.check_all(envelope.documents, store)
        tabs.place_anew(store, envelope)
    if "customFields" in content:
        envelope.text_fields, envelope.list_fields = creating.custom_fields(store, body["customFields"])
    if body.get("notification"):
        envelope.notification = notification.from_wire(body["notification"])
        notification.schedule(store, envelope)
    if content & {"eventNotification", "eventNotifications"}:
        envelope.event_notifications = messages.envelope_listeners(store, body)
    save(store, envelope)
    if given is not None:
        change_workflow(call, envelope, given)


def change_workflow(call: Call, envelope: Envelope, given: Any) -> None:
    """Its fields over those there are; what was held goes on when it is no longer paused. Raises ApiError."""
    workflow.merge(envelope, given)
    save(call.store, envelope)
    if envelope.status in IN_PROGRESS and not workflow.paused(envelope):
        lifecycle.resume(call.store, envelope)


def change_recipients(call: Call, envelope: Envelope, lists: Json) -> list[Json]:
    """Change, or on a draft add, the recipients listed; each answered for itself. Tabs are ignored here."""
    results = []
    for kind in RECIPIENT_KINDS:
        for facts in formats.children(lists, kind):
            results.append(_change_recipient(call, envelope, kind, facts))
    save(call.store, envelope)
    return results


def _change_recipient(call: Call, envelope: Envelope, kind: str, facts: Json) -> Json:
    wanted = formats.text(facts.get("recipientId") or facts.get("recipientIdGuid"))
    person = envelope.recipient(wanted)
    if person is None:
        return _added(call, envelope, kind, facts)
    result = {"recipientId": person.recipient_id, "recipientIdGuid": person.guid}
    if person.finished:
        message = "The recipient has already finished; nothing of theirs was changed."
        return result | {"errorDetails": {"errorCode": "RECIPIENT_UPDATE_FAILED", "message": message}}
    try:
        _apply(call, envelope, person, facts)
    except ApiError as error:
        return result | {"errorDetails": error.details()}
    return result | _success(call)


def _added(call: Call, envelope: Envelope, kind: str, facts: Json) -> Json:
    try:
        person = people.one(kind, facts)
        people.check_ids([*envelope.recipients, person])
        if envelope.status in IN_PROGRESS:
            checks.asked(call.store, person)
    except ApiError as error:
        return {"recipientId": formats.text(facts.get("recipientId")), "errorDetails": error.details()}
    person.tabs = {}
    envelope.recipients.append(person)
    if envelope.status in IN_PROGRESS:
        lifecycle.route(call.store, envelope)
    return {"recipientId": person.recipient_id, "recipientIdGuid": person.guid} | _success(call)


def _apply(call: Call, envelope: Envelope, person: Recipient, facts: Json) -> None:
    new = people.one(
        person.kind, {"recipientId": person.recipient_id, "name": person.name, "email": person.email} | facts
    )
    readdressed = "email" in facts or (person.kind == "inPersonSigners" and "signerEmail" in facts)
    new.extra = person.extra | {
        key: value for key, value in new.extra.items() if envelope.status == "created" or key in people.EDITABLE
    }
    if envelope.status in IN_PROGRESS:
        checks.asked(call.store, new)
    person.name, person.email, person.extra = new.name, new.email, new.extra
    if "routingOrder" in facts:
        person.order = new.order
    if envelope.status in IN_PROGRESS:
        save(call.store, envelope)
        # Docusign takes any email in an update for a new one, the same address too.
        if readdressed and not formats.truth(call.query.get("resend_envelope")):
            lifecycle.corrected(call.store, envelope, person)
        audit.note(call.store, envelope, "Corrected", f"{call.user.name} changed {person.name}.", by=call.user)
        messages.emit(call.store, envelope, "envelope-corrected")
        lifecycle.route(call.store, envelope)


def _success(call: Call) -> Json:
    if not call.store.switches["recipient_success_details"]:
        return {}
    return {"errorDetails": {"errorCode": "SUCCESS", "message": ""}}


def audit_events(call: Call) -> Reply:
    """GET audit_events."""
    return Reply(
        {"auditEvents": [audit.to_wire(call.store, line) for line in audit.of(call.store, call.envelope().id)]}
    )


def move(call: Call) -> Reply:
    """PUT folders/{folderId}: into the recycle bin, or out of it."""
    folder = call.params["folderId"].lower()
    if folder not in FOLDERS:
        raise no_such_resource("folder")
    given = call.json.get("envelopeIds")
    if not isinstance(given, list) or not given:
        raise invalid_parameter("envelopeIds is missing.")
    for envelope_id in given:
        envelope = call.find(str(envelope_id))
        if envelope is None:
            raise ApiError("ENVELOPE_DOES_NOT_EXIST", f"There is no envelope {str(envelope_id)[:50]}.")
        _to_folder(call, envelope, folder)
    return Reply({"folders": [{"name": folder, "folderId": folder, "type": folder}], "envelopes": []})


def list_folders(call: Call) -> Reply:
    """GET folders, with how many envelopes lie in each."""
    rows = call.store.sql("SELECT folder, count(*) AS n FROM envelopes GROUP BY folder")
    counts = {row["folder"]: row["n"] for row in rows}
    owner = {"userId": call.user.user_id, "userName": call.user.name, "email": call.user.email}
    folders = [
        {
            "folderId": id,
            "name": name,
            "type": id,
            "itemCount": str(counts.get(id, 0)),
            "subFolderCount": "0",
            "hasSubFolders": "false",
            "hasAccess": "true",
            "owner": owner,
            "uri": f"/folders/{id}",
        }
        for id, name in FOLDERS.items()
    ]
    count = str(len(folders))
    return Reply(
        {
            "folders": folders,
            "resultSetSize": count,
            "startPosition": "0",
            "endPosition": str(len(folders) - 1),
            "totalSetSize": count,
        }
    )


def _to_folder(call: Call, envelope: Envelope, folder: str) -> None:
    store = call.store
    if folder == "recyclebin":
        if envelope.status in (*IN_PROGRESS, "correct"):
            lifecycle.void(store, envelope, "Envelope deleted by its sender.", call.user)
        envelope.folder, envelope.deleted_at = "recyclebin", store.now()
        audit.note(store, envelope, "Deleted", f"{call.user.name} moved it to the recycle bin.", by=call.user)
        save(store, envelope)
        messages.emit(store, envelope, "template-deleted" if envelope.status == "template" else "envelope-deleted")
    else:
        home = {"created": "draft", "template": "templates"}.get(envelope.status, "sentitems")
        envelope.folder, envelope.deleted_at = home, None
        audit.note(store, envelope, "Restored", f"{call.user.name} took it out of the recycle bin.", by=call.user)
        save(store, envelope)


def _information(call: Call, query: Mapping[str, str]) -> Json:
    asked = call.store.now()
    page = listing.search(call.store, query, None if call.user.administrator else call.user.user_id)
    include = set(listing.split(query.get("include")))
    answer: dict[str, Any] = {
        "resultSetSize": str(len(page.envelopes)),
        "startPosition": str(page.start),
        "endPosition": str(max(page.start, page.start + len(page.envelopes) - 1)),
        "totalSetSize": str(page.total),
        "lastQueriedDateTime": asked,
        "envelopes": [present.envelope(call.store, envelope, include) for envelope in page.envelopes],
    }
    following, before = page.start + page.wanted, page.start - page.wanted
    if following < page.total:
        answer["nextUri"] = _uri(query, following, page.wanted)
    if page.start:
        answer["previousUri"] = _uri(query, max(0, before), page.wanted)
    if query.get("transaction_ids") and call.store.switches["transaction_statuses"]:
        answer["envelopeTransactionStatuses"] = [
            {"transactionId": envelope.transaction_id, "envelopeId": envelope.id, "status": envelope.status}
            for wanted in listing.split(query["transaction_ids"])
            for envelope_id in listing.by_transaction(call.store, wanted)
            if (envelope := call.find(envelope_id)) is not None
        ]
    return answer


def _uri(query: Mapping[str, str], start: int, count: int) -> str:
    kept = {key: value for key, value in query.items() if key not in ("start_position", "count")}
    return "/envelopes?" + urlencode(kept | {"start_position": start, "count": count})
