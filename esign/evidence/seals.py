"""The seal inside a signed PDF: Docusign signs the file as a whole when everyone has signed.

A seal says whether a byte was changed since, and whose certificate made it. The PDF comes from outside, so it is
opened in a child process with limits (this very file, with the documents on its standard input), which imports nothing
of ours.
https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/documents/
"""

import io
import json
import logging
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

SECONDS = 60  # less than the soft limit of a task (CELERY_TASK_SOFT_TIME_LIMIT)
MEMORY = 2 * 1024**3

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Seal:
    """What the signatures inside one PDF say. `count` 0: there is none. `is_intact`: nothing they cover was changed."""

    count: int
    is_intact: bool = True
    covers_all: bool = False
    made_by: str = ""
    certificate_sha256: str = ""

    @property
    def objection(self) -> str:
        """Why the file is not the one that was sealed; empty when it is, or has no seal."""
        if not self.count:
            return ""
        if not self.is_intact:
            return "it was changed after it was sealed"
        return "" if self.covers_all else "something was added after it was sealed"

    def in_words(self) -> str:
        return f"sealed by {self.made_by}" if self.count else "no seal"


def seals_of(documents: Sequence[bytes]) -> list[Seal | None]:
    """The seal of each PDF. None where it could not be read, which says nothing of the document."""
    header = json.dumps([len(document) for document in documents]).encode() + b"\n"
    try:
        looked = subprocess.run(  # noqa: S603  # our own interpreter and this very file; the PDFs are only its input
            [sys.executable, "-I", __file__],
            input=header + b"".join(documents),
            capture_output=True,
            check=True,
            timeout=SECONDS,
        )
        return [None if one is None else Seal(**one) for one in json.loads(looked.stdout)]
    except (subprocess.SubprocessError, ValueError, TypeError):
        logger.warning("the seals of %d documents cannot be read", len(documents))
        return [None] * len(documents)


def look(document: bytes) -> Seal | None:
    """The same for one PDF, in the child."""
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415  # only the child opens PDFs
    from pyhanko.sign.validation import validate_pdf_signature  # noqa: PLC0415  # slow import
    from pyhanko.sign.validation.status import SignatureCoverageLevel  # noqa: PLC0415  # slow import

    try:
        signatures = PdfFileReader(io.BytesIO(document), strict=False).embedded_signatures
        if not signatures:
            return Seal(0)
        # Whom the certificate is of is said; whether it is to be trusted is not asked here.
        found = [validate_pdf_signature(signature) for signature in signatures]
    except Exception:  # whatever a strange PDF makes of the reader
        return None
    last = found[-1]
    return Seal(
        count=len(found),
        is_intact=all(one.intact and one.valid for one in found),
        covers_all=last.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        made_by=str(last.signing_cert.subject.human_friendly)[:200],
        certificate_sha256=last.signing_cert.sha256.hex(),
    )


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    logging.disable()
    read = sys.stdin.buffer
    documents = [read.read(length) for length in json.loads(read.readline())]
    found = [look(document) for document in documents]
    json.dump([None if seal is None else asdict(seal) for seal in found], sys.stdout)


if __name__ == "__main__":
    main()
