"""Who works on template text: an author, an approver, and staff who may do neither."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from propertyapp.roles import LEASING_OFFICE
from tests.factories import UserFactory


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def rosa(db: None) -> User:
    """Of the leasing office: she writes drafts, and publishes none."""
    user: User = UserFactory(username="rosa", is_superuser=False)
    user.groups.add(Group.objects.get(name=LEASING_OFFICE))
    return user


@pytest.fixture
def vera(db: None) -> User:
    """She answers for the contracts: an author who may publish."""
    user: User = UserFactory(username="vera", is_superuser=False)
    user.groups.add(Group.objects.get(name=LEASING_OFFICE))
    user.user_permissions.add(Permission.objects.get(codename="publish_documenttemplate"))
    return user


@pytest.fixture
def author(rosa: User) -> Client:
    return signed_in(rosa)


@pytest.fixture
def approver(vera: User) -> Client:
    return signed_in(vera)


@pytest.fixture
def bystander(db: None) -> Client:
    """Staff who may sign in, and nothing else."""
    return signed_in(UserFactory(username="ben", is_superuser=False))
