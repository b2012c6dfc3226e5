"""Rules as PostgreSQL triggers, and constraints that only PostgreSQL has."""

from leases.triggers.rules import Rule, TriggerSet

PRESENT = "SELECT tgname FROM pg_trigger UNION SELECT conname FROM pg_constraint"


def names(triggers: TriggerSet) -> list[str]:
    return [*(rule.name for rule in triggers.rules), *triggers.constraints]


def lift(triggers: TriggerSet) -> list[str]:
    return [
        *(f"DROP TRIGGER IF EXISTS {rule.name} ON {rule.table}" for rule in triggers.rules),
        *(f"DROP FUNCTION IF EXISTS {rule.name}()" for rule in triggers.rules),
        *_drop_constraints(triggers),
    ]


def install(triggers: TriggerSet) -> list[str]:
    return [
        *(f"CREATE EXTENSION IF NOT EXISTS {name}" for name in triggers.extensions),
        *map(_function, triggers.rules),
        *map(_trigger, triggers.rules),
        *_drop_constraints(triggers),
        *(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"
            for name, (table, definition) in triggers.constraints.items()
        ),
    ]


def _drop_constraints(triggers: TriggerSet) -> list[str]:
    return [
        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}" for name, (table, _) in triggers.constraints.items()
    ]


def _function(rule: Rule) -> str:
    return f"""
        CREATE OR REPLACE FUNCTION {rule.name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {rule.lock}
            IF ({rule.refuse_if.replace("{differs}", "IS DISTINCT FROM")}) THEN
                RAISE EXCEPTION '{rule.mark}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN {"OLD" if rule.event == "DELETE" else "NEW"};
        END $$"""


def _trigger(rule: Rule) -> str:
    return (
        f"CREATE OR REPLACE TRIGGER {rule.name} BEFORE {rule.event} ON {rule.table}"
        f" FOR EACH ROW EXECUTE FUNCTION {rule.name}()"
    )
