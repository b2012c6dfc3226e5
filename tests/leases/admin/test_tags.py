"""Tags: put on drafts and properties in their forms, on leases of any stage by an action; lists can be filtered."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from leases.models import Lease, Tag
from leases.renewals import offer_usual_renewal
from tests.factories import LeaseFactory, PropertyFactory

pytestmark = pytest.mark.django_db

Said = Callable[[Any], list[str]]


def numbers(client: Client, url: str, tag: Tag) -> set[str]:
    answer: Any = client.get(url, {"tag": tag.pk})
    return {str(row) for row in answer.context["cl"].result_list}


def test_leases_in_force_get_tags_and_lose_them(office: Client, said: Said) -> None:
    lease, other = LeaseFactory(stage="active"), LeaseFactory()
    new, old = Tag.objects.create(name="Students"), Tag.objects.create(name="Pets")
    lease.tags.add(old)
    chosen = {"action": "tag_chosen", "_selected_action": [lease.pk, other.pk]}
    ask: Any = office.post(reverse("admin:leases_lease_changelist"), chosen, follow=True)
    url = ask.redirect_chain[-1][0]
    assert "Choose a tag to put on or to take off." in office.post(url, {"sure": "yes"}).content.decode()
    both = office.post(url, {"add": [old.pk], "remove": [old.pk]}).content.decode()
    assert "Choose for “Pets” whether it is put on or taken off." in both
    answer = office.post(url, {"add": [new.pk], "remove": [old.pk]}, follow=True)
    assert f"Lease {lease.number} has these tags now: Students." in said(answer)
    assert set(lease.tags.all()) == set(other.tags.all()) == {new}
    assert LogEntry.objects.filter(change_message__contains="Students").count() == 2


def test_lists_show_what_has_a_tag_itself_or_by_its_property(office: Client) -> None:
    tag = Tag.objects.create(name="Students")
    own, by_home, neither = LeaseFactory(), LeaseFactory(), LeaseFactory()
    own.tags.add(tag)
    by_home.unit.property.tags.add(tag)
    PropertyFactory()
    found = numbers(office, reverse("admin:leases_lease_changelist"), tag)
    assert found == {str(own), str(by_home)}
    assert str(neither) not in found
    assert f"lease/?tag={tag.pk}" in office.get(reverse("admin:leases_tag_changelist")).content.decode()
    homes = numbers(office, reverse("admin:leases_property_changelist"), tag)
    assert homes == {str(by_home.unit.property)}


def test_a_renewal_has_the_tags_of_the_lease_before(office: Client) -> None:
    tag = Tag.objects.create(name="Students")
    lease: Lease = LeaseFactory(stage="active")
    lease.tags.add(tag)
    assert list(offer_usual_renewal(lease).tags.all()) == [tag]
