"""The pages about signing in to Docusign: each connection, one's own account, and which grant fits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST, require_safe

from esign import tasks
from esign.admin.connection.health import Health, health
from esign.admin.connection.lift_cap import LIFT, lift_page
from esign.docusign import DocusignError, budget, doctor, monthly_cap, variables
from esign.docusign.login import access, consent, grant_choice, grants, keys
from esign.docusign.login.grant_choice import Situation
from esign.models import (
    DocusignCall,
    DocusignConnection,
    Envelope,
    Grant,
    OwnerConnection,
    StaffAccount,
    WebhookMessage,
)
from esign.models.connection import DEFAULT
from esign.models.envelope import LIVE
from leases.admin.base import Inline, Styled, site_context, staff
from leases.visibility import visible_to

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[DocusignConnection]
else:
    from django.forms import ModelForm

MANAGE = "esign.change_docusignconnection"
OWN = "esign.add_staffaccount"
# Where a person takes back what they have allowed an app.
CONNECTED_APPS = "/me/appconsent"
QUESTIONS = (
    ("person_present", "Will a person be there and sign in with their own Docusign login?", "Yes", "No"),
    ("keeps_secret", "Can the place where it runs keep a secret?", "Yes, a server", "No, a browser or a phone"),
    ("own_account", "Whose account sends?", "The person's own", "The company's"),
)


class OwnerInline(Inline):
    """Owners who sign through this connection instead of the default one."""

    model = OwnerConnection
    extra = 0
    autocomplete_fields = ("owner",)


class ConnectionForm(ModelForm):
    """A connection beyond the default. Its keys and secrets are not asked for: they stay in variables."""

    class Meta:
        model = DocusignConnection
        fields = ("slug", "name", "integration_key", "user_id", "configured_account_id", "monthly_envelopes")

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"])
        if slug == DEFAULT or slug.startswith("staff-"):
            raise ValidationError("This name is taken by the site itself. Choose another.")
        return slug


@admin.register(DocusignConnection)
class DocusignConnectionAdmin(Styled):
    """The default connection comes from the environment and is only looked at; others are made here."""

    form = ConnectionForm
    fields = ConnectionForm.Meta.fields
    list_display = ("name", "grant", "account_name", "user_name", "last_ok_at", "last_error")
    ordering = ("pk",)
    inlines = (OwnerInline,)

    def get_fields(self, request: HttpRequest, obj: DocusignConnection | None = None) -> Any:
        # Only the emulator's address is free; a real account's host is known.
        return (*self.fields, "oauth_base") if settings.DOCUSIGN_ENVIRONMENT == "emulator" else self.fields

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "oauth_base":
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"oauth_base": settings.DOCUSIGN_OAUTH_BASE}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # what went through it has to stay attributable; it can be disconnected

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """While there is only the one that the environment describes, its page is the list."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        connection = DocusignConnection.objects.default()
        if DocusignConnection.objects.count() == 1:
            return redirect("admin:esign_docusignconnection_change", connection.pk)
        return super().changelist_view(request, extra_context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """How it stands; the form to change it is behind “Edit”."""
        connection = self.get_object(request, object_id)
        if connection is None or not self.has_view_permission(request, connection):
            return super().change_view(request, object_id, form_url, extra_context)
        if "edit" in request.GET and self.may_edit(request, connection):
            return super().change_view(request, object_id, form_url, extra_context)
        return render(request, "admin/docusign/connection.html", self._context(request, **page_of(connection, request)))

    def may_edit(self, request: HttpRequest, connection: DocusignConnection) -> bool:
        described_here = not (connection.is_default or connection.is_personal)
        return described_here and self.has_change_permission(request, connection)

    def save_model(self, request: HttpRequest, obj: DocusignConnection, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and set(form.changed_data) - {"monthly_envelopes"}:
            access.forget(obj)
            obj.forget_account()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/test/", view(require_POST(self.test_view)), name="esign_docusignconnection_test"),
            path("<int:pk>/lift-cap/", view(self.lift_cap_view), name="esign_docusignconnection_lift_cap"),
            path("mine/", view(require_safe(self.my_view)), name="esign_docusignconnection_mine"),
            path("which-grant/", view(require_safe(self.grant_view)), name="esign_docusignconnection_which_grant"),
            *super().get_urls(),
        ]

    def test_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The button “Test connection”: sign in again, pause or not, and make one cheap call."""
        if not request.user.has_perm(MANAGE):
            raise PermissionDenied
        connection = get_object_or_404(DocusignConnection, pk=pk)
        if connection.disconnected_at is not None:
            messages.error(request, f"{connection.name} is disconnected. Connect it first.")
            return redirect("admin:esign_docusignconnection_change", pk)
        waited_for = connection.paused_because
        try:
            doctor.try_it(connection)
        except DocusignError as error:
            messages.error(request, str(error))
        else:
            tasks.resume(connection, waited_for)
            who = connection.user_name or connection.user_id
            messages.success(request, f"It works: we act in the account “{connection.account_name}” for {who}.")
        return redirect("admin:esign_docusignconnection_change", pk)

    def lift_cap_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.has_perm(LIFT):
            raise PermissionDenied
        return lift_page(request, get_object_or_404(DocusignConnection, pk=pk))

    def my_view(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(OWN):
            raise PermissionDenied
        return render(request, "admin/docusign/mine.html", self._context(request, **my_page(request)))

    def grant_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return render(request, "admin/docusign/which_grant.html", self._context(request, **grant_page(request)))

    def _context(self, request: HttpRequest, **context: Any) -> dict[str, Any]:
        return site_context(request, opts=self.opts, media=self.media, **context)


def page_of(connection: DocusignConnection, request: HttpRequest) -> dict[str, Any]:
    """What the page of one connection tells; nothing is asked of Docusign."""
    hourly, burst = budget.limits(connection)
    used = budget.state(connection)
    may_manage = request.user.has_perm(MANAGE)
    consent_first = "signature" in connection.consent_missing.split()
    described_here = not (connection.is_default or connection.is_personal)
    return {
        "title": str(connection),
        "connection": connection,
        "health": health_of(connection, consent_first),
        "consent_first": consent_first,
        "test_first": not consent_first,
        "may_manage": may_manage,
        "may_edit": may_manage and described_here,
        "may_own": request.user.has_perm(OWN),
        "may_lift": request.user.has_perm(LIFT),
        "month": monthly_cap.use_of(connection),
        "waiting_for_month": monthly_cap.waiting(connection),
        "is_system": connection.grant == Grant.JWT,
        "sign_in": access.state(connection),
        "keys": keys_of(connection),
        "wanted_scopes": " ".join(consent.least_scopes(connection)),
        "features_waiting": features_waiting(connection),
        "redirect_uri": consent.redirect_uri(),
        "connect_url": settings.DOCUSIGN_CONNECT_URL,
        "connect_keys": len([key for key in settings.DOCUSIGN_CONNECT_KEYS if key]),
        "budget": used,
        "hourly": hourly,
        "burst": burst,
        "hour_share": min(100, 100 * (used["hour"] or 0) // hourly),
        "last_message": WebhookMessage.objects.order_by("-received_at").values_list("received_at", flat=True).first(),
        "last_call": DocusignCall.objects.filter(connection=connection).order_by("-started_at").first(),
        "watermark": getattr(connection, "watermark", None),
        "owners": visible_to(staff(request), connection.owners.order_by("legal_name")),
        "others": DocusignConnection.objects.exclude(pk=connection.pk).order_by("pk"),
        "waiting": Envelope.objects.filter(connection=connection, state__in=LIVE).count(),
    }


def health_of(connection: DocusignConnection, consent_first: bool) -> Health:
    """As the dashboard tells it; here the button that helps is known."""
    found = health(connection)
    if not (connection.is_default or connection.is_personal) and not (
        connection.integration_key and connection.user_id
    ):
        return replace(found, advice="Press “Edit” and give both. They stand on Docusign's page Apps and Keys.")
    if consent_first and connection.is_paused:
        who = connection.user_name or "the user below"
        return replace(found, advice=f"Press “Grant consent” and sign in at Docusign as {who}.")
    return found


def keys_of(connection: DocusignConnection) -> list[dict[str, Any]]:
    """The public half of each key by its print, which may be seen; or what is wrong."""
    if connection.grant != Grant.JWT:
        return []
    found: list[dict[str, Any]] = []
    for suffix, role in (("PRIVATE_KEY_NEXT", "next key"), ("PRIVATE_KEY", "key")):
        try:
            key = keys.load(connection, suffix)
        except DocusignError as error:
            found.append({"role": role, "problem": str(error)})
            continue
        if key is not None:
            in_use = bool(connection.key_fingerprint) and key.fingerprint == connection.key_fingerprint
            found.append({"role": role, "variable": key.variable, "fingerprint": key.fingerprint, "in_use": in_use})
    if not found:
        found.append({"role": "key", "problem": f"{variables.name(connection, 'PRIVATE_KEY_FILE')} is not set."})
    return found


def features_waiting(connection: DocusignConnection) -> list[str]:
    try:
        return consent.features_waiting(connection)
    except DocusignError as error:
        return [str(error)]


def my_page(request: HttpRequest) -> dict[str, Any]:
    """One's own account: whether there is one, and until when."""
    account = StaffAccount.objects.select_related("connection").filter(user=staff(request)).first()
    connected = account if account is not None and account.connection.disconnected_at is None else None
    try:
        grant, refused = grants.staff_grant(), ""
    except grants.NoStaffGrant as problem:
        grant, refused = None, str(problem)
    return {
        "title": "My Docusign account",
        "account": connected,
        "sign_in": access.state(connected.connection) if connected else None,
        "out": Envelope.objects.filter(connection=connected.connection, state__in=LIVE).count() if connected else 0,
        "grant": grant,
        "refused": refused,
        "company": DocusignConnection.objects.default(),
        "connected_apps": f"{DocusignConnection.objects.default().oauth_base}{CONNECTED_APPS}",
    }


def grant_page(request: HttpRequest) -> dict[str, Any]:
    """The three questions, what was answered, and the grant that fits."""
    answers = {name: request.GET.get(name) for name, *_ in QUESTIONS}
    advice = None
    if all(answer in ("yes", "no") for answer in answers.values()):
        advice = grant_choice.recommend(Situation(**{name: answer == "yes" for name, answer in answers.items()}))
    return {
        "title": "Which grant?",
        "questions": [
            {"name": name, "text": text, "yes": yes, "no": no, "answer": answers[name]}
            for name, text, yes, no in QUESTIONS
        ],
        "advice": advice,
        "columns": grant_choice.COLUMNS,
        "comparison": grant_choice.COMPARISON,
        "implicit_reason": grant_choice.IMPLICIT_REASON,
        "back": reverse("admin:esign_docusignconnection_changelist"),
    }
