"""How long people have to sign, and when they are reminded, for each purpose."""

from __future__ import annotations

from django.contrib import admin

from esign.models import SigningTimes
from leases.admin.base import Styled

USUAL = SigningTimes()


@admin.register(SigningTimes)
class SigningTimesAdmin(Styled):
    when_empty = (
        f"All go by the usual ones: {USUAL.expire_after_days} days to sign, a first reminder after "
        f"{USUAL.remind_after_days} days, then every {USUAL.remind_every_days}."
    )
    list_display = (
        "purpose",
        "expire_after_days",
        "warn_before_days",
        "remind_after_days",
        "remind_every_days",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "purpose",
                    ("expire_after_days", "warn_before_days"),
                    ("remind_after_days", "remind_every_days"),
                ),
                "description": "For what is prepared from now on. What is out keeps its times; the end of one "
                "envelope is moved on its own page.",
            },
        ),
    )
