"""Envelopes, their people and papers for tests. `EnvelopeFactory(state="sent", lease__tenants=2)`."""

# mypy: disallow-subclassing-any=false, disallow-untyped-decorators=false
# factory-boy says it is typed, but its calls are not, and calling a factory does not return one of its class.

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from esign.models import (
    Batch,
    BatchLine,
    BatchRule,
    BulkSend,
    DocusignCall,
    DocusignConnection,
    DownloadJob,
    Envelope,
    EnvelopeDocument,
    OrphanDraft,
    Signer,
    State,
    WebhookMessage,
)
from esign.models.document import keep
from leases.status import LeaseStatus
from tests.factories import LeaseFactory

if TYPE_CHECKING:
    factory: Any
    DjangoModelFactory: Any
else:
    import factory
    from factory.django import DjangoModelFactory

# Enough of a PDF for what only stores and serves bytes.
SMALL_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

WITHOUT_DOCUSIGN_ID = (State.READY, State.CREATING)
NEVER_SENT = (State.READY, State.CREATING, State.DRAFTED, State.SENDING)


class EnvelopeFactory(DjangoModelFactory):
    """An envelope in any state, with its lease's signers, whatever `signers=False` leaves out.

    Rows only: nothing is rendered, and Docusign knows nothing of it. `prepare` makes real ones.
    """

    class Meta:
        model = Envelope
        skip_postgeneration_save = True

    lease = factory.SubFactory(LeaseFactory, stage=LeaseStatus.OUT_FOR_SIGNATURE)
    connection = factory.LazyFunction(DocusignConnection.objects.default)
    purpose = "lease"
    revision = 1
    lease_version = factory.LazyAttribute(lambda envelope: envelope.lease.version)
    terms = factory.LazyAttribute(lambda envelope: envelope.lease.terms())
    terms_sha256 = factory.LazyAttribute(lambda envelope: envelope.lease.terms_sha256())
    subject = factory.LazyAttribute(lambda envelope: f"Please sign your lease {envelope.lease.number}")
    state = State.READY
    docusign_id = factory.LazyAttribute(
        lambda envelope: None if envelope.state in WITHOUT_DOCUSIGN_ID else uuid.uuid4()
    )
    sent_at = factory.LazyAttribute(
        lambda envelope: None if envelope.state in NEVER_SENT else timezone.now() - timedelta(hours=2)
    )

    @factory.post_generation
    def signers(envelope: Envelope, create: bool, wanted: bool | None, **kwargs: Any) -> None:
        if wanted is False:
            return
        for number, person in enumerate(envelope.lease.required_signers(), start=1):
            SignerFactory(
                envelope=envelope,
                key=person.key,
                role=person.role,
                tenant=person.party.tenant if person.party else None,
                recipient_id=number,
                routing_order=person.order,
                name=person.name,
                email=person.email,
                phone=person.phone,
                channel=person.channel,
                language=person.language,
            )


class SignerFactory(DjangoModelFactory):
    class Meta:
        model = Signer

    envelope = factory.SubFactory(EnvelopeFactory, signers=False)
    key = factory.Sequence(lambda n: f"tenant{n + 1}")
    role = "tenant"
    recipient_id = factory.Sequence(lambda n: n + 1)
    routing_order = 1
    name = "Grace Okafor"
    email = "grace@mail.example"
    channel = "portal"


class EnvelopeDocumentFactory(DjangoModelFactory):
    """A document whose bytes are in the storage: give `content` for others than a small PDF."""

    class Meta:
        model = EnvelopeDocument

    class Params:
        content = SMALL_PDF

    envelope = factory.SubFactory(EnvelopeFactory)
    kind = EnvelopeDocument.Kind.SENT
    document_id = 1
    name = "Residential lease"
    pages = 1
    size = factory.LazyAttribute(lambda document: len(document.content))
    file = factory.LazyAttribute(lambda document: keep(document.content, folder="test")[0])
    sha256 = factory.LazyAttribute(lambda document: keep(document.content, folder="test")[1])


class DocumentFetchFactory(DjangoModelFactory):
    class Meta:
        model = DownloadJob

    envelope = factory.SubFactory(EnvelopeFactory, state=State.COMPLETED)


class DocusignCallFactory(DjangoModelFactory):
    class Meta:
        model = DocusignCall

    envelope = factory.SubFactory(EnvelopeFactory)
    connection = factory.LazyFunction(DocusignConnection.objects.default)
    operation = "createEnvelope"
    started_at = factory.LazyFunction(timezone.now)
    duration_ms = 240
    outcome = DocusignCall.Outcome.OK
    status = 201
    trace_token = factory.LazyFunction(lambda: str(uuid.uuid4()))


class ConnectDeliveryFactory(DjangoModelFactory):
    class Meta:
        model = WebhookMessage

    digest = factory.LazyFunction(lambda: uuid.uuid4().hex * 2)
    event = "envelope-sent"
    body = factory.LazyAttribute(lambda delivery: {"event": delivery.event, "retryCount": "0"})
    generated_at = factory.LazyFunction(timezone.now)


class OrphanDraftFactory(DjangoModelFactory):
    class Meta:
        model = OrphanDraft

    connection = factory.LazyFunction(DocusignConnection.objects.default)
    docusign_id = factory.LazyFunction(uuid.uuid4)
    due_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=24))


class BatchRuleFactory(DjangoModelFactory):
    class Meta:
        model = BatchRule

    name = factory.Sequence(lambda n: f"Renewals {n}")
    days_before_end = 60


class BatchFactory(DjangoModelFactory):
    class Meta:
        model = Batch

    rule = factory.SubFactory(BatchRuleFactory)
    title = factory.LazyAttribute(lambda batch: batch.rule.name if batch.rule else "By hand")
    done_at = factory.LazyFunction(timezone.now)
    approved_at = factory.LazyFunction(timezone.now)
    released_at = factory.LazyFunction(timezone.now)
    day = factory.LazyFunction(timezone.localdate)


class BulkSendFactory(DjangoModelFactory):
    class Meta:
        model = BulkSend

    batch = factory.SubFactory(BatchFactory)
    connection = factory.LazyFunction(DocusignConnection.objects.default)
    name = factory.Sequence(lambda n: f"PropertyApp list {n}")


class BatchLineFactory(DjangoModelFactory):
    class Meta:
        model = BatchLine

    batch = factory.SubFactory(BatchFactory)
    rule = factory.SelfAttribute("batch.rule")
    lease = factory.SubFactory(LeaseFactory, stage=LeaseStatus.ACTIVE)
    occasion = factory.LazyAttribute(lambda line: line.lease.end_date)
