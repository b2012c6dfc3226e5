"""Doing something in somebody's place: a recipient, an administrator, Connect."""

from __future__ import annotations

from starlette.requests import Request

from docusign_emulator.connect import deliveries
from docusign_emulator.control.routing import Refused, newest
from docusign_emulator.oauth import consents
from docusign_emulator.protocol.formats import Json
from docusign_emulator.runtime.runtime import Running
from docusign_emulator.signing import recipient_actions


def act(running: Running, request: Request, body: Json) -> Json:
    with running.store.transaction():
        return recipient_actions.act(running.store, body)


def get_deliveries(running: Running, request: Request, body: Json) -> Json:
    query = request.query_params
    found = deliveries.all(
        running.store, envelope_id=query.get("envelopeId"), state=query.get("state"), last=newest(request)
    )
    waiting = running.store.sql("SELECT count(*) AS n FROM deliveries WHERE state IN ('queued', 'held', 'pending')")
    return {
        "deliveries": [delivery.shown() for delivery in found],
        "waiting": waiting[0]["n"],
        "held": running.store.get("connect_held", False),
    }


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
