"""The e-signature room: everything that gets a lease signed."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, post_save


class EsignConfig(AppConfig):
    name = "esign"
    verbose_name = "E-signature"

    def ready(self) -> None:
        from esign.evidence import lease_events  # noqa: PLC0415  # models are not loaded when this module is
        from esign.models import triggers  # noqa: PLC0415  # as above

        post_save.connect(lease_events.write_down, sender="leases.Lease", dispatch_uid="esign.evidence.lease_events")
        post_migrate.connect(triggers.put_back, sender=self, dispatch_uid="esign.models.triggers")
