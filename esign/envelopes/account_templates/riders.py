"""Freeze an envelope with templates of the account in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from esign.envelopes.account_templates.checks import check_for, check_mapping
from esign.envelopes.account_templates.values import Values, tab_values
from esign.envelopes.compose import LEASE_DEFAULTS, CannotCompose
from esign.envelopes.freeze import freeze
from esign.envelopes.send_options import SendOptions
from esign.models import AuditEvent, Envelope, Purpose, Signer
from esign.models.account_template import AccountTemplate, EnvelopeRider

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from leases.models import Lease

# Out of the way of the numbers that recipients have and get, while they are exchanged.
ASIDE = 1_000_000


def freeze_with_templates(
    lease: Lease,
    templates: Sequence[AccountTemplate],
    purpose: Purpose | None = None,
    *,
    by: User | None = None,
    options: SendOptions = LEASE_DEFAULTS,
    in_campaign: bool = False,
) -> Envelope:
    """Freeze an envelope with these templates in it; with none it is `prepare`. Raises CannotCompose."""
    alone = [template for template in templates if template.goes_alone]
    if alone and len(templates) > 1:
        raise CannotCompose([f"“{alone[0]}” goes in an envelope of its own. Send the others apart from it."])
    if alone and purpose in (Purpose.LEASE, Purpose.RENEWAL, None):
        raise CannotCompose(
            [f"“{alone[0]}” is not our lease, so signing it cannot execute one. Send it as an addendum."]
        )
    return freeze(
        lease,
        purpose,
        by=by,
        options=options,
        in_campaign=in_campaign,
        documents=() if alone else None,
        also=lambda envelope: attach(envelope, templates),
    )


def attach(envelope: Envelope, templates: Sequence[AccountTemplate]) -> None:
    """Write the templates of an envelope that is being frozen. Raises CannotCompose with every problem."""
    if not templates:
        return
    signers = list(envelope.signers.all())
    values = Values.of(envelope)
    problems: list[str] = []
    riders = []
    for sequence, template in enumerate(templates, start=1):
        problems += check_mapping(template)
        problems += check_for(template, signers, envelope.purpose, number=envelope.lease.number)
        if template.connection_id != envelope.connection_id:
            problems.append(f"“{template}” is in another Docusign account than the one that sends this lease.")
        riders.append(
            EnvelopeRider(
                envelope=envelope,
                template=template,
                kind=template.kind,
                template_id_at_docusign=template.template_id,
                sequence=sequence,
                roles=template.roles,
                values=tab_values(template, values, problems),
            )
        )
    if problems:
        raise CannotCompose(list(dict.fromkeys(problems)))
    if templates[0].goes_alone:
        _only_its_people(envelope, templates[0], signers)
    EnvelopeRider.objects.bulk_create(riders)
    AuditEvent.record(
        envelope.lease,
        "envelope.templates",
        f"{envelope} goes out with {', '.join(f'“{template}”' for template in templates)} of the Docusign account.",
        actor=str(envelope.created_by or "system"),
        envelope=envelope,
        key=f"{envelope.pk}:templates",
        templates={str(rider.template_id_at_docusign): rider.values for rider in riders},
    )


def _only_its_people(envelope: Envelope, template: AccountTemplate, signers: Sequence[Signer]) -> None:
    """Those whom the template has a role for, under the numbers and in the order that the template gives them."""
    envelope.signers.exclude(key__in=template.roles.values()).delete()
    by_key = {signer.key: signer for signer in signers}
    people = [(by_key[template.roles[role["name"]]], role) for role in template.its_roles]
    for signer, role in people:
        Signer.objects.filter(pk=signer.pk).update(recipient_id=ASIDE + signer.recipient_id)
        signer.recipient_id, signer.routing_order = role["recipient_id"], role["order"]
    Signer.objects.bulk_update([signer for signer, _ in people], ["recipient_id", "routing_order"])


def templates_of(envelope: Envelope) -> list[AccountTemplate]:
    """What this envelope was sent with, for its next revision."""
    return [rider.template for rider in envelope.riders.select_related("template__connection")]
