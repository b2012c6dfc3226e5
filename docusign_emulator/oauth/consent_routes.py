"""GET and POST /oauth/auth: a person logs in, is asked for consent, and is sent back with a code.

Logging in is choosing one of the account's users. The page itself is `pages.consent_page`.
https://developers.docusign.com/platform/auth/reference/obtain-consent/
"""

from __future__ import annotations

import html
import importlib
import importlib.util
import secrets
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from docusign_emulator.oauth import consents, tokens
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.account import App, User
from docusign_emulator.storage.store import Store

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Unusable(Exception):
    """The request cannot even be answered by a redirect: it names no app of ours, or no address of the app's."""


class SentBack(Exception):
    """The request is refused at the app's own address."""

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.description = description


@dataclass(frozen=True)
class Asked:
    """An authorization request, checked."""

    app: App
    redirect_uri: str
    response_type: str
    scopes: tuple[str, ...]
    admin_scopes: tuple[str, ...]
    state: str
    challenge: str
    login_hint: str
    prompt: str


async def authorize(request: Request) -> Response:
    """Ask, or (POST) act on the answer. Consent given before is not asked for again unless `prompt=login`."""
    form = await request.form() if request.method == "POST" else None
    decision = str(form.get("decision") or "") if form else ""
    user_id = str(form.get("user_id") or "") if form else ""
    store: Store = request.app.state.store

    def work() -> Response:
        with store.transaction():
            return _answer(store, request, decision, user_id)

    return await run_in_threadpool(work)


def _answer(store: Store, request: Request, decision: str, user_id: str) -> Response:
    query = dict(request.query_params)
    try:
        app, redirect_uri = _addressed(store, query)
    except Unusable as problem:
        return Response(f"{problem}\n", 400, media_type="text/plain")
    try:
        asked = _checked(store, query, app, redirect_uri)
        if decision == "deny":
            raise SentBack("access_denied", "The user did not give consent.")
        user = _user(store, asked, user_id)
        wanted = {*asked.scopes, *asked.admin_scopes}
        known = wanted <= consents.granted(store, user.user_id, app.integration_key)
        if decision != "allow" and not (known and asked.prompt != "login" and not asked.admin_scopes):
            return _page(request, _facts(store, asked, user))
        return _granted(store, asked, user, request)
    except SentBack as refusal:
        facts = {"error": refusal.error, "error_message": refusal.description, "state": query.get("state", "")}
        return RedirectResponse(_with(redirect_uri, facts), 302)


def _addressed(store: Store, query: dict[str, str]) -> tuple[App, str]:
    app = store.account.app(query.get("client_id", ""))
    if app is None:
        raise Unusable("The client_id is not an integration key of this account.")
    redirect_uri = query.get("redirect_uri", "")
    loopback = urlsplit(redirect_uri).hostname in _LOOPBACK and store.switches["redirect_uris"] == "loopback"
    registered = [*app.redirect_uris, *store.get("redirect_uris", [])]
    if redirect_uri not in registered and not loopback:
        raise Unusable("The redirect_uri is not registered for this integration key.")
    return app, redirect_uri


def _checked(store: Store, query: dict[str, str], app: App, redirect_uri: str) -> Asked:
    response_type = query.get("response_type", "")
    if response_type == "token" and (app.secret is None or not store.switches["implicit_allowed"]):
        raise SentBack("unauthorized_client", "This integration key is not set up for the implicit grant.")
    if response_type not in ("code", "token"):
        raise SentBack("unsupported_response_type")
    scopes, admin = (query.get(key, "").split() for key in ("scope", "admin_consent_scope"))
    if not scopes or not {*scopes, *admin} <= consents.SCOPES:
        raise SentBack("invalid_scope")
    challenge = query.get("code_challenge", "")
    if challenge and query.get("code_challenge_method") != "S256":
        raise SentBack("invalid_request", "code_challenge_method is S256.")
    required = app.secret is None or store.switches["pkce_required"]
    if response_type == "code" and required and not challenge:
        raise SentBack("invalid_request", "This integration key needs PKCE: code_challenge is missing.")
    return Asked(
        app=app,
        redirect_uri=redirect_uri,
        response_type=response_type,
        scopes=tuple(scopes),
        admin_scopes=tuple(admin),
        state=query.get("state", ""),
        challenge=challenge,
        login_hint=query.get("login_hint", ""),
        prompt=query.get("prompt", ""),
    )


def _user(store: Store, asked: Asked, user_id: str) -> User:
    hinted = [user for user in store.users() if user.email == asked.login_hint]
    chosen = store.user(user_id) or (hinted[0] if hinted else store.account.sender)
    if asked.admin_scopes and not chosen.administrator:
        raise SentBack("access_denied", "Only an administrator of the organization can consent for everyone.")
    return chosen


def _facts(store: Store, asked: Asked, user: User) -> Json:
    """What the consent page shows."""
    return {
        "appName": asked.app.name,
        "integrationKey": asked.app.integration_key,
        "scopes": [*asked.scopes, *asked.admin_scopes],
        "admin": bool(asked.admin_scopes),
        "accountName": store.account.name,
        "organizationId": store.account.organization_id,
        "userId": user.user_id,
        "users": [
            {"userId": one.user_id, "name": one.name, "email": one.email, "administrator": one.administrator}
            for one in store.users()
            if one.status != "Closed"
        ],
        "redirectUri": asked.redirect_uri,
    }


def _page(request: Request, facts: Json) -> Response:
    """The page of the pages package; a bare form where that is not installed."""
    if importlib.util.find_spec("docusign_emulator.pages.consent") is not None:
        page: Response = importlib.import_module("docusign_emulator.pages.consent").consent_page(request, facts)
        return page
    scopes, name = html.escape(" ".join(facts["scopes"])), html.escape(facts["appName"])
    return HTMLResponse(
        f"<!doctype html><title>Consent</title><form method=post><p>{name} asks for: {scopes}</p>"
        f'<input type=hidden name=user_id value="{facts["userId"]}">'
        "<button name=decision value=allow>Accept</button> <button name=decision value=deny>Cancel</button></form>"
    )


def _granted(store: Store, asked: Asked, user: User, request: Request) -> Response:
    users = store.users() if asked.admin_scopes else [user]
    for one in users:
        consents.grant(store, one.user_id, asked.app.integration_key, {*asked.scopes, *asked.admin_scopes})
    if asked.response_type == "token":
        token = tokens.issue(
            store, user_id=user.user_id, client_id=asked.app.integration_key, scopes=list(asked.scopes),
            seconds=tokens.CODE_SECONDS, grant="implicit",
        )  # fmt: skip
        fragment = {"access_token": token, "token_type": "bearer", "expires_in": str(tokens.CODE_SECONDS)}
        return RedirectResponse(f"{asked.redirect_uri}#{urlencode(fragment | {'state': asked.state})}", 302)
    code = secrets.token_urlsafe(48)
    store.keep(
        "code",
        code,
        {
            "userId": user.user_id,
            "clientId": asked.app.integration_key,
            "scopes": list(asked.scopes),
            "challenge": asked.challenge,
            "expires": tokens.now(store) + store.switches["authorization_code_seconds"],
        },
    )
    return RedirectResponse(_with(asked.redirect_uri, {"code": code, "state": asked.state}), 302)


def _with(uri: str, facts: dict[str, str]) -> str:
    parts = urlsplit(uri)
    extra = urlencode({key: value for key, value in facts.items() if value})
    return urlunsplit(parts._replace(query=f"{parts.query}&{extra}" if parts.query else extra))
