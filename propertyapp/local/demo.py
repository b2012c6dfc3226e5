"""`make demo`."""

from propertyapp.local.console import Console


def demonstrate(console: Console) -> int:
    return 1
