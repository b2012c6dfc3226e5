"""Our own mails as Django's file backend wrote them: how they are read on a machine without a mail server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import Path

from django.conf import settings

from propertyapp.exposure import is_local

FILE_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
# The backend ends each message with this line; what has no end yet is still being written.
END_OF_MESSAGE = b"\n" + b"-" * 79 + b"\n"
NAME = re.compile(r"^(?P<file>[\w-]+)\.(?P<place>\d+)$")
LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")


@dataclass(frozen=True)
class Mail:
    """One mail. `name` tells it apart; `to` holds bare addresses."""

    name: str
    at: datetime
    kind: str
    to: list[str]
    to_line: str
    from_line: str
    subject: str
    text: str
    html: str

    @property
    def links(self) -> list[str]:
        return list(dict.fromkeys(LINK.findall(self.text)))


def is_open() -> bool:
    """Only on a developer's machine: elsewhere no one may read other people's mail."""
    return is_local() and settings.EMAIL_BACKEND == FILE_BACKEND


def all_mails() -> list[Mail]:
    """The newest first."""
    folder = Path(settings.EMAIL_FILE_PATH)
    files = sorted(folder.glob("*.log"), key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    return [mail for path in files for mail in reversed(list(_read(path)))]


def find(name: str) -> Mail | None:
    """One mail by its name, which never reaches outside of the folder."""
    match = NAME.match(name)
    path = Path(settings.EMAIL_FILE_PATH) / f"{match['file']}.log" if match else None
    if path is None or not path.is_file():
        return None
    return next((mail for mail in _read(path) if mail.name == name), None)


def _read(path: Path) -> Iterator[Mail]:
    written_at = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    for place, raw in enumerate(path.read_bytes().split(END_OF_MESSAGE)[:-1]):
        yield _parse(f"{path.stem}.{place}", raw, written_at)


def _parse(name: str, raw: bytes, written_at: datetime) -> Mail:
    message = message_from_bytes(raw, policy=policy.default)
    recipients = [str(value) for value in message.get_all("To", [])]
    return Mail(
        name=name,
        at=written_at,
        kind=str(message.get("X-Mail-Kind", "")),
        to=[address.lower() for _, address in getaddresses(recipients)],
        to_line=", ".join(recipients),
        from_line=str(message.get("From", "")),
        subject=str(message.get("Subject", "")),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
