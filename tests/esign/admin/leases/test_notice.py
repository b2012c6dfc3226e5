"""“Send a notice…” and the proof of its delivery, on the pages of the office."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from esign.admin.leases.notice import notice_url
from esign.models import Envelope, Purpose
from leases.models import Lease
from leases.status import LeaseStatus
from tests.esign.admin.words import post, read
from tests.esign.evidence.insider import at_the_database
from tests.factories import LeaseFactory, bring_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def lease() -> Lease:
    made: Lease = bring_to(LeaseFactory(rent=Decimal("1850.00")), LeaseStatus.ACTIVE)
    return made


def answers(lease: Lease, **changed: object) -> dict[str, object]:
    effective = lease.unit.property.today() + timedelta(days=60)
    return {
        "kind": "rent_change", "effective": effective, "new_rent": "1925.00", "reason": "", "key": uuid.uuid4()
    } | changed  # fmt: skip


def look(client: Client, lease: Lease, fields: dict[str, object]) -> str:
    """The mark of what the page shows, without which nothing is sent."""
    shown = client.post(notice_url(lease.pk), fields)
    assert shown.status_code == 200
    assert "page" in shown.context, (shown.context.get("problems"), shown.context["form"].errors)
    return str(shown.context["page"].mark)


def test_a_notice_is_looked_at_and_then_sent_once(office: Client, lease: Lease) -> None:
    fields = answers(lease)
    page = post(office, notice_url(lease.pk), **fields)
    assert "Opens it" in page
    assert "It takes effect in 60 days" in page
    assert not Envelope.objects.filter(purpose=Purpose.NOTICE).exists()

    sent = fields | {"sure": "yes", "shown": look(office, lease, fields)}
    page = post(office, notice_url(lease.pk), **sent)
    assert "Change of rent to $1,925.00" in page
    assert "Proof of delivery" in page
    assert "was sent already" in post(office, notice_url(lease.pk), **sent)
    assert Envelope.objects.filter(purpose=Purpose.NOTICE).count() == 1
    lease.refresh_from_db()
    assert lease.status == LeaseStatus.ACTIVE


def test_what_was_changed_after_the_look_is_shown_again_and_not_sent(office: Client, lease: Lease) -> None:
    fields = answers(lease)
    mark = look(office, lease, fields)
    page = post(office, notice_url(lease.pk), **(fields | {"new_rent": "2925.00"}), sure="yes", shown=mark)
    assert "It was changed after you looked at it, and was not sent." in page
    assert "What would be sent" in page
    assert not Envelope.objects.filter(purpose=Purpose.NOTICE).exists()


def test_the_notice_can_be_read_as_a_pdf_before_it_is_sent(office: Client, lease: Lease) -> None:
    answer = office.post(notice_url(lease.pk), answers(lease) | {"pdf": "yes"})
    assert answer["Content-Type"] == "application/pdf"
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")  # type: ignore[attr-defined]  # a FileResponse


# --- how each is asked ------------------------------------------------------------------------------------


def test_the_office_chooses_how_each_is_asked_and_sends_the_notice_like_that(office: Client, lease: Lease) -> None:
    fields = answers(lease)
    page = post(office, notice_url(lease.pk), **fields)
    assert "Choose how each person is asked" in page
    chosen = {
        f"{lease.pk}-tenant1-channel": "email",
        f"{lease.pk}-tenant1-note": "Call me about it.",
        f"{lease.pk}-landlord-check": "code",
        f"{lease.pk}-message": "As announced in spring.",
    }
    assert "Opens it Docusign e-mail" in post(office, notice_url(lease.pk), **fields, **chosen)
    post(office, notice_url(lease.pk), **fields, **chosen, sure="yes", shown=look(office, lease, fields))
    envelope = Envelope.objects.get(purpose=Purpose.NOTICE)
    tenant, landlord = (envelope.signers.get(key=key) for key in ("tenant1", "landlord"))
    assert (tenant.channel, tenant.note, envelope.message) == ("email", "Call me about it.", "As announced in spring.")
    assert landlord.sealed_access_code
    assert not tenant.sealed_access_code


def test_who_only_opens_a_notice_is_offered_no_check_and_no_seat_at_the_office(office: Client, lease: Lease) -> None:
    def offered(**changed: object) -> tuple[bool, bool]:
        shown = office.post(notice_url(lease.pk), answers(lease, **changed)).content.decode()
        ways = shown.partition(f'name="{lease.pk}-tenant1-channel"')[2].partition("</select>")[0]
        return 'value="office"' in ways, f'name="{lease.pk}-tenant1-check"' in shown

    assert offered() == (False, False)
    assert offered(acknowledge="on") == (True, True)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"tenant1-channel": "office"}, "signs nothing, so there is nothing to do at the office"),
        ({"tenant1-check": "code"}, "Docusign checks only people who sign"),
        ({"landlord-channel": "office", "host_name": ""}, "Say who sits with Margaret Hale at the office"),
    ],
)
def test_a_way_of_asking_that_cannot_be_is_said_and_nothing_is_sent(
    office: Client, lease: Lease, chosen: dict[str, str], said: str
) -> None:
    fields = answers(lease)
    mark = look(office, lease, fields)
    ways = {f"{lease.pk}-{name}": value for name, value in chosen.items()}
    page = post(office, notice_url(lease.pk), **fields, **ways, sure="yes", shown=mark)
    assert "It cannot be sent yet" in page and said in page
    assert "Choose how each person is asked" in page  # to choose otherwise
    assert not Envelope.objects.filter(purpose=Purpose.NOTICE).exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"new_rent": ""}, "Say what the new rent is."),
        ({"new_rent": "1850.00"}, "nothing to give notice of"),
        ({"effective": "2020-01-01"}, "Choose a day after today"),
        ({"effective": ""}, "This field is required."),
    ],
)
def test_a_notice_that_says_nothing_is_refused_in_words(
    office: Client, lease: Lease, changed: dict[str, object], said: str
) -> None:
    assert said in post(office, notice_url(lease.pk), **answers(lease, **changed))


def test_the_office_is_warned_of_a_change_before_the_term_is_over(office: Client, lease: Lease) -> None:
    page = post(office, notice_url(lease.pk), **answers(lease))
    assert "The lease gives the tenants this rent until" in page


def test_a_draft_lease_offers_no_notice(office: Client) -> None:
    lease = LeaseFactory()
    assert "is not active" in read(office, notice_url(lease.pk))
    assert "Send a notice…" not in read(office, reverse("admin:leases_lease_change", args=[lease.pk]))


def test_the_page_of_a_lease_lists_its_notices_and_who_has_opened_them(office: Client, lease: Lease) -> None:
    fields = answers(lease)
    post(office, notice_url(lease.pk), **fields, sure="yes", shown=look(office, lease, fields))
    page = read(office, reverse("admin:leases_lease_change", args=[lease.pk]))
    assert "Send a notice…" in page
    assert "Change of rent to $1,925.00" in page
    assert "not yet" in page


def test_who_may_not_send_sees_no_form(rosa: User, office: Client, lease: Lease) -> None:
    group = rosa.groups.get()
    group.permissions.remove(*group.permissions.filter(codename="send_envelope"))
    assert office.get(notice_url(lease.pk)).status_code == 403


# --- evidence ---------------------------------------------------------------------------------------------


def sent_notice(office: Client, lease: Lease) -> Envelope:
    fields = answers(lease)
    post(office, notice_url(lease.pk), **fields, sure="yes", shown=look(office, lease, fields))
    return Envelope.objects.get(purpose=Purpose.NOTICE)


def test_the_evidence_of_a_lease_is_checked_on_demand(office: Client, lease: Lease) -> None:
    envelope = sent_notice(office, lease)
    url = reverse("admin:leases_lease_evidence", args=[lease.pk])
    assert "The evidence holds: 3 events in an unbroken chain, and 1 document" in read_after(office, url)
    with at_the_database():
        lease.audit_events.filter(envelope=envelope).update(text="Nothing happened.")
    assert "The evidence does not hold." in read_after(office, url)


def read_after(client: Client, url: str) -> str:
    answer = client.post(url)
    assert answer.status_code == 302
    return read(client, answer["Location"])


def test_the_evidence_is_exported_from_the_page_of_the_lease(
    office: Client, administrator: Client, lease: Lease
) -> None:
    sent_notice(office, lease)
    page = administrator.get(reverse("admin:leases_lease_change", args=[lease.pk])).content.decode()
    assert "Evidence…" in page
    answer = administrator.post(reverse("admin:leases_lease_evidence", args=[lease.pk]), {"export": "yes"})
    assert answer["Content-Type"] == "application/zip"
    assert answer.content.startswith(b"PK")
