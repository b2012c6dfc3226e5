"""Every call this Docusign knows: method, path, the SDK's name for it, and its handler."""

from __future__ import annotations

from dataclasses import dataclass

from docusign_emulator.oauth import grants, userinfo
from docusign_emulator.rest import (
    account,
    bulk,
    connect,
    documents,
    envelopes,
    parts,
    recipients,
    searching,
    setup,
    templates,
    uploads,
    views,
)
from docusign_emulator.rest.paths import ACCOUNT, ENVELOPE, TEMPLATE, Handler, Row, of_template


@dataclass(frozen=True)
class Operation:
    """`changes`: whether a call that goes well leaves something changed. `open`: no token is needed."""

    method: str
    pattern: str
    name: str
    handler: Handler
    changes: bool
    open: bool = False


BATCH = ACCOUNT + "/bulk_send_batch/{bulkSendBatchId}"
LIST = ACCOUNT + "/bulk_send_lists/{bulkSendListId}"
UPLOAD = ACCOUNT + "/chunked_uploads/{chunkedUploadId}"
_ASKING = ("listStatus", "createBulkSendTestRequest", "deleteEnvelopeCorrectView")


def _envelope_rows() -> list[Row]:
    recipient = ENVELOPE + "/recipients/{recipientId}"
    return [
        ("POST", f"{ACCOUNT}/envelopes", "createEnvelope", envelopes.create),
        ("GET", f"{ACCOUNT}/envelopes", "listStatusChanges", envelopes.list_status_changes),
        ("PUT", f"{ACCOUNT}/envelopes/status", "listStatus", envelopes.list_status),
        ("GET", ENVELOPE, "getEnvelope", envelopes.get),
        ("PUT", ENVELOPE, "updateEnvelope", envelopes.update),
        ("GET", f"{ENVELOPE}/audit_events", "listAuditEvents", envelopes.audit_events),
        ("GET", f"{ACCOUNT}/folders", "listFolders", envelopes.list_folders),
        ("PUT", ACCOUNT + "/folders/{folderId}", "moveEnvelopes", envelopes.move),
        ("GET", f"{ENVELOPE}/recipients", "listRecipients", recipients.get),
        ("POST", f"{ENVELOPE}/recipients", "createRecipient", recipients.add),
        ("PUT", f"{ENVELOPE}/recipients", "updateRecipients", recipients.update),
        ("DELETE", f"{ENVELOPE}/recipients", "deleteRecipients", recipients.delete_many),
        ("DELETE", recipient, "deleteRecipient", recipients.delete_one),
        ("GET", f"{recipient}/tabs", "listTabs", recipients.get_tabs),
        ("POST", f"{recipient}/tabs", "createTabs", recipients.add_tabs),
        ("PUT", f"{recipient}/tabs", "updateTabs", recipients.update_tabs),
        ("DELETE", f"{recipient}/tabs", "deleteTabs", recipients.delete_tabs),
        ("GET", f"{ENVELOPE}/documents", "listDocuments", documents.list_all),
        ("PUT", f"{ENVELOPE}/documents", "updateDocuments", documents.put_many),
        ("DELETE", f"{ENVELOPE}/documents", "deleteDocuments", documents.delete_many),
        ("GET", ENVELOPE + "/documents/{documentId}", "getDocument", documents.get),
        ("PUT", ENVELOPE + "/documents/{documentId}", "updateDocument", documents.put_one),
        ("GET", ENVELOPE + "/documents/{documentId}/tabs", "getDocumentTabs", documents.get_tabs),
        ("POST", ENVELOPE + "/documents/{documentId}/tabs", "createDocumentTabs", documents.put_tabs),
        ("PUT", ENVELOPE + "/documents/{documentId}/tabs", "updateDocumentTabs", documents.put_tabs),
        ("DELETE", ENVELOPE + "/documents/{documentId}/tabs", "deleteDocumentTabs", documents.delete_tabs),
        ("POST", f"{ENVELOPE}/views/recipient", "createRecipientView", views.recipient),
        ("POST", f"{ENVELOPE}/views/recipient_preview", "createEnvelopeRecipientPreview", views.preview),
        ("POST", f"{ENVELOPE}/views/sender", "createSenderView", views.sender),
        ("POST", f"{ENVELOPE}/views/edit", "createEditView", views.sender),
        ("POST", f"{ENVELOPE}/views/correct", "createCorrectView", views.correct),
        ("DELETE", f"{ENVELOPE}/views/correct", "deleteEnvelopeCorrectView", views.delete_correct),
        ("POST", f"{ENVELOPE}/views/shared", "createEnvelopeRecipientSharedView", views.shared),
        ("POST", f"{ACCOUNT}/views/console", "createConsoleView", views.console),
    ]


def _upload_rows() -> list[Row]:
    return [
        ("POST", f"{ACCOUNT}/chunked_uploads", "createChunkedUpload", uploads.create),
        ("GET", UPLOAD, "getChunkedUpload", uploads.get),
        ("PUT", UPLOAD, "updateChunkedUpload", uploads.commit),
        ("DELETE", UPLOAD, "deleteChunkedUpload", uploads.delete),
        ("PUT", UPLOAD + "/{chunkedUploadPartSeq}", "updateChunkedUploadPart", uploads.put_part),
    ]


def _template_rows() -> list[Row]:
    template_tabs = TEMPLATE + "/documents/{documentId}/tabs"
    return [
        ("GET", f"{ACCOUNT}/templates", "listTemplates", templates.list_all),
        ("POST", f"{ACCOUNT}/templates", "createTemplate", templates.create),
        ("GET", TEMPLATE, "getTemplate", templates.get),
        ("PUT", TEMPLATE, "updateTemplate", templates.update),
        ("GET", f"{TEMPLATE}/documents", "listTemplateDocuments", templates.list_documents),
        ("PUT", f"{TEMPLATE}/documents", "updateTemplateDocuments", templates.put_documents),
        ("GET", TEMPLATE + "/documents/{documentId}", "getTemplateDocument", templates.get_document),
        ("PUT", TEMPLATE + "/documents/{documentId}", "updateTemplateDocument", templates.put_document),
        ("GET", TEMPLATE + "/recipients/{recipientId}/tabs", "listTemplateTabs", templates.get_tabs),
        ("POST", TEMPLATE + "/recipients/{recipientId}/tabs", "createTemplateTabs", templates.add_tabs),
        ("GET", f"{TEMPLATE}/recipients", "listTemplateRecipients", templates.get_recipients),
        ("POST", f"{TEMPLATE}/recipients", "createTemplateRecipients", templates.add_recipients),
        ("PUT", f"{TEMPLATE}/recipients", "updateTemplateRecipients", templates.update_recipients),
        ("GET", f"{TEMPLATE}/notification", "getTemplateNotificationSettings", templates.get_notification),
        ("POST", f"{TEMPLATE}/views/edit", "createTemplateEditView", views.edit_template),
        ("POST", f"{TEMPLATE}/views/recipient_preview", "createTemplateRecipientPreview", of_template(views.preview)),
        ("DELETE", f"{TEMPLATE}/documents", "deleteTemplateDocuments", templates.delete_documents),
        ("GET", f"{template_tabs}", "getTemplateDocumentTabs", of_template(documents.get_tabs)),
        ("POST", f"{template_tabs}", "createTemplateDocumentTabs", of_template(documents.put_tabs)),
        ("PUT", f"{template_tabs}", "updateTemplateDocumentTabs", of_template(documents.put_tabs)),
        ("DELETE", f"{template_tabs}", "deleteTemplateDocumentTabs", of_template(documents.delete_tabs)),
        ("PUT", f"{ACCOUNT}/templates", "updateTemplates", templates.match),
        ("PUT", f"{ACCOUNT}/templates/auto_match", "updateTemplatesAutoMatch", templates.match),
        ("PUT", TEMPLATE + "/{templatePart}", "updateGroupShare", templates.share),
        ("DELETE", TEMPLATE + "/{templatePart}", "deleteGroupShare", templates.unshare),
    ]


def _template_part_rows() -> list[Row]:
    person = TEMPLATE + "/recipients/{recipientId}"
    return [
        ("PUT", f"{TEMPLATE}/notification", "updateTemplateNotificationSettings", templates.update_notification),
        ("DELETE", f"{TEMPLATE}/recipients", "deleteTemplateRecipients", templates.delete_recipients),
        ("DELETE", person, "deleteTemplateRecipient", templates.delete_recipient),
        ("PUT", f"{person}/tabs", "updateTemplateTabs", templates.update_tabs),
        ("DELETE", f"{person}/tabs", "deleteTemplateTabs", templates.delete_tabs),
    ]


def _bulk_rows() -> list[Row]:
    return [
        ("GET", f"{ACCOUNT}/bulk_send_lists", "getBulkSendLists", bulk.get_lists),
        ("POST", f"{ACCOUNT}/bulk_send_lists", "createBulkSendList", bulk.create_list),
        ("GET", LIST, "getBulkSendList", bulk.get_list),
        ("PUT", LIST, "updateBulkSendList", bulk.update_list),
        ("DELETE", LIST, "deleteBulkSendList", bulk.delete_list),
        ("POST", f"{LIST}/test", "createBulkSendTestRequest", bulk.test_list),
        ("POST", f"{LIST}/send", "createBulkSendRequest", bulk.send_list),
        ("GET", f"{ACCOUNT}/bulk_send_batch", "getBulkSendBatches", bulk.get_batches),
        ("GET", BATCH, "getBulkSendBatchStatus", bulk.get_batch),
        ("PUT", BATCH, "updateBulkSendBatchStatus", bulk.rename_batch),
        ("GET", f"{BATCH}/envelopes", "getBulkSendBatchEnvelopes", bulk.get_batch_envelopes),
        ("PUT", BATCH + "/{bulkAction}", "updateBulkSendBatchAction", bulk.act_on_batch),
    ]


def _connect_rows() -> list[Row]:
    republish = f"{ACCOUNT}/connect/envelopes"
    return [
        ("GET", f"{ACCOUNT}/connect", "listConfigurations", connect.list_configurations),
        ("POST", f"{ACCOUNT}/connect", "createConfiguration", connect.create_configuration),
        ("PUT", f"{ACCOUNT}/connect", "updateConfiguration", connect.update_configuration),
        ("GET", ACCOUNT + "/connect/{connectId}", "getConfiguration", connect.get_configuration),
        ("DELETE", ACCOUNT + "/connect/{connectId}", "deleteConfiguration", connect.delete_configuration),
        ("GET", f"{ACCOUNT}/connect/logs", "listEventLogs", connect.list_logs),
        ("DELETE", f"{ACCOUNT}/connect/logs", "deleteEventLogs", connect.delete_logs),
        ("GET", ACCOUNT + "/connect/logs/{logId}", "getEventLog", connect.get_log),
        ("DELETE", ACCOUNT + "/connect/logs/{logId}", "deleteEventLog", connect.delete_log),
        ("GET", f"{ACCOUNT}/connect/failures", "listEventFailureLogs", connect.list_failures),
        ("DELETE", ACCOUNT + "/connect/failures/{failureId}", "deleteEventFailureLog", connect.delete_failure),
        ("PUT", f"{republish}/retry_queue", "retryEventForEnvelopes", connect.retry_envelopes),
        ("PUT", f"{republish}/{{envelopeId}}/retry_queue", "retryEventForEnvelope", connect.retry_envelope),
        ("POST", f"{ACCOUNT}/connect/envelopes/publish/historical", "createHistoricalEnvelopePublishTransaction",
         connect.publish_historical),
        ("GET", ACCOUNT + "/connect/{connectId}/users", "listConnectUsers", connect.list_users),
        ("GET", ACCOUNT + "/connect/{connectId}/all/users", "listConnectAllUsers", connect.list_all_users),
        ("GET", f"{ACCOUNT}/connect/oauth", "getConnectOAuthConfig", connect.get_oauth),
        ("POST", f"{ACCOUNT}/connect/oauth", "createConnectOAuthConfig", connect.put_oauth),
        ("PUT", f"{ACCOUNT}/connect/oauth", "updateConnectOAuthConfig", connect.put_oauth),
        ("DELETE", f"{ACCOUNT}/connect/oauth", "deleteConnectOAuthConfig", connect.delete_oauth),
        ("GET", f"{ACCOUNT}/connect/secret", "listConnectSecrets", connect.list_secrets),
        ("POST", f"{ACCOUNT}/connect/secret", "createConnectSecret", connect.create_secret),
        ("DELETE", ACCOUNT + "/connect/secret/{index}", "deleteConnectSecret", connect.delete_secret),
    ]  # fmt: skip


def _table() -> list[Operation]:
    rows: list[Row] = [
        *_envelope_rows(),
        *_upload_rows(),
        *_template_rows(),
        *_template_part_rows(),
        *_bulk_rows(),
        *_connect_rows(),
        *account.ROWS,
        *searching.ROWS,
        *parts.rows(),
        *setup.rows(),
    ]
    known = [Operation(m, p, n, h, changes=m != "GET" and n not in _ASKING) for m, p, n, h in rows]
    return [
        Operation("POST", "/oauth/token", "requestJwtToken", grants.token, changes=True, open=True),
        Operation("POST", "/oauth/revoke", "revokeToken", grants.revoke, changes=True, open=True),
        Operation(
            "GET",
            "/restapi/service_information",
            "getServiceInformation",
            account.service_information,
            changes=False,
            open=True,
        ),
        Operation("GET", "/restapi/v2.1", "getResources", account.resources, changes=False, open=True),
        Operation("GET", "/oauth/userinfo", "userInfo", userinfo.get, changes=False, open=True),
        *known,
    ]


class Router:
    """Finds the operation of a call. Literal segments win over parameters."""

    def __init__(self, operations: list[Operation]) -> None:
        self._all = operations
        self._by_length: dict[int, list[tuple[list[str], Operation]]] = {}
        for operation in operations:
            segments = operation.pattern.strip("/").split("/")
            self._by_length.setdefault(len(segments), []).append((segments, operation))
        for candidates in self._by_length.values():
            candidates.sort(key=lambda pair: sum(segment.startswith("{") for segment in pair[0]))

    def operations(self) -> list[Operation]:
        return list(self._all)

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        segments = _segments(path)
        for pattern, operation in self._by_length.get(len(segments), ()):
            if operation.method == method:
                params = _matched(pattern, segments)
                if params is not None:
                    return operation, params
        return None

    def methods(self, path: str) -> set[str]:
        """With which methods the path would be known."""
        segments = _segments(path)
        candidates = self._by_length.get(len(segments), ())
        return {operation.method for pattern, operation in candidates if _matched(pattern, segments) is not None}


def _segments(path: str) -> list[str]:
    """`/restapi/v2`, which clients from before 2019 call, is read as v2.1."""
    segments = path.strip("/").split("/")
    return ["restapi", "v2.1", *segments[2:]] if segments[:2] == ["restapi", "v2"] else segments


def _matched(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    params = {}
    for expected, given in zip(pattern, segments, strict=True):
        if expected.startswith("{"):
            if not given:
                return None
            params[expected[1:-1]] = given
        elif expected != given:
            return None
    return params


ROUTER = Router(_table())
