"""Which characters our fonts can print.

A character outside them would come out as an empty box in a contract, or vanish. `coverage.json` beside the fonts
lists what each one draws (a test compares it with the font files); preflight asks here before anything is sent.
"""

import bisect
import json
import unicodedata
from functools import cache

from esign.documents.pdf import ASSETS

# Characters that print nothing but change what is read: reversed text in a contract is a trick, not a name.
INVISIBLE = frozenset("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\u00ad")
SPACES = frozenset("\n\r\t ")


def unprintable(text: str) -> list[str]:
    """The characters of `text` that no document can show, each once, in order of appearance."""
    return [char for char in dict.fromkeys(text) if not _prints(char)]


def described(char: str) -> str:
    """A character as the office can recognise it: itself, with its code and name."""
    name = unicodedata.name(char, "unnamed").lower()
    shown = "" if char in INVISIBLE or unicodedata.category(char).startswith("C") else f"“{char}” "
    return f"{shown}(U+{ord(char):04X}, {name})"


def _prints(char: str) -> bool:
    if char in SPACES:
        return True
    if char in INVISIBLE or unicodedata.category(char).startswith("C"):
        return False
    starts, ends = _ranges()
    place = bisect.bisect_right(starts, ord(char)) - 1
    return place >= 0 and ord(char) <= ends[place]


@cache
def _ranges() -> tuple[list[int], list[int]]:
    spans = json.loads((ASSETS / "fonts" / "coverage.json").read_text(encoding="ascii"))
    return [start for start, _ in spans], [end for _, end in spans]
