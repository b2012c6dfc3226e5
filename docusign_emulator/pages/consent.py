"""The page where a person lets an application act for them."""

from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from docusign_emulator.pages.render import page

# https://developers.docusign.com/platform/auth/reference/scopes/
_SCOPES = {
    "signature": "Create, send and read envelopes, and open signing sessions, in your name",
    "impersonation": "Act for you also while you are not here, without asking again",
    "extended": "Stay connected for as long as it is in use, without a new login every 30 days",
    "openid": "Know who you are",
    "email": "See your e-mail address",
    "profile": "See your name",
    "click.manage": "Manage click-to-agree documents",
    "click.send": "Send click-to-agree documents",
    "organization_read": "See your organization",
    "user_read": "See the users of your organization",
    "user_write": "Change the users of your organization",
    "account_read": "See the accounts of your organization",
    "account_write": "Change the accounts of your organization",
    "group_read": "See the groups of your organization",
    "permission_read": "See the permission profiles of your organization",
    "domain_read": "See the e-mail domains of your organization",
}


def consent_page(request: Request, facts: dict[str, Any]) -> Response:
    """Who asks for what; the form posts `decision` (allow or deny) and `user_id` back to the same address.

    facts: appName, integrationKey, scopes, admin (consent for everyone), accountName, organizationId, userId
    (chosen beforehand), users [{userId, name, email, administrator}], redirectUri.
    """
    return page(
        "consent.html",
        facts=facts,
        scopes=[(scope, _in_words(scope)) for scope in dict.fromkeys(facts["scopes"])],
        back_to=urlsplit(facts["redirectUri"]).netloc,
    )


def _in_words(scope: str) -> str:
    return _SCOPES.get(scope, scope.replace("_", " ").replace(".", " ").capitalize())
