"""Staff of one portfolio: what they find, change, take away and import, and what stays hidden from them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser, User
from django.test import Client
from django.urls import reverse

from esign.envelopes.action_rules import EnvelopeAction
from esign.models import BatchRule, Envelope
from leases.models import Lease, LeaseParty, Owner, Portfolio, Tenant, Unit
from leases.transfer import TenantResource, UnitResource
from leases.visibility import can_see, is_limited, visible_to
from tests.factories import LeaseFactory, PropertyFactory, TenantFactory, UnitFactory, UserFactory, bring_to
from tests.walk.addresses import OF_THE_COMPANY, World, make_world, member_of_another_portfolio

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def olga(world: World) -> User:
    return member_of_another_portfolio(world)


@pytest.fixture
def desk(olga: User) -> Client:
    client = Client()
    client.force_login(olga)
    return client


def first_tenant(lease: Lease) -> Tenant:
    return lease.parties.all()[0].tenant


def limited_models() -> Iterator[Any]:
    for app in ("leases", "esign"):
        yield from filter(is_limited, apps.get_app_config(app).get_models())


def test_of_every_kind_of_row_a_colleague_sees_none_of_another_portfolio(world: World, olga: User) -> None:
    theirs = world.other.lease.unit.property
    Portfolio.objects.get().owners.clear()

    seen = {model.__name__ for model in limited_models() if visible_to(olga, model._default_manager.all()).exists()}
    assert seen <= OF_THE_COMPANY
    assert seen, "the world has rows of the company"

    Portfolio.objects.get().properties.add(theirs)
    assert list(visible_to(olga, Lease.objects.all())) == [world.other.lease]
    assert list(visible_to(olga, Envelope.objects.all())) == [world.other]
    assert set(visible_to(olga, Tenant.objects.all())) == {party.tenant for party in world.other.lease.parties.all()}
    assert list(visible_to(olga, Owner.objects.all())) == [theirs.owner]


def test_a_portfolio_of_an_owner_holds_later_properties_too(world: World, olga: User) -> None:
    owner = world.other.lease.unit.property.owner
    new = PropertyFactory(owner=owner)

    assert can_see(olga, new)
    assert can_see(olga, UnitFactory(property=new))


def test_who_has_neither_right_nor_portfolio_sees_no_rows(world: World) -> None:
    without = UserFactory(is_superuser=False, sees_all_portfolios=False)

    assert not visible_to(without, Lease.objects.all()).exists()
    assert not visible_to(without, Tenant.objects.all()).exists()
    with_right = UserFactory(is_superuser=False)
    assert visible_to(with_right, Lease.objects.all()).count() == Lease.objects.count()


def test_a_model_of_which_nothing_is_said_is_hidden(olga: User) -> None:
    assert not visible_to(olga, User.objects.all()).exists()
    assert not is_limited(User)


@pytest.mark.parametrize(
    ("model", "hidden"),
    [
        ("lease", lambda lease: lease.number),
        ("lease", lambda lease: lease.parties.first().tenant.email),
        ("tenant", lambda lease: lease.parties.first().tenant.name),
        ("property", lambda lease: lease.unit.property.name),
        ("unit", lambda lease: lease.unit.property.name),
        ("owner", lambda lease: lease.unit.property.owner.legal_name),
    ],
)
def test_search_finds_only_their_own(world: World, olga: User, desk: Client, model: str, hidden: Any) -> None:
    url = reverse(f"admin:leases_{model}_changelist")

    def results(lease: Lease) -> set[Any]:
        return set(desk.get(url, {"q": hidden(lease)}).context["cl"].queryset)

    allowed = visible_to(olga, apps.get_model("leases", model)._default_manager.all())
    assert results(world.other.lease)
    assert results(world.lease) | results(world.other.lease) <= set(allowed)


def test_choices_of_a_form_are_their_own(world: World, desk: Client) -> None:
    def offered(model: str, field: str, row: Any) -> bool:
        asked = {"app_label": "leases", "model_name": model, "field_name": field, "term": ""}
        answer = desk.get(reverse("admin:autocomplete"), asked).json()
        return str(row.pk) in {one["id"] for one in answer["results"]}

    theirs, foreign = world.other.lease, world.lease
    for model, field, own, hidden in (
        ("lease", "unit", theirs.unit, foreign.unit),
        ("unit", "property", theirs.unit.property, foreign.unit.property),
        ("leaseparty", "tenant", first_tenant(theirs), first_tenant(foreign)),
    ):
        assert offered(model, field, own)
        assert not offered(model, field, hidden)


def test_filters_offer_only_their_own_properties(world: World, desk: Client) -> None:
    for name in ("leases_lease", "leases_unit", "leases_tenant", "esign_envelope"):
        page = desk.get(reverse(f"admin:{name}_changelist")).content.decode()
        assert world.lease.unit.property.name not in page


def test_nothing_is_saved_outside_the_portfolio(world: World, desk: Client) -> None:
    """A unit moved to a foreign property is refused by the form; what no form can judge is taken back."""
    unit = world.other.lease.unit
    foreign = world.lease.unit.property
    fields = {"property": foreign.pk, "number": "999", "bedrooms": 1, "bathrooms": "1.0"}
    refused = desk.post(reverse("admin:leases_unit_change", args=[unit.pk]), fields)
    assert refused.status_code in (200, 422)
    unit.refresh_from_db()
    assert unit.property != foreign

    owner = {
        "legal_name": "Elsewhere LLC", "mailing_address": "1 Elm", "email": "a@elsewhere.example",
        "signatory_name": "Ann Elm", "signatory_email": "ann@elsewhere.example",
    }  # fmt: skip
    told = desk.post(reverse("admin:leases_owner_add"), owner, follow=True)
    assert "outside the portfolios you are in" in told.content.decode()
    assert not Owner.objects.filter(legal_name="Elsewhere LLC").exists()


def test_an_owner_of_whom_they_have_one_property_is_only_looked_at(world: World, olga: User, desk: Client) -> None:
    owner = world.other.lease.unit.property.owner
    page = reverse("admin:leases_owner_change", args=[owner.pk])
    assert b'name="_save"' in desk.get(page).content

    portfolio = Portfolio.objects.get()
    portfolio.owners.clear()
    portfolio.properties.add(world.other.lease.unit.property)
    looked_at = desk.get(page)
    assert looked_at.status_code == 200
    assert b'name="_save"' not in looked_at.content


def test_a_tenant_whom_they_added_is_theirs_until_in_a_lease_of_others(olga: User, desk: Client) -> None:
    asked = {"name": "Nora Field", "email": "nora@example.com", "language": "en", "preferred_channel": "portal"}
    formsets = {f"parties-{part}": 0 for part in ("TOTAL_FORMS", "INITIAL_FORMS")}
    desk.post(reverse("admin:leases_tenant_add"), asked | formsets)
    nora = Tenant.objects.get(name="Nora Field")

    assert can_see(olga, nora)
    LeaseParty.objects.create(lease=LeaseFactory(tenants=1), tenant=nora, role="tenant")
    assert not can_see(olga, nora)
    assert not can_see(olga, TenantFactory())


def test_a_tenants_page_shows_only_their_own_leases_of_the_person(world: World, desk: Client) -> None:
    shared = first_tenant(world.other.lease)
    elsewhere = LeaseFactory(tenants=1)
    LeaseParty.objects.filter(lease=elsewhere).update(tenant=shared)
    bring_to(elsewhere, "active")

    page = desk.get(reverse("admin:leases_tenant_change", args=[shared.pk])).content.decode()
    assert world.other.lease.number in page
    assert elsewhere.number not in page
    assert str(elsewhere.unit) not in desk.get(reverse("admin:leases_tenant_changelist")).content.decode()


def test_personal_data_of_somebody_in_a_lease_of_others_is_not_handed_out(world: World, desk: Client) -> None:
    shared = first_tenant(world.other.lease)
    page = reverse("admin:leases_tenant_personal_data", args=[shared.pk])
    assert desk.post(page, {"export": "yes"}).headers["Content-Type"] == "application/zip"

    LeaseParty.objects.create(lease=LeaseFactory(tenants=1), tenant=shared, role="tenant")
    told = desk.post(page, {"export": "yes"}, follow=True)
    assert "outside your portfolios" in told.content.decode()


def test_history_of_rows_that_are_gone_is_for_those_who_see_all(world: World, desk: Client) -> None:
    gone = TenantFactory(name="Gone Person")
    key = gone.pk
    gone.delete()

    assert desk.get(reverse("admin:leases_tenant_history", args=[key])).status_code == 404
    desk.force_login(UserFactory())
    assert desk.get(reverse("admin:leases_tenant_history", args=[key])).status_code == 200


def test_exports_hold_only_their_own(world: World, olga: User) -> None:
    rows = UnitResource(olga).export().csv
    assert world.other.lease.unit.property.name in rows
    assert world.lease.unit.property.name not in rows
    assert world.tenant.name not in TenantResource(olga).export().csv


def test_an_import_neither_adds_to_nor_changes_other_portfolios(world: World, olga: User) -> None:
    import tablib  # type: ignore[import-untyped]  # noqa: PLC0415  # slow, and needed only here

    theirs, foreign = world.other.lease.unit.property.name, world.lease.unit.property.name
    rows = tablib.Dataset((theirs, "77"), headers=("property", "number"))
    assert not UnitResource(olga).import_data(rows, user=olga).has_errors()
    assert Unit.objects.filter(property__name=theirs, number="77").exists()

    rows = tablib.Dataset((foreign, "78"), headers=("property", "number"))
    result = UnitResource(olga).import_data(rows, user=olga)
    assert "There is no property called" in str(result.row_errors()[0][1][0].error)
    assert not Unit.objects.filter(number="78").exists()


def test_actions_on_chosen_rows_skip_those_of_others(world: World, desk: Client) -> None:
    both = f"{world.envelope.pk},{world.other.pk}"
    page = desk.get(reverse("admin:esign_envelope_press", args=[EnvelopeAction.VOID]), {"ids": both})
    assert world.other.lease.number in page.content.decode()
    assert world.lease.number not in page.content.decode()

    only_foreign = {"ids": str(world.envelope.pk)}
    assert desk.get(reverse("admin:esign_envelope_press", args=[EnvelopeAction.VOID]), only_foreign).status_code == 404


def test_of_what_they_choose_in_a_list_a_campaign_gets_only_their_own(world: World, desk: Client) -> None:
    both = [str(world.envelope.pk), str(world.other.pk)]
    chosen = desk.post(
        reverse("admin:esign_envelope_changelist"), {"action": "extend_chosen", "_selected_action": both}
    )
    page = desk.get(chosen["Location"]).content.decode()
    assert "Give more time to sign: 1 envelope" in page


def test_a_rule_for_all_properties_is_for_those_who_see_all(world: World, olga: User) -> None:
    everywhere = BatchRule.objects.create(name="All")
    here = BatchRule.objects.create(name="Here")
    here.properties.add(world.other.lease.unit.property)
    mixed = BatchRule.objects.create(name="Mixed")
    mixed.properties.add(world.other.lease.unit.property, world.lease.unit.property)

    assert list(visible_to(olga, BatchRule.objects.all())) == [here]
    assert can_see(UserFactory(), everywhere)
    assert can_see(UserFactory(), mixed)


def test_portfolios_are_changed_only_by_those_who_see_all(olga: User, desk: Client) -> None:
    page = reverse("admin:leases_portfolio_change", args=[Portfolio.objects.get().pk])
    assert desk.get(page).status_code == 302
    desk.post(reverse("admin:leases_portfolio_add"), {"name": "Everything", "members": [olga.pk]})
    assert Portfolio.objects.count() == 1


def test_someone_who_is_not_signed_in_sees_nothing() -> None:
    LeaseFactory()
    assert not visible_to(AnonymousUser(), Lease.objects.all()).exists()  # type: ignore[arg-type]  # as a mistake would


def test_pages_of_staff_ask_for_rows_by_visible_to() -> None:
    """`Lease.objects` and its like stand only in functions that ask `visible_to`, or in the list below."""
    names = {model.__name__ for model in limited_models()} - OF_THE_COMPANY
    found = {
        f"{path.relative_to(ROOT)}: {said}"
        for room in ("leases/admin", "esign/admin")
        for path in sorted((ROOT / room).rglob("*.py"))
        for said in unlimited(ast.parse(path.read_text()), names)
    }
    assert found == OF_ROWS_ALREADY_SEEN


OF_ROWS_ALREADY_SEEN = {
    # Parts of a query over rows that are limited themselves.
    "leases/admin/places.py: queryset takes Lease",
    "leases/admin/places.py: get_queryset takes Lease",
    "esign/admin/envelopes/pages.py: queryset takes Envelope",
    "esign/admin/envelopes/pages.py: get_ordering takes Envelope",
    "esign/admin/leases/pages.py: get_queryset takes LeaseSignature",
    "esign/admin/leases/pages.py: get_queryset takes Envelope",
    # What belongs to a row that was looked up by `visible_to`.
    "esign/admin/campaigns/runs.py: page_of takes Envelope",
    "esign/admin/envelopes/corrections.py: show_access_code takes Signer",
    "esign/admin/leases/evidence.py: _documents takes EnvelopeDocument",
    "esign/admin/leases/notice.py: _send takes Notice",
    "esign/admin/leases/notice.py: notices_of takes Envelope",
    "esign/admin/leases/notice.py: proof_of takes Notice",
    "esign/admin/leases/pages.py: filled_in takes FormAnswer",
    "esign/admin/leases/pages.py: objection_to takes Envelope",
    "esign/admin/people.py: _erase takes Tenant",
    # Numbers and times of the whole company, which name no one.
    "esign/admin/connection/pages.py: my_page takes Envelope",
    "esign/admin/templates/pages.py: _used takes EnvelopeDocument",
    "esign/admin/today.py: _connection takes WebhookMessage",
    # Only for those who see everything.
    "esign/admin/connection/undelivered.py: _one_envelope takes Envelope",
}


def unlimited(tree: ast.Module, names: set[str]) -> Iterator[str]:
    """The models of which a function takes rows without a word of `visible_to`."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        if any(getattr(node, "id", "") == "visible_to" for node in ast.walk(function)):
            continue
        for node in ast.walk(function):
            taken = node.value if isinstance(node, ast.Attribute) and node.attr == "objects" else None
            if isinstance(taken, ast.Name) and taken.id in names:
                yield f"{function.name} takes {taken.id}"
