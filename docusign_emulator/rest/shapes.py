"""What each call answers, for the emulator's own description: closed objects whose scalars are texts.

Open are only the places where the sender's own words come back: recipients, tabs, settings, configurations.
"""

from __future__ import annotations

from docusign_emulator.envelopes.model import RECIPIENT_KINDS
from docusign_emulator.protocol.formats import Json

_TEXT: Json = {"type": "string"}
_FLAG: Json = {"type": "boolean"}
_TEXTS: Json = {"type": "array", "items": _TEXT}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _many(name: str) -> Json:
    return {"type": "array", "items": _ref(name)}


def _open(texts: str, must: str) -> Json:
    """As `_object`, but others may be there too."""
    return _object(texts, must) | {"additionalProperties": True}


def _object(texts: str = "", must: str = "", **others: Json) -> Json:
    """`texts`: keys with a text; `must`: those that are always there."""
    made: Json = {"type": "object", "properties": dict.fromkeys(texts.split(), _TEXT) | others}
    made["additionalProperties"] = False
    if must:
        made["required"] = must.split()
    return made


_PAGING = "resultSetSize startPosition endPosition totalSetSize"
_WHO = _object("userId userName email", "userId userName email")
_BULK_COUNTS = "batchId batchName batchSize queued sent failed submittedDate"

COMPONENTS: dict[str, Json] = {
    "Error": _object("errorCode message", "errorCode message"),
    "OAuthError": _object("error error_description", "error"),
    "Token": {
        "type": "object",
        "required": ["access_token", "token_type", "expires_in"],
        "properties": dict.fromkeys(("access_token", "token_type", "refresh_token", "scope"), _TEXT)
        | {"expires_in": {"type": "integer"}},
        "additionalProperties": False,
    },
    "UserInfo": _object(
        "sub name given_name family_name created email",
        "sub email accounts",
        accounts={
            "type": "array",
            "items": _object(
                "account_id account_name base_uri",
                "account_id base_uri is_default",
                is_default=_FLAG,
                organization=_object("organization_id", links={"type": "array"}),
            ),
        },
    ),
    "Nothing": _object(),
    "Envelope": _object(
        "envelopeId status emailSubject emailBlurb transactionId purgeState voidedReason brandId brandLock"
        " createdDateTime lastModifiedDateTime statusChangedDateTime initialSentDateTime sentDateTime deliveredDateTime"
        " completedDateTime declinedDateTime voidedDateTime deletedDateTime expireEnabled expireDateTime expireAfter"
        " documentsUri recipientsUri attachmentsUri envelopeUri customFieldsUri notificationUri documentsCombinedUri"
        " certificateUri templatesUri allowMarkup allowReassign autoNavigation envelopeIdStamping enableWetSign"
        " signerCanSignOnMobile disableResponsiveDocument isSignatureProviderEnvelope hasFormDataChanged allowComments"
        " hasComments allowViewHistory envelopeLocation is21CFRPart11 isDynamicEnvelope signingLocation"
        " authoritativeCopy enforceSignerVisibility externalEnvelopeId messageLock recipientsLock useDisclosure"
        " asynchronous copyRecipientData burnDefaultTabData uSigState",
        "envelopeId status emailSubject createdDateTime lastModifiedDateTime sender",
        sender=_object("userName userId accountId email ipAddress", "userId"),
        envelopeMetadata=_object("allowAdvancedCorrect enableSignWithNotary allowCorrect"),
        recipients=_ref("Recipients"),
        customFields=_ref("CustomFields"),
        envelopeDocuments=_many("Document"),
        lockInformation=_ref("Lock"),
        folders=_many("Folder"),
    ),
    "EnvelopeSummary": _object(
        "envelopeId uri status statusDateTime recipientSigningUri recipientSigningUriError", "status statusDateTime"
    ),
    "EnvelopeUpdate": _object("envelopeId purgeState", "envelopeId", recipientUpdateResults=_many("RecipientUpdate")),
    "Envelopes": _object(
        f"{_PAGING} lastQueriedDateTime nextUri previousUri",
        _PAGING,
        envelopes=_many("Envelope"),
        envelopeTransactionStatuses={
            "type": "array",
            "items": _object("transactionId envelopeId status", "transactionId envelopeId status"),
        },
    ),
    "AuditEvents": _object(
        must="auditEvents",
        auditEvents={
            "type": "array",
            "items": _object(eventFields={"type": "array", "items": _object("name value", "name value")}),
        },
    ),
    "Recipient": _open("recipientId recipientIdGuid status", "recipientId recipientIdGuid status"),
    "Recipients": _object(
        "recipientCount currentRoutingOrder", "recipientCount", **{kind: _many("Recipient") for kind in RECIPIENT_KINDS}
    ),
    "RecipientUpdate": _object("recipientId recipientIdGuid", "recipientId", errorDetails=_ref("Error")),
    "RecipientUpdates": _object(recipientUpdateResults=_many("RecipientUpdate")),
    "Tab": {"type": "object"},
    "Tabs": {
        "type": "object",
        "properties": {"prefillTabs": {"type": "object"}},
        "additionalProperties": _many("Tab"),
    },
    "Page": _object("pageId sequence height width dpi"),
    "Document": _object(
        "documentId documentIdGuid name type uri order display includeInDownload signerMustAcknowledge"
        " templateRequired authoritativeCopy containsPdfFormFields",
        "documentId name type uri order",
        pages=_many("Page"),
        availableDocumentTypes={"type": "array", "items": _object("type isDefault")},
        documentFields={"type": "array"},
    ),
    "Documents": _object("envelopeId", "envelopeId envelopeDocuments", envelopeDocuments=_many("Document")),
    "TemplateDocuments": _object("templateId", "templateId", templateDocuments=_many("Document")),
    "View": _object("url", "url"),
    "CustomField": {"type": "object", "properties": {"errorDetails": _ref("Error")}},
    "CustomFields": _object(textCustomFields=_many("CustomField"), listCustomFields=_many("CustomField")),
    "Notification": _object(
        "useAccountDefaults",
        reminders=_object("reminderEnabled reminderDelay reminderFrequency maximumReminderCount"),
        expirations=_object("expireEnabled expireAfter expireWarn"),
    ),
    "Lock": _object(
        "lockToken lockType lockedByApp lockDurationInSeconds lockedUntilDateTime",
        "lockDurationInSeconds lockedUntilDateTime",
        lockedByUser=_WHO,
    ),
    "FormItem": _object("name value originalValue listSelectedValue", "name value"),
    "FormData": _object(
        "envelopeId emailSubject status sentDateTime",
        "envelopeId formData",
        formData=_many("FormItem"),
        prefillFormData=_object(formData=_many("FormItem")),
        recipientFormData={
            "type": "array",
            "items": _object(
                "recipientId name email SentTime DeliveredTime SignedTime DeclinedTime", formData=_many("FormItem")
            ),
        },
    ),
    "DocGenField": _object(
        "name label type required value",
        "name type",
        rowValues={"type": "array", "items": _object(docGenFormFieldList={"type": "array"})},
    ),
    "DocGenFields": _object(
        must="docGenFormFields",
        docGenFormFields={
            "type": "array",
            "items": _object(
                "documentId docGenDocumentStatus",
                docGenFormFieldList=_many("DocGenField"),
                docGenErrors={"type": "array", "items": _object("errorCode message tagIdentifier")},
            ),
        },
    ),
    "Upload": _object(
        "chunkedUploadId chunkedUploadUri checksum committed expirationDateTime maxChunkedUploadParts maxTotalSize"
        " totalSize",
        "chunkedUploadId chunkedUploadUri committed",
        chunkedUploadParts={"type": "array", "items": _object("sequence size")},
    ),
    "Folder": _object(
        "folderId name type itemCount subFolderCount hasSubFolders hasAccess uri", "folderId name type", owner=_WHO
    ),
    "Folders": _object(_PAGING, "folders", folders=_many("Folder"), envelopes={"type": "array"}),
    "TemplateSummary": _object("templateId name uri", "templateId name uri"),
    "Template": _object(
        "templateId name uri description shared passwordProtected created lastModified pageCount folderId folderName"
        " emailSubject emailBlurb signingLocation authoritativeCopy enforceSignerVisibility enableWetSign allowMarkup"
        " allowReassign",
        "templateId name",
        owner=_WHO,
        lastModifiedBy=_WHO,
        documents={
            "type": "array",
            "items": _object(
                "documentId name order pages display includeInDownload signerMustAcknowledge templateRequired uri"
            ),
        },
        recipients=_ref("Recipients"),
        customFields=_ref("CustomFields"),
        notification=_ref("Notification"),
    ),
    "Templates": _object(_PAGING, _PAGING, envelopeTemplates=_many("Template")),
    "BulkList": _object("listId name", "listId name", bulkCopies={"type": "array", "items": {"type": "object"}}),
    "BulkLists": _object(
        must="bulkListSummaries",
        bulkListSummaries={"type": "array", "items": _object("bulkSendListId name createdByUser createdDate")},
    ),
    "BulkTest": _object(must="canBeSent", canBeSent=_FLAG, validationErrors=_TEXTS, validationErrorDetails=_TEXTS),
    "BulkSend": _object(
        "batchId batchName batchSize envelopeOrTemplateId queueLimit totalQueued",
        "totalQueued",
        errors=_TEXTS,
        errorDetails=_TEXTS,
    ),
    "BulkBatch": _object(
        f"{_BULK_COUNTS} action actionStatus envelopeIdOrTemplateId envelopesUri mailingListId mailingListName"
        " ownerUserId senderUserId",
        "batchId batchSize",
        bulkErrors={"type": "array", "items": _object("created errorMessage", recipientEmails=_TEXTS)},
    ),
    "BulkBatches": _object(
        f"{_PAGING} batchSizeLimit bulkProcessQueueLimit bulkProcessTotalQueued",
        _PAGING,
        bulkBatchSummaries={"type": "array", "items": _object(f"{_BULK_COUNTS} batchUri", "batchId")},
    ),
    "BulkEnvelopes": _object(
        _PAGING,
        _PAGING,
        envelopes={
            "type": "array",
            "items": _object(
                "envelopeId status emailSubject sentDateTime createdDateTime lastModifiedDateTime"
                " statusChangedDateTime envelopeUri recipientsUri",
                "envelopeId status",
            ),
        },
    ),
    "Configuration": _open("connectId name urlToPublishTo", "connectId name urlToPublishTo"),
    "Configurations": _object("totalRecords", "configurations totalRecords", configurations=_many("Configuration")),
    "ConnectLog": _object(
        "accountId configUrl connectId created email userName envelopeId error lastTry logId logUri retryCount retryUri"
        " status subject failureId failureUri",
        "envelopeId logId status",
        connectDebugLog={
            "type": "array",
            "items": _object("connectConfig eventDateTime eventDescription payload"),
        },
    ),
    "ConnectLogs": _object("totalRecords type", "totalRecords", logs=_many("ConnectLog"), failures=_many("ConnectLog")),
    "RetryQueue": _object(
        must="retryQueue",
        retryQueue={
            "type": "array",
            "items": _object("configId configUrl envelopeId status statusMessage", "envelopeId status"),
        },
    ),
    "Publishing": _object(
        "envelopePublishTransactionId envelopeCount submittedForPublishingEnvelopeCount processedEnvelopeCount"
        " errorCount processingStatus submissionDate",
        "envelopePublishTransactionId",
    ),
    "ConnectOAuth": _object(
        "authorizationServerUrl clientId scope",
        "authorizationServerUrl clientId",
        customParameters={"type": "object", "additionalProperties": _TEXT},
    ),
    "Secret": _object("index secret", "index secret"),
    "Secrets": _object(must="connectSecrets", connectSecrets=_many("Secret")),
    "Account": _object(
        "accountIdGuid accountName billingPeriodEnvelopesAllowed billingPeriodEnvelopesSent connectPermission"
        " createdDate currentPlanId envelopeSendingBlocked planClassification planName seatsInUse status21CFRPart11"
        " suspensionStatus",
        "accountIdGuid accountName",
        accountSettings=_ref("sdk.AccountSettingsInformation"),
    ),
    "Workflows": _object(
        must="identityVerification",
        identityVerification={
            "type": "array",
            "items": _object(
                "workflowId defaultName defaultDescription",
                "workflowId defaultName",
                inputOptions={"type": "array", "items": _object("optionName valueType")},
            ),
        },
    ),
    "FileTypes": _object(fileTypes={"type": "array", "items": _object("fileExtension mimeType")}),
    "Service": _object("buildVersion", serviceVersions={"type": "array"}, linkedSites=_TEXTS),
    "Resources": _object(resources={"type": "array", "items": _object("name uri")}),
}

# Operations by the component they answer with; "sdk." is before the name of a model of the SDK.
_ANSWERED_BY = {
    "Token": "requestJwtToken",
    "UserInfo": "userInfo",
    "Service": "getServiceInformation",
    "Resources": "getResources",
    "Envelope": "getEnvelope",
    "EnvelopeSummary": "createEnvelope",
    "EnvelopeUpdate": "updateEnvelope updateTemplate",
    "Envelopes": "listStatusChanges listStatus",
    "AuditEvents": "listAuditEvents",
    "Folders": "listFolders moveEnvelopes",
    "Recipients": "listRecipients createRecipient deleteRecipients deleteRecipient listTemplateRecipients"
    " createTemplateRecipients deleteTemplateRecipients deleteTemplateRecipient",
    "RecipientUpdates": "updateRecipients updateTemplateRecipients",
    "Tabs": "listTabs createTabs updateTabs deleteTabs getDocumentTabs createDocumentTabs updateDocumentTabs"
    " listTemplateTabs createTemplateTabs updateTemplateTabs deleteTemplateTabs",
    "sdk.ConsumerDisclosure": "getConsumerDisclosureDefault getConsumerDisclosure",
    "Documents": "listDocuments updateDocuments deleteDocuments updateDocument",
    "View": "createRecipientView createEnvelopeRecipientPreview createSenderView createEditView createCorrectView"
    " createConsoleView createTemplateEditView",
    "CustomFields": "listCustomFields createCustomFields updateCustomFields deleteCustomFields listTemplateCustomFields"
    " listAccountCustomFields createTemplateCustomFields updateTemplateCustomFields"
    " deleteTemplateCustomFields",
    "Notification": "getNotificationSettings updateNotificationSettings getTemplateNotificationSettings"
    " updateTemplateNotificationSettings",
    "sdk.EmailSettings": "getEmailSettings",
    "Lock": "getLock createLock updateLock deleteLock getTemplateLock createTemplateLock updateTemplateLock"
    " deleteTemplateLock",
    "FormData": "getFormData",
    "DocGenFields": "getEnvelopeDocGenFormFields updateEnvelopeDocGenFormFields",
    "Upload": "createChunkedUpload getChunkedUpload updateChunkedUpload deleteChunkedUpload updateChunkedUploadPart",
    "Templates": "listTemplates",
    "TemplateSummary": "createTemplate",
    "Template": "getTemplate",
    "TemplateDocuments": "listTemplateDocuments updateTemplateDocuments",
    "Document": "updateTemplateDocument",
    "BulkLists": "getBulkSendLists deleteBulkSendList",
    "BulkList": "createBulkSendList getBulkSendList updateBulkSendList",
    "BulkTest": "createBulkSendTestRequest",
    "BulkSend": "createBulkSendRequest",
    "BulkBatches": "getBulkSendBatches",
    "BulkBatch": "getBulkSendBatchStatus updateBulkSendBatchStatus updateBulkSendBatchAction",
    "BulkEnvelopes": "getBulkSendBatchEnvelopes",
    "Configurations": "listConfigurations getConfiguration",
    "Configuration": "createConfiguration updateConfiguration",
    "ConnectLogs": "listEventLogs listEventFailureLogs",
    "ConnectLog": "getEventLog",
    "RetryQueue": "retryEventForEnvelopes retryEventForEnvelope",
    "Publishing": "createHistoricalEnvelopePublishTransaction",
    "ConnectOAuth": "getConnectOAuthConfig createConnectOAuthConfig updateConnectOAuthConfig",
    "Secrets": "listConnectSecrets",
    "Secret": "createConnectSecret",
    "Account": "getAccountInformation",
    "sdk.UserInformationList": "listUsers",
    "sdk.UserInformation": "getUser",
    "sdk.AccountSettingsInformation": "listSettings",
    "Workflows": "getAccountIdentityVerification",
    "FileTypes": "listUnsupportedFileTypes",
    "sdk.BrandsResponse": "listBrands getGroupBrands updateGroupBrands deleteGroupBrands",
    "Nothing": "deleteEnvelopeCorrectView deleteConfiguration deleteEventLogs deleteEventLog deleteEventFailureLog"
    " deleteConnectSecret revokeToken",
}
ANSWERS = {operation: name for name, operations in _ANSWERED_BY.items() for operation in operations.split()}
# Those that answer with a file, where neither the description nor the SDK says so.
FILES = ("getDocument", "getTemplateDocument", "getBrandExportFile", "getBrandResourcesByContentType")
