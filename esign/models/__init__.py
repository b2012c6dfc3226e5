"""The rows that are the truth about what was sent, to whom, and what became of it."""

from esign.models.audit import AuditEvent
from esign.models.batch import Batch, BatchLine, BatchRule
from esign.models.call import DocusignCall, OrphanDraft
from esign.models.connection import DocusignConnection, Grant, OwnerConnection
from esign.models.delivery import ConnectDelivery, SyncWatermark
from esign.models.document import DocumentFetch, EnvelopeDocument
from esign.models.envelope import Claim, Envelope, Purpose, State
from esign.models.mail import OutgoingMail, Reminder
from esign.models.signer import Channel, Role, Signer
from esign.models.staff_account import StaffAccount

__all__ = [
    "AuditEvent",
    "Batch",
    "BatchLine",
    "BatchRule",
    "Channel",
    "Claim",
    "ConnectDelivery",
    "DocumentFetch",
    "DocusignCall",
    "DocusignConnection",
    "Envelope",
    "EnvelopeDocument",
    "Grant",
    "OrphanDraft",
    "OutgoingMail",
    "OwnerConnection",
    "Purpose",
    "Reminder",
    "Role",
    "Signer",
    "StaffAccount",
    "State",
    "SyncWatermark",
]
