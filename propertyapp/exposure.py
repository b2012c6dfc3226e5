"""Whether this site is one developer's own, or one that other people can reach.

On a site of one's own the emulator plays Docusign, our mails can be read at /portal/outbox/, and the demo logins
work. Everywhere else all three would hand the tenants' leases to strangers.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings

# The last is what Django's test client calls the site; no address on the internet is called so.
OWN_HOSTS = frozenset({"127.0.0.1", "localhost", "::1", "[::1]", "testserver"})
# Made by `make run`; the password of each is its name.
DEMO_LOGINS = ("admin", "leasing")


def _is_own(url: str) -> bool:
    return (urlsplit(url).hostname or "") in OWN_HOSTS


def is_local_site(environment: str, oauth_base: str, public_url: str, allowed_hosts: Sequence[str]) -> bool:
    """True when only this machine reaches the site and Docusign is played by the emulator beside it."""
    ours = _is_own(oauth_base) and _is_own(public_url) and set(allowed_hosts) <= OWN_HOSTS
    return environment == "emulator" and ours


def is_local() -> bool:
    """The same of the settings in force."""
    return is_local_site(
        settings.DOCUSIGN_ENVIRONMENT, settings.DOCUSIGN_OAUTH_BASE, settings.PUBLIC_URL, settings.ALLOWED_HOSTS
    )


def public_names() -> list[str]:
    """The names in the settings by which others could reach the site."""
    names = [urlsplit(settings.PUBLIC_URL).hostname or "", *settings.ALLOWED_HOSTS]
    return sorted({name for name in names if name and name not in OWN_HOSTS})
