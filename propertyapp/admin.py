"""Second factors of staff, as an administrator sees them: who has one, and a button to take it away when it is lost."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from leases.admin.base import Styled
from propertyapp.models import SecurityKey

# django-otp's own pages show the key and the recovery codes to everyone who may look at devices.
admin.site.unregister(TOTPDevice)
admin.site.unregister(StaticDevice)


@admin.register(TOTPDevice, SecurityKey)
class SecondFactorAdmin(Styled):
    """The key itself is shown to no one, once its owner has it in the app."""

    list_display = ("user", "name", "created_at", "last_used_at")
    search_fields = ("user__username",)
    list_select_related = ("user",)
    fields = readonly_fields = ("user", "name", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
