"""Bulk send over HTTP.

https://developers.docusign.com/docs/esign-rest-api/reference/bulkenvelopes/bulksend/
"""

from __future__ import annotations

import uuid
from typing import Any

from docusign_emulator.bulk import batches, lists
from docusign_emulator.envelopes import listing, model
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_parameter, no_such_resource
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest.call import Call, Reply

MAX_BATCHES = 100


def create_list(call: Call) -> Reply:
    kept = lists.checked(call.json) | {
        "listId": str(uuid.uuid4()),
        "created": call.store.now(),
        "userId": call.user.user_id,
    }
    call.store.keep("bulk_list", kept["listId"], kept)
    return Reply(_list(kept), 201)


def get_lists(call: Call) -> Reply:
    return Reply(
        {
            "bulkListSummaries": [
                {
                    "bulkSendListId": one["listId"],
                    "name": one["name"],
                    "createdByUser": one["userId"],
                    "createdDate": one["created"],
                }
                for one in call.store.records("bulk_list")
            ]
        }
    )


def get_list(call: Call) -> Reply:
    return Reply(_list(_required(call)))


def update_list(call: Call) -> Reply:
    kept = _required(call) | lists.checked(call.json)
    call.store.keep("bulk_list", kept["listId"], kept)
    return Reply(_list(kept))


def delete_list(call: Call) -> Reply:
    call.store.drop("bulk_list", _required(call)["listId"])
    return get_lists(call)


def test_list(call: Call) -> Reply:
    """POST test: 200 with what is wrong, whatever is wrong."""
    found = lists.problems(call.store, _required(call), lists.source(call.store, _source_id(call)))
    return Reply(
        {
            "canBeSent": not found,
            "validationErrors": [error.error_code for error in found],
            "validationErrorDetails": [error.message for error in found],
        }
    )


def send_list(call: Call) -> Reply:
    """POST send: the whole list is queued, or (with errors) nothing."""
    bulk_list, source_id = _required(call), _source_id(call)
    envelope = lists.source(call.store, source_id)
    found = lists.problems(call.store, bulk_list, envelope)
    answer: dict[str, Any] = {"envelopeOrTemplateId": source_id, "queueLimit": str(lists.MAX_QUEUED)}
    if found or envelope is None:
        errors = {"errors": [error.error_code for error in found], "errorDetails": [error.message for error in found]}
        return Reply(answer | errors | {"totalQueued": str(lists.queued(call.store))}, 201)
    name = formats.text(call.json.get("batchName")) or bulk_list["name"]
    batch = batches.queue(call.store, bulk_list, envelope, name, call.user)
    return Reply(
        answer
        | {
            "batchId": batch["batchId"],
            "batchName": name,
            "batchSize": str(batch["size"]),
            "totalQueued": str(lists.queued(call.store)),
            "errors": [],
            "errorDetails": [],
        },
        201,
    )


def get_batches(call: Call) -> Reply:
    """GET bulk_send_batch: by ids or by date, one of the two."""
    query, store = call.query, call.store
    if bool(query.get("batch_ids")) == bool(query.get("from_date")):
        raise invalid_parameter("Exactly one of batch_ids and from_date is needed.")
    found = store.records("bulk_batch")
    if query.get("batch_ids"):
        wanted = {one.lower() for one in listing.split(query["batch_ids"])}
        found = [one for one in found if one["batchId"] in wanted]
    else:
        try:
            since = formats.stamp(formats.moment(query["from_date"]))
        except ValueError as error:
            raise invalid_parameter("from_date is not a date.") from error
        found = [one for one in found if one["submitted"] >= since]
    words = query.get("search_text", "").lower()
    found = [one for one in found if words in one["batchName"].lower()]
    start, count = _paging(call, MAX_BATCHES)
    page = found[start : start + count]
    return Reply(
        {
            "bulkBatchSummaries": [_batch_summary(store_batch, call) for store_batch in page],
            "batchSizeLimit": str(lists.MAX_COPIES),
            "bulkProcessQueueLimit": str(lists.MAX_QUEUED),
            "bulkProcessTotalQueued": str(lists.queued(store)),
            "resultSetSize": str(len(page)),
            "startPosition": str(start),
            "endPosition": str(max(start, start + len(page) - 1)),
            "totalSetSize": str(len(found)),
        }
    )


def get_batch(call: Call) -> Reply:
    return Reply(batches.to_wire(call.store, _batch(call)))


def rename_batch(call: Call) -> Reply:
    batch = _batch(call)
    batch["batchName"] = formats.text(call.json.get("batchName")) or batch["batchName"]
    call.store.keep("bulk_batch", batch["batchId"], batch)
    return Reply(batches.to_wire(call.store, batch))


def act_on_batch(call: Call) -> Reply:
    batch = _batch(call)
    batches.act(
        call.store, batch, call.params["bulkAction"].lower(), formats.text(call.json.get("voidReason")), call.user
    )
    return Reply(batches.to_wire(call.store, batch))


def get_batch_envelopes(call: Call) -> Reply:
    """GET the envelopes of a batch, with the recipients that tell them apart."""
    batch = _batch(call)
    found = [model.load(call.store, entry["envelopeId"]) for entry in batch["envelopes"]]
    shown = [one for one in found if one is not None and _in_status(one, call.query.get("status", ""))]
    start, count = _paging(call, 1000)
    page = shown[start : start + count]
    return Reply(
        {
            "envelopes": [
                {
                    "envelopeId": one.id,
                    "status": one.status,
                    "emailSubject": one.subject,
                    "sentDateTime": one.sent_at or "",
                    "createdDateTime": one.created_at,
                    "lastModifiedDateTime": one.modified_at,
                    "statusChangedDateTime": one.changed_at,
                    "envelopeUri": f"/envelopes/{one.id}",
                    "recipientsUri": f"/envelopes/{one.id}/recipients",
                }
                for one in page
            ],
            "resultSetSize": str(len(page)),
            "startPosition": str(start),
            "endPosition": str(max(start, start + len(page) - 1)),
            "totalSetSize": str(len(shown)),
        }
    )


def _in_status(envelope: model.Envelope, wanted: str) -> bool:
    asked = {one.lower() for one in listing.split(wanted)} - {"all"}
    bounced = any(person.status == "autoresponded" for person in envelope.recipients)
    return not asked or envelope.status in asked or (bounced and "deliveryfailure" in asked)


def _source_id(call: Call) -> str:
    source_id = formats.text(call.json.get("envelopeOrTemplateId"))
    if not source_id:
        raise ApiError("BULK_SEND_ENVELOPE_CANNOT_BE_NULL", "envelopeOrTemplateId is missing.")
    return source_id


def _paging(call: Call, most: int) -> tuple[int, int]:
    try:
        start, count = (
            formats.integer(call.query.get("start_position"), 0),
            formats.integer(call.query.get("count"), most),
        )
    except ValueError as error:
        raise invalid_parameter("start_position and count are numbers.") from error
    if start < 0 or not 1 <= count <= most:
        raise invalid_parameter(f"count is from 1 to {most}.")
    return start, count


def _batch_summary(batch: Json, call: Call) -> Json:
    whole = batches.to_wire(call.store, batch)
    kept = ("batchId", "batchName", "batchSize", "queued", "sent", "failed", "submittedDate")
    return {key: whole[key] for key in kept} | {"batchUri": f"/bulk_send_batch/{batch['batchId']}"}


def _batch(call: Call) -> Json:
    batch = call.store.record("bulk_batch", call.params["bulkSendBatchId"].lower())
    if batch is None:
        raise no_such_resource("bulk send batch")
    return batch


def _required(call: Call) -> Json:
    return lists.required(call.store, call.params["bulkSendListId"])


def _list(kept: Json) -> Json:
    return {"listId": kept["listId"], "name": kept["name"], "bulkCopies": kept["bulkCopies"]}
