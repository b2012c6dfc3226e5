"""The guards as PostgreSQL triggers, and the exclusion constraint on the unit's days.

Triggers on a lease's own rows lock the lease first: otherwise a party added in one transaction could slip
past a send-out that commits in another.
"""

from leases.status import LIVE
from leases.triggers.rules import ONE_LIVE_LEASE_A_UNIT, RULES, Rule, quoted

EXCLUSION = ONE_LIVE_LEASE_A_UNIT.name


def _lock(rule: Rule) -> str:
    if rule.table == "leases_lease":
        return ""
    leases = {"INSERT": "NEW.lease_id", "UPDATE": "NEW.lease_id, OLD.lease_id", "DELETE": "OLD.lease_id"}[rule.event]
    return f"PERFORM 1 FROM leases_lease WHERE id IN ({leases}) ORDER BY id FOR NO KEY UPDATE;"


def _function(rule: Rule) -> str:
    return f"""
        CREATE OR REPLACE FUNCTION {rule.name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {_lock(rule)}
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


NAMES = [*(rule.name for rule in RULES), EXCLUSION]
LIFT = [
    *(f"DROP TRIGGER IF EXISTS {rule.name} ON {rule.table}" for rule in RULES),
    *(f"DROP FUNCTION IF EXISTS {rule.name}()" for rule in RULES),
    f"ALTER TABLE leases_lease DROP CONSTRAINT IF EXISTS {EXCLUSION}",
]
INSTALL = [
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    *map(_function, RULES),
    *map(_trigger, RULES),
    f"ALTER TABLE leases_lease DROP CONSTRAINT IF EXISTS {EXCLUSION}",
    f"""ALTER TABLE leases_lease ADD CONSTRAINT {EXCLUSION} EXCLUDE USING gist (
        unit_id WITH =, daterange(start_date, holds_unit_until, '[]') WITH &&
    ) WHERE (status IN ({quoted(LIVE)}))""",
]
PRESENT = "SELECT tgname FROM pg_trigger UNION SELECT conname FROM pg_constraint"
