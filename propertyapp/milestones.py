"""Points that work passes between two commits or calls.

For tracing, and for experiments that stop a worker exactly there (`tests/faults`). Nothing in the product listens.
"""

from typing import Any

from django.dispatch import Signal

reached = Signal()


def reach(point: str, **facts: Any) -> None:
    """Say that a point was passed; `facts` name the rows at hand."""
    reached.send(sender=None, point=point, **facts)
