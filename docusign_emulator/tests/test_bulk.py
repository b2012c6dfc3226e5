"""Bulk send: a list, a draft, a queue."""

from __future__ import annotations

from typing import Any

import pytest

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, Json
from docusign_emulator.tests.server import Emulator


def copy(number: int, **more: Any) -> Json:
    person: Json = {"roleName": "tenant", "name": f"Tenant {number}", "email": f"tenant{number}@people.example"}
    return {"recipients": [person | more], "customFields": [{"name": "lease", "value": str(number)}]}


def draft(api: Api) -> str:
    unit = {"tabLabel": "unit", "documentId": "1", "pageNumber": "1", "xPosition": "72", "yPosition": "200"}
    tenant = {
        "recipientId": "1",
        "roleName": "tenant",
        "name": "",
        "email": "",
        "tabs": {"signHereTabs": [{"anchorString": "/tenant/"}], "textTabs": [unit]},
    }
    fields = {"textCustomFields": [{"name": "lease", "value": "none"}]}
    return api.create(status="created", recipients={"signers": [tenant]}, customFields=fields)


def new_list(api: Api, *copies: Json) -> str:
    body = {"name": "Renewals", "bulkCopies": list(copies)}
    return str(api.call("POST", "/bulk_send_lists", body, expect=201)["listId"])


def send(api: Api, list_id: str, source: str) -> Json:
    body = {"envelopeOrTemplateId": source, "batchName": "May"}
    return api.call("POST", f"/bulk_send_lists/{list_id}/send", body, expect=201)


def test_every_copy_becomes_an_envelope_of_its_own(api: Api, docusign: Emulator) -> None:
    list_id = new_list(api, *(copy(n, tabs=[{"tabLabel": "unit", "initialValue": f"{n} B"}]) for n in range(3)))
    sent = send(api, list_id, draft(api))
    assert (sent["batchSize"], sent["totalQueued"], sent["errors"]) == ("3", "3", [])
    docusign.control("POST", "clock/advance", {"seconds": 10})
    batch = api.get(f"/bulk_send_batch/{sent['batchId']}")
    assert (batch["sent"], batch["queued"], batch["failed"]) == ("3", "0", "0")
    found = api.get(f"/bulk_send_batch/{sent['batchId']}/envelopes")["envelopes"]
    assert len(found) == 3
    one = api.envelope(found[1]["envelopeId"], include="custom_fields,recipients,tabs")
    assert one["customFields"]["textCustomFields"][0]["value"] == "1"
    assert one["recipients"]["signers"][0]["name"] == "Tenant 1"
    assert one["recipients"]["signers"][0]["tabs"]["textTabs"][0]["value"] == "1 B"


def test_the_queue_drains_at_its_own_rate(api: Api, docusign: Emulator) -> None:
    docusign.control("PUT", "switches", {"bulk_per_second": 0.1})
    sent = send(api, new_list(api, *(copy(n) for n in range(3))), draft(api))
    docusign.control("POST", "clock/advance", {"seconds": 15})
    assert api.get(f"/bulk_send_batch/{sent['batchId']}")["queued"] == "2"
    docusign.control("POST", "clock/advance", {"seconds": 20})
    assert api.get(f"/bulk_send_batch/{sent['batchId']}")["sent"] == "3"


def test_one_bad_copy_does_not_stop_the_others(api: Api, docusign: Emulator) -> None:
    list_id = new_list(api, copy(1), copy(2, clientUserId="x" * 101), copy(3))
    sent = send(api, list_id, draft(api))
    docusign.control("POST", "clock/advance", {"seconds": 10})
    batch = api.get(f"/bulk_send_batch/{sent['batchId']}")
    assert (batch["sent"], batch["failed"]) == ("2", "1")
    assert batch["bulkErrors"][0]["recipientEmails"] == ["tenant2@people.example"]


def test_a_fault_fails_the_copy_of_one_person(api: Api, docusign: Emulator) -> None:
    email = "tenant2@people.example"
    rule = {"operation": "bulkCopy", "action": "before_effect", "match": {"email": email}, "errorCode": "OOPS"}
    docusign.control("POST", "faults", rule)
    sent = send(api, new_list(api, copy(1), copy(2), copy(3)), draft(api))
    docusign.control("POST", "clock/advance", {"seconds": 10})
    batch = api.get(f"/bulk_send_batch/{sent['batchId']}")
    assert (batch["sent"], batch["failed"]) == ("2", "1")
    assert batch["bulkErrors"][0]["errorMessage"] == "OOPS: Ordered by a fault of the emulator."
    assert docusign.control("GET", "faults")["faults"][0]["hits"] == 1


BAD_LISTS = {
    "EMAIL_ADDRESS_NOT_VALID": [copy(1, email="no one")],
    "RECIPIENT_NAME_REQUIRED": [copy(1, name="")],
    "RECIPIENT_ID_REQUIRED": [copy(1, roleName="")],
    "CANNOT_USE_BOTH_ROLE_AND_ID_ON_SAME_RECIPIENT": [copy(1, recipientId="1")],
    "CANNOT_USE_BOTH_ROLE_AND_ID_IN_SAME_LIST": [copy(1), copy(2, roleName="", recipientId="1")],
    "TAB_LABELS_MUST_BE_UNIQUE": [copy(1, tabs=[{"tabLabel": "a", "initialValue": "1"}] * 2)],
    "TAB_VALUE_REQUIRED": [copy(1, tabs=[{"tabLabel": "a"}])],
    "MAX_COPIES_EXCEEDED": [copy(n) for n in range(1001)],
}


@pytest.mark.parametrize("code", BAD_LISTS)
def test_a_list_with_a_mistake_is_refused(api: Api, code: str) -> None:
    body = {"name": "Bad", "bulkCopies": BAD_LISTS[code]}
    assert api.refused("POST", "/bulk_send_lists", body) == f"BULK_SEND_{code}"


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (copy(1, roleName="landlord"), "RECIPIENT_ROLE_DOES_NOT_MATCH"),
        (copy(1, tabs=[{"tabLabel": "nowhere", "initialValue": "1"}]), "TAB_LABEL_DOES_NOT_EXIST_IN_ENVELOPE"),
        (
            copy(1) | {"customFields": [{"name": "other", "value": "1"}]},
            "ENVELOPE_CUSTOM_FIELD_DOES_NOT_EXIST_IN_ENVELOPE",
        ),
    ],
)
def test_a_list_that_does_not_fit_its_draft_is_not_sent(api: Api, docusign: Emulator, one: Json, code: str) -> None:
    list_id, source = new_list(api, one), draft(api)
    tested = api.call("POST", f"/bulk_send_lists/{list_id}/test", {"envelopeOrTemplateId": source})
    assert (tested["canBeSent"], tested["validationErrors"]) == (False, [f"BULK_SEND_{code}"])
    assert send(api, list_id, source)["errors"] == [f"BULK_SEND_{code}"]
    assert docusign.control("POST", "clock/advance", {"minutes": 1})["events"] == []


def test_the_queue_of_an_account_has_an_end(api: Api, docusign: Emulator) -> None:
    docusign.control("PUT", "switches", {"bulk_per_second": 0.001})
    source = draft(api)
    list_id = new_list(api, *(copy(n) for n in range(1000)))
    send(api, list_id, source)
    send(api, list_id, source)
    assert send(api, list_id, source)["errors"] == ["BULK_SEND_ACCOUNT_HAS_TOO_MANY_QUEUED_ENVELOPES"]


def test_a_batch_is_found_by_its_name_and_voided_as_a_whole(api: Api, docusign: Emulator) -> None:
    sent = send(api, new_list(api, copy(1), copy(2)), draft(api))
    docusign.control("POST", "clock/advance", {"seconds": 10})
    found = api.get("/bulk_send_batch", from_date="2020-01-01", search_text="may")
    assert [one["batchId"] for one in found["bulkBatchSummaries"]] == [sent["batchId"]]
    assert api.refused("GET", "/bulk_send_batch") == "INVALID_REQUEST_PARAMETER"
    api.call("PUT", f"/bulk_send_batch/{sent['batchId']}/void", {"voidReason": "Wrong year"})
    envelopes = api.get(f"/bulk_send_batch/{sent['batchId']}/envelopes")["envelopes"]
    assert {one["status"] for one in envelopes} == {"voided"}


def test_a_list_is_changed_and_thrown_away(api: Api) -> None:
    list_id = new_list(api, copy(1))
    api.call("PUT", f"/bulk_send_lists/{list_id}", {"name": "Other", "bulkCopies": [copy(2)]})
    assert api.get(f"/bulk_send_lists/{list_id}")["name"] == "Other"
    assert api.get("/bulk_send_lists")["bulkListSummaries"][0]["bulkSendListId"] == list_id
    api.call("DELETE", f"/bulk_send_lists/{list_id}")
    assert api.refused("GET", f"/bulk_send_lists/{list_id}", status=404) == "RESOURCE_NOT_FOUND"


def test_a_template_can_be_sent_in_bulk(api: Api, docusign: Emulator) -> None:
    body = {
        "name": "Notice",
        "emailSubject": "Notice",
        "documents": [papers.document("/tenant/")],
        "recipients": {
            "signers": [
                {"recipientId": "1", "roleName": "tenant", "tabs": {"signHereTabs": [{"anchorString": "/tenant/"}]}}
            ]
        },
    }
    template_id = api.call("POST", "/templates", body, expect=201)["templateId"]
    plain = copy(1) | {"customFields": []}
    sent = send(api, new_list(api, plain), template_id)
    docusign.control("POST", "clock/advance", {"seconds": 10})
    assert api.get(f"/bulk_send_batch/{sent['batchId']}")["sent"] == "1"
