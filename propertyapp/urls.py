"""Every URL of the site."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView

from propertyapp import health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="portal:home")),
    path("admin/", admin.site.urls),
    path("esign/", include("esign.urls")),
    path("portal/", include("esign.portal.urls")),
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("portal/icon.svg"))),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]
