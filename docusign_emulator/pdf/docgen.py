"""Docusign's document generation in Word files: find the fields, fill them.

Docusign does not publish the syntax of its placeholders where we could read it, so this one is the emulator's
(FIDELITY.md says so): `{{Name}}`; `{{#if Name}}…{{#else}}…{{/if}}` and `{{#if Name == "value"}}` for
conditional parts, inside a paragraph or around whole paragraphs and tables; `{{#each Name}}…{{/each}}` around
the cells of one table row, which is repeated for each row of values.
https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/documents/document-generation/
"""

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # lxml publishes no types

from docusign_emulator.pdf.docx import WORD, packed, parsed, parts

Values = Mapping[str, str | Sequence[Mapping[str, str]]]

_PARTS = re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml")
_NAME = r"[A-Za-z_][\w .-]*?"
_TAG = re.compile(
    r"\{\{\s*(?:"
    rf"(?P<if>\#if\s+(?P<test>{_NAME})(?:\s*(?P<sign>==|!=)\s*[\"“”'](?P<wanted>[^\"“”']*)[\"“”'])?)"
    rf"|(?P<else>\#?else)|(?P<endif>/if|\#endif)"
    rf"|(?P<each>\#each\s+(?P<rows>{_NAME}))|(?P<endeach>/each|\#endeach)"
    rf"|(?P<field>{_NAME})"
    r")\s*\}\}"
)
_FALSE = {"", "false", "no", "0"}


@dataclass(frozen=True)
class DocgenField:
    """One field of a Word document: `type` is Docusign's TextBox, Select or TableRow.

    options: the values a conditional part asks for; columns: the fields inside a repeated row.
    """

    name: str
    type: str = "TextBox"
    options: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


def docgen_fields(docx: bytes) -> list[DocgenField]:
    """The fields in the order they are met, each once. Raises Unconvertible when it is no Word document."""
    plain: dict[str, DocgenField] = {}
    for text in _texts(docx):
        rows = ""
        columns: list[str] = []
        for tag in _TAG.finditer(text):
            if tag["each"]:
                rows, columns = tag["rows"], []
            elif tag["endeach"]:
                plain[rows] = DocgenField(rows, "TableRow", columns=tuple(columns))
                rows = ""
            elif tag["field"] and rows:
                columns.append(tag["field"])
            elif tag["field"]:
                plain.setdefault(tag["field"], DocgenField(tag["field"]))
            elif tag["if"]:
                plain[tag["test"]] = _tested(plain.get(tag["test"]), tag["test"], tag["wanted"])
    return list(plain.values())


def fill_docgen(docx: bytes, values: Values) -> bytes:
    """The document with its fields filled; one without a value becomes empty, as Docusign leaves it.

    A conditional part stays when its field is none of empty, "false", "no", "0", or equals what it asks for.
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


def _texts(docx: bytes) -> Iterator[str]:
    """The text of each part, paragraphs apart, so that a tag split over runs is whole."""
    for name, data in parts(docx).items():
        if _PARTS.fullmatch(name):
            yield "\n".join(_text_of(paragraph) for paragraph in parsed(data).iter(f"{WORD}p"))


def _text_of(element: Any) -> str:
    return "".join(node.text or "" for node in element.iter(f"{WORD}t"))


def _tested(known: DocgenField | None, name: str, wanted: str | None) -> DocgenField:
    options = known.options if known else ()
    if wanted is not None and wanted not in options:
        options += (wanted,)
    return DocgenField(name, "Select" if options else "TextBox", options=options)


def _join_tags(paragraph: Any) -> None:
    """Word splits a tag over several runs as it is typed; move each tag whole into the run where it begins.

    An inline conditional part is treated as one tag, so that it is decided in one place.
    """
    nodes = list(paragraph.iter(f"{WORD}t"))
    text = "".join(node.text or "" for node in nodes)
    spans = [match.span() for match in re.finditer(r"\{\{#if\b.*?\{\{(?:/if|#endif)\s*\}\}|\{\{[^{}]*\}\}", text)]
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
    for row in list(root.iter(f"{WORD}tr")):
        found = _TAG.search(_text_of(row))
        if not found or not found["each"]:
            continue
        given = values.get(found["rows"])
        for line in given if isinstance(given, Sequence) and not isinstance(given, str) else ():
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
            if tag and tag["if"]:
                keeping.append(_holds(tag, values))
            elif tag and tag["else"] and keeping:
                keeping[-1] = not keeping[-1]
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
        if tag["if"]:
            keeping.append(_holds(tag, values))
        elif tag["else"] and keeping:
            keeping[-1] = not keeping[-1]
        elif tag["endif"] and keeping:
            keeping.pop()
        elif tag["field"] and all(keeping):
            value = values.get(tag["field"], "")
            out.append(value if isinstance(value, str) else "")
    if all(keeping):
        out.append(text[position:])
    return "".join(out)


def _holds(tag: re.Match[str], values: Values) -> bool:
    value = values.get(tag["test"], "")
    if tag["sign"]:
        return (value == tag["wanted"]) == (tag["sign"] == "==")
    return value.strip().lower() not in _FALSE if isinstance(value, str) else bool(value)
