"""Which user has let which integration key act, and with which scopes. Remembered until revoked.

https://developers.docusign.com/platform/auth/consent/
"""

from __future__ import annotations

from docusign_emulator.storage.store import Store

SCOPES = {
    "signature", "impersonation", "extended", "openid", "email", "profile", "click.manage", "click.send",
    "organization_read", "group_read", "permission_read", "user_read", "user_write", "account_read", "account_write",
    "domain_read", "identity_provider_read", "cors", "aow_manage", "dtr.rooms.read", "dtr.rooms.write",
    "spring_read", "spring_write", "models_read", "document_uploader_read", "document_uploader_write",
}  # fmt: skip


def grant(store: Store, user_id: str, client_id: str, scopes: set[str]) -> None:
    """Add scopes to what the user has granted before."""
    store.keep("consent", _id(user_id, client_id), {"scopes": sorted(granted(store, user_id, client_id) | scopes)})


def granted(store: Store, user_id: str, client_id: str) -> set[str]:
    facts = store.record("consent", _id(user_id, client_id))
    return set(facts["scopes"]) if facts else set()


def revoke(store: Store, user_id: str, client_id: str) -> None:
    """Live access tokens work on until they expire; refresh tokens do not."""
    store.drop("consent", _id(user_id, client_id))
    for refresh in store.records("refresh"):
        if (refresh["userId"], refresh["clientId"]) == (user_id, client_id):
            store.drop("refresh", refresh["token"])


def seed(store: Store, *, given: bool) -> None:
    """At start and after a reset: the service user has consented for the confidential key, or no one has."""
    account = store.account
    for user in store.users():
        for app in account.apps:
            revoke(store, user.user_id, app.integration_key)
    if given:
        grant(
            store, account.sender.user_id, account.apps[0].integration_key, {"signature", "impersonation", "extended"}
        )


def _id(user_id: str, client_id: str) -> str:
    return f"{user_id} {client_id}"
