"""The signing session as pages. They only draw; the rules: `docusign_emulator.signing.session_actions`."""

import hashlib
from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from docusign_emulator.pages.render import for_script, page
from docusign_emulator.pdf import raster
from docusign_emulator.pdf.marks import HANDS
from docusign_emulator.signing import session_actions, sessions

SCALES = (1.0, 1.5, 2.0, 3.0)

# How each event (https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopeviews/createrecipient/)
# is told to a person whose session has no page to return to: icon, tone, title, words.
_ENDINGS = {
    "signing_complete": ("check", "good", "You have signed", "Everyone gets a copy by e-mail once all have signed."),
    "viewing_complete": ("eye", "good", "You are done", "You have seen the documents. You can close this page."),
    "cancel": ("clock", "", "Saved for later", "Open the link in your invitation again whenever you are ready."),
    "reassigned": (
        "people",
        "good",
        "Handed over",
        "They have been asked to sign instead, and the sender was told. You get a copy once everyone has signed.",
    ),
    "decline": ("stop", "bad", "You declined to sign", "The sender was told, with your reason. No one can sign now."),
    "session_timeout": (
        "clock",
        "warn",
        "Your session ended",
        "Nothing happened for 20 minutes. Open your invitation again.",
    ),
    "ttl_expired": (
        "clock",
        "warn",
        "This link cannot be used any more",
        "A signing link works once, for five minutes. Go back to where you found it and ask for a new one.",
    ),
    "access_code_failed": (
        "lock",
        "bad",
        "That was not the code",
        "After too many wrong codes the session was closed.",
    ),
    "id_check_failed": ("lock", "bad", "Your identity could not be checked", "Ask the sender to send it again."),
    "Send": ("check", "good", "Sent", "The recipients are told when it is their turn."),
    "Save": ("check", "good", "Saved", "It can be opened and sent later."),
    "Cancel": ("info", "", "Closed", "Nothing was sent."),
    "exception": ("alert", "bad", "Something went wrong", "Open the link in your invitation again."),
}
# Why somebody may only look: by the envelope's status once it is over, else by their own.
_READ_ONLY = {
    "voided": "{sender} voided these documents; no one can sign them any more",
    "declined": "A recipient declined to sign; no one can sign these documents any more",
    "completed": "{who} is done: these are the documents as they stand",
    "created": "Preview: this is what {who} will see",
}
# What is asked before the documents open.
_LOCKS = {"access_code": "access_code.html", "phone": "phone_check.html", "identity": "identity_check.html"}
_UNKNOWN = ("info", "", "This session has ended", "Open the link in your invitation again to go on.")


def session(request: Request) -> Response:
    """The signing page, the page that asks for the access code, or away when the session is over."""
    store = request.app.state.store
    with store.transaction():
        try:
            state = session_actions.state(store, request.path_params["sid"])
        except sessions.SessionGone as gone:  # inside the transaction: that it ended is kept
            return RedirectResponse(gone.redirect, status_code=302)
    if state["event"]:
        return RedirectResponse(state["redirect"], status_code=302)
    ancestors = ["'self'", *state["frameAncestors"]]
    if state["locked"]:
        return page(_LOCKS[state["locked"]], frame_ancestors=ancestors, state=state, check=state["check"])
    return page(
        "signing.html",
        frame_ancestors=ancestors,
        state=state,
        state_json=for_script(state),
        headline=_headline(state),
        finish_label=_finish_label(state),
        mode=state["mode"],
        hands=HANDS,
    )


def page_image(request: Request) -> Response:
    """One page of a document as PNG; the browser keeps it until the document changes."""
    store = request.app.state.store
    sid, document_id = request.path_params["sid"], request.path_params["document_id"]
    with store.transaction():
        try:
            pdf = session_actions.document_pdf(store, sid, document_id)
        except (sessions.SessionGone, sessions.NotYet, KeyError):
            return Response("There is no such page in this session.", status_code=404, media_type="text/plain")
    return image_response(request, pdf, int(request.path_params["number"]))


def image_response(request: Request, pdf: bytes, number: int) -> Response:
    """The page at the scale asked for by `?scale=`, or 304 when the browser has it already."""
    scale = _scale(request.query_params.get("scale", ""))
    digest = hashlib.sha256(pdf).hexdigest()
    headers = {"ETag": f'"{digest[:24]}-{number}-{scale}"', "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    try:
        image = _drawn(_Bytes(pdf, digest), number, scale)
    except IndexError:
        return Response("There is no such page.", status_code=404, media_type="text/plain")
    return Response(image, media_type="image/png", headers=headers)


def ended(request: Request) -> Response:
    """Where a session without a return URL ends."""
    event = request.query_params.get("event", "")
    symbol, tone, title, words = _ENDINGS.get(event, _UNKNOWN)
    return page("ended.html", symbol=symbol, tone=tone, title=title, words=words, event=event)


class _Bytes:
    """Bytes that hash by a digest already known, so that a page drawn once is found again."""

    def __init__(self, data: bytes, digest: str) -> None:
        self.data, self.digest = data, digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Bytes) and self.digest == other.digest


@lru_cache(maxsize=64)  # about 15 MB of pictures
def _drawn(pdf: _Bytes, number: int, scale: float) -> bytes:
    return raster.png(pdf.data, number, scale)


def _scale(wanted: str) -> float:
    try:
        return min(SCALES, key=lambda scale: abs(scale - float(wanted)))
    except ValueError:
        return 1.5


def _headline(state: dict[str, Any]) -> str:
    recipient, sender = state["recipient"], state["envelope"]["senderName"]
    role = f" ({recipient['roleName']})" if recipient.get("roleName") else ""
    who = f"{recipient['name']}{role}"
    if state["readOnly"]:
        return _READ_ONLY.get(_why_read_only(state), "These are the documents as they stand").format(
            who=who, sender=sender
        )
    if state["mode"] == "host":
        return f"{who} signs in person for {sender}"
    if state["people"]:
        return f"{sender} asks {who} to say who comes next"
    return f"{sender} asks {who} to sign"


def _why_read_only(state: dict[str, Any]) -> str:
    status = state["envelope"]["status"]
    return status if status in ("voided", "declined", "completed") else str(state["recipient"]["status"])


def _finish_label(state: dict[str, Any]) -> str:
    if state["people"]:
        return "Send on"
    if state["mode"] == "view":
        return "Close"
    fillable = [tab for tab in state["tabs"] if not tab.get("locked")]
    return "Finish" if fillable else "I agree"
