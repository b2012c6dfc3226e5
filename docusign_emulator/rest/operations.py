"""Every call this Docusign knows: method, path, the SDK's name for it, and its handler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from docusign_emulator.oauth import grants, userinfo
from docusign_emulator.rest import (
    account,
    administration,
    bulk,
    connect,
    docgen,
    documents,
    envelopes,
    parts,
    recipients,
    templates,
    uploads,
    views,
    workflow_parts,
)
from docusign_emulator.rest.call import Call, Reply

Handler = Callable[[Call], Reply]
ACCOUNT = "/restapi/v2.1/accounts/{accountId}"
ENVELOPE = ACCOUNT + "/envelopes/{envelopeId}"


@dataclass(frozen=True)
class Operation:
    """`changes`: whether a call that goes well leaves something changed. `open`: no token is needed."""

    method: str
    pattern: str
    name: str
    handler: Handler
    changes: bool
    open: bool = False


Row = tuple[str, str, str, Handler]
TEMPLATE = ACCOUNT + "/templates/{templateId}"
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
        ("GET", f"{recipient}/consumer_disclosure", "getConsumerDisclosureDefault", parts.consumer_disclosure),
        ("GET", f"{ENVELOPE}/documents", "listDocuments", documents.list_all),
        ("PUT", f"{ENVELOPE}/documents", "updateDocuments", documents.put_many),
        ("DELETE", f"{ENVELOPE}/documents", "deleteDocuments", documents.delete_many),
        ("GET", ENVELOPE + "/documents/{documentId}", "getDocument", documents.get),
        ("PUT", ENVELOPE + "/documents/{documentId}", "updateDocument", documents.put_one),
        ("GET", ENVELOPE + "/documents/{documentId}/tabs", "getDocumentTabs", documents.get_tabs),
        ("POST", ENVELOPE + "/documents/{documentId}/tabs", "createDocumentTabs", documents.put_tabs),
        ("PUT", ENVELOPE + "/documents/{documentId}/tabs", "updateDocumentTabs", documents.put_tabs),
        ("POST", f"{ENVELOPE}/views/recipient", "createRecipientView", views.recipient),
        ("POST", f"{ENVELOPE}/views/recipient_preview", "createEnvelopeRecipientPreview", views.preview),
        ("POST", f"{ENVELOPE}/views/sender", "createSenderView", views.sender),
        ("POST", f"{ENVELOPE}/views/edit", "createEditView", views.sender),
        ("POST", f"{ENVELOPE}/views/correct", "createCorrectView", views.correct),
        ("DELETE", f"{ENVELOPE}/views/correct", "deleteEnvelopeCorrectView", views.delete_correct),
        ("POST", f"{ACCOUNT}/views/console", "createConsoleView", views.console),
    ]


def _part_rows() -> list[Row]:
    return [
        ("GET", f"{ENVELOPE}/custom_fields", "listCustomFields", parts.get_custom_fields),
        ("POST", f"{ENVELOPE}/custom_fields", "createCustomFields", parts.add_custom_fields),
        ("PUT", f"{ENVELOPE}/custom_fields", "updateCustomFields", parts.update_custom_fields),
        ("DELETE", f"{ENVELOPE}/custom_fields", "deleteCustomFields", parts.delete_custom_fields),
        ("GET", f"{ENVELOPE}/notification", "getNotificationSettings", parts.get_notification),
        ("PUT", f"{ENVELOPE}/notification", "updateNotificationSettings", parts.update_notification),
        ("GET", f"{ENVELOPE}/email_settings", "getEmailSettings", parts.get_email_settings),
        ("POST", f"{ENVELOPE}/email_settings", "createEmailSettings", parts.create_email_settings),
        ("PUT", f"{ENVELOPE}/email_settings", "updateEmailSettings", parts.put_email_settings),
        ("DELETE", f"{ENVELOPE}/email_settings", "deleteEmailSettings", parts.delete_email_settings),
        ("GET", f"{ENVELOPE}/lock", "getLock", parts.get_lock),
        ("POST", f"{ENVELOPE}/lock", "createLock", parts.create_lock),
        ("PUT", f"{ENVELOPE}/lock", "updateLock", parts.update_lock),
        ("DELETE", f"{ENVELOPE}/lock", "deleteLock", parts.delete_lock),
        ("GET", f"{ENVELOPE}/form_data", "getFormData", parts.form_data),
        ("GET", f"{ENVELOPE}/docGenFormFields", "getEnvelopeDocGenFormFields", docgen.get),
        ("PUT", f"{ENVELOPE}/docGenFormFields", "updateEnvelopeDocGenFormFields", docgen.update),
        ("POST", f"{ACCOUNT}/chunked_uploads", "createChunkedUpload", uploads.create),
        ("GET", UPLOAD, "getChunkedUpload", uploads.get),
        ("PUT", UPLOAD, "updateChunkedUpload", uploads.commit),
        ("DELETE", UPLOAD, "deleteChunkedUpload", uploads.delete),
        ("PUT", UPLOAD + "/{chunkedUploadPartSeq}", "updateChunkedUploadPart", uploads.put_part),
    ]


def _template_rows() -> list[Row]:
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
        ("GET", f"{TEMPLATE}/custom_fields", "listTemplateCustomFields", templates.get_custom_fields),
        ("POST", f"{TEMPLATE}/views/edit", "createTemplateEditView", views.edit_template),
    ]


def _workflow_rows() -> list[Row]:
    """Of envelopes and of templates, by the same handlers."""
    rows: list[Row] = []
    for base, whose in ((ENVELOPE, "Envelope"), (TEMPLATE, "Template")):
        flow, step = f"{base}/workflow", base + "/workflow/steps/{workflowStepId}"
        made = [
            ("GET", flow, f"get{whose}WorkflowDefinition", workflow_parts.get),
            ("PUT", flow, f"update{whose}WorkflowDefinition", workflow_parts.put),
            ("DELETE", flow, f"delete{whose}WorkflowDefinition", workflow_parts.delete),
            ("POST", f"{flow}/steps", f"create{whose}WorkflowStepDefinition", workflow_parts.add_step),
            ("GET", step, f"get{whose}WorkflowStepDefinition", workflow_parts.get_step),
            ("PUT", step, f"update{whose}WorkflowStepDefinition", workflow_parts.put_step),
            ("DELETE", step, f"delete{whose}WorkflowStepDefinition", workflow_parts.delete_step),
            ("GET", f"{flow}/scheduledSending", f"get{whose}ScheduledSendingDefinition", workflow_parts.get_sending),
            ("PUT", f"{flow}/scheduledSending", f"update{whose}ScheduledSendingDefinition", workflow_parts.put_sending),
            ("DELETE", f"{flow}/scheduledSending", f"delete{whose}ScheduledSendingDefinition",
             workflow_parts.delete_sending),
            ("GET", f"{step}/delayedRouting", f"get{whose}DelayedRoutingDefinition", workflow_parts.get_delay),
            ("PUT", f"{step}/delayedRouting", f"update{whose}DelayedRoutingDefinition", workflow_parts.put_delay),
            ("DELETE", f"{step}/delayedRouting", f"delete{whose}DelayedRoutingDefinition", workflow_parts.delete_delay),
        ]  # fmt: skip
        rows += [(m, p, n, _of_template(h) if base == TEMPLATE else h) for m, p, n, h in made]
    return rows


def _of_template(handler: Handler) -> Handler:
    """The handler of an envelope's part, for the same part of a template."""

    def handle(call: Call) -> Reply:
        call.of_template = True
        return handler(call)

    return handle


def _template_part_rows() -> list[Row]:
    person = TEMPLATE + "/recipients/{recipientId}"
    made = [
        ("GET", f"{TEMPLATE}/lock", "getTemplateLock", parts.get_lock),
        ("POST", f"{TEMPLATE}/lock", "createTemplateLock", parts.create_lock),
        ("PUT", f"{TEMPLATE}/lock", "updateTemplateLock", parts.update_lock),
        ("DELETE", f"{TEMPLATE}/lock", "deleteTemplateLock", parts.delete_lock),
        ("POST", f"{TEMPLATE}/custom_fields", "createTemplateCustomFields", parts.add_custom_fields),
        ("PUT", f"{TEMPLATE}/custom_fields", "updateTemplateCustomFields", parts.update_custom_fields),
        ("DELETE", f"{TEMPLATE}/custom_fields", "deleteTemplateCustomFields", parts.delete_custom_fields),
    ]
    return [
        *[(m, p, n, _of_template(h)) for m, p, n, h in made],
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
        ("GET", f"{ACCOUNT}/connect/oauth", "getConnectOAuthConfig", connect.get_oauth),
        ("POST", f"{ACCOUNT}/connect/oauth", "createConnectOAuthConfig", connect.put_oauth),
        ("PUT", f"{ACCOUNT}/connect/oauth", "updateConnectOAuthConfig", connect.put_oauth),
        ("DELETE", f"{ACCOUNT}/connect/oauth", "deleteConnectOAuthConfig", connect.delete_oauth),
        ("GET", f"{ACCOUNT}/connect/secret", "listConnectSecrets", connect.list_secrets),
        ("POST", f"{ACCOUNT}/connect/secret", "createConnectSecret", connect.create_secret),
        ("DELETE", ACCOUNT + "/connect/secret/{index}", "deleteConnectSecret", connect.delete_secret),
    ]  # fmt: skip


def _account_rows() -> list[Row]:
    return [
        ("GET", ACCOUNT, "getAccountInformation", account.get_account),
        ("GET", f"{ACCOUNT}/users", "listUsers", account.list_users),
        ("GET", ACCOUNT + "/users/{userId}", "getUser", account.get_user),
        ("GET", f"{ACCOUNT}/settings", "listSettings", account.get_settings),
        ("GET", f"{ACCOUNT}/consumer_disclosure", "getConsumerDisclosure", account.get_disclosure),
        ("GET", f"{ACCOUNT}/identity_verification", "getAccountIdentityVerification", account.identity_verification),
        ("GET", f"{ACCOUNT}/unsupported_file_types", "listUnsupportedFileTypes", account.unsupported_file_types),
        ("GET", f"{ACCOUNT}/custom_fields", "listAccountCustomFields", account.list_custom_fields),
    ]


def _administration_rows() -> list[Row]:
    profile, user = ACCOUNT + "/permission_profiles/{permissionProfileId}", ACCOUNT + "/users/{userId}"
    brand = ACCOUNT + "/brands/{brandId}"
    return [
        ("GET", f"{ACCOUNT}/brands", "listBrands", administration.list_brands),
        ("POST", f"{ACCOUNT}/brands", "createBrand", administration.create_brand),
        ("GET", brand, "getBrand", administration.get_brand),
        ("DELETE", brand, "deleteBrand", administration.delete_brand),
        ("GET", f"{ACCOUNT}/permission_profiles", "listPermissions", administration.list_profiles),
        ("POST", f"{ACCOUNT}/permission_profiles", "createPermissionProfile", administration.create_profile),
        ("GET", profile, "getPermissionProfile", administration.get_profile),
        ("PUT", profile, "updatePermissionProfile", administration.update_profile),
        ("DELETE", profile, "deletePermissionProfile", administration.delete_profile),
        ("GET", f"{ACCOUNT}/groups", "listGroups", administration.list_groups),
        ("PUT", f"{ACCOUNT}/groups", "updateGroups", administration.update_groups),
        ("GET", f"{user}/authorizations", "getPrincipalUserAuthorizations", administration.list_given),
        ("GET", f"{user}/authorizations/agent", "getAgentUserAuthorizations", administration.list_received),
        ("POST", f"{user}/authorization", "createUserAuthorization", administration.authorize),
        ("DELETE", user + "/authorization/{authorizationId}", "deleteUserAuthorization", administration.withdraw),
    ]


def _table() -> list[Operation]:
    rows: list[tuple[str, str, str, Handler]] = [
        *_envelope_rows(),
        *_part_rows(),
        *_template_rows(),
        *_template_part_rows(),
        *_workflow_rows(),
        *_bulk_rows(),
        *_connect_rows(),
        *_account_rows(),
        *_administration_rows(),
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
        segments = path.strip("/").split("/")
        for pattern, operation in self._by_length.get(len(segments), ()):
            if operation.method == method:
                params = _matched(pattern, segments)
                if params is not None:
                    return operation, params
        return None

    def methods(self, path: str) -> set[str]:
        """With which methods the path would be known."""
        segments = path.strip("/").split("/")
        candidates = self._by_length.get(len(segments), ())
        return {operation.method for pattern, operation in candidates if _matched(pattern, segments) is not None}


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
