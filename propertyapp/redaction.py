"""No token, key, code, link or session in a log line or on an error page, no matter which code wrote it.

The code that handles them does not log them; this is the net below, for lines of other libraries (a web server
that logs the address with the code in it) and for reports of crashes. It imports nothing of ours, because the
settings name it before any application is loaded.
"""

from __future__ import annotations

import logging
import re
from types import FrameType
from typing import Any

import structlog
from django.http import HttpRequest
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

HIDDEN = "[hidden]"

_NAMES = (
    "access_token|refresh_token|id_token|token|assertion|client_assertion|client_secret|code_verifier|code|secret_key|"
    # sessions of ours, and the one-time keys in the addresses of Docusign's signing and workflow pages
    "sessionid|csrftoken|csrfmiddlewaretoken|slt|mtid|mtsec"
)
# Secrets however short they are: what people type, and what is told them by phone.
_TYPED = "access_?code|password|otp_token|phone_?code"
_PATTERNS = [
    # PEM blocks, also with their line ends written out.
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), HIDDEN),
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9+/_=.~-]{8,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    # JSON Web Tokens: assertions, and Docusign's access tokens.
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)?"), HIDDEN),
    # name=value in addresses and forms; short values are no secrets but words such as "code=404".
    (re.compile(rf"(?<![A-Za-z_])({_NAMES})=([^&\s\"'<>]{{16,}})"), rf"\1={HIDDEN}"),
    (re.compile(rf"(?<![A-Za-z_])({_TYPED})=([^&\s\"'<>]+)", re.IGNORECASE), rf"\1={HIDDEN}"),
    (re.compile(rf"([\"'])({_TYPED})\1(\s*:\s*)([\"'])[^\"']+\4", re.IGNORECASE), rf"\1\2\1\3\4{HIDDEN}\4"),
    # A tenant's link into the portal.
    (re.compile(r"(/portal/(?:enter|new-link)/)[^\s\"'<>?#]+"), rf"\1{HIDDEN}"),
    # The address of a signing or workflow page: who has it can act there.
    (re.compile(r"(/(?:signing|sending|instances?)/[^\s\"'<>?]*\?)[^\s\"'<>]+", re.IGNORECASE), rf"\1{HIDDEN}"),
    # "name": "value" in JSON and in printed dictionaries.
    (re.compile(rf"([\"'])({_NAMES})\1(\s*:\s*)([\"'])[^\"']{{16,}}\4"), rf"\1\2\1\3\4{HIDDEN}\4"),
]


def scrub(text: str) -> str:
    """The text without what looks like a secret."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


# Names of local variables that hold what must not be shown.
_SENSITIVE_NAME = re.compile(r"token|secret|assertion|verifier|authorization|^code$|^form$|^headers$", re.IGNORECASE)


class RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """The whole line is looked at when it is written out, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


class ScrubbedFormatter(logging.Formatter):
    """A formatter of somebody else's, whose lines are looked at like ours."""

    def __init__(self, formatter: logging.Formatter | None) -> None:
        super().__init__()
        self._formatter = formatter or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        return scrub(self._formatter.format(record))


def scrub_handlers_of(*names: str) -> None:
    """For loggers that a server sets up by itself, past the settings."""
    for name in names:
        for handler in logging.getLogger(name).handlers:
            handler.setFormatter(ScrubbedFormatter(handler.formatter))


class ReporterFilter(SafeExceptionReporterFilter):
    """Hides what `sensitive_variables` names with DEBUG on as well, and secrets in whatever else a page prints."""

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_safe_request_meta(self, request: Any) -> Any:
        found = super().get_safe_request_meta(request)
        return {name: scrub(value) if isinstance(value, str) else value for name, value in found.items()}

    def get_traceback_frame_variables(self, request: Any, tb_frame: FrameType) -> Any:
        found = super().get_traceback_frame_variables(request, tb_frame)
        return [
            (name, self.cleansed_substitute if _SENSITIVE_NAME.search(name) else self._shown(value))
            for name, value in found
        ]

    def _shown(self, value: Any) -> Any:
        """A value whose text holds a secret is shown as that text, scrubbed."""
        try:
            text = repr(value)
        except Exception:  # a broken repr is for the page to report, which it does
            return value
        scrubbed = scrub(text)
        return scrubbed if scrubbed != text else value


class Reporter(ExceptionReporter):
    """The page or mail about a crash, looked at once more when it is written out."""

    def get_traceback_html(self) -> Any:
        return scrub(super().get_traceback_html())

    def get_traceback_text(self) -> Any:
        return scrub(super().get_traceback_text())
