"""Staff's own accounts: connected by the person, used by workers, rotated with every use, taken back for good."""

import threading
import time
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from esign.docusign import NotSignedIn
from esign.docusign.errors import DocusignBusy, Unreachable
from esign.docusign.login import access, consent, grants, staff_accounts
from esign.docusign.login.grants import NoStaffGrant, Pkce
from esign.docusign.login.oauth import GrantRefused
from esign.docusign.sealing import unseal
from esign.models import DocusignConnection, Grant, StaffAccount
from tests.esign.docusign.login.people import DocusignSide, let_token_age, messages_of, query_of, return_from
from tests.factories import LeaseFactory, UserFactory

MINE = "/admin/esign/docusignconnection/mine/"


@pytest.fixture(autouse=True)
def _company(connection: DocusignConnection) -> None:
    access.connect(connection)


@pytest.fixture(params=[Grant.CONFIDENTIAL, Grant.PUBLIC])
def grant(request: pytest.FixtureRequest, settings: Settings, docusign: DocusignSide) -> Grant:
    """Each test that asks for it runs with the secret and without one."""
    return use(request.param, settings, docusign)


def use(grant: Grant, settings: Settings, docusign: DocusignSide) -> Grant:
    settings.DOCUSIGN_STAFF_GRANT = grant.value
    if grant == Grant.PUBLIC:
        settings.DOCUSIGN_PUBLIC_INTEGRATION_KEY = docusign.public_key()
        settings.DOCUSIGN_SECRET_KEY = ""
    return grant


def leave(browser: Client) -> str:
    """Press “Connect my account”. Returns the address at Docusign."""
    answer = browser.post(reverse("esign:oauth-connect-mine"))
    assert answer.status_code == 302
    return str(answer["Location"])


def connect(browser: Client, docusign: DocusignSide) -> StaffAccount:
    back = docusign.answer(leave(browser), user=docusign.agent())
    browser.get(return_from(back))
    return StaffAccount.objects.select_related("connection").get()


# --- connecting ---------------------------------------------------------------------------------------------


def test_a_member_of_staff_connects_their_own_account_and_sends_as_themselves(
    grant: Grant, docusign: DocusignSide, agent: User, agent_browser: Client
) -> None:
    account = connect(agent_browser, docusign)

    assert account.user == agent
    assert account.connection.user_email == docusign.agent()["email"]
    assert account.connection.grant == grant
    assert account.connection.account_id == docusign.account()["accountId"]
    assert access.state(account.connection).signed_in
    assert DocusignConnection.objects.for_lease(LeaseFactory(), sent_by=agent) == account.connection
    assert "Your account is connected" in messages_of(agent_browser, MINE)


def test_it_asks_with_pkce_for_sending_and_staying_connected(
    grant: Grant, docusign: DocusignSide, agent_browser: Client, settings: Settings
) -> None:
    asked = query_of(leave(agent_browser))
    assert asked["scope"] == "signature extended"
    assert asked["code_challenge_method"] == "S256"
    assert asked["login_hint"] == "agent@property.example"
    settings.DOCUSIGN_STAY_CONNECTED = False
    assert query_of(leave(agent_browser))["scope"] == "signature"


def test_the_challenge_is_the_digest_of_a_verifier_of_the_right_length() -> None:
    one, other = Pkce.new(), Pkce.new()
    assert 43 <= len(one.verifier) <= 128
    assert len(one.challenge) == 43
    assert one.challenge != other.challenge
    assert one.verifier not in repr(one)


def test_connecting_again_replaces_the_permission_and_makes_no_second_account(
    docusign: DocusignSide, agent_browser: Client
) -> None:
    first = connect(agent_browser, docusign)
    again = connect(agent_browser, docusign)
    assert again.pk == first.pk
    assert again.refresh_sealed != first.refresh_sealed
    assert DocusignConnection.objects.count() == 2


def test_cancel_leaves_things_as_they_were(docusign: DocusignSide, agent_browser: Client) -> None:
    back = docusign.answer(leave(agent_browser), allow=False)
    agent_browser.get(return_from(back))
    assert not StaffAccount.objects.exists()
    assert "Your account was not connected: “Cancel” was pressed" in messages_of(agent_browser, MINE)


def test_a_code_that_was_used_is_refused(grant: Grant, docusign: DocusignSide, agent: User) -> None:
    code, verifier = new_code(docusign, agent, grant)
    staff_accounts.connect(agent, grant, code, verifier)
    with pytest.raises(GrantRefused, match="used before"):
        staff_accounts.connect(agent, grant, code, verifier)


def test_a_code_that_is_too_old_is_refused(grant: Grant, docusign: DocusignSide, agent: User) -> None:
    docusign.emulator.set_switches(authorization_code_seconds=0)
    code, verifier = new_code(docusign, agent, grant)
    time.sleep(0.01)
    with pytest.raises(GrantRefused, match="took too long"):
        staff_accounts.connect(agent, grant, code, verifier)
    assert not StaffAccount.objects.exists()


def test_a_code_of_another_sign_in_is_refused(grant: Grant, docusign: DocusignSide, agent: User) -> None:
    code, _ = new_code(docusign, agent, grant)
    with pytest.raises(GrantRefused, match="another sign-in"):
        staff_accounts.connect(agent, grant, code, Pkce.new().verifier)
    assert not StaffAccount.objects.exists()


def test_a_wrong_secret_is_named(docusign: DocusignSide, agent: User, settings: Settings) -> None:
    code, verifier = new_code(docusign, agent, Grant.CONFIDENTIAL)
    settings.DOCUSIGN_SECRET_KEY = "not-the-secret"
    with pytest.raises(NotSignedIn, match="DOCUSIGN_SECRET_KEY") as refused:
        staff_accounts.connect(agent, Grant.CONFIDENTIAL, code, verifier)
    assert "not-the-secret" not in str(refused.value)


def test_a_key_that_demands_pkce_gets_it(docusign: DocusignSide, agent_browser: Client) -> None:
    docusign.emulator.set_switches(pkce_required=True)
    assert connect(agent_browser, docusign).refresh_sealed


def test_without_a_permission_that_lasts_nothing_is_kept(
    docusign: DocusignSide, agent_browser: Client, settings: Settings
) -> None:
    use(Grant.PUBLIC, settings, docusign)
    docusign.emulator.set_switches(public_client_refresh=False)
    back = docusign.answer(leave(agent_browser), user=docusign.agent())
    agent_browser.get(return_from(back))
    assert not StaffAccount.objects.exists()
    assert "no permission that lasts" in messages_of(agent_browser, MINE)


def new_code(docusign: DocusignSide, user: User, grant: Grant) -> tuple[str, str]:
    """(code, its verifier), fresh from Docusign's page."""
    pkce = Pkce.new()
    sign_in = staff_accounts.sign_in_of(user, grant)
    url = consent.authorize_url(sign_in, state="s", challenge=pkce.challenge)
    return query_of(docusign.answer(url, user=docusign.agent()))["code"], pkce.verifier


# --- what is set --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [("implicit", "DOCUSIGN_STAFF_GRANT=public"), ("off", "company's account"), ("magic", "confidential, public or")],
)
def test_a_grant_that_is_not_offered_says_why(
    docusign: DocusignSide, agent_browser: Client, settings: Settings, wanted: str, reason: str
) -> None:
    settings.DOCUSIGN_STAFF_GRANT = wanted
    with pytest.raises(NoStaffGrant, match=reason):
        grants.staff_grant()
    assert leave(agent_browser) == MINE
    said = messages_of(agent_browser, MINE)
    assert "Own accounts are not offered here" in said
    assert "Connect my account" not in said


def test_the_implicit_grant_is_never_asked_for_even_where_docusign_would_give_it(
    docusign: DocusignSide, agent_browser: Client
) -> None:
    docusign.emulator.set_switches(implicit_allowed=True)
    assert query_of(leave(agent_browser))["response_type"] == "code"


def test_without_a_secret_the_public_grant_is_recommended(docusign: DocusignSide, settings: Settings) -> None:
    settings.DOCUSIGN_SECRET_KEY = ""
    with pytest.raises(NoStaffGrant, match="DOCUSIGN_STAFF_GRANT=public"):
        grants.staff_grant()


def test_staff_without_the_permission_cannot_connect(docusign: DocusignSide) -> None:
    looker = UserFactory(is_superuser=False)
    browser = Client()
    browser.force_login(looker)
    assert browser.post(reverse("esign:oauth-connect-mine")).status_code == 403
    assert browser.get(MINE).status_code == 403
    looker.user_permissions.add(Permission.objects.get(codename="add_staffaccount"))
    assert browser.get(MINE).status_code == 200


# --- using --------------------------------------------------------------------------------------------------


def test_every_use_of_the_permission_replaces_it(grant: Grant, docusign: DocusignSide, agent_browser: Client) -> None:
    account = connect(agent_browser, docusign)
    before, token = account.refresh_sealed, access.access_token(account.connection)

    let_token_age(account.connection, seconds_left=10)
    renewed = access.access_token(account.connection)

    account.refresh_from_db()
    assert renewed != token
    assert unseal(account.refresh_sealed) != unseal(before)
    assert account.claim_token is None


def test_the_permission_is_encrypted(docusign: DocusignSide, agent_browser: Client) -> None:
    account = connect(agent_browser, docusign)
    secret = unseal(account.refresh_sealed)
    assert secret
    with database.cursor() as cursor:
        cursor.execute("SELECT * FROM esign_staffaccount")
        assert secret not in str(cursor.fetchall())


def test_a_permission_outlives_a_change_of_the_sites_key(
    docusign: DocusignSide, agent_browser: Client, settings: Settings
) -> None:
    account = connect(agent_browser, docusign)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "the-next-key-of-the-site"
    access.forget(account.connection)
    assert access.access_token(account.connection)
    settings.SECRET_KEY_FALLBACKS = []
    account.refresh_from_db()
    assert unseal(account.refresh_sealed), "sealed with the newest key by its last use"


def test_a_permission_that_cannot_be_opened_is_kept_and_said(
    docusign: DocusignSide, agent_browser: Client, settings: Settings
) -> None:
    account = connect(agent_browser, docusign)
    access.forget(account.connection)
    settings.SECRET_KEY = "the-next-key-of-the-site"
    with pytest.raises(GrantRefused, match="SECRET_KEY_FALLBACKS"):
        access.access_token(account.connection)
    account.refresh_from_db()
    assert account.refresh_sealed
    assert account.claim_token is None


@pytest.mark.django_db(transaction=True)
def test_workers_that_renew_at_once_use_the_permission_once(docusign: DocusignSide, agent_browser: Client) -> None:
    """Without the shared cache between them, the row's claim alone has to part them."""
    account = connect(agent_browser, docusign)
    docusign.emulator.clear_journal()
    docusign.emulator.fault("refreshAccessToken", "slow", delay=0.5)
    outcomes: list[str] = []

    def renew() -> None:
        try:
            staff_accounts.request(DocusignConnection.objects.get(pk=account.connection.pk))
            outcomes.append("renewed")
        except DocusignBusy:
            outcomes.append("waited")
        finally:
            database.close()

    threads = [threading.Thread(target=renew) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["renewed"] + ["waited"] * 7
    assert len(docusign.emulator.journal("refreshAccessToken")) == 1
    assert staff_accounts.request(account.connection).value, "the row holds the one that works"


def test_a_service_that_fails_leaves_the_permission_usable(docusign: DocusignSide, agent_browser: Client) -> None:
    account = connect(agent_browser, docusign)
    access.forget(account.connection)
    docusign.emulator.fault("refreshAccessToken", "before_effect", status=503)
    with pytest.raises(Unreachable):
        access.access_token(account.connection)
    assert access.access_token(account.connection)


def test_a_permission_that_was_withdrawn_has_to_be_given_again(docusign: DocusignSide, agent_browser: Client) -> None:
    account = connect(agent_browser, docusign)
    docusign.withdraw(docusign.agent(), account.connection.integration_key)
    access.forget(account.connection)
    with pytest.raises(GrantRefused, match="press “Connect my account” again"):
        access.access_token(account.connection)
    said = messages_of(agent_browser, MINE)
    assert "Your account has to be connected again" in said
    assert "ran out or was withdrawn" in said
    connect(agent_browser, docusign)
    assert "Your account is connected" in messages_of(agent_browser, MINE)


def test_the_page_tells_when_a_permission_ends(
    docusign: DocusignSide, agent_browser: Client, settings: Settings
) -> None:
    extended = connect(agent_browser, docusign)
    assert extended.is_extended
    settings.DOCUSIGN_STAY_CONNECTED = False
    plain = connect(agent_browser, docusign)
    assert not plain.is_extended
    assert plain.good_until is not None
    assert timedelta(days=29) < plain.good_until - timezone.now() <= timedelta(days=30)


def test_a_permission_that_is_not_extended_ends_where_it_was_to_end(
    docusign: DocusignSide, agent_browser: Client, settings: Settings
) -> None:
    settings.DOCUSIGN_STAY_CONNECTED = False
    account = connect(agent_browser, docusign)
    ends = account.good_until
    with time_machine.travel(timezone.now() + timedelta(days=3), tick=True):
        staff_accounts.request(account.connection)
    account.refresh_from_db()
    assert account.good_until == ends


def test_nothing_is_sent_for_somebody_who_left(docusign: DocusignSide, agent: User, agent_browser: Client) -> None:
    account = connect(agent_browser, docusign)
    access.forget(account.connection)
    User.objects.filter(pk=agent.pk).update(is_active=False)
    with pytest.raises(NotSignedIn, match="no longer works here"):
        access.access_token(account.connection)


# --- choosing and taking back ---------------------------------------------------------------------------------


def test_one_may_send_as_the_company_without_disconnecting(
    docusign: DocusignSide, agent: User, agent_browser: Client, connection: DocusignConnection
) -> None:
    account = connect(agent_browser, docusign)
    agent_browser.post(reverse("esign:oauth-send-as-me"), {"send_as_me": "no"})
    assert DocusignConnection.objects.for_lease(LeaseFactory(), sent_by=agent) == connection
    agent_browser.post(reverse("esign:oauth-send-as-me"), {"send_as_me": "yes"})
    assert DocusignConnection.objects.for_lease(LeaseFactory(), sent_by=agent) == account.connection


def test_disconnecting_leaves_nothing_that_could_be_used(
    docusign: DocusignSide, agent: User, agent_browser: Client, connection: DocusignConnection
) -> None:
    account = connect(agent_browser, docusign)
    agent_browser.post(reverse("esign:oauth-disconnect-mine"))
    docusign.emulator.clear_journal()

    account.refresh_from_db()
    assert (account.refresh_sealed, account.scopes) == ("", "")
    elsewhere = DocusignConnection.objects.get(pk=account.connection.pk)
    with pytest.raises(NotSignedIn, match="was disconnected by leo"):
        access.access_token(elsewhere)
    assert DocusignConnection.objects.for_lease(LeaseFactory(), sent_by=agent) == connection
    assert elsewhere not in DocusignConnection.objects.connected()
    assert "Send leases as yourself" in messages_of(agent_browser, MINE)
