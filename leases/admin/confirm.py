"""One page for every action that staff confirm: what is asked, the rows it is about, and why some are left out.

A caller gathers the rows and what keeps each of them from the action, and shows `confirmation`. It acts only on a
POST; where the page has a mark of what was shown, only on a POST for which `is_confirmed` holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.http import HttpRequest
from django.template.response import TemplateResponse

from leases.admin.base import site_context


@dataclass(frozen=True)
class Question:
    """What is asked before an action. `icon` is a name of Material Symbols; `danger` colours what cannot be undone."""

    title: str
    text: str
    verb: str
    icon: str
    permission: str = ""
    danger: bool = False


@dataclass(frozen=True)
class Line:
    """One row that the action is about, as the page shows it. With an `objection` the row is left out."""

    title: str
    about: Sequence[str] = ()
    url: str = ""
    now: str = ""
    tone: str = "over"
    effects: Sequence[str] = ()
    objection: str = ""


@dataclass(frozen=True)
class Preview:
    """What an action that depends on the form would do. Until that is known, the page offers only to show it.

    `mark` is a fingerprint of what was explained; `problems` keep it from being done.
    """

    effects: Sequence[str] = ()
    problems: Sequence[str] = ()
    mark: str = ""


@dataclass(frozen=True)
class Confirmation:
    """The content of the page."""

    question: Question
    back: str
    lines: Sequence[Line] = ()
    noun: str = "row"
    form: forms.Form | None = None
    effects: Sequence[str] = ()
    preview: Preview | None = None
    mark: str = ""
    objection: str = ""

    @property
    def can(self) -> list[Line]:
        return [line for line in self.lines if not line.objection]

    @property
    def cannot(self) -> list[Line]:
        return [line for line in self.lines if line.objection]

    @property
    def is_possible(self) -> bool:
        return not self.objection and (bool(self.can) or not self.lines)

    @property
    def verb(self) -> str:
        """What the button that acts says; empty until it is explained what it does."""
        is_explained = self.preview is None or bool(self.preview.effects)
        return self.question.verb if self.is_possible and is_explained else ""

    @property
    def look(self) -> str:
        """What the button says that only explains; empty where there is nothing more to explain."""
        if self.preview is None or not self.is_possible:
            return ""
        return "Show what my changes do" if self.preview.effects else "See what that does"

    @property
    def what_happens(self) -> Sequence[str]:
        return self.preview.effects if self.preview else self.effects

    @property
    def what_was_shown(self) -> str:
        return self.preview.mark if self.preview else self.mark

    @property
    def heading(self) -> str:
        if not self.is_possible:
            return f"{self.question.title}: this cannot be done"
        if not self.can:
            return self.question.title
        of = self.can[0].title if len(self.can) == 1 else f"{len(self.can)} {self.noun}s"
        return f"{self.question.title}: {of}"

    @property
    def names_effects(self) -> bool:
        return any(line.effects for line in self.can)


def confirmation(request: HttpRequest, page: Confirmation) -> TemplateResponse:
    """The page that asks."""
    facts = site_context(
        request,
        title=page.question.title,
        page=page,
        form=page.form,
        verb=page.verb,
        look=page.look,
        shown=page.what_was_shown,
        icon=page.question.icon,
        danger=page.question.danger,
        back=page.back,
    )
    return TemplateResponse(request, "admin/confirm.html", facts)


def is_sure(request: HttpRequest) -> bool:
    """Whether the button that acts was pressed, whatever was shown above it."""
    return request.method == "POST" and "sure" in request.POST


def is_confirmed(request: HttpRequest, mark: str) -> bool:
    """Whether the button that acts was pressed under an explanation of exactly this; else it is explained first."""
    return is_sure(request) and request.POST.get("shown") == mark


def shown_of(request: HttpRequest, row: object) -> str | None:
    """The mark that a page of several rows showed for one of them; None where it showed nothing to be done."""
    return request.POST.get(f"shown-{row}")
