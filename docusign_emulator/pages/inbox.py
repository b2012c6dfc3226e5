"""The inbox: every mail and text, refreshed by the page through the control API."""

from starlette.requests import Request
from starlette.responses import Response

from docusign_emulator.pages.render import page


def inbox(request: Request) -> Response:
    return page("inbox.html")
