"""The office's pages about templates of the account."""

import pytest
from django.test import Client
from django.urls import reverse

from esign.admin.leases.send import send_url
from esign.admin.leases.shown import mark_of
from esign.envelopes.account_templates.riders import freeze_with_templates
from esign.mail.links import portal_link
from esign.models import AccountTemplate, Envelope, Purpose
from leases.models import Lease
from leases.status import LeaseStatus
from tests.emulator_client import EmulatorClient
from tests.esign.admin.conftest import administrator, bystander, office, rosa
from tests.esign.admin.words import confirmed, post, read, words
from tests.esign.envelopes.account_templates.conftest import Make
from tests.esign.envelopes.account_templates.test_sending import sent
from tests.esign.portal.conftest import path_of
from tests.factories import LeaseFactory, bring_to

__all__ = ["administrator", "bystander", "office", "rosa"]  # fixtures of staff at their desks

pytestmark = pytest.mark.django_db(transaction=True)


def page(name: str, *args: object) -> str:
    return reverse(f"admin:esign_accounttemplate_{name}", args=args)


def test_an_administrator_reads_the_account_and_maps_a_template(administrator: Client, make: Make) -> None:
    template = make(is_active=False)
    AccountTemplate.objects.filter(pk=template.pk).update(roles={}, labels={}, read_at=None)
    assert "The account has 1 template." in words(
        administrator.post(page("refresh"), {"sure": "yes"}, follow=True).content
    )
    said = words(administrator.post(page("read", template.pk), {"sure": "yes"}, follow=True).content)
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
    said = post(office, page("send", template.pk), lease=lease.pk)
    for signer in lease.required_signers():
        assert f"{signer.name} {signer.role.capitalize()}" in said
    assert f"Please sign your lease {lease.number}" in said and "Bicycle rider from the Docusign account" in said
    assert Envelope.objects.count() == 0  # it was shown, and not sent
    assert "is queued with “Bicycle rider”" in post(
        office, page("send", template.pk), lease=lease.pk, sure="yes", shown=mark_of(lease)
    )
    assert Envelope.objects.get(lease=lease).riders.get().template == template


def test_a_template_that_goes_alone_is_shown_for_the_people_of_its_roles_only(office: Client, make: Make) -> None:
    lease = bring_to(LeaseFactory(tenants=2), LeaseStatus.ACTIVE)
    template = make("template")
    said = post(office, page("send", template.pk), lease=lease.pk)
    first, second, landlord = (signer.name for signer in lease.required_signers())
    assert f"1 {first} Tenant" in said and f"2 {landlord} Landlord" in said
    assert second not in said.partition("What would be sent")[2]


def test_a_template_that_was_never_read_is_to_be_read_before_it_is_mapped(administrator: Client, make: Make) -> None:
    template = make(is_active=False)
    AccountTemplate.objects.filter(pk=template.pk).update(roles={}, labels={}, structure={}, read_at=None)
    answer = administrator.get(page("map", template.pk))
    assert answer.status_code == 302
    assert "Read this template from Docusign first" in read(administrator, answer["Location"])
    said = words(administrator.post(answer["Location"], {"sure": "yes"}, follow=True).content)
    assert "Say who is “Tenant” in “Bicycle rider”." in said and "Monthly rent" in read(
        administrator, page("map", template.pk)
    )


def test_what_is_missing_for_a_lease_is_said_on_the_page_and_nothing_is_sent(office: Client, make: Make) -> None:
    template = make(roles={"Tenant": "tenant2", "Landlord": "landlord"})
    lease = LeaseFactory()
    for fields in ({}, {"sure": "yes", "shown": mark_of(lease)}):
        said = post(office, page("send", template.pk), lease=lease.pk, **fields)
        assert "needs tenant 2 as “Tenant”" in said
        assert "Send for signature" not in said
    lease.refresh_from_db()
    assert lease.status == LeaseStatus.DRAFT


# --- riders on the page that sends a lease -----------------------------------------------------------------


def send_with(client: Client, lease: Lease, *riders: AccountTemplate, **fields: str) -> str:
    """Press the button of “Send for signature” with these riders ticked."""
    ticked = {f"{lease.pk}-rider-{rider.pk}": "1" for rider in riders}
    return post(client, send_url(lease.pk), **confirmed(lease), **ticked, **fields)


def test_the_page_that_sends_a_lease_offers_the_riders_that_fit(office: Client, make: Make) -> None:
    lease = LeaseFactory()
    for_two = make(name="Storage rider", roles={"Tenant": "tenant2", "Landlord": "landlord"})
    make()
    make(name="Old rider", is_active=False)
    make(name="Notice rider", purpose="notice")
    page = read(office, send_url(lease.pk))
    assert "Riders of the Docusign account that go along Bicycle rider Storage rider" in page
    assert f"“Storage rider” needs tenant 2 as “Tenant”, and lease {lease.number} has none." in page
    assert "Old rider" not in page
    assert "Notice rider" not in page
    assert "is not in use" not in send_with(office, lease, for_two)
    assert Envelope.objects.count() == 0


def test_a_lease_goes_out_with_the_rider_that_was_ticked_and_a_choice_beside_it(office: Client, make: Make) -> None:
    lease, rider = LeaseFactory(), make()
    said = send_with(office, lease, rider, **{f"{lease.pk}-tenant1-note": "Welcome!"})
    assert f"Lease {lease.number} is queued" in said
    envelope = Envelope.objects.get(lease=lease)
    assert [one.template for one in envelope.riders.all()] == [rider]
    assert envelope.signers.get(key="tenant1").note == "Welcome!"
    assert "Bicycle rider Template of the Docusign account" in read(office, envelope.get_absolute_url())


def test_a_lease_goes_out_without_a_rider_that_no_one_ticked(office: Client, make: Make) -> None:
    lease = LeaseFactory()
    make()
    send_with(office, lease)
    assert not Envelope.objects.get(lease=lease).riders.exists()


def test_a_rider_that_cannot_go_is_named_and_stays_ticked_to_be_unticked(office: Client, make: Make) -> None:
    lease, rider = LeaseFactory(), make()
    seated = {"tenant1-channel": "office", "host_name": "Rosa", "host_email": "rosa@juniper.example"}
    said = send_with(office, lease, rider, **{f"{lease.pk}-{name}": value for name, value in seated.items()})
    tenant = lease.required_signers()[0].name
    assert f"{tenant} signs at the office; “Bicycle rider” can only go to people who sign" in said
    assert Envelope.objects.count() == 0
    assert "is queued" in send_with(office, lease, **{f"{lease.pk}-tenant1-channel": "portal"})


def test_a_signer_reads_in_the_portal_that_more_comes_at_docusign(
    office: Client, make: Make, client: Client, emulator: EmulatorClient
) -> None:
    envelope = sent(freeze_with_templates(LeaseFactory(), [make()], Purpose.LEASE))
    client.post(path_of(portal_link(envelope.signers.get(key="tenant1"))))
    page = read(client, reverse("portal:envelope", args=[envelope.pk]))
    assert "Bicycle rider You read this one at Docusign before you sign." in page


def test_other_staff_see_none_of_it(bystander: Client, make: Make) -> None:
    template = make()
    for url in (page("changelist"), page("map", template.pk), page("send", template.pk)):
        assert bystander.get(url).status_code == 403
    assert Envelope.objects.count() == 0
