"""Everything the portal and our mails say is also said in Spanish, by the catalog that is committed."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation.template import templatize

BASE = Path(settings.BASE_DIR)
CATALOG = BASE / "esign" / "locale" / "es" / "LC_MESSAGES"
# How `templatize` writes down what a template wants translated.
IN_TEMPLATE = re.compile(r"gettext\((u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\")")
IN_CODE = ("_", "gettext", "ngettext")
IN_PO = re.compile(r'^(msgid|msgstr(?:\[0\])?) "((?:[^"\\]|\\.)*)"$', re.MULTILINE)


def said_in_templates() -> Iterator[tuple[str, str]]:
    for folder in ("portal", "emails"):
        for path in sorted((BASE / "templates" / folder).rglob("*.*")):
            for text in IN_TEMPLATE.findall(templatize(path.read_text(), origin=str(path))):
                yield path.name, ast.literal_eval(text)


def said_in_code() -> Iterator[tuple[str, str]]:
    for room in ("portal", "mail"):
        for path in sorted((BASE / "esign" / room).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IN_CODE:
                    yield path.name, ast.literal_eval(node.args[0])


def test_the_search_finds_what_is_said() -> None:
    assert len(set(said_in_templates())) > 80
    assert len(set(said_in_code())) > 80


def test_every_sentence_has_a_spanish_one() -> None:
    said = [*said_in_templates(), *said_in_code()]

    assert [(place, text) for place, text in said if in_spanish(text) == text] == []


def test_the_compiled_catalog_says_what_the_readable_one_says() -> None:
    entries = [text.encode().decode("unicode_escape").encode("latin-1").decode() for _, text in IN_PO.findall(po())]
    pairs = [pair for pair in zip(entries[::2], entries[1::2], strict=True) if pair[0]]

    assert len(pairs) > 100
    assert [pair for pair in pairs if in_spanish(pair[0]) != pair[1]] == []


def test_what_is_filled_in_is_filled_in_in_both_languages() -> None:
    for original, spanish in _pairs():
        assert sorted(re.findall(r"%\(\w+\)s|</?\w+", original)) == sorted(re.findall(r"%\(\w+\)s|</?\w+", spanish))


def test_no_other_application_says_it_differently() -> None:
    """Catalogs of applications before ours win: a word they share must mean the same."""
    with translation.override("es"):
        different = {
            original: translation.gettext(original)
            for original, spanish in _pairs()
            if translation.gettext(original) not in (spanish, original)
        }
    assert different == {}


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES if code != "en"])
def test_every_language_on_the_switch_has_a_catalog(language: str) -> None:
    assert gettext.find("django", CATALOG.parent.parent, [language])


def po() -> str:
    return (CATALOG / "django.po").read_text()


def in_spanish(text: str) -> str:
    """By our own catalog alone; the text itself when it is not there."""
    catalog = gettext.translation("django", CATALOG.parent.parent, ["es"])
    singular = catalog.gettext(text)
    return singular if singular != text else catalog.ngettext(text, text, 1)


def _pairs() -> list[tuple[str, str]]:
    return [(text, in_spanish(text)) for _, text in {*said_in_templates(), *said_in_code()}]
