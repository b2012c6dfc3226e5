"""Which address is which page."""

from pathlib import Path

from starlette.responses import FileResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from docusign_emulator.pages import inbox, signing_pages
from docusign_emulator.pages.render import STATIC_URL

_STATIC = Path(__file__).parent / "static"


def _bundle(_request: object) -> FileResponse:
    """The local Docusign JS, at the address and at the bare name the vendor's has."""
    return FileResponse(_STATIC / "signing" / "bundle.js", media_type="text/javascript")


routes: list[BaseRoute] = [
    Mount(STATIC_URL, StaticFiles(directory=_STATIC), name="static"),
    Route("/", inbox.inbox),
    Route("/signing/bundle.js", _bundle),
    Route("/bundle.js", _bundle),
    Route("/signing/ended", signing_pages.ended),
    Route("/signing/session/{sid}", signing_pages.session),
    Route("/signing/session/{sid}/pages/{document_id}/{number:int}.png", signing_pages.page_image),
]
