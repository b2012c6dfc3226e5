"""One document in one language, as the pages about its template text find it: by its names, before there is any row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone

from esign.documents.examples import Example, examples_for, fitted
from esign.documents.sources import FILES, TemplateText, template_text
from esign.models import DocumentTemplate, DocumentTemplateVersion
from esign.models.template import Kind
from leases.admin.base import staff
from leases.languages import CODES, IN_ENGLISH
from leases.models import Lease
from leases.visibility import visible_to

VIEW = "esign.view_documenttemplate"
WRITE = "esign.change_documenttemplate"
PUBLISH = "esign.publish_documenttemplate"
SEE_LEASES = "leases.view_lease"
BUILT_IN = "built-in"


def require(request: HttpRequest, *permissions: str) -> None:
    """Raises PermissionDenied unless this person has them all."""
    if not request.user.has_perms((VIEW, *permissions)):
        raise PermissionDenied


@dataclass(frozen=True)
class TextVersion:
    """A text that can be read and compared: a version, or the one that comes with the product."""

    name: str
    key: str
    text: str
    version: DocumentTemplateVersion | None = None


@dataclass
class TemplateLocation:
    """The pages of one document in one language."""

    kind: str
    language: str

    @classmethod
    def of(cls, kind: str, language: str) -> TemplateLocation:
        """Raises Http404 for a document or language that we do not have."""
        if kind not in Kind.values or language not in CODES:
            raise Http404
        return cls(kind, language)

    @property
    def name(self) -> str:
        return str(Kind(self.kind).label)

    @property
    def language_name(self) -> str:
        return IN_ENGLISH[self.language]

    @property
    def other(self) -> TemplateLocation:
        """The same document in the other language."""
        return TemplateLocation(self.kind, next(code for code in CODES if code != self.language))

    def __str__(self) -> str:
        return f"{self.name}, {self.language_name}"

    def url(self, page: str = "", *args: object) -> str:
        """Where a page about it is: `url("edit")`; without a name, its first page."""
        name = f"admin:esign_template_text{'_' if page else ''}{page}"
        return reverse(name, args=[self.kind, self.language, *args])

    @property
    def read_url(self) -> str:
        """The page of the text in force: ours, or the built-in one."""
        return self.url("read", self.in_force.number if self.in_force else BUILT_IN)

    @cached_property
    def template(self) -> DocumentTemplate | None:
        return DocumentTemplate.objects.filter(kind=self.kind, language=self.language).first()

    @cached_property
    def draft(self) -> DocumentTemplateVersion | None:
        return self.template.draft() if self.template else None

    @cached_property
    def in_force(self) -> DocumentTemplateVersion | None:
        return self.template.in_force() if self.template else None

    @cached_property
    def built_in(self) -> TemplateText:
        """What comes with the product."""
        return FILES.find(self.kind, self.language)

    def current(self) -> TextVersion:
        """What new envelopes are made from."""
        return self._of(self.in_force) if self.in_force else self._built_in()

    def template_text(self, key: str) -> TextVersion:
        """A text by its key in an address: `built-in` or the number of a version. Raises Http404."""
        if key == BUILT_IN:
            return self._built_in()
        versions = self.template.versions.all() if self.template and key.isdecimal() else None
        version = versions.filter(number=key).first() if versions is not None else None
        if version is None:
            raise Http404
        return self._of(version)

    def as_template(self, text: str) -> TemplateText:
        """This text as the template text of this document."""
        return template_text(self.kind, self.language, text)

    def _of(self, version: DocumentTemplateVersion) -> TextVersion:
        return TextVersion(f"Version {version.number}", str(version.number), version.text, version)

    def _built_in(self) -> TextVersion:
        return TextVersion("Built-in text", BUILT_IN, self.built_in.text)


def office() -> dict[str, str]:
    """How documents name the managing office."""
    return {"name": settings.COMPANY_NAME, "email": settings.SUPPORT_EMAIL}


class NoSuchLease(Exception):
    """The lease that was asked for is not there, or is not this person's to see."""


def example_on(place: TemplateLocation, number: str, request: HttpRequest) -> Example:
    """The lease to show the template text on: the one of this number, or an example where none is named.

    Raises NoSuchLease.
    """
    today = timezone.localdate()
    if not number:
        return next(examples_for(place.kind, place.language, today))
    if not request.user.has_perm(SEE_LEASES):
        raise NoSuchLease("You may not look at leases; the preview uses an example.")
    leases = Lease.objects.select_related("unit__property__owner", "previous_lease").filter(number=number)
    lease = visible_to(staff(request), leases).first()
    if lease is None:
        raise NoSuchLease(f"There is no lease {number[:40]}. Leave the field empty for an example.")
    before = lease.previous_lease.terms() if lease.previous_lease else None
    real = Example(f"lease {lease.number}", lease.terms(), lease.required_signers(), before)
    return fitted(real, place.kind, place.language, today)
