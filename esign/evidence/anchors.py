"""Anchors: every hour the heads of the chains that grew are signed and kept outside of the database.

Anyone who can write to the database can rewrite a chain, hash by hash, or cut its end off. They cannot change the
signed copies outside. `verify_evidence` compares both.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from esign.evidence import keys
from esign.models import AnchoredHead, AuditEvent, EvidenceAnchor
from esign.models.audit import GENESIS
from leases.canonical import canonical_json
from leases.models import Lease

logger = logging.getLogger(__name__)

FORMAT = 1
EVENTS_EACH = 20_000
# An event's number may be older than one that was committed before it; so many are looked at once more.
OVERLAP = 2_000
KEPT_AT_ONCE = 100


def anchor_what_grew() -> int:
    """Sign the heads of chains that grew since the last anchor and keep them outside. Returns how many chains."""
    total = 0
    while count := _next_anchor():
        total += count
    keep_outside()
    return total


def _next_anchor() -> int:
    """One anchor over the next EVENTS_EACH events. 0: there is nothing new, or another host is at it."""
    before = EvidenceAnchor.objects.order_by("-number").first()
    seen_to = before.last_event_id if before else 0
    start = max(0, seen_to - OVERLAP)
    events = AuditEvent.objects.filter(pk__gt=start).order_by("pk").values_list("pk", flat=True)
    pks = list(events[: OVERLAP + EVENTS_EACH])
    if not pks:
        return 0
    tops = AuditEvent.objects.filter(pk__gt=start, pk__lte=pks[-1]).values("lease").annotate(top=Max("number"))
    heads = _not_anchored({row["lease"]: row["top"] for row in tops})
    if not heads and pks[-1] <= seen_to:
        return 0
    try:
        with transaction.atomic():
            _write(before, heads, last_event_id=max(seen_to, pks[-1]))
    except IntegrityError:
        logger.info("another host writes this anchor")
        return 0
    return len(heads)


def _not_anchored(tops: dict[int, int]) -> list[AuditEvent]:
    """The newest events of these leases that no anchor names yet."""
    found: list[AuditEvent] = []
    leases = sorted(tops)
    for chunk in (leases[start : start + 500] for start in range(0, len(leases), 500)):
        of_chunk = AnchoredHead.objects.filter(lease__in=chunk).values("lease").annotate(top=Max("number"))
        anchored = dict(of_chunk.values_list("lease", "top"))
        wanted = [(lease, tops[lease]) for lease in chunk if tops[lease] > anchored.get(lease, 0)]
        events = (
            AuditEvent.objects.filter(lease__in=[lease for lease, _ in wanted])
            .select_related("lease")
            .order_by("lease")
        )
        events = events.filter(number__in={top for _, top in wanted})
        found += [event for event in events if event.number == tops[event.lease_id]]
    return found


def _write(before: EvidenceAnchor | None, heads: list[AuditEvent], *, last_event_id: int) -> None:
    number, at = (before.number + 1 if before else 1), timezone.now()
    statement = canonical_json(
        {
            "format": FORMAT,
            "number": number,
            "at": at.isoformat(),
            "previous": before.sha256 if before else GENESIS,
            "heads": [[event.lease.number, event.number, event.hash] for event in heads],
        }
    )
    anchor = EvidenceAnchor.objects.create(
        number=number,
        at=at,
        last_event_id=last_event_id,
        statement=statement.decode(),
        sha256=hashlib.sha256(statement).hexdigest(),
        key_id=keys.key_id(keys.public_key()),
        signature=keys.sign(statement),
    )
    AnchoredHead.objects.bulk_create(
        [AnchoredHead(anchor=anchor, lease=event.lease, number=event.number, hash=event.hash) for event in heads],
        batch_size=500,
    )


# --- outside ----------------------------------------------------------------------------------------------


def outside() -> Storage:
    """Where anchors are kept: a place that this database's administrators cannot write to."""
    return storages["anchors"]


def _name(number: int) -> str:
    return f"{number // 1000:06d}/{number:09d}.json"


def keep_outside() -> int:
    """Copy the anchors that are not outside yet, the oldest first. Returns how many; what fails is tried next time."""
    kept = 0
    for anchor in EvidenceAnchor.objects.filter(kept_at=None).order_by("number")[:KEPT_AT_ONCE]:
        content = {"statement": anchor.statement, "signature": anchor.signature, "key_id": anchor.key_id}
        try:
            if not outside().exists(_name(anchor.number)):
                outside().save(_name(anchor.number), ContentFile(json.dumps(content).encode()))
        except OSError as error:
            logger.error("anchor %s cannot be kept outside: %s", anchor.number, error)
            break
        EvidenceAnchor.objects.filter(pk=anchor.pk, kept_at=None).update(kept_at=timezone.now())
        kept += 1
    return kept


# --- checking ---------------------------------------------------------------------------------------------


def head_problems(lease: Lease, events: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Heads of this lease that anchors name and its chain does not have."""
    hashes = {event["number"]: event["hash"] for event in events}
    for head in AnchoredHead.objects.filter(lease=lease).select_related("anchor").order_by("number"):
        if hashes.get(head.number) != head.hash:
            yield f"Event {head.number} is not the one that {head.anchor} of {head.anchor.at:%Y-%m-%d %H:%M} names."


def anchor_problems() -> Iterator[str]:
    """Follow the anchors outside, one by one: each signed, none missing, each as in the database, each head there."""
    previous, number = GENESIS, 0
    newest = EvidenceAnchor.objects.exclude(kept_at=None).aggregate(Max("number"))["number__max"] or 0
    while True:
        number += 1
        content = _read(number)
        if content is None and number <= newest:
            yield f"Anchor {number} is missing outside."
            continue
        if content is None:
            return
        problem, statement = _checked(number, content)
        if problem:
            yield problem
            continue
        if statement["previous"] != previous and number > 1:
            yield f"Anchor {number} does not follow from the one before it."
        previous = hashlib.sha256(content["statement"].encode()).hexdigest()
        yield from _differences(number, statement, previous)


def _read(number: int) -> dict[str, Any] | None:
    try:
        with outside().open(_name(number)) as file:
            content = json.loads(file.read())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _checked(number: int, content: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    text, known = str(content.get("statement", "")), keys.known_keys()
    key = known.get(str(content.get("key_id")), "")
    if not key:
        return f"Anchor {number} is signed by a key that is not known here ({content.get('key_id')}).", {}
    if not keys.is_signed(text.encode(), str(content.get("signature", "")), key):
        return f"Anchor {number} was changed outside: its signature does not fit.", {}
    statement: dict[str, Any] = json.loads(text)
    if statement["number"] != number:
        return f"Anchor {number} is another one: it says {statement['number']}.", {}
    return "", statement


def _differences(number: int, statement: dict[str, Any], sha256: str) -> Iterator[str]:
    """What the database has lost or changed of what this anchor says."""
    if not EvidenceAnchor.objects.filter(number=number, sha256=sha256).exists():
        yield f"Anchor {number} is not in the database as it is outside."
    heads = statement["heads"]
    for chunk in (heads[start : start + 300] for start in range(0, len(heads), 300)):
        rows = AuditEvent.objects.filter(lease__number__in=[lease for lease, _, _ in chunk])
        there = set(rows.filter(number__in={n for _, n, _ in chunk}).values_list("lease__number", "number", "hash"))
        for lease, event, head in chunk:
            if (lease, event, head) not in there:
                yield f"Lease {lease}: event {event} is not the one that anchor {number} names."
