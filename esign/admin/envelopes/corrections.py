"""Pages for changing what is out for signature: each says what it will do, and does it only when told again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from esign import tasks
from esign.docusign import DocusignClient, DocusignError
from esign.docusign.budget import Lane
from esign.docusign.sealing import unseal
from esign.envelopes import actions, corrections, expiry, replacement
from esign.envelopes.action_rules import ActionRefused, ActionResult
from esign.mail.links import end_access
from esign.models import AuditEvent, Envelope, Role, Signer, State, whose_turn
from esign.models.envelope import ENDED
from leases.admin.base import report, site_context, staff
from leases.admin.confirm import Confirmation, Line, Preview, Question, confirmation, is_confirmed, is_sure
from leases.canonical import fingerprint
from leases.visibility import visible_to

EXTEND = Question(
    "Give more time to sign",
    "Docusign counts the end in whole days from the sending.",
    "Set the new end",
    "more_time",
)
END_ACCESS = Question(
    "End portal access",
    "Every link that was mailed to them stops working, and they are signed out in every browser. They can ask for a "
    "new link, which goes to their present address only.",
    "End links and sessions",
    "logout",
)
LANDLORDS, RECORD = "esign.correct_landlord", "leases.change_tenant"
SENDER, VOIDER = "esign.send_envelope", "esign.void_envelope"
Wrap = Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]


class SignerForm(forms.Form):
    """A signer as they are to be. The name of a person who signs is in the documents and is not asked."""

    name = forms.CharField(label="Name", max_length=300, required=False)
    email = forms.CharField(label="E-mail", max_length=300, required=False)
    phone = forms.CharField(label="Phone", max_length=40, required=False, help_text="With its country: +14155550100")
    new_access_code = forms.BooleanField(label="Give them a new access code", required=False)
    correct_the_record = forms.BooleanField(label="Correct e-mail and phone in the tenant's record too", required=False)

    def wanted(self, name: str) -> corrections.Wanted:
        said = self.cleaned_data
        return corrections.Wanted(
            name=" ".join(said.get("name", name).split()),
            email=said["email"].strip(),
            phone="".join(c for c in said["phone"] if c not in " ()-."),
            new_access_code=said.get("new_access_code", False),
            correct_the_record=said.get("correct_the_record", False),
        )


class UntilForm(forms.Form):
    """The last day."""

    until = forms.DateField(label="It can be signed until", widget=forms.DateInput(attrs={"type": "date"}))


class ReasonForm(forms.Form):
    """Why the old revision is voided; those who were asked to sign it read this."""

    reason = forms.CharField(
        label="Reason",
        max_length=actions.MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="At most 200 characters. The signers whom Docusign asked can read it.",
    )


def urls(view: Wrap) -> list[URLPattern]:
    return [
        path("<uuid:pk>/signers/<int:signer>/correct/", view(correct_signer), name="esign_signer_correct"),
        path("<uuid:pk>/signers/<int:signer>/access-code/", view(show_access_code), name="esign_signer_access_code"),
        path("<uuid:pk>/signers/<int:signer>/sign-here/", view(sign_here), name="esign_signer_sign_here"),
        path("<uuid:pk>/signers/<int:signer>/end-access/", view(end_portal_access), name="esign_signer_end_access"),
        path("<uuid:pk>/extend/", view(extend), name="esign_envelope_extend"),
        path("<uuid:pk>/replace/", view(replace_envelope), name="esign_envelope_replace"),
    ]


# --- what the envelope's own page offers ------------------------------------------------------------------


def offers(envelope: Envelope, request: HttpRequest) -> list[dict[str, str]]:
    """Links to the pages that make sense for this envelope and that this person may open."""
    found = []
    if request.user.has_perm(SENDER) and not expiry.objection(envelope):
        found.append(_link("esign_envelope_extend", envelope.pk, words="Extend", icon="more_time"))
    if request.user.has_perms([SENDER, VOIDER]) and not replacement.objection(envelope):
        found.append(_link("esign_envelope_replace", envelope.pk, words="Replace", icon="published_with_changes"))
    return found


def offers_for(signer: Signer, request: HttpRequest) -> list[dict[str, str]]:
    """The same for one signer."""
    if not request.user.has_perm(SENDER):
        return []
    envelope, found = signer.envelope, []
    if signer.is_in_person and may_sign_here(signer):
        found.append(_link("esign_signer_sign_here", envelope.pk, signer.pk, words="Sign here now", post="yes"))
    if not corrections.objection(signer) and _may_correct(request, signer):
        found.append(_link("esign_signer_correct", envelope.pk, signer.pk, words="Correct"))
    if signer.sealed_access_code and not signer.access_code_shown_at and not signer.is_done:
        found.append(_link("esign_signer_access_code", envelope.pk, signer.pk, words="Show access code", post="yes"))
    if envelope.sent_at:
        found.append(_link("esign_signer_end_access", envelope.pk, signer.pk, words="End portal access"))
    return found


def _may_correct(request: HttpRequest, signer: Signer) -> bool:
    """Anyone who asks the tenant and the landlord at addresses of their own could sign for both."""
    return signer.role != Role.LANDLORD or request.user.has_perm(LANDLORDS)


def _link(name: str, *args: object, **more: str) -> dict[str, str]:
    return {"url": reverse(f"admin:{name}", args=args), **more}


# --- the pages --------------------------------------------------------------------------------------------


def correct_signer(request: HttpRequest, pk: UUID, signer: int) -> HttpResponse:
    """GET asks what is to change; POST says what that does; POST with `sure` does it."""
    _require(request, SENDER)
    person = _signer(request, pk, signer)
    if not _may_correct(request, person):
        raise PermissionDenied
    as_is = corrections.Wanted.as_is(person)
    form = SignerForm(request.POST or None, initial={"name": as_is.name, "email": as_is.email, "phone": as_is.phone})
    if person.tenant is None or not request.user.has_perm(RECORD):
        del form.fields["correct_the_record"]
    if person.must_sign:
        del form.fields["name"]
    else:
        del form.fields["new_access_code"]  # Docusign checks only those who sign
    preview = Preview()
    if request.method == "POST" and form.is_valid():
        wanted = form.wanted(person.name)
        problems = corrections.problems_with(person, wanted)
        effects = [] if problems else corrections.effects(person, wanted)
        preview = Preview(effects, problems, fingerprint(wanted))
        if is_confirmed(request, preview.mark) and not problems:
            return _do(request, person.envelope, lambda: corrections.correct(person, wanted, staff(request)))
    stay = (
        "Signatures given so far stay. For another person, or another name, correct the lease and replace the envelope."
        if person.must_sign
        else "They sign nothing; signatures of others stay."
    )
    question = Question(f"Correct {person.name}", stay, "Correct", "edit")
    return _page(request, person.envelope, question, form, corrections.objection(person), preview=preview)


def extend(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The same for the end of an envelope."""
    _require(request, SENDER)
    envelope = _envelope(request, pk)
    form = UntilForm(request.POST or None, initial={"until": expiry.last_day(envelope)})
    preview = Preview()
    if request.method == "POST" and form.is_valid():
        until = form.cleaned_data["until"]
        problem = expiry.problem_with(envelope, until)
        effects = [] if problem else expiry.effects(envelope, until)
        preview = Preview(effects, [problem] if problem else [], fingerprint(until))
        if is_confirmed(request, preview.mark) and not problem:
            return _do(request, envelope, lambda: expiry.extend(envelope, until, staff(request)))
    return _page(request, envelope, EXTEND, form, expiry.objection(envelope), preview=preview)


def replace_envelope(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What it does is known beforehand, so it is said at once."""
    _require(request, SENDER, VOIDER)
    envelope = _envelope(request, pk)
    is_over = envelope.state in ENDED
    form = ReasonForm(request.POST or None)
    if is_over:
        del form.fields["reason"]
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data.get("reason", "")
        return _do(request, envelope, lambda: replacement.replace(envelope, reason, staff(request)))
    question = Question(
        f"Replace by revision {envelope.revision + 1}",
        "The same lease, made and sent again.",
        "Send it again" if is_over else "Void it and send the next revision",
        "published_with_changes",
        danger=not is_over,
    )
    effects = replacement.effects(envelope)
    return _page(request, envelope, question, form, replacement.objection(envelope), effects=effects)


@require_POST
@never_cache
def show_access_code(request: HttpRequest, pk: UUID, signer: int) -> HttpResponse:
    """Once: anyone who asks after that has to give a new one."""
    _require(request, SENDER)
    person = _signer(request, pk, signer)
    unseen = Signer.objects.filter(pk=person.pk, access_code_shown_at__isnull=True).exclude(sealed_access_code="")
    if not unseen.update(access_code_shown_at=timezone.now()):
        messages.warning(request, f"The access code of {person.name} was shown already. Give them a new one: Correct.")
        return redirect(person.envelope)
    code = unseal(person.sealed_access_code)
    if code is None:
        messages.error(request, "The access code was sealed with a key that is gone. Give them a new one: Correct.")
        return redirect(person.envelope)
    AuditEvent.record(
        person.envelope.lease,
        "signer.access_code_shown",
        f"The access code of {person.name} was shown.",
        actor=str(staff(request)),
        envelope=person.envelope,
    )
    context = site_context(request, title=f"Access code of {person.name}", signer=person, code=code)
    return TemplateResponse(request, "admin/esign/envelope/code.html", context)


def end_portal_access(request: HttpRequest, pk: UUID, signer: int) -> HttpResponse:
    """GET asks; POST ends every link and session of the person at the portal. They can ask for a new link."""
    _require(request, SENDER)
    person = _signer(request, pk, signer)
    if not is_sure(request):
        lines, back = [Line(person.name, (person.present_email,))], person.envelope.get_absolute_url()
        return confirmation(request, Confirmation(END_ACCESS, back, lines, noun="person"))
    end_access(person)
    AuditEvent.record(
        person.envelope.lease,
        "portal.ended",
        f"All links and sessions of {person.name} at the portal were ended.",
        actor=str(staff(request)),
        envelope=person.envelope,
    )
    messages.success(request, f"All links and sessions of {person.name} have ended. They can ask for a new link.")
    return redirect(person.envelope)


def may_sign_here(signer: Signer) -> bool:
    """Whether it is this person's turn to sign at the office."""
    envelope = signer.envelope
    out = envelope.state in (State.SENT, State.DELIVERED) and envelope.cancel_asked_at is None
    return out and signer in whose_turn(envelope.signers.all())


@require_POST
@never_cache
def sign_here(request: HttpRequest, pk: UUID, signer: int) -> HttpResponse:
    """Open Docusign for the host, who hands the screen to the person at the office."""
    _require(request, SENDER)
    person = _signer(request, pk, signer)
    if not (person.is_in_person and may_sign_here(person)):
        messages.warning(request, f"It is not the turn of {person.name} to sign here.")
        return redirect(person.envelope)
    client = DocusignClient(person.envelope.connection, lane=Lane.INTERACTIVE)
    back = request.build_absolute_uri(person.envelope.get_absolute_url())
    try:
        return redirect(client.recipient_view(person, return_url=back))
    except DocusignError as error:
        messages.error(request, f"Docusign does not open it now. {error}")
        return redirect(person.envelope)


# --- what the pages share ---------------------------------------------------------------------------------


def _require(request: HttpRequest, *permissions: str) -> None:
    if not request.user.has_perms(["esign.view_envelope", *permissions]):
        raise PermissionDenied


def _envelope(request: HttpRequest, pk: UUID) -> Envelope:
    every = Envelope.objects.select_related("lease__unit__property__owner", "connection")
    envelopes = visible_to(staff(request), every)
    found: Envelope = get_object_or_404(envelopes.prefetch_related("signers"), pk=pk)
    return found


def _signer(request: HttpRequest, pk: UUID, signer: int) -> Signer:
    every = Signer.objects.select_related("envelope__lease__unit__property", "envelope__connection", "tenant")
    people = visible_to(staff(request), every)
    found: Signer = get_object_or_404(people, pk=signer, envelope=pk)
    return found


def _do(request: HttpRequest, envelope: Envelope, act: Callable[[], ActionResult]) -> HttpResponse:
    try:
        outcome = act()
    except ActionRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        tasks.enqueue(envelope.pk)
        sure = [outcome.text] if outcome.sure else []
        report(request, done=sure, unsure=[] if outcome.sure else [outcome.text], skipped=[])
    return redirect(envelope)


def _page(
    request: HttpRequest,
    envelope: Envelope,
    question: Question,
    form: forms.Form,
    objection: str,
    *,
    effects: Sequence[str] = (),
    preview: Preview | None = None,
) -> HttpResponse:
    question = replace(question, text=f"{envelope}, {envelope.lease.unit}. {question.text}")
    page = Confirmation(
        question, envelope.get_absolute_url(), form=form, effects=effects, preview=preview, objection=objection
    )
    return confirmation(request, page)
