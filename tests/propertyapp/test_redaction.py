"""No secret of the product stands in a log line, whichever library wrote the line."""

import io
import logging

import pytest
from django.test import Client
from django.urls import reverse

from esign.mail.links import portal_link
from propertyapp.redaction import HIDDEN, RedactingFormatter, ScrubbedFormatter, scrub, scrub_handlers_of
from tests.esign.factories import EnvelopeFactory

TOKEN = "WzEyLCJhYmMiXQ:1vOh3X:4kq3n0Q2m7T0sWkV9d1y8Rb6cZ5xL_pAeU2iGfHjKlM"

SECRETS = [
    ("/portal/enter/{}", TOKEN),
    ("https://leasing.example/portal/new-link/{}?next=1", TOKEN),
    ("Not Found: /portal/enter/{} (for Grace)", TOKEN),
    ("redirected to https://demo.docusign.net/Signing/MTRedeem/v1/7?slt={}", "eyJ0eXAiOiJNVCIsImFsZyI6IlJTMjU2In0"),
    ("https://apps-d.docusign.com/workflows/instances/9f/start?mtid={}", "1b5c0ad0-9b3c-4e0f-8d7a-0c2f3d4e5a6b"),
    ('{{"instance_url": "https://apps-d.docusign.com/instances/9f?mtsec={}"}}', "q8Zt_2mCh0wLr5yK7vTn"),
    ("http://127.0.0.1:8900/signing/start?t={}", "k8s0mZ0n3time"),
    ("http://127.0.0.1:8900/signing/mail?k={}", "k8s0m"),
    ('"accessCode": "{}"', "493027"),
    ("access_code={}&next=1", "493027"),
    ("'password': '{}'", "two words"),
    ("otp_token={}", "271828"),
    ("Cookie: sessionid={}; csrftoken=x", "h3x0rqk2v9w8m4n7p1z6t5y0"),
    ("?code={}&state=1", "an-authorization-code-0123456789"),
    ("Authorization: Bearer {}", "abcdefghijklmnop.qrstuv"),
]


@pytest.mark.parametrize(("line", "secret"), SECRETS)
def test_every_kind_of_secret_is_hidden_in_every_kind_of_line(line: str, secret: str) -> None:
    said = scrub(line.format(secret))
    assert secret not in said
    assert HIDDEN in said


@pytest.mark.parametrize(
    "line",
    [
        "Not Found: /portal/leases/0d9c7a52-8e57-4f0e-9a60-1f1f3b9d3b55/",
        "GET /portal/enter 404",
        "Envelope 7 is signed; code=404, password is missing",
        "POST /admin/esign/envelope/signing/",
    ],
)
def test_a_line_without_a_secret_stays_as_it_is(line: str) -> None:
    assert scrub(line) == line


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["enter", "new_link"])
def test_a_link_that_is_refused_is_not_written_out(kind: str, client: Client) -> None:
    """4xx answers are logged with their address, by Django and by us."""
    token = portal_link(EnvelopeFactory().signers.get(key="tenant1")).rpartition("/")[2]
    url = reverse(f"portal:{kind}", args=[token])
    root, lines = logging.getLogger(), io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(next(one.formatter for one in root.handlers if isinstance(one.formatter, RedactingFormatter)))
    root.addHandler(handler)
    client.put(url)
    client.get(f"{url}/nothing")
    root.removeHandler(handler)
    written = lines.getvalue()
    assert "Method Not Allowed" in written and "Not Found" in written
    assert token not in written


def test_django_has_no_handler_that_goes_past_ours() -> None:
    for name in ("django", "django.request", "django.security", "django.template", "django.db.backends"):
        for handler in logging.getLogger(name).handlers:
            assert isinstance(handler.formatter, RedactingFormatter), name


def test_a_web_servers_own_handler_is_scrubbed_too() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("[%(levelname)s] %(message)s"))
    server = logging.getLogger("a.server")
    server.addHandler(handler)
    scrub_handlers_of("a.server")
    server.error("Error handling request /portal/enter/%s", TOKEN)
    server.removeHandler(handler)
    assert written.getvalue() == f"[ERROR] Error handling request /portal/enter/{HIDDEN}\n"
    assert isinstance(handler.formatter, ScrubbedFormatter)
