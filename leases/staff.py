"""The leasing office: what its members may do with leases."""

from django.contrib.auth.models import Group, Permission

LEASING_OFFICE = "Leasing office"

# Owners and properties are looked at, not changed; recording a lease as signed on paper needs more trust.
_OFFICE_MAY = {
    "owner": ["view"],
    "property": ["view"],
    "unit": ["view", "add", "change"],
    "tenant": ["view", "add", "change"],
    "lease": ["view", "add", "change", "delete", "cancel", "end"],
    "leaseparty": ["view", "add", "change", "delete"],
    "rentstep": ["view", "add", "change", "delete"],
    "addendum": ["view", "add", "change", "delete"],
    "leasesignature": ["view"],
}


def leasing_office() -> Group:
    """The group of the leasing office, with its permissions on leases added to whatever else it may do."""
    group, _ = Group.objects.get_or_create(name=LEASING_OFFICE)
    wanted = [f"{deed}_{model}" for model, deeds in _OFFICE_MAY.items() for deed in deeds]
    group.permissions.add(*Permission.objects.filter(content_type__app_label="leases", codename__in=wanted))
    return group
