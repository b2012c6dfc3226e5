"""The way of one call: operation, token, limits, fault, work, journal, headers.

The effect of a call and its line in the journal are one transaction. A refused call is rolled back and then
noted. Faults that touch the connection are carried out by `asgi`, on what `perform` answers.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from docusign_emulator.behaviour import faults
from docusign_emulator.behaviour.switches import Switches
from docusign_emulator.envelopes.model import load
from docusign_emulator.oauth import tokens
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import UNSURE_CODES, ApiError, OAuthError, invalid_body
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import described, request_shapes
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.operations import ROUTER, Operation
from docusign_emulator.rest.setup import sharing
from docusign_emulator.runtime.runtime import Running
from docusign_emulator.storage.store import Store

_LOST = 503
# What is told of a call whose body had fields that Docusign would ignore.
_OF_IGNORED = ("operation", "method", "path", "clientId", "userName", "ignoredFields", "status", "traceToken")
# POSTs that make nothing of nothing.
_NEED_A_BODY = {"createEnvelope", "createTemplate", "createRecipientView", "createRecipient", "createBulkSendList"}
_KNOWN_REASONS = ("issuer_not_found", "user_not_found")  # the only ones Docusign's sources name


@dataclass(frozen=True)
class Incoming:
    """A request as it came off the wire."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # lower-case names
    body: bytes
    base_url: str

    def packed(self) -> Json:
        return asdict(self) | {"body": base64.b64encode(self.body).decode()}

    @classmethod
    def unpacked(cls, facts: Json) -> Incoming:
        return cls(**(facts | {"body": base64.b64decode(facts["body"])}))


@dataclass(frozen=True)
class Outcome:
    """What to answer, and what to do to the connection on the way: {"hang", "reset", "cut", "slow"}."""

    reply: Reply
    connection: Json


def strike(running: Running, incoming: Incoming) -> Json | None:
    """The fault ordered for this call, if any."""
    store = running.store
    if not store.records("fault"):
        return None
    found = ROUTER.find(incoming.method, incoming.path)
    if found is None:
        return None
    operation, params = found
    call = _call(store, incoming, operation, params)
    with store.transaction():
        return faults.take(store, _name(operation, call), _facts(call))


def perform(running: Running, incoming: Incoming, rule: Json | None, *, landing: bool = False) -> Outcome:
    """Do the call, unless the fault says otherwise. `landing`: it is the late effect of a call lost before."""
    store = running.store
    found = ROUTER.find(incoming.method, incoming.path)
    if found is None:
        return Outcome(_unhandled(store, incoming), {})
    operation, params = found
    call = _call(store, incoming, operation, params)
    action = rule["action"] if rule else None
    if rule and action in ("before_effect", "late_effect"):
        with store.transaction():
            if action == "late_effect":
                _land_later(store, incoming, rule)
            reply = _fault_reply(running, rule)
            _note(store, call, operation, reply, rule, effect=False)
        return Outcome(reply, _connection(rule))
    try:
        with store.transaction():
            reply = _work(running, call, operation, rule, landing=landing)
            effect = operation.changes
            if rule and action in ("after_effect", "cut_body"):
                reply = _spoiled(running, rule, reply)
            reply.headers |= _headers(running, call, operation)
            _note(store, call, operation, reply, rule, effect=effect, landing=landing)
    except (ApiError, OAuthError) as error:
        with store.transaction():
            reply = _refusal(running, error)
            if isinstance(error, OAuthError) and error.burns:
                store.drop(*error.burns)
            if action == "token_revoked":
                tokens.revoke(store, call.headers)
            reply.headers |= _headers(running, call, operation)
            _note(store, call, operation, reply, rule, effect=False, landing=landing)
    return Outcome(reply, _connection(rule) if rule else {})


def _work(running: Running, call: Call, operation: Operation, rule: Json | None, *, landing: bool) -> Reply:
    if operation.open:
        return operation.handler(call)
    action = rule["action"] if rule else None
    if action == "token_revoked":
        raise tokens.invalid()
    call.user, call.client_id = tokens.bearer(call.store, call.headers)
    _own_account(call)
    call.user = sharing.acting(call)
    if not landing:
        if action == "limit":
            running.limits.exhaust(formats.text((rule or {}).get("limit")))
        running.limits.count()
        if "envelopeId" in call.params:
            running.limits.count_envelope(call.params["envelopeId"], update=call.method != "GET")
            if operation.name == "getDocument" and _unfinished(call):
                running.limits.count_download(call.params["envelopeId"], call.params["documentId"])
    _read_body(call, operation)
    if action == "search_lag" and rule:
        return _lagging(call, operation, float(rule.get("delay", 0)))
    return operation.handler(call)


def _read_body(call: Call, operation: Operation) -> None:
    """Once for all handlers, which may then read nested JSON as the description says it is."""
    if not described.body_definition(operation.method, operation.pattern):
        return
    kind = call.headers.get("content-type", "").lower()
    is_json = "json" in kind or kind.startswith("multipart/") or not kind
    has_body = bool(call.body.strip())
    switches = call.store.switches
    if has_body and not is_json and kind.startswith("text/") and switches["other_content_type"] == "refuse":
        raise ApiError("INVALID_CONTENT_TYPE", "Content Type specified is not supported.", 415)
    if not has_body and operation.name in _NEED_A_BODY and switches["empty_body"] == "refuse":
        raise invalid_body("It is empty.")
    if is_json and has_body:
        call.read_as(*request_shapes.read(operation.method, operation.pattern, call.json))


def _unfinished(call: Call) -> bool:
    envelope = load(call.store, call.params["envelopeId"])
    return envelope is not None and not envelope.final


def _lagging(call: Call, operation: Operation, seconds: float) -> Reply:
    before = call.store.switches.changed()
    call.store.switches.turn({"search_lag_seconds": seconds})
    try:
        return operation.handler(call)
    finally:
        call.store.switches.restore(before)


def _own_account(call: Call) -> None:
    wanted = call.params.get("accountId")
    account = call.store.account
    if wanted is not None and wanted.lower() not in (account.id, account.short_id):
        raise ApiError(
            "USER_DOES_NOT_BELONG_TO_SPECIFIED_ACCOUNT",
            "The specified User is not a member of the specified Account.",
            401,
        )


def _call(store: Store, incoming: Incoming, operation: Operation, params: dict[str, str]) -> Call:
    return Call(
        store=store,
        method=incoming.method,
        path=incoming.path,
        operation=operation.name,
        params=params,
        query=incoming.query,
        headers=incoming.headers,
        body=incoming.body,
        base_url=incoming.base_url,
        user=store.account.sender,  # until the token says who
        trace_token=str(uuid.uuid4()),
    )


def _name(operation: Operation, call: Call) -> str:
    """Token calls are told apart by their grant."""
    if operation.name != "requestJwtToken":
        return operation.name
    return tokens.operation_name(call.body)


def _facts(call: Call) -> dict[str, Any]:
    """What a fault may be matched by."""
    facts: dict[str, Any] = dict(call.params)
    if call.method in ("POST", "PUT") and not call.path.startswith("/oauth"):
        try:
            body = call.json
        except ApiError:
            body = {}
        facts |= {key: body[key] for key in ("transactionId", "clientUserId", "status") if key in body}
    return facts


def _refusal(running: Running, error: ApiError | OAuthError) -> Reply:
    switches = running.store.switches
    if isinstance(error, OAuthError):
        told = switches["oauth_error_words"] == "told" or error.description in _KNOWN_REASONS
        body = {"error": error.error} | ({"error_description": error.description} if error.description and told else {})
        return Reply(body, switches["oauth_error_status"] if error.status == 400 else error.status)
    body = error.details()
    if switches["unsure_error_codes"] == "unspecified" and error.error_code in UNSURE_CODES:
        body["errorCode"] = "UNSPECIFIED_ERROR"
    reply = Reply(body, _status(switches, error))
    if "APIINVOCATION_LIMIT" in error.error_code and switches["limit_retry_after"]:
        reset = int(running.limits.headers()["X-RateLimit-Reset"])
        reply.headers["Retry-After"] = str(max(1, reset - int(running.store.clock.now().timestamp())))
    return reply


def _status(switches: Switches, error: ApiError) -> int:
    if error.status == 404:
        return int(switches["not_found_status"])
    if error.error_code == "USER_NOT_ACCOUNT_ADMIN":
        return int(switches["rights_status"])
    return error.status


def _fault_reply(running: Running, rule: Json) -> Reply:
    status = int(rule.get("status") or _LOST)
    code = formats.text(rule.get("errorCode")) or "UNSPECIFIED_ERROR"
    headers = running.limits.headers()
    if rule.get("retryAfter"):
        headers["Retry-After"] = str(int(rule["retryAfter"]))
    return Reply({"errorCode": code, "message": "Ordered by a fault of the emulator."}, status, headers=headers)


def _spoiled(running: Running, rule: Json, reply: Reply) -> Reply:
    """Done, but the answer does not tell so."""
    if rule["action"] == "cut_body" or rule.get("cut") or rule.get("hang") or rule.get("reset"):
        return reply
    return replace(_fault_reply(running, rule), headers={})


def _connection(rule: Json) -> Json:
    how = {key: rule[key] for key in ("hang", "reset") if rule.get(key)}
    if rule["action"] == "cut_body" or rule.get("cut"):
        how["cut"] = True
    return how


def _land_later(store: Store, incoming: Incoming, rule: Json) -> None:
    at = formats.stamp(store.clock.now() + timedelta(seconds=float(rule.get("delay", 0))))
    store.plan(at, "late_effect", {"incoming": incoming.packed()})


def _headers(running: Running, call: Call, operation: Operation) -> dict[str, str]:
    headers = {"X-DocuSign-TraceToken": call.trace_token, "Cache-Control": "no-cache"}
    return headers | ({} if operation.open else running.limits.headers())


def _note(
    store: Store,
    call: Call,
    operation: Operation,
    reply: Reply,
    rule: Json | None,
    *,
    effect: bool,
    landing: bool = False,
) -> None:
    name = _name(operation, call)
    error = reply.body if isinstance(reply.body, dict) and reply.status >= 400 else {}
    answer = reply.encoded()
    envelope_id = call.params.get("envelopeId")
    if envelope_id is None and isinstance(reply.body, dict) and effect:
        envelope_id = reply.body.get("envelopeId")
    line = {
        "at": store.now(),
        "operation": name,
        "method": call.method,
        "path": call.path,
        "query": dict(call.query),
        "status": reply.status,
        "errorCode": error.get("errorCode") or error.get("error"),
        "fault": rule["action"] if rule else ("late_effect landing" if landing else None),
        "effectDone": effect,
        "bodySha256": hashlib.sha256(call.body).hexdigest(),
        "bodyBytes": len(call.body),
        "answerSha256": hashlib.sha256(answer).hexdigest(),
        "traceToken": call.trace_token,
        "accountId": call.params.get("accountId"),
        "envelopeId": envelope_id,
        "clientId": call.client_id,
        "userName": call.user.name,
        "ignoredFields": call.ignored,
    }
    if call.ignored:
        store.add_line("ignored", {name: line[name] for name in _OF_IGNORED}, operation=name)
    store.add_line("journal", line, envelope_id=envelope_id, operation=name)


def _unhandled(store: Store, incoming: Incoming) -> Reply:
    known = ROUTER.methods(incoming.path)
    status = 405 if known else 404
    with store.transaction():
        line = {"method": incoming.method, "path": incoming.path, "query": dict(incoming.query), "status": status}
        store.add_line("unhandled", line)
    message = f"The emulator does not know {incoming.method} {incoming.path}."
    headers = {"X-DocuSign-TraceToken": str(uuid.uuid4())}
    if known:
        headers["Allow"] = ", ".join(sorted(known))
    return Reply({"errorCode": "RESOURCE_NOT_FOUND", "message": message}, status, headers=headers)
