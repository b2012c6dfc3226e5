"""URLs of the tenants' portal."""

from django.urls import path

from esign.portal import code, consent, entry, leases, outbox, signing

app_name = "portal"
urlpatterns = [
    path("", entry.home, name="home"),
    path("signed-out/", entry.timed_out, name="timed_out"),
    path("enter/<str:token>", entry.enter, name="enter"),
    path("new-link/<str:token>", entry.new_link, name="new_link"),
    path("links/", entry.links, name="links"),
    path("sign-out-everywhere/", entry.leave_everywhere, name="leave_everywhere"),
    path("sign-out/", entry.leave, name="sign_out"),
    path("language/", entry.language, name="language"),
    path("leases/<uuid:envelope_id>/", leases.envelope, name="envelope"),
    path("leases/<uuid:envelope_id>/documents/<int:pk>/", leases.document, name="document"),
    path("sign/<uuid:envelope_id>/", signing.sign, name="sign"),
    path("code/", code.code_to_see_all, name="code"),
    path("sign/<uuid:envelope_id>/code/", code.code_to_sign, name="code_to_sign"),
    path("sign/<uuid:envelope_id>/consent/", consent.consent, name="consent"),
    path("leases/<uuid:envelope_id>/consent/", consent.given, name="consent_given"),
    path("return/<uuid:envelope_id>/", signing.come_back, name="return"),
    path("return/<uuid:envelope_id>/update/", signing.update, name="update"),
    path("outbox/", outbox.inbox, name="outbox"),
    path("outbox/<str:name>/", outbox.mail, name="outbox_mail"),
    path("outbox/<str:name>/html/", outbox.html, name="outbox_html"),
]
