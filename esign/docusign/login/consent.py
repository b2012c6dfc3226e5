"""What we ask to be allowed to do, and where a person allows it.

Only what the features switched on need is asked for (DOCUSIGN_FEATURES). A feature added later waits for its own
consent, while leases go on being sent by the consent there is.

https://developers.docusign.com/platform/auth/consent/
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.conf import settings
from django.urls import reverse

from esign.docusign.errors import NotSignedIn
from esign.models import DocusignConnection, Grant


@dataclass(frozen=True)
class Feature:
    """Something the site does at Docusign, and the scopes it cannot do without."""

    does: str
    scopes: tuple[str, ...]


FEATURES = {
    "signing": Feature("Send leases for signature", ("signature",)),
    "workflows": Feature("Start Maestro workflows", ("aow_manage",)),
    "connected_fields": Feature("Place the fields of extension apps", ("adm_store_unified_repo_read",)),
}


def features() -> list[Feature]:
    """Those switched on; sending is always one of them. Raises NotSignedIn for a name that does not exist."""
    unknown = sorted(set(settings.DOCUSIGN_FEATURES) - FEATURES.keys())
    if unknown:
        raise NotSignedIn(
            f"DOCUSIGN_FEATURES names {', '.join(unknown)}, which does not exist. There are: {', '.join(FEATURES)}."
        )
    return [feature for name, feature in FEATURES.items() if name == "signing" or name in settings.DOCUSIGN_FEATURES]


def least_scopes(connection: DocusignConnection) -> tuple[str, ...]:
    """Without which no lease can be sent through this connection."""
    if connection.grant == Grant.JWT:
        return ("signature", "impersonation")
    return ("signature", "extended") if settings.DOCUSIGN_STAY_CONNECTED else ("signature",)


def wanted_scopes(connection: DocusignConnection) -> tuple[str, ...]:
    """For everything switched on. Staff's own accounts are only sent from."""
    if connection.is_personal:
        return least_scopes(connection)
    further = [scope for feature in features() for scope in feature.scopes]
    return tuple(dict.fromkeys([*least_scopes(connection), *further]))


def features_waiting(connection: DocusignConnection) -> list[str]:
    """What the site cannot do until consent is given again."""
    missing = set(connection.consent_missing.split())
    return [feature.does for feature in features() if missing & set(feature.scopes)]


def redirect_uri() -> str:
    """Where Docusign sends the browser back to. It must stand, letter by letter, on the Apps and Keys page."""
    return f"{settings.PUBLIC_URL}{reverse('esign:oauth-callback')}"


def consent_url(connection: DocusignConnection, *, state: str, challenge: str) -> str:
    """Where the user we act as allows it for themselves (individual consent)."""
    return _authorize_url(connection, {"scope": " ".join(wanted_scopes(connection))}, state, challenge)


def admin_consent_url(connection: DocusignConnection, *, state: str, challenge: str) -> str:
    """Where an administrator of another organisation allows it for all its users.

    (Inside the organisation that owns the integration key there is no address: Docusign Admin grants it.)
    https://developers.docusign.com/platform/auth/consent/obtaining-admin-consent-external/
    """
    scopes = {"scope": "openid", "admin_consent_scope": " ".join(wanted_scopes(connection))}
    return _authorize_url(connection, scopes, state, challenge)


def authorize_url(connection: DocusignConnection, *, state: str, challenge: str, login_hint: str = "") -> str:
    """Where a person signs in to connect their own account."""
    query = {"scope": " ".join(wanted_scopes(connection))} | ({"login_hint": login_hint} if login_hint else {})
    return _authorize_url(connection, query, state, challenge)


def _authorize_url(connection: DocusignConnection, scopes: dict[str, str], state: str, challenge: str) -> str:
    """Always with PKCE: a code that is overheard, or that we let lie, is of no use to anybody.

    https://developers.docusign.com/platform/auth/reference/obtain-consent/
    """
    if objection := connection.objection():
        raise NotSignedIn(objection)
    query = {
        "response_type": "code",
        **scopes,
        "client_id": connection.integration_key,
        "redirect_uri": redirect_uri(),
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    # Blanks as %20: Docusign's own examples never write a plus.
    return f"{connection.oauth_base}/oauth/auth?{urlencode(query, quote_via=quote)}"
