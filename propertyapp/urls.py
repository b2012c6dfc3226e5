"""Every URL of the site."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView

from propertyapp import health, second_factor, security_keys, sessions

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="portal:home")),
    path("admin/second-factor/", second_factor.second_factor, name="second_factor"),
    path("admin/recovery-codes/", admin.site.admin_view(second_factor.recovery_codes), name="staff_recovery_codes"),
    path("admin/security-keys/", admin.site.admin_view(security_keys.security_keys_page), name="staff_security_keys"),
    path("admin/sessions/", admin.site.admin_view(sessions.sessions_page), name="staff_sessions"),
    path("admin/", admin.site.urls),
    path("esign/", include("esign.urls")),
    path("portal/", include("esign.portal.urls")),
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("portal/icon.svg"))),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]
