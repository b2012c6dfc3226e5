"""The guards as SQLite triggers. One writer at a time makes them complete."""

from leases.triggers.rules import ONE_LIVE_LEASE_A_UNIT, RULES, Rule


def _trigger(rule: Rule) -> str:
    return (
        f"CREATE TRIGGER IF NOT EXISTS {rule.name} BEFORE {rule.event} ON {rule.table} FOR EACH ROW"
        f" WHEN {rule.refuse_if.replace('{differs}', 'IS NOT')}"
        f" BEGIN SELECT RAISE(ABORT, '{rule.mark}'); END"
    )


_RULES = [*RULES, ONE_LIVE_LEASE_A_UNIT]
NAMES = [rule.name for rule in _RULES]
LIFT = [f"DROP TRIGGER IF EXISTS {name}" for name in NAMES]
# A guard may have been worded anew since it was installed.
INSTALL = [*LIFT, *map(_trigger, _RULES)]
PRESENT = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
