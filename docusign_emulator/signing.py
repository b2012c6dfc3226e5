"""A signing session: one person in front of one envelope.

The pages draw what `state` says and send back what the person did; every rule is here. All functions
take the store first and must be called inside `store.transaction()` (the routes in `app.py` do so).
https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/embedding/embedded-signing/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docusign_emulator.store import Store

Json = dict[str, Any]


class SessionGone(Exception):
    """The link or session cannot be used any more. `redirect` is where the browser goes, with its `event`."""

    def __init__(self, event: str, redirect: str) -> None:
        super().__init__(event)
        self.event = event
        self.redirect = redirect


class NotYet(Exception):
    """What the person sent is not enough; `problems` says per field what is missing, in words for them."""

    def __init__(self, message: str, problems: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.problems = problems or {}


def state(store: Store, sid: str) -> Json:
    """Everything the signing page draws.

    {"sid", "event": null or how it ended, "redirect": null or URL,
     "locked": "access_code" / null,  "consentNeeded": bool, "readOnly": bool, "mode": "sign"/"view"/"host",
     "disclosure": text, "focused": bool, "frameAncestors": [...],
     "recipient": {"recipientId", "name", "email", "roleName", "kind": "signers"/"certifiedDeliveries"/…,
                   "status", "note", "initials", "signature": null or the one adopted before},
     "envelope": {"envelopeId", "emailSubject", "emailBlurb", "status", "senderName", "senderEmail",
                  "expireDateTime", "allowReassign"},
     "documents": [{"documentId", "name", "order", "pages": [{"w", "h", "src"}]}],       # points
     "tabs": [{"tabId", "tabType": "signHereTabs"…, "kind": "signature"/"initials"/"date"/"text"/"checkbox"/
               "radio"/"list"/"attachment"/"approve"/"decline"/"note"/"view"/"formula", "tabLabel", "groupName",
               "documentId", "page", "x", "y", "w", "h", "required", "value", "locked", "maxLength",
               "validationPattern", "validationMessage", "options": [{"text","value"}], "tooltip",
               "fontSize", "conditionalParentLabel", "conditionalParentValue"}]}
    """
    raise NotImplementedError
