"""Rules as SQLite triggers. One writer at a time makes them complete."""

from leases.triggers.rules import Rule, TriggerSet

PRESENT = "SELECT name FROM sqlite_master WHERE type = 'trigger'"


def names(triggers: TriggerSet) -> list[str]:
    return [rule.name for rule in _rules(triggers)]


def lift(triggers: TriggerSet) -> list[str]:
    return [f"DROP TRIGGER IF EXISTS {name}" for name in names(triggers)]


def install(triggers: TriggerSet) -> list[str]:
    # The rule may have changed since it was installed, so the old trigger goes first.
    return [*lift(triggers), *map(_trigger, _rules(triggers))]


def _rules(triggers: TriggerSet) -> list[Rule]:
    return [*triggers.rules, *triggers.sqlite_only]


def _trigger(rule: Rule) -> str:
    return (
        f"CREATE TRIGGER IF NOT EXISTS {rule.name} BEFORE {rule.event} ON {rule.table} FOR EACH ROW"
        f" WHEN {rule.refuse_if.replace('{differs}', 'IS NOT')}"
        f" BEGIN SELECT RAISE(ABORT, '{rule.mark}'); END"
    )
