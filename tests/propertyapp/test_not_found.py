"""What a person sees at an address where nothing is."""

import pytest
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("path", ["/nothing/", "/portal/leases/no-id/", "/portal/outbox/none/", "/portal/enter"])
def test_a_slip_in_the_address_shows_the_same_page_on_every_machine(
    path: str, debug: bool, settings: Settings, client: Client
) -> None:
    settings.DEBUG = debug

    answer = client.get(path)

    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
    assert "URLconf" not in answer.content.decode()


def test_an_address_without_its_last_slash_is_still_fixed(settings: Settings, client: Client) -> None:
    settings.DEBUG = True

    assert client.get("/portal")["Location"] == "/portal/"


def test_staff_are_led_back_to_the_office(admin_client: Client) -> None:
    assert "Go to the leasing office" in admin_client.get("/admin/nothing/").content.decode()
