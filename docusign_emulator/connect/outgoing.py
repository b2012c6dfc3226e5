"""A POST to somebody else's server, with the patience Docusign has."""

from __future__ import annotations

import http.client
import ssl
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

TIMEOUT_SECONDS = 100
_TAKEN_BYTES = 64_000


@dataclass(frozen=True)
class Answer:
    """`error`: what went wrong, unless it was 2xx within the time."""

    status: int | None
    error: str | None
    body: bytes = b""


def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Redirects are not followed."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connection(parts)
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        taken = answer.read(_TAKEN_BYTES)
    except (OSError, http.client.HTTPException) as error:
        return Answer(None, f"{type(error).__name__}: {error}")
    finally:
        connection.close()
    if 200 <= answer.status < 300:
        return Answer(answer.status, None, taken)
    return Answer(answer.status, f"The listener answered {answer.status} {answer.reason}.", taken)


def _connection(parts: SplitResult) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme != "https":
        return http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT_SECONDS)
    context = ssl.create_default_context()
    return http.client.HTTPSConnection(host, parts.port, timeout=TIMEOUT_SECONDS, context=context)
