"""To Docusign and back: consent for the system user, and staff's own accounts. Every return ends in a redirect.

https://developers.docusign.com/platform/auth/reference/obtain-consent/
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from esign.docusign import ConsentMissing, DocusignError
from esign.docusign.login import access, consent, grants, staff_accounts
from esign.docusign_login import pending
from esign.docusign_login.pending import NotAsked, Pending, Purpose
from esign.models import DocusignConnection, Grant, StaffAccount
from esign.tasks import resume

logger = logging.getLogger(__name__)

MANAGE = "esign.change_docusignconnection"
OWN = "esign.add_staffaccount"
CONNECTIONS = "admin:esign_docusignconnection_changelist"
MINE = "admin:esign_docusignconnection_mine"

View = Callable[..., HttpResponse]


def staff_with(permission: str) -> Callable[[View], View]:
    """For staff who may. Unlike the admin's own check it never puts this address, code and all, into another."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            user = request.user
            if not (user.is_authenticated and user.is_active and user.is_staff):
                return _refuse(request, "You are not signed in here any more. Sign in, then start again.", status=403)
            if permission and not user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return checked

    return decorate


# --- there ------------------------------------------------------------------------------------------------


@never_cache
@require_POST
@staff_with(MANAGE)
def ask_consent(request: HttpRequest, pk: int) -> HttpResponse:
    """The button “Grant consent”: the user we act as allows it for themselves."""
    return _leave_for_consent(request, pk, Purpose.CONSENT, consent.consent_url)


@never_cache
@require_POST
@staff_with(MANAGE)
def ask_admin_consent(request: HttpRequest, pk: int) -> HttpResponse:
    """An administrator of another organisation allows it for all its users."""
    return _leave_for_consent(request, pk, Purpose.ADMIN_CONSENT, consent.admin_consent_url)


def _leave_for_consent(request: HttpRequest, pk: int, purpose: Purpose, url: Callable[..., str]) -> HttpResponse:
    connection = get_object_or_404(DocusignConnection, pk=pk, grant=Grant.JWT)
    back_to = request.POST.get("next", "")
    state, challenge = pending.remember(request, purpose, connection_id=pk, back_to=back_to)
    return _leave(request, lambda: url(connection, state=state, challenge=challenge), page_of(connection))


@never_cache
@require_POST
@staff_with(OWN)
def connect_mine(request: HttpRequest) -> HttpResponse:
    """The button “Connect my account”."""
    user = _user(request)
    try:
        grant = grants.staff_grant()
    except DocusignError as error:
        messages.error(request, str(error))
        return redirect(MINE)
    back_to = request.POST.get("next", "")
    state, challenge = pending.remember(request, Purpose.CONNECT, grant=grant.value, back_to=back_to)
    sign_in = staff_accounts.sign_in_of(user, grant)
    return _leave(
        request,
        lambda: consent.authorize_url(sign_in, state=state, challenge=challenge, login_hint=user.email),
        reverse(MINE),
    )


def _leave(request: HttpRequest, url: Callable[[], str], page: str) -> HttpResponse:
    try:
        return HttpResponseRedirect(url())
    except DocusignError as error:
        messages.error(request, str(error))
        return redirect(page)


# --- and back ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ConsentAnswer:
    """What Docusign put into the address of the return."""

    state: str = field(repr=False)
    code: str = field(repr=False)
    error: str
    has_token: bool  # somebody tried the implicit grant


def take_answer(request: HttpRequest) -> ConsentAnswer:
    """Read the answer and take it out of the request, so that no error page, report or later log line holds it."""
    got = request.GET
    answer = ConsentAnswer(
        state=got.get("state", ""),
        code=got.get("code", ""),
        error=got.get("error", "")[:60],
        has_token="access_token" in got,
    )
    request.GET = QueryDict("")
    for name in ("QUERY_STRING", "RAW_URI", "REQUEST_URI"):
        if name in request.META:
            request.META[name] = ""
    return answer


@never_cache
@require_safe
@sensitive_variables()
def come_back(request: HttpRequest) -> HttpResponse:
    """Docusign's page is done. Whatever came of it is told on the page the person left from."""
    answer = take_answer(request)
    return _come_back(request, answer)


@staff_with("")
def _come_back(request: HttpRequest, answer: ConsentAnswer) -> HttpResponse:
    if answer.has_token:
        return _refuse(request, grants.IMPLICIT_REFUSED)
    try:
        asked = pending.recall(request, answer.state)
    except NotAsked as problem:
        logger.warning("a return from Docusign that no one asked for was turned away")
        return _refuse(request, str(problem))
    finish = _finish_connecting if asked.purpose == Purpose.CONNECT else _finish_consent
    return finish(request, asked, answer)


def _finish_consent(request: HttpRequest, asked: Pending, answer: ConsentAnswer) -> HttpResponse:
    """The code is not redeemed: the JWT grant signs in by itself. Whether it may now is found out at once."""
    if not request.user.has_perm(MANAGE):
        raise PermissionDenied
    connection = get_object_or_404(DocusignConnection, pk=asked.connection_id)
    page = asked.back_to or page_of(connection)
    if answer.error or not answer.code:
        messages.error(request, _denied(answer, "Consent was not given", "Nothing is sent without it."))
        return redirect(page)
    waited_for = connection.paused_because
    try:
        access.connect(connection)
    except ConsentMissing:
        messages.error(
            request,
            "Somebody gave consent, but not the user we act as. Sign out at Docusign, press “Grant consent” again and "
            f"sign in there as {connection.user_name or connection.user_id}.",
        )
    except DocusignError as error:
        messages.error(request, str(error))
    else:
        resume(connection, waited_for)
        messages.success(request, _consented(connection))
    return redirect(page)


def _consented(connection: DocusignConnection) -> str:
    if waiting := consent.features_waiting(connection):
        return f"Docusign lets us send for {connection.user_name}. Consent is still missing to: {', '.join(waiting)}."
    return f"Docusign lets us act for {connection.user_name}. What was waiting goes on by itself within a minute."


@sensitive_variables()
def _finish_connecting(request: HttpRequest, asked: Pending, answer: ConsentAnswer) -> HttpResponse:
    if not request.user.has_perm(OWN):
        raise PermissionDenied
    page = asked.back_to or reverse(MINE)
    if answer.error or not answer.code:
        messages.error(request, _denied(answer, "Your account was not connected", "You can try again at any time."))
        return redirect(page)
    try:
        account = access.connect_person(_user(request), Grant(asked.grant), answer.code, asked.verifier)
    except (DocusignError, NotAsked) as error:
        messages.error(request, str(error))
        return redirect(page)
    connection = account.connection
    messages.success(
        request,
        f"Connected: leases that you send go out from {connection.user_name} at {connection.account_name}.",
    )
    return redirect(page)


def _denied(answer: ConsentAnswer, what: str, then: str) -> str:
    if answer.error == "access_denied":
        return f"{what}: “Cancel” was pressed at Docusign, or the person there may not allow it. {then}"
    return f"{what}: Docusign said {answer.error or 'nothing'}. {then}"


# --- signing out ------------------------------------------------------------------------------------------


@never_cache
@require_POST
@staff_with(MANAGE)
def disconnect(request: HttpRequest, pk: int) -> HttpResponse:
    """The button “Disconnect” of a system account."""
    connection = get_object_or_404(DocusignConnection, pk=pk, grant=Grant.JWT)
    access.disconnect(connection, _user(request))
    messages.success(request, f"{connection.name} is disconnected. What is to be sent through it waits.")
    return redirect(page_of(connection))


@never_cache
@require_POST
@staff_with(MANAGE)
def connect(request: HttpRequest, pk: int) -> HttpResponse:
    """The button “Connect” after a disconnect."""
    connection = get_object_or_404(DocusignConnection, pk=pk, grant=Grant.JWT)
    try:
        access.connect(connection)
    except DocusignError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Connected: we act for {connection.user_name} at {connection.account_name}.")
    return redirect(page_of(connection))


@never_cache
@require_POST
@staff_with(OWN)
def disconnect_mine(request: HttpRequest) -> HttpResponse:
    """The button “Disconnect” of one's own account."""
    user = _user(request)
    account = get_object_or_404(StaffAccount.objects.select_related("connection"), user=user)
    revoked = access.disconnect_person(account, user)
    messages.success(request, "Disconnected: what you send goes out from the company's account, and we hold no key.")
    if not revoked:
        messages.info(request, "Docusign did not confirm it. To be sure, revoke this app there under Connected Apps.")
    return redirect(MINE)


@never_cache
@require_POST
@staff_with(OWN)
def send_as_me(request: HttpRequest) -> HttpResponse:
    """Send as oneself or as the company, without disconnecting."""
    wanted = request.POST.get("send_as_me") == "yes"
    StaffAccount.objects.filter(user=_user(request)).update(send_as_me=wanted)
    who = "your own account" if wanted else "the company's account"
    messages.success(request, f"Leases that you send now go out from {who}.")
    return redirect(MINE)


# --- shared -----------------------------------------------------------------------------------------------


def page_of(connection: DocusignConnection) -> str:
    return reverse("admin:esign_docusignconnection_change", args=[connection.pk])


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _refuse(request: HttpRequest, problem: str, *, status: int = 400) -> HttpResponse:
    page = render(request, "admin/docusign/turned_away.html", {"problem": problem}, status=status)
    page["Referrer-Policy"] = "no-referrer"  # the address of this page may hold a code
    return page
