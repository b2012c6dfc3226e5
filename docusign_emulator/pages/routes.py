"""Which address is which page."""

from pathlib import Path

from starlette.responses import FileResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from docusign_emulator.pages import console, inbox, sending_pages, signing_pages
from docusign_emulator.pages.render import STATIC_URL

_STATIC = Path(__file__).parent / "static"


def _bundle(_request: object) -> FileResponse:
    """The local Docusign JS, at the address and at the bare name the vendor's has."""
    return FileResponse(_STATIC / "signing" / "bundle.js", media_type="text/javascript")


def _icon(_request: object) -> FileResponse:
    """Browsers ask for it beside a PDF, and a call no one answers would count as unknown."""
    return FileResponse(_STATIC / "icon.svg", media_type="image/svg+xml")


routes: list[BaseRoute] = [
    Mount(STATIC_URL, StaticFiles(directory=_STATIC), name="static"),
    Route("/favicon.ico", _icon),
    Route("/", inbox.inbox),
    Route("/_emulator/", console.console),
    Route("/_emulator/envelopes/{id}/combined.pdf", console.combined_pdf),
    Route("/signing/bundle.js", _bundle),
    Route("/bundle.js", _bundle),
    Route("/signing/ended", signing_pages.ended),
    Route("/signing/session/{sid}", signing_pages.session),
    Route("/signing/session/{sid}/pages/{document_id}/{number:int}.png", signing_pages.page_image),
    Route("/sending/{sid}", sending_pages.session),
    Route("/sending/{sid}/pages/{document_id}/{number:int}.png", sending_pages.page_image),
]
