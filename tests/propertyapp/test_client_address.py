"""The caller's address is what our own proxies saw, and nothing that a caller writes."""

import logging
from ipaddress import ip_network

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from propertyapp.client_address import WAS_FORWARDED, ClientAddress, caller

OURS = [ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("::1")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "203.0.113.1, 198.51.100.7", "198.51.100.7"),  # the caller wrote the first one
        ("127.0.0.1", "198.51.100.7, 10.0.0.5", "198.51.100.7"),  # two proxies of ours
        ("127.0.0.1", "10.0.0.9, 10.0.0.5", "10.0.0.9"),  # a colleague inside
        ("", "198.51.100.7", "198.51.100.7"),  # over a Unix socket
        ("198.51.100.7", "203.0.113.1", "198.51.100.7"),  # not through a proxy of ours
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.1, nonsense", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("::1", "2001:db8::7", "2001:db8::7"),
    ],
)
def test_the_caller_is_the_first_address_from_the_right_that_is_no_proxy(
    peer: str, forwarded: str, address: str
) -> None:
    assert caller(peer, forwarded, OURS) == address


def test_without_trusted_proxies_no_header_is_believed() -> None:
    assert caller("127.0.0.1", "203.0.113.1", []) == "127.0.0.1"
    assert caller("", "203.0.113.1", []) == ""


def test_no_other_header_gets_into_the_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    forged = ("X-Real-IP", "Client-IP", "X-Client-IP", "X-Forwarded", "X-Cluster-Client-IP", "Forwarded-For", "Via")
    with caplog.at_level(logging.INFO):
        client.get("/no-such-page/", headers=dict.fromkeys(forged, "203.0.113.66"))

    lines = [record.getMessage() for record in caplog.records if "request_finished" in record.getMessage()]
    assert lines and all("127.0.0.1" in line for line in lines)
    assert "203.0.113.66" not in caplog.text


@given(st.text(max_size=40), st.text(alphabet="0123456789., :abcdef", max_size=60))
def test_any_header_can_be_read(peer: str, forwarded: str) -> None:
    assert isinstance(caller(peer, forwarded, OURS), str)


@pytest.mark.parametrize("trusted", [[], ["127.0.0.1"]])
def test_libraries_behind_see_one_address_and_no_header(trusted: list[str], settings: Settings) -> None:
    settings.TRUSTED_PROXIES = trusted
    seen: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    ClientAddress(view)(RequestFactory().get("/", headers={"X-Forwarded-For": "198.51.100.7"}))

    assert seen[0].META["REMOTE_ADDR"] == ("198.51.100.7" if trusted else "127.0.0.1")
    assert "HTTP_X_FORWARDED_FOR" not in seen[0].META
    assert seen[0].META[WAS_FORWARDED]
