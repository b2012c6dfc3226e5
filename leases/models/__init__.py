"""The tables of the business, one module for each concept."""

from leases.models.addenda import Addendum, AddendumKind
from leases.models.imports import ImportJob
from leases.models.lease import Lease
from leases.models.numbers import LeaseNumberSeries
from leases.models.owners import Owner
from leases.models.parties import LANDLORD, LeaseParty, PartyRole
from leases.models.places import AtTermEnd, IncreaseKind, Property, Unit
from leases.models.portfolios import Portfolio
from leases.models.rent import RentStep
from leases.models.signatures import LeaseSignature, SignatureSource
from leases.models.tags import Tag
from leases.models.tenants import Channel, Tenant
from leases.status import LeaseStatus

__all__ = [
    "LANDLORD",
    "Addendum",
    "AddendumKind",
    "AtTermEnd",
    "Channel",
    "ImportJob",
    "IncreaseKind",
    "Lease",
    "LeaseNumberSeries",
    "LeaseParty",
    "LeaseSignature",
    "LeaseStatus",
    "Owner",
    "PartyRole",
    "Portfolio",
    "Property",
    "RentStep",
    "SignatureSource",
    "Tag",
    "Tenant",
    "Unit",
]
