"""An owner who signs through an account of their own: another Docusign, and nothing of one ever reaches the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from esign.docusign import NotSignedIn, budget
from esign.docusign.budget import Lane
from esign.docusign.login import access
from esign.envelopes import dispatch
from esign.envelopes.freeze import freeze
from esign.models import DocusignConnection, Envelope, OwnerConnection, State
from leases.models import Lease
from propertyapp.local.processes import Processes
from tests import stack
from tests.emulator_client import EmulatorClient
from tests.esign.docusign.login.people import DocusignSide, messages_of
from tests.factories import LeaseFactory, OwnerFactory
from tests.stack import EmulatorServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="session")
def harbor_server(servers: Processes, tmp_path_factory: pytest.TempPathFactory) -> EmulatorServer:
    """A second Docusign, with an account, users and keys of its own."""
    return stack.start_docusign(servers, tmp_path_factory.mktemp("harbor"))


@pytest.fixture
def harbor(harbor_server: EmulatorServer) -> Iterator[EmulatorClient]:
    client = EmulatorClient(harbor_server.base_url)
    client.reset()
    yield client
    assert not client.unhandled()


@pytest.fixture
def harbor_connection(
    harbor: EmulatorClient, harbor_server: EmulatorServer, monkeypatch: pytest.MonkeyPatch
) -> DocusignConnection:
    account = harbor_server.credentials
    monkeypatch.setenv("DOCUSIGN_HARBOR_PRIVATE_KEY_FILE", account.private_key_file)
    return DocusignConnection.objects.create(
        slug="harbor",
        name="Harbor Homes",
        environment="emulator",
        oauth_base=harbor.base_url,
        integration_key=account.integration_key,
        user_id=account.user_id,
        configured_account_id=account.account_id,
    )


@pytest.fixture
def harbors_lease(harbor_connection: DocusignConnection) -> Lease:
    lease: Lease = LeaseFactory()
    OwnerConnection.objects.create(owner=lease.unit.property.owner, connection=harbor_connection)
    return lease


def send_through(connection: DocusignConnection, lease: Lease) -> Envelope:
    envelope = freeze(lease)
    Envelope.objects.filter(pk=envelope.pk).update(connection=connection)
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    return envelope


def test_an_owner_with_an_account_of_their_own_signs_through_it(
    connection: DocusignConnection, harbor_connection: DocusignConnection, harbors_lease: Lease, agent: object
) -> None:
    connections = DocusignConnection.objects
    assert connections.for_lease(harbors_lease) == harbor_connection
    assert connections.for_lease(harbors_lease, sent_by=agent) == harbor_connection  # type: ignore[arg-type]
    assert connections.for_lease(LeaseFactory()) == connection


def test_each_account_gets_its_own_envelopes_tokens_and_budget(
    connection: DocusignConnection,
    harbor_connection: DocusignConnection,
    harbors_lease: Lease,
    docusign: DocusignSide,
    harbor: EmulatorClient,
) -> None:
    theirs = send_through(harbor_connection, harbors_lease)
    ours = send_through(connection, LeaseFactory())

    assert (theirs.state, ours.state) == (State.SENT, State.SENT)
    assert [str(theirs.docusign_id)] == [envelope["envelopeId"] for envelope in harbor.envelopes()]
    assert [str(ours.docusign_id)] == [envelope["envelopeId"] for envelope in docusign.emulator.envelopes()]

    harbor_connection.refresh_from_db()
    connection.refresh_from_db()
    assert harbor_connection.base_uri != connection.base_uri
    assert access.access_token(harbor_connection) != access.access_token(connection)
    assert access.cache_name(harbor_connection) != access.cache_name(connection)
    assert harbor_connection.key_fingerprint != connection.key_fingerprint
    before = budget.state(connection)
    budget.take(harbor_connection, Lane.INTERACTIVE)
    assert budget.state(connection) == before


def test_one_account_that_stops_does_not_stop_the_other(
    connection: DocusignConnection, harbor_connection: DocusignConnection, harbors_lease: Lease, harbor: EmulatorClient
) -> None:
    DocusignSide(harbor).set_consent()
    assert send_through(harbor_connection, harbors_lease).state == State.READY
    assert send_through(connection, LeaseFactory()).state == State.SENT


def test_the_key_of_the_default_account_is_never_used_for_another(
    docusign: DocusignSide,
    harbor_connection: DocusignConnection,
    harbor: EmulatorClient,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
) -> None:
    assert settings.DOCUSIGN_PRIVATE_KEY_FILE
    monkeypatch.delenv("DOCUSIGN_HARBOR_PRIVATE_KEY_FILE")
    with pytest.raises(NotSignedIn, match="set DOCUSIGN_HARBOR_PRIVATE_KEY_FILE"):
        access.access_token(harbor_connection)
    assert not harbor.journal("requestJwtToken")


def test_no_key_is_in_the_database(harbor_connection: DocusignConnection, harbor_server: EmulatorServer) -> None:
    access.connect(harbor_connection)
    secret = Path(harbor_server.credentials.private_key_file).read_text().splitlines()[1]
    assert secret not in str(DocusignConnection.objects.values_list())


def test_an_owner_has_one_account(harbor_connection: DocusignConnection, connection: DocusignConnection) -> None:
    owner = OwnerFactory()
    OwnerConnection.objects.create(owner=owner, connection=harbor_connection)
    with pytest.raises(IntegrityError), transaction.atomic():
        OwnerConnection.objects.create(owner=owner, connection=connection)


def test_a_connection_that_an_owner_signs_through_cannot_vanish(
    harbors_lease: Lease, harbor_connection: DocusignConnection
) -> None:
    with pytest.raises(ProtectedError):
        harbor_connection.delete()


# --- made in the admin ----------------------------------------------------------------------------------------


def form(**changes: str) -> dict[str, str]:
    return {
        "slug": "harbor",
        "name": "Harbor Homes",
        "integration_key": "a",
        "user_id": "b",
        "configured_account_id": "",
        "oauth_base": "http://127.0.0.1:8999",
        "owner_links-TOTAL_FORMS": "0",
        "owner_links-INITIAL_FORMS": "0",
        **changes,
    }


def test_staff_make_a_connection_for_an_owner_and_are_told_its_variable(
    connection: DocusignConnection, admin_browser: Client
) -> None:
    owner = OwnerFactory()
    links = {"owner_links-TOTAL_FORMS": "1", "owner_links-0-owner": str(owner.pk)}
    answer = admin_browser.post(reverse("admin:esign_docusignconnection_add"), form(**links))
    assert answer.status_code == 302, answer.context["errors"]
    made = DocusignConnection.objects.get(slug="harbor")
    assert list(made.owners.all()) == [owner]
    assert made.environment == "emulator"
    said = messages_of(admin_browser, reverse("admin:esign_docusignconnection_change", args=[made.pk]))
    assert "DOCUSIGN_HARBOR_PRIVATE_KEY_FILE is not set" in said
    assert owner.legal_name in said


@pytest.mark.parametrize("slug", ["default", "staff-7"])
def test_names_of_the_site_itself_are_taken(connection: DocusignConnection, admin_browser: Client, slug: str) -> None:
    answer = admin_browser.post(reverse("admin:esign_docusignconnection_add"), form(slug=slug))
    assert "taken by the site itself" in answer.content.decode()


@pytest.mark.parametrize("address", ["https://evil.example", "http://10.0.0.8:8900"])
def test_secrets_cannot_be_directed_elsewhere(
    connection: DocusignConnection, admin_browser: Client, address: str
) -> None:
    answer = admin_browser.post(reverse("admin:esign_docusignconnection_add"), form(oauth_base=address))
    assert "expected on this machine" in answer.content.decode()
    assert not DocusignConnection.objects.filter(slug="harbor").exists()


def test_another_user_means_that_nothing_learnt_holds(
    harbor_connection: DocusignConnection, admin_browser: Client
) -> None:
    access.connect(harbor_connection)
    edit = reverse("admin:esign_docusignconnection_change", args=[harbor_connection.pk]) + "?edit"
    assert admin_browser.get(edit).status_code == 200
    admin_browser.post(edit, form(user_id="somebody-else", oauth_base=harbor_connection.oauth_base))
    harbor_connection.refresh_from_db()
    assert (harbor_connection.user_id, harbor_connection.account_id) == ("somebody-else", "")
    assert not access.state(harbor_connection).signed_in


def test_the_default_connection_is_changed_by_variables_only(
    connection: DocusignConnection, admin_browser: Client
) -> None:
    edit = reverse("admin:esign_docusignconnection_change", args=[connection.pk]) + "?edit"
    admin_browser.post(edit, form(user_id="somebody-else"))
    connection.refresh_from_db()
    assert connection.user_id != "somebody-else"
