"""Compose an envelope: check the lease and its signers, and render the documents. Nothing is written or called.

`esign.envelopes.freeze` writes what was composed. The confirmation page shows it before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.utils import timezone

from esign.documents.languages import language_table
from esign.documents.packet import RenderedDocument
from esign.documents.preflight import Preflight, check_signers, check_subject, check_terms, preflight
from esign.envelopes.recipients import Recipient, problems_of
from esign.envelopes.send_options import SendOptions
from esign.envelopes.template_texts import PUBLISHED, OfficeTexts
from esign.models import Channel, Purpose, Role
from esign.models.envelope import PURPOSES_OF_THE_LEASE_ITSELF
from esign.models.signer import SIGNING_ROLES
from leases.canonical import sha256_of
from leases.languages import ENGLISH, common_language
from leases.models import Lease
from leases.signers import RequiredSigner
from leases.status import LeaseStatus

MAX_MESSAGE = 10_000
LEASE_DEFAULTS = SendOptions()
LIKE: dict[str, str] = {
    Channel.EMAIL_SMS: Channel.EMAIL,
    Channel.INVITED: Channel.EMAIL,
    Channel.OFFICE: Channel.PORTAL,
}


class CannotCompose(Exception):
    """The lease cannot be sent as it is. `problems` says what to fix, each in a sentence for the office."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class Packet:
    """Everything an envelope would hold, rendered and checked: what the confirmation page shows."""

    lease: Lease
    purpose: Purpose
    subject: str
    recipients: list[Recipient]
    documents: list[RenderedDocument]
    terms: dict[str, Any]
    terms_sha256: str
    problems: list[str]
    message: str = ""


def compose(
    lease: Lease,
    purpose: Purpose | None = None,
    options: SendOptions = LEASE_DEFAULTS,
    documents: Sequence[str] | None = None,
    extra: Mapping[str, Any] | None = None,
    texts: OfficeTexts = PUBLISHED,
    *,
    just_read: bool = False,
) -> Packet:
    """Render and check the envelope that `freeze` would write. Collects every problem, not the first.

    `documents` names what to make instead of the purpose's own documents; `extra` adds the group of variables that a
    notice or an inspection prints (see `esign.documents.extras`). With `documents=()` there are none of ours: all
    comes from a template of the Docusign account (see `esign.envelopes.account_templates`). The lease is read again,
    unless it was `just_read` with its terms.
    """
    if not just_read:
        about_itself = purpose is None or purpose in PURPOSES_OF_THE_LEASE_ITSELF
        leases = Lease.objects.with_terms() if about_itself else Lease.objects.with_people()
        lease = leases.get(pk=lease.pk)
    purpose = purpose or purpose_of(lease)
    recipients = recipients_of(lease, purpose, options)
    terms = lease.terms()
    subject = _subject(lease, documents[0] if documents else purpose, recipients, purpose)
    problems = problems_of_the_lease(lease, purpose)
    signing = [_for_preflight(person) for person in recipients if person.role in SIGNING_ROLES]
    if documents is not None and not documents:
        checked = Preflight((), (*check_terms(terms), *check_signers(signing), *check_subject(subject)))
    else:
        checked = preflight(
            terms,
            purpose,
            signing,
            on=timezone.localdate(),
            subject=subject,
            template_source=texts,
            language=_language(recipients),
            company={"name": settings.COMPANY_NAME, "email": settings.SUPPORT_EMAIL},
            previous_terms=_terms_before(lease, purpose),
            extra=extra,
            documents=documents,
        )
    problems += [*_problems_found(checked, recipients), *problems_of(recipients)]
    if len(options.message) > MAX_MESSAGE:
        problems.append(f"The message has {len(options.message)} characters; Docusign takes {MAX_MESSAGE}.")
    return Packet(
        lease,
        purpose,
        subject,
        recipients,
        list(checked.documents),
        terms,
        sha256_of(terms),
        list(dict.fromkeys(problems)),
        options.message,
    )


def _problems_found(checked: Preflight, recipients: Iterable[Recipient]) -> list[str]:
    """Without those of people who sign at the office, who need no address."""
    seated = {person.name for person in recipients if person.channel == Channel.OFFICE}
    return [
        str(problem) for problem in checked.problems if not (problem.code == "no_email" and problem.where in seated)
    ]


def purpose_of(lease: Lease) -> Purpose:
    """What an envelope of the lease itself is for."""
    return Purpose.RENEWAL if lease.previous_lease_id else Purpose.LEASE


def recipients_of(lease: Lease, purpose: Purpose, options: SendOptions = LEASE_DEFAULTS) -> list[Recipient]:
    """Everyone an envelope for this purpose would go to, with these options."""
    return options.apply(list(_recipients(lease, purpose, acknowledge=options.acknowledge)))


def who_cannot_be_asked(lease: Lease, signers: Sequence[RequiredSigner]) -> list[str]:
    """What keeps the people of a lease from being asked to sign, as `compose` would say it; nothing is rendered."""
    people = list(_everyone(lease, signers))
    signing = [_for_preflight(person) for person in people if person.role in SIGNING_ROLES]
    return [*(str(problem) for problem in check_signers(signing)), *problems_of(people)]


def _terms_before(lease: Lease, purpose: Purpose) -> dict[str, Any] | None:
    """What a renewal is compared with; preflight says so where there is nothing."""
    if purpose != Purpose.RENEWAL or lease.previous_lease is None:
        return None
    return lease.previous_lease.terms()


def _for_preflight(person: Recipient) -> Recipient:
    """The preflight knows three ways to reach people; each other way needs what one of these needs."""
    return replace(person, channel=LIKE.get(person.channel, person.channel))


def problems_of_the_lease(lease: Lease, purpose: Purpose) -> list[str]:
    """What keeps an envelope for this purpose from being made, apart from the people who have to sign it."""
    if purpose not in PURPOSES_OF_THE_LEASE_ITSELF:
        # It is about a lease that people live under, which stays as it is.
        return [] if lease.status == LeaseStatus.ACTIVE else [not_active(lease, purpose)]
    if lease.status != LeaseStatus.DRAFT:
        return [
            f"Lease {lease.number} is {lease.get_status_display().lower()}; only a draft can be sent for signature."
        ]
    return list(lease.problems())


def not_active(lease: Lease, purpose: Purpose) -> str:
    stage, what = lease.get_status_display().lower(), purpose.label.lower()
    article = "an" if what[0] in "aeiou" else "a"
    return f"Lease {lease.number} is {stage}; only under an active lease can {article} {what} be sent."


def _language(recipients: list[Recipient]) -> str:
    return common_language(
        person.language
        for person in recipients
        if person.role == Role.TENANT or (person.role == Role.CERTIFIED_DELIVERY and person.tenant_id)
    )


def _recipients(lease: Lease, purpose: Purpose, *, acknowledge: bool) -> Iterable[Recipient]:
    if purpose == Purpose.NOTICE:
        yield from _recipients_of_a_notice(lease, acknowledge=acknowledge)
        return
    yield from _everyone(lease, lease.required_signers())


def _everyone(lease: Lease, signers: Sequence[RequiredSigner]) -> Iterable[Recipient]:
    for signer in signers:
        yield Recipient(
            key=signer.key,
            role=signer.role,
            name=signer.name,
            email=signer.email,
            phone=signer.phone,
            channel=signer.channel,
            language=signer.language,
            order=signer.order,
            tenant_id=signer.party.tenant_id if signer.party else None,
        )
    yield from _owners_copy(lease, max(signer.order for signer in signers) + 1)


def _recipients_of_a_notice(lease: Lease, *, acknowledge: bool) -> Iterable[Recipient]:
    """The landlord signs; then each tenant has to open it or, to acknowledge it, signs that they received it.

    https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/recipients/
    """
    for signer in lease.required_signers():
        if signer.role not in (Role.TENANT, Role.LANDLORD):
            continue
        is_tenant = signer.role == Role.TENANT
        yield Recipient(
            key=signer.key,
            role=Role.CERTIFIED_DELIVERY if is_tenant and not acknowledge else signer.role,
            name=signer.name,
            email=signer.email,
            phone=signer.phone,
            channel=signer.channel,
            language=signer.language,
            order=2 if is_tenant else 1,
            tenant_id=signer.party.tenant_id if signer.party else None,
        )
    yield from _owners_copy(lease, 3)


def _owners_copy(lease: Lease, order: int) -> Iterable[Recipient]:
    owner = lease.unit.property.owner
    if owner.copy_email:
        yield Recipient(
            key="copy1",
            role=Role.CARBON_COPY,
            name=owner.legal_name[:100],
            email=owner.copy_email,
            phone="",
            channel=Channel.EMAIL,
            language=ENGLISH,
            order=order,
        )


def _subject(lease: Lease, what: str, recipients: list[Recipient], purpose: Purpose) -> str:
    """Within Docusign's 100 characters: the place gives way before the number does."""
    known = language_table(_language(recipients)).subjects
    template_text = known.get(what, known[purpose])
    room = 100 - len(template_text.format(number=lease.number, place=""))
    return template_text.format(number=lease.number, place=str(lease.unit)[:room])
