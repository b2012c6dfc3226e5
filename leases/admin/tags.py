"""Tags: the office's own words for leases and properties."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leases.admin.base import Styled, display
from leases.models import Tag


@admin.register(Tag)
class TagAdmin(Styled):
    when_empty = "No tags. Put them on leases and properties, so that lists and campaign rules can choose by them."
    list_display = ("name", "show_leases", "show_properties")
    search_fields = ("name",)
    fields = ("name",)

    @display(description="Leases")
    def show_leases(self, tag: Tag) -> SafeString:
        return _list(tag, "lease", "Show leases")

    @display(description="Properties")
    def show_properties(self, tag: Tag) -> SafeString:
        return _list(tag, "property", "Show properties")


def _list(tag: Tag, model: str, text: str) -> SafeString:
    """Not counted here: each list holds what its reader may see."""
    url = reverse(f"admin:leases_{model}_changelist", query={"tag": tag.pk})
    return format_html('<a class="es-link" href="{}">{}</a>', url, text)
