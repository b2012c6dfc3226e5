"""Staff give a second factor at sign-in, and again before what is grave. Their sessions are short, and can be ended."""

import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from esign.envelopes.action_rules import EnvelopeAction
from propertyapp.models import StaffSession
from propertyapp.second_factor import FRESH_SECONDS, GRAVE, HARMLESS_BUTTONS, NEW_KEY
from propertyapp.sessions import IDLE_SECONDS, LONGEST_SECONDS
from propertyapp.tasks import clear_sessions
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
KEY = "3132333435363738393031323334353637383930"
ASKS = reverse("second_factor")


@pytest.fixture
def ada() -> User:
    user: User = UserFactory(username="ada")
    return user


@pytest.fixture
def with_phone(ada: User) -> User:
    TOTPDevice.objects.create(user=ada, name="phone", key=KEY, confirmed=True)
    return ada


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def code(key: str = KEY) -> str:
    return f"{totp(bytes.fromhex(key)):06d}"


def give(client: Client, what: str, next_page: str = "") -> Any:
    return client.post(f"{ASKS}?next={next_page}" if next_page else ASKS, {"code": what})


# --- whom it is asked of ----------------------------------------------------------------------------------


def test_who_has_a_second_factor_sees_nothing_before_it_is_given(with_phone: User) -> None:
    client = signed_in(with_phone)
    answer = client.get("/admin/leases/lease/")
    assert (answer.status_code, answer["Location"]) == (302, f"{ASKS}?next=%2Fadmin%2Fleases%2Flease%2F")
    assert client.get("/esign/oauth/mine/connect/").status_code in (302, 405)
    assert "Leases" not in client.get(ASKS).content.decode()

    answer = give(client, code(), "/admin/leases/lease/")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/leases/lease/")
    assert client.get("/admin/leases/lease/").status_code == 200


def test_where_it_is_required_staff_set_one_up_before_they_see_anything(ada: User, settings: Settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    client = signed_in(ada)
    assert client.get("/admin/").status_code == 302
    page = client.get(ASKS).content.decode()
    assert "data:image/svg+xml;base64," in page
    key = client.session[NEW_KEY]
    assert not TOTPDevice.objects.exists(), "looking makes no device"

    assert give(client, "000000").status_code == 422
    assert not TOTPDevice.objects.exists()
    answer = give(client, code(key))

    assert answer.status_code == 200
    assert len(answer.context["codes"]) == 10
    assert TOTPDevice.objects.get(user=ada).key == key
    assert NEW_KEY not in client.session
    assert client.get("/admin/").status_code == 200


def test_where_it_is_not_required_who_has_none_is_not_asked(ada: User) -> None:
    assert signed_in(ada).get("/admin/").status_code == 200


def test_who_is_not_staff_is_turned_away(client: Client) -> None:
    assert client.get(ASKS)["Location"].startswith("/admin/login/")
    assert signed_in(User.objects.create_user("guest")).get(ASKS).status_code == 403


@pytest.mark.parametrize("wrong", ["", "12345", "000000", "abcdef", "\uff19" * 6, "1" * 200])
def test_a_code_that_does_not_fit_lets_no_one_in(wrong: str, with_phone: User) -> None:
    client = signed_in(with_phone)
    assert give(client, wrong).status_code == 422
    assert client.get("/admin/").status_code == 302


def test_a_code_works_once(with_phone: User) -> None:
    used = code()
    assert give(signed_in(with_phone), used).status_code == 302
    assert give(signed_in(with_phone), used).status_code == 422


def test_who_guesses_codes_has_to_wait(with_phone: User) -> None:
    client = signed_in(with_phone)
    for _ in range(4):
        give(client, "000000")
    assert give(client, code()).status_code == 422, "the right one too"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_no_one_is_sent_elsewhere_after_it(elsewhere: str, with_phone: User) -> None:
    assert give(signed_in(with_phone), code(), elsewhere)["Location"] == "/admin/"


# --- recovery codes ---------------------------------------------------------------------------------------


def test_a_recovery_code_works_once_in_the_place_of_the_phone(with_phone: User) -> None:
    client = signed_in(with_phone)
    give(client, code())
    codes = client.post(reverse("staff_recovery_codes")).context["codes"]
    assert "9 recovery codes" not in client.get(reverse("staff_recovery_codes")).content.decode()

    assert give(signed_in(with_phone), codes[0].upper()).status_code == 302
    assert give(signed_in(with_phone), codes[0]).status_code == 422
    assert StaticToken.objects.count() == 9


def test_new_codes_replace_the_ones_before(with_phone: User) -> None:
    client = signed_in(with_phone)
    give(client, code())
    old = client.post(reverse("staff_recovery_codes")).context["codes"]
    client.post(reverse("staff_recovery_codes"))
    assert give(signed_in(with_phone), old[0]).status_code == 422


# --- again, before what is grave --------------------------------------------------------------------------


def test_every_page_on_the_list_exists() -> None:
    from django.urls import get_resolver  # noqa: PLC0415  # only here

    names = {
        f"{space}:{name}"
        for space in ("admin", "esign")
        for name in get_resolver().namespace_dict[space][1].reverse_dict
        if isinstance(name, str)
    }
    assert {name for name in GRAVE if ":" in name} <= names


def test_before_what_is_grave_the_code_is_asked_for_again(with_phone: User) -> None:
    client = signed_in(with_phone)
    give(client, code())
    page = f"/admin/auth/user/{with_phone.pk}/change/"
    assert client.get(page).status_code == 200

    with time_machine.travel(timezone.now() + timedelta(seconds=FRESH_SECONDS + 60)):
        assert client.get("/admin/leases/lease/").status_code == 200, "the rest goes on"
        assert client.get(page)["Location"].startswith(ASKS)
        posted = client.post(page, {"username": "eve"}, headers={"referer": f"http://testserver{page}"})
        assert posted["Location"].startswith(ASKS)
        assert give(client, code(), page)["Location"] == page
        assert client.get(page).status_code == 200
    assert User.objects.get(pk=with_phone.pk).username == "ada"


@pytest.mark.parametrize(
    ("button", "is_asked"),
    [("void", True), ("release", True), ("confirm-signers", True), ("resend", False), ("try-again", False)],
)
def test_a_reminder_is_not_grave_and_a_void_is(button: str, is_asked: bool, with_phone: User) -> None:
    assert {*HARMLESS_BUTTONS} <= {action.value for action in EnvelopeAction}
    client = signed_in(with_phone)
    give(client, code())
    with time_machine.travel(timezone.now() + timedelta(seconds=FRESH_SECONDS + 60)):
        answer = client.get(reverse("admin:esign_envelope_press", args=[button]))
        assert answer.headers.get("Location", "").startswith(ASKS) is is_asked


# --- devices ----------------------------------------------------------------------------------------------


def test_no_page_shows_the_key_of_a_device(with_phone: User) -> None:
    client = signed_in(UserFactory(username="boss"))
    device = TOTPDevice.objects.get()
    for page in ("", f"{device.pk}/change/", f"{device.pk}/config/", f"{device.pk}/qrcode/", "999/config/"):
        answer = client.get(f"/admin/otp_totp/totpdevice/{page}", follow=True)
        assert answer.status_code == 200
        assert KEY not in answer.content.decode()
        assert not answer.request["PATH_INFO"].endswith(("/config/", "/qrcode/"))
    assert client.get("/admin/otp_static/staticdevice/").status_code == 404


def test_an_administrator_takes_a_lost_second_factor_away(with_phone: User) -> None:
    boss = signed_in(UserFactory(username="boss"))
    device = TOTPDevice.objects.get()
    assert boss.post(f"/admin/otp_totp/totpdevice/{device.pk}/delete/", {"post": "yes"}).status_code == 302
    assert signed_in(with_phone).get("/admin/").status_code == 200


# --- sessions ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("away", "is_in"), [(IDLE_SECONDS - 60, True), (IDLE_SECONDS + 60, False)])
def test_an_hour_without_a_click_ends_a_session(away: int, is_in: bool, ada: User) -> None:
    client = signed_in(ada)
    assert client.get("/admin/").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(seconds=away)):
        assert (client.get("/admin/").status_code == 200) is is_in


def test_twelve_hours_end_it_in_any_case(ada: User) -> None:
    client = signed_in(ada)
    begun = time.time()
    with time_machine.travel(begun, tick=False) as clock:
        while time.time() - begun < LONGEST_SECONDS - IDLE_SECONDS / 2:
            assert client.get("/admin/").status_code == 200
            clock.shift(IDLE_SECONDS / 2)
        clock.shift(IDLE_SECONDS / 2 + 60)
        assert client.get("/admin/").status_code == 302


def test_staff_see_where_they_are_signed_in_and_end_a_session(ada: User) -> None:
    here, lost = signed_in(ada), signed_in(ada)
    other = signed_in(UserFactory(username="ben"))
    page = here.get(reverse("staff_sessions")).content.decode()
    assert page.count("A browser that does not say its name") == 2
    assert "This one" in page

    of_lost = StaffSession.objects.get(session_key=lost.session.session_key)
    assert other.post(reverse("staff_sessions"), {"session": of_lost.pk}).status_code == 404
    here.post(reverse("staff_sessions"), {"session": of_lost.pk})

    assert lost.get("/admin/").status_code == 302
    assert here.get("/admin/").status_code == 200


def test_all_others_are_ended_at_once_and_when_a_second_factor_is_set_up(ada: User) -> None:
    here, first, second = signed_in(ada), signed_in(ada), signed_in(ada)
    here.post(reverse("staff_sessions"))
    assert first.get("/admin/").status_code == second.get("/admin/").status_code == 302

    third = signed_in(ada)
    here.get(ASKS)
    give(here, code(here.session[NEW_KEY]))
    assert third.get("/admin/").status_code == 302
    assert here.get("/admin/").status_code == 200


@pytest.mark.parametrize("key", ["x", "-1", "99999999999999999999", "1; DROP TABLE"])
def test_a_session_that_is_not_there_is_not_found(key: str, ada: User) -> None:
    assert signed_in(ada).post(reverse("staff_sessions"), {"session": key}).status_code == 404


def test_what_is_over_is_cleared_at_night(ada: User) -> None:
    signed_in(ada)
    with time_machine.travel(timezone.now() + timedelta(days=20)):
        clear_sessions()
    assert not StaffSession.objects.exists()
