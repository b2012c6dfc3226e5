"""OAuth for Connect: messages carry a token that the receiver's own authorization server gave us.

https://developers.docusign.com/platform/webhooks/connect/validation-and-security/oauth-connect/
"""

from __future__ import annotations

import json
from urllib.parse import urlencode

from docusign_emulator.connect import outgoing
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.store import Store

KIND, ID = "connect_oauth", "account"


def configured(store: Store) -> Json | None:
    """What the account has set up."""
    return store.record(KIND, ID)


def token(facts: Json) -> tuple[str, str | None]:
    """A token by the client credentials grant, or what went wrong. Never inside a transaction: it asks over the net."""
    form = {
        "grant_type": "client_credentials",
        "client_id": formats.text(facts.get("clientId")),
        "client_secret": formats.text(facts.get("clientSecret")),
        **({"scope": formats.text(facts["scope"])} if facts.get("scope") else {}),
        **{name: formats.text(value) for name, value in formats.child(facts, "customParameters").items()},
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    answer = outgoing.post(formats.text(facts.get("authorizationServerUrl")), urlencode(form).encode(), headers)
    if answer.error:
        return "", f"The authorization server gave no token. {answer.error}"
    try:
        given = json.loads(answer.body).get("access_token")
    except (ValueError, AttributeError):
        given = None
    return (given, None) if isinstance(given, str) else ("", "The authorization server gave no token.")
