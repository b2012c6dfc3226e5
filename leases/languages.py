"""The one list of languages: of people, documents, mails and pages.

How documents are written in each stands in `esign.documents.languages`; pages and mails use gettext catalogues.
"""

from collections.abc import Iterable

ENGLISH = "en"
SPANISH = "es"
# (code, the language's own name). The first is used for people who have chosen none.
LANGUAGES = [(ENGLISH, "English"), (SPANISH, "Español")]
CODES = [code for code, _ in LANGUAGES]
IN_ENGLISH = {ENGLISH: "English", SPANISH: "Spanish"}


def common_language(languages: Iterable[str]) -> str:
    """The language that all of these people prefer; English when they differ, because the contract is in English."""
    chosen = set(languages)
    return chosen.pop() if len(chosen) == 1 and chosen <= set(CODES) else ENGLISH
