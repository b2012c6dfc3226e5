"""A person with a browser, as far as plain pages and forms need one: cookies, redirects, forms filled and posted."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, HTTPSHandler, Request, build_opener


@dataclass
class Form:
    action: str = ""
    values: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    """The forms of a page with the values they come with."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select = ""
        self._option: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        if not self.forms:
            return
        values, name = self.forms[-1].values, given.get("name", "")
        if tag == "input" and name and (given.get("type") != "radio" or "checked" in given):
            values[name] = given.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "disabled" not in given:
            self._option = given.get("value")
            if "selected" in given or self._select not in values:
                values[self._select] = self._option or ""

    def handle_data(self, data: str) -> None:
        # An option without a value is worth its words.
        if self._select and self._option is None and data.strip() and not self.forms[-1].values.get(self._select):
            self.forms[-1].values[self._select] = data.strip()

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""


@dataclass
class Page:
    url: str
    status: int
    content_type: str
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def forms(self) -> list[Form]:
        parser = _Forms()
        parser.feed(self.text)
        return parser.forms


class Visitor:
    def __init__(self, ca_file: Path) -> None:
        context = ssl.create_default_context(cafile=str(ca_file))
        self._opener = build_opener(HTTPSHandler(context=context), HTTPCookieProcessor(CookieJar()))

    def open(self, url: str, sent: dict[str, str] | str | None = None) -> Page:
        """Where the address leads in the end, redirects followed; refusals are pages too.

        `sent` is posted: a form, or text as JSON.
        """
        request = Request(url, headers={"Referer": url})
        if sent is not None:
            request.data = (sent if isinstance(sent, str) else urlencode(sent)).encode()
            if isinstance(sent, str):
                request.add_header("Content-Type", "application/json")
        try:
            answer = self._opener.open(request, timeout=60)
        except HTTPError as refusal:
            answer = refusal
        with answer:
            return Page(answer.url, answer.status or 0, answer.headers.get("Content-Type", ""), answer.read())

    def submit(self, page: Page, values: dict[str, str], *, form: int = 0) -> Page:
        """Fill in the fields the form has, of those given, and post it."""
        filled = page.forms[form]
        for name in filled.values.keys() & values.keys():
            filled.values[name] = values[name]
        return self.open(urljoin(page.url, filled.action or page.url), filled.values)
