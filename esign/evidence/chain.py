"""A chain of events, followed link by link: the same for rows of ours and for a package of anybody's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import rfc8785

from esign.models import AuditEvent
from esign.models.audit import GENESIS
from leases.canonical import sha256_of


def facts_of(event: AuditEvent) -> dict[str, Any]:
    """An event as plain data, with its hash."""
    return {**event.facts(), "hash": event.hash}


def _hash_of(facts: Mapping[str, Any]) -> str | None:
    """The hash of an event from a package. None for facts that have no canonical form, which no event of ours has."""
    try:
        return sha256_of(facts)
    except (rfc8785.CanonicalizationError, RecursionError, UnicodeError):
        return None


def chain_problems(events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Walk the chain: numbers without a gap, each hash right, each naming the one before it."""
    before, number = GENESIS, 0
    for event in events:
        number += 1
        facts = {name: value for name, value in event.items() if name != "hash"}
        if event.get("number") != number:
            yield f"Event {number} is missing or out of place."
            given = event.get("number")
            number = given if isinstance(given, int) and given > 0 else number
        if event.get("previous_hash") != before:
            yield f"Event {number} does not follow from the one before it."
        own_hash = _hash_of(facts)
        if own_hash is None or own_hash != event.get("hash"):
            yield f"Event {number} has been changed since it was written."
        before = str(event.get("hash"))


def document_problems(events: Iterable[Mapping[str, Any]], present: set[str]) -> list[str]:
    """Documents that the events name and that are not there."""
    problems = []
    for event in events:
        detail = event.get("detail")
        named = detail.get("sha256") if isinstance(detail, Mapping) else None
        for name, sha256 in (named or {}).items() if isinstance(named, Mapping) else ():
            if not isinstance(sha256, str) or sha256 not in present:
                problems.append(f"“{name}”, named in event {event.get('number')}, is not among the documents.")
    return problems
