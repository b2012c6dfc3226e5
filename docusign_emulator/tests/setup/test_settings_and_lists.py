"""Settings by every name, the disclosure, address book, fields, favourites, archives, and the log of requests."""

from __future__ import annotations

import io
import zipfile

import pytest

from docusign_emulator.rest import described
from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, Json
from docusign_emulator.tests.server import Emulator


def template(api: Api) -> str:
    roles = {"signers": [{"recipientId": "1", "roleName": "tenant"}]}
    body = {"name": "Rules", "emailSubject": "Rules", "documents": [papers.document()], "recipients": roles}
    return str(api.call("POST", "/templates", body, expect=201)["templateId"])


def test_the_account_has_every_setting_and_keeps_what_is_changed(api: Api) -> None:
    found = api.get("/settings")
    texts = {name for name, kind in described.model("AccountSettingsInformation").items() if kind == "str"}
    assert {name for name in texts if not name.endswith("Metadata")} <= found.keys()
    assert (found["allowBulkSend"], found["bulkSendMaxCopiesInBatch"], found["allowEHankoStamps"]) == (
        "true",
        "1000",
        "false",
    )
    api.call("PUT", "/settings", {"signDateFormat": "d/M/yyyy", "allowReminders": False})
    found = api.get("/settings")
    assert (found["signDateFormat"], found["allowReminders"], found["allowSMSDelivery"]) == (
        "d/M/yyyy",
        "false",
        "true",
    )


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("/settings/password_rules", {"minimumPasswordLength": "12"}),
        ("/settings/envelope_purge_configuration", {"retentionDays": "90"}),
        ("/settings/enote_configuration", {"organization": "Juniper"}),
        ("/settings/tabs", {"noteTabsEnabled": "false"}),
        ("/watermark", {"watermarkText": "Draft"}),
    ],
)
def test_settings_of_a_path_of_their_own_keep_what_is_changed(api: Api, path: str, change: Json) -> None:
    before = api.get(path)
    changed = api.call("PUT", path, change)
    assert changed == before | change == api.get(path)


def test_notifications_have_defaults(api: Api) -> None:
    body = {"emailNotifications": {"signerEmailNotifications": {"envelopeVoided": "false"}}}
    api.call("PUT", "/settings/notification_defaults", body)
    assert api.get("/settings/notification_defaults")["emailNotifications"] == body["emailNotifications"]


def test_a_signer_reads_the_disclosure_that_an_administrator_wrote(api: Api, docusign: Emulator) -> None:
    api.call("PUT", "/consumer_disclosure/en", {"esignText": "You sign on a screen."})
    envelope = api.create()
    place = f"/envelopes/{envelope}/recipients/1/consumer_disclosure"
    assert {api.get(one)["esignText"] for one in (place, f"{place}/en", "/consumer_disclosure")} == {
        "You sign on a screen."
    }
    assert api.get(f"{place}/de")["esignText"] != "You sign on a screen."
    view = {"returnUrl": "https://back.example/", "authenticationMethod": "None", "clientUserId": "tenant-1"}
    view |= {"userName": "Tina Tenant", "email": "tina@people.example"}
    url = api.call("POST", f"/envelopes/{envelope}/views/recipient", view, expect=201)["url"]
    session = docusign.http("GET", url.removeprefix(docusign.base)).headers["location"]
    assert "You sign on a screen." in docusign.http("GET", f"{session}/state").data.decode()
    assert api.refused("GET", "/consumer_disclosure/xx") == "INVALID_REQUEST_PARAMETER"


def test_an_address_book_is_its_users_own(api: Api, docusign: Emulator) -> None:
    person = {"name": "Tina Tenant", "emails": ["tina@people.example"]}
    body = {"contactList": [person, person, {"name": "No way to reach"}]}
    made, twice, wrong = api.call("POST", "/contacts", body, expect=201)["contacts"]
    codes = [one["errorDetails"]["errorCode"] for one in (twice, wrong)]
    assert codes == ["CONTACT_ALREADY_EXISTS", "INVALID_REQUEST_PARAMETER"]
    place = f"/contacts/{made['contactId']}"
    docusign.control("PUT", "consent", {"granted": True, "userId": docusign.credentials["second_user_id"]})
    agent = Api(docusign, docusign.credentials["second_user_id"])
    assert agent.refused("GET", place, status=404) == "RESOURCE_NOT_FOUND"
    api.call("PUT", "/contacts", {"contactList": [{"contactId": made["contactId"], "shared": "true"}]})
    assert agent.get(place)["contacts"][0]["isOwner"] is False
    assert agent.refused("DELETE", place, status=404) == "RESOURCE_NOT_FOUND"
    api.call("DELETE", place)
    gone = api.call("DELETE", "/contacts", {"contactList": [{"contactId": made["contactId"]}]})["contacts"][0]
    assert gone["errorDetails"]["errorCode"] == "RESOURCE_NOT_FOUND"


def test_fields_of_the_account_are_kept(api: Api) -> None:
    wanted = {"name": "Lease", "customFieldType": "list", "listItems": ["a", "b"]}
    assert (
        api.refused("POST", "/custom_fields", {"name": "x", "customFieldType": "date"}) == "INVALID_REQUEST_PARAMETER"
    )
    api.call("POST", "/custom_fields", {"name": "Unit"}, expect=201)
    made = api.call("POST", "/custom_fields", wanted, expect=201)
    assert (made["textCustomFields"][0]["name"], made["listCustomFields"][0]["listItems"]) == ("Unit", ["a", "b"])
    place = f"/custom_fields/{made['listCustomFields'][0]['fieldId']}"
    assert api.call("PUT", place, {"required": True})["listCustomFields"][0]["required"] == "true"
    api.call("DELETE", place)
    assert api.get("/custom_fields")["listCustomFields"] == []


def test_a_tab_with_a_style_is_kept(api: Api) -> None:
    made = api.call("POST", "/tab_definitions", {"type": "text", "tabLabel": "Rent", "width": 80}, expect=201)
    place = f"/tab_definitions/{made['customTabId']}"
    assert api.call("PUT", place, {"bold": True})["bold"] == "true"
    assert [one["tabLabel"] for one in api.get("/tab_definitions")["tabs"]] == ["Rent"]
    assert api.refused("POST", "/tab_definitions", {"type": "hologram", "tabLabel": "x"}) == "INVALID_REQUEST_PARAMETER"
    api.call("DELETE", place)
    assert api.refused("GET", place, status=404) == "RESOURCE_NOT_FOUND"


def test_favourite_templates_are_those_that_are_there(api: Api) -> None:
    one = template(api)
    known, unknown = api.call(
        "PUT", "/favorite_templates", {"favoriteTemplates": [{"templateId": one}, {"templateId": "x"}]}
    )["favoriteTemplates"]
    assert (known["templateId"], unknown["errorDetails"]["errorCode"]) == (one, "TEMPLATE_ID_INVALID")
    assert [each["templateId"] for each in api.get("/favorite_templates")["favoriteTemplates"]] == [one]
    api.call("DELETE", "/favorite_templates", {"favoriteTemplates": [{"templateId": one}]})
    assert api.get("/favorite_templates")["favoriteTemplates"] == []


def test_an_archive_has_a_history(api: Api) -> None:
    place = "/settings/bcc_email_archives"
    made = api.call("POST", place, {"email": "archive@people.example"}, expect=201)
    assert api.refused("POST", place, {"email": "archive@people.example"}) == "INVALID_REQUEST_PARAMETER"
    one = f"{place}/{made['bccEmailArchiveId']}"
    api.call("DELETE", one)
    assert [each["action"] for each in api.get(one)["bccEmailArchiveHistory"]] == ["created", "closed"]
    assert api.get(place)["bccEmailArchives"] == []


def test_languages_providers_and_seals_are_those_of_a_developer_account(api: Api) -> None:
    assert {"name": "es", "value": "Spanish (Spain)"} in api.get("/supported_languages")["languages"]
    assert api.get("/signatureProviders")["signatureProviders"][0]["isRequired"] == "true"
    assert api.get("/seals") == {"seals": []}


def diagnostics(api: Api, method: str, path: str, body: Json | None = None, accept: str = "application/json") -> bytes:
    headers = {"Authorization": f"Bearer {api.token}", "Content-Type": "application/json", "Accept": accept}
    url = f"/restapi/v2.1/diagnostics/{path}"
    answer = (
        api.docusign.http(method, url, json=body, headers=headers)
        if body
        else api.docusign.http(method, url, headers=headers)
    )
    assert answer.status == 200, answer.data
    data: bytes = answer.data
    return data


def test_requests_are_logged_from_when_it_is_switched_on(api: Api) -> None:
    api.get("/users")
    diagnostics(api, "PUT", "settings", {"apiRequestLogging": "true", "apiRequestLogMaxEntries": "2"})
    for path in ("/brands", "/groups", "/templates"):
        api.get(path)
    logged = diagnostics(api, "GET", "request_logs").decode()
    assert "/brands" in logged
    assert "/templates" not in logged, "the third is one too many"
    texts = zipfile.ZipFile(io.BytesIO(diagnostics(api, "GET", "request_logs", accept="application/zip"))).namelist()
    number = texts[1].partition("_")[0]
    assert b"GET /restapi" in diagnostics(api, "GET", f"request_logs/{number}")
    diagnostics(api, "DELETE", "request_logs")
    assert b"/brands" not in diagnostics(api, "GET", "request_logs")


@pytest.mark.parametrize("version", ["v2", "v2.1"])
def test_a_client_from_before_2019_starts(api: Api, version: str) -> None:
    headers = {"Authorization": f"Bearer {api.token}"}
    answer = api.docusign.http("GET", f"/restapi/{version}/login_information", headers=headers).json()
    account = answer["loginAccounts"][0]
    assert account["accountIdGuid"] == api.account_id
    assert account["baseUrl"].endswith(f"/restapi/{version}/accounts/{account['accountId']}")
    envelopes = api.docusign.http(
        "GET", account["baseUrl"].removeprefix(api.docusign.base) + "/folders", headers=headers
    )
    assert envelopes.json()["folders"]
