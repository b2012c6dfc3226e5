"""What may stand in a name: the one rule for where it is saved, sent and printed."""

import unicodedata


def is_invisible(letter: str) -> bool:
    """Control and format characters print nothing, but turn, hide or split the words around them.

    Letters of every script are fine, right-to-left ones included.
    https://www.unicode.org/reports/tr44/#General_Category_Values
    """
    return unicodedata.category(letter).startswith("C")


def has_invisible(text: str) -> bool:
    """Whether a contract that prints this name would say something else than it shows."""
    return any(is_invisible(letter) for letter in text)
