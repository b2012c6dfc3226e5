"""What the database refuses of leases:

- a lease begins as a draft and moves only along `leases.status.TRANSITIONS`;
- it cannot be executed, active, ended or renewed unless every party and the landlord signed exactly its version;
- once it has gone out, its terms, parties, rent steps and addenda cannot change;
- signatures are only ever added, and only by those whose signature the lease asks for;
- no two live leases hold a unit on the same day.

Every rule also speaks for a row that SQLite would silently remove by INSERT OR REPLACE, which fires no DELETE trigger.
"""

# ruff: noqa: S608  # every part of this SQL is a constant of this module or of leases.status

from dataclasses import replace

from leases.status import LIVE, SIGNED, TRANSITIONS
from leases.triggers import Rule, TriggerSet, any_differs, quoted

TERMS_COLUMNS = (
    "unit_id", "start_date", "end_date", "rent", "deposit", "due_day", "late_fee", "late_fee_after_days",
    "pets", "parking_spaces", "previous_lease_id",
)  # fmt: skip
ALLOWED_WAYS = " OR ".join(
    f"(OLD.status = '{before!s}' AND NEW.status IN ({quoted(sorted(after))}))"
    for before, after in TRANSITIONS.items()
    if after
)
GOES_OUT = "(OLD.status = 'draft' AND NEW.status = 'out_for_signature')"
IS_WITHDRAWN = "(OLD.status = 'out_for_signature' AND NEW.status = 'draft')"
STEP_OUTSIDE = "({step}.from_date <= {lease}.start_date OR {step}.from_date > {lease}.end_date)"

LEASE_RULES = [
    Rule(
        "lease_begins_as_draft", "leases_lease", "INSERT",
        "NEW.status <> 'draft' OR NEW.version <> 1",
        "leases:wrong_status",
    ),
    Rule(
        "lease_is_not_replaced", "leases_lease", "INSERT",
        "EXISTS (SELECT 1 FROM leases_lease l WHERE l.id = NEW.id OR l.number = NEW.number)",
        "leases:lease_is_kept",
    ),
    Rule(
        "lease_moves_along_its_ways", "leases_lease", "UPDATE",
        f"NEW.status <> OLD.status AND NOT ({ALLOWED_WAYS})",
        "leases:wrong_status",
    ),
    Rule(
        "lease_version_follows_withdrawal", "leases_lease", "UPDATE",
        f"NEW.version <> OLD.version + CASE WHEN {IS_WITHDRAWN} THEN 1 ELSE 0 END",
        "leases:version_skipped",
    ),
    Rule(
        "lease_terms_are_fixed", "leases_lease", "UPDATE",
        "NEW.id <> OLD.id OR NEW.number <> OLD.number"
        f" OR (NOT (OLD.status = 'draft' AND NEW.status = 'draft') AND ({any_differs(TERMS_COLUMNS)}))"
        f" OR (NOT {GOES_OUT} AND NOT {IS_WITHDRAWN}"
        f" AND ({any_differs(['sent_terms', 'sent_terms_sha256', 'sent_at'])}))"
        f" OR (OLD.status IN ({quoted(SIGNED)})"
        f" AND ({any_differs(['executed_at', 'executed_version', 'executed_terms_sha256'])}))",
        "leases:terms_frozen",
    ),
    Rule(
        "lease_needs_every_signature", "leases_lease", "UPDATE",
        f"NEW.status IN ({quoted(SIGNED)}) AND ("
        " NEW.executed_version {differs} NEW.version"
        " OR NOT EXISTS (SELECT 1 FROM leases_leaseparty p WHERE p.lease_id = NEW.id AND p.role = 'tenant')"
        " OR NOT EXISTS (SELECT 1 FROM leases_leasesignature s"
        "   WHERE s.lease_id = NEW.id AND s.version = NEW.version AND s.key = 'landlord')"
        " OR EXISTS (SELECT 1 FROM leases_leaseparty p WHERE p.lease_id = NEW.id AND NOT EXISTS ("
        "   SELECT 1 FROM leases_leasesignature s WHERE s.lease_id = NEW.id AND s.version = NEW.version"
        "   AND s.tenant_id = p.tenant_id AND s.key = p.role || CAST(p.\"order\" AS TEXT))))",
        "leases:signatures_missing",
    ),
    Rule(
        "lease_goes_out_with_steps_in_term", "leases_lease", "UPDATE",
        f"{GOES_OUT} AND EXISTS (SELECT 1 FROM leases_rentstep r WHERE r.lease_id = NEW.id"
        f" AND {STEP_OUTSIDE.format(step='r', lease='NEW')})",
        "leases:rent_step_outside_term",
    ),
    Rule(
        "lease_is_kept", "leases_lease", "DELETE",
        "OLD.status <> 'draft' OR EXISTS (SELECT 1 FROM leases_leasesignature s WHERE s.lease_id = OLD.id)",
        "leases:lease_is_kept",
    ),
]  # fmt: skip


def _not_a_draft(*leases: str) -> str:
    return f"EXISTS (SELECT 1 FROM leases_lease l WHERE l.id IN ({', '.join(leases)}) AND l.status <> 'draft')"


FIXED_WITH_THE_LEASE = [
    Rule(
        f"{what}_{event.lower()}_only_in_draft",
        f"leases_{what}",
        event,
        _not_a_draft(*leases),
        "leases:terms_frozen",
    )
    for what in ("leaseparty", "rentstep", "addendum")
    for event, leases in {
        "INSERT": ["NEW.lease_id"],
        "UPDATE": ["NEW.lease_id", "OLD.lease_id"],
        "DELETE": ["OLD.lease_id"],
    }.items()
]
STEPS_WITHIN_TERM = [
    Rule(
        f"rentstep_{event.lower()}_within_term", "leases_rentstep", event,
        "EXISTS (SELECT 1 FROM leases_lease l WHERE l.id = NEW.lease_id"
        f" AND {STEP_OUTSIDE.format(step='NEW', lease='l')})",
        "leases:rent_step_outside_term",
    )
    for event in ("INSERT", "UPDATE")
]  # fmt: skip
SIGNATURE_RULES = [
    Rule(
        "signature_on_what_is_out", "leases_leasesignature", "INSERT",
        "NOT EXISTS (SELECT 1 FROM leases_lease l WHERE l.id = NEW.lease_id"
        " AND l.status = 'out_for_signature' AND l.version = NEW.version)",
        "leases:nothing_to_sign",
    ),
    Rule(
        "signature_of_a_signer", "leases_leasesignature", "INSERT",
        "NEW.key <> 'landlord' AND NOT EXISTS (SELECT 1 FROM leases_leaseparty p"
        " WHERE p.lease_id = NEW.lease_id AND p.tenant_id = NEW.tenant_id"
        " AND p.role || CAST(p.\"order\" AS TEXT) = NEW.key)",
        "leases:not_a_signer",
    ),
    Rule(
        "signature_is_not_replaced", "leases_leasesignature", "INSERT",
        "EXISTS (SELECT 1 FROM leases_leasesignature s WHERE s.id = NEW.id"
        " OR (s.lease_id = NEW.lease_id AND s.version = NEW.version AND s.key = NEW.key))",
        "leases:signatures_are_kept",
    ),
    *(
        Rule(name, "leases_leasesignature", event, "1 = 1", "leases:signatures_are_kept")
        for name, event in {"signature_does_not_change": "UPDATE", "signature_is_kept": "DELETE"}.items()
    ),
]  # fmt: skip


def _locking(rule: Rule) -> Rule:
    """On PostgreSQL, lock the lease first: a party that one transaction adds could slip past a send-out of another."""
    leases = {"INSERT": "NEW.lease_id", "UPDATE": "NEW.lease_id, OLD.lease_id", "DELETE": "OLD.lease_id"}[rule.event]
    return replace(rule, lock=f"PERFORM 1 FROM leases_lease WHERE id IN ({leases}) ORDER BY id FOR NO KEY UPDATE;")


# PostgreSQL holds this one by an exclusion constraint; on SQLite one writer at a time makes a trigger enough.
ONE_LIVE_LEASE_A_UNIT = Rule(
    "lease_unit_not_let_twice", "leases_lease", "UPDATE",
    f"NEW.status IN ({quoted(LIVE)}) AND EXISTS (SELECT 1 FROM leases_lease l"
    f" WHERE l.unit_id = NEW.unit_id AND l.id <> NEW.id AND l.status IN ({quoted(LIVE)})"
    " AND l.start_date <= COALESCE(NEW.holds_unit_until, '9999-12-31')"
    " AND NEW.start_date <= COALESCE(l.holds_unit_until, '9999-12-31'))",
    "leases:unit_already_let",
)  # fmt: skip

TRIGGERS = TriggerSet(
    app_label="leases",
    rules=[*LEASE_RULES, *map(_locking, [*FIXED_WITH_THE_LEASE, *STEPS_WITHIN_TERM, *SIGNATURE_RULES])],
    sqlite_only=[ONE_LIVE_LEASE_A_UNIT],
    constraints={
        ONE_LIVE_LEASE_A_UNIT.name: (
            "leases_lease",
            "EXCLUDE USING gist (unit_id WITH =, daterange(start_date, holds_unit_until, '[]') WITH &&)"
            f" WHERE (status IN ({quoted(LIVE)}))",
        )
    },
    extensions=["btree_gist"],
)
