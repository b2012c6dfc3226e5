"""Getting in and out: the mailed link, a new link, the front door, the language."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from esign.mail.links import LinkExpired, LinkInvalid, LinkUsed, end_access, end_links, read_link, use_link
from esign.models import AuditEvent, Signer
from esign.portal.forms import EmailForm
from esign.portal.new_links import mail_links_to, mail_new_link
from esign.portal.overview import Overview
from esign.portal.throttle import allows
from esign.portal.visitor import current_visitor, not_found, person_key, sign_in, sign_out, speak

HOUR = 60 * 60


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The leases of anyone who is signed in; for everyone else the way to a link."""
    visitor = current_visitor(request)
    if visitor is None:
        return render(request, "portal/welcome.html", {"form": EmailForm()})
    speak(request, visitor.language)
    overviews = [Overview(signer) for signer in visitor.signers()]
    return render(
        request,
        "portal/home.html",
        {
            "visitor": visitor,
            "has_more": visitor.has_more(),
            "to_do": [one for one in overviews if one.status.asks_something],
            "others": [one for one in overviews if not one.status.asks_something and not one.status.is_over],
            "past": [one for one in overviews if one.status.is_over],
        },
    )


@never_cache
@require_safe
def timed_out(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/welcome.html", {"form": EmailForm(), "timed_out": True})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """A link from our mail. Opening it does nothing, because mail scanners open links; the button signs in."""
    visitor = current_visitor(request)
    try:
        signer = read_link(token)
        is_in = visitor is not None and person_key(visitor.signer) == person_key(signer)
        if request.method == "POST" and not is_in:
            return _let_in(request, use_link(token))
    except LinkExpired as expired:
        signer = expired.signer
        is_in = visitor is not None and person_key(visitor.signer) == person_key(signer)
        if not is_in:
            speak(request, signer.language)
            facts = {"token": token, "is_used": isinstance(expired, LinkUsed)}
            return render(request, "portal/link_expired.html", facts, status=410)
    except LinkInvalid:
        return not_found(request)
    if is_in:
        return redirect(_first_page(signer))
    speak(request, signer.language)
    return render(request, "portal/enter.html", {"signer": signer, "overview": Overview(signer)})


def _let_in(request: HttpRequest, signer: Signer) -> HttpResponse:
    sign_in(request, signer)
    AuditEvent.record(
        signer.envelope.lease, "portal.entered", f"{signer.name} opened the portal by the mailed link.",
        actor=signer.name, envelope=signer.envelope, key=f"{signer.envelope_id}:entered:{signer.key}",
    )  # fmt: skip
    return redirect(_first_page(signer))


def _first_page(signer: Signer) -> str:
    return reverse("portal:envelope", args=[signer.envelope_id]) if signer.envelope.sent_at else reverse("portal:home")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_link(request: HttpRequest, token: str) -> HttpResponse:
    """Mail a new link to whom the old one was made for. The answer is the same whatever happens."""
    if request.method != "POST":  # opened again from the history
        return redirect("portal:enter", token)
    try:
        signer = read_link(token)
    except LinkExpired as expired:
        signer = expired.signer
    except LinkInvalid:
        return not_found(request)
    speak(request, signer.language)
    if allows("new-link", request.META["REMOTE_ADDR"], times=20, seconds=HOUR):
        mail_new_link(signer)
    return render(request, "portal/link_sent.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def links(request: HttpRequest) -> HttpResponse:
    """Mail links to an address. The answer does not tell whether we know it."""
    if request.method != "POST":  # opened again from the history
        return redirect("portal:home")
    form = EmailForm(request.POST)
    if not form.is_valid():
        return render(request, "portal/welcome.html", {"form": form}, status=422)
    email = form.cleaned_data["email"]
    of_caller = allows("links-by-caller", request.META["REMOTE_ADDR"], times=20, seconds=HOUR)
    of_address = allows("links-by-address", email.lower(), times=5, seconds=HOUR)
    if of_caller and of_address:
        mail_links_to(email)
    return render(request, "portal/link_sent.html", {"email": email})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Only a press on the button signs out: an address that is merely opened changes nothing."""
    if request.method != "POST":
        return redirect("portal:home")
    visitor = current_visitor(request)
    if visitor is not None:
        end_links(visitor.signer)
    sign_out(request)
    return render(request, "portal/signed_out.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leave_everywhere(request: HttpRequest) -> HttpResponse:
    """End all links and sessions of this person: for who signed in on a computer of others, or lost a phone."""
    visitor = current_visitor(request)
    if request.method != "POST" or visitor is None:
        return redirect("portal:home")
    end_access(visitor.signer)
    signer = visitor.signer
    AuditEvent.record(
        signer.envelope.lease,
        "portal.ended",
        f"{signer.name} ended all links and sessions of theirs.",
        actor=signer.name,
        envelope=signer.envelope,
    )
    sign_out(request)
    return render(request, "portal/signed_out.html")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the language in a cookie, and go back to where the switch was pressed."""
    back_to = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back_to, {request.get_host()}, require_https=request.is_secure()):
        back_to = reverse("portal:home")
    response = redirect(back_to)
    chosen = request.POST.get("language", "")
    if translation.check_for_language(chosen) and chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=365 * 24 * HOUR,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response
