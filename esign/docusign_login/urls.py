"""`/esign/oauth/…`. The address of `callback/` is registered at Docusign letter by letter."""

from django.urls import path

from esign.docusign_login import views

urlpatterns = [
    path("callback/", views.come_back, name="oauth-callback"),
    path("connections/<int:pk>/consent/", views.ask_consent, name="oauth-consent"),
    path("connections/<int:pk>/admin-consent/", views.ask_admin_consent, name="oauth-admin-consent"),
    path("connections/<int:pk>/connect/", views.connect, name="oauth-connect"),
    path("connections/<int:pk>/disconnect/", views.disconnect, name="oauth-disconnect"),
    path("mine/connect/", views.connect_mine, name="oauth-connect-mine"),
    path("mine/disconnect/", views.disconnect_mine, name="oauth-disconnect-mine"),
    path("mine/send-as-me/", views.send_as_me, name="oauth-send-as-me"),
]
