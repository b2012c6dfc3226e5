"""The second factor of staff: a code from an app, a security key, or a recovery code.

It is asked for at sign-in and before what is grave.

With REQUIRE_SECOND_FACTOR, which is on wherever strangers could reach the site, staff see nothing before they have set
one up. Elsewhere it is asked of those who have one. The codes are those of RFC 6238; django-otp checks them and slows
down who guesses.
"""

from __future__ import annotations

import base64
import io
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

import django_otp
import qrcode
import qrcode.image.svg
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.core.exceptions import PermissionDenied
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from leases.admin.base import site_context, staff
from propertyapp import security_keys, sessions
from propertyapp.security_keys import KeyRefused

HAS_ONE, PROVED_AT, NEW_KEY = "has_second_factor", "second_factor_at", "new_second_factor"
FRESH_SECONDS = 15 * 60
RECOVERY_CODES = 10
APP = "Authenticator app"

# Pages of the admin that have to be open before the second factor is given.
BEFORE = {"admin:login", "admin:logout", "admin:jsi18n", "second_factor"}
NOT_OF_STAFF = {"esign:connect", "esign:oauth-callback"}
# What costs, binds or opens doors: the code is asked for again when it was given longer ago than FRESH_SECONDS.
GRAVE = {
    "admin:esign_envelope_press",
    "admin:esign_envelope_replace",
    "admin:esign_signer_correct",
    "admin:esign_signer_access_code",
    "admin:esign_batchrule_run",
    "admin:esign_batchrule_add",
    "admin:esign_batchrule_change",
    "admin:esign_docusignconnection_change",
    "admin:esign_docusignconnection_lift_cap",
    "admin:auth_user_add",
    "admin:auth_user_change",
    "admin:auth_user_password_change",
    "admin:auth_group_add",
    "admin:auth_group_change",
    "admin:leases_portfolio_add",
    "admin:leases_portfolio_change",
    "admin:leases_portfolio_delete",
    "admin:leases_tenant_personal_data",
    "admin:otp_totp_totpdevice_delete",
    "admin:propertyapp_securitykey_delete",
    "esign:oauth-connect",
    "esign:oauth-consent",
    "esign:oauth-admin-consent",
    "esign:oauth-disconnect",
    "staff_recovery_codes",
    "staff_security_keys",
}


# Buttons of an envelope that change nothing that was agreed or paid for.
HARMLESS_BUTTONS = {"resend", "try-again"}


class SecondFactor:
    """Sends staff to the page that asks for it. Below OTPMiddleware, which knows whether it was given."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or match.view_name in BEFORE or not _is_of_staff(match.view_name):
            return None
        if not request.user.is_authenticated or not _is_asked(request):
            return None
        proved_at = request.session.get(PROVED_AT, 0.0)
        if not request.user.is_verified():  # type: ignore[attr-defined]  # OTPMiddleware adds it
            return _ask(request)
        if _is_grave(match.view_name, kwargs) and time.time() - proved_at > FRESH_SECONDS:
            if request.method == "POST":
                messages.warning(request, "Nothing was done yet: give your code, then press the button again.")
            return _ask(request)
        return None


def _is_grave(view_name: str, kwargs: Mapping[str, Any]) -> bool:
    return view_name in GRAVE and kwargs.get("button") not in HARMLESS_BUTTONS


def _is_of_staff(view_name: str) -> bool:
    """The webhook is Docusign's; the callback has a state of its own and goes on to a page that is asked."""
    return view_name.startswith(("admin:", "esign:", "staff_")) and view_name not in NOT_OF_STAFF


def _is_asked(request: HttpRequest) -> bool:
    return bool(settings.REQUIRE_SECOND_FACTOR or request.session.get(HAS_ONE))


def _ask(request: HttpRequest) -> HttpResponse:
    """To the page that asks, and back to where they were going; a form is asked for again, not sent twice."""
    back = request.get_full_path() if request.method in ("GET", "HEAD") else request.headers.get("Referer", "")
    query = urlencode({"next": back}) if _is_ours(request, back) else ""
    return redirect(f"{reverse('second_factor')}{f'?{query}' if query else ''}")


def _is_ours(request: HttpRequest, address: str) -> bool:
    return url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())


@receiver(user_logged_in)
def note_whether_there_is_one(sender: Any, request: HttpRequest | None, user: User, **kwargs: Any) -> None:
    if request is not None:
        request.session[HAS_ONE] = has_one(user)


def has_one(user: User) -> bool:
    return _has_app(user) or bool(security_keys.keys_of(user))


def _has_app(user: User) -> bool:
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


# --- the page ---------------------------------------------------------------------------------------------


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True}),
    )

    def clean_code(self) -> str:
        return "".join(self.cleaned_data["code"].split()).lower()


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Asks for a code of staff who have a second factor, and sets one up for those who have none."""
    if not request.user.is_authenticated:
        return redirect("admin:login")
    if not staff(request).is_staff:
        raise PermissionDenied
    return _give(request) if has_one(staff(request)) else _set_up(request)


@sensitive_variables("code")
def _give(request: HttpRequest) -> HttpResponse:
    """A code of the app, a recovery code, or a security key."""
    user, refused = staff(request), ""
    if by_key := "answer" in request.POST:
        try:
            return _proved(request, security_keys.used(request, request.POST["answer"]))
        except KeyRefused as refusal:
            refused = str(refusal)
    form = CodeForm(request.POST if request.method == "POST" and not by_key else None)
    if form.is_valid():
        code = form.cleaned_data["code"]
        device = django_otp.match_token(staff(request), code)
        if device is not None:
            return _proved(request, device)
        form.add_error("code", "This code does not fit. After several tries the next one has to wait: try in a minute.")
    is_asked = security_keys.is_offered(request) and security_keys.keys_of(user)
    return _page(
        request,
        form,
        "admin/staff/second_factor.html",
        "Your second factor",
        refused=refused,
        has_app=_has_app(user),
        asked=security_keys.ask_for_one(request) if is_asked else None,
    )


@sensitive_variables("key", "device")
def _set_up(request: HttpRequest) -> HttpResponse:
    """An app, whose key lives in the session until a code shows that the app has it; or a security key."""
    refused = ""
    if by_key := "answer" in request.POST:
        try:
            kept = security_keys.keep_new(request, request.POST.get("name", ""), request.POST["answer"])
            return _is_set_up(request, kept)
        except KeyRefused as refusal:
            refused = str(refusal)
    key = request.session.setdefault(NEW_KEY, secrets.token_hex(20))
    device = TOTPDevice(user=staff(request), name=APP, key=key)
    form = CodeForm(request.POST if request.method == "POST" and not by_key else None)
    if form.is_valid():
        if _fits(key, form.cleaned_data["code"]):
            device.save()
            del request.session[NEW_KEY]
            return _is_set_up(request, device)
        form.add_error("code", "This code does not fit. Is the clock of your phone right?")
    return _page(
        request,
        form,
        "admin/staff/second_factor_new.html",
        "Set up your second factor",
        picture=_picture(device.config_url),
        secret=base64.b32encode(bytes.fromhex(key)).decode(),
        refused=refused,
        asked=security_keys.ask_for_new(request) if security_keys.is_offered(request) else None,
    )


def _is_set_up(request: HttpRequest, device: Any) -> HttpResponse:
    """The first second factor: recovery codes are shown, and other sessions, of whomever, end."""
    codes = _new_codes(staff(request))
    _proved(request, device)
    sessions.end_others(request)
    return _codes_page(request, codes)


@sensitive_variables("key", "code")
def _fits(key: str, code: str) -> bool:
    """Checked without a row: a device of django-otp saves itself whatever the code was."""
    totp = TOTP(bytes.fromhex(key))
    totp.time = time.time()
    return code.isdecimal() and bool(totp.verify(int(code), tolerance=1))


def _page(request: HttpRequest, form: CodeForm, template: str, title: str, **facts: Any) -> HttpResponse:
    back = request.GET.get("next", "")
    context = site_context(request, title=title, form=form, next=back if _is_ours(request, back) else "", **facts)
    # Before the second factor is given no page of the admin is named.
    context |= {"available_apps": [], "is_nav_sidebar_enabled": False, "sidebar_navigation": []}
    return TemplateResponse(request, template, context, status=422 if form.errors or facts.get("refused") else 200)


def _picture(address: str) -> str:
    """The QR code as a data URI."""
    drawn = io.BytesIO()
    qrcode.make(address, image_factory=qrcode.image.svg.SvgPathImage).save(drawn)
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn.getvalue()).decode()}"


def _proved(request: HttpRequest, device: Any) -> HttpResponse:
    django_otp.login(request, device)
    request.session[HAS_ONE] = True
    request.session[PROVED_AT] = time.time()
    back = request.GET.get("next", "")
    return redirect(back if _is_ours(request, back) else "admin:index")


# --- recovery codes ---------------------------------------------------------------------------------------


def _new_codes(user: User) -> list[str]:
    """Ten codes, each good once; earlier ones are worth nothing any more."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="Recovery codes")
    codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create([StaticToken(device=device, token=code) for code in codes])
    return codes


def _codes_page(request: HttpRequest, codes: list[str]) -> HttpResponse:
    context = site_context(request, title="Your recovery codes", codes=codes)
    return TemplateResponse(request, "admin/staff/recovery_codes.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """GET says how many are left; POST makes new ones and shows them once."""
    user = staff(request)
    if not has_one(user):
        return redirect("second_factor")
    if request.method == "POST":
        return _codes_page(request, _new_codes(user))
    left = StaticToken.objects.filter(device__user=user).count()
    return TemplateResponse(
        request, "admin/staff/recovery_codes.html", site_context(request, title="Your recovery codes", left=left)
    )
