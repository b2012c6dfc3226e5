"""Where the text of a document template comes from: files of the product, or rows that staff have published."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from django.conf import settings

from esign.documents.errors import TemplateProblem

TEMPLATES = Path(settings.BASE_DIR) / "templates" / "documents"
TITLE = re.compile(r"\A\{#-?\s*title:\s*(.+?)\s*-?#\}")
NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class TemplateText:
    """The template text of one document in one language. `version` is the SHA-256 of the text in hexadecimal."""

    name: str
    language: str
    title: str
    text: str

    @cached_property
    def version(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


class TemplateSource(Protocol):
    """Finds the template texts to use now."""

    def find_all(self, names: Iterable[str], language: str) -> Mapping[str, TemplateText]:
        """The templates of these names. Raises `TemplateProblem` where there is none in this language or English."""
        ...


def template_text(name: str, language: str, text: str) -> TemplateText:
    """This text as a template: its first line names it, else its kind does."""
    title = TITLE.match(text)
    return TemplateText(name, language, title[1] if title else name.replace("_", " ").capitalize(), text)


class FileTemplates:
    """The starter set that comes with the product: `templates/documents/`, Spanish under `es/`."""

    def find_all(self, names: Iterable[str], language: str) -> Mapping[str, TemplateText]:
        return {name: self.find(name, language) for name in names}

    def find(self, name: str, language: str) -> TemplateText:
        """The file's text; English where a document has no version in `language`."""
        for code in dict.fromkeys((language, "en")):
            if found := self.exactly(name, code):
                return found
        raise TemplateProblem(f"There is no document template “{name}”.")

    def exactly(self, name: str, language: str) -> TemplateText | None:
        """The file's text in this language and no other."""
        path = TEMPLATES / ("" if language == "en" else language) / f"{name}.html"
        if NAME.fullmatch(name) and NAME.fullmatch(language) and path.is_file():
            return template_text(name, language, path.read_text(encoding="utf-8"))
        return None


FILES = FileTemplates()
