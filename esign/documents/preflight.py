"""What is wrong with a packet before anything is sent, all of it at once, in the words of the office.

Envelopes cost money and a wrong one worries a tenant, so everything that can be known beforehand is. Limits of
Docusign: https://developers.docusign.com/docs/esign-rest-api/esign101/rules-and-limits/
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from esign.documents import fonts, textlayer
from esign.documents.errors import DocumentError, TemplateProblem, TextTooWide
from esign.documents.packet import PacketSigner, RenderedDocument, render_packet
from esign.documents.sources import FILES, TemplateSource

MAX_NAME = 100
MAX_EMAIL = 100
MAX_SUBJECT = 100
MAX_SIGNERS = 100
MAX_ANCHORS = 3000
PHONE = re.compile(r"\+[1-9]\d{7,14}")
CHANNELS = ("portal", "email", "sms")
KINDS = {"pet": "pet addendum", "parking": "parking addendum", "house_rules": "house rules", "other": "addendum"}

# What a document prints, in the words in which staff know where to fill it in
OFFICE_WORDS = {
    "landlord.name": "The owner has no legal name.",
    "landlord.address": "The owner has no mailing address.",
    "landlord.email": "The owner has no e-mail address.",
    "landlord.phone": "The owner has no phone number.",
    "landlord.signatory": "The owner has no signatory, the person who signs leases for it.",
    "landlord.title": "The owner's signatory has no title.",
    "premises.square_feet": "{unit} has no square feet.",
    "premises.bedrooms": "{unit} has no number of bedrooms.",
    "premises.bathrooms": "{unit} has no number of bathrooms.",
    "property.year_built": "{property} has no year of construction.",
    "term.end": "The lease has no last day.",
    "lease.previous": "The lease has no previous lease.",
    "renewal": "The lease renews no earlier lease, so there is nothing to compare it with.",
    "tenant.email": "A tenant has no e-mail address.",
    "tenant.phone": "A tenant has no phone number.",
    "guarantor.email": "A guarantor has no e-mail address.",
    "guarantor.phone": "A guarantor has no phone number.",
    "addendum.terms.breed": "The pet addendum does not say the breed.",
    "addendum.terms.name": "The pet addendum does not say the pet's name.",
    "addendum.terms.weight_lb": "The pet addendum does not say the pet's weight.",
    "addendum.terms.vehicle": "The parking addendum does not say which vehicle.",
    "addendum.terms.plate": "The parking addendum does not say the license plate.",
}
# Groups and keys of `Lease.terms()` without which no document can be made
NEEDED = {
    ("landlord", "legal_name"): "The owner has no legal name.",
    ("landlord", "mailing_address"): "The owner has no mailing address, which notices need.",
    ("landlord", "email"): "The owner has no e-mail address.",
    ("landlord", "signatory_name"): "The owner has no signatory, the person who signs leases for it.",
    ("premises", "street"): "{property} has no street address.",
    ("premises", "city"): "{property} has no city.",
    ("premises", "state"): "{property} has no state.",
    ("premises", "postal_code"): "{property} has no postal code.",
    ("premises", "jurisdiction"): "{property} has no jurisdiction, so no law can be named in the lease.",
    ("term", "start"): "The lease has no first day.",
    ("rent", "monthly"): "The lease has no monthly rent.",
}
NEEDED_OF_ADDENDUM = {
    "pet": {"species": "what kind of animal it is"},
    "parking": {"space": "which space it is"},
    "other": {"text": "anything"},
}


@dataclass(frozen=True)
class Problem:
    """One thing to put right. `code` is for programs, `message` for staff, `where` names the record or document."""

    code: str
    message: str
    where: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


@dataclass(frozen=True)
class Preflight:
    """The packet, as far as it could be made, and everything that stands in the way of sending it."""

    documents: tuple[RenderedDocument, ...]
    problems: tuple[Problem, ...]

    @property
    def is_clear(self) -> bool:
        """True when the packet may go out."""
        return not self.problems


def preflight(
    terms: Mapping[str, Any],
    purpose: str,
    signers: Sequence[PacketSigner],
    *,
    on: date,
    subject: str = "",
    required_addenda: Iterable[str] = (),
    template_source: TemplateSource = FILES,
    language: str = "en",
    company: Mapping[str, str] | None = None,
    previous_terms: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
    documents: Sequence[str] | None = None,
) -> Preflight:
    """Check the terms and the signers, render the packet, and check the pages.

    Takes what `render_packet` takes. Problems are returned, never raised.
    """
    problems = check_terms(terms, required_addenda=required_addenda)
    if any(problem.code == "broken_terms" for problem in problems):
        return Preflight((), tuple(problems))
    problems += check_signers(signers)
    problems += check_subject(subject)
    rendered: list[RenderedDocument] = []
    try:
        rendered = render_packet(
            terms,
            purpose,
            signers,
            on=on,
            template_source=template_source,
            language=language,
            company=company,
            previous_terms=previous_terms,
            extra=extra,
            documents=documents,
        )
    except TemplateProblem as problem:
        problems.append(in_office_words(problem, terms))
    except TextTooWide as error:
        problems.append(Problem("overflow", str(error), "Documents"))
    except DocumentError as error:
        if not problems:  # else it only repeats what is already said
            problems.append(Problem("cannot_render", str(error), "Documents"))
    else:
        problems += check_documents(rendered, signers)
    return Preflight(tuple(rendered), tuple(dict.fromkeys(problems)))


def check_terms(terms: Mapping[str, Any], *, required_addenda: Iterable[str] = ()) -> list[Problem]:
    """What is missing from the record of a lease, or cannot be printed.

    `required_addenda` are the kinds that the property or the terms ask for (pet, parking, house_rules, other).
    """
    if broken := _broken(terms):
        return [Problem("broken_terms", f"The record of this lease cannot be read: {broken}.", "Lease")]
    problems = [
        Problem("missing", _named(message, terms), _owner_of(group, terms))
        for (group, key), message in NEEDED.items()
        if not str((terms.get(group) or {}).get(key) or "").strip()
    ]
    if not any(party.get("role") == "tenant" for party in terms.get("parties", ())):
        problems.append(Problem("no_tenant", "The lease has no tenant.", _lease(terms)))
    problems += _check_addenda(terms, required_addenda)
    problems += _check_characters(terms)
    return problems


def check_signers(signers: Sequence[PacketSigner]) -> list[Problem]:
    """Who cannot be asked for a signature, and why."""
    if not signers:
        return [Problem("no_signer", "No one is asked to sign.")]
    problems: list[Problem] = []
    if len(signers) > MAX_SIGNERS:
        problems.append(Problem("too_many_signers", f"Docusign takes {MAX_SIGNERS} signers at most in one envelope."))
    for signer in signers:
        problems += _check_signer(signer)
    seen: dict[tuple[int, str, str], PacketSigner] = {}
    for signer in signers:
        same = (signer.order, signer.name.strip().casefold(), signer.email.strip().casefold())
        if signer.email and same in seen:
            problems.append(
                Problem(
                    "same_signer",
                    f"{signer.name} <{signer.email}> signs twice at the same step, as {seen[same].key} and as "
                    f"{signer.key}. Docusign would treat the two as one; give one of them another e-mail address "
                    "or remove the one that is there by mistake.",
                    signer.name,
                )
            )
        seen.setdefault(same, signer)
    return problems


def check_subject(subject: str) -> list[Problem]:
    """The subject of the e-mail: Docusign refuses more than 100 characters and would not shorten it."""
    if len(subject) > MAX_SUBJECT:
        return [
            Problem(
                "subject_too_long",
                f"The subject has {len(subject)} characters; Docusign takes {MAX_SUBJECT}. Shorten it.",
                "Subject",
            )
        ]
    if any(char in subject for char in "\r\n"):
        return [Problem("subject_lines", "The subject must be one line.", "Subject")]
    return []


def check_documents(documents: Sequence[RenderedDocument], signers: Sequence[PacketSigner]) -> list[Problem]:
    """Whether Docusign will find every tab, exactly where it was declared, and every signer has one."""
    problems: list[Problem] = []
    for document in documents:
        problems += _check_anchors(document)
    total = sum(sum(document.anchors.values()) for document in documents)
    if total > MAX_ANCHORS:
        problems.append(Problem("too_many_tabs", f"The packet has {total:,} fields; Docusign takes {MAX_ANCHORS:,}."))
    signing = {tab.signer_key for document in documents for tab in document.tabs if tab.kind == "signature"}
    problems += [
        Problem("nothing_to_sign", f"No document has a place for the signature of {signer.name}.", signer.name)
        for signer in signers
        if documents and signer.key not in signing
    ]
    return problems


def in_office_words(problem: TemplateProblem, terms: Mapping[str, Any]) -> Problem:
    """A template's complaint about a variable as a sentence that says which record to open."""
    known = OFFICE_WORDS.get(problem.variable)
    if known is None:
        return Problem("template", problem.message, str(problem).removesuffix(f": {problem.message}"))
    place = f"“{problem.template}” prints it" if problem.template else "a document prints it"
    line = f" in line {problem.line}" if problem.line else ""
    return Problem("missing", f"{_named(known, terms)} ({place}{line}.)", _owner_of(problem.variable, terms))


def _broken(terms: Mapping[str, Any]) -> str:
    """What in the record has not the shape that `leases.terms` describes; empty when it has."""
    for group in ("landlord", "premises", "term", "rent"):
        if not isinstance(terms.get(group), Mapping):
            return f"it has no {group}"
    for group in ("parties", "addenda"):
        items = terms.get(group)
        if not isinstance(items, list | tuple) or not all(isinstance(item, Mapping) for item in items):
            return f"it has no list of {group}"
    if not all(isinstance(addendum.get("terms"), Mapping) for addendum in terms["addenda"]):
        return "an addendum has no terms"
    return ""


def _check_signer(signer: PacketSigner) -> Iterator[Problem]:
    who = signer.name.strip() or signer.key
    if not signer.name.strip():
        yield Problem("no_name", f"The signer {signer.key} has no name.", who)
    if len(signer.name) > MAX_NAME:
        yield Problem(
            "name_too_long",
            f"The name has {len(signer.name)} characters. Docusign takes {MAX_NAME} for the name of a signer; the "
            "lease itself may print the whole name. Shorten the name of the person, as it stands on their ID.",
            f"{who[:40]}…",
        )
    if signer.channel not in CHANNELS:
        yield Problem("no_channel", f"There is no way to reach {who}: choose portal, e-mail or text message.", who)
    if signer.channel in {"portal", "email"} and not signer.email:
        use = "to be invited to the signing portal" if signer.channel == "portal" else "to sign by e-mail"
        yield Problem("no_email", f"{who} has no e-mail address, which is needed {use}.", who)
    if signer.channel == "sms" and not signer.phone:
        yield Problem("no_phone", f"{who} has no phone number, which is needed to sign by text message.", who)
    if signer.phone and signer.channel == "sms" and not PHONE.fullmatch(re.sub(r"[\s().-]", "", signer.phone)):
        yield Problem(
            "bad_phone", f"“{signer.phone}” is not a phone number with its country, like +1 415 555 0100.", who
        )
    if signer.email and not _is_email(signer.email):
        yield Problem("bad_email", f"“{signer.email[:60]}” is not an e-mail address.", who)
    if len(signer.email) > MAX_EMAIL:
        yield Problem(
            "email_too_long", f"The e-mail address is longer than the {MAX_EMAIL} characters Docusign takes.", who
        )


def _is_email(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True


def _check_anchors(document: RenderedDocument) -> Iterator[Problem]:
    declared = {tab.anchor: tab.occurrences for tab in document.tabs}
    for tab in document.tabs:
        found = document.anchors.get(tab.anchor, 0)
        if found == tab.occurrences:
            continue
        what = f"the {tab.kind.replace('_', ' ')} field of {tab.signer_key}"
        if found == 0:
            message = f"The place for {what} cannot be found on the page, so Docusign could not put it there."
        else:
            message = (
                f"The place for {what} is on the page {found} times instead of {tab.occurrences}. "
                f"Remove the text “{tab.anchor}” from names and template text."
            )
        yield Problem("anchor", message, document.name)
    for anchor in document.anchors.keys() - declared.keys():
        yield Problem(
            "stray_anchor",
            f"The text “{anchor}” looks like a place to sign, but no tag of the template put it there. Remove it.",
            document.name,
        )


def _check_addenda(terms: Mapping[str, Any], required: Iterable[str]) -> Iterator[Problem]:
    addenda = terms.get("addenda") or ()
    present = Counter(addendum.get("kind") for addendum in addenda)
    for kind in required:
        if kind not in present:
            name = KINDS.get(kind, f"{kind} addendum")
            yield Problem("addendum_missing", f"The {name} is required here and is not on the lease.", _lease(terms))
    for addendum in addenda:
        given = addendum.get("terms") or {}
        for key, what in NEEDED_OF_ADDENDUM.get(addendum.get("kind", ""), {}).items():
            if not str(given.get(key) or "").strip():
                yield Problem("missing", f"The addendum does not say {what}.", addendum.get("title", ""))
        if addendum.get("kind") == "house_rules" and not str(terms.get("house_rules") or "").strip():
            yield Problem("missing", _named("{property} has no house rules, but the lease carries them.", terms), "")


def _check_characters(terms: Mapping[str, Any]) -> Iterator[Problem]:
    for where, text in _texts(terms, ""):
        bad = fonts.unprintable(text)
        if bad:
            listing = ", ".join(fonts.described(char) for char in bad[:5])
            yield Problem(
                "unprintable",
                f"“{''.join(c for c in text if c not in bad)[:40]}” contains {listing}, which our documents cannot "
                "print. Write it in Latin, Greek, Cyrillic, Hebrew or Arabic letters.",
                where,
            )
        if textlayer.ANCHOR.search(text.lower()):
            yield Problem("stray_anchor", f"“{text[:40]}” contains text that looks like a place to sign.", where)


def _texts(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, f"{where} {str(key).replace('_', ' ')}".strip())
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value, start=1):
            yield from _texts(item, f"{where} {number}")


def _named(message: str, terms: Mapping[str, Any]) -> str:
    premises = terms.get("premises") or {}
    return message.format(
        unit=f"Unit {premises.get('unit') or '?'}", property=premises.get("property") or "The property"
    )


def _owner_of(variable: str, terms: Mapping[str, Any]) -> str:
    """The record in which staff fill a variable in."""
    group = variable.partition(".")[0]
    if group == "landlord":
        return (terms.get("landlord") or {}).get("legal_name") or "Owner"
    if group in {"premises", "property"}:
        return (terms.get("premises") or {}).get("property") or "Property"
    return _lease(terms)


def _lease(terms: Mapping[str, Any]) -> str:
    return f"Lease {terms.get('number') or ''}".strip()
