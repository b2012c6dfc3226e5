"""Draft, in force, retired: what was published stays as it was, for every user and every way to write."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError

from esign.models import DocumentTemplate, DocumentTemplateVersion
from esign.models.template import (
    BuiltInText,
    TemplateTextRefused,
    UsedText,
    fingerprint,
    keep_template_texts,
    template_text_of,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
Status = DocumentTemplateVersion.Status


@pytest.fixture
def pets() -> DocumentTemplate:
    return DocumentTemplate.objects.create(kind="addendum_pet", language="en")


def published(template: DocumentTemplate, text: str) -> DocumentTemplateVersion:
    version = template.begin_draft(text, by=None)
    version.publish(by=UserFactory(), seen=version.sha256, note="as agreed")
    return version


def test_a_version_is_a_draft_then_in_force_then_retired(pets: DocumentTemplate) -> None:
    version = pets.begin_draft("<p>One pet.</p>", by=UserFactory())
    assert (version.number, version.status, pets.draft()) == (1, Status.DRAFT, version)

    version.publish(by=UserFactory(), seen=version.sha256, note="first")
    assert (version.status, pets.in_force(), pets.draft()) == (Status.PUBLISHED, version, None)

    version.retire(by=UserFactory())
    assert (version.status, pets.in_force()) == (Status.RETIRED, None)


def test_publishing_the_next_version_retires_the_one_before(pets: DocumentTemplate) -> None:
    first, second = published(pets, "one"), published(pets, "two")

    first.refresh_from_db()
    assert (first.status, second.status) == (Status.RETIRED, Status.PUBLISHED)
    assert pets.in_force() == second


def test_colleagues_work_on_one_draft(pets: DocumentTemplate) -> None:
    pets.begin_draft("one", by=None)

    with pytest.raises(TemplateTextRefused, match="There is a draft"):
        pets.begin_draft("two", by=None)


def test_a_draft_that_a_colleague_changed_is_not_saved_over(pets: DocumentTemplate) -> None:
    draft = pets.begin_draft("as both opened it", by=None)
    seen = draft.sha256
    draft.write("Rosa's", by=UserFactory(username="rosa"), seen=seen)

    with pytest.raises(TemplateTextRefused, match="rosa changed this draft"):
        draft.write("Ben's", by=UserFactory(), seen=seen)

    draft.refresh_from_db()
    assert draft.text == "Rosa's"


def test_what_is_published_is_what_was_read(pets: DocumentTemplate) -> None:
    standing = published(pets, "one")
    draft = pets.begin_draft("two", by=None)
    read = draft.sha256
    draft.write("something else", by=None, seen=read)

    with pytest.raises(TemplateTextRefused, match="changed this draft after you opened it"):
        draft.publish(by=UserFactory(), seen=read, note="")

    assert pets.in_force() == standing, "the version before stays in force"


def test_a_published_version_cannot_be_published_or_written_again(pets: DocumentTemplate) -> None:
    version = published(pets, "one")

    with pytest.raises(TemplateTextRefused, match="was published meanwhile"):
        version.write("two", by=None, seen=version.sha256)
    with pytest.raises(TemplateTextRefused, match="was published meanwhile"):
        version.publish(by=UserFactory(), seen=version.sha256, note="")


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "another"},
        {"sha256": "0" * 64},
        {"number": 7},
        {"note": "another"},
        {"published_at": None},
        {"published_by": None},
    ],
)
def test_the_database_refuses_to_change_what_was_published(pets: DocumentTemplate, changes: dict[str, object]) -> None:
    version = published(pets, "one")

    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        DocumentTemplateVersion.objects.filter(pk=version.pk).update(**changes)


def test_not_even_by_sql(pets: DocumentTemplate) -> None:
    version = published(pets, "one")

    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE esign_documenttemplateversion SET text = 'two' WHERE id = %s", [version.pk])


def test_what_is_retired_does_not_come_back(pets: DocumentTemplate) -> None:
    version = published(pets, "one")
    version.retire(by=UserFactory())

    with pytest.raises(TemplateTextRefused, match="not in force"):
        version.retire(by=UserFactory())
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        DocumentTemplateVersion.objects.filter(pk=version.pk).update(retired_at=None)


def test_only_a_draft_can_be_thrown_away(pets: DocumentTemplate) -> None:
    version = published(pets, "one")
    draft = pets.begin_draft("two", by=None)

    draft.delete()
    with pytest.raises(TemplateTextRefused, match="is kept"):
        version.delete()
    with pytest.raises(TemplateTextRefused, match="is kept"):
        pets.versions.all().delete()
    with pytest.raises(ProtectedError):
        pets.delete()

    assert pets.versions.get() == version


def test_who_answers_for_a_template_text_is_not_forgotten(pets: DocumentTemplate) -> None:
    version = published(pets, "one")

    assert version.published_by
    with pytest.raises(ProtectedError):
        version.published_by.delete()


def test_a_text_of_the_product_that_was_used_is_found_again() -> None:
    keep_template_texts([UsedText("lease", "en", "as it came")])
    keep_template_texts([UsedText("lease", "en", "as it came")])

    found = template_text_of("lease", fingerprint("as it came"))
    assert found is not None
    assert found.text == "as it came"
    assert template_text_of("lease", fingerprint("never used")) is None


def test_a_text_of_the_office_is_found_as_its_version(pets: DocumentTemplate) -> None:
    version = published(pets, "one")
    keep_template_texts([UsedText("addendum_pet", "en", "one")])

    assert template_text_of("addendum_pet", version.sha256) == version
    assert not BuiltInText.objects.exists()


def test_a_text_of_the_product_stays_when_the_draft_that_began_with_it_is_changed(pets: DocumentTemplate) -> None:
    draft = pets.begin_draft("as it came", by=None)
    keep_template_texts([UsedText("addendum_pet", "en", "as it came")])
    draft.delete()

    assert template_text_of("addendum_pet", fingerprint("as it came")) is not None
