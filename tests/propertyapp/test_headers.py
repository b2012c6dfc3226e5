"""What browsers are told about every page, and who may read the files."""

import os
import stat
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import send_mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from esign.models import AuditEvent
from esign.portal.mailbox import FILE_BACKEND
from tests.factories import LeaseFactory

pytestmark = pytest.mark.django_db

PAGES = ["/portal/", "/admin/", "/admin/login/", "/admin/leases/lease/", "/nothing/", "/healthz", "/readyz"]


@pytest.mark.parametrize("page", PAGES)
def test_no_answer_is_kept_and_none_may_use_the_camera(page: str, admin_client: Client) -> None:
    answer = admin_client.get(page)
    assert "private" in answer["Cache-Control"]
    assert "no-store" in answer["Cache-Control"]
    assert "camera=()" in answer["Permissions-Policy"]
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "object-src 'none'" in answer["Content-Security-Policy"]


def test_no_page_lets_a_script_in_its_text_run(admin_client: Client) -> None:
    scripts = {page: policy_of(admin_client, page)["script-src"] for page in ("/admin/", "/portal/")}
    assert scripts["/admin/"] == {"'self'", "'unsafe-eval'"}
    assert "'unsafe-eval'" not in scripts["/portal/"]
    assert not any("'unsafe-inline'" in allowed for allowed in scripts.values())


def policy_of(client: Client, page: str) -> dict[str, set[str]]:
    parts = client.get(page)["Content-Security-Policy"].split(";")
    return {name: set(values) for name, *values in (part.split() for part in parts)}


def test_the_package_of_evidence_is_kept_by_no_browser(admin_client: Client) -> None:
    lease = LeaseFactory()
    AuditEvent.record(lease, "note", "The keys were handed over.")
    answer = admin_client.post(reverse("admin:leases_lease_evidence", args=[lease.pk]), {"export": "yes"})
    assert answer["Content-Type"] == "application/zip"
    assert "no-store" in answer["Cache-Control"]


def test_contracts_and_mails_are_for_the_sites_own_user_alone(settings: Settings) -> None:
    kept = Path(default_storage.path(default_storage.save("envelopes/one/lease.pdf", ContentFile(b"%PDF-1.7"))))
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    mask = os.umask(0o077)  # of whatever else a process of ours writes, such as the local database
    assert mask == 0o077
    settings.EMAIL_BACKEND = FILE_BACKEND
    send_mail("Your lease", "A link", None, ["grace@mail.example"])
    (mail,) = Path(settings.EMAIL_FILE_PATH).glob("*.log")
    assert stat.S_IMODE(mail.stat().st_mode) == 0o600
