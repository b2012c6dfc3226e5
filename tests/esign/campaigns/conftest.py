"""Notices to many are made of single ones, so their tests share the fixture that sends one; and points to stop at."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from propertyapp.milestones import reached
from tests.esign.envelopes.notices.conftest import notify

__all__ = ["notify"]

AtPoint = Callable[[str, Callable[[], object]], AbstractContextManager[None]]


@contextmanager
def _at_point(wanted: str, do: Callable[[], object]) -> Iterator[None]:
    done: list[str] = []

    def act(point: str, **_: Any) -> None:
        if point == wanted and not done:
            done.append(point)
            do()

    reached.connect(act, weak=False)
    try:
        yield
    finally:
        reached.disconnect(act)
    assert done, f"nothing came to {wanted}"


@pytest.fixture
def at_point() -> AtPoint:
    """Does something once, when the work comes to that point."""
    return _at_point


def raises(error: BaseException) -> Callable[[], object]:
    def fail() -> object:
        raise error

    return fail
