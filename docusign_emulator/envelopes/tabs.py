"""Tabs: where they stand on the pages, and how they are read and changed.

Tabs are kept as the API answers them: every scalar a string. Positions are in points from the top-left corner.
https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/tabs/
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from docusign_emulator.envelopes import files
from docusign_emulator.envelopes.model import Document, Envelope, Recipient, Tabs
from docusign_emulator.pdf.anchors import Hit
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_parameter
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.store import Store

MAX_ANCHOR_TABS = 3000
MAX_LABEL = 500

_WITHOUT_LABEL = ("radioGroupTabs", "tabGroups", "drawTabs")
# A group of radios has an id of its own here, and each radio its document; Docusign answers neither.
_OWN_TO_GROUP = ("tabId", "status")
_OWN_TO_RADIO = ("documentId",)
_FURTHEST = 100_000.0  # no page is so large; also keeps out what is no finite number
_POINTS = {"pixels": 1.0, "inches": 72.0, "mms": 72.0 / 25.4, "cms": 72.0 / 2.54}


@dataclass(frozen=True)
class Kind:
    """What a kind of tab is to the signing page and to the finished PDF."""

    wire_type: str  # `tabType` in answers
    page_kind: str
    width: float
    height: float
    automatic: bool = False  # filled by Docusign, not by the person


KINDS = {
    "signHereTabs": Kind("signhere", "signature", 110, 36),
    "initialHereTabs": Kind("initialhere", "initials", 42, 36),
    "dateSignedTabs": Kind("datesigned", "date", 84, 16, automatic=True),
    "fullNameTabs": Kind("fullname", "text", 140, 16, automatic=True),
    "firstNameTabs": Kind("firstname", "text", 90, 16, automatic=True),
    "lastNameTabs": Kind("lastname", "text", 90, 16, automatic=True),
    "emailAddressTabs": Kind("emailaddress", "text", 160, 16, automatic=True),
    "envelopeIdTabs": Kind("envelopeid", "text", 190, 16, automatic=True),
    "companyTabs": Kind("company", "text", 120, 16),
    "titleTabs": Kind("title", "text", 120, 16),
    "textTabs": Kind("text", "text", 120, 16),
    "emailTabs": Kind("email", "text", 160, 16),
    "dateTabs": Kind("date", "text", 84, 16),
    "numberTabs": Kind("number", "text", 84, 16),
    "numericalTabs": Kind("numerical", "text", 84, 16),
    "ssnTabs": Kind("ssn", "text", 84, 16),
    "zipTabs": Kind("zip", "text", 60, 16),
    "phoneNumberTabs": Kind("phonenumber", "text", 100, 16),
    "formulaTabs": Kind("formula", "formula", 84, 16, automatic=True),
    "noteTabs": Kind("note", "note", 160, 40, automatic=True),
    "checkboxTabs": Kind("checkbox", "checkbox", 14, 14),
    "radioGroupTabs": Kind("radiogroup", "radio", 14, 14),
    "listTabs": Kind("list", "list", 120, 18),
    "signerAttachmentTabs": Kind("signerattachment", "attachment", 42, 42),
    "approveTabs": Kind("approve", "approve", 96, 26),
    "declineTabs": Kind("decline", "decline", 96, 26),
    "viewTabs": Kind("view", "view", 96, 26),
    "drawTabs": Kind("draw", "attachment", 120, 80),
    "tabGroups": Kind("tabgroup", "group", 0, 0, automatic=True),
    "senderNameTabs": Kind("sendername", "text", 140, 16, automatic=True),
    "senderCompanyTabs": Kind("sendercompany", "text", 140, 16, automatic=True),
}
UNKNOWN = Kind("text", "text", 120, 16)


def kind_of(tabs_key: str) -> Kind:
    return KINDS.get(tabs_key, UNKNOWN)


def place_all(store: Store, envelope: Envelope) -> None:
    """Give every tab of every recipient its place, looking anchors up in the documents' text.

    A tab whose anchor stands in several places becomes several tabs. Raises ApiError for an anchor that stands
    nowhere, unless the tab says that is all right, and for a place off the page.
    """
    anchored = 0
    for recipient in envelope.recipients:
        recipient.tabs = place(store, envelope, recipient, recipient.tabs)
        anchored += sum("anchorString" in tab for _, tab in recipient.all_tabs())
    if anchored > MAX_ANCHOR_TABS:
        raise ApiError("ANCHOR_TAB_LIMIT_EXCEEDED", f"An envelope may have {MAX_ANCHOR_TABS} anchor tabs.")


def place(store: Store, envelope: Envelope, recipient: Recipient, tabs: Tabs) -> Tabs:
    """These tabs of one recipient, each standing somewhere; those placed before are left where they are."""
    placed: Tabs = {}
    for key, items in tabs.items():
        found = [new for tab in items for new in _placed(store, envelope, recipient, key, tab)]
        if found:
            placed[key] = found
    return placed


def _placed(store: Store, envelope: Envelope, recipient: Recipient, key: str, tab: Json) -> Iterator[Json]:
    if not isinstance(tab, dict):
        raise invalid_parameter(f"{key} holds something that is no tab.")
    if len(formats.text(tab.get("tabLabel"))) > MAX_LABEL:
        raise invalid_parameter(f"A tabLabel may have {MAX_LABEL} characters.")
    if tab.get("status") == "active" and tab.get("tabId"):
        yield tab
    elif key == "radioGroupTabs":
        yield _radio_group(store, envelope, recipient, tab)
    elif tab.get("anchorString") and envelope.documents:
        for document, page, x, y in _anchored(store, envelope, key, tab):
            yield _finished(recipient, key, tab, document=document, page=page, x=x, y=y)
    elif key == "tabGroups" or not envelope.documents:
        yield _named(recipient, key, tab)
    else:
        document, page, x, y = _fixed(envelope, key, tab)
        yield _finished(recipient, key, tab, document=document, page=page, x=x, y=y)


def _radio_group(store: Store, envelope: Envelope, recipient: Recipient, group: Json) -> Json:
    """The group has no place of its own; its radios do."""
    made = _named(recipient, "radioGroupTabs", group)
    radios = []
    for radio in formats.children(group, "radios"):
        spots: Iterable[tuple[str, int, float, float]]
        if not envelope.documents:
            radios.append(formats.stringified(radio) | {"tabId": str(uuid.uuid4())})
            continue
        inherited = {"documentId": group.get("documentId", "1")} | radio
        if radio.get("anchorString"):
            spots = _anchored(store, envelope, "radioGroupTabs", radio)
        else:
            spots = [_fixed(envelope, "radioGroupTabs", inherited)]
        for document, page, x, y in spots:
            place = {"documentId": document, "pageNumber": str(page), "xPosition": _point(x), "yPosition": _point(y)}
            radios.append(formats.stringified(radio) | place | {"tabId": str(uuid.uuid4()), "status": "active"})
    return made | {"radios": radios, "status": "active"}


def _anchored(store: Store, envelope: Envelope, key: str, tab: Json) -> Iterator[tuple[str, int, float, float]]:
    """Document, page and top-left corner for each occurrence of the anchor."""
    needle = formats.text(tab["anchorString"])
    dx, dy = _offset(tab, "anchorXOffset"), _offset(tab, "anchorYOffset")
    found = False
    for document in files.in_order(envelope):
        for hit in _hits(store, document, needle, tab):
            found = True
            yield document.document_id, hit.page, hit.x + dx + _aligned(tab, hit), _beside(key, tab, hit) + dy
    if not found and not formats.truth(tab.get("anchorIgnoreIfNotPresent")):
        raise ApiError(
            "ANCHOR_TAB_STRING_NOT_FOUND",
            f'Anchor tab string was not found in the document. Anchor tab string "{needle[:100]}" is not found.',
        )


def _hits(store: Store, document: Document, needle: str, tab: Json) -> list[Hit]:
    return files.layer(store, document.pdf).find(
        needle,
        case_sensitive=formats.truth(tab.get("anchorCaseSensitive")),
        whole_word=formats.truth(tab.get("anchorMatchWholeWord")),
        allow_whitespace=formats.truth(tab.get("anchorAllowWhiteSpaceInCharacters")),
    )


def _aligned(tab: Json, hit: Hit) -> float:
    return hit.w if formats.text(tab.get("anchorHorizontalAlignment")).lower() == "right" else 0.0


def _beside(key: str, tab: Json, hit: Hit) -> float:
    """A signature stands on the anchor's line; anything else starts at its top."""
    if kind_of(key).page_kind in ("signature", "initials"):
        return max(0.0, hit.y + hit.h - size(key, tab)[1])
    return hit.y


def _offset(tab: Json, which: str) -> float:
    unit = formats.text(tab.get("anchorUnits")).lower() or "pixels"
    if unit not in _POINTS:
        raise invalid_parameter(f"anchorUnits is one of {', '.join(_POINTS)}, not {unit!r}.")
    try:
        offset = float(formats.text(tab.get(which)) or 0)
    except ValueError as error:
        raise invalid_parameter(f"{which} is not a number.") from error
    if not abs(offset) < _FURTHEST:
        raise invalid_parameter(f"{which} leads off every page.")
    return offset * _POINTS[unit]


def _fixed(envelope: Envelope, key: str, tab: Json) -> tuple[str, int, float, float]:
    document = envelope.document(formats.text(tab.get("documentId")) or envelope.documents[0].document_id)
    if document is None:
        raise ApiError("TAB_REFERS_TO_MISSING_DOCUMENT", "The tab refers to a document that is not in the envelope.")
    try:
        page = formats.integer(tab.get("pageNumber"), 1)
        x, y = float(formats.text(tab.get("xPosition")) or 0), float(formats.text(tab.get("yPosition")) or 0)
    except ValueError as error:
        raise invalid_parameter("A tab's pageNumber, xPosition or yPosition is not a number.") from error
    for name, place in (("xPosition", x), ("yPosition", y)):
        if place < 0:
            raise invalid_parameter(f"Value for {name!r} must be greater than or equal to 0.")
    if not 1 <= page <= len(document.pages):
        raise ApiError("TAB_PAGENUMBER_IS_NOT_IN_DOCUMENT", "The tab's page number is not in the document.")
    if not (x <= document.pages[page - 1][0] and y <= document.pages[page - 1][1]):
        raise ApiError(
            "TAB_OUT_OF_BOUNDS",
            f"A tab lies outside its page: document {document.document_id}, page {page}, {x:g} by {y:g}.",
        )
    return document.document_id, page, x, y


def _named(recipient: Recipient, key: str, tab: Json) -> Json:
    made: Json = formats.stringified(tab)
    made["tabId"] = str(uuid.uuid4())
    made["tabType"] = kind_of(key).wire_type
    made["recipientId"] = recipient.recipient_id
    made["recipientIdGuid"] = recipient.guid
    if key not in _WITHOUT_LABEL and not made.get("tabLabel"):
        made["tabLabel"] = f"{kind_of(key).wire_type} {made['tabId']}"
    return made


def _finished(recipient: Recipient, key: str, tab: Json, *, document: str, page: int, x: float, y: float) -> Json:
    return _named(recipient, key, tab) | {
        "documentId": document,
        "pageNumber": str(page),
        "xPosition": _point(x),
        "yPosition": _point(y),
        "status": "active",
    }


def _point(value: float) -> str:
    return str(round(max(value, 0.0)))


def size(key: str, tab: Json) -> tuple[float, float]:
    """Width and height in points, as drawn."""
    kind = kind_of(key)
    try:
        scale = float(formats.text(tab.get("scaleValue")) or 1)
        width = float(formats.text(tab.get("width")) or 0) or kind.width
        height = float(formats.text(tab.get("height")) or 0) or kind.height
    except ValueError:
        return kind.width, kind.height
    if not (abs(scale) < _FURTHEST and abs(width) < _FURTHEST and abs(height) < _FURTHEST):
        return kind.width, kind.height
    if kind.page_kind in ("signature", "initials"):
        return kind.width * max(scale, 0.5), kind.height * max(scale, 0.5)
    return width, max(height, kind.height)


def to_wire(lists: Tabs) -> Json:
    """The tabs of one recipient as the API answers them."""
    answered: Json = dict(lists)
    if "radioGroupTabs" in lists:
        answered["radioGroupTabs"] = [_group_to_wire(group) for group in lists["radioGroupTabs"]]
    return answered


def _group_to_wire(group: Json) -> Json:
    told = {key: value for key, value in group.items() if key not in _OWN_TO_GROUP}
    if "radios" in group:
        told["radios"] = [
            {key: value for key, value in radio.items() if key not in _OWN_TO_RADIO} for radio in group["radios"]
        ]
    return told


def change(recipient: Recipient, key: str, facts: Json) -> Json:
    """Change one tab by its id, keeping its place unless told otherwise. Answers the tab, or its errorDetails.

    A group of radios is known by its name, its radios by their ids or values.
    """
    tab = _known(recipient, key, facts)
    if tab is None:
        return formats.stringified(facts) | _not_there(facts)
    given = formats.stringified(facts)
    if key == "radioGroupTabs":
        for radio in given.pop("radios", []):
            for old in tab["radios"]:
                if radio.get("tabId") == old["tabId"] or ("tabId" not in radio and radio.get("value") == old["value"]):
                    old.update(radio)
    tab.update(given)
    return tab


def remove(recipient: Recipient, key: str, facts: Json) -> Json:
    tab = _known(recipient, key, facts)
    if tab is None:
        return formats.stringified(facts) | _not_there(facts)
    recipient.tabs[key].remove(tab)
    if not recipient.tabs[key]:
        del recipient.tabs[key]
    return {"groupName": tab["groupName"]} if key == "radioGroupTabs" else {"tabId": tab["tabId"]}


def _known(recipient: Recipient, key: str, facts: Json) -> Json | None:
    field = "groupName" if key == "radioGroupTabs" else "tabId"
    wanted = formats.text(facts.get(field))
    found = (tab for tab in recipient.tabs.get(key, []) if formats.text(tab.get(field)).lower() == wanted.lower())
    return next(found, None) if wanted else None


def _not_there(facts: Json) -> Json:
    name = formats.text(facts.get("tabId") or facts.get("groupName"))[:50]
    return {
        "errorDetails": {"errorCode": "TAB_DOES_NOT_EXIST", "message": f"There is no tab {name!r} on this recipient."}
    }


def named_only(recipients: Iterable[Recipient]) -> None:
    """Give the tabs of a template their ids and types, leaving anchors for the day it is used."""
    for recipient in recipients:
        for key, items in recipient.tabs.items():
            recipient.tabs[key] = [tab if tab.get("tabId") else _named(recipient, key, tab) for tab in items]


def place_anew(store: Store, envelope: Envelope) -> None:
    """The documents have changed: drop tabs whose page is gone and look every anchor up again."""
    ids = {one.document_id: len(one.pages) for one in envelope.documents}
    for person in envelope.recipients:
        for key, items in list(person.tabs.items()):
            kept = [tab for tab in items if not tab.get("anchorString") and _stands(tab, ids)]
            loose = {
                json.dumps(_as_given(tab), sort_keys=True): _as_given(tab) for tab in items if tab.get("anchorString")
            }
            person.tabs[key] = kept + list(loose.values())
    place_all(store, envelope)


def _stands(tab: Json, pages: dict[str, int]) -> bool:
    return "pageNumber" not in tab or int(tab["pageNumber"]) <= pages.get(formats.text(tab.get("documentId")), 0)


def _as_given(tab: Json) -> Json:
    """An anchored tab before it was placed: every occurrence of the anchor gives the same."""
    placed = {"tabId", "status", "documentId", "pageNumber", "xPosition", "yPosition"}
    kept = {key: value for key, value in tab.items() if key not in placed}
    if tab.get("tabId") and formats.text(kept.get("tabLabel")).endswith(tab["tabId"]):
        del kept["tabLabel"]
    return kept
