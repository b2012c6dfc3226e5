"""What staff do to leases from their pages: asked first, done one by one, told of each."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from leases.admin.lease_actions import LEASE_ACTIONS
from leases.models import Lease, LeaseSignature, LeaseStatus
from tests.factories import LeaseFactory, UserFactory
from tests.pdfs import SCAN

Said = Callable[[Any], list[str]]


def ask(action: str, *leases: Lease) -> str:
    return f"{reverse('admin:leases_lease_do', args=[action])}?ids={','.join(str(lease.pk) for lease in leases)}"


def pdf(content: bytes = SCAN) -> SimpleUploadedFile:
    return SimpleUploadedFile("lease.pdf", content, content_type="application/pdf")


def stage(lease: Lease) -> str:
    lease.refresh_from_db()
    return lease.status


def test_a_lease_is_cancelled_after_a_question_and_with_a_reason(office: Client, said: Said) -> None:
    lease = LeaseFactory(stage="out_for_signature")
    question = office.get(ask("cancel", lease))
    assert "This cannot be undone" in question.content.decode()
    assert stage(lease) == "out_for_signature"
    assert "Say why." in office.post(ask("cancel", lease), {"reason": " "}).content.decode()
    assert stage(lease) == "out_for_signature"
    answer = office.post(ask("cancel", lease), {"reason": "They found another home."}, follow=True)
    assert said(answer) == [f"Lease {lease.number} is cancelled."]
    assert stage(lease) == "cancelled"
    assert lease.status_reason == "They found another home."
    assert lease.history.latest().history_user is not None


def test_of_several_leases_those_that_cannot_be_cancelled_are_left_out_with_the_reason(office: Client) -> None:
    draft, active = LeaseFactory(), LeaseFactory(stage="active")
    words = office.get(ask("cancel", draft, active)).content.decode()
    assert "Left out: 1" in words
    assert "It is active; this is for a lease that is draft or out for signature or executed." in words
    office.post(ask("cancel", draft, active), {"reason": "A mistake."})
    assert (stage(draft), stage(active)) == ("cancelled", "active")


def test_the_list_leads_to_the_question(office: Client) -> None:
    leases = [LeaseFactory(), LeaseFactory()]
    chosen = {"action": "cancel_chosen", "_selected_action": [lease.pk for lease in leases]}
    response = office.post(reverse("admin:leases_lease_changelist"), chosen)
    assert response.status_code == 302
    assert "do/cancel/?ids=" in response["Location"]
    assert all(stage(lease) == "draft" for lease in leases)


def test_a_lease_is_ended_on_a_day_that_has_come(office: Client) -> None:
    lease = LeaseFactory(stage="active")
    today = lease.unit.property.today()
    for day in (today + timedelta(days=1), lease.start_date - timedelta(days=1)):
        office.post(ask("end", lease), {"last_day": day.isoformat(), "reason": ""})
        assert stage(lease) == "active"
    office.post(ask("end", lease), {"last_day": today.isoformat(), "reason": "They moved to Reno."})
    assert stage(lease) == "ended"


def test_a_lease_out_for_signature_is_withdrawn_to_be_changed(office: Client) -> None:
    lease = LeaseFactory(stage="out_for_signature")
    office.post(ask("withdraw", lease), {"reason": "Wrong rent."})
    assert (stage(lease), lease.version) == ("draft", 2)


def test_a_renewal_is_drafted_with_what_the_property_proposes(office: Client, said: Said) -> None:
    lease = LeaseFactory(stage="active")
    question = office.get(ask("offer_renewal", lease))
    proposed = {name: value for name, value in question.context["form"].initial.items() if value is not None}
    answer = office.post(ask("offer_renewal", lease), proposed, follow=True)
    renewal = Lease.objects.get(previous_lease=lease)
    assert renewal.start_date == lease.end_date + timedelta(days=1)
    assert said(answer) == [f"Lease {renewal.number} is drafted. It renews {lease.number} at $2,060.00 a month."]
    assert answer.redirect_chain[-1][0] == reverse("admin:leases_lease_change", args=[renewal.pk])
    again = office.post(ask("offer_renewal", lease), proposed, follow=True)
    assert said(again) == [f"Skipped. Lease {lease.number} already has a renewal: {renewal.number}."]


# --- offline ------------------------------------------------------------------------------------------------


def test_an_offline_signing_is_recorded_under_the_name_of_who_did_it(boss: Client) -> None:
    lease = LeaseFactory(tenants=2)
    answers = {"signed_on": lease.unit.property.today().isoformat(), "reason": "They came in.", "scan": pdf()}
    boss.post(ask("sign_offline", lease), answers)
    assert stage(lease) == LeaseStatus.EXECUTED
    signature = lease.signatures.get(key="tenant2")
    assert signature.recorded_by is not None
    scan: Any = boss.get(reverse("admin:leases_lease_scan", args=[lease.pk, signature.pk]))
    assert b"".join(scan.streaming_content) == SCAN


def test_the_leasing_office_cannot_record_offline_signatures(office: Client) -> None:
    lease = LeaseFactory()
    assert office.get(ask("sign_offline", lease)).status_code == 403
    answers = {"signed_on": "2026-01-01", "reason": "They came in.", "scan": pdf()}
    assert office.post(ask("sign_offline", lease), answers).status_code == 403
    assert stage(lease) == "draft"


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"reason": "They came in."}, "Attach the scan of the signed lease."),
        ({"reason": "", "scan": pdf()}, "Say why."),
        ({"reason": "They came in.", "scan": pdf(b"MZ not a scan")}, "This is not a PDF."),
        ({"reason": "They came in.", "scan": pdf(), "signed_on": "2099-01-01"}, "Choose today or an earlier day."),
        ({"reason": "They came in.", "scan": pdf(b"%PDF-" + b"0" * 10 * 1024 * 1024)}, "larger than 10 MB"),
    ],
)
def test_an_offline_signing_that_lacks_something_is_refused(boss: Client, answers: dict[str, Any], words: str) -> None:
    lease = LeaseFactory()
    for upload in answers.values():
        if isinstance(upload, SimpleUploadedFile):
            upload.seek(0)
    response = boss.post(ask("sign_offline", lease), {"signed_on": "2026-01-01"} | answers)
    assert words in response.content.decode()
    assert not LeaseSignature.objects.exists()


def test_a_scan_is_not_shown_to_somebody_who_may_not_see_signatures(db: None, boss: Client) -> None:
    lease = LeaseFactory()
    boss.post(ask("sign_offline", lease), {"signed_on": "2026-01-01", "reason": "They came in.", "scan": pdf()})
    stranger = Client()
    stranger.force_login(UserFactory(is_superuser=False))
    url = reverse("admin:leases_lease_scan", args=[lease.pk, lease.signatures.all()[0].pk])
    assert stranger.get(url).status_code == 403
    other = LeaseFactory()
    assert (
        boss.get(reverse("admin:leases_lease_scan", args=[other.pk, lease.signatures.all()[0].pk])).status_code == 404
    )


# --- who may, and bad input -----------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("action", LEASE_ACTIONS)
def test_every_action_needs_its_permission(action: str) -> None:
    client = Client()
    client.force_login(UserFactory(is_superuser=False))
    lease = LeaseFactory()
    assert client.get(ask(action, lease)).status_code == 403
    assert client.post(ask(action, lease), {"reason": "Because."}).status_code == 403


@pytest.mark.parametrize("query", ["", "?ids=", "?ids=0", "?ids=1;DROP TABLE", "?ids=999999"])
def test_a_question_about_no_lease_is_a_page_not_found(boss: Client, query: str) -> None:
    assert boss.get(reverse("admin:leases_lease_do", args=["cancel"]) + query).status_code == 404
    assert boss.get(reverse("admin:leases_lease_do", args=["activate"]) + query).status_code == 404


def test_buttons_stand_only_where_they_can_do_something(boss: Client, office: Client) -> None:
    draft, active = LeaseFactory(), LeaseFactory(stage="active")

    def buttons(client: Client, lease: Lease) -> set[str]:
        words = client.get(reverse("admin:leases_lease_change", args=[lease.pk])).content.decode()
        names = ("Cancel…", "End…", "Withdraw…", "Record offline signatures…", "Offer a renewal…")
        return {name for name in names if name in words}

    assert buttons(boss, draft) == {"Cancel…", "Record offline signatures…"}
    assert buttons(office, draft) == {"Cancel…"}
    assert buttons(office, active) == {"End…", "Offer a renewal…"}
