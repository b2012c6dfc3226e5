"""Every address, asked by every kind of visitor, by GET and by POST, with and without a token against forgery.

A new address is walked without being named here. What an address may do that others may not stands in a list with its
reason, so that a wider door is a change of this file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from esign.mail.links import portal_link
from esign.models import DocusignCall
from leases.visibility import is_limited
from propertyapp.roles import LEASING_OFFICE
from tests.factories import UserFactory
from tests.walk.addresses import OF_THE_COMPANY, World, all_addresses, make_world, member_of_another_portfolio

pytestmark = pytest.mark.django_db

WRITE = re.compile(r"^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)
# Tables in which looking at a page may leave a trace.
TRACES = {
    "axes_accessattempt",
    "axes_accesslog",
    "django_admin_log",
    "django_session",
    "esign_documentopening",
    "propertyapp_staffsession",
}
# Pages that anybody may see: they hold nothing of anyone, or ask who is there.
OPEN = {
    "/",
    "/admin/login/",
    "/favicon.ico",
    "/healthz",
    "/portal/",
    "/portal/links/",
    "/portal/sign-out/",
    "/portal/signed-out/",
    "/readyz",
}
# What staff without any right may open: the frame of the admin, their own password, and their own Docusign account.
OF_ALL_STAFF = OPEN | {
    "/admin/",
    "/admin/jsi18n/",
    "/admin/logout/",
    "/admin/password_change/",
    "/admin/password_change/done/",
    "/admin/search/",
    "/admin/second-factor/",
    "/admin/sessions/",
}
# POST is not from a form of ours here, so no token against forgery can be asked: Docusign signs its messages instead.
WITHOUT_TOKEN = {"/esign/connect/"}
# Answers that are no failure of the site: not there, not yours, not by this method, not now.
WELL = {200, 301, 302, 303, 400, 401, 403, 404, 405, 409, 422, 429, 503}


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def staff(name: str, *, rights: Callable[[], Any] | None = None, superuser: bool = False) -> Client:
    user = UserFactory(username=name, is_superuser=superuser)
    if rights is not None:
        user.user_permissions.add(*rights())
    return signed_in(user)


def signed_in(user: Any) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    return client


def stranger(world: World) -> Client:
    return Client(enforce_csrf_checks=True)


def tenant_of_another_lease(world: World) -> Client:
    """Signed in at the portal by their own link."""
    link = re.sub(r"^https?://[^/]+", "", portal_link(world.stranger))
    browser = Client()
    assert browser.post(link).status_code == 302
    checked = Client(enforce_csrf_checks=True)
    checked.cookies = browser.cookies
    return checked


def without_rights(world: World) -> Client:
    return staff("ben")


def with_all_view_rights(world: World) -> Client:
    return staff("vera", rights=lambda: Permission.objects.filter(codename__startswith="view_"))


def leasing_office(world: World) -> Client:
    user = UserFactory(username="rosa", is_superuser=False)
    user.groups.add(Group.objects.get(name=LEASING_OFFICE))
    return signed_in(user)


def colleague_of_another_portfolio(world: World) -> Client:
    return signed_in(member_of_another_portfolio(world))


def administrator(world: World) -> Client:
    return staff("ada", superuser=True)


ROLES = [
    stranger,
    tenant_of_another_lease,
    without_rights,
    with_all_view_rights,
    leasing_office,
    colleague_of_another_portfolio,
    administrator,
]
Role = Callable[[World], Client]


def each(*roles: Role) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("role", roles, ids=lambda role: role.__name__)


TABLES_OF_LEASES = {
    table
    for app in ("leases", "esign")
    for model in apps.get_app_config(app).get_models()
    if is_limited(model) and model.__name__ not in OF_THE_COMPANY and (table := model._meta.db_table)
}


class Asked:
    """One request and what came of it. What it wrote is undone."""

    def __init__(self, client: Client, method: str, address: str, *, token: bool = False) -> None:
        self.address = address
        headers = {"X-CSRFToken": client.cookies["csrftoken"].value} if token else {}
        with CaptureQueriesContext(connection) as queries, transaction.atomic():
            answer = client.generic(method, address, headers=headers)
            # Not closed as a server would: the end of a request closes the connection to the database.
            content = b"".join(answer) if answer.streaming else answer.content
            transaction.set_rollback(True)
        self.status = answer.status_code
        self.is_page = self.status == 200
        self.content = content
        self.location = answer.headers.get("Location", "")
        tables = {match[1] for query in queries.captured_queries if (match := WRITE.match(query["sql"]))}
        self.wrote = tables - TRACES

    def __repr__(self) -> str:
        return f"{self.address} → {self.status}{f' to {self.location}' if self.location else ''} {self.wrote or ''}"


def give_token(client: Client) -> None:
    """A page with a form leaves the cookie that its answer has to match."""
    client.cookies["csrftoken"] = "a" * 32


Walk = Callable[..., list[Asked]]


@pytest.fixture
def walk(world: World, record_property: Callable[[str, object], None]) -> Walk:
    def walk(client: Client, method: str, *, token: bool = False) -> list[Asked]:
        if token:
            give_token(client)
        asked = [Asked(client, method, address, token=token) for address in all_addresses(world)]
        counts = Counter(one.status for one in asked)
        how = f"{method}{' with a token' if token else ''}"
        record_property("walk", f"{how}: {len(asked)} addresses, {dict(sorted(counts.items()))}")
        return asked

    return walk


def look_everywhere(client: Client, world: World, walk: Walk) -> list[Asked]:
    """Looking at any page fails nowhere and writes nothing, for every role."""
    asked = walk(client, "GET")

    assert [one for one in asked if one.status not in WELL] == []
    assert [one for one in asked if one.wrote] == []
    assert not DocusignCall.objects.exclude(envelope=world.envelope).exists()
    return asked


def send_empty_forms(client: Client, walk: Walk) -> list[Asked]:
    """An empty form breaks nothing, for every role."""
    asked = walk(client, "POST", token=True)

    assert [one for one in asked if one.status not in WELL] == []
    return asked


# The tests further down walk for every other role, and say more of it.
@each(with_all_view_rights, leasing_office, administrator)
def test_looking_at_any_page_fails_nowhere_and_writes_nothing(role: Role, world: World, walk: Walk) -> None:
    look_everywhere(role(world), world, walk)


@each(*ROLES)
def test_no_form_of_another_site_does_anything(role: Role, world: World, walk: Walk) -> None:
    asked = walk(role(world), "POST")

    assert [one for one in asked if one.status not in WELL] == []
    assert [one for one in asked if one.wrote] == []
    accepted = {one.address for one in asked if one.status not in (302, 401, 403, 404, 405)}
    assert accepted <= WITHOUT_TOKEN


@each(leasing_office, administrator)
def test_an_empty_form_breaks_nothing(role: Role, world: World, walk: Walk) -> None:
    send_empty_forms(role(world), walk)


@each(stranger, tenant_of_another_lease)
def test_who_is_not_staff_sees_no_page_of_staff_or_of_another_lease(role: Role, world: World, walk: Walk) -> None:
    asked = look_everywhere(role(world), world, walk) + send_empty_forms(role(world), walk)

    # What holds the other's link is let in: it is the key. And the page that asks for a code of one's own.
    of_their_own = {"/portal/enter/", "/portal/new-link/", "/portal/code/"}
    seen = {one.address for one in asked if one.is_page and not any(map(one.address.startswith, of_their_own))}
    assert seen <= OPEN
    name = world.tenant.name.encode()
    assert [one for one in asked if name in one.content and not any(map(one.address.startswith, of_their_own))] == []
    wrote = {one.address for one in asked if one.wrote}
    assert {address for address in wrote if not any(map(address.startswith, of_their_own))} == set()


def test_staff_without_rights_see_the_frame_and_nothing_in_it(world: World, walk: Walk) -> None:
    client = without_rights(world)
    asked = look_everywhere(client, world, walk) + send_empty_forms(client, walk)

    inside = [one for one in asked if not one.address.startswith("/portal/")]
    assert {one.address for one in inside if one.is_page} <= OF_ALL_STAFF
    assert [one for one in inside if world.tenant.name.encode() in one.content] == []
    assert [one for one in inside if one.wrote] == []


def test_who_may_only_look_changes_nothing(world: World, walk: Walk) -> None:
    asked = send_empty_forms(with_all_view_rights(world), walk)

    assert [one for one in asked if one.wrote and not one.address.startswith("/portal/")] == []


def test_a_colleague_of_another_portfolio_sees_and_changes_nothing_of_the_lease(world: World, walk: Walk) -> None:
    """Every key in the addresses is one of the lease's, and every list would hold it."""
    client = colleague_of_another_portfolio(world)
    everything = look_everywhere(client, world, walk) + send_empty_forms(client, walk)
    asked = [one for one in everything if "/portal/" not in one.address]

    assert {one.address: name for one in asked for name in names_of(world) if name.encode() in one.content} == {}
    its_pages = [one for one in asked if str(world.envelope.pk) in one.address]
    assert {one.status for one in its_pages} <= {302, 403, 404, 405}
    assert [one for one in asked if one.wrote & TABLES_OF_LEASES] == []


def names_of(world: World) -> list[str]:
    """What would give the lease away on any page."""
    home = world.lease.unit.property
    return [
        world.lease.number,
        home.name,
        home.owner.legal_name,
        *(party.tenant.name for party in world.lease.parties.all()),
    ]
