"""The office's pages about templates of the account."""

import pytest
from django.test import Client
from django.urls import reverse

from esign.models import Envelope, VendorTemplate
from leases.status import LeaseStatus
from tests.esign.admin.conftest import administrator, bystander, office, rosa
from tests.esign.admin.words import post, read, words
from tests.esign.vendor_templates.conftest import Make
from tests.factories import LeaseFactory

__all__ = ["administrator", "bystander", "office", "rosa"]  # fixtures of staff at their desks

pytestmark = pytest.mark.django_db(transaction=True)


def page(name: str, *args: object) -> str:
    return reverse(f"admin:esign_vendortemplate_{name}", args=args)


def test_an_administrator_reads_the_account_and_maps_a_template(administrator: Client, make: Make) -> None:
    template = make(is_active=False)
    VendorTemplate.objects.filter(pk=template.pk).update(roles={}, labels={}, read_at=None)
    assert "The account has 1 template." in words(administrator.get(page("refresh"), follow=True).content)
    said = words(administrator.get(page("read", template.pk), follow=True).content)
    assert "Say who is “Tenant” in “Bicycle rider”." in said

    form = {"kind": "rider", "purpose": "lease", "is_active": "on", "role0": "tenant1", "role1": "landlord"}
    said = post(administrator, page("map", template.pk), **form, label0="rent.monthly", label1="", label2="")
    assert "“Bicycle rider” is mapped completely." in said
    template.refresh_from_db()
    assert template.roles == {"Tenant": "tenant1", "Landlord": "landlord"}
    assert template.labels == {"Monthly rent": "rent.monthly"}
    assert template.is_active


def test_the_office_sends_a_lease_with_it_and_maps_nothing(office: Client, make: Make) -> None:
    template = make()
    lease = LeaseFactory()
    assert "Bicycle rider" in read(office, page("changelist"))
    assert office.get(page("map", template.pk)).status_code == 403
    assert "is queued with “Bicycle rider”" in post(office, page("send", template.pk), lease=lease.pk)
    assert Envelope.objects.get(lease=lease).riders.get().template == template


def test_what_is_missing_for_a_lease_is_said_on_the_page_and_nothing_is_sent(office: Client, make: Make) -> None:
    template = make(roles={"Tenant": "tenant2", "Landlord": "landlord"})
    lease = LeaseFactory()
    assert "needs tenant 2 as “Tenant”" in post(office, page("send", template.pk), lease=lease.pk)
    lease.refresh_from_db()
    assert lease.status == LeaseStatus.DRAFT


def test_other_staff_see_none_of_it(bystander: Client, make: Make) -> None:
    template = make()
    for url in (page("changelist"), page("map", template.pk), page("send", template.pk)):
        assert bystander.get(url).status_code == 403
    assert Envelope.objects.count() == 0
