"""URLs that Docusign and our staff's browsers call. The tenants' portal has its own."""

from django.urls import include, path

from esign import webhooks

app_name = "esign"
urlpatterns = [
    path("connect/", webhooks.connect, name="connect"),
    path("oauth/", include("esign.docusign_login.urls")),
]
