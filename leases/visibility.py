"""Whose rows a member of staff sees: those of the portfolios that they are in.

Every list, search, page, document, export and task of staff asks `visible_to`. Each model says here, or in its own app,
how its rows are reached from a property; a model that says nothing is shown to no one who is limited.

Staff with the right *Can see the rows of every portfolio* are not limited. People with neither that right
nor a portfolio see no rows at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from leases.errors import LeaseError
from leases.models import (
    Addendum,
    ImportJob,
    Lease,
    LeaseParty,
    LeaseSignature,
    Owner,
    Portfolio,
    Property,
    RentStep,
    Tag,
    Tenant,
    Unit,
)

Rows = TypeVar("Rows", bound=QuerySet[Any])
Limit = Callable[[User], Q]

SEE_ALL = "leases.see_all_portfolio"
NOTHING = Q(pk__in=[])

_limits: dict[type[Model], Limit] = {}


class OutsidePortfolio(LeaseError):
    """Somebody would save a row that they could not see afterwards."""

    def __init__(self, message: str = "") -> None:
        super().__init__(
            message
            or "This lies outside the portfolios you are in, so nothing was saved. Choose an owner, a property or a "
            "unit of your own portfolios, or ask an administrator."
        )


def visible_to(user: User, rows: Rows) -> Rows:
    """Those of `rows` that this person may look at and act on, as far as portfolios go; rights are asked elsewhere."""
    if sees_everything(user):
        return rows
    limit = _limits.get(rows.model) if user.is_authenticated else None
    return rows.filter(limit(user) if limit else NOTHING)


def sees_everything(user: User) -> bool:
    return user.has_perm(SEE_ALL)


def can_see(user: User, row: Model) -> bool:
    """Whether this row is one of those that `visible_to` leaves."""
    return sees_everything(user) or visible_to(user, type(row)._default_manager.filter(pk=row.pk)).exists()


def is_limited(model: type[Model]) -> bool:
    """Whether it is said whose the rows of this model are. Users and groups, for example, are no one's."""
    return model in _limits


def limit_by(model: type[Model], limit: Limit) -> None:
    """Say whose the rows of a model are: `limit` returns the condition for one person."""
    _limits[model] = limit


def limit_by_path(model: type[Model], path: str) -> None:
    """Rows follow the property at the end of `path`, such as `lease__unit__property`."""
    limit_by(model, lambda user: Q(**{f"{path}__in": properties_of(user)}))


def open_to_all_staff(*models: type[Model]) -> None:
    """These belong to the company and to no property, such as the wording of documents."""
    for model in models:
        limit_by(model, lambda user: Q())


def owners_of(user: User) -> QuerySet[Any]:
    """The owners whose every property is in a portfolio of this person, by key."""
    return Portfolio.owners.through._default_manager.filter(portfolio__members=user).values("owner")


def properties_of(user: User) -> QuerySet[Any]:
    """The properties in the portfolios of this person, by key."""
    single = Portfolio.properties.through._default_manager.filter(portfolio__members=user).values("property")
    return Property.objects.filter(Q(owner__in=owners_of(user)) | Q(pk__in=single)).order_by().values("pk")


def _owners(user: User) -> Q:
    return Q(pk__in=owners_of(user)) | Q(properties__in=properties_of(user))


def _tenants(user: User) -> Q:
    """People of the leases they see, and those whom they added themselves and who are in no lease yet."""
    parties = LeaseParty.objects.filter(lease__unit__property__in=properties_of(user))
    added = Tenant.history.filter(history_type="+", history_user=user)
    free = ~Exists(LeaseParty.objects.filter(tenant=OuterRef("pk")))
    return Q(pk__in=parties.values("tenant")) | (Q(pk__in=added.values("id")) & Q(free))


open_to_all_staff(Tag)
limit_by(Owner, lambda user: Q(pk__in=Owner.objects.filter(_owners(user)).order_by().values("pk")))
limit_by(Property, lambda user: Q(pk__in=properties_of(user)))
limit_by(Tenant, _tenants)
limit_by(Portfolio, lambda user: NOTHING)
limit_by(ImportJob, lambda user: Q(asked_by=user))
limit_by_path(Unit, "property")
limit_by_path(Lease, "unit__property")
for part in (Addendum, LeaseParty, LeaseSignature, RentStep):
    limit_by_path(part, "lease__unit__property")
