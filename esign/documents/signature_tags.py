"""The tags by which a template says who signs where.

Each tag draws a line or a box and leaves an invisible anchor in it: white text in the PDF's text layer, which
Docusign finds and puts its own tab upon (https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/tabs/auto-place/).
Docusign looks for an anchor in every document of an envelope, so anchors from the second document on carry
the document's number: `/sig:tenant1/`, then `/sig:tenant1@2/`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from markupsafe import Markup

from esign.documents.errors import TemplateProblem
from esign.documents.languages import language_table

Kind = Literal["signature", "initials", "date_signed", "text", "checkbox"]
PREFIXES: dict[Kind, str] = {
    "signature": "sig",
    "initials": "ini",
    "date_signed": "date",
    "text": "txt",
    "checkbox": "chk",
}
# Width and height on paper, in points
SIZES: dict[Kind, tuple[int, int]] = {
    "signature": (134, 34),
    "initials": (44, 22),
    "date_signed": (64, 16),
    "text": (180, 16),
    "checkbox": (11, 11),
}
LABEL = re.compile(r"[a-z][a-z0-9_]{0,39}")
MAX_VALUE = 500
TAG_NAMES = ("signature", "initials", "date_signed", "text_field", "checkbox", "signature_block", "signature_blocks")
ROLES = ("tenant", "guarantor", "landlord")

# Markup.format escapes what is put in
BLOCK = Markup(
    '<div class="signature-block"><p class="role">{role}</p>{entity}'
    '<table><tr><td>{line}</td><td class="date">{date_line}</td></tr>'
    '<tr><td class="under"><span class="name">{name}</span>{title}</td>'
    '<td class="under date">{date}</td></tr></table></div>'
)
TAB = Markup('<span class="tab tab-{}" style="width:{}pt;height:{}pt"><span class="anchor">{}</span></span>')
ENTITY = Markup('<p class="entity">{}</p>')


@dataclass(frozen=True)
class TabPlacement:
    """One Docusign tab of one document. Sizes are in points; `occurrences` is how often the anchor is printed."""

    kind: Kind
    signer_key: str
    anchor: str
    label: str
    required: bool = True
    locked: bool = False
    value: str = ""
    width: int = 0
    height: int = 0
    occurrences: int = 1


@dataclass(frozen=True)
class SigningParty:
    """Who signs, as the signature block says it: for a company, `entity` is its name and `title` the office."""

    key: str
    role: str
    name: str
    title: str = ""
    entity: str = ""


class SignatureTags:
    """The tag functions of one document, and a record of the tabs its template placed."""

    def __init__(self, document_number: int, parties: Sequence[SigningParty], language: str = "en") -> None:
        self.document_number = document_number
        self.parties = {party.key: party for party in parties}
        self.words = language_table(language).signature_words
        self._placed: dict[str, TabPlacement] = {}

    @property
    def placed(self) -> tuple[TabPlacement, ...]:
        """The tabs so far, in the order of the document."""
        return tuple(self._placed.values())

    def functions(self) -> dict[str, Callable[..., Markup]]:
        """What a template calls, by the names it uses."""
        named: dict[str, Callable[..., Markup]] = {
            "signature": self.signature,
            "initials": self.initials,
            "date_signed": self.date_signed,
            "text_field": self.text_field,
            "checkbox": self.checkbox,
            "signature_block": self.signature_block,
            "signature_blocks": self.signature_blocks,
        }
        return {name: _tag(function) for name, function in named.items()}

    def signature(self, key: str) -> Markup:
        """A line for the full signature of the signer `key`."""
        return self._place("signature", key, f"signature_{key}")

    def initials(self, key: str, required: bool = True) -> Markup:
        """A small box for initials, beside a clause that wants particular attention."""
        return self._place("initials", key, f"initials_{key}", required=required)

    def date_signed(self, key: str) -> Markup:
        """A line that Docusign fills with the date of the signature."""
        return self._place("date_signed", key, f"date_{key}")

    def text_field(
        self,
        key: str,
        label: str,
        required: bool = True,
        locked: bool = False,
        value: str = "",
        width: int = 0,
    ) -> Markup:
        """A field the signer fills in; locked, it shows `value` and cannot be changed."""
        if locked and not value:
            raise TemplateProblem(f"The locked field “{label}” has no value, so no one could ever fill it.")
        return self._place("text", key, label, required=required, locked=locked, value=value, width=width)

    def checkbox(self, key: str, label: str, required: bool = False, value: bool = False) -> Markup:
        """A box to tick."""
        return self._place("checkbox", key, label, required=required, value="true" if value else "")

    def signature_block(self, key: str) -> Markup:
        """Everything one signer signs with: role, line, date, name and office."""
        line, date_line = self.signature(key), self.date_signed(key)
        party = self.parties[key]
        return BLOCK.format(
            role=self.words.get(party.role, party.role),
            entity=ENTITY.format(party.entity or ""),
            line=line,
            date_line=date_line,
            name=f"{self.words['by']} {party.name}" if party.entity else party.name,
            title=f", {party.title}" if party.title else "",
            date=self.words["date"],
        )

    def signature_blocks(self, *roles: str) -> Markup:
        """A block for each signer with one of these roles, in the order of signing."""
        for role in roles:
            if role not in ROLES:
                raise TemplateProblem(f"“{role}” is no role of a signer. The roles are {', '.join(ROLES)}.")
        return Markup("\n").join(
            self.signature_block(party.key) for party in self.parties.values() if party.role in roles
        )

    def _place(
        self,
        kind: Kind,
        key: str,
        label: str,
        *,
        required: bool = True,
        locked: bool = False,
        value: str = "",
        width: int = 0,
    ) -> Markup:
        if key not in self.parties:
            raise TemplateProblem(
                f"No one signs as “{key}”. The signers of this document are {', '.join(self.parties) or 'none'}."
            )
        if not isinstance(label, str) or not LABEL.fullmatch(label):
            raise TemplateProblem(
                f"“{label}” is no field name: use small letters, digits and _, such as vehicle_plate."
            )
        if not isinstance(value, str) or len(value) > MAX_VALUE:
            raise TemplateProblem(f"The value of “{label}” must be text of at most {MAX_VALUE} characters.")
        standard_width, height = SIZES[kind]
        place = TabPlacement(
            kind=kind,
            signer_key=key,
            anchor=self._anchor(kind, key, label),
            label=label,
            required=required,
            locked=locked,
            value=value,
            width=min(max(int(width), 24), 460) if width else standard_width,
            height=height,
        )
        before = self._placed.get(place.anchor)
        if before is not None:
            if replace(before, occurrences=1) != place:
                raise TemplateProblem(f"The field “{label}” of {key} is described in two different ways.")
            place = replace(before, occurrences=before.occurrences + 1)
        self._placed[place.anchor] = place
        return TAB.format(kind.replace("_", "-"), place.width, height, place.anchor)

    def _anchor(self, kind: Kind, key: str, label: str) -> str:
        number = f"@{self.document_number}" if self.document_number > 1 else ""
        name = f":{label}" if kind in {"text", "checkbox"} else ""
        return f"/{PREFIXES[kind]}:{key}{number}{name}/"


def _tag(function: Callable[..., Markup]) -> Callable[..., Markup]:
    def call(*args: object, **kwargs: object) -> Markup:
        return function(*args, **kwargs)

    call.is_document_tag = True  # type: ignore[attr-defined]  # the mark the sandbox looks for
    return call
