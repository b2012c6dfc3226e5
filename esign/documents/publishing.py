"""Whether a template text may be published: everything that can be known before the first lease is made from it.

The text is read, its names are looked up, and it is rendered for leases that have everything and for leases that
have next to nothing; then the pages are read as Docusign and a tenant would read them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html.parser import HTMLParser
from typing import Any

from esign.documents.clauses import REQUIRED_CLAUSES, required_facts
from esign.documents.errors import DocumentError, TemplateProblem, TextTooWide
from esign.documents.examples import Example, examples_for
from esign.documents.language import DocumentText
from esign.documents.markup import markup_problems
from esign.documents.names import merged, shape_of, unknown_names
from esign.documents.packet import (
    RenderedDocument,
    addendum_place,
    packet_context,
    render_template_text,
    values_of,
)
from esign.documents.preflight import check_documents
from esign.documents.sandbox import EMPTY, EXCESS
from esign.documents.signature_tags import TAG_NAMES
from esign.documents.sources import TITLE, TemplateText
from esign.documents.visibility import unseen_words, words_left_out

LAST = 10**6  # after every line
HEADING = re.compile(r"h[1-6]")
# Who has to find a place for their signature; a notice to vacate is signed by anyone who gives it.
SIGN = {
    "notice": ("landlord",),
    "notice_general": ("landlord",),
    "guaranty": ("guarantor",),
}
BOTH_SIDES = ("tenant", "landlord")
HOW_TO_SIGN = {
    "tenant": '{{ signature_blocks("tenant") }}',
    "guarantor": '{{ signature_blocks("guarantor") }}',
    "landlord": '{{ signature_blocks("landlord") }}',
}


@dataclass(frozen=True)
class Finding:
    """Something the author should know. What `blocks` has to be fixed before the text can be published.

    `line` counts from 1; None where no line is at fault, as with a clause that is missing.
    """

    code: str
    message: str
    line: int | None = None
    variable: str = ""
    blocks: bool = True


@dataclass
class Trial:
    """A template text rendered for one example: the document, if it could be made, and what it says."""

    example: Example
    context: Mapping[str, Any]
    values: Mapping[str, Any]
    document: RenderedDocument | None = None
    problem: DocumentError | None = None


def check_text(template: TemplateText) -> list[Finding]:
    """What may not even be kept as a draft: text that is no template of ours, or that no machine could finish."""
    try:
        DocumentText(template.text, tags=TAG_NAMES)
    except TemplateProblem as fault:
        return [_finding("language", fault)]
    return [_finding("markup", fault) for fault in markup_problems(template.text)]


def begin_trial(
    template: TemplateText, example: Example, *, on: date, company: Mapping[str, str] | None = None
) -> Trial:
    """Everything that the template text may name on this lease, before it is rendered.

    Raises `DocumentError` where the lease itself cannot be printed.
    """
    context = packet_context(
        example.terms,
        example.signers,
        on=on,
        language=template.language,
        company=company,
        previous_terms=example.previous_terms,
        extra=example.extra,
    )
    place = addendum_place(template.name, context)
    addendum = None if place is None else context["addenda"][place]
    return Trial(example, context, values_of(template, context, addendum))


def try_on(template: TemplateText, example: Example, *, on: date, company: Mapping[str, str] | None = None) -> Trial:
    """Render a template text for one lease. What the template text does wrong is not raised: `Trial.problem` has it.

    Raises `DocumentError` where the lease itself cannot be printed.
    """
    trial = begin_trial(template, example, on=on, company=company)
    try:
        trial.document = render_template_text(template, trial.context, example.signers)
    except DocumentError as problem:
        trial.problem = problem
    return trial


def names_known_to(template: TemplateText, trials: Iterable[Trial], *, on: date) -> Any:
    """The shape of everything that some lease gives this template text: the examples' names and those of `trials`."""
    examples = (begin_trial(template, example, on=on) for example in examples_for(template.name, template.language, on))
    return merged(shape_of(trial.values) for trial in [*trials, *examples])


def check_draft(template: TemplateText, *, on: date) -> list[Finding]:
    """What keeps a draft from being saved: faults of the text itself, and a text without bounds."""
    findings = check_text(template)
    if findings:
        return findings
    problems = (
        try_on(template, example, on=on).problem for example in examples_for(template.name, template.language, on)
    )
    excesses = [p for p in problems if isinstance(p, TemplateProblem) and p.fault == EXCESS]
    return [_finding("excess", excesses[0])] if excesses else []


def check_for_publishing(
    template: TemplateText, *, on: date, company: Mapping[str, str] | None = None
) -> list[Finding]:
    """Everything that stands in the way, and what the author should know besides, the first in the text first."""
    findings = check_text(template)
    if findings:
        return findings
    if not TITLE.match(template.text):
        findings.append(
            Finding("title", "The first line has to name the document, such as {# title: Pet Addendum #}.", 1)
        )
    trials = [
        try_on(template, example, on=on, company=company)
        for example in examples_for(template.name, template.language, on)
    ]
    unknown = unknown_names(template.text, names_known_to(template, trials, on=on))
    findings += [_finding("unknown", problem) for problem in unknown]
    known = {problem.line for problem in unknown}
    for trial in trials:
        findings += _faults(trial, known)
        if trial.document is not None:
            findings += _of_the_pages(template, trial, trial.document)
    # The same clause may be missing on both examples.
    once: dict[tuple[str, int | None, str], Finding] = {}
    for finding in findings:
        once.setdefault((finding.code, finding.line, finding.message.partition(" (on ")[0]), finding)
    return sorted(once.values(), key=lambda finding: (not finding.blocks, finding.line or LAST))


def _faults(trial: Trial, known: Iterable[int | None]) -> Iterator[Finding]:
    problem = trial.problem
    where = f" (on {trial.example.name})"
    if isinstance(problem, TextTooWide):
        yield Finding("overflow", f"{problem}{where}")
    elif isinstance(problem, TemplateProblem):
        if problem.fault == EMPTY:
            yield Finding(
                "empty",
                f"“{problem.variable}” can be empty. A lease on which it is cannot be sent until somebody fills it in; "
                f"put {{% if {problem.variable} %}} around it if it may be left out.",
                problem.line,
                problem.variable,
                blocks=False,
            )
        elif problem.line is None or problem.line not in known:
            yield Finding(problem.fault or "template", f"{problem.message}{where}", problem.line, problem.variable)
    elif problem is not None:
        yield Finding("page", f"{problem}{where}")


def _of_the_pages(template: TemplateText, trial: Trial, document: RenderedDocument) -> Iterator[Finding]:
    where = f" (on {trial.example.name})"
    signers = [signer for signer in trial.example.signers if _has_to_sign(template.name, signer.role, trial.context)]
    yield from _unsigned(document, signers)
    for problem in check_documents([document], []):
        yield Finding(problem.code, f"{problem.message}{where}")
    read = _Reader.of(document.html)
    yield from _unseen(document, read.text, where)
    for clause in REQUIRED_CLAUSES.get(template.name, ()):
        if clause.when(trial.context) and not clause.stands_in(read.headings, template.language):
            words = " or ".join(f"“{word}”" for word in clause.words(template.language))
            yield Finding("clause", f"The clause “{clause.name}” is missing: no heading has the word {words}{where}.")
    for fact in required_facts(template.name, trial.context):
        if not fact.stands_in(read.text):
            yield Finding("fact", f"The page does not say {fact.name}{where}.")


def _unseen(document: RenderedDocument, text: str, where: str) -> Iterator[Finding]:
    """What the document says and no tenant could read."""
    for words, what in (
        (words_left_out(text, document.pdf), "is in the text and not on the page"),
        (unseen_words(document.pdf), "is on the page where no one can see it: too small, or in the color of the paper"),
    ):
        if words:
            named = ", ".join(f"“{word[:30]}”" for word in words[:5])
            yield Finding("unseen", f"{named}{' and more' if len(words) > 5 else ''} {what}{where}.")


def _has_to_sign(document: str, role: str, context: Mapping[str, Any]) -> bool:
    if document == "notice_to_vacate":
        return bool(role == context["notice"]["given_by"])
    return role in SIGN.get(document, BOTH_SIDES)


def _unsigned(document: RenderedDocument, signers: Sequence[Any]) -> Iterator[Finding]:
    placed = {
        kind: {tab.signer_key for tab in document.tabs if tab.kind == kind} for kind in ("signature", "date_signed")
    }
    for role in dict.fromkeys(signer.role for signer in signers):
        keys = [signer.key for signer in signers if signer.role == role]
        if not all(key in placed["signature"] for key in keys):
            who = "the landlord" if role == "landlord" else f"every {role}"
            yield Finding("unsigned", f"There is no place for the signature of {who}. Write {HOW_TO_SIGN[role]}.")
        elif not all(key in placed["date_signed"] for key in keys):
            yield Finding("undated", f"No date stands beside the signature of the {role}.", blocks=False)


def _finding(code: str, problem: TemplateProblem) -> Finding:
    return Finding(code, problem.message, problem.line, problem.variable)


# What the page around the text has: not the author's, and the running lines are not on a first page.
BESIDE_THE_TEXT = {("style", ""), ("title", ""), ("div", "running-header"), ("div", "running-footer")}


def _class_of(attrs: list[tuple[str, str | None]]) -> str:
    return dict(attrs).get("class") or ""


class _Reader(HTMLParser):
    """What a person reads on the page, and its headings apart."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.headings: list[str] = []
        self._in_heading = False
        self._skipped = ""  # the tag inside of which nothing is read

    @classmethod
    def of(cls, html: str) -> "_Reader":
        reader = cls()
        reader.feed(html)
        reader.close()
        return reader

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._skipped and (tag, _class_of(attrs)) in BESIDE_THE_TEXT:
            self._skipped = tag
        if HEADING.fullmatch(tag):
            self._in_heading = True
            self.headings.append("")
        elif tag in {"p", "div", "td", "th", "tr", "li", "br", "section", "table"}:
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if self._skipped == tag:
            self._skipped = ""
        if HEADING.fullmatch(tag):
            self._in_heading = False

    def handle_data(self, data: str) -> None:
        if self._skipped:
            return
        self.words.append(data)
        if self._in_heading:
            self.headings[-1] += data
