"""Load all demo data: portfolio, renewal rule and, on a machine of one's own, logins. Running it again adds only
what is missing."""

from typing import TextIO

from esign.models import BatchRule
from propertyapp.exposure import is_local
from propertyapp.local.demo_data.load import load_portfolio, load_staff

RULE = "Renewal offers, 90 days before the end"


def load_demo_data(out: TextIO) -> None:
    """Load what is missing and write to `out` what is new."""
    loaded = load_portfolio()
    if loaded.leases or loaded.tenants:
        out.write(
            f"Demo data: {loaded.owners} owners, {loaded.properties} properties, {loaded.units} units, "
            f"{loaded.tenants} people and {loaded.leases} leases are new.\n"
        )
    else:
        out.write("Demo data: everything is there already.\n")
    _, is_new = BatchRule.objects.get_or_create(name=RULE, defaults={"days_before_end": 90, "is_active": False})
    if is_new:
        out.write(f"Demo batch rule: {RULE} (switched off).\n")
    if not is_local():
        out.write("No demo logins: they are made only with the emulator, on a site that others cannot reach.\n")
        return
    for username in load_staff():
        out.write(f"Demo login: {username} / {username}\n")
