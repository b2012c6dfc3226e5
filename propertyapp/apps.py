"""The project as a Django application: it brings the system checks in."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PropertyAppConfig(AppConfig):
    name = "propertyapp"
    verbose_name = "PropertyApp"

    def ready(self) -> None:
        # Importing registers the checks; it has to wait until the applications are loaded.
        from propertyapp import checks, roles  # noqa: F401, PLC0415

        post_migrate.connect(roles.make_roles, sender=self, dispatch_uid="propertyapp.roles")
