"""Security keys of staff by WebAuthn, beside the codes of an app: https://www.w3.org/TR/webauthn-2/.

Yubico's fido2 checks what a browser sends; here is what is asked of whom, and what is kept. A question is good for one
answer. Browsers offer security keys only to sites with a name and https, and to `localhost`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_otp.plugins.otp_totp.models import TOTPDevice
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    UserVerificationRequirement,
)

from leases.admin.base import site_context, staff
from propertyapp.models import SecurityKey

logger = logging.getLogger(__name__)

ASKED = "security_key_asked"
MOST = 10
LONGEST_ANSWER = 20_000


class KeyRefused(Exception):
    """What the browser sent is no answer to what was asked. The message is for the page."""


def is_offered(request: HttpRequest) -> bool:
    host = request.get_host().rpartition(":")[0] or request.get_host()
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return request.is_secure() or host == "localhost"
    return False


def keys_of(user: User) -> list[SecurityKey]:
    return list(SecurityKey.objects.filter(user=user, confirmed=True))


# --- a new key --------------------------------------------------------------------------------------------


def ask_for_new(request: HttpRequest) -> dict[str, Any]:
    """What the browser needs to make one; the challenge stays in the session."""
    user = staff(request)
    who = PublicKeyCredentialUserEntity(
        id=str(user.pk).encode(), name=user.get_username(), display_name=user.get_full_name() or user.get_username()
    )
    options, state = _server(request).register_begin(
        who, _credentials(keys_of(user)), user_verification=UserVerificationRequirement.PREFERRED
    )
    request.session[ASKED] = {"new": state}
    return dict(options)


def keep_new(request: HttpRequest, name: str, answer: str) -> SecurityKey:
    """Raises KeyRefused."""
    state = _asked(request, "new")
    if len(keys_of(staff(request))) >= MOST:
        raise KeyRefused(f"You have {MOST} security keys. Remove one first.")
    try:
        data = _server(request).register_complete(state, _parsed(answer))
    except Exception as error:  # the library raises what its parsers raise; whatever it is, the answer is refused
        raise _refusal(error) from error
    if data.credential_data is None:
        raise KeyRefused("The browser sent no key.")
    row: SecurityKey = SecurityKey.objects.create(
        user=staff(request),
        name=name[:64] or "Security key",
        confirmed=True,
        credential=bytes(data.credential_data),
        sign_count=data.counter,
    )
    return row


# --- a key that is used -----------------------------------------------------------------------------------


def ask_for_one(request: HttpRequest) -> dict[str, Any]:
    """What the browser needs to use one of this person's keys."""
    options, state = _server(request).authenticate_begin(
        _credentials(keys_of(staff(request))), user_verification=UserVerificationRequirement.PREFERRED
    )
    request.session[ASKED] = {"use": state}
    return dict(options)


def used(request: HttpRequest, answer: str) -> SecurityKey:
    """The key that answered. Raises KeyRefused."""
    state, rows = _asked(request, "use"), keys_of(staff(request))
    try:
        parsed = _parsed(answer)
        found = _server(request).authenticate_complete(state, _credentials(rows), parsed)
        count = AuthenticationResponse.from_dict(parsed).response.authenticator_data.counter
    except Exception as error:  # as above
        raise _refusal(error) from error
    row = next(row for row in rows if bytes(row.credential) == bytes(found))
    with transaction.atomic():
        locked: SecurityKey = SecurityKey.objects.select_for_update().get(pk=row.pk)
        if (count or locked.sign_count) and count <= locked.sign_count:
            logger.error("the security key %s of %s was used with an old counter: it may be a copy", row.pk, row.user)
            raise KeyRefused("This key may be a copy of yours. Tell an administrator, and use another way in.")
        locked.sign_count, locked.last_used_at = count, timezone.now()
        locked.save(update_fields=["sign_count", "last_used_at"])
    return locked


def _server(request: HttpRequest) -> Fido2Server:
    host = request.get_host().rpartition(":")[0] or request.get_host()
    party = PublicKeyCredentialRpEntity(id=host, name="PropertyApp")
    return Fido2Server(party, verify_origin=lambda origin: origin == f"{request.scheme}://{request.get_host()}")


def _credentials(rows: list[SecurityKey]) -> list[AttestedCredentialData]:
    return [AttestedCredentialData(bytes(row.credential)) for row in rows]


def _asked(request: HttpRequest, what: str) -> Any:
    state = request.session.pop(ASKED, {}).get(what)
    if state is None:
        raise KeyRefused("This page was open for too long, or in two windows. Try once more.")
    return state


def _parsed(answer: str) -> Mapping[str, Any]:
    if len(answer) > LONGEST_ANSWER:
        raise ValueError("too long")
    parsed = json.loads(answer)
    if not isinstance(parsed, dict):
        raise ValueError("no object")
    return parsed


def _refusal(error: Exception) -> KeyRefused:
    logger.warning("a security key was refused: %s: %s", type(error).__name__, error)
    return KeyRefused("This security key was not accepted. Try once more, or use another way in.")


# --- the page ---------------------------------------------------------------------------------------------


class NewKeyForm(forms.Form):
    name = forms.CharField(label="What you call it", max_length=60, initial="Security key")
    answer = forms.CharField(widget=forms.HiddenInput, max_length=LONGEST_ANSWER)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def security_keys_page(request: HttpRequest) -> HttpResponse:
    """One's own keys. POST adds the one that the browser made, or removes one."""
    user = staff(request)
    if not (TOTPDevice.objects.filter(user=user, confirmed=True).exists() or keys_of(user)):
        return redirect("second_factor")
    if request.method == "POST" and "remove" in request.POST:
        return _remove(request, request.POST["remove"])
    form = NewKeyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            row = keep_new(request, form.cleaned_data["name"], form.cleaned_data["answer"])
        except KeyRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"“{row.name}” can be used from now on.")
        return redirect("staff_security_keys")
    context = site_context(
        request,
        title="Your security keys",
        keys=keys_of(user),
        form=form,
        is_offered=is_offered(request),
        asked=ask_for_new(request) if is_offered(request) else None,
    )
    return TemplateResponse(request, "admin/staff/security_keys.html", context, status=422 if form.errors else 200)


def _remove(request: HttpRequest, key: str) -> HttpResponse:
    """The last way in stays, so that no one locks themselves out."""
    mine = SecurityKey.objects.filter(user=staff(request))
    row = get_object_or_404(mine, pk=int(key) if key.isdecimal() else 0)
    if mine.count() == 1 and not TOTPDevice.objects.filter(user=staff(request), confirmed=True).exists():
        messages.error(request, "This is your only second factor. Add another key first.")
    else:
        row.delete()
        messages.success(request, f"“{row.name}” was removed.")
    return redirect("staff_security_keys")
