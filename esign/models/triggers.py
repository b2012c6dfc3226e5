"""What the database refuses of envelopes: a published template text and a call on record never change."""

from __future__ import annotations

from leases.triggers import Rule, TriggerSet, any_differs

FIXED = ("id", "template_id", "number", "text", "sha256", "note", "created_at", "published_at", "published_by_id")
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
        Rule("esign_call_is_kept", "esign_docusigncall", "UPDATE", "1 = 1", "esign: a call on record is never changed"),
    ],
)
