"""The parts of an envelope: fields, notification, lock, documents, uploads, and what the account tells."""

from __future__ import annotations

import base64
import io
import json
import zipfile

import pytest
from pypdf import PdfReader

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api
from docusign_emulator.tests.server import Emulator

LANDLORD = {"signers": [papers.signer("1", "Larry Landlord", anchor="/landlord/")]}


def test_custom_fields_are_added_changed_and_removed(api: Api) -> None:
    path = f"/envelopes/{api.create(status='created')}/custom_fields"
    made = api.call("POST", path, {"textCustomFields": [{"name": "lease", "value": "17"}]}, expect=201)
    field_id = made["textCustomFields"][0]["fieldId"]
    api.call("PUT", path, {"textCustomFields": [{"fieldId": field_id, "value": "18"}]})
    assert api.get(path)["textCustomFields"][0]["value"] == "18"
    api.call("DELETE", path, {"textCustomFields": [{"fieldId": field_id}]})
    assert api.get(path)["textCustomFields"] == []


def test_a_field_that_cannot_be_changed_says_so_itself(api: Api) -> None:
    path = f"/envelopes/{api.create(status='created')}/custom_fields"
    answer = api.call("PUT", path, {"textCustomFields": [{"fieldId": "1", "value": "x"}]})
    assert answer["textCustomFields"][0]["errorDetails"]["errorCode"] == "INVALID_CUSTOM_FIELD_ID"


def test_the_expiry_is_moved_after_sending(api: Api, docusign: Emulator) -> None:
    envelope_id = api.create(recipients=LANDLORD)
    body = {"expirations": {"expireEnabled": "true", "expireAfter": "5", "expireWarn": "0"}}
    api.call("PUT", f"/envelopes/{envelope_id}/notification", body)
    assert api.get(f"/envelopes/{envelope_id}/notification")["expirations"]["expireAfter"] == "5"
    docusign.control("POST", "clock/advance", {"days": 6})
    assert api.status(envelope_id) == "voided"


def test_a_locked_envelope_is_changed_only_by_who_holds_the_lock(api: Api, docusign: Emulator) -> None:
    envelope_id = api.create(status="created")
    path = f"/envelopes/{envelope_id}/lock"
    asked = {"lockDurationInSeconds": "600", "lockedByApp": "tests", "lockType": "edit"}
    token = api.call("POST", path, asked, expect=201)["lockToken"]
    assert api.refused("POST", path, asked) == "EDIT_LOCK_ENVELOPE_ALREADY_LOCKED"
    change = {"emailSubject": "Another"}
    assert api.refused("PUT", f"/envelopes/{envelope_id}", change) == "EDIT_LOCK_NOT_LOCK_OWNER"
    held = {"X-DocuSign-Edit": json.dumps({"LockToken": token, "LockDurationInSeconds": "600"})}
    api.call("PUT", f"/envelopes/{envelope_id}", change, headers=held)
    docusign.control("POST", "clock/advance", {"minutes": 11})
    api.call("PUT", f"/envelopes/{envelope_id}", change)
    assert api.refused("GET", path) == "EDIT_LOCK_ENVELOPE_NOT_LOCKED"


def test_the_documents_of_a_draft_are_changed(api: Api) -> None:
    envelope_id = api.create(status="created")
    path = f"/envelopes/{envelope_id}/documents"
    rider = papers.document("/tenant/", id="2", name="Rider.pdf")
    api.call("PUT", path, {"documents": [rider]})
    tabs = api.get(f"/envelopes/{envelope_id}/recipients/1/tabs")["signHereTabs"]
    assert [tab["documentId"] for tab in tabs] == ["1", "2"]
    api.call("DELETE", path, {"documents": [{"documentId": "2"}]})
    tabs = api.get(f"/envelopes/{envelope_id}/recipients/1/tabs")["signHereTabs"]
    assert [tab["documentId"] for tab in tabs] == ["1"]


def test_a_sent_document_stays_as_it_is(api: Api) -> None:
    body = {"documents": [papers.document("/tenant/", id="2")]}
    assert api.refused("PUT", f"/envelopes/{api.create()}/documents", body) == "ENVELOPE_INVALID_STATUS"


def test_the_archive_holds_every_document_and_the_certificate(api: Api) -> None:
    envelope_id = api.create(
        documents=[papers.document("/tenant/", "/landlord/"), papers.document(id="2", name="House rules")]
    )
    api.complete(envelope_id)
    with zipfile.ZipFile(io.BytesIO(api.pdf(envelope_id, "archive"))) as archive:
        assert archive.namelist() == ["Lease.pdf", "House rules.pdf", "Summary.pdf"]


def test_the_combined_pdf_ends_with_the_certificate_when_asked(api: Api) -> None:
    envelope_id = api.create()
    api.complete(envelope_id)
    without = PdfReader(io.BytesIO(api.pdf(envelope_id)))
    whole = PdfReader(io.BytesIO(api.pdf(envelope_id, certificate="true")))
    assert len(whole.pages) > len(without.pages) == 2
    assert "Certificate of completion" in whole.pages[2].extract_text()
    assert "no legal value" in whole.pages[0].extract_text()


def test_a_document_comes_as_base64_where_that_is_asked(api: Api) -> None:
    envelope_id = api.create(status="created")
    answer = api.raw("GET", f"/envelopes/{envelope_id}/documents/1", headers={"Content-Transfer-Encoding": "base64"})
    assert base64.b64decode(answer.data) == papers.lease("/tenant/", "/landlord/")
    assert 'documentid="1"' in answer.headers["content-disposition"]


def test_prefilled_tabs_stand_in_the_document(api: Api) -> None:
    rent = {"tabLabel": "rent", "value": "1,234.00 a month", "pageNumber": "1", "xPosition": "72", "yPosition": "300"}
    document = papers.document("/landlord/") | {"tabs": {"prefillTabs": {"textTabs": [rent]}}}
    envelope_id = api.create(documents=[document], recipients=LANDLORD)
    assert "1,234.00 a month" in PdfReader(io.BytesIO(api.pdf(envelope_id))).pages[0].extract_text()


def test_a_text_document_becomes_a_pdf_with_its_anchors(api: Api) -> None:
    letter = papers.encoded(b"Dear tenant,\n\nplease sign here: /landlord/\n")
    document = {"documentId": "1", "name": "Letter", "fileExtension": "txt", "documentBase64": letter}
    envelope_id = api.create(documents=[document], recipients=LANDLORD)
    assert len(api.get(f"/envelopes/{envelope_id}/recipients/1/tabs")["signHereTabs"]) == 1


def test_a_large_document_comes_in_chunks(api: Api) -> None:
    pdf = papers.lease("/landlord/")
    half = len(pdf) // 2
    made = api.call("POST", "/chunked_uploads", {"data": papers.encoded(pdf[:half])}, expect=201)
    path = f"/chunked_uploads/{made['chunkedUploadId']}"
    api.call("PUT", f"{path}/1", {"data": papers.encoded(pdf[half:])})
    assert api.call("PUT", path, {}, action="commit")["committed"] == "true"
    document = {"documentId": "1", "name": "Lease.pdf", "remoteUrl": made["chunkedUploadUri"]}
    envelope_id = api.create(status="created", documents=[document], recipients=LANDLORD)
    assert api.pdf(envelope_id, "1") == pdf


@pytest.mark.parametrize(
    "path", ["", "/users", "/settings", "/brands", "/consumer_disclosure", "/identity_verification",
             "/unsupported_file_types", "/custom_fields", "/connect", "/bulk_send_lists"]
)  # fmt: skip
def test_the_account_tells_about_itself(api: Api, path: str) -> None:
    api.get(path)


def test_the_phone_workflow_is_the_same_every_time(api: Api) -> None:
    first, second = (api.get("/identity_verification")["identityVerification"][0] for _ in range(2))
    assert first == second
    assert first["defaultName"] == "Phone Authentication"
