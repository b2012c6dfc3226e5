"""Templates of the Docusign account: which there are, who fills their roles, what fills their fields, and sending."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import SELECT_CLASSES

from esign import tasks
from esign.admin.leases.riders_form import as_signer
from esign.admin.leases.shown import in_order, mark_of
from esign.documents.context import build_context
from esign.documents.examples import examples_for
from esign.documents.variables import variables
from esign.docusign.errors import DocusignError
from esign.envelopes.account_templates import catalogue
from esign.envelopes.account_templates.checks import check_for, check_mapping, label_of
from esign.envelopes.account_templates.riders import freeze_with_templates
from esign.envelopes.compose import CannotCompose, Packet, compose
from esign.envelopes.recipients import Recipient
from esign.models import AccountTemplate, DocusignConnection, Purpose, Role
from esign.models.account_template import LEFT_EMPTY
from leases.admin.base import ReadOnly, action, display, site_context, staff
from leases.admin.confirm import Confirmation, Line, Question, confirmation, is_confirmed, is_sure
from leases.models import Lease
from leases.status import LeaseStatus
from leases.visibility import visible_to

SIGNER_KEYS = (
    *(f"tenant{number}" for number in range(1, 7)),
    *(f"guarantor{number}" for number in range(1, 5)),
    "landlord",
    "copy1",
)
SELECT = " ".join(SELECT_CLASSES)  # as every select of these pages looks
OWN_PAGES = "admin/esign/accounttemplate/"

NO_FIELDS = "There are no fields yet. A Word document tells its fields when the first draft is made from it."


def known_variables() -> list[tuple[str, str]]:
    """(name, name with an example) of everything that a field can be filled with."""
    example = next(iter(examples_for("lease", "en", timezone.localdate())))
    rows = variables(build_context(example.terms, today=timezone.localdate()))
    return [(row.name, f"{row.name} ({row.example[:40]})" if row.example else row.name) for row in rows]


class MappingForm(forms.Form):
    """Who fills each role, and what fills each field."""

    kind = forms.ChoiceField(label="Used as", choices=AccountTemplate.Kind.choices)
    purpose = forms.ChoiceField(label="Sent for", choices=Purpose.choices)
    is_active = forms.BooleanField(label="In use: staff may send with it", required=False)

    def __init__(self, template: AccountTemplate, data: Any = None) -> None:
        initial: dict[str, Any] = {
            "kind": template.kind,
            "purpose": template.purpose,
            "is_active": template.is_active,
        }
        super().__init__(data, initial=initial)
        self.template = template
        self.role_names = [role["name"] for role in template.its_roles]
        # A label stands once for each role that has it; what fills it is the same. Stale ones stay to be seen.
        labels = [one["label"] for one in template.its_fields]
        self.labels = list(dict.fromkeys([*labels, *template.labels]))
        people = [("", "No one yet"), *((key, label_of(key)) for key in SIGNER_KEYS)]
        for number, name in enumerate(self.role_names):
            self.fields[f"role{number}"] = forms.ChoiceField(
                label=name, choices=people, required=False, initial=template.roles.get(name, "")
            )
        values = [("", "The signer fills it in"), (LEFT_EMPTY, "Left empty"), *known_variables()]
        for number, label in enumerate(self.labels):
            now = template.labels.get(label, "")
            more = [] if now in dict(values) else [(now, f"{now} (not known)")]
            self.fields[f"label{number}"] = forms.ChoiceField(
                label=label, choices=[*values, *more], required=False, initial=now
            )
        for field in self.fields.values():
            if isinstance(field, forms.ChoiceField):
                field.widget.attrs["class"] = SELECT

    @property
    def settings(self) -> list[Any]:
        return [self[name] for name in ("kind", "purpose", "is_active")]

    @property
    def roles(self) -> list[Any]:
        return [self[f"role{number}"] for number in range(len(self.role_names))]

    @property
    def values(self) -> list[Any]:
        return [self[f"label{number}"] for number in range(len(self.labels))]

    def save(self) -> None:
        chosen = self.cleaned_data
        roles = {name: chosen[f"role{n}"] for n, name in enumerate(self.role_names)}
        labels = {label: chosen[f"label{n}"] for n, label in enumerate(self.labels)}
        row = self.template
        row.kind, row.purpose, row.is_active = chosen["kind"], chosen["purpose"], chosen["is_active"]
        row.roles = {name: key for name, key in roles.items() if key}
        row.labels = {label: variable for label, variable in labels.items() if variable}
        row.save(update_fields=["kind", "purpose", "is_active", "roles", "labels"])


class LeaseField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in the stubs, not in Django
    """A lease by its number and home."""

    def label_from_instance(self, lease: Any) -> str:
        return f"{lease.number}, {lease.unit}"


class SendForm(forms.Form):
    """The lease to send with the template."""

    lease = LeaseField(queryset=Lease.objects.none(), empty_label="Choose a lease")

    def __init__(self, template: AccountTemplate, user: User, data: Any = None) -> None:
        super().__init__(data)
        self.fields["lease"].widget.attrs["class"] = SELECT
        of_the_lease = template.purpose in (Purpose.LEASE, Purpose.RENEWAL)
        wanted = LeaseStatus.DRAFT if of_the_lease else LeaseStatus.ACTIVE
        leases = visible_to(user, Lease.objects.filter(status=wanted)).select_related("unit__property")
        self.fields["lease"].queryset = leases.order_by("number")  # type: ignore[attr-defined]  # a ModelChoiceField


READ_ALL = Question(
    "Read the account's templates",
    "Docusign is asked for the templates of its account. New ones appear here without a mapping; those that are gone "
    "there are marked as gone.",
    "Ask Docusign",
    "sync",
)
READ_ONE = Question(
    "Read this template from Docusign",
    "Docusign is asked for the roles, fields and documents of this template. What is mapped stays mapped where it is "
    "still there.",
    "Ask Docusign",
    "sync",
)


@admin.register(AccountTemplate)
class AccountTemplateAdmin(ReadOnly):
    when_empty = (
        "Press “Read the account's templates” above. Those that are mapped can go along with a lease, or alone."
    )
    list_display = ("name", "used_as", "purpose", "is_active", "in_a_word")
    list_filter = ("kind", "purpose", "is_active")
    search_fields = ("name",)
    fields = ("name", "kind", "purpose", "is_active", "template_id", "people", "filled_in", "status", "read_at")
    readonly_fields = ("people", "filled_in", "status")
    actions_list = ("refresh",)
    actions_detail = ("map", "read", "send")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(super().has_view_permission(request, obj) or request.user.has_perm("esign.send_envelope"))

    def has_map_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("esign.change_accounttemplate")

    def has_send_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("esign.send_envelope")

    @display(description="Used as", ordering="kind")
    def used_as(self, template: AccountTemplate) -> str:
        return template.get_kind_display()

    @display(description="Status")
    def status(self, template: AccountTemplate) -> str:
        problems = check_mapping(template)
        return " ".join(problems) or ("Ready" if template.is_active else "Mapped, not in use")

    @display(description="Status", label={"Ready": "success", "Gone": "danger", "Incomplete": "warning"})
    def in_a_word(self, template: AccountTemplate) -> str:
        if template.gone_at:
            return "Gone"
        if check_mapping(template):
            return "Incomplete"
        return "Ready" if template.is_active else "Not in use"

    @display(description="Roles")
    def people(self, template: AccountTemplate) -> str:
        named = [f"{role}: {label_of(key)}" for role, key in template.roles.items()]
        return ", ".join(named) or "No one is mapped yet."

    @display(description="Filled in by us")
    def filled_in(self, template: AccountTemplate) -> str:
        return ", ".join(f"{label}: {name}" for label, name in template.labels.items()) or "Nothing"

    @action(description="Read the account's templates", permissions=["map"], icon="sync", url_path="refresh")
    def refresh(self, request: HttpRequest) -> HttpResponse:
        if not self.has_map_permission(request):
            raise PermissionDenied
        if not is_sure(request):
            return confirmation(request, Confirmation(READ_ALL, reverse("admin:esign_accounttemplate_changelist")))
        try:
            rows = catalogue.refresh_list(DocusignConnection.objects.default())
        except DocusignError as error:
            messages.error(request, str(error))
        else:
            here = sum(row.gone_at is None for row in rows)
            messages.success(request, f"The account has {here} template{'' if here == 1 else 's'}.")
        return redirect("admin:esign_accounttemplate_changelist")

    @action(description="Read from Docusign", permissions=["map"], icon="sync", url_path="read")
    def read(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not self.has_map_permission(request):
            raise PermissionDenied
        template = get_object_or_404(AccountTemplate, pk=object_id)
        if not is_sure(request):
            return confirmation(request, Confirmation(READ_ONE, template.get_absolute_url(), [Line(str(template))]))
        try:
            catalogue.read(template)
        except DocusignError as error:
            messages.error(request, str(error))
        else:
            _tell(request, template)
        return redirect(template)

    @action(description="Map roles and fields…", permissions=["map"], icon="account_tree", url_path="map")
    def map(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """GET shows the mapping; POST keeps it and says what is missing."""
        if not self.has_map_permission(request):
            raise PermissionDenied
        template = get_object_or_404(AccountTemplate, pk=object_id)
        if template.read_at is None:
            messages.info(request, "Read this template from Docusign first: then its roles and fields are known.")
            return redirect("admin:esign_accounttemplate_read", template.pk)
        form = MappingForm(template, request.POST if request.method == "POST" else None)
        if form.is_valid():
            form.save()
            _tell(request, template)
            return redirect(template)
        context = site_context(request, title=f"Map {template}", template=template, form=form)
        return TemplateResponse(
            request, f"{OWN_PAGES}map.html", context | {"problems": check_mapping(template), "no_fields": NO_FIELDS}
        )

    @action(description="Send with it…", permissions=["send"], icon="send", url_path="send")
    def send(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """GET asks for the lease; POST says to whom it would go; POST of what was shown freezes it and enqueues it."""
        if not self.has_send_permission(request):
            raise PermissionDenied
        template = get_object_or_404(AccountTemplate, pk=object_id)
        form = SendForm(template, staff(request), request.POST if request.method == "POST" else None)
        problems, shown = check_mapping(template), {}
        if form.is_valid():
            lease = form.cleaned_data["lease"]
            if is_confirmed(request, mark_of(lease)):
                try:
                    envelope = freeze_with_templates(lease, [template], Purpose(template.purpose), by=staff(request))
                except CannotCompose as refusal:
                    problems = refusal.problems
                else:
                    tasks.enqueue(envelope.pk)
                    messages.success(request, f"{envelope} is queued with “{template}” and goes out within a minute.")
                    return redirect(envelope)
            packet = compose(lease, Purpose(template.purpose), documents=() if template.goes_alone else None)
            signers = [as_signer(person) for person in packet.recipients]
            fits = check_for(template, signers, template.purpose, number=lease.number)
            problems = list(dict.fromkeys([*problems, *packet.problems, *fits]))
            shown = {"packet": packet, "people": _who_gets(template, packet), "mark": mark_of(lease)}
        context = site_context(
            request,
            title=f"Send with {template}",
            template=template,
            form=form,
            problems=problems,
            verb="Send for signature" if shown and not problems else "",
            look="Show what would be sent",
            back=template.get_absolute_url(),
        )
        return TemplateResponse(request, f"{OWN_PAGES}send.html", context | shown)


def _who_gets(template: AccountTemplate, packet: Packet) -> list[tuple[int, Recipient, str, str, str]]:
    """(step, recipient, role, channel, address): everyone, or of a template that goes alone those it names."""
    people = packet.recipients
    if template.goes_alone:
        order = {template.roles.get(role["name"]): role["order"] for role in template.its_roles}
        people = [replace(person, order=order[person.key]) for person in people if person.key in order]
    return in_order(people, {role: role.label for role in Role})


def _tell(request: HttpRequest, template: AccountTemplate) -> None:
    names = {name for name, _ in known_variables()}
    problems = check_mapping(template, names)
    for problem in problems:
        messages.warning(request, problem)
    if not problems:
        messages.success(request, f"“{template}” is mapped completely.")
