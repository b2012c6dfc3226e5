"""The demo data of `make run`: a believable portfolio, loaded once."""

from collections import Counter
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count
from django.test import Client, override_settings
from django.urls import reverse
from pypdf import PdfReader
from pytest_django import DjangoDbBlocker, Settings

from leases.models import Lease, LeaseParty, LeaseSignature, LeaseStatus, Owner, Property, Tenant, Unit
from leases.renewals import due_for_renewal
from leases.status import SIGNED
from propertyapp.local.demo_data.loading import load_demo_data

pytestmark = pytest.mark.django_db


def load() -> str:
    out = StringIO()
    load_demo_data(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def portfolio(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """Loaded once for all tests that ask for it; what each changes is undone. Answers what was said, and the files."""
    files = tmp_path_factory.mktemp("files")
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(MEDIA_ROOT=str(files), DOCUSIGN_ENVIRONMENT="emulator"):
            said = load()
        yield said, files
        transaction.set_rollback(True)


@pytest.fixture
def loaded(portfolio: tuple[str, Path], settings: Settings) -> str:
    said, files = portfolio
    settings.MEDIA_ROOT = str(files)
    return said


def test_the_portfolio_has_leases_at_every_stage_and_is_loaded_once(loaded: str) -> None:
    first = loaded
    assert "40 leases are new" in first
    assert "Demo login: leasing / leasing" in first
    assert (Owner.objects.count(), Property.objects.count(), Unit.objects.count()) == (3, 5, 41)
    assert set(Lease.objects.values_list("status", flat=True)) == set(LeaseStatus.values)
    before = {model: model.objects.count() for model in (Lease, Tenant, LeaseParty, LeaseSignature, User)}
    assert load() == "Demo data: everything is there already.\n"
    assert {model: model.objects.count() for model in before} == before


def test_what_counts_as_signed_was_signed_offline_with_a_scan(loaded: str) -> None:
    for lease in Lease.objects.filter(status__in=SIGNED):
        assert lease.missing_signatures() == []
    scan = LeaseSignature.objects.all()[0].scan
    assert "stands in for the scan" in PdfReader(BytesIO(scan.read())).pages[0].extract_text()
    assert not LeaseSignature.objects.exclude(source="offline").exists()


def test_there_is_work_for_the_office(loaded: str) -> None:
    drafts = Lease.objects.filter(status=LeaseStatus.DRAFT)
    ready = [lease for lease in drafts if not lease.problems()]
    assert len(ready) >= 5
    assert [lease.problems() for lease in drafts if lease.problems()] == [
        ["The parking addendum is missing; add it under Addenda."]
    ]
    today = Property.objects.all()[0].today()
    assert due_for_renewal(today, 90).count() >= 8


def test_the_people_are_as_mixed_as_in_life(loaded: str) -> None:
    assert Tenant.objects.filter(language="es").count() >= 5
    assert max(Counter(Tenant.objects.values_list("email", flat=True)).values()) == 2
    assert LeaseParty.objects.filter(role="guarantor").exists()
    sizes = Lease.objects.annotate(tenants=Count("parties")).values_list("tenants", flat=True)
    assert max(sizes) == 3
    for tenant in Tenant.objects.all():
        tenant.full_clean()
    for home in Property.objects.all():
        home.full_clean()


def test_logins_with_known_passwords_are_made_only_where_no_one_else_reaches_the_site(
    loaded: str, settings: Settings
) -> None:
    User.objects.all().delete()
    settings.ALLOWED_HOSTS = ["leasing.example"]
    assert "No demo logins" in load()
    assert not User.objects.exists()
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    load()
    leasing = User.objects.get(username="leasing")
    assert leasing.check_password("leasing")
    assert leasing.has_perm("leases.add_lease")
    assert not leasing.has_perm("leases.execute_offline")
    assert not leasing.is_superuser
    assert User.objects.get(username="admin").is_superuser


def test_a_demo_login_works_on_a_site_of_ones_own_and_nowhere_else(
    loaded: str, settings: Settings, client: Client
) -> None:
    def signs_in(password: str) -> bool:
        client.logout()
        answer = client.post(reverse("admin:login"), {"username": "admin", "password": password})
        return answer.status_code == 302

    assert signs_in("admin")
    settings.DOCUSIGN_ENVIRONMENT = "demo"
    assert not signs_in("admin")
