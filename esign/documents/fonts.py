"""Which characters our fonts can print.

A character outside them would come out as an empty box in a contract, or vanish. `coverage.json` beside the fonts
lists what each one draws (a test compares it with the font files); preflight asks here before anything is sent.
"""

import bisect
import json
import unicodedata
from functools import cache

from esign.documents.engines import ASSETS
from leases.names import is_invisible

# Which sheet draws which characters. Latin is always there; the ranges of the sheets themselves are finer.
SCRIPTS = {
    "latin": [(0x0000, 0x00FF)],
    "latin-ext": [(0x0100, 0x02FF), (0x1D00, 0x1DBF), (0x1E00, 0x1EFF), (0x20A0, 0x20C4), (0x2C60, 0x2C7F),
                  (0xA720, 0xA7FF)],
    "vietnamese": [(0x0102, 0x0103), (0x0110, 0x0111), (0x0128, 0x0129), (0x0168, 0x0169), (0x01A0, 0x01B0),
                   (0x0300, 0x0329), (0x1EA0, 0x1EF9), (0x20AB, 0x20AB)],
    "greek": [(0x0370, 0x03FF)],
    "cyrillic": [(0x0301, 0x0301), (0x0400, 0x045F), (0x0490, 0x04B1), (0x2116, 0x2116)],
    "hebrew": [(0x0590, 0x05FF), (0xFB1D, 0xFB4F)],
    "arabic": [(0x0600, 0x06FF), (0x0750, 0x077F), (0x08A0, 0x08FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC)],
}  # fmt: skip
SPACES = frozenset("\n\r\t ")


def scripts_in(text: str) -> list[str]:
    """The sheets of `assets/scripts/` that a document with this text needs. Each costs an engine time to read."""
    beyond_ascii = {ord(char) for char in set(text) if char > "\x7f"}
    return [
        script
        for script, spans in SCRIPTS.items()
        if script == "latin" or any(first <= code <= last for code in beyond_ascii for first, last in spans)
    ]


def unprintable(text: str) -> list[str]:
    """The characters of `text` that no document can show, each once, in order of appearance."""
    return [char for char in dict.fromkeys(text) if not _prints(char)]


def described(char: str) -> str:
    """A character as the office can recognise it: itself, with its code and name."""
    name = unicodedata.name(char, "unnamed").lower()
    shown = "" if is_invisible(char) else f"“{char}” "
    return f"{shown}(U+{ord(char):04X}, {name})"


def _prints(char: str) -> bool:
    if char in SPACES:
        return True
    if is_invisible(char):
        return False
    starts, ends = _ranges()
    place = bisect.bisect_right(starts, ord(char)) - 1
    return place >= 0 and ord(char) <= ends[place]


@cache
def _ranges() -> tuple[list[int], list[int]]:
    spans = json.loads((ASSETS / "fonts" / "coverage.json").read_text(encoding="ascii"))
    return [start for start, _ in spans], [end for _, end in spans]
