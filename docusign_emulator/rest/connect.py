"""Connect over HTTP: configurations, logs, failures, republishing. For administrators.

https://developers.docusign.com/docs/esign-rest-api/reference/connect/
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from docusign_emulator.connect import authorizing, deliveries, messages
from docusign_emulator.connect.deliveries import Delivery
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_parameter, no_such_envelope, no_such_resource
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import kept
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.setup import users
from docusign_emulator.storage.account import User

MAX_CONFIGURATIONS = 20
MAX_LOGGED = 100
_OAUTH = ("authorizationServerUrl", "clientId", "clientSecret", "scope", "customParameters")
LOG_LIFE = timedelta(days=15)
HISTORICAL_EVENTS = {"sent": "envelope-sent", "delivered": "envelope-delivered", "completed": "envelope-completed",
                     "declined": "envelope-declined", "voided": "envelope-voided"}  # fmt: skip


def list_configurations(call: Call) -> Reply:
    call.administrator()
    found = call.store.records("connect")
    return Reply({"configurations": found, "totalRecords": str(len(found))})


def get_configuration(call: Call) -> Reply:
    call.administrator()
    return Reply({"configurations": [_required(call, call.params["connectId"])], "totalRecords": "1"})


def create_configuration(call: Call) -> Reply:
    call.administrator()
    if len(call.store.records("connect")) >= MAX_CONFIGURATIONS:
        raise ApiError(
            "CONNECT_CONFIGURATION_LIMIT_EXCEEDED", f"An account may have {MAX_CONFIGURATIONS} configurations."
        )
    made = _checked(call, call.json) | {"connectId": str(call.store.next_number("configuration", 10_000_001))}
    call.store.keep("connect", made["connectId"], made)
    return Reply(made, 201)


def update_configuration(call: Call) -> Reply:
    """PUT connect: the id is in the body."""
    call.administrator()
    known = _required(call, formats.text(call.json.get("connectId")))
    made = _checked(call, known | call.json)
    if formats.truth(made.get("allowEnvelopePublish")):
        made.pop("disabledBy", None)
    call.store.keep("connect", made["connectId"], made)
    return Reply(made)


def list_users(call: Call) -> Reply:
    """GET connect/{connectId}/users: those whose envelopes it tells of."""
    call.administrator()
    known = _required(call, call.params["connectId"])
    everyone = formats.truth(known.get("allUsers"), default=True)
    chosen = [one for one in _active(call) if everyone or one.user_id in formats.texts(known, "userIds")]
    listed = kept.page(call, "users", [users.brief(call.store, one.user_id) for one in chosen])
    return Reply(listed | {"allUsersSelected": formats.flag(everyone)})


def list_all_users(call: Call) -> Reply:
    """GET connect/{connectId}/all/users: everyone, and whether it tells of their envelopes."""
    call.administrator()
    known = _required(call, call.params["connectId"])
    everyone, chosen = formats.truth(known.get("allUsers"), default=True), formats.texts(known, "userIds")
    found = [
        {
            "userId": one.user_id,
            "userName": one.name,
            "email": one.email,
            "isIncluded": formats.flag(everyone or one.user_id in chosen),
        }
        for one in _active(call)
    ]
    return Reply(kept.page(call, "users", found))


def _active(call: Call) -> list[User]:
    return [one for one in call.store.users() if one.status != "Closed"]


def delete_configuration(call: Call) -> Reply:
    call.administrator()
    known = _required(call, call.params["connectId"])
    call.store.drop("connect", known["connectId"])
    call.store.drop("connect_down", known["connectId"])
    return Reply({})


def list_logs(call: Call) -> Reply:
    """The last hundred, of configurations that keep a log."""
    call.administrator()
    found = [one for one in _since(call) if one.logged and one.tries]
    logs = [_log(call, one) for one in found[-MAX_LOGGED:]]
    return Reply({"logs": logs, "totalRecords": str(len(logs)), "type": "logs"})


def get_log(call: Call) -> Reply:
    call.administrator()
    return Reply(_log(call, _delivery(call, "logId")))


def delete_log(call: Call) -> Reply:
    call.administrator()
    delivery = _delivery(call, "logId")
    delivery.logged = False
    deliveries.save(call.store, delivery)
    return Reply({})


def delete_logs(call: Call) -> Reply:
    call.administrator()
    for delivery in deliveries.all(call.store):
        if delivery.logged:
            delivery.logged = False
            deliveries.save(call.store, delivery)
    return Reply({})


def list_failures(call: Call) -> Reply:
    call.administrator()
    found = [one for one in _since(call) if _failing(one)]
    return Reply({"failures": [_log(call, one) for one in found], "totalRecords": str(len(found)), "type": "failures"})


def delete_failure(call: Call) -> Reply:
    """DELETE failures/{id}, or all of them."""
    call.administrator()
    if call.params["failureId"].lower() == "all":
        gone = [one for one in deliveries.all(call.store) if _failing(one)]
    else:
        gone = [_delivery(call, "failureId")]
    for delivery in gone:
        delivery.state, delivery.next_at = "dropped", None
        deliveries.save(call.store, delivery)
    return Reply({})


def retry_envelope(call: Call) -> Reply:
    """PUT connect/envelopes/{envelopeId}/retry_queue."""
    call.administrator()
    envelope = call.find(call.params["envelopeId"])
    if envelope is None:
        raise no_such_envelope()
    return Reply({"retryQueue": _republished(call, [envelope.id])})


def retry_envelopes(call: Call) -> Reply:
    """PUT connect/envelopes/retry_queue with envelopeIds."""
    call.administrator()
    if formats.text(call.json.get("synchronous") or "false").lower() != "false":
        raise invalid_parameter("synchronous must be false.")
    given = call.json.get("envelopeIds")
    if not isinstance(given, list) or not given:
        raise invalid_parameter("envelopeIds is missing.")
    return Reply({"retryQueue": _republished(call, [formats.text(one).lower() for one in given])})


def publish_historical(call: Call) -> Reply:
    """POST connect/envelopes/publish/historical: a message for each envelope's present status."""
    call.administrator()
    facts = formats.child(call.json, "config")
    config = call.store.record("connect", formats.text(facts.get("connectId"))) or facts
    messages.check_url(call.store, config.get("urlToPublishTo"))
    listener = messages.from_configuration({"connectId": "0"} | config)
    queued = 0
    for envelope_id in formats.texts(call.json, "envelopes"):
        envelope = call.find(formats.text(envelope_id))
        event = HISTORICAL_EVENTS.get(envelope.status) if envelope else None
        if envelope is not None and event is not None:
            messages.queue(call.store, listener, envelope, event)
            queued += 1
    count = str(len(formats.texts(call.json, "envelopes")))
    return Reply(
        {
            "envelopePublishTransactionId": secrets.token_hex(16),
            "envelopeCount": count,
            "submittedForPublishingEnvelopeCount": str(queued),
            "processedEnvelopeCount": str(queued),
            "errorCount": str(int(count) - queued),
            "processingStatus": "processing",
            "submissionDate": call.store.now(),
        },
        201,
    )


def list_secrets(call: Call) -> Reply:
    """GET connect/secret: the account's HMAC keys, shortened."""
    call.administrator()
    keys = call.store.account.hmac_keys
    return Reply({"connectSecrets": [{"index": str(n), "secret": f"{key[:4]}…"} for n, key in enumerate(keys, 1)]})


def create_secret(call: Call) -> Reply:
    """POST connect/secret: one more key, shown in full this once."""
    call.administrator()
    key = secrets.token_urlsafe(32)
    if len(call.store.account.hmac_keys) >= call.store.switches["hmac_keys_most"]:
        raise ApiError("CONNECT_SECRET_LIMIT_EXCEEDED", "The account has as many HMAC keys as it may have.")
    keys = [*call.store.account.hmac_keys, key]
    call.store.account.set_hmac_keys(keys)
    return Reply({"index": str(len(keys)), "secret": key}, 201)


def delete_secret(call: Call) -> Reply:
    call.administrator()
    keys = call.store.account.hmac_keys
    index = call.params["index"]
    if not index.isdigit() or not 1 <= int(index) <= len(keys):
        raise no_such_resource("key")
    gone = keys.pop(int(index) - 1)
    call.store.put("retired_hmac_keys", [gone, *call.store.get("retired_hmac_keys", [])])
    call.store.account.set_hmac_keys(keys)
    return Reply({})


def get_oauth(call: Call) -> Reply:
    """GET connect/oauth. The secret is not shown again."""
    call.administrator()
    known = authorizing.configured(call.store)
    if known is None:
        raise no_such_resource("OAuth configuration")
    return Reply({key: value for key, value in known.items() if key != "clientSecret"})


def put_oauth(call: Call) -> Reply:
    """POST and PUT connect/oauth: the authorization server that gives tokens for this account's messages."""
    call.administrator()
    messages.check_url(call.store, call.json.get("authorizationServerUrl"))
    formats.child(call.json, "customParameters")
    known = authorizing.configured(call.store) or {}
    made = known | {key: call.json[key] for key in _OAUTH if call.json.get(key)}
    if not (made.get("clientId") and made.get("clientSecret")):
        raise invalid_parameter("clientId and clientSecret are needed.")
    call.store.keep(authorizing.KIND, authorizing.ID, formats.stringified(made))
    return Reply(get_oauth(call).body, 201 if call.method == "POST" else 200)


def delete_oauth(call: Call) -> Reply:
    get_oauth(call)
    call.store.drop(authorizing.KIND, authorizing.ID)
    return Reply({})


def _checked(call: Call, facts: Json) -> Json:
    messages.check_url(call.store, facts.get("urlToPublishTo"))
    if not facts.get("name"):
        raise invalid_parameter("A configuration needs a name.")
    messages.check_format(facts)
    asked = {formats.text(event).lower() for event in formats.texts(facts, "events")}
    unknown = {
        event for event in asked - messages.EVENTS - messages.NOT_PLAYED if not event.startswith(messages.FAMILIES)
    }
    if unknown:
        raise invalid_parameter(f"There is no event {sorted(unknown)[0][:60]!r}.")
    told = formats.stringified(facts)
    return {"configurationType": "custom", "allowEnvelopePublish": "false", "allUsers": "true"} | dict(told)


def _required(call: Call, connect_id: str) -> Json:
    known = call.store.record("connect", connect_id)
    if known is None:
        raise no_such_resource("Connect configuration")
    return known


def _since(call: Call) -> list[Delivery]:
    edges = {}
    for name in ("from_date", "to_date"):
        if call.query.get(name):
            try:
                edges[name] = formats.stamp(formats.moment(call.query[name]))
            except ValueError as error:
                raise invalid_parameter(f"{name} is not a date.") from error
    now = call.store.clock.now()
    oldest = formats.stamp(now - LOG_LIFE)
    since, until = edges.get("from_date", oldest), edges.get("to_date", formats.stamp(now))
    return [one for one in deliveries.all(call.store) if since <= one.at <= until]


def _failing(delivery: Delivery) -> bool:
    return delivery.state in ("failed", "pending") or (delivery.state == "queued" and delivery.error is not None)


def _republished(call: Call, envelope_ids: list[str]) -> list[Json]:
    """Everything not delivered about these envelopes goes out again now."""
    results: list[Json] = []
    for envelope_id in envelope_ids:
        waiting = [one for one in deliveries.all(call.store, envelope_id=envelope_id) if _failing(one)]
        for delivery in waiting:
            deliveries.retry_now(call.store, delivery)
            results.append(
                {
                    "configId": delivery.configuration,
                    "configUrl": delivery.url,
                    "envelopeId": envelope_id,
                    "status": "queued",
                    "statusMessage": "The message has been queued.",
                }
            )
        if not waiting:
            results.append({"envelopeId": envelope_id, "status": "failed", "statusMessage": "No failure to retry."})
    return results


def _delivery(call: Call, name: str) -> Delivery:
    id = call.params[name]
    delivery = deliveries.load(call.store, int(id)) if id.isdigit() and len(id) < 18 else None
    if delivery is None:
        raise no_such_resource("log entry")
    return delivery


def _log(call: Call, delivery: Delivery) -> Json:
    user = call.store.account.sender
    failing = _failing(delivery)
    status = "Pending" if delivery.state == "pending" else "Failed" if failing else "Success"
    facts = {
        "accountId": call.store.account.id,
        "configUrl": delivery.url,
        "connectId": delivery.configuration,
        "created": delivery.at,
        "email": user.email,
        "userName": user.name,
        "envelopeId": delivery.envelope_id,
        "error": delivery.error or "",
        "lastTry": delivery.tries[-1]["at"] if delivery.tries else "",
        "logId": str(delivery.id),
        "logUri": f"/connect/logs/{delivery.id}",
        "retryCount": str(delivery.retry_count),
        "retryUri": f"/connect/envelopes/{delivery.envelope_id}/retry_queue",
        "status": status,
        "subject": delivery.subject,
        "connectDebugLog": [
            {
                "connectConfig": delivery.name,
                "eventDateTime": one["at"],
                "eventDescription": one["error"] or f"The listener answered {one['status']}.",
                "payload": delivery.event,
            }
            for one in delivery.tries
        ],
    }
    return facts | (
        {"failureId": str(delivery.id), "failureUri": f"/connect/failures/{delivery.id}"} if failing else {}
    )
