"""The business: owners, properties, units, tenants and their leases."""

from django.apps import AppConfig


class LeasesConfig(AppConfig):
    name = "leases"
    verbose_name = "Leasing"
