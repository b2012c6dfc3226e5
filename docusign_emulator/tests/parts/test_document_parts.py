"""Pages, fields, HTML and visibility of documents; attachments, comments, templates and signatures of envelopes."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image
from pypdf import PdfReader

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, Json

TAB = {"documentId": "1", "xPosition": "10", "yPosition": "10"}


def base(api: Api, kind: str, **more: object) -> str:
    """An envelope that is a draft, or a template; with two pages and a tab on each."""
    tabs = {"textTabs": [TAB | {"pageNumber": "1", "tabLabel": "one"}, TAB | {"pageNumber": "2", "tabLabel": "two"}]}
    body: Json = {
        "emailSubject": "Lease",
        "documents": [papers.document()],
        "recipients": {"signers": [papers.signer("1", "Tina Tenant", tabs=tabs)]},
    } | more
    if kind == "template":
        made = api.call("POST", "/templates", body | {"name": "Lease"}, expect=201)["templateId"]
        return f"/templates/{made}"
    return f"/envelopes/{api.create(body | {'status': 'created'})}"


both = pytest.mark.parametrize("kind", ["envelope", "template"])


@both
def test_pages_are_listed_and_drawn(api: Api, kind: str) -> None:
    place = f"{base(api, kind)}/documents/1/pages"
    pages = api.get(place)
    assert (pages["totalSetSize"], [one["sequence"] for one in pages["pages"]]) == ("2", ["1", "2"])
    picture = api.raw("GET", f"{place}/2/page_image", dpi="144")
    assert picture.headers["content-type"] == "image/png"
    wide = Image.open(io.BytesIO(picture.data)).width
    small = Image.open(io.BytesIO(api.raw("GET", f"{place}/2/page_image", max_width="100").data)).width
    assert (wide // 100, small) == (11, 100)
    assert json.loads(api.raw("GET", f"{place}/3/page_image").data)["errorCode"] == "TAB_PAGENUMBER_IS_NOT_IN_DOCUMENT"


@both
def test_a_page_is_turned(api: Api, kind: str) -> None:
    place = base(api, kind)
    api.call("PUT", f"{place}/documents/1/pages/1/page_image", {"rotate": "right"})
    pdf = PdfReader(io.BytesIO(api.raw("GET", f"{place}/documents/1").data))
    assert [page.rotation for page in pdf.pages] == [90, 0]
    assert (
        api.refused("PUT", f"{place}/documents/1/pages/1/page_image", {"rotate": "up"}) == "INVALID_REQUEST_PARAMETER"
    )


@both
def test_a_page_goes_with_its_tabs_and_the_next_moves_up(api: Api, kind: str) -> None:
    place = base(api, kind)
    pages = f"{place}/documents/1/pages"
    assert [one["tabLabel"] for one in api.get(f"{pages}/2/tabs")["textTabs"]] == ["two"]
    api.call("DELETE", f"{pages}/1")
    assert api.get(pages)["totalSetSize"] == "1"
    assert [one["tabLabel"] for one in api.get(f"{pages}/1/tabs")["textTabs"]] == ["two"]
    assert api.refused("DELETE", f"{pages}/1") == "INVALID_REQUEST_PARAMETER", "a document needs a page"


@both
def test_fields_of_a_document(api: Api, kind: str) -> None:
    place = f"{base(api, kind)}/documents/1/fields"
    api.call("POST", place, {"documentFields": [{"name": "unit", "value": "3B"}]}, expect=201)
    api.call("PUT", place, {"documentFields": [{"name": "unit", "value": "4"}]})
    assert api.get(place)["documentFields"] == [{"name": "unit", "value": "4"}]
    wrong = {"documentFields": [{"name": "floor", "value": "1"}]}
    assert api.refused("PUT", place, wrong, status=404) == "RESOURCE_NOT_FOUND"
    api.call("DELETE", place, {"documentFields": [{"name": "unit"}]})
    assert api.get(place)["documentFields"] == []


@both
def test_html_comes_back_and_any_document_has_a_preview(api: Api, kind: str) -> None:
    source = "<p>Rules &amp; more</p>"
    html = {"documentId": "2", "name": "Rules", "htmlDefinition": {"source": source}}
    place = base(api, kind, documents=[papers.document(), html])
    one = api.get(f"{place}/documents/2/html_definitions")["htmlDefinitions"]
    assert [(each["documentId"], each["htmlDefinition"]["source"]) for each in one] == [("2", source)]
    assert api.get(f"{place}/html_definitions")["htmlDefinitions"] == one
    first, second = api.call("POST", f"{place}/responsive_html_preview", {}, expect=201)["htmlDefinitions"]
    assert ("<p>Residential lease, page 1 of 2</p>" in first, second) == (True, source)
    own = api.call("POST", f"{place}/documents/2/responsive_html_preview", {}, expect=201)
    assert own["htmlDefinitions"] == [source]


@both
def test_a_document_is_hidden_from_a_recipient(api: Api, kind: str) -> None:
    place = base(api, kind, documents=[papers.document(), papers.document(id="2")])
    one = f"{place}/recipients/1/document_visibility"
    api.call("PUT", one, {"documentVisibility": [{"documentId": "2", "visible": "false"}]})
    assert [each["visible"] for each in api.get(one)["documentVisibility"]] == ["true", "false"]
    wanted = [{"recipientId": "1", "documentId": "2", "visible": True}, {"recipientId": "9", "documentId": "1"}]
    good, bad = api.call("PUT", f"{place}/recipients/document_visibility", {"documentVisibility": wanted})[
        "documentVisibility"
    ]
    assert (good["visible"], bad["errorDetails"]["errorCode"]) == ("true", "INVALID_RECIPIENT_ID")


@both
def test_prefill_tabs_come_and_go(api: Api, kind: str) -> None:
    place = f"{base(api, kind)}/documents/1/tabs"
    made = api.call(
        "POST", place, {"prefillTabs": {"textTabs": [TAB | {"pageNumber": "1", "value": "3B"}]}}, expect=201
    )
    tab = made["prefillTabs"]["textTabs"][0]["tabId"]
    changed = api.call("PUT", place, {"prefillTabs": {"textTabs": [{"tabId": tab, "value": "4"}]}})
    assert changed["prefillTabs"]["textTabs"][0]["value"] == "4"
    api.call("DELETE", place, {"prefillTabs": {"textTabs": [{"tabId": tab}]}})
    assert api.get(place).get("prefillTabs", {}).get("textTabs", []) == []


def test_attachments_are_files_for_applications(api: Api) -> None:
    own = {"label": "import", "attachmentType": ".csv", "data": papers.encoded(b"a;b")}
    place = f"{base(api, 'envelope', attachments=[own])}/attachments"
    first = api.get(place)["attachments"][0]
    assert (first["label"], api.raw("GET", f"{place}/{first['attachmentId']}").data) == ("import", b"a;b")
    api.call("PUT", f"{place}/7", {"label": "score", "data": papers.encoded(b"99")})
    api.call("PUT", place, {"attachments": [{"attachmentId": "7", "label": "score", "data": papers.encoded(b"98")}]})
    assert api.raw("GET", f"{place}/7").data == b"98"
    assert api.refused("PUT", f"{place}/8", {"label": "x", "data": "no base64!"}) == "UNSPECIFIED_ERROR"
    api.call("DELETE", place, {"attachments": [{"attachmentId": "7"}]})
    assert api.raw("GET", f"{place}/7").status == 404


def test_comments_have_threads_and_a_transcript(api: Api) -> None:
    place = f"{base(api, 'envelope')}/comments"
    first = api.call("POST", place, {"commentsToPublish": [{"text": "Is the garage included?"}]}, expect=201)[
        "comments"
    ][0]
    answer = {"text": "It is.", "threadId": first["threadId"]}
    second = api.call("POST", place, {"commentsToPublish": [answer]}, expect=201)["comments"][0]
    assert second["threadOriginatorId"] == first["sentByUserId"] == api.user_id
    text = "".join(
        page.extract_text() for page in PdfReader(io.BytesIO(api.raw("GET", f"{place}/transcript").data)).pages
    )
    assert "Is the garage included?" in text
    assert "It is." in text


def test_a_template_is_laid_over_a_draft_and_taken_off(api: Api) -> None:
    template = base(api, "template").rpartition("/")[2]
    draft = base(api, "envelope", recipients={"signers": [papers.signer("1", "Larry Landlord")]})
    wanted = {"documentTemplates": [{"templateId": template, "documentId": "1"}]}
    api.call("POST", f"{draft}/templates", wanted, expect=201)
    assert len(api.get(f"{draft}/recipients/1/tabs")["textTabs"]) == 2
    again = api.call("POST", f"{draft}/documents/1/templates", wanted, expect=201)["documentTemplates"][0]
    assert again["errorDetails"]["errorCode"] == "TEMPLATE_ALREADY_APPLIED"
    listed = api.get(f"{draft}/templates")["templates"]
    assert listed == api.get(f"{draft}/documents/1/templates")["templates"]
    assert [(one["templateId"], one["name"]) for one in listed] == [(template, "Lease")]
    api.call("DELETE", f"{draft}/documents/1/templates/{template}")
    assert api.get(f"{draft}/recipients/1/tabs").get("textTabs", []) == []


def test_the_links_of_an_envelope_lead_somewhere(api: Api) -> None:
    envelope = api.create()
    links = {key: value for key, value in api.envelope(envelope).items() if key.endswith("Uri")}
    assert {key for key, path in links.items() if api.raw("GET", path).status != 200} == set()


def test_a_signature_is_seen_after_signing(api: Api) -> None:
    envelope = api.create()
    place = f"/envelopes/{envelope}/recipients/1"
    assert api.refused("GET", f"{place}/signature", status=404) == "RESOURCE_NOT_FOUND"
    api.act(envelope, "1", "sign", signature={"name": "Tina Tenant", "initials": "TT"})
    assert api.get(f"{place}/signature")["signatureName"] == "Tina Tenant"
    shown = Image.open(io.BytesIO(api.raw("GET", f"{place}/signature_image").data))
    initials = Image.open(io.BytesIO(api.raw("GET", f"{place}/initials_image").data))
    assert shown.width > initials.width > 10


def test_a_picture_set_beforehand_is_signed_with(api: Api) -> None:
    envelope = api.create()
    place = f"/envelopes/{envelope}/recipients/1"
    headers = {"Content-Type": "image/png"}
    assert api.raw("PUT", f"{place}/signature_image", b"GIF89a", headers=headers).status == 400
    assert api.raw("PUT", f"{place}/signature_image", papers.png(), headers=headers).status == 200
    api.act(envelope, "1", "sign")
    assert api.raw("GET", f"{place}/signature_image").data == papers.png()
    late = api.raw("PUT", f"{place}/initials_image", papers.png(), headers=headers)
    assert json.loads(late.data)["errorCode"] == "ENVELOPE_INVALID_STATUS"


def test_folders_and_searches_find_the_callers_envelopes(api: Api) -> None:
    draft, sent, done = api.create(status="created"), api.create(), api.create()
    api.complete(done)
    found = {
        name: [one["envelopeId"] for one in api.get(f"/search_folders/{name}")["folderItems"]]
        for name in ("drafts", "out_for_signature", "completed", "awaiting_my_signature")
    }
    assert found == {"drafts": [draft], "out_for_signature": [sent], "completed": [done], "awaiting_my_signature": []}
    mine = papers.envelope(recipients={"signers": [papers.signer("1", "Admin Me", email="admin@property.example")]})
    own = api.create(mine)
    page = api.get("/search_folders/awaiting_my_signature", include_recipients="true")
    assert (page["folderItems"][0]["envelopeId"], page["totalRows"]) == (own, "1")
    assert [one["envelopeId"] for one in api.get("/folders/draft")["envelopes"]] == [draft]
    assert api.get("/recipient_names", email="tina@people.example")["recipientNames"] == ["Tina Tenant"]


def test_a_template_is_previewed_and_an_envelope_shared(api: Api) -> None:
    for place in (base(api, "template") + "/views/recipient_preview", f"/envelopes/{api.create()}/views/shared"):
        url = api.call("POST", place, {"returnUrl": "https://back.example/"}, expect=201)["url"]
        session = api.docusign.http("GET", url.removeprefix(api.docusign.base)).headers["location"]
        assert api.docusign.http("GET", f"{session}/state").json()["readOnly"] is True


def test_connect_tells_whose_envelopes_it_speaks_of(api: Api) -> None:
    hook = {"name": "One", "urlToPublishTo": "http://127.0.0.1:1/x", "allUsers": "false", "userIds": [api.user_id]}
    place = f"/connect/{api.call('POST', '/connect', hook, expect=201)['connectId']}"
    assert [one["userId"] for one in api.get(f"{place}/users")["users"]] == [api.user_id]
    assert [one["isIncluded"] for one in api.get(f"{place}/all/users")["users"]] == ["true", "false"]


def test_a_template_is_matched_and_shared_with_groups(api: Api) -> None:
    template = base(api, "template")
    wanted = {"templates": [{"templateId": template.rpartition("/")[2], "autoMatch": True}]}
    assert api.call("PUT", "/templates/auto_match", wanted)["templates"][0]["autoMatch"] == "true"
    group = api.get("/groups")["groups"][0]["groupId"]
    shared = api.call("PUT", f"{template}/groups", {"groups": [{"groupId": group}]})
    assert [one["groupId"] for one in shared["groups"]] == [group]
    assert api.call("DELETE", f"{template}/groups", {"groups": [{"groupId": group}]})["groups"] == []
