"""The vendor's own material: its SDK loses nothing of our answers, and its description knows our calls.

That every answer fits the description is checked by the `api` fixture in every test of this folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import docusign_esign as sdk
import pytest

from docusign_emulator.envelopes import tabs
from docusign_emulator.rest.operations import ROUTER
from tests.emulator import contract, papers
from tests.emulator.conftest import Api, Json
from tests.emulator.server import Emulator

NEEDS_DESCRIPTION = pytest.mark.skipif(
    contract.path() is None, reason="Docusign's description of its API is not here (set DOCUSIGN_DESCRIPTION)"
)
# Known to the SDK or to newer documentation, not to the description of 2022.
NEWER = {
    "getEnvelopeDocGenFormFields", "updateEnvelopeDocGenFormFields", "createHistoricalEnvelopePublishTransaction",
    "createConnectSecret", "deleteConnectSecret", "deleteTabs", "listFolders", "listTemplateTabs", "createTemplateTabs",
    # what administrators set up; the part of the description that is here leaves it out
    "createBrand", "getBrand", "deleteBrand", "listPermissions", "createPermissionProfile", "getPermissionProfile",
    "updatePermissionProfile", "deletePermissionProfile", "listGroups", "updateGroups",
    "getPrincipalUserAuthorizations", "getAgentUserAuthorizations", "createUserAuthorization",
    "deleteUserAuthorization",
}  # fmt: skip


@NEEDS_DESCRIPTION
def test_every_call_answered_is_one_of_docusigns() -> None:
    unknown = {
        operation.name
        for operation in ROUTER.operations()
        if operation.pattern.startswith("/restapi/v2.1/accounts")
        and contract.undescribed(operation.method, operation.pattern.replace("{", "").replace("}", ""))
    }
    assert unknown == NEWER


@NEEDS_DESCRIPTION
def test_an_unknown_key_would_be_noticed() -> None:
    with pytest.raises(AssertionError, match="Additional properties"):
        contract.check_answer("GET", "/restapi/v2.1/accounts/a/envelopes/e", 200, COMPLETE | {"surprise": "x"})
    with pytest.raises(AssertionError, match="is not of type"):
        contract.check_answer("GET", "/restapi/v2.1/accounts/a/envelopes/e", 200, COMPLETE | {"emailBlurb": 1})


COMPLETE = {
    "envelopeId": "e",
    "status": "sent",
    "createdDateTime": "2026-01-01T00:00:00.0000000Z",
    "lastModifiedDateTime": "2026-01-01T00:00:00.0000000Z",
    "emailSubject": "s",
}


PLACE = {"documentId": "1", "pageNumber": "1", "xPosition": "72", "yPosition": "300"}
SPECIAL = {
    "radioGroupTabs": {"groupName": "parking", "documentId": "1",
                       "radios": [{"value": "yes", "pageNumber": "1", "xPosition": "72", "yPosition": "300"}]},
    "tabGroups": {"groupLabel": "g", "groupRule": "SelectAtLeast", "minimumRequired": "1", "maximumAllowed": "1"},
}  # fmt: skip


@pytest.mark.parametrize("kind", [one for one in tabs.KINDS if not one.startswith("sender")])
def test_every_kind_of_tab_is_answered_as_described(api: Api, kind: str) -> None:
    """`sender…` are prefill tabs, not a recipient's."""
    tenant = papers.signer("1", "Tina Tenant", tabs={kind: [SPECIAL.get(kind, PLACE)]})
    envelope_id = api.create(status="created", recipients={"signers": [tenant]})
    assert len(api.get(f"/envelopes/{envelope_id}/recipients/1/tabs")[kind]) == 1
    api.envelope(envelope_id, include="recipients,tabs")
    api.get(f"/envelopes/{envelope_id}/documents/1/tabs")


class Loopback(sdk.client.api_response.RESTClientObject):  # type: ignore[misc]  # the SDK has no types
    """The SDK's transport, speaking http where its OAuth helpers insist on https, and keeping each answer."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self.host = host
        self.answers: list[Any] = []

    def request(self, method: str, url: str, **more: Any) -> Any:
        answer = super().request(method, url.replace(f"https://{self.host}/", f"http://{self.host}/"), **more)
        self.answers.append(answer.data)
        return answer


@pytest.fixture
def client(docusign: Emulator) -> Iterator[sdk.ApiClient]:
    host = urlsplit(docusign.base).netloc
    made = sdk.ApiClient(host=f"{docusign.base}/restapi", oauth_host_name=host)
    made.rest_client = Loopback(host)
    credentials = docusign.credentials
    token = made.request_jwt_user_token(
        credentials["integration_key"],
        credentials["user_id"],
        host,
        Path(credentials["private_key_file"]).read_bytes(),
        3600,
        ["signature", "impersonation"],
    )
    made.set_default_header("Authorization", f"Bearer {token.access_token}")
    yield made


def kept_whole(client: sdk.ApiClient, model: Any) -> None:
    """Raises AssertionError when the SDK's model dropped a key of the answer it was made from."""
    answered = json.loads(client.rest_client.answers[-1])
    understood = client.sanitize_for_serialization(model)
    lost = sorted(_lost(answered, understood))
    assert not lost, f"{type(model).__name__} lost {lost[:10]}"


def _lost(answered: Any, understood: Any, where: str = "") -> Iterator[str]:
    if isinstance(answered, dict):
        for key, value in answered.items():
            if not isinstance(understood, dict) or key not in understood:
                yield f"{where}.{key}"
            else:
                yield from _lost(value, understood[key], f"{where}.{key}")
    elif isinstance(answered, list):
        for index, value in enumerate(answered):
            if index < len(understood):
                yield from _lost(value, understood[index], f"{where}[]")
            else:
                yield f"{where}[{index}]"


def test_the_sdk_understands_every_key_of_an_envelopes_life(api: Api, client: sdk.ApiClient) -> None:
    account, envelopes = api.account_id, sdk.EnvelopesApi(client)
    text = {"textTabs": [{"documentId": "1", "pageNumber": "1", "xPosition": "1", "yPosition": "1", "tabLabel": "car"}]}
    tenant = papers.signer("1", "Tina Tenant", anchor="/tenant/")
    tenant["tabs"] |= text
    definition = papers.envelope(
        status="created",
        recipients={"signers": [tenant]},
        customFields={"textCustomFields": [{"name": "lease", "value": "17"}]},
        transactionId="row-1",
    )
    kept_whole(client, summary := envelopes.create_envelope(account, envelope_definition=definition))
    envelope_id = summary.envelope_id
    kept_whole(client, envelopes.update(account, envelope_id, envelope={"status": "sent"}))
    api.act(envelope_id, "1", "sign", values={"car": "Volvo"})
    everything = "recipients,tabs,custom_fields,documents"
    kept_whole(client, envelopes.get_envelope(account, envelope_id, include=everything))
    kept_whole(client, envelopes.list_status_changes(account, transaction_ids="row-1", include=everything))
    kept_whole(client, envelopes.list_recipients(account, envelope_id, include_tabs="true"))
    kept_whole(client, envelopes.list_documents(account, envelope_id))
    kept_whole(client, envelopes.list_audit_events(account, envelope_id))
    kept_whole(client, envelopes.get_form_data(account, envelope_id))
    kept_whole(client, envelopes.list_tabs(account, envelope_id, "1"))
    kept_whole(client, envelopes.list_custom_fields(account, envelope_id))
    kept_whole(client, envelopes.get_notification_settings(account, envelope_id))


def test_the_sdk_understands_templates_bulk_and_connect(api: Api, client: sdk.ApiClient) -> None:
    account = api.account_id
    body = {
        "name": "Rules",
        "documents": [papers.document()],
        "recipients": {"signers": [{"recipientId": "1", "roleName": "t"}]},
    }
    templates = sdk.TemplatesApi(client)
    kept_whole(client, made := templates.create_template(account, envelope_template=body))
    kept_whole(client, templates.get(account, made.template_id))
    kept_whole(client, templates.list_templates(account))
    people: list[Json] = [{"roleName": "t", "name": "Tina Tenant", "email": "tina@people.example"}]
    bulk = sdk.BulkEnvelopesApi(client)
    wanted = {"name": "All", "bulkCopies": [{"recipients": people}]}
    kept_whole(client, listed := bulk.create_bulk_send_list(account, bulk_sending_list=wanted))
    ask = {"envelopeOrTemplateId": made.template_id, "batchName": "May"}
    kept_whole(client, bulk.create_bulk_send_test_request(account, listed.list_id, bulk_send_request=ask))
    kept_whole(client, sent := bulk.create_bulk_send_request(account, listed.list_id, bulk_send_request=ask))
    kept_whole(client, bulk.get_bulk_send_batch_status(account, sent.batch_id))
    connect = sdk.ConnectApi(client)
    configuration = {"name": "Leases", "urlToPublishTo": "https://hooks.example/ds", "events": ["envelope-sent"]}
    kept_whole(client, connect.create_configuration(account, connect_custom_configuration=configuration))
    kept_whole(client, connect.list_configurations(account))


def test_the_sdk_reads_a_refusal(api: Api, client: sdk.ApiClient) -> None:
    with pytest.raises(sdk.ApiException) as refused:
        sdk.EnvelopesApi(client).get_envelope(api.account_id, "00000000-0000-4000-8000-000000000000")
    assert refused.value.status == 404
    assert json.loads(refused.value.body)["errorCode"] == "ENVELOPE_DOES_NOT_EXIST"
    assert refused.value.trace_token
