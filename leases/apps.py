"""The business: owners, properties, units, tenants and their leases."""

from django.apps import AppConfig


class LeasesConfig(AppConfig):
    name = "leases"
    verbose_name = "Leasing"

    def ready(self) -> None:
        from leases.lease_rules import TRIGGERS  # noqa: PLC0415  # models are not loaded when this module is
        from leases.triggers import keep_installed  # noqa: PLC0415  # as above

        keep_installed(self, TRIGGERS)
