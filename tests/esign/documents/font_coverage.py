"""What the committed fonts can draw, read from the files themselves.

`python -m tests.esign.documents.font_coverage` writes the list again after a font was added.
"""

import json
import re

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # fontTools ships no types

from esign.documents.engines import ASSETS

FACE = re.compile(
    r'font-family: "([^"]+)"; font-weight: (\d+); font-style: (\w+);\s+'
    r'src: url\("asset:///fonts/([^"]+)"\);\s+unicode-range: ([^;]+);'
)
LIST = ASSETS / "fonts" / "coverage.json"


def spans() -> list[list[int]]:
    """The characters that every weight of the text face draws, or the faces it falls back on, as ranges."""
    drawn: dict[tuple[str, str, str], set[int]] = {}
    for family, weight, style, file, ranges in FACE.findall(_sheets()):
        characters = set(TTFont(ASSETS / "fonts" / file).getBestCmap()) & _named(ranges)
        drawn.setdefault((family, weight, style), set()).update(characters)
    serif = set.intersection(*(chars for (family, *_), chars in drawn.items() if family == "Source Serif 4"))
    fallback = set.union(*(chars for (family, *_), chars in drawn.items() if family.startswith("Document")))
    return _as_spans(serif | fallback)


def _sheets() -> str:
    return "".join(sheet.read_text() for sheet in sorted((ASSETS / "scripts").glob("*.css")))


def _named(ranges: str) -> set[int]:
    characters: set[int] = set()
    for part in ranges.split(","):
        first, _, last = part.strip()[2:].partition("-")
        characters.update(range(int(first, 16), int(last or first, 16) + 1))
    return characters


def _as_spans(characters: set[int]) -> list[list[int]]:
    result: list[list[int]] = []
    for code in sorted(characters):
        if result and result[-1][1] == code - 1:
            result[-1][1] = code
        else:
            result.append([code, code])
    return result


if __name__ == "__main__":
    LIST.write_text(json.dumps(spans(), separators=(",", ":")) + "\n", encoding="ascii")
