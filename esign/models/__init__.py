"""The rows that are the truth about what was sent, to whom, and what became of it."""

from esign.models.account_template import AccountTemplate, EnvelopeRider
from esign.models.anchor import AnchoredHead, EvidenceAnchor
from esign.models.audit import AuditEvent
from esign.models.batch import Batch, BatchLine
from esign.models.batch_rule import BatchRule, CampaignContents, CampaignKind
from esign.models.bulk import BulkSend, BulkState
from esign.models.call import DocusignCall, OrphanDraft
from esign.models.connection import DocusignConnection, Grant, OwnerConnection
from esign.models.consent import ElectronicConsent
from esign.models.correction import Correction
from esign.models.document import DocumentOpening, DownloadJob, EnvelopeDocument
from esign.models.envelope import Claim, Envelope, Purpose, State
from esign.models.form_data import FormAnswer, FormDataJob
from esign.models.mail import MailKind, OutgoingMail, Reminder, StaffMail
from esign.models.notice import Notice
from esign.models.portal_code import PortalCode
from esign.models.signer import Channel, Role, Signer, whose_turn
from esign.models.signing_times import SigningTimes
from esign.models.staff_account import StaffAccount
from esign.models.template import BuiltInText, DocumentTemplate, DocumentTemplateVersion
from esign.models.webhook_message import SyncWatermark, WebhookMessage

__all__ = [
    "AccountTemplate",
    "AnchoredHead",
    "AuditEvent",
    "Batch",
    "BatchLine",
    "BatchRule",
    "BuiltInText",
    "BulkSend",
    "BulkState",
    "CampaignContents",
    "CampaignKind",
    "Channel",
    "Claim",
    "Correction",
    "DocumentOpening",
    "DocumentTemplate",
    "DocumentTemplateVersion",
    "DocusignCall",
    "DocusignConnection",
    "DownloadJob",
    "ElectronicConsent",
    "Envelope",
    "EnvelopeDocument",
    "EnvelopeRider",
    "EvidenceAnchor",
    "FormAnswer",
    "FormDataJob",
    "Grant",
    "MailKind",
    "Notice",
    "OrphanDraft",
    "OutgoingMail",
    "OwnerConnection",
    "PortalCode",
    "Purpose",
    "Reminder",
    "Role",
    "Signer",
    "SigningTimes",
    "StaffAccount",
    "StaffMail",
    "State",
    "SyncWatermark",
    "WebhookMessage",
    "whose_turn",
]
