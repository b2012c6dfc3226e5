"""The office's template text: which text each document is made from, its versions, and what may be done with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, re_path, reverse
from django.views.decorators.http import require_POST, require_safe

from esign.admin.templates import editor
from esign.admin.templates.compare import counted, hunks
from esign.admin.templates.document_text import BUILT_IN, PUBLISH, WRITE, TemplateLocation, require
from esign.models import DocumentTemplate, DocumentTemplateVersion, EnvelopeDocument
from esign.models.template import Kind, TemplateTextRefused, template_text_of
from leases.admin.base import ReadOnly, site_context, staff
from leases.admin.confirm import Confirmation, Question, confirmation, is_confirmed
from leases.languages import CODES

GROUPS: list[tuple[str, list[Kind]]] = [
    ("Agreements", [Kind.LEASE, Kind.RENEWAL, Kind.GUARANTY]),
    ("Addenda", [Kind.PET, Kind.PARKING, Kind.HOUSE_RULES, Kind.OTHER]),
    ("Notices and records", [Kind.RENT_CHANGE, Kind.VACATE, Kind.GENERAL, Kind.INSPECTION]),
]


RETIRE = Question(
    "Retire",
    "New envelopes are made from the text that comes with the product, until another version is published. Envelopes "
    "that are out or signed keep what they were made from.",
    "Retire it",
    "inventory_2",
    danger=True,
)
DISCARD = Question(
    "Discard the draft", "Its text is thrown away and cannot be had back.", "Discard it", "delete", danger=True
)


@dataclass(frozen=True)
class Cell:
    """One document in one language, on the list."""

    place: TemplateLocation
    in_force: DocumentTemplateVersion | None
    draft: DocumentTemplateVersion | None


def overview(request: HttpRequest) -> HttpResponse:
    """Every document in both languages: which text is used, and what is in work."""
    require(request)
    versions = DocumentTemplateVersion.objects.select_related("template", "saved_by", "published_by")
    drafts = {(v.template.kind, v.template.language): v for v in versions.drafts()}
    in_force = {(v.template.kind, v.template.language): v for v in versions.published()}
    groups = [
        (
            heading,
            [
                [
                    Cell(TemplateLocation(kind, language), in_force.get((kind, language)), drafts.get((kind, language)))
                    for language in CODES
                ]
                for kind in kinds
            ],
        )
        for heading, kinds in GROUPS
    ]
    return TemplateResponse(
        request,
        "admin/esign/documenttemplate/overview.html",
        site_context(request, title="Document templates", groups=groups),
    )


@require_safe
def document(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """One document in one language: what is in force, the draft, and every version that ever was."""
    require(request)
    place = TemplateLocation.of(kind, language)
    versions = (
        list(place.template.versions.select_related("saved_by", "published_by", "retired_by")) if place.template else []
    )
    used = _used(kind)
    return TemplateResponse(
        request,
        "admin/esign/documenttemplate/document.html",
        site_context(
            request,
            title=str(place),
            place=place,
            versions=[(version, used.get(version.sha256, 0)) for version in versions],
            built_in_used=used.get(place.built_in.version, 0),
            built_in=BUILT_IN,
            other_is_ours=bool(place.other.in_force),
            may_write=request.user.has_perm(WRITE),
            may_publish=request.user.has_perm(PUBLISH),
        ),
    )


def _used(kind: str) -> dict[str, int]:
    """How many envelopes were made from each text of this kind, by its SHA-256."""
    documents = EnvelopeDocument.objects.filter(kind=EnvelopeDocument.Kind.SENT, template_name=kind)
    counts = documents.values_list("template_version").annotate(Count("envelope", distinct=True))
    return dict(counts.order_by())


@require_safe
def read(request: HttpRequest, kind: str, language: str, key: str) -> HttpResponse:
    """A text as it is, beside what it becomes on a lease."""
    require(request)
    place = TemplateLocation.of(kind, language)
    template_text = place.template_text(key)
    context = site_context(
        request,
        title=f"{place}: {template_text.name[0].lower()}{template_text.name[1:]}",
        place=place,
        template_text=template_text,
        text=template_text.text,
        may_write=request.user.has_perm(WRITE),
        **editor.choice_of_leases(request),
    )
    return TemplateResponse(request, "admin/esign/documenttemplate/read.html", context)


@require_safe
def compare(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """Any two texts of a document, change by change."""
    require(request)
    place = TemplateLocation.of(kind, language)
    before = place.template_text(request.GET.get("from") or BUILT_IN)
    after = place.template_text(request.GET.get("to") or place.current().key)
    rows = hunks(before.text, after.text)
    came, went = counted(rows)
    numbers = place.template.versions.values_list("number", flat=True) if place.template else []
    return TemplateResponse(
        request,
        "admin/esign/documenttemplate/compare.html",
        site_context(
            request,
            title=f"{place}: what differs",
            place=place,
            before=before,
            after=after,
            hunks=rows,
            came=came,
            went=went,
            choices=[(BUILT_IN, "Built-in text"), *((str(number), f"Version {number}") for number in numbers)],
        ),
    )


@require_POST
def begin(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """A new draft that starts from the text named by `start`."""
    require(request, WRITE)
    place = TemplateLocation.of(kind, language)
    template_text = place.template_text(request.POST.get("start") or place.current().key)
    template, _ = DocumentTemplate.objects.get_or_create(kind=kind, language=language)
    try:
        template.begin_draft(template_text.text, by=staff(request))
    except TemplateTextRefused as refusal:
        messages.warning(request, str(refusal))
        return redirect(place.url())
    return redirect(place.url("edit"))


def retire(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """GET asks; POST takes the version that was shown out of force."""
    require(request, PUBLISH)
    place = TemplateLocation.of(kind, language)
    if place.in_force is None:
        raise Http404
    if request.method != "POST":
        return _ask(request, place, RETIRE, place.in_force)
    try:
        _as_shown(request, place.in_force).retire(by=staff(request))
        messages.success(request, f"{place.in_force} is retired. New envelopes are made from the built-in text.")
    except TemplateTextRefused as refusal:
        messages.error(request, str(refusal))
    return redirect(place.url())


def discard(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """GET asks; POST throws away the draft that was shown."""
    require(request, WRITE)
    place = TemplateLocation.of(kind, language)
    if place.draft is None:
        raise Http404
    if request.method != "POST":
        return _ask(request, place, DISCARD, place.draft)
    try:
        _as_shown(request, place.draft).delete()
        messages.success(request, "The draft is discarded.")
    except TemplateTextRefused as refusal:
        messages.error(request, str(refusal))
    return redirect(place.url())


def _as_shown(request: HttpRequest, version: DocumentTemplateVersion) -> DocumentTemplateVersion:
    if not is_confirmed(request, version.sha256):
        raise TemplateTextRefused("It was changed after you were asked, so nothing was done. Look at it once more.")
    return version


def _ask(
    request: HttpRequest, place: TemplateLocation, question: Question, version: DocumentTemplateVersion
) -> HttpResponse:
    question = replace(question, title=f"{question.title}: {version}")
    return confirmation(request, Confirmation(question, place.url(), mark=version.sha256))


@require_safe
def used(request: HttpRequest, kind: str, sha256: str) -> HttpResponse:
    """The text that a document of an envelope was made from, by what the envelope keeps of it."""
    require(request)
    found = template_text_of(kind, sha256)
    if found is None:
        raise Http404
    if isinstance(found, DocumentTemplateVersion):
        return redirect(TemplateLocation(kind, found.template.language).url("read", found.number))
    place = TemplateLocation.of(found.kind, found.language)
    if place.built_in.version == sha256:
        return redirect(place.url("read", BUILT_IN))
    context = site_context(
        request,
        title=f"{place}: as it once came with the product",
        place=place,
        text=found.text,
        **editor.choice_of_leases(request),
    )
    return TemplateResponse(request, "admin/esign/documenttemplate/read.html", context)


# (name of the address, its end, the page)
PAGES: list[tuple[str, str, Callable[..., HttpResponse]]] = [
    ("esign_template_text", "", document),
    ("esign_template_text_read", f"read/(?P<key>{BUILT_IN}|[0-9]{{1,6}})/", read),
    ("esign_template_text_compare", "compare/", compare),
    ("esign_template_text_begin", "begin/", begin),
    ("esign_template_text_edit", "edit/", editor.edit),
    ("esign_template_text_preview", "preview/", editor.preview),
    ("esign_template_text_pdf", "pdf/", editor.pdf),
    ("esign_template_text_check", "check/", editor.check),
    ("esign_template_text_publish", "publish/", editor.publish),
    ("esign_template_text_discard", "discard/", discard),
    ("esign_template_text_retire", "retire/", retire),
]


@admin.register(DocumentTemplate)
class DocumentTemplateAdmin(ReadOnly):
    """Rows are made by the pages above; the admin's own form of a row leads there."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return overview(request)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        template = DocumentTemplate.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        if template is None:
            raise Http404
        return redirect(TemplateLocation(template.kind, template.language).url())

    def get_urls(self) -> list[URLPattern]:
        place = rf"^(?P<kind>{'|'.join(Kind.values)})/(?P<language>{'|'.join(CODES)})/"
        view = self.admin_site.admin_view
        ours = [re_path(f"{place}{tail}$", view(page), name=name) for name, tail, page in PAGES]
        by_hash = path("made-from/<slug:kind>/<slug:sha256>/", view(used), name="esign_template_text_used")
        return [by_hash, *ours, *super().get_urls()]


def made_from_url(document: EnvelopeDocument) -> str:
    """Where the text that this document was made from can be read."""
    return reverse("admin:esign_template_text_used", args=[document.template_name, document.template_version])
