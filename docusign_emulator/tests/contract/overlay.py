"""What Docusign's description leaves unsaid, by definition: keys that must be there, values there are, forms of texts.

Every line names where it is read; `spec` is the prose of the description itself.
"""

from __future__ import annotations

_DOCS = "https://developers.docusign.com/docs/esign-rest-api"
_ENVELOPES = f"{_DOCS}/reference/envelopes"

# Answers: {definition: (keys, source)}
REQUIRED_IN_ANSWERS: dict[str, tuple[tuple[str, ...], str]] = {
    "errorDetails": (("errorCode", "message"), f"{_DOCS}/esign101/error-codes/"),
    "envelopeSummary": (("envelopeId", "status", "statusDateTime", "uri"), f"{_ENVELOPES}/envelopes/create/"),
    "envelope": (
        ("envelopeId", "status", "createdDateTime", "lastModifiedDateTime", "emailSubject"),
        f"{_ENVELOPES}/envelopes/get/",
    ),
    "envelopesInformation": (
        ("resultSetSize", "startPosition", "endPosition", "totalSetSize"),
        f"{_ENVELOPES}/envelopes/liststatuschanges/",
    ),
    "envelopeTransactionStatus": (("transactionId", "envelopeId", "status"), "spec"),
    "envelopeUpdateSummary": (("envelopeId",), f"{_ENVELOPES}/envelopes/update/"),
    "envelopeDocumentsResult": (("envelopeId", "envelopeDocuments"), f"{_ENVELOPES}/envelopedocuments/list/"),
    "envelopeDocument": (("documentId", "name", "type", "uri"), f"{_ENVELOPES}/envelopedocuments/list/"),
    "envelopeAuditEventResponse": (("auditEvents",), f"{_ENVELOPES}/envelopes/listauditevents/"),
    "signer": (("recipientId", "recipientIdGuid", "routingOrder", "status"), f"{_ENVELOPES}/enveloperecipients/list/"),
    "viewUrl": (("url",), f"{_ENVELOPES}/envelopeviews/createrecipient/"),
    "lockInformation": (
        ("lockToken", "lockedByUser", "lockDurationInSeconds", "lockedUntilDateTime"),
        f"{_DOCS}/esign101/concepts/envelopes/lock/",
    ),
    "templateSummary": (("templateId",), f"{_DOCS}/reference/templates/templates/create/"),
    "envelopeTemplateResults": (("resultSetSize", "totalSetSize"), f"{_DOCS}/reference/templates/templates/list/"),
    "bulkSendResponse": (("totalQueued",), f"{_DOCS}/reference/bulkenvelopes/bulksend/"),
    "bulkSendTestResponse": (("canBeSent",), f"{_DOCS}/reference/bulkenvelopes/bulksend/createbulksendtest/"),
    "connectCustomConfiguration": (
        ("connectId", "name", "urlToPublishTo"),
        f"{_DOCS}/reference/connect/connectconfigurations/create/",
    ),
    "connectConfigResults": (("configurations", "totalRecords"), f"{_DOCS}/reference/connect/connectconfigurations/"),
    "userInformation": (("userId", "userName", "email", "userStatus"), f"{_DOCS}/reference/users/users/list/"),
}

# Answers that may be less under a condition: {definition: (values that say so, keys that are there then, source)}
OTHERWISE: dict[str, tuple[dict[str, str], tuple[str, ...], str]] = {
    "envelopeSummary": ({"status": "processing"}, ("status",), "spec, of `asynchronous`"),
}

REQUIRED_IN_REQUESTS: dict[str, tuple[tuple[str, ...], str]] = {
    "recipientViewRequest": (
        ("returnUrl", "authenticationMethod"),
        f"{_ENVELOPES}/envelopeviews/createrecipient/",
    ),
    "bulkSendRequest": (("envelopeOrTemplateId",), f"{_DOCS}/reference/bulkenvelopes/bulksend/createbulksendrequest/"),
}

_VIEW, _OAUTH = "EnvelopeViewRequest", "ConnectOAuthConfig"
# Calls of which a later release has other bodies than the description: (method, end of the path) to the definitions of
# request and answer, as the Python SDK 6.1.0 has them. None: as described.
NEWER_BODIES: dict[tuple[str, str], tuple[str | None, str | None]] = {
    ("POST", "/envelopes/{envelopeId}/views/sender"): (_VIEW, None),  # R/envelopes/envelopeviews/createsender
    ("POST", "/envelopes/{envelopeId}/views/edit"): (_VIEW, None),  # R/envelopes/envelopeviews/createedit
    ("POST", "/envelopes/{envelopeId}/views/correct"): (_VIEW, None),  # R/envelopes/envelopeviews/createcorrect
    ("POST", "/templates/{templateId}/views/edit"): ("TemplateViewRequest", None),
    ("GET", "/envelopes/{envelopeId}/docGenFormFields"): (None, "DocGenFormFieldResponse"),
    ("PUT", "/envelopes/{envelopeId}/docGenFormFields"): ("DocGenFormFieldRequest", "DocGenFormFieldResponse"),
    ("POST", "/connect/envelopes/publish/historical"): (
        "ConnectHistoricalEnvelopeRepublish",
        "EnvelopePublishTransaction",
    ),
    ("PUT", "/templates/auto_match"): (None, None),  # not the update of a template
    ("POST", "/brands"): ("brand", "brandsResponse"),
    ("GET", "/connect/oauth"): (None, _OAUTH),
    ("POST", "/connect/oauth"): (_OAUTH, _OAUTH),  # R/connect/connectconfigurations/createconnectoauthconfig
    ("PUT", "/connect/oauth"): (_OAUTH, _OAUTH),
    ("DELETE", "/connect/oauth"): (None, None),
}

_RECIPIENT = ("created", "sent", "delivered", "signed", "completed", "declined", "autoresponded", "faxpending")
_RECIPIENT_SOURCE = f"{_DOCS}/esign101/concepts/recipients/status-codes/"
_ENVELOPE = (
    "created", "sent", "delivered", "signed", "completed", "declined", "voided", "correct", "processing", "deleted",
    "template",
)  # fmt: skip
_ENVELOPE_SOURCE = f"{_DOCS}/esign101/concepts/envelopes/status-codes/"
_TAB_STATUS = ("active", "signed", "declined", "na")
_UNITS = ("pixels", "inches", "mms", "cms", "")

# Both ways: {(definition, key): (values, source)}
VALUES: dict[tuple[str, str], tuple[tuple[str, ...], str]] = {
    ("envelope", "status"): (_ENVELOPE, _ENVELOPE_SOURCE),
    ("envelopeSummary", "status"): (_ENVELOPE, _ENVELOPE_SOURCE),
    ("envelopeTransactionStatus", "status"): (_ENVELOPE, _ENVELOPE_SOURCE),
    ("envelope", "purgeState"): (
        ("unpurged", "documents_queued", "documents_dequeued", "documents_and_metadata_queued",
         "documents_and_metadata_and_redact_queued", "documents_purged", "documents_and_metadata_purged",
         "documents_and_metadata_and_redact_purged"),
        f"{_DOCS}/esign101/concepts/documents/purging/",
    ),
    **{
        (kind, "status"): (_RECIPIENT, _RECIPIENT_SOURCE)
        for kind in ("signer", "carbonCopy", "certifiedDelivery", "inPersonSigner", "editor", "agent", "intermediary",
                     "witness", "notaryRecipient", "sealSign")
    },
    **{
        (kind, "status"): (_TAB_STATUS, "spec")
        for kind in ("signHere", "initialHere", "dateSigned", "text", "checkbox", "list", "fullName", "number")
    },
    **{
        (kind, "anchorUnits"): (_UNITS, f"{_DOCS}/esign101/concepts/tabs/auto-place/")
        for kind in ("signHere", "initialHere", "dateSigned", "text", "checkbox", "list", "fullName")
    },
    ("recipientViewRequest", "authenticationMethod"): (
        ("Biometric", "Email", "HTTPBasicAuth", "Kerberos", "KnowledgeBasedAuth", "None", "PaperDocuments", "Password",
         "RSASecureID", "SingleSignOn_CASiteminder", "SingleSignOn_InfoCard", "SingleSignOn_MicrosoftActiveDirectory",
         "SingleSignOn_Other", "SingleSignOn_Passport", "SingleSignOn_SAML", "Smartcard", "SSLMutualAuth",
         "X509Certificate"),
        f"{_ENVELOPES}/envelopeviews/createrecipient/",
    ),
    ("workflow", "workflowStatus"): (("paused", "in_progress"), f"{_DOCS}/how-to/pause-workflow/"),
    ("connectCustomConfiguration", "deliveryMode"): (("SIM", "aggregate"),
                                                     f"{_DOCS}/reference/connect/connectconfigurations/create/"),
    ("lockInformation", "lockType"): (("edit",), f"{_DOCS}/esign101/concepts/envelopes/lock/"),
}  # fmt: skip

# Texts of a form, in answers: keys that end so, and what they match.
FORMS = {
    # Times are UTC: milliseconds and four zeros; in messages of Connect as precise as they are, without zeros at the
    # end. https://developers.docusign.com/docs/esign-rest-api/how-to/require-access-code-recipient/
    "DateTime": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}0000|\.\d{0,6}[1-9])?Z$",
}

# The envelope a Connect message carries has these besides; spec of the message: connect.schema-v2.json
# https://developers.docusign.com/platform/webhooks/connect/json-sim-event-model/
MESSAGE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["event", "apiVersion", "uri", "retryCount", "configurationId", "generatedDateTime", "data"],
    "properties": {
        "event": {"type": "string", "pattern": "^(envelope|recipient|template|click|sms)-[a-z-]+$"},
        "apiVersion": {"enum": ["v2.1"]},
        "uri": {"type": "string", "pattern": "^/restapi/v2.1/accounts/[^/]+/envelopes/[^/]+$"},
        "retryCount": {"type": "integer"},
        "configurationId": {"type": "integer"},
        "generatedDateTime": {"type": "string", "pattern": FORMS["DateTime"]},
        "data": {
            "type": "object",
            "additionalProperties": False,
            "required": ["accountId", "userId", "envelopeId"],
            "properties": {
                "accountId": {"type": "string"},
                "userId": {"type": "string"},
                "envelopeId": {"type": "string"},
                "recipientId": {"type": "string"},
                "envelopeSummary": {"$ref": "#/definitions/envelope"},
            },
        },
    },
}
IN_MESSAGES_ONLY = {"envelopeDocument": ("PDFBytes",), "envelope": ("envelopeMetadata",)}
