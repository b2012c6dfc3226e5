"""Docusign's document generation in Word files: find the fields, fill them.

`{{Name}}` is a field, `{{t:"TableRow", e:"Name"}}` makes a dynamic table of the row it stands in, and
`{{if Name = 'value'}} … {{endif}}`, inside a paragraph or around whole paragraphs and tables, is a conditional part.
Conditions compare with = and !=, case left aside by $uppercase(Name) or $lowercase(Name); numbers by $number(Name) with
>, >=, <, <= too; `and` and `or` join them.
https://support.docusign.com/s/document-item?bundleId=als1679428547895&topicId=ftc1679700030026.html (fields),
…topicId=ahh1679704095661.html (conditions), …topicId=vow1682453177695.html (mistakes), and for tables
https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/documents/document-generation/
"""

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # lxml publishes no types

from docusign_emulator.pdf.conditions import NAME, Condition, NotANumber
from docusign_emulator.pdf.docx import WORD, packed, parsed, parts

Values = Mapping[str, str | Sequence[Mapping[str, str]]]

_PARTS = re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml")
_Q = r"[\"“”'\u2018\u2019]"
_TAG = re.compile(
    r"\{\{\s*(?:"
    r"if\b\s*(?P<test>[^{}]*?)"
    r"|(?P<endif>endif)"
    rf"|t\s*:\s*{_Q}(?P<type>\w+){_Q}\s*,\s*e\s*:\s*{_Q}(?P<typed>{NAME}){_Q}[^{{}}]*?"
    rf"|(?P<field>{NAME})"
    r")\s*\}\}"
)
_INLINE = re.compile(r"\{\{\s*if\b.*?\{\{\s*endif\s*\}\}|\{\{[^{}]*\}\}")


@dataclass(frozen=True)
class DocgenField:
    """One field of a Word document: `type` is Docusign's TextBox, Date, Number, Select or TableRow.

    columns: the fields inside the repeated row of a table.
    """

    name: str
    type: str = "TextBox"
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class DocgenError:
    """What is wrong with a tag of the document, or with a value."""

    code: str
    message: str
    tag: str


def docgen_fields(docx: bytes) -> list[DocgenField]:
    """The fields in the order they are met, each once. Raises Unconvertible when it is no Word document."""
    found: dict[str, DocgenField] = {}
    for root in _roots(docx):
        rows: dict[Any, DocgenField] = {}
        for row in root.iter(f"{WORD}tr"):
            if table := _table(row):
                rows[row] = table
        for paragraph in root.iter(f"{WORD}p"):
            row = next(paragraph.iterancestors(f"{WORD}tr"), None)
            if row in rows:
                found.setdefault(rows[row].name, rows[row])
                continue
            for tag in _TAG.finditer(_text_of(paragraph)):
                for field in _named(tag):
                    found.setdefault(field.name, field)
    return list(found.values())


def docgen_errors(docx: bytes, values: Values) -> list[DocgenError]:
    """What Docusign would tell as a merge error: conditions it cannot read, parts without an end, words for numbers."""
    errors: list[DocgenError] = []
    for root in _roots(docx):
        open_ifs: list[str] = []
        for tag in _TAG.finditer("\n".join(_text_of(one) for one in root.iter(f"{WORD}p"))):
            if tag["endif"]:
                if open_ifs:
                    open_ifs.pop()
                else:
                    what = "An endif has no if before it."
                    errors.append(DocgenError("EndTagWithoutStartTag", what, '{"type":"EndConditional"}'))
            elif tag["test"] is not None:
                open_ifs.append(tag[0])
                errors += _wrong_with(tag, values)
        errors += [DocgenError("StartTagWithoutEndTag", "An if has no endif.", one) for one in open_ifs]
    return errors


def fill_docgen(docx: bytes, values: Values) -> bytes:
    """The document with its fields filled; one without a value becomes empty, as Docusign leaves it.

    A part stays when its condition holds; of a condition that cannot be read or decided it is left out.
    Raises Unconvertible when it is no Word document.
    """
    files = parts(docx)
    for name in files:
        if _PARTS.fullmatch(name):
            root = parsed(files[name])
            for paragraph in root.iter(f"{WORD}p"):
                _join_tags(paragraph)
            _repeat_rows(root, values)
            _drop_conditional_blocks(root, values)
            for paragraph in root.iter(f"{WORD}p"):
                for node in paragraph.iter(f"{WORD}t"):
                    _set_text(node, _filled(node.text or "", values))
            files[name] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return packed(files)


def _roots(docx: bytes) -> Iterator[Any]:
    """The parts that have text, each tag whole in its paragraph."""
    for name, data in parts(docx).items():
        if _PARTS.fullmatch(name):
            yield parsed(data)


def _text_of(element: Any) -> str:
    return "".join(node.text or "" for node in element.iter(f"{WORD}t"))


def _table(row: Any) -> DocgenField | None:
    """The dynamic table whose row this is."""
    tags = list(_TAG.finditer(_text_of(row)))
    name = next((tag["typed"] for tag in tags if tag["type"] == "TableRow"), None)
    if name is None:
        return None
    columns = dict.fromkeys(tag["field"] for tag in tags if tag["field"])
    return DocgenField(name, "TableRow", columns=tuple(columns))


def _named(tag: re.Match[str]) -> list[DocgenField]:
    """The fields one tag brings up: its own, or those its condition asks about."""
    if tag["typed"]:
        return [DocgenField(tag["typed"], tag["type"])]
    if tag["field"]:
        return [DocgenField(tag["field"])]
    condition = Condition.read(tag["test"]) if tag["test"] is not None else None
    return [DocgenField(name) for name in condition.names()] if condition else []


def _wrong_with(tag: re.Match[str], values: Values) -> list[DocgenError]:
    condition = Condition.read(tag["test"])
    if condition is None:
        return [DocgenError("Undefined", "This condition cannot be read.", tag[0])]
    if not values.keys() >= set(condition.names()):  # nothing is wrong with what no one has entered yet
        return []
    try:
        condition.holds(values)
    except NotANumber as error:
        return [DocgenError("ValueNotValid", str(error), tag[0])]
    return []


def _join_tags(paragraph: Any) -> None:
    """Word splits a tag over several runs as it is typed; move each tag whole into the run where it begins.

    An inline conditional part is treated as one tag, so that it is decided in one place.
    """
    nodes = list(paragraph.iter(f"{WORD}t"))
    text = "".join(node.text or "" for node in nodes)
    spans = [match.span() for match in _INLINE.finditer(text)]
    if not spans:
        return
    position, pieces = 0, []
    for node in nodes:
        start, position = position, position + len(node.text or "")
        pieces.append([start, position])
    for begin, end in spans:
        first = next(i for i, (start, stop) in enumerate(pieces) if start <= begin < stop)
        if end <= pieces[first][1]:
            continue
        pieces[first][1] = end
        for piece in pieces[first + 1 :]:
            piece[0], piece[1] = max(piece[0], end), max(piece[1], end)
    for node, (start, stop) in zip(nodes, pieces, strict=True):
        _set_text(node, text[start:stop])


def _set_text(node: Any, text: str) -> None:
    if node.text != text:
        node.text = text
        node.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _repeat_rows(root: Any, values: Values) -> None:
    """A dynamic table has a row for each of its values; given none at all, a blank one."""
    for row in list(root.iter(f"{WORD}tr")):
        table = _table(row)
        if table is None:
            continue
        given = values.get(table.name)
        for line in given if isinstance(given, Sequence) and not isinstance(given, str) else [{}]:
            new = copy.deepcopy(row)
            for node in new.iter(f"{WORD}t"):
                _set_text(node, _filled(node.text or "", line))
            row.addprevious(new)
        row.getparent().remove(row)


def _drop_conditional_blocks(root: Any, values: Values) -> None:
    """Conditional parts whose tags stand alone in their paragraphs: keep or drop the blocks between them."""
    for container in list(root.iter()):
        keeping: list[bool] = []
        for child in list(container):
            text = _text_of(child).strip() if child.tag == f"{WORD}p" else ""
            tag = _TAG.fullmatch(text)
            if tag and tag["test"] is not None:
                keeping.append(_holds(tag, values))
            elif tag and tag["endif"] and keeping:
                keeping.pop()
            elif all(keeping):
                continue
            container.remove(child)


def _filled(text: str, values: Values) -> str:
    """The text with inline conditions decided and fields replaced."""
    out: list[str] = []
    keeping: list[bool] = []
    position = 0
    for tag in _TAG.finditer(text):
        if all(keeping):
            out.append(text[position : tag.start()])
        position = tag.end()
        if tag["test"] is not None:
            keeping.append(_holds(tag, values))
        elif tag["endif"]:
            del keeping[-1:]
        elif all(keeping):
            value = values.get(tag["field"] or tag["typed"], "")
            out.append(value if isinstance(value, str) else "")
    if all(keeping):
        out.append(text[position:])
    return "".join(out)


def _holds(tag: re.Match[str], values: Values) -> bool:
    condition = Condition.read(tag["test"])
    try:
        return condition is not None and condition.holds(values)
    except NotANumber:
        return False
