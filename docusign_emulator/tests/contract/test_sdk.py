"""The vendor's own Python SDK understands every key of the answers: from answer to model and back none is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import docusign_esign as sdk
import pytest

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, Json
from docusign_emulator.tests.server import Emulator


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
