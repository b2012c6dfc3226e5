"""The style sheet's colours, measured: WCAG 2.2 AA asks 4.5 to 1 for text, in both schemes.

https://www.w3.org/TR/WCAG22/#contrast-minimum
"""

import re
from pathlib import Path

import pytest
from django.conf import settings

CSS = (Path(settings.BASE_DIR) / "esign" / "static" / "portal" / "portal.css").read_text()
LIGHT, DARK = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
TEXT_ON_GROUND = [
    ("ink", "ground"),
    ("ink", "sheet"),
    ("muted", "ground"),
    ("muted", "sheet"),
    ("accent", "ground"),
    ("accent", "sheet"),
    ("accent", "tint"),
    ("accent-strong", "sheet"),
    ("accent-strong", "tint"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("warn-ink", "warn-tint"),
    ("bad-ink", "bad-tint"),
    ("bad-ink", "sheet"),
]


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block))


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_is_right() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(scheme: str, text: str, ground: str) -> None:
    palette = colours(LIGHT) | (colours(DARK) if scheme == "dark" else {})

    assert contrast(palette[text], palette[ground]) >= 4.5


def test_the_style_sheet_loads_nothing_from_elsewhere() -> None:
    assert "url(" not in CSS
    assert "@import" not in CSS
