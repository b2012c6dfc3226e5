"""The buttons of envelopes: ask first, then do it one by one and tell of each what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import get_text_list

from esign import tasks
from esign.envelopes import actions
from esign.envelopes.action_rules import ActionRefused, ActionResult, DocusignAway, EnvelopeAction, objection
from esign.envelopes.status import explain, with_all_that_is_read
from esign.models import CampaignKind, Channel, Envelope, Signer, whose_turn
from leases.admin.base import AT_ONCE, chosen, report, staff
from leases.admin.confirm import Confirmation, Line, Question, confirmation
from leases.visibility import visible_to

if TYPE_CHECKING:
    from django.contrib.auth.models import User


# More than so many are a campaign of the workers: to remind is a call to Docusign, and a browser waits for the answer.
FEW = {EnvelopeAction.RESEND: 5, EnvelopeAction.VOID: 25}
MANY = {EnvelopeAction.RESEND: CampaignKind.REMIND, EnvelopeAction.VOID: CampaignKind.VOID}


ACTION_PROMPTS = {
    EnvelopeAction.RESEND: Question(
        "Remind the signers",
        "Those whose turn it is are asked once more: by Docusign, or by our own mail where they sign in our portal. "
        "An envelope is reminded at most once a day.",
        "Remind",
        "notifications_active",
        "esign.send_envelope",
    ),
    EnvelopeAction.TRY_AGAIN: Question(
        "Try again",
        "The envelope goes back to the workers. What is at Docusign already is looked at first, so nothing goes out "
        "twice. The documents stay as they were made: if a name, an address or an amount is wrong, void it instead.",
        "Try again",
        "refresh",
        "esign.send_envelope",
    ),
    EnvelopeAction.RELEASE: Question(
        "Release",
        "The draft goes out: from now on people are asked to sign.",
        "Release",
        "send",
        "esign.send_envelope",
    ),
    EnvelopeAction.VOID: Question(
        "Void",
        "It cannot be signed any more, and this cannot be undone. The lease goes back to draft as a new version and "
        "can be changed and sent again; signatures given so far do not count for it.",
        "Void",
        "block",
        "esign.void_envelope",
        danger=True,
    ),
    EnvelopeAction.CONFIRM_SIGNERS: Question(
        "Confirm signers",
        "One colleague changed the addresses at which all signers were asked. Call the signers at numbers you know "
        "already. With your confirmation their signatures count, and the lease is executed.",
        "I have spoken to them: execute the lease",
        "how_to_reg",
        "esign.confirm_envelope",
    ),
}


class ReasonForm(forms.Form):
    """The reason, which Docusign mails to those it asked; our own mail and portal leave it out."""

    reason = forms.CharField(
        max_length=actions.MAX_REASON,
        help_text="At most 200 characters. The signers whom Docusign asked can read it.",
        error_messages={"required": "Say why: the signers whom Docusign asked will read it."},
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": actions.MAX_REASON, "autofocus": True}),
    )


def question(button: str) -> Question:
    """Raises Http404 for a button that there is not."""
    if button not in list(EnvelopeAction):
        raise Http404
    return ACTION_PROMPTS[EnvelopeAction(button)]


def press_url(button: EnvelopeAction, *pks: object) -> str:
    """Where the question of this button is asked for these envelopes."""
    return f"{reverse('admin:esign_envelope_press', args=[button])}?ids={','.join(str(pk) for pk in pks)}"


def press(request: HttpRequest, button: str) -> HttpResponse:
    """GET asks, showing what would happen to each and what cannot be done; POST does it."""
    asked = question(button)
    if not (request.user.has_perm(asked.permission) and request.user.has_perm("esign.view_envelope")):
        raise PermissionDenied
    envelopes = _chosen_envelopes(request, FEW.get(EnvelopeAction(button), AT_ONCE))
    form = ReasonForm(request.POST or None) if button == EnvelopeAction.VOID else None
    if request.method == "POST" and (form is None or form.is_valid()):
        reason = form.cleaned_data["reason"] if form else ""
        _do(request, EnvelopeAction(button), envelopes, _act(EnvelopeAction(button), reason, staff(request)))
        return redirect(envelopes[0] if len(envelopes) == 1 else "admin:esign_envelope_changelist")
    lines = [_line(envelope, EnvelopeAction(button)) for envelope in envelopes]
    back = envelopes[0].get_absolute_url() if len(envelopes) == 1 else reverse("admin:esign_envelope_changelist")
    return confirmation(request, Confirmation(asked, back, lines, noun="envelope", form=form))


def _line(envelope: Envelope, button: EnvelopeAction) -> Line:
    why_not, said = objection(envelope, button), explain(envelope)
    return Line(
        str(envelope) if why_not else f"{envelope.lease.number} {envelope.get_purpose_display().lower()}",
        about=(str(envelope.lease.unit),),
        url=envelope.get_absolute_url(),
        now=said.headline,
        tone=said.tone,
        effects=[] if why_not else _effects(envelope, button),
        objection=why_not,
    )


def _chosen_envelopes(request: HttpRequest, most: int) -> list[Envelope]:
    pks = chosen(request)[:most]
    try:
        envelopes = list(with_all_that_is_read(visible_to(staff(request), Envelope.objects.filter(pk__in=pks))))
    except (ValueError, forms.ValidationError):
        raise Http404 from None
    if not envelopes:
        raise Http404
    return sorted(envelopes, key=lambda envelope: pks.index(str(envelope.pk)))


def _act(button: EnvelopeAction, reason: str, by: User) -> Callable[[Envelope], ActionResult]:
    match button:
        case EnvelopeAction.RESEND:
            return lambda envelope: actions.resend(envelope, by)
        case EnvelopeAction.TRY_AGAIN:
            return lambda envelope: actions.try_again(envelope, by)
        case EnvelopeAction.RELEASE:
            return lambda envelope: actions.release(envelope, by)
        case EnvelopeAction.VOID:
            return lambda envelope: actions.void(envelope, reason, by)
        case EnvelopeAction.CONFIRM_SIGNERS:
            return lambda envelope: actions.confirm_signers(envelope, by)


def _do(
    request: HttpRequest, button: EnvelopeAction, envelopes: list[Envelope], act: Callable[[Envelope], ActionResult]
) -> None:
    outcomes: list[ActionResult] = []
    skipped: list[object] = []
    for position, envelope in enumerate(envelopes):
        try:
            outcomes.append(act(envelope))
        except DocusignAway as away:
            rest = len(envelopes) - position - 1
            skipped += [away, *([f"Docusign was not asked about the other {rest}. Try them later."] if rest else [])]
            break
        except ActionRefused as refusal:
            skipped.append(refusal)
        else:
            tasks.enqueue(envelope.pk)
    report(
        request,
        done=[outcome.text for outcome in outcomes if outcome.sure],
        unsure=[outcome.text for outcome in outcomes if not outcome.sure],
        skipped=skipped,
    )


def _effects(envelope: Envelope, button: EnvelopeAction) -> list[str]:
    """What people will notice, for the page that asks."""
    if button == EnvelopeAction.RESEND:
        ours, theirs = actions.asked_by(whose_turn(envelope.signers.all()))
        said = [f"We mail {_names(ours)} the link to our portal." if ours else ""]
        said += [f"Docusign reminds {_names(theirs)}." if theirs else ""]
        return [sentence for sentence in said if sentence]
    if button == EnvelopeAction.VOID:
        mailed, not_mailed = actions.told_of_a_void(envelope)
        if not (mailed or not_mailed):
            return ["No one has been asked to sign, so no one is told."]
        said = [f"Docusign mails {_names(mailed)} that it is void, with the reason." if mailed else ""]
        ours = [signer for signer in not_mailed if signer.channel == Channel.PORTAL]
        here = [signer for signer in not_mailed if signer not in ours]
        said += [f"We mail {_names(ours)} that it was withdrawn, without the reason." if ours else ""]
        said += [f"Tell {_names(here)} yourselves: no one mails a person who signs at the office." if here else ""]
        return [sentence for sentence in said if sentence]
    if button == EnvelopeAction.CONFIRM_SIGNERS:
        return [f"Asked at changed addresses: {_names(list(envelope.signers.all().who_sign()))}."]
    if button == EnvelopeAction.TRY_AGAIN:
        return [envelope.problem] if envelope.problem else []
    return [f"It goes to {_names(list(envelope.signers.all()))}."]


def _names(signers: list[Signer]) -> str:
    return str(get_text_list([f"{signer.name} ({signer.email or signer.phone})" for signer in signers], "and"))
