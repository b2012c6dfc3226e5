"""The control API under `/_emulator/api/`: what tests and the console page use. Loopback only, no login."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from docusign_emulator import acts, audit, due, faults, mail, samples
from docusign_emulator.connect import deliveries
from docusign_emulator.envelopes import model, people
from docusign_emulator.errors import ApiError
from docusign_emulator.oauth import consents
from docusign_emulator.rest import description
from docusign_emulator.running import Running
from docusign_emulator.signing import NotYet
from docusign_emulator.wire import Json

Work = Callable[[Running, Request, Json], Any]
_UNITS = ("days", "hours", "minutes", "seconds")


class Refused(Exception):
    """The control call cannot be done; the message says why."""


def reset(running: Running, request: Request, body: Json) -> Json:
    """Forget everything but the account; the clock goes back to real time. Messages under way are waited for."""
    running.pump.pause()
    try:
        running.pump.wait_until_quiet()
        with running.store.transaction():
            running.store.forget()
            running.limits.forget()
            consents.seed(running.store, given=running.consent_granted)
    finally:
        running.pump.resume()
    return {"now": running.store.now()}


def seed(running: Running, request: Request, body: Json) -> Json:
    """A few envelopes in every state, to look at."""
    with running.store.transaction():
        return {"envelopes": samples.add(running.store)}


def snapshot(running: Running, request: Request, body: Json) -> Json:
    """{"name"}: keep the whole state under a name."""
    running.store.snapshot(_snapshot_name(body))
    return {"snapshots": running.store.snapshots()}


def restore(running: Running, request: Request, body: Json) -> Json:
    """{"name"}: go back to what was kept, with its clock."""
    try:
        running.store.restore(_snapshot_name(body))
    except FileNotFoundError as error:
        raise Refused(
            f"There is no snapshot {error}; there are {', '.join(running.store.snapshots()) or 'none'}."
        ) from error
    return {"now": running.store.now()}


def _snapshot_name(body: Json) -> str:
    name = str(body.get("name") or "")
    if not re.fullmatch(r"[a-z0-9-]{1,40}", name):
        raise Refused("The name of a snapshot has small letters, digits and dashes.")
    return name


def get_clock(running: Running, request: Request, body: Json) -> Json:
    clock = running.store.clock
    return {"now": running.store.now(), "offsetSeconds": clock.offset.total_seconds()}


def advance(running: Running, request: Request, body: Json) -> Json:
    unknown = body.keys() - set(_UNITS)
    if unknown:
        raise Refused(f"The clock advances by {', '.join(_UNITS)}, not by {', '.join(sorted(unknown))}.")
    try:
        step = timedelta(**{unit: float(body[unit]) for unit in _UNITS if unit in body})
    except (TypeError, ValueError, OverflowError) as error:
        raise Refused("days, hours, minutes and seconds are numbers.") from error
    if step < timedelta():
        raise Refused("The clock only goes forward.")
    events = due.advance(running, step)
    return {"now": running.store.now(), "events": events}


def add_fault(running: Running, request: Request, body: Json) -> Json:
    with running.store.transaction():
        return faults.add(running.store, body)


def get_faults(running: Running, request: Request, body: Json) -> Json:
    return {"faults": faults.all(running.store)}


def clear_faults(running: Running, request: Request, body: Json) -> Json:
    with running.store.transaction():
        faults.clear(running.store)
    return {"faults": []}


def get_journal(running: Running, request: Request, body: Json) -> Json:
    query = request.query_params
    last = int(query["last"]) if query.get("last", "").isdigit() else None
    lines = running.store.lines(
        "journal",
        operation=query.get("operation"),
        envelope_id=(query.get("envelopeId") or "").lower() or None,
        last=last,
    )
    return {"journal": lines}


def clear_journal(running: Running, request: Request, body: Json) -> Json:
    with running.store.transaction():
        running.store.clear_lines("journal")
        running.store.clear_lines("unhandled")
    return {"journal": []}


def get_unhandled(running: Running, request: Request, body: Json) -> Json:
    return {"unhandled": running.store.lines("unhandled")}


def get_mail(running: Running, request: Request, body: Json) -> Json:
    query = request.query_params
    base = f"{request.url.scheme}://{request.url.netloc}"
    found = mail.sent(running.store, query.get("to"), (query.get("envelopeId") or "").lower() or None)
    return {"mail": [line | {"link": base + line["link"]} for line in found]}


def act(running: Running, request: Request, body: Json) -> Json:
    with running.store.transaction():
        return acts.act(running.store, body)


def get_deliveries(running: Running, request: Request, body: Json) -> Json:
    query = request.query_params
    found = deliveries.all(running.store, envelope_id=query.get("envelopeId"), state=query.get("state"))
    return {"deliveries": [delivery.shown() for delivery in found], "held": running.store.get("connect_held", False)}


def flush(running: Running, request: Request, body: Json) -> Json:
    """Send everything waiting, whenever it was due, and wait for it and for what is under way."""
    running.pump.pause()
    try:
        running.pump.wait_until_quiet()
        return _flush(running)
    finally:
        running.pump.resume()


def _flush(running: Running) -> Json:
    store = running.store
    with store.transaction():
        waiting = [one for state in ("queued", "held", "pending") for one in deliveries.all(store, state=state)]
        for one in sorted(waiting, key=lambda one: (one.next_at or "", one.id)):
            if one.state != "queued":
                one.state = "queued"
                deliveries.save(store, one)
    sent = [running.pump.deliver(one.id) for one in sorted(waiting, key=lambda one: (one.next_at or "", one.id))]
    return {"deliveries": [one.shown() for one in sent if one is not None]}


def resend(running: Running, request: Request, body: Json) -> Json:
    """Send one delivery again now, and wait for it."""
    store = running.store
    with store.transaction():
        delivery = deliveries.load(store, int(request.path_params["id"]))
        if delivery is None:
            raise Refused("There is no such delivery.")
        deliveries.retry_now(store, delivery)
    sent = running.pump.deliver(delivery.id)
    return (sent or delivery).shown()


def hold(running: Running, request: Request, body: Json) -> Json:
    """From now on messages wait until released."""
    with running.store.transaction():
        running.store.put("connect_held", True)
    return {"held": True}


def release(running: Running, request: Request, body: Json) -> Json:
    store = running.store
    with store.transaction():
        store.put("connect_held", False)
        for one in deliveries.all(store, state="held"):
            deliveries.retry_now(store, one)
    return {"held": False}


def get_switches(running: Running, request: Request, body: Json) -> Json:
    return running.store.switches.all()


def describe_switches(running: Running, request: Request, body: Json) -> Json:
    return {"switches": running.store.switches.described()}


def put_switches(running: Running, request: Request, body: Json) -> Json:
    store = running.store
    with store.transaction():
        store.switches.turn(body)
        store.put("switches", store.switches.changed())
    return store.switches.all()


def get_limits(running: Running, request: Request, body: Json) -> Json:
    with running.store.transaction():
        return running.limits.settings() | {"headers": running.limits.headers()}


def put_limits(running: Running, request: Request, body: Json) -> Json:
    with running.store.transaction():
        running.limits.change(body)
        return dict(running.limits.settings())


def state(running: Running, request: Request, body: Json) -> Json:
    """Counts, and every envelope in short, for tests that compare the application's view with the truth."""
    store = running.store
    with store.transaction():
        rows = store.sql("SELECT doc FROM envelopes WHERE status != 'template' ORDER BY created_at")
        envelopes = [_short(model.parse(row["doc"])) for row in rows]
        counts = {
            "envelopes": len(envelopes),
            "mail": store.sql("SELECT count(*) AS n FROM lines WHERE kind = 'mail'")[0]["n"],
            "journal": store.sql("SELECT count(*) AS n FROM lines WHERE kind = 'journal'")[0]["n"],
            "unhandled": store.sql("SELECT count(*) AS n FROM lines WHERE kind = 'unhandled'")[0]["n"],
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
            "mail": mail.sent(store, envelope_id=found.id),
            "deliveries": [one.shown() for one in deliveries.all(store, envelope_id=found.id)],
            "journal": store.lines("journal", envelope_id=found.id),
            "documents": [
                {"documentId": one.document_id, "name": one.name, "pages": len(one.pages)} for one in found.documents
            ],
            "recipientsWire": people.lists_to_wire(found, tabs=True),
        }


def get_account(running: Running, request: Request, body: Json) -> Json:
    account = running.store.account
    return {
        "accountId": account.id,
        "name": account.name,
        "organizationId": account.organization_id,
        "users": [vars(user) for user in account.users],
        "apps": [
            {"integrationKey": app.integration_key, "name": app.name, "public": app.secret is None}
            for app in account.apps
        ],
        "hmacKeys": account.hmac_keys,
    }


def describe(running: Running, request: Request, body: Json) -> Json:
    return description.description(f"{request.url.scheme}://{request.url.netloc}")


def put_consent(running: Running, request: Request, body: Json) -> Json:
    """{"granted": bool, "userId"?, "integrationKey"?, "scopes"?}: give or revoke a consent without the page."""
    store = running.store
    account = store.account
    user_id = str(body.get("userId") or account.sender.user_id)
    client_id = str(body.get("integrationKey") or account.apps[0].integration_key)
    with store.transaction():
        if body.get("granted"):
            consents.grant(
                store, user_id, client_id, set(body.get("scopes") or ("signature", "impersonation", "extended"))
            )
        else:
            consents.revoke(store, user_id, client_id)
        return {"scopes": sorted(consents.granted(store, user_id, client_id))}


def put_hmac_keys(running: Running, request: Request, body: Json) -> Json:
    """{"keys": [...]}: rotate the account's HMAC keys; those taken out are remembered for the fault `old_key`."""
    keys = body.get("keys")
    if not isinstance(keys, list) or not all(isinstance(key, str) and key for key in keys):
        raise Refused("keys is a list of texts.")
    store = running.store
    with store.transaction():
        gone = [key for key in store.account.hmac_keys if key not in keys]
        store.put("retired_hmac_keys", gone + store.get("retired_hmac_keys", []))
        store.account.set_hmac_keys(keys)
    return {"keys": keys}


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


def _endpoint(work: Work) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        if request.client is None or not ip_address(request.client.host).is_loopback:
            return JSONResponse({"error": "The control API is only for this machine."}, 403)
        raw = await request.body()
        try:
            body: Any = json.loads(raw) if raw.strip() else {}
            if not isinstance(body, dict):
                raise Refused("The body is a JSON object.")
            return JSONResponse(await run_in_threadpool(work, request.app.state.running, request, body))
        except json.JSONDecodeError:
            return JSONResponse({"error": "The body is not JSON."}, 400)
        except (Refused, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)
        except ApiError as error:
            return JSONResponse({"error": error.message, "errorCode": error.error_code}, 409)
        except NotYet as problem:
            return JSONResponse({"error": problem.message, "problems": problem.problems}, 409)

    return endpoint


_CALLS: list[tuple[str, str, Work]] = [
    ("POST", "reset", reset),
    ("POST", "seed", seed),
    ("POST", "snapshot", snapshot),
    ("POST", "restore", restore),
    ("GET", "clock", get_clock),
    ("POST", "clock/advance", advance),
    ("POST", "faults", add_fault),
    ("GET", "faults", get_faults),
    ("DELETE", "faults", clear_faults),
    ("GET", "journal", get_journal),
    ("DELETE", "journal", clear_journal),
    ("GET", "unhandled", get_unhandled),
    ("GET", "mail", get_mail),
    ("POST", "recipients/act", act),
    ("GET", "deliveries", get_deliveries),
    ("POST", "deliveries/flush", flush),
    ("POST", "deliveries/{id:int}/resend", resend),
    ("POST", "connect/hold", hold),
    ("POST", "connect/release", release),
    ("GET", "switches", get_switches),
    ("GET", "switches/described", describe_switches),
    ("PUT", "switches", put_switches),
    ("GET", "limits", get_limits),
    ("PUT", "limits", put_limits),
    ("GET", "state", state),
    ("GET", "envelopes/{id}", envelope),
    ("GET", "account", get_account),
    ("GET", "description", describe),
    ("PUT", "consent", put_consent),
    ("PUT", "hmac_keys", put_hmac_keys),
]
routes = [Route(f"/_emulator/api/{path}", _endpoint(work), methods=[method]) for method, path, work in _CALLS]
