"""What can be wrong with a file somebody hands us."""


class UnreadablePdf(ValueError):
    """The bytes are no PDF, are damaged, or are locked with a password we were not given."""


class Unconvertible(ValueError):
    """The file cannot be turned into a PDF here; the message says why."""
