"""Staff sign in; who guesses passwords is slowed down, and locks out no one else."""

import logging
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from pytest_django import Settings

from propertyapp.roles import LEASING_OFFICE
from propertyapp.sign_in import DEVICE_COOKIE, PER_ADDRESS, PER_DEVICE, PER_NAME, PER_NAME_AND_ADDRESS
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"  # of a user that lives for one test


@pytest.fixture(autouse=True)
def behind_a_proxy(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    # The limits are counted here, a hundred tries at a time; a slow hash is Django's own matter.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def owner() -> User:
    return User.objects.create_user("owner", password=PASSWORD, is_staff=True)


def sign_in(client: Client, name: str, password: str, address: str = "198.51.100.7") -> Any:
    return client.post(
        "/admin/login/",
        {"username": name, "password": password},
        headers={"X-Forwarded-For": address},
    )


def signed_in(answer: Any) -> bool:
    return bool(answer.status_code == 302)


def test_staff_sign_in_with_their_password(client: Client, owner: User) -> None:
    assert not signed_in(sign_in(client, "owner", "wrong"))
    assert signed_in(sign_in(client, "owner", PASSWORD))


def test_who_guesses_one_persons_password_is_locked_out_with_a_page_that_says_so(client: Client, owner: User) -> None:
    for _ in range(PER_NAME_AND_ADDRESS):
        answer = sign_in(client, "owner", "wrong")

    assert answer.status_code == 429
    assert b"Wait an hour" in answer.content
    assert not signed_in(sign_in(client, "owner", PASSWORD))


def test_that_locks_out_neither_another_address_nor_another_name(client: Client, owner: User) -> None:
    User.objects.create_user("colleague", password=PASSWORD, is_staff=True)
    for _ in range(PER_NAME_AND_ADDRESS):
        sign_in(client, "owner", "wrong")

    assert signed_in(sign_in(Client(), "owner", PASSWORD, "203.0.113.9"))
    assert signed_in(sign_in(Client(), "colleague", PASSWORD))


def test_who_tries_many_names_from_one_address_is_locked_out(client: Client, owner: User) -> None:
    for number in range(PER_ADDRESS):
        sign_in(client, f"name{number}", "Spring2026!")

    assert sign_in(client, "another", "Spring2026!").status_code == 429
    assert not signed_in(sign_in(Client(), "owner", PASSWORD))
    assert signed_in(sign_in(Client(), "owner", PASSWORD, "203.0.113.9"))


def test_an_administrator_sees_on_today_that_somebody_guesses_passwords(client: Client, owner: User) -> None:
    for _ in range(PER_NAME_AND_ADDRESS + 5):
        sign_in(client, "owner", "wrong", "198.51.100.7")

    boss = Client()
    boss.force_login(UserFactory())
    page = boss.get("/admin/").content.decode()
    assert "Sign-ins that were stopped since yesterday" in page
    assert page.count("198.51.100.7") == 1, "once an hour"
    office = UserFactory(is_superuser=False)
    office.groups.add(Group.objects.get(name=LEASING_OFFICE))
    boss.force_login(office)
    assert "198.51.100.7" not in boss.get("/admin/").content.decode()


def test_who_tries_one_name_from_many_addresses_is_locked_out(client: Client, owner: User) -> None:
    for number in range(PER_NAME):
        sign_in(client, "owner", "wrong", f"198.51.100.{number}")

    assert sign_in(client, "owner", "wrong", "203.0.113.9").status_code == 429


def test_the_browser_of_the_person_is_spared(client: Client, owner: User) -> None:
    assert signed_in(sign_in(client, "owner", PASSWORD))
    client.post("/admin/logout/")
    for number in range(PER_NAME):
        sign_in(Client(), "owner", "wrong", f"198.51.100.{number % 20}")

    assert not signed_in(sign_in(Client(), "owner", PASSWORD, "198.51.100.1"))
    assert signed_in(sign_in(client, "owner", PASSWORD, "198.51.100.1"))


def test_a_known_browser_has_a_limit_of_its_own(client: Client, owner: User) -> None:
    assert signed_in(sign_in(client, "owner", PASSWORD))
    client.post("/admin/logout/")
    for number in range(PER_DEVICE):
        answer = sign_in(client, "owner", "wrong", f"198.51.100.{number}")

    assert answer.status_code == 429


@pytest.mark.parametrize("value", ["", "x", "0123456789abcdef:forged", "a:b:c"])
def test_a_made_up_device_is_worth_nothing(value: str, client: Client, owner: User) -> None:
    client.cookies[DEVICE_COOKIE] = value
    for _ in range(PER_NAME_AND_ADDRESS):
        sign_in(client, "owner", "wrong")

    assert not signed_in(sign_in(client, "owner", PASSWORD))


def test_the_device_of_one_person_is_not_known_for_another(client: Client, owner: User) -> None:
    User.objects.create_user("colleague", password=PASSWORD, is_staff=True)
    assert signed_in(sign_in(client, "colleague", PASSWORD))
    client.post("/admin/logout/")
    for _ in range(PER_NAME_AND_ADDRESS):
        answer = sign_in(client, "owner", "wrong")

    assert answer.status_code == 429


def test_a_lock_is_an_error_in_the_log(client: Client, owner: User, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(PER_NAME_AND_ADDRESS):
        sign_in(client, "owner", "wrong")

    told = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert any("as owner from 198.51.100.7" in message for message in told)


def test_proxies_do_not_let_a_caller_choose_an_address(client: Client, owner: User) -> None:
    for number in range(PER_NAME_AND_ADDRESS):
        answer = sign_in(client, "owner", "wrong", f"203.0.113.{number}, 198.51.100.7")

    assert answer.status_code == 429
