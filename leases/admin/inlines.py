"""What belongs to a lease, on its page: parties, rent steps, addenda, signatures.

Open only while it is a draft.
"""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leases.admin.addendum_form import AddendumForm
from leases.admin.base import Inline, InlineFormSet, ModelForm, Stacked, display
from leases.models import Addendum, LeaseParty, LeaseSignature, LeaseStatus, RentStep
from leases.models.addenda import TERMS_OF_KIND


class OnlyInDraft:
    """Rows of a lease that has gone out are looked at, not changed."""

    def _open(self, lease: Any) -> bool:
        return lease is None or lease.status == LeaseStatus.DRAFT

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._open(obj) and bool(super().has_add_permission(request, obj))  # type: ignore[misc]  # a mixin

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._open(obj) and bool(super().has_change_permission(request, obj))  # type: ignore[misc]  # a mixin

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._open(obj) and bool(super().has_delete_permission(request, obj))  # type: ignore[misc]  # a mixin


class PartyForm(ModelForm):
    class Meta:
        model = LeaseParty
        fields = ["tenant", "role", "is_primary"]

    def _get_validation_exclusions(self) -> set[str]:
        # Which of the rows is the primary tenant is judged over all of them, in PartyFormSet.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # not in the stubs
        return excluded | {"is_primary"}

    def save(self, commit: bool = True) -> LeaseParty:
        if "role" in self.changed_data:
            self.instance.order = None  # the next free place in the new role
        saved: LeaseParty = super().save(commit)
        return saved


class PartyFormSet(InlineFormSet):
    """Parties as staff see them: places within the roles are given by the lease itself."""

    def clean(self) -> None:
        super().clean()
        rows = [form.cleaned_data for form in self.forms if getattr(form, "cleaned_data", None)]
        kept = [row for row in rows if not row.get("DELETE")]
        primary = [row for row in kept if row.get("is_primary")]
        if len(primary) > 1:
            raise forms.ValidationError("Mark one tenant as the primary tenant, not several.")
        if primary and primary[0]["role"] != "tenant":
            raise forms.ValidationError("Only a tenant can be the primary tenant.")


class PartyInline(OnlyInDraft, Inline):
    model = LeaseParty
    form = PartyForm
    formset = PartyFormSet
    extra = 0
    autocomplete_fields = ["tenant"]
    fields = ["tenant", "role", "is_primary", "reached"]
    readonly_fields = ["reached"]
    hide_title = True
    verbose_name = "party"
    verbose_name_plural = "Tenants and guarantors"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("tenant")

    @display(description="How we reach them")
    def reached(self, party: LeaseParty) -> str:
        if not party.tenant_id:
            return ""
        tenant = party.tenant
        address = tenant.phone.as_national if tenant.preferred_channel == "sms" and tenant.phone else tenant.email
        return f"{tenant.get_preferred_channel_display()}: {address or 'nothing on file'}"


class RentStepInline(OnlyInDraft, Inline):
    model = RentStep
    extra = 0
    tab = True
    hide_title = True
    fields = ["from_date", "amount"]


class AddendumInline(OnlyInDraft, Stacked):
    model = Addendum
    form = AddendumForm
    extra = 0
    tab = True
    verbose_name_plural = "Addenda"

    class Media:
        js = ["leases_admin/addenda.js"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return AddendumForm.layout() if self._open(obj) else ["kind", "title", "says"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [] if self._open(obj) else ["says"]

    @display(description="Terms")
    def says(self, addendum: Addendum) -> str:
        known = TERMS_OF_KIND.get(addendum.kind, {})
        return "; ".join(f"{known[name].label}: {addendum.terms[name]}" for name in known if name in addendum.terms)


class SignatureInline(Inline):
    """Evidence: who signed which version, and where the proof is."""

    model = LeaseSignature
    verbose_name_plural = "Signatures"
    hide_title = True
    extra = 0
    tab = True
    can_delete = False
    fields = ("name", "key", "version", "signed_at", "source", "note", "proof")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description="Proof")
    def proof(self, signature: LeaseSignature) -> SafeString | str:
        if not signature.scan:
            return signature.reference
        url = reverse("admin:leases_lease_scan", args=[signature.lease_id, signature.pk])
        return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">Scan</a>', url)
