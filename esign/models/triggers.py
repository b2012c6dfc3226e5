"""What the database refuses of envelopes: evidence, a published template text and a call on record never change."""

from __future__ import annotations

from leases.triggers import Rule, TriggerSet, any_differs

FIXED = ("id", "template_id", "number", "text", "sha256", "note", "created_at", "published_at", "published_by_id")
OF_AN_ANCHOR = ("id", "number", "at", "last_event_id", "statement", "sha256", "key_id", "signature")
ONCE = ("retired_at", "retired_by_id")

TRIGGERS = TriggerSet(
    app_label="esign",
    rules=[
        Rule(
            "esign_published_text_is_kept",
            "esign_documenttemplateversion",
            "UPDATE",
            f"OLD.published_at IS NOT NULL AND ({any_differs(FIXED)}"
            f" OR (OLD.retired_at IS NOT NULL AND ({any_differs(ONCE)})))",
            "esign: a published template text is never changed",
        ),
        *(
            Rule(f"esign_{row}_{event.lower()}_never", f"esign_{table}", event, "1 = 1", f"esign: {mark}")
            for row, table, mark in (
                ("event", "auditevent", "an event in a chain of evidence stays as it is"),
                ("head", "anchoredhead", "an anchored head stays as it is"),
            )
            for event in ("UPDATE", "DELETE")
        ),
        Rule(
            "esign_anchor_update_never",
            "esign_evidenceanchor",
            "UPDATE",
            f"{any_differs(OF_AN_ANCHOR)} OR OLD.kept_at IS NOT NULL",
            "esign: an anchor stays as it is",
        ),
        Rule("esign_anchor_delete_never", "esign_evidenceanchor", "DELETE", "1 = 1", "esign: an anchor stays as it is"),
        Rule("esign_call_is_kept", "esign_docusigncall", "UPDATE", "1 = 1", "esign: a call on record is never changed"),
    ],
)
