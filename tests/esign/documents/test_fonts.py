"""A character that cannot be printed is found before it becomes a box in a contract."""

import json

import pytest

from esign.documents import fonts, textlayer
from esign.documents.pdf import render_pdf
from tests.esign.documents import font_coverage


def test_the_list_of_printable_characters_is_what_the_fonts_draw() -> None:
    assert json.loads(font_coverage.LIST.read_text()) == font_coverage.spans()


@pytest.mark.parametrize(
    "text",
    [
        "Ana Reyes",
        "José Ñandú",
        "Łukasz Żółć",
        "Nguyễn Thị Ánh",
        "Αλέξανδρος",
        "Дмитрий",
        "שרה",
        "محمد",
        "§ € “x” ½ º\n",
    ],
)
def test_names_in_the_scripts_we_have_fonts_for_can_be_printed(text: str) -> None:
    assert fonts.unprintable(text) == []


@pytest.mark.parametrize("char", ["漢", "😀", "\u202e", "\x00", "\u200b", "क", "\ue000", "\ud800"])
def test_other_characters_are_named_and_not_printed(char: str) -> None:
    assert fonts.unprintable(f"Ana {char}{char}") == [char]
    assert f"U+{ord(char):04X}" in fonts.described(char)


@pytest.mark.parametrize("char", ["\u202e", "\u200b", "\x00"])
def test_the_description_of_an_invisible_character_does_not_contain_it(char: str) -> None:
    assert char not in fonts.described(char)


def test_what_counts_as_printable_is_drawn_with_a_glyph_in_every_weight() -> None:
    sample = "Aé Łż Ễị Ωή Дж שר مح §€"
    sheets = [f"scripts/{script}" for script in fonts.scripts_in(sample)] + ["document"]
    html = "".join(f'<link rel="stylesheet" href="asset:///{sheet}.css">' for sheet in sheets)
    for style in ("", "font-weight:600", "font-weight:700", "font-style:italic"):
        printed = textlayer.text(
            render_pdf(f'<html><head>{html}</head><body><p style="{style}">{sample}</p></body></html>')
        )
        for char in sample.replace("مح", "").replace(" ", ""):
            assert char in printed, (style, char)


def test_a_document_in_plain_english_loads_the_latin_faces_only() -> None:
    assert fonts.scripts_in("Ana\u2019s lease — “Unit 4B” · $1,450.00 é") == ["latin"]
    assert fonts.scripts_in("Łukasz") == ["latin", "latin-ext"]
    assert set(fonts.scripts_in("Ễ Дж שר مح Ω")) == {
        "latin",
        "latin-ext",
        "vietnamese",
        "cyrillic",
        "hebrew",
        "arabic",
        "greek",
    }


def test_every_printable_character_belongs_to_a_sheet() -> None:
    for first, last in font_coverage.spans():
        for code in range(max(first, 0x100), last + 1):
            if not 0x2000 <= code <= 0x22FF and code not in {0x2DA, 0x2DC, 0x131, 0x152, 0x153, 0xFFFD, 0xFEFF}:
                assert len(fonts.scripts_in(chr(code))) > 1, hex(code)
