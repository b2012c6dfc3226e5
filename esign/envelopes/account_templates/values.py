"""What our variables say for one envelope, as a document prints it, and which fields of a template get it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone

from esign.documents import formats
from esign.documents.context import build_context
from esign.models import Envelope, Role
from esign.models.account_template import LEFT_EMPTY, AccountTemplate
from leases.languages import common_language


@dataclass(frozen=True)
class Values:
    """What our variables say for one envelope, as a document prints it."""

    context: Mapping[str, Any]
    language: str = "en"

    @classmethod
    def of(cls, envelope: Envelope) -> Values:
        language = common_language(one.language for one in envelope.signers.all() if one.role == Role.TENANT)
        company = {"name": settings.COMPANY_NAME, "email": settings.SUPPORT_EMAIL}
        day = timezone.localdate(envelope.created_at)
        return cls(build_context(envelope.terms, today=day, language=language, company=company), language)

    def raw(self, name: str) -> Any:
        """The value behind `tenants[0].name`. Raises LookupError for a name that this lease does not have."""
        here: Any = self.context
        for step in re.findall(r"[^.\[\]]+", name):
            if isinstance(here, Mapping):
                here = here[step]
            elif isinstance(here, Sequence) and not isinstance(here, str) and step.isdecimal():
                here = here[int(step)]
            elif here is None:
                return None  # a group that this lease has nothing of
            else:
                raise LookupError(name)
        return here

    def printed(self, name: str) -> str:
        return self.as_text(self.raw(name))

    def as_text(self, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, date):
            return formats.long_date(value, self.language)
        if isinstance(value, Decimal):
            return formats.money(value)
        if isinstance(value, list | tuple):
            return ", ".join(self.as_text(item) for item in value if not isinstance(item, Mapping))
        return "" if isinstance(value, Mapping) else str(value)


def tab_values(template: AccountTemplate, values: Values, problems: list[str]) -> list[dict[str, Any]]:
    filled = []
    for tab in template.structure.get("tabs", []):
        variable = template.labels.get(tab["label"], "")
        if variable in ("", LEFT_EMPTY):
            continue
        try:
            value = values.printed(variable)
        except LookupError:
            problems.append(f"This lease has no “{variable}”, which “{template}” prints as “{tab['label']}”.")
            continue
        if not value and tab["required"] and tab["locked"]:
            problems.append(f"“{variable}” is empty on this lease, and “{template}” needs it for “{tab['label']}”.")
        filled.append({"role": tab["role"], "label": tab["label"], "kind": tab["kind"], "value": value})
    return filled
