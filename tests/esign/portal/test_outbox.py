"""The local run's mail client, which exists nowhere else."""

import os
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from esign.mail import outbox
from esign.mail.queue import queue_mail
from esign.models import Envelope, MailKind
from esign.portal.mailbox import FILE_BACKEND, all_mails

pytestmark = pytest.mark.django_db


@pytest.fixture
def local(settings: Settings) -> Settings:
    settings.EMAIL_BACKEND = FILE_BACKEND
    return settings


@pytest.fixture
def sent(local: Settings, envelope: Envelope) -> Envelope:
    for kind in (MailKind.INVITATION, MailKind.LINK):
        for signer in envelope.signers.filter(role="tenant"):
            queue_mail(envelope, kind, signer)
        _a_second_passes(Path(local.EMAIL_FILE_PATH))
        assert outbox.send_due() == 2
    return envelope


def _a_second_passes(folder: Path) -> None:
    """The mails are ordered by the time of their files, and a file system's clock may tick only every few ms."""
    for path in folder.glob("*.log"):
        written_at = path.stat().st_mtime - 1
        os.utime(path, (written_at, written_at))


def test_every_mail_of_ours_is_there_the_newest_first(client: Client, sent: Envelope) -> None:
    answer = client.get("/portal/outbox/?format=json").json()["mails"]

    assert [mail["kind"] for mail in answer] == ["link", "link", "invitation", "invitation"]
    assert {address for mail in answer for address in mail["to"]} == {
        one.email for one in sent.signers.filter(role="tenant")
    }


def test_scripts_find_the_link_in_each_mail_and_get_in_by_it(client: Client, sent: Envelope) -> None:
    mail = client.get("/portal/outbox/?format=json").json()["mails"][0]

    (link,) = mail["links"]
    assert client.post(link.removeprefix("http://testserver")).status_code == 302
    assert client.get(f"/portal/outbox/{mail['name']}/?format=json").json() == mail


def test_the_mails_to_one_person_can_be_picked_out(client: Client, sent: Envelope) -> None:
    wanted = sent.signers.get(key="tenant2").email

    answer = client.get("/portal/outbox/", {"format": "json", "to": wanted.upper()}).json()["mails"]
    page = client.get("/portal/outbox/", {"to": wanted}).content.decode()

    assert [mail["to"] for mail in answer] == [[wanted]] * 2
    assert sent.signers.get(key="tenant2").name in page
    assert f"{sent.signers.get(key='tenant1').name} &lt;" not in page


def test_the_html_of_a_mail_is_shown_in_a_frame_where_nothing_runs(client: Client, sent: Envelope) -> None:
    mail = client.get("/portal/outbox/?format=json").json()["mails"][0]
    page = client.get("/portal/outbox/").content.decode()

    answer = client.get(mail["html_url"])

    assert f'src="{mail["html_url"]}" sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert '<base target="_blank">' in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend"),
        ("DOCUSIGN_ENVIRONMENT", "demo"),
        ("PUBLIC_URL", "https://leasing.example"),
        ("ALLOWED_HOSTS", ["*"]),
    ],
)
def test_it_is_closed_where_mails_are_real_or_others_reach_the_site(
    client: Client, sent: Envelope, local: Settings, name: str, value: object
) -> None:
    mail = all_mails()[0]
    local.DEBUG = True
    setattr(local, name, value)

    for path in ("", f"{mail.name}/", f"{mail.name}/html/", "?format=json"):
        assert client.get(f"/portal/outbox/{path}").status_code == 404


@pytest.mark.parametrize("name", ["nothing.0", "..%2f..%2fsettings.0", "x", "20260101-000000-1.99", "a.b.0"])
def test_names_lead_nowhere_but_to_mails(client: Client, local: Settings, name: str) -> None:
    assert client.get(f"/portal/outbox/{name}/").status_code == 404


def test_without_any_mail_it_says_what_to_do(client: Client, local: Settings) -> None:
    assert "Send a lease for signature" in client.get("/portal/outbox/").content.decode()


def test_a_mail_that_is_still_being_written_is_not_shown_in_half(
    client: Client, sent: Envelope, local: Settings
) -> None:
    whole = len(all_mails())
    newest = max(Path(local.EMAIL_FILE_PATH).glob("*.log"), key=lambda path: path.stat().st_mtime_ns)
    newest.write_bytes(newest.read_bytes()[:-40])  # its last mail lacks its end; one file may hold several

    assert len(all_mails()) == whole - 1
