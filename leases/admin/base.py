"""What all staff pages share, those of `esign` too: Unfold's admin with types, badges, rows that are only read,
history that only looks, and one way to report what was done.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from simple_history.admin import SimpleHistoryAdmin
from simple_history.models import ModelChange, ModelDelta
from unfold import admin as unfold_admin
from unfold.decorators import action as unfold_action
from unfold.decorators import display as unfold_display

from leases.errors import LeaseError
from leases.status import LeaseStatus
from leases.visibility import OutsidePortfolio, can_see, is_limited, sees_everything, visible_to

if TYPE_CHECKING:
    # None of the three says its types; all are Django's admin with more to it.
    Admin = admin.ModelAdmin[Any]
    _Inline = admin.TabularInline[Any, Any]
    _Stacked = admin.StackedInline[Any, Any]

    class ModelForm(forms.ModelForm[Any]):
        pass

    class InlineFormSet(forms.BaseInlineFormSet[Any, Any, Any]):
        pass

    class _History(admin.ModelAdmin[Any]):
        def history_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse: ...
        def history_form_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse: ...
        def get_historical_record_context_helper(self, request: HttpRequest, record: Any) -> Any: ...

else:
    Admin, _Inline, _Stacked = unfold_admin.ModelAdmin, unfold_admin.TabularInline, unfold_admin.StackedInline
    ModelForm, InlineFormSet = forms.ModelForm, forms.BaseInlineFormSet
    _History = SimpleHistoryAdmin

Function = TypeVar("Function", bound=Callable[..., Any])

# One request does no more than this: larger sets go by a batch.
AT_ONCE = 100

# Unfold's label colours for the stages.
STAGE_LABELS = {
    LeaseStatus.DRAFT.label: "default",
    LeaseStatus.OUT_FOR_SIGNATURE.label: "warning",
    LeaseStatus.EXECUTED.label: "info",
    LeaseStatus.ACTIVE.label: "success",
    LeaseStatus.ENDED.label: "default",
    LeaseStatus.RENEWED.label: "primary",
    LeaseStatus.CANCELLED.label: "danger",
}


def display(**options: Any) -> Callable[[Function], Function]:
    """Unfold's `display`, typed."""
    decorate: Callable[[Function], Function] = unfold_display(**options)
    return decorate


def action(**options: Any) -> Callable[[Function], Function]:
    """Unfold's `action`, typed."""
    decorate: Callable[[Function], Function] = unfold_action(**options)
    return decorate


class Limited:
    """Rows and choices of the portfolios of the person who asks. Mixed into every page and inline of this product."""

    def get_queryset(self, request: HttpRequest) -> Any:
        return visible_to(staff(request), super().get_queryset(request))  # type: ignore[misc]  # a mixin

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]  # a mixin
        return _limited_choice(field, request)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]  # a mixin
        return _limited_choice(field, request)


def _limited_choice(field: Any, request: HttpRequest) -> Any:
    if field is not None and is_limited(field.queryset.model):
        field.queryset = visible_to(staff(request), field.queryset)
    return field


class Inline(Limited, _Inline):
    pass


class Stacked(Limited, _Stacked):
    pass


class LimitedPage(Limited):
    """What is saved must be seen by the person who saved it, else nothing is saved."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)  # type: ignore[misc]  # a mixin
        if not can_see(staff(request), form.instance):
            raise OutsidePortfolio

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """What the model itself refuses is said on the page: also what somebody else changed in the meantime."""
        try:
            return super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]  # a mixin
        except LeaseError as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(request.get_full_path())


class Styled(LimitedPage, Admin):
    """With the styles of this room."""

    class Media:
        css = {"all": ["leases_admin/admin.css"]}
        js = ["leases_admin/once.js"]


class ReadOnly(Styled):
    """Rows that a machine wrote: to be looked at, never edited, added or deleted by hand."""

    view_on_site = False  # their page is here

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        # Django's history tells who edited a row; these are never edited.
        return super().render_change_form(request, context | {"show_history": False}, *args, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class WithHistory(LimitedPage, _History, Admin):
    """Every change can be looked up. An old row cannot be put back: what was corrected stays corrected."""

    compressed_fields = True
    warn_unsaved_form = True
    list_filter_submit = False

    history_fields: list[str] = []  # shown beside those that a form can change

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def history_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        self._require_visible(request, object_id)
        shown: HttpResponse = super().history_view(request, object_id, *args, **kwargs)
        return shown

    def history_form_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """An old row is shown. Posting it back would change the row of today for anybody who may look."""
        if request.method == "POST":
            raise PermissionDenied
        self._require_visible(request, object_id)
        shown: HttpResponse = super().history_form_view(request, object_id, *args, **kwargs)
        return shown

    def _require_visible(self, request: HttpRequest, object_id: str) -> None:
        """The library also shows rows that are gone, of which no one can tell any more whose they were."""
        if not sees_everything(staff(request)) and self.get_object(request, object_id) is None:
            raise Http404

    def set_history_delta_changes(
        self, request: HttpRequest, historical_records: Any, foreign_keys_are_objs: bool = True
    ) -> None:
        """Also tell of fields that no form shows, such as a lease's stage; the library leaves those out."""
        for newer, older in pairwise(historical_records):
            changes = [
                ModelChange(field.name, getattr(older, field.name), getattr(newer, field.name))
                for field in newer.tracked_fields
                if (field.editable or field.name in self.history_fields)
                and getattr(older, field.attname) != getattr(newer, field.attname)
            ]
            delta = ModelDelta(changes, [change.field for change in changes], older, newer)
            helper = self.get_historical_record_context_helper(request, newer)
            newer.history_delta_changes = helper.context_for_delta_changes(delta)


def write_down(request: HttpRequest, row: Any, what: str, model: type[Any] | None = None) -> None:
    """Keep in Django's log of the admin what somebody took a look at or away, beside what they changed."""
    LogEntry.objects.create(
        user_id=staff(request).pk,
        content_type=ContentType.objects.get_for_model(model or row),
        object_id=row.pk if row else None,
        object_repr=str(row)[:200] if row else "",
        action_flag=CHANGE,
        change_message=what,
    )


def staff(request: HttpRequest) -> User:
    """Who is at the other end. Admin views admit only people who are signed in."""
    if not isinstance(request.user, User):
        raise PermissionError("No one is signed in.")
    return request.user


def dollars(amount: Decimal | None) -> str:
    """1850 -> $1,850.00; nothing -> a dash."""
    return "–" if amount is None else f"${amount:,.2f}"  # noqa: RUF001  # an en dash, as Django's lists show it


def link_to(row: Any, text: object = None) -> SafeString:
    """A link to a row's own page."""
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return format_html(
        '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', reverse(name, args=[row.pk]), text or row
    )


def listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def mono(text: object) -> SafeString:
    """A hash or an id, which may break anywhere."""
    return format_html('<span class="es-mono">{}</span>', text)


def chosen(request: HttpRequest) -> list[str]:
    """The keys in `?ids=1,2,3`, each once and in order."""
    return list(dict.fromkeys(filter(None, request.GET.get("ids", "").split(","))))


def site_context(request: HttpRequest, **context: Any) -> dict[str, Any]:
    """What every admin template expects, and what this one adds."""
    return {**admin.site.each_context(request), **context}


def report(request: HttpRequest, done: Iterable[str], skipped: Iterable[object], *, unsure: Iterable[str] = ()) -> None:
    """Tell what was done and, row by row, what was not and why."""
    for sentence in done:
        messages.success(request, sentence)
    for sentence in unsure:
        messages.warning(request, sentence)
    for reason in skipped:
        messages.warning(request, f"Skipped. {reason}" if isinstance(reason, Exception) else str(reason))
