"""The sender's session as a page: recipients, message, fields, Send. Rules: `signing.sender_sessions`."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from docusign_emulator.pages.render import for_script, page
from docusign_emulator.pages.signing_pages import image_response
from docusign_emulator.signing import sender_sessions
from docusign_emulator.signing.sessions import SessionGone

# What the palette calls each kind of field: words, and the letters on its tile.
_PALETTE = {
    "signHereTabs": "Signature",
    "initialHereTabs": "Initials",
    "dateSignedTabs": "Date signed",
    "fullNameTabs": "Name",
    "emailAddressTabs": "E-mail",
    "companyTabs": "Company",
    "titleTabs": "Title",
    "textTabs": "Text",
    "checkboxTabs": "Checkbox",
    "listTabs": "Drop-down list",
    "radioGroupTabs": "Radio buttons",
    "signerAttachmentTabs": "Attachment",
}
_VERBS = {"sender": "Send", "correct": "Correct", "template": "Save and close"}


def session(request: Request) -> Response:
    """The sender's page. Docusign lets it be framed by any page; so does this."""
    store = request.app.state.store
    with store.transaction():
        try:
            state = sender_sessions.state(store, request.path_params["sid"])
        except SessionGone as gone:  # inside the transaction: that it ended is kept
            return RedirectResponse(gone.redirect, status_code=302)
    if state["event"]:
        return RedirectResponse(state["redirect"], status_code=302)
    return page(
        "sending.html",
        frame_ancestors=["*"],
        state=state,
        state_json=for_script(state),
        palette=[(kind, _PALETTE.get(kind, kind)) for kind in state["palette"]],
        verb=_VERBS.get(state["mode"], "Done"),
        allowed=_allowed(state),
    )


def page_image(request: Request) -> Response:
    """One page of a document as PNG."""
    store = request.app.state.store
    with store.transaction():
        try:
            pdf = sender_sessions.document_pdf(store, request.path_params["sid"], request.path_params["document_id"])
        except (SessionGone, KeyError):
            return Response("There is no such page in this session.", status_code=404, media_type="text/plain")
    return image_response(request, pdf, int(request.path_params["number"]))


def _allowed(state: dict[str, Any]) -> dict[str, bool]:
    """What the view request's settings leave to the person
    (https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopeviews/createsender/)."""
    settings = state["settings"]
    of_recipients = settings.get("recipientSettings") or {}

    def on(facts: dict[str, Any], name: str) -> bool:
        return str(facts.get(name, "true")).lower() != "false"

    return {
        "back": on(settings, "showBackButton"),
        "save": on(settings, "showHeaderActions"),
        "discard": bool(state["canDiscard"])
        and on(settings, "showDiscardAction")
        and on(settings, "showHeaderActions"),
        "recipients": on(of_recipients, "showEditRecipients"),
        "message": on(of_recipients, "showEditMessage"),
    }
