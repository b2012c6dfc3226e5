"""The SDK's HTTP client with deadlines, without hidden retries, and with http for a loopback emulator.

What it cures, each measured: the SDK has no time-out by default, ignores a float, repeats GET and PUT up
to four times on a dropped line (a PUT that resends mails four reminders), and sleeps through Retry-After
inside the worker. The SDK is imported inside functions because it costs 0.2 s that only workers need.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

import urllib3
from django.conf import settings

from esign.models import DocusignConnection

CONNECT_SECONDS = 5

NO_RETRIES = urllib3.Retry(
    total=0, connect=0, read=0, redirect=0, status=0, respect_retry_after_header=False, raise_on_status=False
)


@cache
def _rest_client_class() -> type[Any]:
    from docusign_esign.client.api_response import RESTClientObject

    class DeadlineRESTClient(RESTClientObject):  # type: ignore[misc]  # the SDK has no types
        """RESTClientObject that never waits for ever and never repeats a call by itself."""

        def __init__(self) -> None:
            super().__init__()
            self.pool_manager.connection_pool_kw["retries"] = NO_RETRIES

        def request(self, method: str, url: str, **options: Any) -> Any:
            options["_request_timeout"] = options.get("_request_timeout") or (
                CONNECT_SECONDS,
                settings.DOCUSIGN_READ_SECONDS,
            )
            return super().request(method, url, **options)

    return DeadlineRESTClient


_local = threading.local()


def api_client(connection: DocusignConnection) -> Any:
    """The SDK's ApiClient of this thread for this account: its default headers are not safe to share."""
    from docusign_esign import ApiClient

    clients: dict[tuple[int | None, str], Any] = _local.__dict__.setdefault("clients", {})
    key = (connection.pk, connection.api_base)
    if key not in clients:
        client = ApiClient(host=connection.api_base, oauth_host_name=connection.oauth_host)
        client.rest_client = _rest_client_class()()
        clients[key] = client
    return clients[key]


@cache
def oauth_pool() -> urllib3.PoolManager:
    """For token and user info calls, which the SDK makes with neither deadline nor PKCE nor refresh."""
    import certifi

    return urllib3.PoolManager(
        retries=NO_RETRIES,
        timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=30),
        cert_reqs="CERT_REQUIRED",
        ca_certs=certifi.where(),
    )
