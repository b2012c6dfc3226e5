"""A lease made of a Word file: its fields are asked for, filled, and the lease is sent."""

from __future__ import annotations

import io

from pypdf import PdfReader

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, Json
from docusign_emulator.tests.pdf.papers import docx, paragraph, table

LEASE = docx(
    paragraph("Lease for {{Tenant}} at {{Rent}} a month. /tenant/"),
    paragraph("{{if $number(Rent) > 1000}}"),
    paragraph("A second deposit is due."),
    paragraph("{{endif}}"),
    table(["Room", "Keys"], ['{{t:"TableRow", e:"Rooms"}}{{Room}}', "{{Keys}}"]),
)


def draft(api: Api) -> str:
    document = {"documentId": "1", "name": "Lease.docx", "fileExtension": "docx"}
    document |= {"documentBase64": papers.encoded(LEASE)}
    tenant = papers.signer("1", "Tina Tenant", anchor="/tenant/")
    return api.create(status="created", documents=[document], recipients={"signers": [tenant]})


def fields(api: Api, envelope_id: str) -> Json:
    [found] = api.get(f"/envelopes/{envelope_id}/docGenFormFields")["docGenFormFields"]
    return dict(found)


def fill(api: Api, envelope_id: str, rent: str, *rooms: Json, expect: int = 200) -> Json:
    rows = [{"docGenFormFieldList": [{"name": key, "value": value} for key, value in room.items()]} for room in rooms]
    values: list[Json] = [{"name": "Tenant", "value": "Tina"}, {"name": "Rent", "value": rent}]
    values.append({"name": "Rooms", "type": "TableRow", "rowValues": rows})
    body = {"docGenFormFields": [{"documentId": fields(api, envelope_id)["documentId"], "docGenFormFieldList": values}]}
    return api.call("PUT", f"/envelopes/{envelope_id}/docGenFormFields", body, expect=expect)


def text(api: Api, envelope_id: str) -> str:
    pages = PdfReader(io.BytesIO(api.pdf(envelope_id))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_a_word_file_is_asked_for_its_fields_and_filled(api: Api) -> None:
    envelope_id = draft(api)
    asked = fields(api, envelope_id)
    assert [(one["name"], one["type"]) for one in asked["docGenFormFieldList"]] == [
        ("Tenant", "TextBox"),
        ("Rent", "TextBox"),
        ("Rooms", "TableRow"),
    ]
    [row] = asked["docGenFormFieldList"][2]["rowValues"]
    assert [one["name"] for one in row["docGenFormFieldList"]] == ["Room", "Keys"]
    fill(api, envelope_id, "1,500", {"Room": "Hall", "Keys": "2"}, {"Room": "Attic", "Keys": ""})
    api.call("PUT", f"/envelopes/{envelope_id}", {"status": "sent"})
    words = text(api, envelope_id)
    assert "Lease for Tina at 1,500 a month." in words
    assert "A second deposit is due." in words
    assert "Room Keys Hall 2 Attic" in words


def test_every_row_needs_a_value_for_every_column(api: Api) -> None:
    refused = fill(api, draft(api), "900", {"Room": "Hall"}, expect=400)
    assert "Keys" in refused["message"]


def test_a_value_that_cannot_be_compared_is_told(api: Api) -> None:
    envelope_id = draft(api)
    assert fields(api, envelope_id)["docGenErrors"] == []
    fill(api, envelope_id, "a lot")
    [error] = fields(api, envelope_id)["docGenErrors"]
    assert "Rent" in error["message"]
    assert "second deposit" not in text(api, envelope_id)


def test_bulk_send_fills_the_word_file_of_every_copy(api: Api) -> None:
    document = {"documentId": "1", "name": "Lease.docx", "fileExtension": "docx"}
    document |= {"documentBase64": papers.encoded(LEASE)}
    tenant = {"recipientId": "1", "roleName": "tenant", "name": "", "email": ""}
    source = api.create(
        status="created",
        documents=[document],
        recipients={"signers": [tenant | {"tabs": {"signHereTabs": [{"anchorString": "/tenant/"}]}}]},
    )
    copies: list[Json] = [
        {
            "recipients": [{"roleName": "tenant", "name": name, "email": f"{name.lower()}@people.example"}],
            "docGenFormFields": [{"name": "Tenant", "value": name}, {"name": "Rent", "value": "900"}],
        }
        for name in ("Ann", "Bob")
    ]
    body = {"name": "Renewals", "bulkCopies": copies}
    list_id = api.call("POST", "/bulk_send_lists", body, expect=201)["listId"]
    ask = {"envelopeOrTemplateId": source, "batchName": "May"}
    batch = api.call("POST", f"/bulk_send_lists/{list_id}/send", ask, expect=201)["batchId"]
    api.docusign.control("POST", "clock/advance", {"seconds": 10})
    made = api.get(f"/bulk_send_batch/{batch}/envelopes")["envelopes"]
    assert {text(api, one["envelopeId"]).partition("Lease for ")[2].partition(" at")[0] for one in made} == {
        "Ann",
        "Bob",
    }
