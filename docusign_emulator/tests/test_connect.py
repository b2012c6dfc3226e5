"""Connect: which messages go out, how they are signed, and what happens when no one takes them."""

from __future__ import annotations

import base64
import hmac
import re
import time
from typing import Any

import pytest

from docusign_emulator.protocol import formats
from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, Json, Listener
from docusign_emulator.tests.server import Emulator
from docusign_emulator.tests.signer import Session

EVERYTHING = [
    "envelope-created", "envelope-sent", "envelope-resent", "envelope-delivered", "envelope-completed",
    "envelope-declined", "envelope-voided", "recipient-sent", "recipient-delivered", "recipient-completed",
    "recipient-declined",
]  # fmt: skip


def notification(listener: Listener, **more: Any) -> Json:
    return {
        "url": listener.url,
        "requireAcknowledgment": "true",
        "loggingEnabled": "true",
        "includeHMAC": "true",
        "deliveryMode": "SIM",
        "events": EVERYTHING,
        "eventData": {"version": "restv2.1", "format": "json", "includeData": ["recipients", "custom_fields"]},
    } | more


def test_a_lease_tells_its_story_in_order(api: Api, listener: Listener) -> None:
    envelope_id = api.create(eventNotification=notification(listener))
    api.complete(envelope_id)
    listener.wait_for(12)
    assert listener.events == [
        "envelope-created",
        "envelope-sent",
        "recipient-sent",
        "recipient-delivered",
        "recipient-completed",
        "recipient-sent",
        "recipient-delivered",
        "envelope-delivered",
        "recipient-completed",
        "recipient-sent",
        "recipient-completed",
        "envelope-completed",
    ]
    last = listener.received[-1].json
    assert last["event"] == "envelope-completed"
    assert last["data"]["envelopeId"] == envelope_id
    assert last["data"]["envelopeSummary"]["status"] == "completed"
    assert last["uri"].endswith(envelope_id)
    assert isinstance(last["retryCount"], int)
    assert isinstance(last["configurationId"], int)


def test_a_message_tells_what_was_true_when_it_happened(api: Api, docusign: Emulator, listener: Listener) -> None:
    docusign.control("POST", "connect/hold")
    envelope_id = api.create(eventNotification=notification(listener, events=["envelope-sent"]))
    api.complete(envelope_id)
    docusign.control("POST", "deliveries/flush")
    assert listener.received[0].json["data"]["envelopeSummary"]["status"] == "sent"


def test_times_in_messages_have_no_zeros_at_the_end_and_times_of_the_api_have_four(
    api: Api, docusign: Emulator, listener: Listener
) -> None:
    """A parser tuned to seven digits is found out."""
    envelope_id = api.create(eventNotification=notification(listener))
    listener.wait_for(3)
    time = r'"\w*DateTime":"([^"]+)"'
    told = [found for one in listener.received for found in re.findall(time, one.body.decode())]
    assert len(told) > 6
    assert [one for one in told if not re.fullmatch(r"[\dT:-]{19}(\.\d{0,6}[1-9])?Z", one)] == []
    answered = re.findall(time, api.raw("GET", f"/envelopes/{envelope_id}").data.decode())
    assert [one for one in answered if not re.fullmatch(r"[\dT:-]{19}\.\d{3}0000Z", one)] == []
    assert formats.without_zeros(b'{"sentDateTime":"2026-03-04T05:06:24.5000000Z"}').endswith(b'24.5Z"}')
    assert formats.without_zeros(b'{"sentDateTime":"2026-03-04T05:06:24.0000000Z"}').endswith(b'24Z"}')


def test_reminders_are_told_and_what_is_not_played_may_be_asked_for(
    api: Api, docusign: Emulator, listener: Listener
) -> None:
    reminders = {"reminderEnabled": "true", "reminderDelay": "1", "reminderFrequency": "1", "maximumReminderCount": "1"}
    api.create(
        eventNotification=notification(listener) | {"events": ["envelope-reminder-sent"]},
        notification={"useAccountDefaults": "false", "reminders": reminders},
    )
    docusign.control("POST", "clock/advance", {"days": 2})
    listener.wait_for(1)
    assert listener.events == ["envelope-reminder-sent"]

    others = ["envelope-removed", "identity-verification-completed", "notary-session-completed", "workflow-started"]
    configuration = {"name": "All", "urlToPublishTo": listener.url, "events": [*others, "extension-executed"]}
    api.call("POST", "/connect", configuration, expect=201)
    assert api.refused("POST", "/connect", configuration | {"events": ["envelope-exploded"]})


@pytest.mark.parametrize(
    "older",
    [
        {"envelopeEvents": [{"envelopeEventStatusCode": "completed"}]},
        {"events": ["envelope-completed"], "deliveryMode": "aggregate"},
        {"events": ["envelope-completed"], "eventData": {"format": "xml", "version": "legacy"}},
    ],
)
def test_xml_and_aggregate_messages_are_refused_with_a_sentence(api: Api, listener: Listener, older: Json) -> None:
    paper = papers.envelope(eventNotification={"url": listener.url} | older)
    assert "XML and aggregate messages are not played" in api.sloppy("POST", "/envelopes", paper, expect=400)["message"]
    older = older | {"envelopeEvents": ["Completed"]} if "envelopeEvents" in older else older
    configuration = {"name": "Old", "urlToPublishTo": listener.url} | older
    assert api.sloppy("POST", "/connect", configuration, expect=400)["errorCode"] == "INVALID_REQUEST_PARAMETER"


def test_every_key_of_the_account_signs_the_raw_body(api: Api, docusign: Emulator, listener: Listener) -> None:
    before = docusign.credentials["hmac_keys"]
    docusign.control("PUT", "hmac_keys", {"keys": [*before, "second-key"]})
    try:
        api.create(eventNotification=notification(listener, events=["envelope-sent"]))
        listener.wait_for(1)
    finally:
        docusign.control("PUT", "hmac_keys", {"keys": before})
    message = listener.received[0]
    assert message.headers["x-authorization-digest"] == "HMACSHA256"
    for number, key in enumerate([*before, "second-key"], 1):
        expected = base64.b64encode(hmac.digest(key.encode(), message.body, "sha256")).decode()
        assert message.headers[f"x-docusign-signature-{number}"] == expected


def test_a_message_is_not_signed_unless_asked_to_be(api: Api, listener: Listener) -> None:
    api.create(eventNotification=notification(listener, events=["envelope-sent"], includeHMAC="false"))
    listener.wait_for(1)
    assert not [name for name in listener.received[0].headers if name.startswith("x-docusign-signature")]


def test_a_message_without_data_carries_only_the_event(api: Api, listener: Listener) -> None:
    api.create(eventNotification=notification(listener, events=["envelope-sent"], eventData={"version": "restv2.1"}))
    listener.wait_for(1)
    assert "envelopeSummary" not in listener.received[0].json["data"]


def test_the_documents_come_along_when_asked_for(api: Api, listener: Listener) -> None:
    asked = notification(listener, events=["envelope-completed"], includeDocuments="true")
    envelope_id = api.create(eventNotification=asked)
    api.complete(envelope_id)
    listener.wait_for(1)
    document = listener.received[0].json["data"]["envelopeSummary"]["envelopeDocuments"][0]
    assert base64.b64decode(document["PDFBytes"]) == api.pdf(envelope_id, "1")


def test_the_older_lists_of_events_still_count(api: Api, listener: Listener) -> None:
    older = {"envelopeEvents": [{"envelopeEventStatusCode": "Sent"}], "recipientEvents": [], "events": []}
    api.create(eventNotification=notification(listener, **older))
    listener.wait_for(1)
    assert listener.events == ["envelope-sent"]


def test_a_refused_message_comes_again_a_day_later_and_the_rest_waits_for_it(
    api: Api, docusign: Emulator, listener: Listener
) -> None:
    listener.answers = [500]
    envelope_id = api.create(eventNotification=notification(listener, events=["envelope-sent", "envelope-voided"]))
    listener.wait_for(1)
    wait_for_state(docusign, "queued", with_error=True)
    api.call("PUT", f"/envelopes/{envelope_id}", {"status": "voided", "voidedReason": "Mistake"})
    assert [one["state"] for one in docusign.control("GET", "deliveries")["deliveries"]] == ["queued", "pending"]
    docusign.control("POST", "clock/advance", {"days": 1, "minutes": 1})
    listener.wait_for(3)
    assert listener.events == ["envelope-sent", "envelope-sent", "envelope-voided"]
    assert listener.received[1].json["retryCount"] == 1


def test_the_newer_schedule_tries_again_after_seconds(api: Api, docusign: Emulator, listener: Listener) -> None:
    docusign.control("PUT", "switches", {"connect_retry": "backoff"})
    listener.answers = [500, 500, 500]
    api.create(eventNotification=notification(listener, events=["envelope-sent"]))
    listener.wait_for(1)
    wait_for_state(docusign, "queued", with_error=True)
    docusign.control("POST", "clock/advance", {"minutes": 2})
    assert [one.json["retryCount"] for one in listener.received] == [0, 1, 2, 3]


def test_after_ten_days_of_refusal_docusign_gives_up(api: Api, docusign: Emulator, listener: Listener) -> None:
    listener.answers = [500] * 20
    api.create(eventNotification=notification(listener, events=["envelope-sent"]))
    listener.wait_for(1)
    wait_for_state(docusign, "queued", with_error=True)
    docusign.control("POST", "clock/advance", {"days": 30})
    assert len(listener.received) == 11
    assert docusign.control("GET", "deliveries")["deliveries"][0]["state"] == "failed"


def test_without_acknowledgement_a_failure_is_final(api: Api, docusign: Emulator, listener: Listener) -> None:
    listener.answers = [500]
    api.create(eventNotification=notification(listener, events=["envelope-sent"], requireAcknowledgment="false"))
    wait_for_state(docusign, "failed")


def test_an_administrator_sees_failures_and_has_them_sent_again(
    api: Api, docusign: Emulator, listener: Listener
) -> None:
    listener.answers = [500]
    envelope_id = api.create(eventNotification=notification(listener, events=["envelope-sent"]))
    wait_for_state(docusign, "queued", with_error=True)
    failures = api.get("/connect/failures")
    assert [one["envelopeId"] for one in failures["failures"]] == [envelope_id]
    asked = {"envelopeIds": [envelope_id], "synchronous": "false"}
    assert api.call("PUT", "/connect/envelopes/retry_queue", asked)["retryQueue"][0]["status"] == "queued"
    listener.wait_for(2)
    wait_for_state(docusign, "delivered")
    assert api.get("/connect/failures")["failures"] == []
    assert api.get("/connect/logs")["logs"][0]["status"] == "Success"


def test_retrying_synchronously_is_refused(api: Api) -> None:
    body = {"envelopeIds": ["x"], "synchronous": "true"}
    assert api.refused("PUT", "/connect/envelopes/retry_queue", body) == "INVALID_REQUEST_PARAMETER"


def test_an_account_configuration_hears_of_every_envelope(api: Api, docusign: Emulator, listener: Listener) -> None:
    configuration = {
        "name": "Leases",
        "configurationType": "custom",
        "urlToPublishTo": listener.url,
        "allUsers": "true",
        "events": ["envelope-sent"],
        "eventData": {"version": "restv2.1", "includeData": []},
        "deliveryMode": "SIM",
        "requiresAcknowledgement": "true",
        "enableLog": "true",
    }
    made = api.call("POST", "/connect", configuration, expect=201)
    api.create()  # allowEnvelopePublish is false by default: nothing comes of this one
    switched_on = {"connectId": made["connectId"], "allowEnvelopePublish": "true"}
    api.call("PUT", "/connect", switched_on)
    envelope_id = api.create()
    listener.wait_for(1)
    assert [one.json["data"]["envelopeId"] for one in listener.received] == [envelope_id]
    assert api.get(f"/connect/{made['connectId']}")["configurations"][0]["name"] == "Leases"
    api.call("DELETE", f"/connect/{made['connectId']}")
    assert api.get("/connect")["totalRecords"] == "0"


def test_connect_is_for_administrators(docusign: Emulator) -> None:
    docusign.control("PUT", "consent", {"granted": True, "userId": docusign.credentials["second_user_id"]})
    agent = Api(docusign, docusign.credentials["second_user_id"])
    assert agent.refused("GET", "/connect", status=401) == "USER_NOT_ACCOUNT_ADMIN"


@pytest.mark.parametrize(
    ("fault", "events"),
    [
        ({"action": "duplicate", "copies": 3}, ["envelope-sent"] * 3),
        ({"action": "drop"}, []),
        ({"action": "completed_before_sent"}, ["envelope-completed", "envelope-sent"]),
    ],
)
def test_a_fault_makes_messages_come_as_on_a_bad_day(
    api: Api, docusign: Emulator, listener: Listener, fault: Json, events: list[str]
) -> None:
    rule = {"operation": "connect", "match": {"event": "envelope-sent"}} | fault
    docusign.control("POST", "faults", rule)
    envelope_id = api.create(eventNotification=notification(listener, events=["envelope-sent", "envelope-completed"]))
    api.complete(envelope_id)
    expected = events if "envelope-completed" in events else [*events, "envelope-completed"]
    listener.wait_for(len(expected))
    assert listener.events == expected
    assert docusign.control("GET", "faults")["faults"][0]["hits"] == 1


def test_a_fault_signs_with_a_wrong_key(api: Api, docusign: Emulator, listener: Listener) -> None:
    docusign.control("POST", "faults", {"operation": "connect", "action": "bad_hmac"})
    api.create(eventNotification=notification(listener, events=["envelope-sent"]))
    listener.wait_for(1)
    message = listener.received[0]
    right = base64.b64encode(hmac.digest(docusign.credentials["hmac_keys"][0].encode(), message.body, "sha256"))
    assert message.headers["x-docusign-signature-1"] != right.decode()


def test_a_webhook_needs_a_usable_address(api: Api) -> None:
    body = papers.envelope(eventNotification={"url": "not-a-url", "events": ["envelope-sent"]})
    assert api.refused("POST", "/envelopes", body) == "INVALID_REQUEST_PARAMETER"


def wait_for_state(docusign: Emulator, state: str, *, with_error: bool = False) -> None:
    for _ in range(300):
        found = docusign.control("GET", "deliveries")["deliveries"]
        if any(one["state"] == state and (one["error"] or not with_error) for one in found):
            return
        time.sleep(0.02)
    raise AssertionError(f"no delivery is {state}: {found}")


def test_a_discarded_draft_and_a_deleted_template_are_told(api: Api, listener: Listener) -> None:
    events = ["envelope-discard", "template-deleted", "envelope-deleted"]
    configuration = {"name": "All", "configurationType": "custom", "urlToPublishTo": listener.url, "allUsers": "true"}
    more = {"allowEnvelopePublish": "true", "deliveryMode": "SIM", "events": events}
    api.call("POST", "/connect", configuration | more, expect=201)
    draft = api.create(status="created")
    asked = {"returnUrl": "http://localhost:8000/desk/", "viewAccess": "envelope"}
    url = api.call("POST", f"/envelopes/{draft}/views/sender", asked, expect=201)["url"]
    Session(api.docusign, url).post("leave", {"how": "discard"})
    template = {"name": "Rules", "emailSubject": "Rules", "documents": [papers.document()]}
    template_id = api.call("POST", "/templates", template, expect=201)["templateId"]
    api.call("PUT", "/folders/recyclebin", {"envelopeIds": [template_id]})
    listener.wait_for(2)
    assert listener.events == ["envelope-discard", "template-deleted"]
    assert api.get("/templates")["envelopeTemplates"] == []


def test_who_answers_stop_gets_no_more_texts(api: Api, docusign: Emulator, listener: Listener) -> None:
    told = notification(listener, events=["sms-opt-out", "sms-opt-in"])
    by_text = [{"secondaryDeliveryMethod": "SMS", "phoneNumber": {"countryCode": "1", "number": "4155550123"}}]
    tenant = papers.signer("1", "Tina Tenant", anchor="/tenant/", additionalNotifications=by_text)
    landlord = papers.signer("2", "Larry Landlord", anchor="/landlord/")
    envelope_id = api.create(recipients={"signers": [tenant, landlord]}, eventNotification=told)
    for act in ("sms_opt_out", "sms_opt_in"):
        api.act(envelope_id, "1", act)
        api.call("PUT", f"/envelopes/{envelope_id}", {}, resend_envelope="true")
    listener.wait_for(2)
    assert listener.events == ["sms-opt-out", "sms-opt-in"]
    sent = docusign.control("GET", f"mail?envelopeId={envelope_id}&to=%2B14155550123")["mail"]
    assert [one["kind"] for one in sent] == ["invitation", "resend"]
    refused = {"envelopeId": envelope_id, "recipientId": "2", "action": "sms_opt_out"}
    docusign.control("POST", "recipients/act", refused, expect=409)
