"""What a web server and a worker look at before they start: neither of them runs Django's checks so that they count."""

from django.core.management import call_command
from django.core.management.base import SystemCheckError


def refuse_dangerous_settings() -> None:
    """Exit with the errors of `propertyapp.checks`, each of which says what to set."""
    try:
        call_command("check", tags=["docusign", "site"])
    except SystemCheckError as errors:
        raise SystemExit(str(errors)) from None
