"""The console: watch and steer the emulator. The page works through the control API alone, but for the PDFs."""

from starlette.requests import Request
from starlette.responses import Response

from docusign_emulator.envelopes import model, output
from docusign_emulator.pages.render import page


def console(request: Request) -> Response:
    return page("console.html")


def combined_pdf(request: Request) -> Response:
    """An envelope's documents and certificate as they stand, for the person at the console."""
    store = request.app.state.store
    with store.transaction():
        envelope = model.load(store, request.path_params["id"])
        if envelope is None or not envelope.documents:
            return Response("There is no such envelope, or it has no documents.", 404, media_type="text/plain")
        pdf = output.combined_pdf(store, envelope, certificate=envelope.sent_at is not None)
    return Response(pdf, media_type="application/pdf")
