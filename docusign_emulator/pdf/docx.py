"""Word documents: their content as HTML, through mammoth.

mammoth reads structure and drops looks. Two looks matter for signing and are carried across as styles of our
own: the colour of a run (anchors are often white) and the alignment of a paragraph.
"""

import io
import re
import zipfile
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # lxml publishes no types

from docusign_emulator.pdf.errors import Unconvertible

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LARGEST = 25 * 1024 * 1024 * 4  # bytes unpacked; Docusign takes Word files of up to 25 MB packed
_BODY = "word/document.xml"
_ALIGNMENTS = {"center": "center", "right": "right", "end": "right"}


def docx_to_html(docx: bytes) -> str:
    """The document's HTML, pictures as data URIs. Raises Unconvertible when it is no Word document."""
    import mammoth  # noqa: PLC0415  # slow to import, and most documents are PDFs

    marked, colours = _with_colour_styles(docx)
    style_map = [
        *(f"r.EmulatorColour{colour} => span.colour-{colour}" for colour in sorted(colours)),
        *(f"p[style-name='emulator {side}'] => p.align-{side}:fresh" for side in ("center", "right")),
        "br[type='page'] => hr.page-break",
    ]
    try:
        html: str = mammoth.convert_to_html(
            io.BytesIO(marked),
            style_map="\n".join(style_map),
            transform_document=mammoth.transforms.paragraph(_aligned),
        ).value
    except Exception as error:  # mammoth lets any error of a malformed part through
        raise Unconvertible("The Word document could not be read.") from error
    html = re.sub(r'<span class="colour-(\w{6})">', r'<span style="color:#\1">', html)
    return re.sub(r'<p class="align-(\w+)">', r'<p style="text-align:\1">', html)


def parts(docx: bytes) -> dict[str, bytes]:
    """Every file in the package by its name. Raises Unconvertible when it is no Word document."""
    try:
        with zipfile.ZipFile(io.BytesIO(docx)) as package:
            if sum(info.file_size for info in package.infolist()) > _LARGEST:
                raise Unconvertible("The Word document is too large.")
            found = {info.filename: package.read(info) for info in package.infolist()}
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
        raise Unconvertible("The file is not a Word document.") from error
    if _BODY not in found:
        raise Unconvertible("The file is not a Word document.")
    return found


def packed(files: dict[str, bytes]) -> bytes:
    """The package again, from its files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in files.items():
            package.writestr(name, data)
    return out.getvalue()


def parsed(xml: bytes) -> Any:
    """The root element, with entities and network off. Raises Unconvertible."""
    try:
        return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise Unconvertible("The Word document is damaged.") from error


def _with_colour_styles(docx: bytes) -> tuple[bytes, set[str]]:
    """The document with each coloured run in a style named after its colour, and the colours."""
    files = parts(docx)
    root = parsed(files[_BODY])
    colours = set()
    for properties in root.iter(f"{WORD}rPr"):
        colour = properties.find(f"{WORD}color")
        value = colour.get(f"{WORD}val", "") if colour is not None else ""
        if properties.getparent().tag != f"{WORD}r" or not re.fullmatch("[0-9A-Fa-f]{6}", value):
            continue
        for old in properties.findall(f"{WORD}rStyle"):
            properties.remove(old)
        style = etree.SubElement(properties, f"{WORD}rStyle")
        style.set(f"{WORD}val", f"EmulatorColour{value}")
        colours.add(value)
    if not colours:
        return docx, colours
    files[_BODY] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return packed(files), colours


def _aligned(paragraph: Any) -> Any:
    side = _ALIGNMENTS.get(paragraph.alignment)
    if side and not paragraph.style_id:
        return paragraph.copy(style_id=f"Emulator{side}", style_name=f"emulator {side}")
    return paragraph
