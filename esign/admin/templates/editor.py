"""The editor of a draft: the text, what it becomes on a lease, what is wrong with it, and its way into force."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from esign.admin.templates.compare import counted, hunks
from esign.admin.templates.document_text import (
    PUBLISH,
    SEE_LEASES,
    WRITE,
    NoSuchLease,
    TemplateLocation,
    TextVersion,
    example_on,
    office,
    require,
)
from esign.documents.errors import DocumentError
from esign.documents.examples import Example
from esign.documents.language import MAX_SOURCE
from esign.documents.names import unknown_names
from esign.documents.pictures import pages_as_png
from esign.documents.publishing import (
    Finding,
    Trial,
    check_draft,
    check_for_publishing,
    check_text,
    names_known_to,
    try_on,
)
from esign.documents.sources import TemplateText
from esign.documents.variables import variables
from esign.envelopes.status import Tone
from esign.models import DocumentTemplateVersion
from esign.models.template import TemplateTextRefused
from leases.admin.base import site_context, staff
from leases.admin.confirm import is_sure
from leases.models import Lease
from leases.visibility import visible_to

PAGES_SHOWN = 12
LEASES_OFFERED = 40


class TextForm(forms.Form):
    """A text on its way in. It is taken as it is, but for the line ends of browsers."""

    text = forms.CharField(
        strip=False,
        max_length=MAX_SOURCE,
        error_messages={
            "required": "The text is empty.",
            "max_length": "The text has %(show_value)s characters; a document template may have %(limit_value)s.",
        },
    )
    note = forms.CharField(
        required=False,
        max_length=300,
        error_messages={"max_length": "The note may have 300 characters; it has %(show_value)s."},
    )
    seen = forms.CharField(required=False, max_length=64)
    lease = forms.CharField(required=False, max_length=40)

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")


class NoteForm(forms.Form):
    """What publishing asks."""

    note = forms.CharField(
        label="What changed, and why",
        max_length=300,
        error_messages={
            "required": "Say what changed and why: colleagues will read it for as long as the version is kept.",
            "max_length": "The note may have 300 characters; it has %(show_value)s.",
        },
    )


# --- writing ----------------------------------------------------------------------------------------------


def edit(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """GET shows the draft; POST saves it, whole or not at all. Scripts get JSON, browsers a page."""
    require(request, WRITE)
    place = TemplateLocation.of(kind, language)
    draft = place.draft
    if draft is None:
        messages.info(request, f"{place} has no draft now. Begin a new version to change it.")
        return redirect(place.url())
    if request.method != "POST":
        return _editor(request, place, draft)
    form = TextForm(request.POST)
    if not form.is_valid():
        return _not_saved(request, place, draft, _form_findings(form))
    text = form.cleaned_data["text"]
    if findings := check_draft(place.as_template(text), on=timezone.localdate()):
        return _not_saved(request, place, draft, findings, text)
    try:
        draft.write(text, by=staff(request), seen=form.cleaned_data["seen"], note=form.cleaned_data["note"])
    except TemplateTextRefused as refusal:
        return _not_saved(request, place, draft, [Finding("refused", str(refusal))], text)
    if _wants_json(request):
        return JsonResponse({"saved": True, "seen": draft.sha256, "said": "Saved."})
    if request.POST.get("then") == "publish":
        return redirect(place.url("publish"))
    messages.success(request, "The draft is saved. Nothing changes for new envelopes until it is published.")
    return redirect(place.url("edit"))


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _not_saved(
    request: HttpRequest,
    place: TemplateLocation,
    draft: DocumentTemplateVersion,
    findings: list[Finding],
    text: str = "",
) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"saved": False, "findings": _as_json(findings)}, status=422)
    messages.error(request, "Nothing was saved.")
    # A text beyond the limit is not sent back; it is still in the browser, one page before.
    return _editor(request, place, draft, findings=findings, text=text, note=request.POST.get("note", "")[:300])


def _editor(
    request: HttpRequest,
    place: TemplateLocation,
    draft: DocumentTemplateVersion,
    *,
    findings: list[Finding] | None = None,
    text: str = "",
    note: str | None = None,
) -> HttpResponse:
    context = site_context(
        request,
        title=f"{place}: version {draft.number}",
        place=place,
        draft=draft,
        text=text or draft.text,
        note=draft.note if note is None else note,
        findings=findings or [],
        may_publish=request.user.has_perm(PUBLISH),
        compare=f"{place.url('compare')}?from={place.current().key}&to={draft.number}",
        most=MAX_SOURCE,
        **choice_of_leases(request),
    )
    status = 422 if findings else 200
    return TemplateResponse(request, "admin/esign/documenttemplate/edit.html", context, status=status)


def choice_of_leases(request: HttpRequest) -> dict[str, Any]:
    """The newest leases, for the field that chooses on which one a text is shown."""
    may_see = request.user.has_perm(SEE_LEASES)
    leases = visible_to(staff(request), Lease.objects.select_related("unit__property"))
    newest = leases.order_by("-pk")[:LEASES_OFFERED]
    return {"offered": newest if may_see else [], "may_see_leases": may_see}


# --- looking ----------------------------------------------------------------------------------------------


@require_POST
def preview(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """The text that was posted, on a lease: pictures of its pages, what is wrong, and every name with its value."""
    require(request, WRITE)
    place = TemplateLocation.of(kind, language)
    form = TextForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"findings": _as_json(_form_findings(form))})
    template = place.as_template(form.cleaned_data["text"])
    findings = check_text(template)
    answer: dict[str, Any] = {"pages": None, "count": 0}
    try:
        example = example_on(place, form.cleaned_data["lease"], request)
        findings += [] if findings else _try(template, example, answer)
        answer["on"] = example.name + (f", with {example.added}" if example.added else "")
    except NoSuchLease as nowhere:
        findings.append(Finding("lease", str(nowhere)))
    except DocumentError as unprintable:  # the lease, not the template text
        findings.append(Finding("lease", f"This lease cannot be printed: {unprintable}"))
    return JsonResponse(answer | {"findings": _as_json(findings)})


def _try(template: TemplateText, example: Example, answer: dict[str, Any]) -> list[Finding]:
    today = timezone.localdate()
    trial = try_on(template, example, on=today, company=office())
    answer["variables"] = [(one.name, one.kind, one.example) for one in variables(trial.values)]
    if trial.document is not None:
        pages = pages_as_png(trial.document.pdf, most=PAGES_SHOWN)
        answer["pages"] = ["data:image/png;base64," + base64.b64encode(page).decode() for page in pages]
        answer["count"] = trial.document.pages
    return _unknown(template, trial) or _problem(trial)


def _unknown(template: TemplateText, trial: Trial) -> list[Finding]:
    known = names_known_to(template, [trial], on=timezone.localdate())
    return [Finding("unknown", p.message, p.line, p.variable) for p in unknown_names(template.text, known)]


def _problem(trial: Trial) -> list[Finding]:
    problem = trial.problem
    if problem is None:
        return []
    message = getattr(problem, "message", str(problem))
    return [Finding("template", message, getattr(problem, "line", None), getattr(problem, "variable", ""))]


@require_POST
def pdf(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """The text that was posted as the PDF itself."""
    require(request, WRITE)
    place = TemplateLocation.of(kind, language)
    form = TextForm(request.POST)
    if not form.is_valid():
        return _as_text(_form_findings(form))
    template = place.as_template(form.cleaned_data["text"])
    if findings := check_text(template):
        return _as_text(findings)
    try:
        example = example_on(place, form.cleaned_data["lease"], request)
        trial = try_on(template, example, on=timezone.localdate(), company=office())
    except (NoSuchLease, DocumentError) as problem:
        return _as_text([Finding("lease", str(problem))])
    if trial.document is None:
        return _as_text(_problem(trial))
    response = HttpResponse(trial.document.pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{place.kind}-{place.language}-preview.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_POST
def check(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """The check that publishing makes, on the text that was posted."""
    require(request, WRITE)
    place = TemplateLocation.of(kind, language)
    form = TextForm(request.POST)
    findings = _form_findings(form) if not form.is_valid() else _all_findings(place, form.cleaned_data["text"])
    return JsonResponse({"findings": _as_json(findings), "checked": True})


def _all_findings(place: TemplateLocation, text: str) -> list[Finding]:
    return check_for_publishing(place.as_template(text), on=timezone.localdate(), company=office())


# --- publishing -------------------------------------------------------------------------------------------


def publish(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """GET shows what would change and what stands in the way; POST puts the draft into force."""
    require(request, PUBLISH)
    place = TemplateLocation.of(kind, language)
    draft = place.draft
    if draft is None:
        messages.info(request, f"{place} has no draft to publish.")
        return redirect(place.url())
    findings = _all_findings(place, draft.text)
    verdict = _verdict(findings)
    form = NoteForm(request.POST if is_sure(request) else None, initial={"note": draft.note})
    if form.is_valid() and not verdict.blocks:
        try:
            draft.publish(by=staff(request), seen=request.POST.get("shown", ""), note=form.cleaned_data["note"])
        except TemplateTextRefused as refusal:
            messages.error(request, f"{refusal} Nothing was published; read it once more.")
            return redirect(place.url("publish"))
        messages.success(request, f"{draft} is in force. New envelopes are made from it.")
        return redirect(place.url())
    return TemplateResponse(
        request,
        "admin/esign/documenttemplate/publish.html",
        site_context(
            request,
            title=f"Publish {place}, version {draft.number}",
            place=place,
            draft=draft,
            form=form,
            findings=findings,
            verdict=verdict,
            verb="" if verdict.blocks else f"Publish version {draft.number}",
            shown=draft.sha256,
            back=place.url("edit"),
            **changes_of(place.current(), draft),
        ),
        status=422 if request.method == "POST" else 200,
    )


@dataclass(frozen=True)
class Verdict:
    """What the check says as a whole. `blocks`: the text cannot be published as it is."""

    tone: Tone
    icon: str
    headline: str
    blocks: bool = False


def _verdict(findings: list[Finding]) -> Verdict:
    if any(finding.blocks for finding in findings):
        return Verdict(Tone.BAD, "error", "It cannot be published yet", blocks=True)
    if findings:
        return Verdict(Tone.WARNING, "info", "It can be published; read this first")
    return Verdict(Tone.GOOD, "task_alt", "Nothing stands in the way")


def changes_of(before: TextVersion, draft: DocumentTemplateVersion) -> dict[str, Any]:
    """What the page about publishing and the page of a comparison show of a difference."""
    rows = hunks(before.text, draft.text)
    came, went = counted(rows)
    return {"before": before, "hunks": rows, "came": came, "went": went}


# --- findings ---------------------------------------------------------------------------------------------


def _form_findings(form: TextForm) -> list[Finding]:
    return [Finding("form", str(error)) for errors in form.errors.values() for error in errors]


def _as_json(findings: list[Finding]) -> list[dict[str, Any]]:
    return [{"message": f.message, "line": f.line, "variable": f.variable, "blocks": f.blocks} for f in findings]


def _as_text(findings: list[Finding]) -> HttpResponse:
    lines = [f"line {f.line}: {f.message}" if f.line else f.message for f in findings]
    return HttpResponse(
        "\n".join(["There is no PDF yet.", "", *lines]), content_type="text/plain; charset=utf-8", status=422
    )
