"""GET /oauth/userinfo: who the token speaks for, and where their account lives.

https://developers.docusign.com/platform/auth/reference/user-info/
"""

from __future__ import annotations

from docusign_emulator.behaviour import limits
from docusign_emulator.oauth import tokens
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.storage.account import User
from docusign_emulator.storage.store import Store


def get(call: Call) -> Reply:
    user, client_id = tokens.bearer(call.store, call.headers)
    _count(call.store, f"{user.user_id} {client_id}")
    return Reply(about(call, user))


def _count(store: Store, who: str) -> None:
    """One more call in this clock hour. Docusign limits them per user and per key, but not saying to how many."""
    most, hour = store.switches["userinfo_hourly_limit"], store.now()[:13]
    before = store.record("userinfo", who)
    count = before["count"] if before and before["hour"] == hour else 0
    if most and count >= most:
        raise limits.hourly_error(store, most)
    store.keep("userinfo", who, {"hour": hour, "count": count + 1})


def about(call: Call, user: User) -> Json:
    """`base_uri` is this server as the client reached it; `is_default` is a JSON boolean here."""
    account = call.store.account
    given, _, family = user.name.partition(" ")
    return {
        "sub": user.user_id,
        "name": user.name,
        "given_name": given,
        "family_name": family,
        "created": user.created,
        "email": user.email,
        "accounts": [
            {
                "account_id": account.id,
                "is_default": True,
                "account_name": account.name,
                "base_uri": call.base_url,
                "organization": {
                    "organization_id": account.organization_id,
                    "links": [{"rel": "self", "href": f"{call.base_url}/organizations/{account.organization_id}"}],
                },
            }
        ],
    }
