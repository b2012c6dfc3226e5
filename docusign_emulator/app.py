"""The Starlette application: control API, signing, pages, and the API behind everything else."""

from __future__ import annotations

import importlib
import importlib.util

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route

from docusign_emulator import control
from docusign_emulator.oauth import consent_routes
from docusign_emulator.rest import asgi, sending_routes, signing_routes
from docusign_emulator.runtime.runtime import Running


def build(running: Running) -> Starlette:
    """The application around a running store. Whatever no page answers goes to the API, and is listed if unknown."""
    routes: list[BaseRoute] = [
        *control.routes,
        *signing_routes.routes,
        *sending_routes.routes,
        *_power_forms(),
        Route("/oauth/auth", consent_routes.authorize, methods=["GET", "POST"]),
        *_pages(),
        Mount("/", app=asgi.api),
    ]
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    app.state.running = running
    app.state.store = running.store
    return app


def _power_forms() -> list[BaseRoute]:
    if importlib.util.find_spec("docusign_emulator.pages.power_form") is None:
        return []
    routes: list[BaseRoute] = importlib.import_module("docusign_emulator.rest.power_form_routes").routes
    return routes


def _pages() -> list[BaseRoute]:
    if importlib.util.find_spec("docusign_emulator.pages.routes") is None:
        return []
    pages: list[BaseRoute] = importlib.import_module("docusign_emulator.pages.routes").routes
    return pages
