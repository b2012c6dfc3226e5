"""Staff use a security key as their second factor; what is no answer to what was asked is refused."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_static.models import StaticToken
from playwright.sync_api import expect
from pytest_django import Settings

from propertyapp.models import SecurityKey
from propertyapp.second_factor import PROVED_AT
from tests.conftest import Visitor
from tests.factories import UserFactory
from tests.propertyapp.authenticator import SoftKey

pytestmark = pytest.mark.django_db
SITE = "https://leasing.example"
ASKS, KEYS = reverse("second_factor"), reverse("staff_security_keys")
AT_SITE = {"HTTP_HOST": "leasing.example", "secure": True}


@pytest.fixture(autouse=True)
def _named_site(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["leasing.example", "testserver", "127.0.0.1", "localhost"]


@pytest.fixture
def ada() -> User:
    user: User = UserFactory(username="ada")
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def asked(page: Any) -> dict[str, Any]:
    """What the page would have the browser ask of a key."""
    found = re.search(r'id="security-key-asked" type="application/json">(.*?)</script>', page.content.decode())
    assert found is not None
    options: dict[str, Any] = json.loads(found[1])
    return options


def get(client: Client, address: str) -> Any:
    return client.get(address, **AT_SITE)  # type: ignore[arg-type]  # headers by keyword


def post(client: Client, address: str, **fields: str) -> Any:
    return client.post(address, fields, **AT_SITE)  # type: ignore[arg-type]  # headers by keyword


def set_up(client: Client, key: SoftKey) -> Any:
    return post(client, ASKS, name="Blue key", answer=key.make(asked(get(client, ASKS))))


@pytest.fixture
def key() -> SoftKey:
    return SoftKey(SITE)


@pytest.fixture
def with_key(ada: User, key: SoftKey) -> User:
    assert set_up(signed_in(ada), key).status_code == 200
    return ada


def test_a_key_is_set_up_in_the_place_of_an_app_and_recovery_codes_come_with_it(
    ada: User, key: SoftKey, settings: Settings
) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    client = signed_in(ada)
    shown = set_up(client, key)

    assert "Keep these codes" in shown.content.decode()
    assert StaticToken.objects.count() == 10
    assert SecurityKey.objects.get().name == "Blue key"
    assert get(client, "/admin/leases/lease/").status_code == 200


def test_staff_with_a_key_see_nothing_before_they_have_used_it(with_key: User, key: SoftKey) -> None:
    client = signed_in(with_key)
    assert get(client, "/admin/leases/lease/").status_code == 302
    page = get(client, f"{ASKS}?next=/admin/leases/lease/")
    assert "authenticator app" not in page.content.decode()

    answer = post(client, f"{ASKS}?next=/admin/leases/lease/", answer=key.use(asked(page)))
    assert (answer.status_code, answer["Location"]) == (302, "/admin/leases/lease/")
    assert get(client, "/admin/leases/lease/").status_code == 200
    assert client.session[PROVED_AT]
    assert SecurityKey.objects.get().last_used_at is not None


def test_a_recovery_code_opens_when_the_key_is_lost(with_key: User) -> None:
    client = signed_in(with_key)
    assert post(client, ASKS, code=StaticToken.objects.all()[0].token).status_code == 302
    assert get(client, "/admin/leases/lease/").status_code == 200


def refused(client: Client, answer: str) -> bool:
    said = post(client, ASKS, answer=answer)
    assert said.status_code == 422
    assert get(client, "/admin/leases/lease/").status_code == 302
    return "not accepted" in said.content.decode() or "Try once more" in said.content.decode()


def test_an_answer_is_good_once(with_key: User, key: SoftKey) -> None:
    first = signed_in(with_key)
    answer = key.use(asked(get(first, ASKS)))
    assert post(first, ASKS, answer=answer).status_code == 302

    second = signed_in(with_key)
    get(second, ASKS)
    assert refused(second, answer), "another challenge"
    assert refused(signed_in(with_key), answer), "nothing was asked"


def test_a_key_of_somebody_else_does_not_open(with_key: User) -> None:
    client = signed_in(with_key)
    assert refused(client, SoftKey(SITE).use(asked(get(client, ASKS))))


def test_an_answer_that_another_site_got_out_of_the_key_is_refused(with_key: User, key: SoftKey) -> None:
    client = signed_in(with_key)
    key.origin = "https://leasing.example.evil.example"
    assert refused(client, key.use(asked(get(client, ASKS))))


def test_a_copy_of_a_key_is_found_by_its_counter(
    with_key: User, key: SoftKey, caplog: pytest.LogCaptureFixture
) -> None:
    client = signed_in(with_key)
    key.counter = 9
    assert post(client, ASKS, answer=key.use(asked(get(client, ASKS)))).status_code == 302
    key.counter = 3
    other = signed_in(with_key)
    said = post(other, ASKS, answer=key.use(asked(get(other, ASKS))))

    assert "may be a copy" in said.content.decode()
    assert "may be a copy" in caplog.text


@pytest.mark.parametrize("answer", ["", "{}", "[]", "no json", '{"id": 1}', "x" * 30_000, '{"rawId": "\\u0000"}'])
def test_what_is_no_answer_is_refused_with_a_sentence(answer: str, with_key: User) -> None:
    client = signed_in(with_key)
    get(client, ASKS)
    assert refused(client, answer)


def test_keys_are_added_and_removed_but_not_the_last_one(with_key: User, key: SoftKey) -> None:
    client = signed_in(with_key)
    post(client, ASKS, answer=key.use(asked(get(client, ASKS))))
    post(client, KEYS, name="Laptop", answer=SoftKey(SITE).make(asked(get(client, KEYS))))
    assert {row.name for row in SecurityKey.objects.all()} == {"Blue key", "Laptop"}

    blue, laptop = SecurityKey.objects.order_by("name")
    post(client, KEYS, remove=str(laptop.pk))
    told = client.post(KEYS, {"remove": str(blue.pk)}, follow=True, **AT_SITE)  # type: ignore[arg-type]  # as above
    assert "your only second factor" in told.content.decode()
    assert list(SecurityKey.objects.all()) == [blue]
    assert post(client, KEYS, remove="999999").status_code == 404


def test_no_one_adds_a_key_to_an_account_with_a_second_factor_that_was_not_given(with_key: User) -> None:
    client = signed_in(with_key)
    assert get(client, KEYS).status_code == 302
    assert post(client, KEYS, name="Mine", answer=SoftKey(SITE).make({"publicKey": {}} | _made_up())).status_code == 302
    assert SecurityKey.objects.count() == 1


def _made_up() -> dict[str, Any]:
    return {"publicKey": {"rp": {"id": "leasing.example"}, "challenge": "AAAAAAAAAAAAAAAAAAAAAA"}}


def test_a_site_by_number_or_without_https_offers_no_keys(ada: User) -> None:
    client = signed_in(ada)
    assert "security key" not in client.get(ASKS, HTTP_HOST="127.0.0.1").content.decode()
    assert "security key" not in client.get(ASKS, HTTP_HOST="leasing.example").content.decode()
    assert "security key" in client.get(ASKS, HTTP_HOST="localhost").content.decode()


def test_an_administrator_removes_a_lost_key_and_sees_no_more_of_it(with_key: User) -> None:
    boss = signed_in(UserFactory())
    row = SecurityKey.objects.get()
    page = boss.get(reverse("admin:propertyapp_securitykey_change", args=[row.pk])).content.decode()
    assert "Blue key" in page
    assert bytes(row.credential).hex() not in page
    boss.post(reverse("admin:propertyapp_securitykey_delete", args=[row.pk]), {"post": "yes"})
    assert not SecurityKey.objects.exists()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_in_a_browser_a_key_is_set_up_and_used(site: str, new_visitor: Any) -> None:
    user = UserFactory(username="ada")
    user.set_password("a long password")
    user.save()
    here = site.replace("127.0.0.1", "localhost")
    visitor: Visitor = new_visitor()
    page = visitor.page
    machine = page.context.new_cdp_session(page)
    machine.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}
    machine.send("WebAuthn.addVirtualAuthenticator", {"options": options | {"automaticPresenceSimulation": True}})

    def sign_in() -> None:
        page.goto(f"{here}/admin/")
        page.get_by_label("Username").fill("ada")
        page.get_by_label("Password").fill("a long password")
        page.get_by_role("button", name="Log in").click()

    sign_in()
    page.goto(f"{here}{ASKS}")
    visitor.screenshot("set-up-a-key")
    page.get_by_role("button", name="Set up a security key").click()
    expect(page.get_by_text("Keep these codes where only you find them")).to_be_visible()
    page.goto(f"{here}{KEYS}")
    visitor.screenshot("my-keys")
    page.get_by_role("button", name="Add a security key").click()
    expect(page.get_by_text("You have added this key already.")).to_be_visible()

    page.context.clear_cookies()
    sign_in()
    expect(page.get_by_role("heading", name="Use your security key")).to_be_visible()
    visitor.screenshot("use-my-key")
    page.get_by_role("button", name="Use my security key").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
