"""Whether the database refuses a statement."""

from collections.abc import Callable

from django.db import IntegrityError, transaction


def refused(action: Callable[[], object]) -> bool:
    """Done in a savepoint, so that the test can go on."""
    try:
        with transaction.atomic():
            action()
    except IntegrityError:
        return True
    return False
