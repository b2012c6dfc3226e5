"""The project as a Django application: it brings the system checks in."""

from django.apps import AppConfig


class PropertyAppConfig(AppConfig):
    name = "propertyapp"
    verbose_name = "PropertyApp"

    def ready(self) -> None:
        # Importing registers the checks; it has to wait until the applications are loaded.
        from propertyapp import checks  # noqa: F401, PLC0415
