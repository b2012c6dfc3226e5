"""The page of a power form."""

from typing import Any

from starlette.responses import Response

from docusign_emulator.pages.render import page


def asking(facts: dict[str, Any], given: dict[str, str], problem: str) -> Response:
    """The form. facts: see `power_forms.offered`; `given`: what was filled in already; `problem`: what is wrong."""
    return page("power_form.html", facts=facts, given=given, problem=problem, status=422 if problem else 200)


def mailed(address: str) -> Response:
    return _told("Look into your mail", f"We have written to {address}. Open the documents with the link in it.")


def closed(reason: str) -> Response:
    return _told("This form cannot be used", reason, status=410)


def _told(title: str, words: str, *, status: int = 200) -> Response:
    return page("power_form_told.html", title=title, words=words, status=status)
