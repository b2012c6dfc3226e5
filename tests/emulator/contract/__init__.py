"""What goes over the wire, held against Docusign's own description of its API.

The description is not part of this repository: it is looked for beside it (`shared/docusign`), or where
DOCUSIGN_DESCRIPTION points. Without it the checks pass everything, and the tests that are about it are skipped with
that reason. It names neither what must be there nor which values there are; `overlay` adds both, each with its source.
"""

from tests.emulator.contract.checks import check_answer, check_message, check_request, undescribed
from tests.emulator.contract.description import path

__all__ = ["check_answer", "check_message", "check_request", "path", "undescribed"]
