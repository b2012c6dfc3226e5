"""The signed documents of a run in one ZIP, sent piece by piece as each file is read: it is never in memory whole."""

from __future__ import annotations

import logging
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from esign.models import BatchLine, EnvelopeDocument
from esign.models.document import DocumentTampered

logger = logging.getLogger(__name__)

# Rows that are read at once; of the files there is one in memory.
A_PIECE = 100
UNREAD = "NOT IN THIS FILE.txt"
_NO_NAME = re.compile(r"[\x00-\x1f\x7f<>:\"/\\|?*]+")


@dataclass(frozen=True)
class Size:
    """How many files there are, and their bytes."""

    files: int
    size: int


def documents_of(lines: QuerySet[BatchLine]) -> QuerySet[EnvelopeDocument]:
    """What came back signed for these lines, with its certificates."""
    signed = EnvelopeDocument.objects.exclude(kind=EnvelopeDocument.Kind.SENT)
    return signed.filter(envelope__in=lines.order_by().values("envelope"))


def size_of(documents: QuerySet[EnvelopeDocument]) -> Size:
    found = documents.order_by().aggregate(files=Count("pk"), size=Sum("size"))
    return Size(found["files"], found["size"] or 0)


def as_zip(
    documents: QuerySet[EnvelopeDocument], opened: Callable[[Sequence[EnvelopeDocument]], object]
) -> Iterator[bytes]:
    """The ZIP, in pieces. `opened` is told which documents were handed out, before the next are read."""
    by_place = ("envelope__lease__unit__property__name", "envelope__lease__number", "envelope", "kind", "document_id")
    pks = list(documents.order_by(*by_place).values_list("pk", flat=True))
    out, names, unread = _Sink(), _Names(), []
    # Deflated, though a PDF hardly shrinks: some tools unpack no stored file whose size comes after it.
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for first in range(0, len(pks), A_PIECE):
            found = EnvelopeDocument.objects.select_related("envelope__lease__unit__property").in_bulk(
                pks[first : first + A_PIECE]
            )
            piece = [found[pk] for pk in pks[first : first + A_PIECE] if pk in found]
            read = []
            for document in piece:
                name = names.of(document)
                try:
                    package.writestr(_entry(name, document), document.read())
                except (DocumentTampered, OSError) as error:
                    logger.critical("document %s cannot be served: %s", document.pk, error)
                    unread.append(name)
                else:
                    read.append(document)
                yield out.take()
            opened(read)
        if unread:
            package.writestr(UNREAD, _about(unread))
    yield out.take()


class _Sink:
    """Where the ZIP writes to: keeps what was written until it is taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is open."""

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


@dataclass
class _Names:
    """Names by which a person knows the files: a folder for each property, then unit, lease and document."""

    used: dict[str, int] = field(default_factory=dict)

    def of(self, document: EnvelopeDocument) -> str:
        lease = document.envelope.lease
        home = _clean(lease.unit.property.name)
        name = f"{home}/{_clean(f'{lease.unit.number} {lease.number} {document.name}')}"
        self.used[name.casefold()] = number = self.used.get(name.casefold(), 0) + 1
        return f"{name}{f' ({number})' if number > 1 else ''}.pdf"


def _clean(name: str) -> str:
    """Without what a file system refuses."""
    return " ".join(_NO_NAME.sub(" ", name).split()).strip(" .")[:120] or "unnamed"


def _entry(name: str, document: EnvelopeDocument) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, timezone.localtime(document.created_at).timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _about(unread: list[str]) -> str:
    listed = "\n".join(unread)
    return (
        "The stored files of these documents are missing, or are not the ones that were stored. Tell an administrator, "
        f"who has to restore them from a backup.\n\n{listed}\n"
    )
