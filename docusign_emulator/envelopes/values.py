"""What a person sees of the tabs, and what they enter.

https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/tabs/
"""

from __future__ import annotations

import base64
import re
import uuid
from datetime import datetime

from docusign_emulator.envelopes import files, output, tabs
from docusign_emulator.envelopes.model import Document, Envelope, Recipient
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.store import Store

DATE_FORM = "%d %B %Y"  # an account setting at Docusign
MAX_FORMULA_DEPTH = 4  # formulas of formulas
MAX_ATTACHMENT = 25 * 1024 * 1024
_OPTIONAL_SIGNATURE = ("signHereTabs", "initialHereTabs")
_NEVER_REQUIRED = ("checkboxTabs", "approveTabs", "declineTabs", "noteTabs", "viewTabs")
_NUMBER = re.compile(r"-?[\d,]*\.?\d+")


def for_page(envelope: Envelope, person: Recipient, *, today: datetime) -> list[Json]:
    """This person's tabs as the signing page draws them; a radio group as one entry for each of its buttons."""
    shown = []
    for key, tab in person.all_tabs():
        if key == "radioGroupTabs":
            shown += [_radio_on_page(tab, radio) for radio in tab.get("radios", [])]
        elif tab.get("pageNumber"):
            shown.append(_on_page(envelope, person, key, tab, today))
    return shown


def fill(
    person: Recipient, entered: Json, attachments: Json, *, signer: Json, now: datetime, envelope: Envelope
) -> dict[str, str]:
    """Put what was entered into the tabs. Answers, by tabId, what is missing or wrong; then nothing may be kept."""
    problems: dict[str, str] = {}
    # Formulas come last, for they are made of the others; and again, for they may be made of each other.
    formulas = [("formulaTabs", tab) for tab in person.tabs.get("formulaTabs", [])]
    others = [(key, tab) for key, tab in person.all_tabs() if key != "formulaTabs"]
    for key, tab in [*others, *formulas * min(len(formulas), MAX_FORMULA_DEPTH)]:
        if key == "radioGroupTabs":
            _choose_radio(tab, entered, problems)
            continue
        problem = _enter(envelope, person, key, tab, entered, attachments, signer=signer, now=now)
        if problem and _shown(person, tab):
            problems[tab["tabId"]] = problem
    return problems


def visible_documents(envelope: Envelope, person: Recipient) -> list[Document]:
    """All, unless the sender hides from signers the documents they have no tabs on, or excludes some."""
    excluded = {formats.text(one) for one in formats.texts(person.extra, "excludedDocuments")}
    shown = [one for one in files.in_order(envelope) if one.document_id not in excluded]
    if not formats.truth(envelope.extra.get("enforceSignerVisibility")) or not person.signs:
        return shown
    tabbed = {tab.get("documentId") for other in envelope.recipients for _, tab in other.all_tabs()}
    own = {tab.get("documentId") for _, tab in person.all_tabs()}
    return [one for one in shown if one.document_id in own or one.document_id not in tabbed]


def automatic(envelope: Envelope, person: Recipient, key: str, tab: Json, *, name: str, now: datetime) -> str | None:
    """The value Docusign fills in by itself, or None when the person enters it."""
    first, _, last = name.partition(" ")
    match key:
        case "dateSignedTabs":
            return now.strftime(DATE_FORM).lstrip("0")
        case "fullNameTabs":
            return name
        case "firstNameTabs":
            return first
        case "lastNameTabs":
            return last
        case "emailAddressTabs":
            return person.email
        case "envelopeIdTabs":
            return envelope.id
        case "formulaTabs":
            return formula(envelope, tab) if tab.get("formula") else formats.text(tab.get("value"))
        case "noteTabs":
            return formats.text(tab.get("value"))
    return None


def formula(envelope: Envelope, tab: Json) -> str:
    """The value of `[label] + [label] * 2` and the like; empty when it is more than arithmetic."""
    text = formats.text(tab.get("formula"))
    labels = {
        tab.get("tabLabel"): formats.text(tab.get("value"))
        for person in envelope.recipients
        for _, tab in person.all_tabs()
    }
    filled = re.sub(r"\[([^\]]+)\]", lambda found: str(_as_number(labels.get(found[1], ""))), text)
    if not filled or not re.fullmatch(r"[\d\s.+\-*()]+", filled):
        return ""
    try:
        return _rounded(_sum(filled), formats.text(tab.get("roundDecimalPlaces")))
    except ValueError:
        return ""


def _rounded(value: float, places: str) -> str:
    if places.isdecimal():
        return f"{value:.{min(int(places), 10)}f}"
    return f"{value:.10f}".rstrip("0").rstrip(".")


def attach(store: Store, envelope: Envelope, person: Recipient, tab_id: str, attachment: Json) -> None:
    """What a signer uploads becomes one more document of the envelope. Raises ApiError when it cannot be loaded."""
    try:
        data = base64.b64decode(formats.text(attachment.get("data")).rpartition(",")[2])
    except ValueError as error:
        raise ApiError("UNABLE_TO_LOAD_DOCUMENT", "The attachment is not base64.") from error
    if len(data) > MAX_ATTACHMENT:
        raise ApiError("UNABLE_TO_LOAD_DOCUMENT", "An attachment may have 25 MB.")
    name = formats.text(attachment.get("name")) or "Attachment.pdf"
    facts = {
        "documentId": str(uuid.uuid4()),
        "name": name,
        "documentBase64": base64.b64encode(data).decode(),
        "attachmentTabId": tab_id,
    }
    envelope.documents.append(files.take_in(store, facts, {}, len(envelope.documents) + 100))
    for _, tab in person.all_tabs():
        if tab.get("tabId") == tab_id:
            tab["value"] = name


def _on_page(envelope: Envelope, person: Recipient, key: str, tab: Json, today: datetime) -> Json:
    kind = tabs.kind_of(key)
    width, height = tabs.size(key, tab)
    own = automatic(envelope, person, key, tab, name=person.name, now=today)
    checked = formats.flag(formats.truth(tab.get("selected"))) if key == "checkboxTabs" else None
    return {
        "tabId": tab["tabId"],
        "tabType": key,
        "kind": kind.page_kind,
        "tabLabel": formats.text(tab.get("tabLabel")),
        "groupName": (tab.get("tabGroupLabels") or [""])[0],
        "documentId": tab["documentId"],
        "page": int(tab["pageNumber"]),
        "x": float(tab.get("xPosition") or 0),
        "y": float(tab.get("yPosition") or 0),
        "w": width,
        "h": height,
        "required": _required(key, tab),
        "value": own if own is not None else checked if checked is not None else formats.text(tab.get("value")),
        "locked": own is not None or formats.truth(tab.get("locked")),
        "maxLength": int(tab["maxLength"]) if formats.text(tab.get("maxLength")).isdigit() else None,
        "validationPattern": formats.text(tab.get("validationPattern")),
        "validationMessage": formats.text(tab.get("validationMessage")),
        "options": [
            {"text": formats.text(item.get("text")), "value": formats.text(item.get("value"))}
            for item in formats.children(tab, "listItems")
        ],
        "tooltip": formats.text(tab.get("tooltip") or tab.get("name")),
        "buttonText": formats.text(tab.get("buttonText")),
        "fontSize": output.font_size(tab),
        "conditionalParentLabel": formats.text(tab.get("conditionalParentLabel")),
        "conditionalParentValue": formats.text(tab.get("conditionalParentValue")),
    }


def _radio_on_page(group: Json, radio: Json) -> Json:
    kind = tabs.kind_of("radioGroupTabs")
    return {
        "tabId": radio["tabId"],
        "tabType": "radioGroupTabs",
        "kind": "radio",
        "tabLabel": formats.text(group.get("groupName")),
        "groupName": formats.text(group.get("groupName")),
        "groupId": group["tabId"],
        "documentId": formats.text(radio.get("documentId")),
        "page": int(radio.get("pageNumber") or 1),
        "x": float(radio.get("xPosition") or 0),
        "y": float(radio.get("yPosition") or 0),
        "w": kind.width,
        "h": kind.height,
        "required": formats.truth(radio.get("required")),
        "value": formats.flag(formats.truth(radio.get("selected"))),
        "option": formats.text(radio.get("value")),
        "locked": formats.truth(radio.get("locked")),
        "maxLength": None,
        "validationPattern": "",
        "validationMessage": "",
        "options": [],
        "tooltip": formats.text(group.get("tooltip")),
        "buttonText": "",
        "fontSize": output.font_size(radio),
        "conditionalParentLabel": formats.text(group.get("conditionalParentLabel")),
        "conditionalParentValue": formats.text(group.get("conditionalParentValue")),
    }


def _required(key: str, tab: Json) -> bool:
    if key in _OPTIONAL_SIGNATURE:
        return not formats.truth(tab.get("optional"))
    if key == "signerAttachmentTabs":
        return not formats.truth(tab.get("optional"))
    if key in _NEVER_REQUIRED or tabs.kind_of(key).automatic:
        return key == "checkboxTabs" and formats.truth(tab.get("required"))
    return formats.truth(tab.get("required"), default=key not in ("drawTabs",))


def _enter(
    envelope: Envelope,
    person: Recipient,
    key: str,
    tab: Json,
    entered: Json,
    attachments: Json,
    *,
    signer: Json,
    now: datetime,
) -> str:
    """Take one tab's value. Answers what is wrong with it, or nothing."""
    own = automatic(envelope, person, key, tab, name=signer["name"], now=now)
    if own is not None:
        tab["value"] = own
        return ""
    given = entered.get(tab["tabId"])
    if key in _OPTIONAL_SIGNATURE:
        # A required one counts as signed by finishing; an optional one only if it was clicked.
        if not formats.truth(tab.get("optional")) or formats.truth(given):
            tab["status"] = "signed"
        return ""
    if key == "signerAttachmentTabs":
        return "" if tab["tabId"] in attachments or not _required(key, tab) else "Please attach the file."
    if key in ("approveTabs", "declineTabs", "viewTabs"):
        return ""
    if key == "checkboxTabs":
        if given is not None and not formats.truth(tab.get("locked")):
            tab["selected"] = formats.flag(formats.truth(given))
        missing = formats.truth(tab.get("required")) and not formats.truth(tab.get("selected"))
        return "Please tick this box." if missing else ""
    if given is not None and not formats.truth(tab.get("locked")):
        tab.setdefault("originalValue", formats.text(tab.get("value")))
        tab["value"] = formats.text(given)
    return _wrong(key, tab)


def _wrong(key: str, tab: Json) -> str:
    value = formats.text(tab.get("value"))
    if not value:
        return "Please fill this in." if _required(key, tab) and not formats.truth(tab.get("locked")) else ""
    longest = formats.text(tab.get("maxLength"))
    if longest.isdigit() and int(longest) and len(value) > int(longest):
        return f"At most {longest} characters."
    if key in ("numberTabs", "numericalTabs") and not _NUMBER.fullmatch(value.replace("$", "").strip()):
        return "Please enter a number."
    pattern = formats.text(tab.get("validationPattern"))
    if pattern and not _matches(pattern, value):
        return formats.text(tab.get("validationMessage")) or "This does not have the form asked for."
    if key == "listTabs":
        allowed = {formats.text(item.get("value")) for item in formats.children(tab, "listItems")}
        if value not in allowed:
            return "Please choose from the list."
        for item in tab["listItems"]:
            item["selected"] = formats.flag(formats.text(item.get("value")) == value)
        tab["listSelectedValue"] = value
    return ""


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:  # the sender's pattern is in another dialect: it cannot be held against the signer
        return True


def _choose_radio(group: Json, entered: Json, problems: dict[str, str]) -> None:
    """By the group's id and the chosen value, or by a button's own id."""
    by_value = entered.get(group["tabId"], entered.get(formats.text(group.get("groupName"))))
    radios = group.get("radios", [])
    for radio in radios:
        if by_value is not None:
            radio["selected"] = formats.flag(formats.text(radio.get("value")) == formats.text(by_value))
        elif radio["tabId"] in entered:
            radio["selected"] = formats.flag(formats.truth(entered[radio["tabId"]]))
    chosen = [radio for radio in radios if formats.truth(radio.get("selected"))]
    if chosen:
        group["value"] = formats.text(chosen[0].get("value"))
    elif any(formats.truth(radio.get("required")) for radio in radios):
        problems[group["tabId"]] = "Please choose one."


def _shown(person: Recipient, tab: Json) -> bool:
    """A tab that depends on another counts only while that one holds the value asked for."""
    parent = formats.text(tab.get("conditionalParentLabel"))
    if not parent:
        return True
    wanted = formats.text(tab.get("conditionalParentValue"))
    for key, other in person.all_tabs():
        label = other.get("groupName") if key == "radioGroupTabs" else other.get("tabLabel")
        if label == parent:
            if key == "checkboxTabs":
                return formats.truth(other.get("selected")) == (wanted.lower() in ("on", "true", "x", ""))
            return formats.text(other.get("value")) == wanted
    return True


def _as_number(text: str) -> float:
    try:
        return float(re.sub(r"[^\d.\-]", "", text) or 0)
    except ValueError:
        return 0.0


def _sum(text: str) -> float:
    """Plain arithmetic with + - * and brackets. Raises ValueError."""
    tokens = re.findall(r"\d+\.?\d*|[+\-*()]", text)
    position = 0

    def peek() -> str:
        return tokens[position] if position < len(tokens) else ""

    def take() -> str:
        nonlocal position
        position += 1
        return tokens[position - 1] if position <= len(tokens) else ""

    def factor() -> float:
        part = take()
        if part == "-":
            return -factor()
        if part == "(":
            value = expression()
            if take() != ")":
                raise ValueError("a bracket is not closed")
            return value
        return float(part)

    def product() -> float:
        value = factor()
        while peek() == "*":
            take()
            value *= factor()
        return value

    def expression() -> float:
        value = product()
        while peek() in ("+", "-"):
            value = value + product() if take() == "+" else value - product()
        return value

    value = expression()
    if peek():
        raise ValueError("something is left over")
    return value
