"""The token in an answer of Docusign's sign-in service."""

from __future__ import annotations

from django.views.decorators.debug import sensitive_variables

from esign.docusign.errors import Unreachable
from esign.docusign.login import oauth
from esign.docusign.login.token_cache import Token


@sensitive_variables()
def token_of(answer: oauth.SignInAnswer, *, scopes: str, fingerprint: str = "") -> Token | None:
    """The token in a good answer; None in a refusal. Raises Unreachable for an answer that makes no sense."""
    if answer.status != 200:
        return None
    value, seconds = answer.body.get("access_token"), answer.body.get("expires_in") or 3600
    try:
        life = float(seconds)
    except (TypeError, ValueError):
        life = 0.0
    if not (isinstance(value, str) and value and life > 0):
        raise Unreachable("Docusign's sign-in service answered without a token; we keep trying.")
    return Token.given(value, life, scopes=scopes, fingerprint=fingerprint)
