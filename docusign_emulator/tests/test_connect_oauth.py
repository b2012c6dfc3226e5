"""OAuth for Connect: messages bring a token of the receiver's own authorization server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from docusign_emulator.tests.conftest import Api, Json, Listener

FORM = {"clientId": "docusign", "clientSecret": "between us", "scope": "connect"}


class Authority(ThreadingHTTPServer):
    """Gives `token-1`, `token-2`, … to who knows the secret."""

    asked: list[dict[str, str]]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/token"


@pytest.fixture
def authority() -> Iterator[Authority]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {key: values[0] for key, values in parse_qs(raw).items()}
            server.asked.append(form)
            known = form.get("client_secret") == FORM["clientSecret"]
            body = json.dumps({"access_token": f"token-{len(server.asked)}"} if known else {"error": "invalid_client"})
            self.send_response(200 if known else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = Authority(("127.0.0.1", 0), Handler)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def told(listener: Listener, **more: str) -> Json:
    return {
        "url": listener.url,
        "events": ["envelope-sent"],
        "deliveryMode": "SIM",
        "requireAcknowledgment": "true",
    } | more


def test_a_message_brings_the_token_its_receiver_gave(api: Api, listener: Listener, authority: Authority) -> None:
    more = {"authorizationServerUrl": authority.url, "customParameters": {"audience": "leases"}}
    made = api.call("POST", "/connect/oauth", FORM | more, expect=201)
    assert "clientSecret" not in made
    assert api.get("/connect/oauth")["clientId"] == "docusign"
    api.create(eventNotification=told(listener, includeOAuth="true"))
    listener.wait_for(1)
    assert listener.received[0].headers["authorization"] == "Bearer token-1"
    [asked] = authority.asked
    assert (asked["grant_type"], asked["scope"], asked["audience"]) == ("client_credentials", "connect", "leases")
    api.create(eventNotification=told(listener))
    listener.wait_for(2)
    assert "authorization" not in listener.received[1].headers


def test_without_a_token_the_message_fails_and_is_tried_again(
    api: Api, listener: Listener, authority: Authority
) -> None:
    api.call(
        "POST", "/connect/oauth", FORM | {"authorizationServerUrl": authority.url, "clientSecret": "?"}, expect=201
    )
    envelope_id = api.create(eventNotification=told(listener, includeOAuth="true"))
    api.docusign.control("POST", "deliveries/flush")
    [failed] = api.docusign.control("GET", f"deliveries?envelopeId={envelope_id}")["deliveries"]
    assert "authorization server" in failed["error"]
    assert listener.received == []
    api.call("PUT", "/connect/oauth", FORM | {"authorizationServerUrl": authority.url})
    api.docusign.control("POST", "deliveries/flush")
    assert listener.events == ["envelope-sent"]


def test_what_was_set_up_is_taken_down_again(api: Api, authority: Authority) -> None:
    assert api.refused("GET", "/connect/oauth", status=404) == "RESOURCE_NOT_FOUND"
    assert api.refused("POST", "/connect/oauth", {"authorizationServerUrl": authority.url}) == (
        "INVALID_REQUEST_PARAMETER"
    )
    api.call("POST", "/connect/oauth", FORM | {"authorizationServerUrl": authority.url}, expect=201)
    api.call("DELETE", "/connect/oauth", {})
    assert api.refused("DELETE", "/connect/oauth", {}, status=404) == "RESOURCE_NOT_FOUND"
