"""People at the office, signed in."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from propertyapp.roles import LEASING_OFFICE
from tests.factories import UserFactory


@pytest.fixture
def boss(db: None, client: Client) -> Client:
    """May do everything."""
    client.force_login(UserFactory())
    return client


@pytest.fixture
def office(db: None) -> Client:
    """A member of the leasing office, with what the office may do and no more."""
    member: User = UserFactory(is_superuser=False)
    member.groups.add(Group.objects.get(name=LEASING_OFFICE))
    client = Client()
    client.force_login(member)
    return client


@pytest.fixture
def said() -> Callable[[Any], list[str]]:
    """The messages on a page."""
    return lambda response: [str(message) for message in response.context["messages"]]
