"""Consent: the least that is needed, asked on the right page, believed only when it comes back to who asked."""

import time
from urllib.parse import urlencode, urlsplit

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from esign.docusign import ConsentMissing, NotSignedIn
from esign.docusign.login import access, consent
from esign.models import DocusignConnection
from tests.esign.docusign.login.people import DocusignSide, messages_of, query_of, return_from
from tests.factories import UserFactory


def page(connection: DocusignConnection) -> str:
    return reverse("admin:esign_docusignconnection_change", args=[connection.pk])


def ask(browser: Client, connection: DocusignConnection, *, kind: str = "consent", **form: str) -> str:
    """Press “Grant consent”. Returns the address at Docusign."""
    answer = browser.post(reverse(f"esign:oauth-{kind}", args=[connection.pk]), form)
    assert answer.status_code == 302
    return str(answer["Location"])


# --- what is asked ------------------------------------------------------------------------------------------


def test_sending_asks_for_two_scopes_and_no_more(connection: DocusignConnection) -> None:
    asked = query_of(consent.consent_url(connection, state="s", challenge="c"))
    assert asked["scope"] == "signature impersonation"
    assert asked["response_type"] == "code"
    assert asked["client_id"] == connection.integration_key
    assert asked["redirect_uri"] == "http://127.0.0.1:8000/esign/oauth/callback/"
    assert asked["code_challenge_method"] == "S256"


def test_a_feature_adds_its_scope(connection: DocusignConnection, settings: Settings) -> None:
    settings.DOCUSIGN_FEATURES = ["signing", "workflows"]
    assert consent.wanted_scopes(connection) == ("signature", "impersonation", "aow_manage")


def test_a_feature_that_does_not_exist_is_named(connection: DocusignConnection, settings: Settings) -> None:
    settings.DOCUSIGN_FEATURES = ["signing", "telepathy"]
    with pytest.raises(NotSignedIn, match=r"telepathy.*There are: signing, workflows"):
        consent.wanted_scopes(connection)


def test_another_organisations_administrator_is_asked_for_everyone(connection: DocusignConnection) -> None:
    asked = query_of(consent.admin_consent_url(connection, state="s", challenge="c"))
    assert asked["scope"] == "openid"
    assert asked["admin_consent_scope"] == "signature impersonation"


def test_blanks_are_written_as_docusigns_examples_write_them(connection: DocusignConnection) -> None:
    assert "scope=signature%20impersonation" in consent.consent_url(connection, state="s", challenge="c")


# --- there and back -----------------------------------------------------------------------------------------


def test_consent_given_puts_the_connection_to_work(
    connection: DocusignConnection, docusign: DocusignSide, admin_browser: Client
) -> None:
    docusign.set_consent()
    with pytest.raises(ConsentMissing):
        access.access_token(connection)
    assert "no one has yet allowed this app" in messages_of(admin_browser, page(connection))

    back = docusign.answer(ask(admin_browser, connection))
    answer = admin_browser.get(return_from(back))

    assert (answer.status_code, answer["Location"]) == (302, page(connection))
    assert "Docusign lets us act for" in messages_of(admin_browser, page(connection))
    connection.refresh_from_db()
    assert not connection.is_paused
    assert access.state(connection).signed_in


def test_cancel_at_docusign_is_told_and_changes_nothing(
    connection: DocusignConnection, docusign: DocusignSide, admin_browser: Client
) -> None:
    docusign.set_consent()
    back = docusign.answer(ask(admin_browser, connection), allow=False)
    assert query_of(back)["error"] == "access_denied"
    admin_browser.get(return_from(back))
    assert "“Cancel” was pressed at Docusign" in messages_of(admin_browser, page(connection))
    assert docusign.token_calls() == 0


def test_consent_by_somebody_else_is_told_from_consent(
    connection: DocusignConnection, docusign: DocusignSide, admin_browser: Client
) -> None:
    docusign.set_consent()
    back = docusign.answer(ask(admin_browser, connection), user=docusign.agent())
    admin_browser.get(return_from(back))
    assert "but not the user we act as" in messages_of(admin_browser, page(connection))


def test_an_administrator_of_another_organisation_consents_for_all(
    connection: DocusignConnection, docusign: DocusignSide, admin_browser: Client
) -> None:
    docusign.set_consent()
    back = docusign.answer(ask(admin_browser, connection, kind="admin-consent"))
    admin_browser.get(return_from(back))
    assert "Docusign lets us act for" in messages_of(admin_browser, page(connection))


def test_a_feature_added_later_asks_anew_while_leases_go_on(
    connection: DocusignConnection, docusign: DocusignSide, admin_browser: Client, settings: Settings
) -> None:
    access.connect(connection)
    settings.DOCUSIGN_FEATURES = ["signing", "workflows"]

    assert access.access_token(connection), "sending goes on"
    with pytest.raises(ConsentMissing, match="Grant consent"):
        access.access_token(connection, scope="aow_manage")
    connection.refresh_from_db()
    assert not connection.is_paused
    assert "Consent is missing for:</strong> Start Maestro workflows" in messages_of(admin_browser, page(connection))

    address = ask(admin_browser, connection)
    assert query_of(address)["scope"] == "signature impersonation aow_manage"
    admin_browser.get(return_from(docusign.answer(address)))
    connection.refresh_from_db()
    assert access.access_token(connection, scope="aow_manage")
    assert consent.features_waiting(connection) == []


# --- returns no one asked for -------------------------------------------------------------------------------


def refused(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code in (400, 403)
    return answer.content.decode()


CALLBACK = "/esign/oauth/callback/"


@pytest.mark.parametrize("query", ["", "?code=x", "?code=x&state=", "?code=x&state=forged", "?error=access_denied"])
def test_a_return_without_our_state_is_turned_away(
    connection: DocusignConnection, docusign: DocusignSide, admin_browser: Client, query: str
) -> None:
    assert "does not belong to anything you asked for" in refused(admin_browser, CALLBACK + query)
    assert docusign.token_calls() == 0


def test_a_state_with_one_letter_changed_is_turned_away(
    connection: DocusignConnection, docusign: DocusignSide, admin_browser: Client
) -> None:
    back = docusign.answer(ask(admin_browser, connection))
    answer = query_of(back)
    content, signature = answer["state"].rsplit(":", 1)
    other = f"{content}:{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    assert "does not belong" in refused(admin_browser, f"{CALLBACK}?{urlencode({**answer, 'state': other})}")


def test_a_state_works_once(connection: DocusignConnection, docusign: DocusignSide, admin_browser: Client) -> None:
    back = return_from(docusign.answer(ask(admin_browser, connection)))
    assert admin_browser.get(back).status_code == 302
    assert "does not belong" in refused(admin_browser, back)


def test_a_state_belongs_to_the_session_that_asked(
    connection: DocusignConnection, docusign: DocusignSide, admin_browser: Client, agent_browser: Client
) -> None:
    back = return_from(docusign.answer(ask(admin_browser, connection)))
    assert "does not belong" in refused(agent_browser, back)


def test_another_person_in_the_same_browser_cannot_use_it(
    connection: DocusignConnection, docusign: DocusignSide, admin_browser: Client
) -> None:
    back = return_from(docusign.answer(ask(admin_browser, connection)))
    kept = dict(admin_browser.session)["docusign_sign_ins"]
    admin_browser.force_login(UserFactory())
    session = admin_browser.session
    session["docusign_sign_ins"] = kept
    session.save()
    assert "does not belong" in refused(admin_browser, back)


def test_a_state_of_yesterday_is_too_late(
    connection: DocusignConnection, docusign: DocusignSide, admin_browser: Client
) -> None:
    address = ask(admin_browser, connection)
    back = return_from(docusign.answer(address))
    with time_machine.travel(time.time() + 601, tick=True):
        assert "more than ten minutes" in refused(admin_browser, back)


def test_whoever_is_not_signed_in_is_turned_away_and_the_code_goes_nowhere(
    connection: DocusignConnection, docusign: DocusignSide, admin_browser: Client
) -> None:
    back = return_from(docusign.answer(ask(admin_browser, connection)))
    answer = Client().get(back)
    assert answer.status_code == 403
    assert query_of(back)["code"] not in answer.content.decode() + str(answer.headers)


def test_a_token_in_the_address_is_refused_with_the_alternative(admin_browser: Client, connection: object) -> None:
    said = refused(admin_browser, f"{CALLBACK}?access_token=abc&state=x")
    assert "implicit grant is not used" in said
    assert "DOCUSIGN_STAFF_GRANT=public" in said


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
        "http:evil.example",
        "\\\\evil.example",
        " //evil.example",
    ],
)
def test_no_one_is_sent_to_another_site_on_their_way_back(
    connection: DocusignConnection, docusign: DocusignSide, admin_browser: Client, address: str
) -> None:
    back = docusign.answer(ask(admin_browser, connection, next=address))
    answer = admin_browser.get(return_from(back))
    assert answer["Location"] == page(connection)


def test_a_way_back_on_our_own_site_is_kept(
    connection: DocusignConnection, docusign: DocusignSide, admin_browser: Client
) -> None:
    back = docusign.answer(ask(admin_browser, connection, next="/admin/?done=1"))
    answer = admin_browser.get(return_from(back))
    assert answer["Location"] == "/admin/?done=1"
    assert urlsplit(answer["Location"]).netloc == ""


# --- who may ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["consent", "admin-consent", "connect", "disconnect"])
def test_only_those_who_may_manage_the_connection_may_press(connection: DocusignConnection, kind: str) -> None:
    address = reverse(f"esign:oauth-{kind}", args=[connection.pk])
    looker: User = UserFactory(is_superuser=False)
    looker.user_permissions.add(Permission.objects.get(codename="view_docusignconnection"))
    browser = Client()
    browser.force_login(looker)
    assert browser.post(address).status_code == 403
    assert Client().post(address).status_code == 403


def test_a_link_cannot_start_it(connection: DocusignConnection, admin_browser: Client) -> None:
    assert admin_browser.get(reverse("esign:oauth-consent", args=[connection.pk])).status_code == 405


def test_another_site_cannot_start_it(connection: DocusignConnection, administrator: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(administrator)
    assert strict.post(reverse("esign:oauth-consent", args=[connection.pk])).status_code == 403
