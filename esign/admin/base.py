"""What all pages of this room share: Unfold's admin with types, read-only rows, badges, and one way to report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold import admin as unfold_admin
from unfold.decorators import action as unfold_action
from unfold.decorators import display as unfold_display

from esign.envelopes.action_rules import ActionRefused
from esign.envelopes.status import Tone

if TYPE_CHECKING:
    # Unfold has no types; its classes are Django's with another look.
    Admin = admin.ModelAdmin[Any]
    Inline = admin.TabularInline[Any, Any]
else:
    Admin, Inline = unfold_admin.ModelAdmin, unfold_admin.TabularInline

Function = TypeVar("Function", bound=Callable[..., Any])

# Unfold's label colours for our tones.
LABELS = {
    Tone.GOOD: "success",
    Tone.WORKING: "info",
    Tone.WAITING: "primary",
    Tone.OVER: "default",
    Tone.WARNING: "warning",
    Tone.BAD: "danger",
}

# One request does no more than this: larger sets go by a batch.
AT_ONCE = 100


def display(**options: Any) -> Callable[[Function], Function]:
    """Unfold's `display`, typed."""
    decorate: Callable[[Function], Function] = unfold_display(**options)
    return decorate


def action(**options: Any) -> Callable[[Function], Function]:
    """Unfold's `action`, typed."""
    decorate: Callable[[Function], Function] = unfold_action(**options)
    return decorate


class Styled(Admin):
    """With the styles of this room."""

    class Media:
        css = {"all": ["esign_admin/admin.css"]}
        js = ["esign_admin/once.js"]


class ReadOnly(Styled):
    """Rows that a machine wrote: to be looked at, never edited, added or deleted by hand."""

    view_on_site = False  # their page is here

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        # Django's history tells who edited a row; nobody edits these.
        return super().render_change_form(request, context | {"show_history": False}, *args, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def staff(request: HttpRequest) -> User:
    """Who is at the other end. Admin views let nobody in without signing in."""
    if not isinstance(request.user, User):
        raise PermissionError("Nobody is signed in.")
    return request.user


def link_to(row: Any, text: object = None) -> SafeString:
    """A link to a row's own admin page."""
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return format_html('<a class="es-link" href="{}">{}</a>', reverse(name, args=[row.pk]), text or row)


def mono(text: object) -> SafeString:
    """A hash or an id, which may break anywhere."""
    return format_html('<span class="es-mono">{}</span>', text)


def chosen(request: HttpRequest) -> list[str]:
    """The keys in `?ids=1,2,3`, each once and in order."""
    return list(dict.fromkeys(filter(None, request.GET.get("ids", "").split(","))))


def steps(orders: Iterable[int]) -> dict[int, int]:
    """Routing order -> the step that people read: 1, 2, 3. Docusign takes gaps; without a guarantor there is one."""
    return {order: step for step, order in enumerate(sorted(set(orders)), start=1)}


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
        messages.warning(request, f"Skipped. {reason}" if isinstance(reason, ActionRefused) else str(reason))
