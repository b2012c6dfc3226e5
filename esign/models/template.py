"""The office's own template text of its documents: drafts, what is in force, and everything that ever was.

A version begins as a draft, is published once, and is never changed after: the database refuses it
(`esign.models.triggers`). Publishing the next retires the one before; with none in force, the text that comes with the
product is used. Where a version stands follows from its times, so that the two cannot disagree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q, Value
from django.utils import timezone

from leases.languages import ENGLISH, IN_ENGLISH

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class TemplateTextRefused(Exception):
    """What was asked for cannot be done with this version; the message says why and what to do."""


def fingerprint(text: str) -> str:
    """SHA-256, in hexadecimal, of the text as UTF-8: what an envelope names its template text by."""
    return hashlib.sha256(text.encode()).hexdigest()


class Kind(models.TextChoices):
    """The documents of the product; the values are the names of its template files."""

    LEASE = "lease", "Lease"
    RENEWAL = "renewal", "Renewal"
    PET = "addendum_pet", "Pet addendum"
    PARKING = "addendum_parking", "Parking addendum"
    HOUSE_RULES = "addendum_house_rules", "House rules"
    OTHER = "addendum_other", "Other addendum"
    GUARANTY = "guaranty", "Guaranty"
    RENT_CHANGE = "notice", "Notice of rent change"
    VACATE = "notice_to_vacate", "Notice to vacate"
    GENERAL = "notice_general", "General notice"
    INSPECTION = "move_in_inspection", "Move-in inspection"


class DocumentTemplate(models.Model):
    """One document of the office in one language: the sum of its versions."""

    kind = models.CharField(max_length=40, choices=Kind)
    language = models.CharField(max_length=5, choices=list(IN_ENGLISH.items()), default=ENGLISH)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["kind", "language"]
        constraints = [models.UniqueConstraint(fields=["kind", "language"], name="one_template_per_kind_and_language")]
        permissions = [("publish_documenttemplate", "Can publish and retire document templates")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_language_display()})"

    def in_force(self) -> DocumentTemplateVersion | None:
        """The version that new envelopes are made from; None where that is the text of the product."""
        return self.versions.published().first()

    def draft(self) -> DocumentTemplateVersion | None:
        """The version in work. There is one at most, so that colleagues work on the same."""
        return self.versions.drafts().first()

    def begin_draft(self, text: str, *, by: User | None, note: str = "") -> DocumentTemplateVersion:
        """Open the next version. Raises TemplateTextRefused where one is in work already."""
        last = self.versions.order_by("-number").values_list("number", flat=True).first() or 0
        try:
            with transaction.atomic():
                return self.versions.create(number=last + 1, text=text, note=note, created_by=by, saved_by=by)
        except IntegrityError as rival:
            raise TemplateTextRefused(
                f"There is a draft of {self} already. Go on with that one, or discard it."
            ) from rival


class VersionQuerySet(models.QuerySet["DocumentTemplateVersion"]):
    def drafts(self) -> VersionQuerySet:
        return self.filter(published_at__isnull=True)

    def published(self) -> VersionQuerySet:
        """Those in force: at most one of a template."""
        return self.filter(published_at__isnull=False, retired_at__isnull=True)

    def delete(self) -> tuple[int, dict[str, int]]:
        if self.filter(published_at__isnull=False).exists():
            raise TemplateTextRefused("A version that was published is kept: envelopes were made from it.")
        return super().delete()


class DocumentTemplateVersion(models.Model):
    """One template text of a template, with who wrote it and who answers for it."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "In force"
        RETIRED = "retired", "Retired"

    template = models.ForeignKey(DocumentTemplate, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64, editable=False, db_index=True)
    note = models.CharField(max_length=300, blank=True, help_text="What changed, and why.")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    saved_at = models.DateTimeField(default=timezone.now)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    # Who answers for the template text of a contract is not forgotten with their account.
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["template", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="one_version_per_number"),
            models.UniqueConstraint(
                fields=["template"], condition=Q(published_at__isnull=True), name="one_draft_per_template"
            ),
            models.UniqueConstraint(
                fields=["template"],
                condition=Q(published_at__isnull=False, retired_at__isnull=True),
                name="one_version_in_force_per_template",
            ),
            models.CheckConstraint(
                condition=Q(retired_at__isnull=True) | Q(published_at__isnull=False),
                name="only_what_was_published_is_retired",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template}, version {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sha256 = fingerprint(self.text)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        if self.published_at:
            raise TemplateTextRefused("A version that was published is kept: envelopes were made from it.")
        return super().delete(*args, **kwargs)

    @property
    def status(self) -> DocumentTemplateVersion.Status:
        if self.published_at is None:
            return self.Status.DRAFT
        return self.Status.RETIRED if self.retired_at else self.Status.PUBLISHED

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return {self.Status.PUBLISHED: "good", self.Status.DRAFT: "working"}.get(self.status, "over")

    def write(self, text: str, *, by: User | None, seen: str, note: str | None = None) -> None:
        """Save a draft, if it still reads as it did when the author opened it (`seen`, its SHA-256).

        Raises TemplateTextRefused where a colleague saved or published meanwhile.
        """
        changes: dict[str, Any] = {
            "text": text,
            "sha256": fingerprint(text),
            "saved_at": timezone.now(),
            "saved_by": by,
        }
        if note is not None:
            changes["note"] = note
        if not self._as_seen(seen).update(**changes):
            raise self._what_happened_meanwhile()
        for name, value in changes.items():
            setattr(self, name, value)

    def publish(self, *, by: User | None, seen: str, note: str) -> None:
        """Put the draft into force, as it was read (`seen`), in the place of the version before.

        Whether the text may be published is for `esign.documents.publishing` to say. Raises TemplateTextRefused where
        it was changed or published meanwhile.
        """
        now = timezone.now()
        with transaction.atomic():
            DocumentTemplate.objects.select_for_update().get(pk=self.template_id)
            before = self.template.versions.published()
            before.update(retired_at=now, retired_by=by)
            if not self._as_seen(seen).update(published_at=now, published_by=by, note=note):
                raise self._what_happened_meanwhile()
        self.refresh_from_db()

    def retire(self, *, by: User | None) -> None:
        """Take it out of force; the built-in text is used again. Raises TemplateTextRefused unless it is in force."""
        rows = type(self).objects.published().filter(pk=self.pk)
        if not rows.update(retired_at=timezone.now(), retired_by=by):
            raise TemplateTextRefused(f"{self} is not in force, so it cannot be retired.")
        self.refresh_from_db()

    def _as_seen(self, seen: str) -> VersionQuerySet:
        return type(self).objects.drafts().filter(pk=self.pk, sha256=seen)

    def _what_happened_meanwhile(self) -> TemplateTextRefused:
        now = type(self).objects.select_related("saved_by").filter(pk=self.pk).first()
        if now is None:
            return TemplateTextRefused("The draft was discarded meanwhile. Nothing was saved.")
        if now.published_at:
            return TemplateTextRefused(f"{now} was published meanwhile and cannot be changed. Begin a new version.")
        who = now.saved_by or "A colleague"
        return TemplateTextRefused(f"{who} changed this draft after you opened it. Nothing of yours was saved over it.")


class BuiltInText(models.Model):
    """A text of the product that an envelope was made from: the next release may word it otherwise."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=100)
    language = models.CharField(max_length=5)
    text = models.TextField()
    first_used_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["kind", "language", "first_used_at"]

    def __str__(self) -> str:
        return f"{self.kind} ({self.language}) as it came with the product, {self.sha256[:8]}"


class UsedText(NamedTuple):
    """A template text that an envelope is made from."""

    kind: str
    language: str
    text: str


def keep_template_texts(texts: Iterable[UsedText]) -> None:
    """See to it that these texts can be found again by their SHA-256. Keeping one twice changes nothing.

    A draft of the office does not count: it can still be changed or thrown away.
    """
    wanted = {(used.kind, fingerprint(used.text)): used for used in texts}
    hashes = {sha256 for _, sha256 in wanted}
    of_the_office = DocumentTemplateVersion.objects.filter(sha256__in=hashes, published_at__isnull=False)
    of_the_product = BuiltInText.objects.filter(sha256__in=hashes)
    any_kind = of_the_product.order_by().values_list(Value(""), "sha256")
    kept = set(of_the_office.order_by().values_list("template__kind", "sha256").union(any_kind))
    BuiltInText.objects.bulk_create(
        [
            BuiltInText(sha256=sha256, **used._asdict())
            for (kind, sha256), used in wanted.items()
            if (kind, sha256) not in kept and ("", sha256) not in kept
        ],
        ignore_conflicts=True,
    )


def template_text_of(kind: str, sha256: str) -> DocumentTemplateVersion | BuiltInText | None:
    """What an `EnvelopeDocument` was made from: its `template_name` and `template_version`."""
    versions = DocumentTemplateVersion.objects.select_related("template").filter(template__kind=kind, sha256=sha256)
    newest_use = versions.order_by(F("published_at").desc(nulls_last=True))
    return newest_use.first() or BuiltInText.objects.filter(sha256=sha256).first()
