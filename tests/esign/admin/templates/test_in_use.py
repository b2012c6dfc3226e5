"""Which template text an envelope is made from, and that it can be read again for as long as there is the envelope."""

import pytest

from esign.documents.sources import FILES, template_text
from esign.documents.textlayer import text
from esign.envelopes.compose import compose
from esign.envelopes.freeze import freeze
from esign.models import BuiltInText, DocumentTemplate, DocumentTemplateVersion, Envelope
from esign.models.template import template_text_of
from leases.models import Lease
from tests.factories import AddendumFactory, LeaseFactory, UserFactory

pytestmark = pytest.mark.django_db

SENTENCE = "Cats are to be greeted by name."


def publish(kind: str, language: str, template_text: str) -> DocumentTemplateVersion:
    template, _ = DocumentTemplate.objects.get_or_create(kind=kind, language=language)
    version = template.begin_draft(template_text, by=None)
    version.publish(by=UserFactory(), seen=version.sha256, note="")
    return version


def own_pet_addendum(sentence: str = SENTENCE) -> DocumentTemplateVersion:
    built_in = FILES.find("addendum_pet", "en").text
    return publish(
        "addendum_pet", "en", built_in.replace("<h2>Permission</h2>", f"<h2>Permission</h2><p>{sentence}</p>")
    )


def lease_with_a_cat() -> Lease:
    lease: Lease = AddendumFactory(lease=LeaseFactory(pets=1)).lease
    return lease


def printed(envelope: Envelope) -> str:
    return text(envelope.documents.get(template_name="addendum_pet").read())


def test_an_envelope_is_made_from_what_is_in_force_and_says_which_version_that_was() -> None:
    version = own_pet_addendum()

    envelope = freeze(lease_with_a_cat())

    assert SENTENCE in printed(envelope)
    document = envelope.documents.get(template_name="addendum_pet")
    assert template_text_of(document.template_name, document.template_version) == version


def test_what_is_published_later_changes_no_envelope() -> None:
    first = own_pet_addendum()
    envelope = freeze(lease_with_a_cat())
    own_pet_addendum("Cats are not to be greeted.")

    document = envelope.documents.get(template_name="addendum_pet")
    assert SENTENCE in printed(envelope)
    found = template_text_of(document.template_name, document.template_version)
    assert found == first
    assert found.text == first.text


def test_a_draft_is_not_used() -> None:
    template = DocumentTemplate.objects.create(kind="addendum_pet", language="en")
    template.begin_draft(f"<p>{SENTENCE}</p>", by=None)

    assert SENTENCE not in printed(freeze(lease_with_a_cat()))


def test_the_text_of_the_product_is_used_where_the_office_has_none_and_is_kept() -> None:
    envelope = freeze(LeaseFactory())

    document = envelope.documents.get(template_name="lease")
    kept = template_text_of("lease", document.template_version)
    assert isinstance(kept, BuiltInText)
    assert kept.text == FILES.find("lease", "en").text
    assert template_text("lease", "en", kept.text).version == document.template_version


def test_after_the_last_version_is_retired_the_text_of_the_product_is_used_again() -> None:
    own_pet_addendum().retire(by=UserFactory())

    assert SENTENCE not in printed(freeze(lease_with_a_cat()))


def test_each_language_stands_for_itself() -> None:
    own_pet_addendum()
    lease = lease_with_a_cat()
    for party in lease.parties.select_related("tenant"):
        party.tenant.language = "es"
        party.tenant.save()

    packet = compose(lease)

    assert {document.language for document in packet.documents} == {"es"}
    assert SENTENCE not in text(packet.documents[1].pdf)
