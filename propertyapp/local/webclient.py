"""A person's browser, as far as HTTP goes: cookies, redirects, links and forms. No JavaScript.

The demonstration uses it, because a person's way through the pages proves more than calls behind them.
"""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Any

from propertyapp.local.errors import LocalError

TIMEOUT_SECONDS = 60


class UnexpectedPage(LocalError):
    """A page answered with an error, or lacks what the next step needs."""


@dataclass(frozen=True)
class Choice:
    """An option of a select, a checkbox, or a button: what a person may choose."""

    name: str
    value: str
    label: str


@dataclass
class Form:
    """A form with the values it would send now, and what can be chosen in it."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)
    buttons: list[Choice] = field(default_factory=list)

    def choice(self, name: str, label: str) -> Choice | None:
        """The first choice of that field whose label contains `label`, in any case."""
        return _first(self.choices, name, label)

    def button(self, label: str) -> Choice | None:
        return _first(self.buttons, None, label)


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

    def form_with(self, part: str) -> Form:
        """The first POST form with a field of that name, or a button with that label."""
        for form in self.forms:
            fields = {*form.values, *(choice.name for choice in form.choices)}
            if form.method == "post" and (part in fields or form.button(part)):
                return form
        raise UnexpectedPage(f"{self.url} has no form with {part!r}. It says: {self.text[:300]}")

    def text_between(self, start: str, end: str) -> str:
        """What stands between two words of the page; empty when they are not there."""
        return self.text.partition(start)[2].partition(end)[0].strip()

    def links_to(self, part: str) -> list[Link]:
        return [link for link in self.links if part in link.href]


class Visitor:
    """One person with their own cookies."""

    def __init__(self) -> None:
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Page:
        """Raises UnexpectedPage for an error status or an address that does not answer."""
        return self._open(url, None, headers or {})

    def submit(self, page: Page, form: Form, values: Mapping[str, str] | None = None, *, press: str = "") -> Page:
        """Sends the form as it stands, with `values` put in and the button labelled `press` pressed."""
        filled = form.values | {name: [value] for name, value in (values or {}).items()}
        button = form.button(press) if press else None
        if button and button.name:
            filled[button.name] = [button.value]
        body = urllib.parse.urlencode(filled, doseq=True).encode()
        target = urllib.parse.urljoin(page.url, form.action or page.url)
        # Django wants to see where a form of an https site came from; browsers always say.
        headers = {"Referer": page.url, "Content-Type": "application/x-www-form-urlencoded"}
        return self._open(target, body, headers)

    def post_json(self, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
        page = self._open(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        answer: dict[str, Any] = json.loads(page.body)
        return answer

    def post_form(self, url: str, fields: Mapping[str, str]) -> dict[str, Any]:
        body = urllib.parse.urlencode(fields).encode()
        page = self._open(url, body, {"Content-Type": "application/x-www-form-urlencoded"})
        answer: dict[str, Any] = json.loads(page.body)
        return answer

    def get_json(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
        return json.loads(self.get(url, headers).body)

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
    return Page(url, status, content_type, body, reader.forms, reader.links, _joined(reader.texts))


def _joined(texts: Sequence[str]) -> str:
    return " ".join(" ".join(texts).split())


def _first(choices: Sequence[Choice], name: str | None, label: str) -> Choice | None:
    wanted = label.lower()
    return next((one for one in choices if name in (None, one.name) and wanted in one.label.lower()), None)


class _Reader(HTMLParser):
    """Collects forms, links and what a person would read."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[Link] = []
        self.texts: list[str] = []
        self._form: Form | None = None
        self._select: str = ""
        self._option: str | None = None
        self._option_text: list[str] = []
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
            case "option" if self._select and self._form:
                self._option, self._option_text = values.get("value", ""), []
                if "selected" in values:
                    self._add(self._select, self._option)
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
                self.links.append(Link(self._link, _joined(self._link_text)))
                self._link = None
            case "option" if self._option is not None and self._form:
                self._form.choices.append(Choice(self._select, self._option, _joined(self._option_text)))
                self._option = None
            case "select":
                self._select = ""
            case "textarea":
                self._textarea = ""
            case "button" if self._button and self._form:
                self._form.buttons.append(Choice(*self._button, _joined(self._button_text)))
                self._button = None

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        self.texts.append(data)
        if self._link is not None:
            self._link_text.append(data)
        if self._button:
            self._button_text.append(data)
        if self._option is not None:
            self._option_text.append(data)
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
                self._form.buttons.append(Choice(name, value, value))
        elif kind in {"checkbox", "radio"}:
            if self._form:
                self._form.choices.append(Choice(name, value or "on", values.get("aria-label", "")))
            if "checked" in values:
                self._add(name, value or "on")
        elif kind not in {"button", "reset", "file"}:
            self._add(name, value)

    def _add(self, name: str, value: str) -> None:
        if self._form and name:
            self._form.values.setdefault(name, []).append(value)
