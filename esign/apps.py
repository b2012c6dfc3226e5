"""The e-signature room: everything that gets a lease signed."""

from django.apps import AppConfig


class EsignConfig(AppConfig):
    name = "esign"
    verbose_name = "E-signature"
