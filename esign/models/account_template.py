"""Templates that live in the Docusign account: what each is for, who fills its roles, what fills its fields."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import models
from django.urls import reverse
from django.utils import timezone

from esign.models.connection import DocusignConnection
from esign.models.envelope import Envelope, Purpose

# What a field is mapped to that is meant to stay empty.
LEFT_EMPTY = "-"


class AccountTemplate(models.Model):
    """One template of the account, as last read, and the office's mapping of it to our leases.

    `structure` is Docusign's: `roles` (name, order, recipient id), `tabs` (role, label, kind, required, locked) and,
    for document generation, `fields` (label, kind, columns). It is kept because templates are not to be fetched for
    every sending: https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/templates/creating/
    """

    class Kind(models.TextChoices):
        TEMPLATE = "template", "Whole envelope"  # by template roles; none of our documents
        RIDER = "rider", "Rider to our documents"  # by composite templates
        DOCGEN = "docgen", "Word document that is filled in"  # by template roles, then docGen form fields

    connection = models.ForeignKey(DocusignConnection, on_delete=models.CASCADE, related_name="account_templates")
    template_id = models.UUIDField("Docusign template id")
    name = models.CharField(max_length=100)
    kind = models.CharField("used as", max_length=10, choices=Kind, default=Kind.RIDER)
    purpose = models.CharField(
        max_length=10, choices=Purpose, default=Purpose.ADDENDUM, help_text="What it may be sent for."
    )
    roles = models.JSONField(default=dict, blank=True, help_text="Role of the template: key of our signer.")
    labels = models.JSONField(default=dict, blank=True, help_text="Tab label or field of the template: our variable.")
    structure = models.JSONField(default=dict, blank=True, editable=False)
    is_active = models.BooleanField("in use", default=False, help_text="Staff may send with it.")
    read_at = models.DateTimeField(null=True, blank=True, help_text="When it was last read from Docusign.")
    gone_at = models.DateTimeField(null=True, blank=True, help_text="When Docusign had it no more.")

    class Meta:
        ordering = ["name"]
        verbose_name = "Docusign template"
        constraints = [
            models.UniqueConstraint(fields=["connection", "template_id"], name="one_row_per_account_template"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("admin:esign_accounttemplate_change", args=[self.pk])

    @property
    def goes_alone(self) -> bool:
        """Whether the envelope holds nothing but this template."""
        return self.kind != self.Kind.RIDER

    @property
    def its_roles(self) -> list[dict[str, Any]]:
        return list(self.structure.get("roles", []))

    @property
    def its_fields(self) -> list[dict[str, Any]]:
        """What can be given a value: fields of the Word document, else tabs."""
        return list(self.structure.get("fields" if self.kind == self.Kind.DOCGEN else "tabs", []))


class EnvelopeRider(models.Model):
    """A template of the account in one envelope. Roles and values are frozen with the envelope.

    `filled_draft` names the draft that was found to be as meant and filled in: a draft that is made again is
    looked at again, so nothing can be sent on the word of an earlier one.
    """

    envelope = models.ForeignKey(Envelope, on_delete=models.CASCADE, related_name="riders")
    template = models.ForeignKey(AccountTemplate, on_delete=models.PROTECT, related_name="uses")
    kind = models.CharField(max_length=10, choices=AccountTemplate.Kind)
    template_id_at_docusign = models.UUIDField()
    sequence = models.PositiveIntegerField(default=1)
    roles = models.JSONField(default=dict, help_text="Role of the template: key of the signer.")
    values = models.JSONField(default=list, help_text="Role, label, kind and value of each field that we fill in.")
    filled_draft = models.UUIDField(null=True, blank=True)
    filled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["sequence"]
        constraints = [models.UniqueConstraint(fields=["envelope", "sequence"], name="one_rider_per_sequence")]

    def __str__(self) -> str:
        return f"{self.template} in {self.envelope}"

    def is_settled_in(self, docusign_id: UUID | None) -> bool:
        """Its part of this very draft has been looked at and filled in."""
        return docusign_id is not None and self.filled_draft == docusign_id

    def settle(self, docusign_id: UUID, values: list[dict[str, Any]] | None = None) -> None:
        """Record that this draft is as meant, with what was filled in."""
        self.filled_draft, self.filled_at = docusign_id, timezone.now()
        if values is not None:
            self.values = values
        self.save(update_fields=["filled_draft", "filled_at", "values"])
