"""The languages of documents: one table each. How to add one: docs/how-to/add-a-language.md"""

from esign.documents.errors import TemplateProblem
from esign.documents.languages.english import ENGLISH
from esign.documents.languages.spanish import SPANISH
from esign.documents.languages.table import DocumentLanguage

__all__ = ["TABLES", "DocumentLanguage", "language_table"]

TABLES: dict[str, DocumentLanguage] = {table.code: table for table in (ENGLISH, SPANISH)}


def language_table(code: str) -> DocumentLanguage:
    """The table of this language. Raises `TemplateProblem` for a language that documents are not written in."""
    if code not in TABLES:
        raise TemplateProblem(f"Documents are written in English (en) or Spanish (es), not “{code}”.")
    return TABLES[code]
