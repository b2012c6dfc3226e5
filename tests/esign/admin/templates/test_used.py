"""From an envelope back to the text that it was made from, and from a text to how often it was used."""

import pytest
from django.test import Client
from django.urls import reverse

from esign.admin.templates.pages import made_from_url
from esign.documents.sources import FILES
from esign.envelopes.freeze import freeze
from esign.models import BuiltInText
from esign.models.template import fingerprint
from tests.esign.admin.templates.test_forms import url
from tests.esign.admin.templates.test_in_use import lease_with_a_cat, own_pet_addendum
from tests.esign.admin.words import read, words

pytestmark = pytest.mark.django_db


def test_a_document_leads_to_the_version_it_was_made_from(author: Client) -> None:
    own_pet_addendum()
    document = freeze(lease_with_a_cat()).documents.get(template_name="addendum_pet")
    own_pet_addendum("Later, something else.")

    answer = author.get(made_from_url(document), follow=True)

    assert "Pet addendum, English: version 1" in words(answer.content)
    assert "Retired" in words(answer.content)


def test_or_to_the_text_of_the_product(author: Client) -> None:
    document = freeze(lease_with_a_cat()).documents.get(template_name="lease")
    assert "Lease, English: built-in text" in words(author.get(made_from_url(document), follow=True).content)


def test_or_to_a_text_that_a_later_release_words_otherwise(author: Client) -> None:
    old = FILES.find("lease", "en").text.replace("Governing law", "Law of long ago")
    BuiltInText.objects.create(sha256=fingerprint(old), kind="lease", language="en", text=old)

    page = read(author, reverse("admin:esign_template_text_used", args=["lease", fingerprint(old)]))

    assert "as it once came with the product" in page
    assert "Law of long ago" in page


def test_a_fingerprint_of_nothing_is_not_found(author: Client, bystander: Client) -> None:
    address = reverse("admin:esign_template_text_used", args=["lease", "0" * 64])
    assert author.get(address).status_code == 404
    assert bystander.get(address).status_code == 403


def test_the_page_of_a_document_counts_envelopes_by_version(author: Client) -> None:
    own_pet_addendum()
    freeze(lease_with_a_cat())
    freeze(lease_with_a_cat())

    assert "In force - " not in read(author, url(""))
    assert b'<td data-label="Envelopes" class="es-right">2</td>' in author.get(url("")).content
