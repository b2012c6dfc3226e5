"""What there is and what was asked: state, journal, mail, one envelope, the account."""

from __future__ import annotations

import re

from starlette.requests import Request

from docusign_emulator.connect import deliveries
from docusign_emulator.control.routing import Refused, newest
from docusign_emulator.envelopes import audit, checks, mails, model, payments, people
from docusign_emulator.protocol.errors import ApiError
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import description
from docusign_emulator.runtime.runtime import Running
from docusign_emulator.storage.store import Store

_MOST_IGNORED = 1_000


def get_journal(running: Running, request: Request, body: Json) -> Json:
    query = request.query_params
    lines = running.store.lines(
        "journal",
        operation=query.get("operation"),
        envelope_id=(query.get("envelopeId") or "").lower() or None,
        last=newest(request),
    )
    return {"journal": lines}


def clear_journal(running: Running, request: Request, body: Json) -> Json:
    with running.store.transaction():
        running.store.clear_lines("journal")
        running.store.clear_lines("unhandled")
        running.store.clear_lines("ignored")
    return {"journal": []}


def get_unhandled(running: Running, request: Request, body: Json) -> Json:
    return {"unhandled": running.store.lines("unhandled")}


def get_ignored(running: Running, request: Request, body: Json) -> Json:
    """Fields that Docusign would ignore, most of them typing errors, by who sent them; the newest first."""
    callers: dict[tuple[str, str], dict[tuple[str, str], Json]] = {}
    for line in reversed(running.store.lines("ignored", last=newest(request) or _MOST_IGNORED)):
        fields = callers.setdefault((line["clientId"], line["userName"]), {})
        for name in line["ignoredFields"]:
            field = re.sub(r"\[\d+\]", "[]", name)
            told = fields.setdefault(
                (line["operation"], field),
                {"operation": line["operation"], "field": field, "times": 0, "lastAt": line["at"]},
            )
            told["times"] += 1
    return {
        "ignoredByDocusign": [
            {"clientId": client, "userName": user, "fields": list(fields.values())}
            for (client, user), fields in callers.items()
        ]
    }


def get_mail(running: Running, request: Request, body: Json) -> Json:
    query = request.query_params
    base = f"{request.url.scheme}://{request.url.netloc}"
    found = mails.sent(running.store, query.get("to"), (query.get("envelopeId") or "").lower() or None)
    return {"mail": [line | {"link": line["link"] and base + line["link"]} for line in found]}


def get_payments(running: Running, request: Request, body: Json) -> Json:
    """What was authorized and charged, in the smallest unit of each currency."""
    envelope_id = (request.query_params.get("envelopeId") or "").lower()
    found = running.store.records(payments.KIND)
    return {"payments": [one for one in found if not envelope_id or one["envelopeId"] == envelope_id]}


def state(running: Running, request: Request, body: Json) -> Json:
    """Counts, and every envelope in short, for tests that compare the application's view with the truth."""
    store, last = running.store, newest(request)
    with store.transaction():
        some = f" DESC LIMIT {last}" if last else ""
        rows = store.sql(f"SELECT doc FROM envelopes WHERE status != 'template' ORDER BY created_at{some}")  # noqa: S608 - an integer
        envelopes = [_short(model.parse(row["doc"])) for row in (reversed(rows) if last else rows)]
        counts = {
            "envelopes": store.sql("SELECT count(*) AS n FROM envelopes WHERE status != 'template'")[0]["n"],
            "mail": store.sql("SELECT count(*) AS n FROM lines WHERE kind = 'mail'")[0]["n"],
            "journal": store.sql("SELECT count(*) AS n FROM lines WHERE kind = 'journal'")[0]["n"],
            "unhandled": store.sql("SELECT count(*) AS n FROM lines WHERE kind = 'unhandled'")[0]["n"],
            "ignored": store.sql("SELECT count(*) AS n FROM lines WHERE kind = 'ignored'")[0]["n"],
            "deliveries": store.sql("SELECT count(*) AS n FROM deliveries")[0]["n"],
        }
        for row in store.sql("SELECT status, count(*) AS n FROM envelopes GROUP BY status"):
            counts[row["status"]] = row["n"]
    return {"now": store.now(), "counts": counts, "envelopes": envelopes}


def envelope(running: Running, request: Request, body: Json) -> Json:
    """One envelope with its time line, mails and deliveries, for the console."""
    store = running.store
    with store.transaction():
        found = model.load(store, request.path_params["id"])
        if found is None:
            raise Refused("There is no such envelope.")
        return _short(found) | {
            "audit": audit.of(store, found.id),
            "mail": mails.sent(store, envelope_id=found.id),
            "deliveries": [one.shown() for one in deliveries.all(store, envelope_id=found.id)],
            "journal": store.lines("journal", envelope_id=found.id),
            "documents": [
                {"documentId": one.document_id, "name": one.name, "pages": len(one.pages)} for one in found.documents
            ],
            "recipientsWire": people.lists_to_wire(found, tabs=True),
            "checks": {person.recipient_id: _checks(store, person) for person in found.recipients},
        }


def get_account(running: Running, request: Request, body: Json) -> Json:
    account = running.store.account
    return {
        "accountId": account.id,
        "name": account.name,
        "organizationId": account.organization_id,
        "users": [vars(user) for user in running.store.users()],
        "apps": [
            {"integrationKey": app.integration_key, "name": app.name, "public": app.secret is None}
            for app in account.apps
        ],
        "hmacKeys": account.hmac_keys,
    }


def describe(running: Running, request: Request, body: Json) -> Json:
    return description.description(f"{request.url.scheme}://{request.url.netloc}")


def _checks(store: Store, person: model.Recipient) -> list[Json]:
    """What they have to prove, and how it went; nothing while it could not be asked at all, as in a draft."""
    try:
        asked = checks.asked(store, person)
    except ApiError:
        return []
    results: Json = person.authentication or {}
    statuses = {key: result.get("status", "") for key, result in results.items()}
    return [{"kind": one.kind, "name": one.name, "status": statuses.get(one.result, "")} for one in asked]


def _short(it: model.Envelope) -> Json:
    return {
        "id": it.id,
        "envelopeId": it.id,
        "status": it.status,
        "transactionId": it.transaction_id,
        "subject": it.subject,
        "folder": it.folder,
        "createdAt": it.created_at,
        "sentAt": it.sent_at,
        "completedAt": it.completed_at,
        "voidedReason": it.voided_reason,
        "expiresAt": it.expires_at,
        "modifiedAt": it.modified_at,
        "customFields": {field["name"]: field["value"] for field in (*it.text_fields, *it.list_fields)},
        "recipients": [
            {
                "recipientId": person.recipient_id,
                "name": person.name,
                "email": person.email,
                "kind": person.kind,
                "roleName": person.role,
                "routingOrder": person.order,
                "status": person.status,
                "clientUserId": person.client_user_id,
                "sentAt": person.sent_at,
                "deliveredAt": person.delivered_at,
                "signedAt": person.signed_at,
            }
            for person in it.recipients
        ],
    }
