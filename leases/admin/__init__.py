"""Staff's pages for the business.

`LeaseAdmin` is made to be extended: other apps subclass and register it again.
"""

from leases.admin.imports import ImportJobAdmin
from leases.admin.leases import LeaseAdmin
from leases.admin.people import OwnerAdmin, TenantAdmin
from leases.admin.places import PropertyAdmin, UnitAdmin
from leases.admin.portfolios import PortfolioAdmin
from leases.admin.tags import TagAdmin

__all__ = [
    "ImportJobAdmin",
    "LeaseAdmin",
    "OwnerAdmin",
    "PortfolioAdmin",
    "PropertyAdmin",
    "TagAdmin",
    "TenantAdmin",
    "UnitAdmin",
]
