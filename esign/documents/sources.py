"""Where the text of a document template comes from: files of the product, or rows that staff have published."""

import hashlib
import re
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
    """The wording of one document in one language. `version` is the SHA-256 of the text in hexadecimal."""

    name: str
    language: str
    title: str
    text: str

    @cached_property
    def version(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


class TemplateSource(Protocol):
    """Finds the wording to use now."""

    def find(self, name: str, language: str) -> TemplateText:
        """The template called `name`. Raises `TemplateProblem` when there is none in this language or English."""
        ...


class FileTemplates:
    """The starter set that comes with the product: `templates/documents/`, Spanish under `es/`."""

    def find(self, name: str, language: str) -> TemplateText:
        """The file's text; English where a document has no version in `language`."""
        for tongue in dict.fromkeys((language, "en")):
            path = TEMPLATES / ("" if tongue == "en" else tongue) / f"{name}.html"
            if NAME.fullmatch(name) and NAME.fullmatch(tongue) and path.is_file():
                text = path.read_text(encoding="utf-8")
                title = TITLE.match(text)
                return TemplateText(name, tongue, title[1] if title else name.replace("_", " ").capitalize(), text)
        raise TemplateProblem(f"There is no document template “{name}”.")


FILES = FileTemplates()
