"""Look at the draft that Docusign made by a template, and fill in what is generated, before it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from esign.docusign.answers import EnvelopeUpdate
from esign.docusign.templates import GenField, GenValue, TemplateClient
from esign.envelopes.account_templates.checks import check_labels
from esign.envelopes.account_templates.values import Values
from esign.models import Envelope
from esign.models.account_template import LEFT_EMPTY, AccountTemplate, EnvelopeRider

Kind = AccountTemplate.Kind


@dataclass
class Settled:
    """What looking at the draft came to: what was filled in by rider, or what a person has to fix."""

    problems: list[str] = field(default_factory=list)
    filled: dict[int, list[dict[str, Any]] | None] = field(default_factory=dict)

    def keep(self, envelope: Envelope, riders: Iterable[EnvelopeRider]) -> None:
        """Write it down. The caller holds the claim."""
        assert envelope.docusign_id is not None
        for rider in riders:
            rider.settle(envelope.docusign_id, self.filled.get(rider.pk))


def settle(
    client: TemplateClient, envelope: Envelope, found: EnvelopeUpdate, riders: Iterable[EnvelopeRider]
) -> Settled:
    """Look whether the draft holds exactly our people, and fill in what is generated. Safe to repeat.

    Raises DocusignError.
    """
    settled = Settled(list(_strangers(envelope, found)))
    if settled.problems:
        return settled
    for rider in riders:
        if rider.kind == Kind.DOCGEN:
            _fill(client, envelope, rider, settled)
    return settled


def _strangers(envelope: Envelope, found: EnvelopeUpdate) -> Iterator[str]:
    ours = {one.recipient_id: one for one in envelope.signers.all()}
    theirs = {one.recipient_id: one for one in found.recipients}
    for number, person in theirs.items():
        if number not in ours:
            named = person.name or person.email or "somebody without a name"
            yield f"By its template the draft would also go to {named}, who is no signer of ours."
        elif ours[number].email and person.email.casefold() != ours[number].email.casefold():
            yield f"By its template the draft would go to {person.email or 'no one'}, not to {ours[number].name}."
    for number in ours.keys() - theirs.keys():
        yield f"{ours[number].name} is missing in the draft that Docusign made by the template."


def _fill(client: TemplateClient, envelope: Envelope, rider: EnvelopeRider, settled: Settled) -> None:
    template = rider.template
    fields = client.gen_fields(envelope)
    _learn(template, fields)
    settled.problems += [] if fields else [f"The document of “{template}” has no fields that could be filled in."]
    settled.problems += check_labels(template, None)
    values = Values.of(envelope)
    given = [_gen_value(template, one, values, settled.problems) for one in fields]
    if settled.problems:
        return
    client.fill_gen_fields(envelope, given)
    settled.filled[rider.pk] = [
        {"role": "", "label": one.name, "kind": "rows" if one.rows else "field", "value": list(one.rows) or one.value}
        for one in given
    ]


def _learn(template: AccountTemplate, fields: Sequence[GenField]) -> None:
    """Fields of a Word document can be read from a draft only, so the template learns them there."""
    template.structure["fields"] = [
        {"label": one.name, "kind": one.kind, "required": one.required, "columns": list(one.columns)} for one in fields
    ]
    template.save(update_fields=["structure"])


def _gen_value(template: AccountTemplate, one: GenField, values: Values, problems: list[str]) -> GenValue:
    variable = template.labels.get(one.name, LEFT_EMPTY)
    if variable == LEFT_EMPTY:
        return GenValue(one.document, one.name)
    try:
        raw = values.raw(variable)
        if not one.columns:
            return GenValue(one.document, one.name, values.as_text(raw))
        rows = tuple({column: values.as_text(row[column]) for column in one.columns} for row in raw or ())
        return GenValue(one.document, one.name, rows=rows)
    except (LookupError, TypeError):
        parts = f" with {', '.join(one.columns)}" if one.columns else ""
        problems.append(f"This lease has no “{variable}”{parts}, which “{template}” prints as “{one.name}”.")
        return GenValue(one.document, one.name)
