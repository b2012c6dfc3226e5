"""A person's browser, as far as HTTP goes: cookies, redirects, links and forms. No JavaScript.

The demonstration uses it, because a person's way through the pages proves more than calls behind them.
"""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Any

from propertyapp.local.errors import LocalError

TIMEOUT_SECONDS = 60


class UnexpectedPage(LocalError):
    """A page answered with an error, or lacks what the next step needs."""


@dataclass
class Form:
    """A form with the values it shows. A select has its chosen option, a checkbox only when ticked."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)  # name, value, label

    @property
    def is_post(self) -> bool:
        return self.method == "post"


@dataclass(frozen=True)
class Link:
    href: str
    text: str


@dataclass(frozen=True)
class Page:
    """One answer. `url` is where the redirects ended."""

    url: str
    status: int
    content_type: str
    body: bytes
    forms: list[Form]
    links: list[Link]
    text: str

    def form(self, *, field_name: str = "", action: str = "") -> Form:
        """The first POST form that has that field, or whose address contains `action`."""
        for form in self.forms:
            known = field_name in form.values or any(field_name == name for name, _, _ in form.buttons)
            if form.is_post and (not field_name or known) and action in form.action:
                return form
        raise UnexpectedPage(f"{self.url} has no form {field_name or action!r}. It says: {self.text[:300]}")

    def links_to(self, part: str) -> list[Link]:
        return [link for link in self.links if part in link.href]


class Visitor:
    """One person with their own cookies."""

    def __init__(self) -> None:
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, url: str) -> Page:
        """Raises UnexpectedPage for an error status or an address that does not answer."""
        return self._open(url, None, {})

    def submit(self, page: Page, form: Form, values: Mapping[str, str | list[str]] | None = None) -> Page:
        """Sends the form as it stands, with `values` put in."""
        filled = form.values | {
            name: value if isinstance(value, list) else [value] for name, value in (values or {}).items()
        }
        body = urllib.parse.urlencode(filled, doseq=True).encode()
        target = urllib.parse.urljoin(page.url, form.action or page.url)
        # Django wants to see where a form of an https site came from; browsers always say.
        headers = {"Referer": page.url, "Content-Type": "application/x-www-form-urlencoded"}
        return self._open(target, body, headers)

    def post_json(self, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
        page = self._open(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        answer: dict[str, Any] = json.loads(page.body)
        return answer

    def get_json(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
        return json.loads(self._open(url, None, headers or {}).body)

    def _open(self, url: str, body: bytes | None, headers: Mapping[str, str]) -> Page:
        request = urllib.request.Request(url, body, dict(headers))  # noqa: S310 -- the stack's own http addresses
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return _page(answer.url, answer.status, answer.headers.get("Content-Type", ""), answer.read())
        except urllib.error.HTTPError as error:
            page = _page(url, error.code, error.headers.get("Content-Type", ""), error.read())
            raise UnexpectedPage(f"{url} answered {error.code}: {page.text[:300]}") from error
        except (urllib.error.URLError, OSError) as error:
            raise UnexpectedPage(f"{url} does not answer: {error}") from error


def _page(url: str, status: int, content_type: str, body: bytes) -> Page:
    reader = _Reader()
    if content_type.startswith("text/html"):
        reader.feed(body.decode("utf-8", "replace"))
        reader.close()
    elif content_type.startswith(("text/", "application/json")):
        reader.texts.append(body.decode("utf-8", "replace"))
    text = " ".join(" ".join(reader.texts).split())
    return Page(url, status, content_type, body, reader.forms, reader.links, text)


class _Reader(HTMLParser):
    """Collects forms, links and what a person would read."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[Link] = []
        self.texts: list[str] = []
        self._form: Form | None = None
        self._select: str = ""
        self._textarea: str = ""
        self._link: str | None = None
        self._link_text: list[str] = []
        self._button: tuple[str, str] | None = None
        self._button_text: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        match tag:
            case "script" | "style":
                self._silent += 1
            case "form":
                self._form = Form(values.get("action", ""), values.get("method", "get").lower())
                self.forms.append(self._form)
            case "a":
                self._link, self._link_text = values.get("href"), []
            case "input":
                self._input(values)
            case "select":
                self._select = values.get("name", "")
            case "option" if self._select and "selected" in values:
                self._add(self._select, values.get("value", ""))
            case "textarea":
                self._textarea = values.get("name", "")
            case "button" if values.get("type", "submit") == "submit":
                self._button, self._button_text = (values.get("name", ""), values.get("value", "")), []

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "script" | "style":
                self._silent = max(0, self._silent - 1)
            case "form":
                self._form = None
            case "a" if self._link is not None:
                self.links.append(Link(self._link, " ".join(" ".join(self._link_text).split())))
                self._link = None
            case "select":
                self._select = ""
            case "textarea":
                self._textarea = ""
            case "button" if self._button and self._form:
                self._form.buttons.append((*self._button, " ".join(" ".join(self._button_text).split())))
                self._button = None

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        self.texts.append(data)
        if self._link is not None:
            self._link_text.append(data)
        if self._button:
            self._button_text.append(data)
        if self._textarea:
            self._add(self._textarea, data)

    def _input(self, values: Mapping[str, str]) -> None:
        kind, name, value = (
            values.get("type", "text").lower(),
            values.get("name", ""),
            values.get("value", ""),
        )
        if kind in {"submit", "image"}:
            if self._form:
                self._form.buttons.append((name, value, value))
        elif kind in {"checkbox", "radio"}:
            if "checked" in values:
                self._add(name, value or "on")
        elif kind not in {"button", "reset", "file"}:
            self._add(name, value)

    def _add(self, name: str, value: str) -> None:
        if self._form and name:
            self._form.values.setdefault(name, []).append(value)
