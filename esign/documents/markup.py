"""Which HTML a template may contain: what a printed document needs, and nothing that acts or reaches out.

Looked at in the template's own text, so that the author reads the line where it stands, and once more in the finished
HTML, since a text can print the halves of a tag apart. What a value of a lease contains cannot matter: values are
escaped when they are printed.
"""

import re
from html.parser import HTMLParser

from esign.documents.errors import TemplateProblem
from esign.documents.styles import style_problem

TAGS = frozenset({
    "a", "b", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd", "del", "div", "dl",
    "dt", "em", "figure", "figcaption", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i",
    "img", "ins", "li", "main", "ol", "p", "pre", "s", "section", "small", "span", "strong", "sub", "sup",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
})  # fmt: skip
INLINE = frozenset(
    {"a", "b", "cite", "code", "del", "em", "i", "ins", "s", "small", "span", "strong", "sub", "sup", "u"}
)
VOID = frozenset({"br", "col", "hr", "img"})
ATTRIBUTES = frozenset({"class", "id", "style", "title", "lang", "dir", "colspan", "rowspan", "width", "height", "alt"})
OWN_ATTRIBUTES = {"img": frozenset({"src"}), "ol": frozenset({"start", "type"}), "li": frozenset({"value"})}
IMAGE = re.compile(r"asset:///images/[a-z0-9_-]+\.(?:png|svg)")
SIZES = {"width": 1000, "height": 1000, "colspan": 50, "rowspan": 200, "start": 100_000, "value": 100_000}
NUMBER = re.compile(r"(\d{1,6})%?")
UNSEEN_CLASS = "anchor"  # how the tags print what only Docusign reads: white and tiny
TEMPLATE_CODE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
UNFINISHED = re.compile(r"<[a-zA-Z!/?][^<>]*(?=<|\Z)")
ANCHOR = re.compile(r"\s*/[a-z]+:[a-z0-9_@:]+/\s*")
ANCHOR_LIKE = re.compile(r"/(?:sig|ini|date|txt|chk):", re.IGNORECASE)
MAX_PROBLEMS = 20
MAX_DEPTH = 60
MAX_TABLES = 4
MAX_PARAGRAPH = 30_000
OPENING_OR_CLOSING = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")


def markup_problems(text: str, name: str = "") -> list[TemplateProblem]:
    """Everything in the HTML of a template that a document may not contain, with its line."""
    reader = _Reader(name)
    html = TEMPLATE_CODE.sub(_blank, text)
    unfinished = UNFINISHED.search(html)
    if unfinished:
        line = html.count("\n", 0, unfinished.start()) + 1
        message = (
            f"“{unfinished[0][:20].strip()}” begins a tag that is never closed with >. Write &lt; for the sign itself."
        )
        return [TemplateProblem(message, line=line, template=name)]
    try:
        reader.feed(html)
        reader.close()
    except AssertionError:  # how the standard parser gives up on declarations such as <![if
        reader.handle_decl("[…")
    return reader.problems


def finished_problem(html: str) -> str:
    """What in finished HTML a document may not contain, though no line of its text says so; empty when all is fine."""
    unfinished = UNFINISHED.search(html)
    if unfinished:
        return f"“{unfinished[0][:20].strip()}” begins a tag that is never closed with >."
    reader = _FinishedReader("")
    try:
        reader.feed(html)
        reader.close()
    except AssertionError:  # as above
        reader.handle_decl("[…")
    return reader.problems[0].message if reader.problems else ""


def layout_problem(html: str) -> str:
    """Why finished HTML would take an engine too long, in words for its author; empty when it would not.

    Values and loops can make of a harmless text what no text says: elements opened and never closed, tables in
    tables (each level doubles the work), one paragraph of a hundred pages (the work grows with its square).
    """
    depth = tables = 0
    paragraph_from = 0
    for match in OPENING_OR_CLOSING.finditer(html):
        tag = match[2].lower()
        if tag in VOID:
            continue
        if tag not in INLINE:
            if match.start() - paragraph_from > MAX_PARAGRAPH:
                return f"One paragraph is longer than {MAX_PARAGRAPH:,} characters; divide it."
            paragraph_from = match.start()
        step = -1 if match[1] else 1
        depth += step
        tables += step if tag == "table" else 0
        if depth > MAX_DEPTH:
            return "Elements are opened and never closed, one inside the other."
        if tables > MAX_TABLES:
            return f"Tables stand in tables more than {MAX_TABLES} deep."
    if len(html) - paragraph_from > MAX_PARAGRAPH:
        return f"One paragraph is longer than {MAX_PARAGRAPH:,} characters; divide it."
    return ""


def _blank(code: re.Match[str]) -> str:
    """Template code out of the way, with the line ends kept so that lines still count right."""
    return "\n" * code[0].count("\n")


class _Reader(HTMLParser):
    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.name = name
        self.problems: list[TemplateProblem] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self._problem(f"<{tag}> cannot be used in a document.")
        for name, value in attrs:
            self._check_attribute(tag, name, value or "")

    # Where template code stood, a value is empty here; the finished HTML shows what became of it.
    def _check_attribute(self, tag: str, name: str, value: str) -> None:
        if name not in ATTRIBUTES and name not in OWN_ATTRIBUTES.get(tag, ()):
            self._problem(f"<{tag} {name}=…> cannot be used in a document.")
        elif name == "style" and (problem := style_problem(value)):
            self._problem(problem)
        elif name == "class" and UNSEEN_CLASS in value.split():
            self._anchor_begins(tag)
        elif name in SIZES and (problem := self._size_problem(tag, name, value)):
            self._problem(problem)
        elif name == "src" and not IMAGE.fullmatch(value):
            self._problem(
                "Images in a document come from the folder of this product, such as asset:///images/logo.png; "
                "nothing is loaded from elsewhere."
            )

    def _size_problem(self, tag: str, name: str, value: str) -> str:
        number = NUMBER.fullmatch(value.strip())
        if not value.strip() or (number and int(number[1]) <= SIZES[name]):
            return ""
        return f"<{tag} {name}=…> takes a number up to {SIZES[name]:,}."

    def _anchor_begins(self, tag: str) -> None:
        self._problem(f"The class “{UNSEEN_CLASS}” hides what stands in it; only the tags for signing use it.")

    def handle_data(self, data: str) -> None:
        if ANCHOR_LIKE.search(data):
            self._problem("Write signature(…), initials(…) or another tag; anchors are placed by them and not by hand.")

    def handle_comment(self, data: str) -> None:
        self._problem("Write notes as {# … #}, which never reach the document; <!-- … --> would.")

    def handle_decl(self, decl: str) -> None:
        self._problem(f"<!{decl[:20]}> cannot be used; the page around the text is made for you.")

    def handle_pi(self, data: str) -> None:
        self._problem(f"<?{data[:20]}> cannot be used in a document.")

    def unknown_decl(self, data: str) -> None:
        self._problem(f"<![{data[:20]}]> cannot be used in a document.")

    def _problem(self, message: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(TemplateProblem(message, line=self.getpos()[0], template=self.name))


class _FinishedReader(_Reader):
    """Reads HTML in which the tags have placed their anchors: white and tiny text, and nothing but an anchor."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._in_anchor = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._in_anchor:
            self._problem(NOT_AN_ANCHOR)
        self._in_anchor = False
        super().handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._in_anchor = False

    def _anchor_begins(self, tag: str) -> None:
        self._in_anchor = True

    def handle_data(self, data: str) -> None:
        if self._in_anchor and not ANCHOR.fullmatch(data):
            self._problem(NOT_AN_ANCHOR)


NOT_AN_ANCHOR = f"The class “{UNSEEN_CLASS}” may hide the place of a signature and nothing else."
