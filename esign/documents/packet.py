"""A packet: the documents of one envelope, each its own PDF with its own tabs."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from typing import Any, Protocol

from markupsafe import Markup

from esign.documents import fonts, textlayer
from esign.documents.context import build_context
from esign.documents.errors import DocumentError, TemplateProblem, TextTooWide
from esign.documents.extras import renewal
from esign.documents.language import DocumentText
from esign.documents.languages import language_table
from esign.documents.markup import finished_problem, layout_problem, markup_problems
from esign.documents.pdf import render_pdf
from esign.documents.sandbox import EXCESS
from esign.documents.signature_tags import TAG_NAMES, SignatureTags, SigningParty, TabPlacement
from esign.documents.sources import FILES, TEMPLATES, TemplateSource, TemplateText

# The main documents of each purpose; the addenda of the lease follow where they are signed with it. A notice of
# another kind and the move-in inspection are named by `documents`.
MAIN_DOCUMENTS: dict[str, tuple[str, ...]] = {
    "lease": ("lease",),
    "renewal": ("renewal",),
    "addendum": (),
    "notice": ("notice",),
}
WITH_ADDENDA = frozenset({"lease", "renewal", "addendum"})
ADDENDUM = "addendum_"  # then the kind of the addendum
WITH_GUARANTY = frozenset({"lease", "renewal"})


class PacketSigner(Protocol):
    """What a packet must know of a signer; `leases.signers.RequiredSigner` fits."""

    @property
    def key(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def order(self) -> int: ...
    @property
    def channel(self) -> str: ...


@dataclass(frozen=True)
class RenderedDocument:
    """One finished document.

    `kind` is its part in the packet, such as `lease` or `addendum_pet`; hashes are SHA-256 in hexadecimal;
    `anchors` are those found in the PDF with their counts, declared by a tag or not; `template_text` is the text of the
    template, whose SHA-256 is `template_version`, and `html` what it became.
    """

    name: str
    kind: str
    template_name: str
    template_version: str
    language: str
    pdf: bytes
    sha256: str
    pages: int
    tabs: tuple[TabPlacement, ...]
    anchors: Mapping[str, int]
    template_text: str = field(default="", repr=False)
    html: str = field(default="", repr=False)


@dataclass(frozen=True)
class _Plan:
    """One document to make; `addendum` is its place in the lease's list of addenda."""

    template: str
    addendum: int | None = None


def render_packet(
    terms: Mapping[str, Any],
    purpose: str,
    signers: Sequence[PacketSigner],
    *,
    on: date,
    template_source: TemplateSource = FILES,
    language: str = "en",
    company: Mapping[str, str] | None = None,
    previous_terms: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
    documents: Sequence[str] | None = None,
) -> list[RenderedDocument]:
    """Every document of one envelope, in the order in which it is signed.

    `on` is the date printed as the day of preparation; the same arguments give the same bytes. A renewal also
    takes the terms of the lease it renews; notices and inspections take a group from `extras`. `documents` names
    exactly those to make, instead of the purpose's own and the lease's addenda; an empty one makes none at all. A
    document without a template in `language` comes in English, dates and all. Raises `TemplateProblem` for a text that
    cannot be filled, `PdfProblem` for a page that cannot be made (`TextTooWide` among them), and `DocumentError` for
    terms or a purpose without documents.
    """

    @cache
    def context_in(language: str) -> Mapping[str, Any]:
        return packet_context(
            terms, signers, on=on, language=language, company=company, previous_terms=previous_terms, extra=extra
        )

    plans = _plan(purpose, terms, documents)
    templates = template_source.find_all([plan.template for plan in plans], language)
    rendered = []
    for number, plan in enumerate(plans, start=1):
        template = templates[plan.template]
        rendered.append(_render(template, context_in(template.language), signers, number, plan.addendum))
    return rendered


def packet_context(
    terms: Mapping[str, Any],
    signers: Sequence[PacketSigner],
    *,
    on: date,
    language: str = "en",
    company: Mapping[str, str] | None = None,
    previous_terms: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The variables that the documents of one envelope share. Raises what `build_context` raises."""
    context = build_context(terms, today=on, language=language, company=company, extra=extra)
    if previous_terms is not None:
        context["renewal"] = renewal(build_context(previous_terms, today=on, language=language), context)
    context["signers"] = [{"key": signer.key, "role": signer.role, "name": signer.name} for signer in signers]
    context["tenants_sign"] = any(signer.role == "tenant" for signer in signers)
    return context


def render_template_text(
    template: TemplateText, context: Mapping[str, Any], signers: Sequence[PacketSigner]
) -> RenderedDocument:
    """One document alone, as an author sees it. The template text of an addendum is filled with the first of its kind.

    Raises what `render_packet` raises, and `DocumentError` where the lease has no such addendum.
    """
    return _render(template, context, signers, 1, addendum_place(template.name, context))


def addendum_place(template_name: str, context: Mapping[str, Any]) -> int | None:
    """Which addendum of the lease this template text is for; None for a document that is no addendum."""
    if not template_name.startswith(ADDENDUM):
        return None
    kind = template_name.removeprefix(ADDENDUM)
    places = [place for place, addendum in enumerate(context["addenda"]) if addendum["kind"] == kind]
    if not places:
        raise DocumentError("The lease has no addendum of this kind.")
    return places[0]


def values_of(
    template: TemplateText, context: Mapping[str, Any], addendum: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Everything that this template text may name."""
    return {**context, "title": _title(template, addendum), **({"addendum": addendum} if addendum else {})}


def body_html(template: TemplateText, values: Mapping[str, Any], tags: SignatureTags) -> str:
    """The template text filled in, without the page around it; `tags` records the tabs that were placed."""
    body = _compiled(template).render(values, tags.functions())
    if slow := layout_problem(body):
        raise TemplateProblem(slow, template=template.title, fault=EXCESS)
    if forbidden := finished_problem(body):
        raise TemplateProblem(forbidden, template=template.title, fault=EXCESS)
    return body


def document_html(
    template: TemplateText,
    context: Mapping[str, Any],
    tags: SignatureTags,
    addendum: Mapping[str, Any] | None = None,
) -> str:
    """The whole page of one document as the PDF engine gets it; `tags` records the tabs that were placed."""
    values = values_of(template, context, addendum)
    body = body_html(template, values, tags)
    lines = _running_lines(values["title"], context)
    scripts = fonts.scripts_in("".join((body, *lines.values())))
    safe_body = Markup(body)  # noqa: S704 - rendered with autoescape above
    return _frame().render({**lines, "title": values["title"], "body": safe_body, "scripts": scripts})


def _title(template: TemplateText, addendum: Mapping[str, Any] | None) -> str:
    return addendum["title"] if addendum else template.title


def _signing_party(signer: PacketSigner, context: Mapping[str, Any]) -> SigningParty:
    """The signature block prints the names of the terms: those are what is agreed and fingerprinted."""
    landlord = context["landlord"]
    if signer.role == "landlord":
        is_company = landlord["name"] != landlord["signatory"]
        entity = landlord["name"] if is_company else ""
        return SigningParty(signer.key, signer.role, landlord["signatory"], landlord["title"], entity)
    if _is_to_all(context):
        return SigningParty(signer.key, signer.role, language_table(context["language"]).words["Resident"])
    named = {party["key"]: party["name"] for party in context["parties"]}
    return SigningParty(signer.key, signer.role, named.get(signer.key, signer.name))


def _plan(purpose: str, terms: Mapping[str, Any], documents: Sequence[str] | None) -> list[_Plan]:
    if purpose not in MAIN_DOCUMENTS:
        raise DocumentError(f"There are no documents for the purpose “{purpose}”.")
    if documents is not None:
        return [_Plan(name) for name in documents]
    plans = [_Plan(name) for name in MAIN_DOCUMENTS[purpose]]
    try:
        if purpose in WITH_ADDENDA:
            plans += [_Plan(f"{ADDENDUM}{addendum['kind']}", place) for place, addendum in enumerate(terms["addenda"])]
        if purpose in WITH_GUARANTY and any(party["role"] == "guarantor" for party in terms["parties"]):
            plans.append(_Plan("guaranty"))
    except (KeyError, TypeError):
        raise DocumentError("The lease's addenda or parties are not complete.") from None
    if not plans:
        raise DocumentError("There is nothing to sign: the lease has no addenda.")
    return plans


def _render(
    template: TemplateText,
    context: Mapping[str, Any],
    signers: Sequence[PacketSigner],
    number: int,
    place: int | None,
) -> RenderedDocument:
    tags = SignatureTags(number, [_signing_party(signer, context) for signer in signers], template.language)
    addendum = None if place is None else context["addenda"][place]
    html = document_html(template, context, tags, addendum)
    pdf = render_pdf(html)
    pages = textlayer.pages(pdf)
    if any(page.at_edge.strip() for page in pages):
        raise TextTooWide
    return RenderedDocument(
        name=_title(template, addendum),
        kind=template.name,
        template_name=template.name,
        template_version=template.version,
        language=template.language,
        pdf=pdf,
        sha256=hashlib.sha256(pdf).hexdigest(),
        pages=len(pages),
        tabs=tags.placed,
        anchors=textlayer.all_anchors("\f".join(page.text for page in pages)),
        template_text=template.text,
        html=html,
    )


def _is_to_all(context: Mapping[str, Any]) -> bool:
    """A notice to all residents of a property: nothing of one lease may be printed."""
    return bool(context.get("notice", {}).get("to_all"))


def _running_lines(title: str, context: Mapping[str, Any]) -> dict[str, str]:
    lease, words = context["lease"], language_table(context["language"]).words
    number = f"{words['Lease']} {lease['number']}"
    version = f"{words['version']} {lease['version']}"
    unit = f"{words['unit']} {context['premises']['unit']}"
    home, premises, to_all = context["property"]["name"], context["premises"], _is_to_all(context)
    return {
        "language": context["language"],
        "header_left": home if to_all else f"{home}, {unit}",
        "header_right": f"{premises['street']}, {premises['city']}" if to_all else f"{number}, {version}",
        "footer": title,
        "page": words["Page"],
        "of": words["of"],
    }


@lru_cache(maxsize=64)  # some twenty are in use; the rest are an author's attempts
def _compiled(template: TemplateText) -> DocumentText:
    for problem in markup_problems(template.text, template.title):
        raise problem
    return DocumentText(template.text, tags=TAG_NAMES, name=f"{template.title} ({template.language})")


@lru_cache(maxsize=1)
def _frame() -> DocumentText:
    return DocumentText((TEMPLATES / "base.html").read_text(encoding="utf-8"), name="base.html")
