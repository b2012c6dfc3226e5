"""What goes over the wire, held against Docusign's own description of its API.

The description lies in `docusign_emulator/description`. It names neither what must be there nor which values there
are; `overlay` adds both, each with its source.
"""

from docusign_emulator.tests.contract.checks import check_answer, check_message, check_request, undescribed
from docusign_emulator.tests.contract.own import check_shape

__all__ = ["check_answer", "check_message", "check_request", "check_shape", "undescribed"]
