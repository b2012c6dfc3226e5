"""URLs of the tenants' portal."""

from django.urls import path
from django.urls.resolvers import URLPattern

app_name = "portal"
urlpatterns: list[URLPattern] = []
