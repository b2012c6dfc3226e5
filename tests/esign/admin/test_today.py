"""Today: the first page of the day."""

from datetime import timedelta

from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from esign.admin.navigation import navigation
from esign.admin.today import AGES
from esign.models import State
from tests.esign.admin.words import read
from tests.esign.factories import BatchFactory, BatchLineFactory, EnvelopeFactory
from tests.factories import LeaseFactory, UserFactory

TODAY = reverse("admin:index")


def test_an_empty_office_is_told_what_will_appear(office: Client) -> None:
    page = read(office, TODAY)
    for said in ("Nothing is stuck", "No draft waits to be sent", "No envelope expires", "No campaign has run"):
        assert said in page


def test_what_waits_for_somebody_comes_with_its_cause(office: Client) -> None:
    stuck = EnvelopeFactory(state=State.NEEDS_ATTENTION, problem="Docusign refuses the address.")
    draft = LeaseFactory()
    ending = EnvelopeFactory(state=State.SENT, sent_at=timezone.now() - timedelta(days=118))
    batch = BatchLineFactory(batch=BatchFactory(), status="skipped").batch
    page = read(office, TODAY)
    tiles = {tile.label: tile.count for tile in office.get(TODAY).context["dashboard"]["tiles"]}
    assert tiles == {
        "need attention": 1,
        "leases to send": 1,
        "being sent": 0,
        "out for signature": 1,
        "expire within 5 days": 1,
    }
    assert "Docusign refuses the address." in page
    for number in (stuck.lease.number, draft.number, ending.lease.number):
        assert number in page
    assert f"{batch.rule.name}" in page
    assert "0 of 1 signed, 1 skipped" in page


def test_each_number_leads_to_the_list_of_what_it_counts(office: Client) -> None:
    for state in State:
        EnvelopeFactory(state=state)
    EnvelopeFactory(state=State.DRAFTED, hold_draft=True)  # waits for somebody to release it
    EnvelopeFactory(state=State.READY, cancel_asked_at=timezone.now())  # will not be sent
    EnvelopeFactory(state=State.SENT, sent_at=timezone.now() - timedelta(days=118))
    LeaseFactory()
    tiles = {tile.label: tile for tile in office.get(TODAY).context["dashboard"]["tiles"]}
    assert tiles["being sent"].count == 4
    for tile in tiles.values():
        listed = office.get(tile.url).context["cl"]
        assert listed.result_count == tile.count > 0, tile.label


def test_envelopes_are_counted_by_age_each_once(office: Client) -> None:
    noon = timezone.localtime().replace(hour=12)
    ages = [0, 1, 3, 4, 7, 8, 14, 15, 40]
    for days in ages:
        EnvelopeFactory(state=State.SENT, sent_at=noon - timedelta(days=days))
    bars = office.get(TODAY).context["dashboard"]["ages"]
    assert [bar.count for bar in bars] == [1, 2, 2, 2, 2]
    assert [bar.label for bar in bars] == [label for label, _ in AGES]


def test_the_page_takes_as_many_queries_for_twenty_as_for_two(office: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            office.get(TODAY)
        return len(captured)

    for _ in range(2):
        EnvelopeFactory(state=State.NEEDS_ATTENTION)
        EnvelopeFactory(state=State.SENT, sent_at=timezone.now() - timedelta(days=118))
        LeaseFactory()
    few = queries()
    for _ in range(3):
        EnvelopeFactory(state=State.NEEDS_ATTENTION)
        EnvelopeFactory(state=State.SENT, sent_at=timezone.now() - timedelta(days=118))
        LeaseFactory()
    assert queries() == few


def test_redis_away_is_told_and_breaks_nothing(office: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert "Redis does not answer" in read(office, TODAY)


def test_who_may_not_see_envelopes_gets_the_plain_page(bystander: Client) -> None:
    assert "Look at these first" not in read(bystander, TODAY)


def test_the_sidebar_names_only_what_a_person_may_see(office: Client, rosa: object) -> None:
    def titles(user: object) -> set[str]:
        request = HttpRequest()
        request.user = user  # type: ignore[assignment]  # a member of staff
        return {item["title"] for group in navigation(request) for item in group["items"]}

    assert {"Today", "Leases", "Envelopes", "Batches"} <= titles(rosa)
    assert "Users" not in titles(rosa)
    assert "Users" in titles(UserFactory())
    assert titles(UserFactory(is_superuser=False)) == {"Today"}
