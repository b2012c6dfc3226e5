"""The project as a Django application: it brings the system checks in."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class PropertyAppConfig(AppConfig):
    name = "propertyapp"
    verbose_name = "PropertyApp"

    def ready(self) -> None:
        # Importing registers the checks; it has to wait until the applications are loaded.
        from propertyapp import checks, roles  # noqa: F401, PLC0415

        # The groups' rights are those of leases and esign, so this follows their migrations and not our own.
        leases = apps.get_app_config("leases")
        post_migrate.connect(roles.make_roles, sender=leases, dispatch_uid="propertyapp.roles")
