"""Everything that gets a lease signed."""

from django.apps import AppConfig
from django.db.models.signals import post_save


class EsignConfig(AppConfig):
    name = "esign"
    verbose_name = "E-signature"

    def ready(self) -> None:
        from esign.evidence import lease_events  # noqa: PLC0415  # models are not loaded when this module is
        from esign.models.triggers import TRIGGERS  # noqa: PLC0415  # as above
        from esign.models.visibility import say_whose_rows_these_are  # noqa: PLC0415  # as above
        from leases.triggers import keep_installed  # noqa: PLC0415  # as above

        post_save.connect(lease_events.write_down, sender="leases.Lease", dispatch_uid="esign.evidence.lease_events")
        keep_installed(self, TRIGGERS)
        say_whose_rows_these_are()
