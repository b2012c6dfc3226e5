"""Which way a run goes, and why: said on its page with what each way costs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from esign.campaigns import lines
from esign.campaigns.bulk import choice
from esign.documents.sources import FILES
from esign.models import Batch, BatchLine, BulkSend, BulkState, CampaignKind, Channel, DocumentTemplate, Envelope
from leases.models import Lease, Property
from leases.status import LeaseStatus
from tests.esign.admin.conftest import office, rosa
from tests.esign.admin.words import read
from tests.esign.campaigns.conftest import run_of
from tests.esign.factories import BatchRuleFactory
from tests.factories import LeaseFactory, LeasePartyFactory, PropertyFactory, TenantFactory, bring_to

__all__ = ["office", "rosa"]  # fixtures of staff at their desks

pytestmark = pytest.mark.django_db

PORTAL, EMAIL, SMS = Channel.PORTAL, Channel.EMAIL, Channel.SMS


@pytest.fixture(autouse=True)
def _few_are_many(settings: Settings) -> None:
    settings.BULK_SEND_ABOVE = 5


def let(home: Property, *asked: Channel, language: str = "en") -> Lease:
    """A lease with a tenant for each channel."""
    lease = LeaseFactory(unit__property=home, start_date=timezone.localdate() - timedelta(days=330), tenants=0)
    for place, channel in enumerate(asked):
        tenant = TenantFactory(preferred_channel=channel, language=language)
        LeasePartyFactory(lease=lease, tenant=tenant, is_primary=place == 0)
    return bring_to(lease, LeaseStatus.ACTIVE)


def run(**contents: Any) -> Batch:
    wanted = {"kind": CampaignKind.GENERAL, "text": "The water is shut off.", "needs_approval": True} | contents
    return run_of(BatchRuleFactory(**wanted))


def test_a_notice_to_many_goes_in_bulk_and_says_what_that_costs(office: Client) -> None:
    home = PropertyFactory()
    for _ in range(6):
        let(home, EMAIL)
    batch = run()
    assert batch.in_bulk
    page = read(office, reverse("admin:esign_batch_change", args=[batch.pk]))
    assert "Bulk Send: 1 list, about 9 calls, less than a minute, instead of 12 calls, less than a minute." in page


@pytest.mark.parametrize(
    ("asked", "contents", "why"),
    [
        ([PORTAL, SMS, EMAIL], {}, "because 1 tenant signs in the portal and 1 tenant is asked by text message"),
        ([PORTAL, PORTAL], {}, "because 2 tenants sign in the portal"),
        ([PORTAL, SMS], {"channel": EMAIL}, ""),
        ([EMAIL], {"channel": PORTAL}, "because 7 tenants sign in the portal"),
    ],
)
def test_one_tenant_who_is_asked_otherwise_has_all_go_one_by_one(
    asked: list[Channel], contents: dict[str, Any], why: str
) -> None:
    home = PropertyFactory()
    for _ in range(5):
        let(home, EMAIL)
    for channel in asked:
        let(home, channel)
    if len(asked) == 1:
        let(home, EMAIL)
    batch = run(**contents)
    assert batch.in_bulk is (why == "")
    assert why in batch.way
    assert why == "" or batch.way.startswith("One by one (1")


def test_what_staff_chose_for_a_single_lease_counts(rosa: User) -> None:
    home = PropertyFactory()
    for _ in range(6):
        let(home, EMAIL, EMAIL)
    batch = run()
    assert batch.in_bulk
    BatchLine.objects.filter(pk=batch.lines.order_by("pk")[0].pk).update(channel_chosen=PORTAL)
    assert choice.ways_of(batch).why_not == "2 tenants sign in the portal"


def test_few_leases_go_one_by_one_and_a_setting_keeps_all_from_bulk(settings: Settings) -> None:
    home = PropertyFactory()
    for _ in range(5):
        let(home, EMAIL)
    assert "because Bulk Send is for more than 5 leases (BULK_SEND_ABOVE)" in run().way
    settings.BULK_SEND_ABOVE = 0
    batch = run()
    assert (batch.in_bulk, batch.way) == (False, "")


def test_lists_are_counted_by_property_language_and_number_of_tenants() -> None:
    here, there = PropertyFactory(), PropertyFactory()
    for _ in range(5):
        let(here, EMAIL)
        let(here, EMAIL, EMAIL)
        let(there, EMAIL, language="es")
    let(there, EMAIL)
    batch = run()
    ways = choice.ways_of(batch)
    assert (ways.copies, ways.lists, ways.calls_alone, ways.calls_in_bulk) == (16, 3, 32, 3 * 9 + 2)


def test_a_text_of_the_office_that_names_each_lease_has_all_go_one_by_one() -> None:
    text = FILES.find("notice_general", "en").text.replace("notice.to_all", "notice.paragraphs")
    template = DocumentTemplate.objects.create(kind="notice_general", language="en")
    draft = template.begin_draft(text, by=None)
    draft.publish(by=None, seen=draft.sha256, note="Ours")
    home = PropertyFactory()
    for _ in range(6):
        let(home, EMAIL)
    assert "the office's own text of the general notice names each lease" in run().way


def test_what_a_list_sends_prints_nothing_of_one_lease() -> None:
    home = PropertyFactory()
    for _ in range(6):
        let(home, EMAIL)
    batch = run()
    Batch.objects.update(approved_at=timezone.now(), released_at=timezone.now())
    for line in batch.lines.all():
        assert lines.prepare(line.pk) is not None
    (bulk,) = BulkSend.objects.all()
    documents = [envelope.documents.get() for envelope in Envelope.objects.all()]
    assert len({document.sha256 for document in documents}) == 1
    assert (bulk.size, bulk.state) == (6, BulkState.MAKING)


def test_choosing_takes_a_few_statements_whatever_the_size(
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    for _ in range(3):
        home = PropertyFactory()
        for _ in range(4):
            let(home, EMAIL)
    batch = run()
    with django_assert_max_num_queries(7):
        choice.choose(batch)
