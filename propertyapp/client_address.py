"""Who calls, when proxies stand in between: decided once, here, for logs, limits and records alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

FORWARDED = "HTTP_X_FORWARDED_FOR"
# Set when a proxy, trusted or not, passed the request on: then the caller is not on this machine.
WAS_FORWARDED = "propertyapp.was_forwarded"

Network = IPv4Network | IPv6Network


class ClientAddress:
    """Puts the caller's address into REMOTE_ADDR, and takes the header away that anybody can write.

    Each proxy adds the address it was called from on the right. So the list is read from the right for as long as the
    addresses are proxies of ours (TRUSTED_PROXIES); the first that is none is the caller.
    https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Forwarded-For
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        forwarded = request.META.pop(FORWARDED, None)
        if forwarded is not None:
            request.META[WAS_FORWARDED] = True
            request.META["REMOTE_ADDR"] = caller(
                request.META.get("REMOTE_ADDR", ""), forwarded, [ip_network(one) for one in settings.TRUSTED_PROXIES]
            )
        return self.get_response(request)


def caller(peer: str, forwarded: str, proxies: Sequence[Network]) -> str:
    """The caller's address: `peer` opened the connection, `forwarded` is what X-Forwarded-For says.

    A connection over a Unix socket has no peer address; only a proxy of ours can reach that socket.
    """
    address = peer
    for further in reversed([part.strip() for part in forwarded.split(",")]):
        if not _is_proxy(address, proxies) or not _is_address(further):
            break
        address = further
    return address


def _is_proxy(address: str, proxies: Sequence[Network]) -> bool:
    if not address:
        return bool(proxies)
    return _is_address(address) and any(ip_address(address) in network for network in proxies)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
