"""People at our site and at Docusign."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from esign.docusign.login import token_cache
from esign.models import DocusignConnection
from tests.emulator_client import EmulatorClient
from tests.esign.docusign.login.people import DocusignSide
from tests.factories import UserFactory


@pytest.fixture(autouse=True)
def _new_process() -> None:
    token_cache.forget_own()


@pytest.fixture
def docusign(emulator: EmulatorClient, settings: Settings) -> DocusignSide:
    # Docusign takes loopback addresses as they are; any other would have to be registered first.
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    return DocusignSide(emulator)


@pytest.fixture
def connection(db: None, docusign: DocusignSide) -> DocusignConnection:
    return DocusignConnection.objects.default()


@pytest.fixture
def administrator(db: None) -> User:
    return UserFactory(username="ada", first_name="Ada", last_name="Birch")


@pytest.fixture
def admin_browser(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


@pytest.fixture
def agent(db: None) -> User:
    """Staff who may connect their own account, and whose Docusign login has the same address."""
    return UserFactory(username="leo", first_name="Leo", last_name="Marsh", email="agent@property.example")


@pytest.fixture
def agent_browser(agent: User) -> Client:
    browser = Client()
    browser.force_login(agent)
    return browser


@pytest.fixture
def new_key_file(tmp_path: Path) -> Callable[..., Path]:
    """A key that Docusign does not know."""

    def make(name: str = "new.pem", *, kind: str = "rsa") -> Path:
        key = ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else rsa.generate_private_key(65537, 2048)
        path = tmp_path / name
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        path.chmod(0o600)
        return path

    return make
