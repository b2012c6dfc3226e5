"""Staff at their desks, as clients that are signed in."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from esign.docusign.login import access
from esign.models import DocusignConnection
from propertyapp.roles import LEASING_OFFICE
from tests.emulator_client import EmulatorClient
from tests.factories import UserFactory


@pytest.fixture
def rosa(db: None) -> User:
    """Of the leasing office: she sends and voids, and fixes no machinery."""
    user: User = UserFactory(username="rosa", is_superuser=False)
    user.groups.add(Group.objects.get(name=LEASING_OFFICE))
    return user


@pytest.fixture
def office(rosa: User) -> Client:
    client = Client()
    client.force_login(rosa)
    return client


@pytest.fixture
def administrator(db: None) -> Client:
    client = Client()
    client.force_login(UserFactory(username="ada"))
    return client


@pytest.fixture
def bystander(db: None) -> Client:
    """Staff who may sign in, and nothing else."""
    client = Client()
    client.force_login(UserFactory(username="ben", is_superuser=False))
    return client


@pytest.fixture
def docusign(db: None, emulator: EmulatorClient) -> EmulatorClient:
    """The emulator, and no token left from the test before, which it has forgotten."""
    access.forget(DocusignConnection.objects.default())
    return emulator
