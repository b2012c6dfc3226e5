"""Nonsense of every shape: it is answered as a refusal, never with a 500 and never with a shape not described."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docusign_emulator.envelopes import files
from docusign_emulator.oauth import tokens
from docusign_emulator.protocol.formats import flag, moment, stamp, truth
from docusign_emulator.rest.description import description
from docusign_emulator.rest.operations import ROUTER
from docusign_emulator.rest.pipeline import Incoming, perform
from docusign_emulator.runtime.runtime import Running
from docusign_emulator.runtime.server import start
from docusign_emulator.tests import papers

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.sampled_from(
        ["true", "sent", "1", "-1", "/tenant/", "2026-01-01", "tina@people.example", "99999999999999999999"]
    ),
)
NAMES = st.sampled_from(
    [
        "emailSubject",
        "status",
        "documents",
        "recipients",
        "signers",
        "carbonCopies",
        "documentBase64",
        "documentId",
        "name",
        "recipientId",
        "email",
        "routingOrder",
        "tabs",
        "signHereTabs",
        "textTabs",
        "radioGroupTabs",
        "radios",
        "anchorString",
        "anchorUnits",
        "pageNumber",
        "xPosition",
        "customFields",
        "textCustomFields",
        "value",
        "fieldId",
        "notification",
        "expirations",
        "expireAfter",
        "expireEnabled",
        "reminders",
        "reminderDelay",
        "eventNotification",
        "url",
        "events",
        "eventData",
        "compositeTemplates",
        "inlineTemplates",
        "serverTemplates",
        "sequence",
        "templateId",
        "templateRoles",
        "roleName",
        "workflow",
        "workflowSteps",
        "scheduledSending",
        "rules",
        "delay",
        "bulkCopies",
        "envelopeIds",
        "envelopeOrTemplateId",
        "returnUrl",
        "viewAccess",
        "authenticationMethod",
        "clientUserId",
        "userName",
        "frameAncestors",
        "urlToPublishTo",
        "purgeState",
        "voidedReason",
        "lockDurationInSeconds",
        "data",
        "docGenFormFields",
        "docGenFormFieldList",
        "prefillTabs",
        "transactionId",
        "phoneNumber",
        "additionalNotifications",
        "emailNotification",
        "accessCode",
        "tabId",
        "tabLabel",
        "listItems",
        "connectId",
        "envelopes",
        "config",
        "eventNotifications",
        "includeData",
        "identityVerification",
        "documentFields",
        "order",
        "htmlDefinition",
    ]
)
BODIES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6), max_leaves=20
)
OBJECTS = st.dictionaries(NAMES, BODIES, max_size=6)
QUERIES = st.dictionaries(
    st.sampled_from(
        [
            "status",
            "from_date",
            "to_date",
            "count",
            "start_position",
            "order_by",
            "envelope_ids",
            "transaction_ids",
            "include",
            "custom_field",
            "resend_envelope",
            "batch_ids",
            "action",
            "search_text",
            "from_to_status",
            "folder_types",
        ]
    ),
    st.text(max_size=12) | st.sampled_from(["true", "any", "2026-01-01", "request_body", "commit", "created"]),
    max_size=3,
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The emulator without its listeners: calls go in where the door would hand them on."""
    made = start(tmp_path_factory.mktemp("fuzz"))
    made.limits.change({"hourly": 10**9, "burst": 10**9})
    yield made
    made.pump.stop()
    made.store.close()
    files.forget_layers()


class Caller:
    def __init__(self, running: Running) -> None:
        self.running = running
        account = running.store.account
        with running.store.transaction():
            self.token = tokens.issue(
                running.store,
                user_id=account.sender.user_id,
                client_id=account.apps[0].integration_key,
                scopes=["signature"],
                seconds=10**6,
                grant="jwt",
            )
        self.known: dict[str, str] = {"accountId": account.id}

    def call(self, method: str, path: str, body: Any, query: dict[str, str] | None = None) -> tuple[int, Any]:
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        incoming = Incoming(method, path, query or {}, headers, data, "http://127.0.0.1:8900")
        reply = perform(self.running, incoming, None).reply
        return reply.status, reply.body


@pytest.fixture(scope="module")
def caller(running: Running) -> Caller:
    """Somebody with a token, who knows the ids of things that are there."""
    made = Caller(running)
    base = f"/restapi/v2.1/accounts/{made.known['accountId']}"
    draft = papers.envelope(status="created")
    made.known["envelopeId"] = made.call("POST", f"{base}/envelopes", draft)[1]["envelopeId"]
    template = {"name": "Rules", "documents": [papers.document()], "recipients": {"signers": [{"roleName": "tenant"}]}}
    made.known["templateId"] = made.call("POST", f"{base}/templates", template)[1]["templateId"]
    bulk = {"name": "All", "bulkCopies": []}
    made.known["bulkSendListId"] = made.call("POST", f"{base}/bulk_send_lists", bulk)[1]["listId"]
    made.known |= {"recipientId": "1", "documentId": "1", "folderId": "draft", "chunkedUploadPartSeq": "0"}
    return made


OPERATIONS = [one for one in ROUTER.operations() if not one.open]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=OBJECTS, query=QUERIES, stray=st.booleans(), id=st.text(alphabet="0123456789abc-é %", min_size=1, max_size=8)
)
def test_nonsense_is_refused_in_the_usual_form(
    caller: Caller, operation: Any, body: Any, query: dict[str, str], stray: bool, id: str
) -> None:
    path = operation.pattern
    for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
        known = caller.known.get(name, id)
        path = path.replace(f"{{{name}}}", id if stray and name != "accountId" else known)
    status, answer = caller.call(operation.method, path, body, query)
    assert status in (200, 201, 400, 401, 404), (status, answer)
    if status >= 400:
        assert set(answer) == {"errorCode", "message"}
        assert answer["errorCode"]


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=40) | st.datetimes().map(str))
def test_a_date_is_read_or_refused(text: str) -> None:
    try:
        read = moment(text)
    except ValueError:
        return
    assert moment(stamp(read)) == read


@given(value=st.booleans())
def test_a_boolean_comes_back_as_it_went(value: bool) -> None:
    assert truth(flag(value)) is value


def test_the_description_covers_every_call() -> None:
    told = description("http://127.0.0.1:8900")
    assert sum(len(methods) for methods in told["paths"].values()) == len(ROUTER.operations())
