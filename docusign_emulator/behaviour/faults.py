"""Faults ordered by a test: counted and deterministic, so that a test can say which call failed and how.

A rule: {"operation", "match": {"envelopeId"?, "transactionId"?, "event"?, "clientUserId"?}, "skip": calls let
through first, "times": how often (0: for ever), "probability"?, "seed"?, "action", and what the action needs}.

Actions on API calls
    before_effect   nothing is done; then status/errorCode, or hang, or reset
    after_effect    it is done; then status/errorCode, or hang, or reset, or cut
    late_effect     the answer is lost now; the effect lands `delay` seconds later
    slow            `delay` seconds pass, then all goes well
    cut_body        it is done; the answer breaks off half way
    token_revoked   401, and the token is dead from now on
    limit           the hourly (or `"limit": "burst"`) limit is used up
    search_lag      this list call does not see what is younger than `delay` seconds
Of a copy of Bulk Send (operation "bulkCopy", match {"email"}) only before_effect is played: that copy fails with
errorCode, and its batch tells so.
Actions on Connect messages (operation "connect")
    duplicate (`copies`), delay (`delay`), shuffle (`delay`: window), drop, bad_hmac, old_key, never_retry,
    completed_before_sent
"""

from __future__ import annotations

import random
from typing import Any

from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.store import Store

CALL_ACTIONS = {
    "before_effect", "after_effect", "late_effect", "slow", "cut_body", "token_revoked", "limit", "search_lag",
}  # fmt: skip
CONNECT_ACTIONS = {
    "duplicate", "delay", "shuffle", "drop", "bad_hmac", "old_key", "never_retry", "completed_before_sent",
}  # fmt: skip
_NUMBERS = {"skip", "times", "probability", "delay", "hang", "status", "copies"}


def add(store: Store, rule: Json) -> Json:
    """Keep a rule. Raises ValueError saying what it lacks."""
    operation, action = rule.get("operation"), rule.get("action")
    if not isinstance(operation, str) or not operation:
        raise ValueError("A fault needs an operation, such as createEnvelope, or connect.")
    allowed = CONNECT_ACTIONS if operation == "connect" else CALL_ACTIONS
    if action not in allowed:
        raise ValueError(f"action is one of {', '.join(sorted(allowed))}, not {action!r}.")
    for name in _NUMBERS & rule.keys():
        if rule[name] is not None and (isinstance(rule[name], bool) or not isinstance(rule[name], int | float)):
            raise ValueError(f"{name} is a number, not {rule[name]!r}.")
    id = str(store.next_number("fault"))
    kept = {"match": {}, "skip": 0, "times": 1} | rule | {"id": id, "seen": 0, "hits": 0}
    store.keep("fault", id, kept)
    return kept


def all(store: Store) -> list[Json]:
    return store.records("fault")


def clear(store: Store) -> None:
    for rule in store.records("fault"):
        store.drop("fault", rule["id"])


def take(store: Store, operation: str, facts: dict[str, Any]) -> Json | None:
    """The first rule that strikes this call, counted; None when it goes through unharmed."""
    for rule in store.records("fault"):
        if rule["operation"] not in (operation, "*") or (rule["operation"] == "*" and operation == "connect"):
            continue
        if any(str(facts.get(key)) != str(wanted) for key, wanted in rule["match"].items()):
            continue
        struck = _strikes(rule)
        rule["seen"] += 1
        rule["hits"] += struck
        store.keep("fault", rule["id"], rule)
        if struck:
            return rule
    return None


def _strikes(rule: Json) -> bool:
    if rule["seen"] < rule["skip"] or (rule["times"] and rule["hits"] >= rule["times"]):
        return False
    if rule.get("probability") is None:
        return True
    dice = random.Random(f"{rule.get('seed', 0)}:{rule['seen']}")  # noqa: S311 - repeatable on purpose
    return dice.random() < float(rule["probability"])
