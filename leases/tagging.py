"""What has a tag: a lease itself or by its property."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from leases.models import Lease, Property, Tag

Tags = QuerySet[Tag] | Iterable[Tag]


def leases_with(tags: Tags) -> Q:
    """A condition on leases: they or their properties have at least one of these. No lease comes twice."""
    own: QuerySet[Any] = Lease.tags.through._default_manager.filter(tag__in=tags)
    return Q(pk__in=own.values("lease")) | Q(unit__property__in=_properties(tags))


def properties_with(tags: Tags) -> Q:
    """The same of properties."""
    return Q(pk__in=_properties(tags))


def _properties(tags: Tags) -> QuerySet[Any]:
    tagged: QuerySet[Any] = Property.tags.through._default_manager.filter(tag__in=tags)
    return tagged.values("property")
