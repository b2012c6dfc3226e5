"""Which CSS a style attribute of a document may contain: looks that paper needs, in sizes that paper has.

A style is a list of declarations, https://www.w3.org/TR/css-style-attr/. Only the properties named here pass, so that
a text can neither be hidden nor taken out of its place; sizes are bounded, since a line of a million pixels costs an
engine gigabytes.
"""

from __future__ import annotations

from functools import lru_cache

import tinycss2

PROPERTIES = frozenset({
    "background-color", "border", "border-bottom", "border-collapse", "border-color", "border-left", "border-right",
    "border-spacing", "border-style", "border-top", "border-width", "break-after", "break-before", "break-inside",
    "color", "font-size", "font-style", "font-variant", "font-weight", "height", "letter-spacing", "line-height",
    "list-style-type", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top", "max-width",
    "min-height", "min-width", "orphans", "padding", "padding-bottom", "padding-left", "padding-right", "padding-top",
    "page-break-after", "page-break-before", "page-break-inside", "text-align", "text-decoration", "text-indent",
    "text-transform", "vertical-align", "white-space", "widows", "width", "word-break", "overflow-wrap",
})  # fmt: skip
# CSS pixels to one of each unit; `em` and `%` are of the size around them, here taken as that of plain text.
PIXELS = {"px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 37.8, "mm": 3.78, "em": 16.0, "rem": 16.0, "ex": 8.0}
MAX_PIXELS = 1_100  # the height of a letter page is 1,056
MAX_PERCENT = 400
# Sizes of text and of its lines that can be read: in pixels, percent and as a plain factor, which a font size never is.
READABLE: dict[str, dict[str, tuple[float, float]]] = {
    "font-size": {"pixels": (8, 96), "percent": (60, 300), "number": (1, 0)},
    "line-height": {"pixels": (8, 192), "percent": (80, 400), "number": (0.8, 4)},
}
MAX_NUMBER = 1_000  # a font weight
MAX_DECLARATIONS = 30


@lru_cache(maxsize=1024)  # the same few stand in every document
def style_problem(style: str) -> str:
    """What in a style attribute a document cannot have, in words for its author; empty when all of it is fine."""
    found = tinycss2.parse_blocks_contents(style, skip_comments=False, skip_whitespace=True)
    if len(found) > MAX_DECLARATIONS:
        return f"A style has {len(found)} declarations; {MAX_DECLARATIONS} are enough."
    for declaration in found:
        if declaration.type != "declaration":
            return "A style is a list such as “text-align: center; margin-top: 12pt”; this one cannot be read as such."
        name = declaration.lower_name
        if name not in PROPERTIES:
            return (
                f"“{name[:30]}” cannot be used in a style: a style in a document sets sizes, margins, borders, colors "
                "and breaks, and neither loads, hides nor moves anything, nor chooses another typeface."
            )
        for token in declaration.value:
            if problem := _token_problem(name, token):
                return problem
    return ""


def _token_problem(name: str, token: tinycss2.ast.Node) -> str:
    match token.type:
        case "whitespace" | "ident" | "hash":
            return ""
        case "dimension" if token.lower_unit in PIXELS:
            return _size_problem(name, token.value * PIXELS[token.lower_unit], "pixels", MAX_PIXELS)
        case "percentage":
            return _size_problem(name, token.value, "percent", MAX_PERCENT)
        case "number":
            return _size_problem(name, token.value, "number", MAX_NUMBER)
        case "literal" if token.value == ",":
            return ""
    return f"“{token.serialize()[:30]}” cannot be used in a style of a document."


def _size_problem(name: str, value: float, kind: str, most: float) -> str:
    least, most = READABLE[name][kind] if name in READABLE else (0, most)
    if least <= value <= most:
        return ""
    return f"The size of “{name}” is out of bounds: it has to fit on a page of paper, and text has to be readable."
