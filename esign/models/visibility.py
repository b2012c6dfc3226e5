"""How the rows of this app are reached from a property, for `leases.visibility`."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import Q

from esign.models import (
    AccountTemplate,
    AuditEvent,
    Batch,
    BatchLine,
    BatchRule,
    Correction,
    DocumentTemplate,
    DocumentTemplateVersion,
    DocusignCall,
    DocusignConnection,
    Envelope,
    EnvelopeDocument,
    FormAnswer,
    Notice,
    OrphanDraft,
    Signer,
    SigningTimes,
    WebhookMessage,
)
from leases.visibility import limit_by, limit_by_path, open_to_all_staff, properties_of


def _rules(user: User) -> Q:
    """A rule for properties that they all see. One for a whole portfolio or for all is for those who see all."""
    chosen = BatchRule.properties.through._default_manager
    others = chosen.exclude(property__in=properties_of(user))
    whole_portfolios = BatchRule.portfolios.through._default_manager.values("batchrule")
    return Q(pk__in=chosen.values("batchrule")) & ~Q(pk__in=others.values("batchrule")) & ~Q(pk__in=whole_portfolios)


def _batches(user: User) -> Q:
    """Runs of rules that they see; and runs by hand whose leases are all in properties that they see."""
    places = Batch.properties.through._default_manager
    others = places.exclude(property__in=properties_of(user))
    by_hand = Q(rule__isnull=True, pk__in=places.values("batch")) & ~Q(pk__in=others.values("batch"))
    return by_hand | Q(rule__in=BatchRule.objects.filter(_rules(user)).order_by().values("pk"))


def say_whose_rows_these_are() -> None:
    """Called once, when the app starts."""
    for of_lease in (AuditEvent, BatchLine, Envelope):
        limit_by_path(of_lease, "lease__unit__property")
    limit_by_path(Correction, "signer__envelope__lease__unit__property")
    # What belongs to no envelope, such as the calls that list templates, is seen by those who see all.
    for of_envelope in (DocusignCall, EnvelopeDocument, FormAnswer, Notice, OrphanDraft, Signer, WebhookMessage):
        limit_by_path(of_envelope, "envelope__lease__unit__property")
    limit_by(BatchRule, _rules)
    limit_by(Batch, _batches)
    open_to_all_staff(AccountTemplate, DocumentTemplate, DocumentTemplateVersion, DocusignConnection, SigningTimes)
