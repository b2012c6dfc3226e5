"""The demo data loads whatever the day. A file of its own, since the others share a portfolio that is there already."""

from datetime import date
from io import StringIO

import pytest
import time_machine

from leases.models import Lease, LeaseStatus
from leases.renewals import due_for_renewal
from propertyapp.local.demo_data.loading import load_demo_data


@pytest.mark.django_db
@pytest.mark.parametrize("day", [date(2027, 1, 31), date(2028, 2, 29)])
def test_the_portfolio_loads_on_any_day_of_the_year(day: date) -> None:
    out = StringIO()
    with time_machine.travel(f"{day}T20:00:00Z", tick=False):
        load_demo_data(out)
        assert "40 leases are new" in out.getvalue()
        assert Lease.objects.filter(status=LeaseStatus.ACTIVE).count() >= 20
        assert due_for_renewal(day, 90).exists()
