"""What stops a local run. The message is shown as it is, so it says what to do next."""

from collections.abc import Sequence


class LocalError(Exception):
    """The stack cannot start or cannot go on."""


class PortTaken(LocalError):
    """Something else listens where one of our processes should."""


class ProcessFailed(LocalError):
    """A process ended that should not have; `last_lines` are the last it wrote."""

    def __init__(self, message: str, last_lines: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.last_lines = list(last_lines)
