"""Which HTML a template may contain: what a printed document needs, and nothing that acts or reaches out.

Looked at in the template's own text, so that the author reads the line where it stands. What a value of a lease
contains cannot matter here: values are escaped when they are printed.
"""

import re
from html.parser import HTMLParser

from esign.documents.errors import TemplateProblem

TAGS = frozenset({
    "a", "b", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd", "del", "div", "dl",
    "dt", "em", "figure", "figcaption", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i",
    "img", "ins", "li", "main", "ol", "p", "pre", "s", "section", "small", "span", "strong", "sub", "sup",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
})  # fmt: skip
VOID = frozenset({"br", "col", "hr", "img"})
ATTRIBUTES = frozenset({"class", "id", "style", "title", "lang", "dir", "colspan", "rowspan", "width", "height", "alt"})
OWN_ATTRIBUTES = {"img": frozenset({"src"}), "ol": frozenset({"start", "type"}), "li": frozenset({"value"})}
IMAGE = re.compile(r"asset:///images/[a-z0-9_-]+\.(?:png|svg)")
UNSAFE_STYLE = re.compile(r"url\s*\(|expression\s*\(|@import|\\|/\*|position\s*:|font-family|font\s*:", re.IGNORECASE)
TEMPLATE_CODE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
ANCHOR_LIKE = re.compile(r"/(?:sig|ini|date|txt|chk):", re.IGNORECASE)
MAX_PROBLEMS = 20
MAX_DEPTH = 60
OPENING_OR_CLOSING = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")


def markup_problems(text: str, name: str = "") -> list[TemplateProblem]:
    """Everything in the HTML of a template that a document may not contain, with its line."""
    reader = _Reader(name)
    reader.feed(TEMPLATE_CODE.sub(_blank, text))
    reader.close()
    return reader.problems


def nesting_depth(html: str) -> int:
    """How deep elements stand in one another in finished HTML; loops can open what they never close."""
    depth = deepest = 0
    for closing, tag in OPENING_OR_CLOSING.findall(html):
        if tag.lower() in VOID or tag.lower() in {"meta", "link"}:
            continue
        depth += -1 if closing else 1
        deepest = max(deepest, depth)
    return deepest


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

    def _check_attribute(self, tag: str, name: str, value: str) -> None:
        if name not in ATTRIBUTES | OWN_ATTRIBUTES.get(tag, frozenset()):
            self._problem(f"<{tag} {name}=…> cannot be used in a document.")
        elif name == "style" and UNSAFE_STYLE.search(value):
            self._problem(
                "A style in a document cannot load anything, choose another typeface or take text out of its place."
            )
        elif name == "src" and not IMAGE.fullmatch(value):
            self._problem(
                "Images in a document come from the folder of this product, such as asset:///images/logo.png; "
                "nothing is loaded from elsewhere."
            )

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
