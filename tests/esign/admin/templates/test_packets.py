"""One envelope holds everything a lease requires; what is missing is said all at once, before anything is sent."""

import pytest
from django.test import Client

from esign.admin.leases.send import send_url
from esign.documents.sources import FILES
from esign.documents.textlayer import text
from esign.envelopes.compose import CannotCompose, compose
from esign.envelopes.freeze import freeze
from esign.models import BuiltInText, Envelope, EnvelopeDocument
from leases.models import Lease
from leases.status import LeaseStatus
from tests.esign.admin.templates.test_in_use import publish
from tests.esign.admin.words import read
from tests.factories import AddendumFactory, LeaseFactory

pytestmark = pytest.mark.django_db

PARKING = {"space": "P-17", "monthly_fee": "75.00"}


def full_lease() -> Lease:
    lease: Lease = LeaseFactory(
        tenants=2, guarantors=1, pets=1, parking_spaces=1, unit__property__required_addenda=["house_rules"]
    )
    AddendumFactory(lease=lease)
    AddendumFactory(lease=lease, kind="parking", title="Parking addendum", terms=PARKING)
    AddendumFactory(lease=lease, kind="house_rules", title="House rules", terms={})
    return lease


def test_a_packet_holds_the_lease_and_all_it_requires_each_its_own_document() -> None:
    envelope = freeze(full_lease())

    documents = envelope.documents.all()
    assert [document.template_name for document in documents] == [
        "lease", "addendum_pet", "addendum_parking", "addendum_house_rules", "guaranty",
    ]  # fmt: skip
    assert [document.document_id for document in documents] == [1, 2, 3, 4, 5]
    assert len({document.sha256 for document in documents}) == 5


def test_no_one_is_asked_to_sign_a_document_that_is_not_theirs() -> None:
    envelope = freeze(full_lease())

    signers = {
        document.template_name: {tab["signer_key"] for tab in document.tabs if tab["kind"] == "signature"}
        for document in envelope.documents.all()
    }
    assert signers["lease"] == {"tenant1", "tenant2", "landlord"}
    assert signers["addendum_pet"] == {"tenant1", "tenant2", "landlord"}
    assert signers["guaranty"] == {"guarantor1"}


def test_the_office_sees_the_whole_packet_before_it_goes(author: Client) -> None:
    page = read(author, send_url(full_lease().pk))
    for title in ("Residential Lease Agreement", "Pet addendum", "Parking addendum", "House rules", "Guaranty"):
        assert title in page


def test_everything_that_is_missing_is_listed_at_once_in_the_words_of_the_office(author: Client) -> None:
    lease = LeaseFactory(
        pets=1,
        parking_spaces=1,
        unit__property__required_addenda=["house_rules"],
        unit__property__owner__mailing_address="",
        unit__property__owner__signatory_name="",
    )
    party = lease.parties.select_related("tenant").get()
    party.tenant.name = "灿 Wei"
    party.tenant.email = ""
    party.tenant.save()

    page = read(author, send_url(lease.pk))

    assert "1 cannot be sent yet" in page
    for problem in (
        "The pet addendum is missing; add it under Addenda.",
        "The parking addendum is missing; add it under Addenda.",
        "The house rules addendum is missing; add it under Addenda.",
        "The owner has no mailing address, which notices need.",
        "The owner has no signatory, the person who signs leases for it.",
        "which our documents cannot print",
        "has no e-mail address, which is needed to be invited to the signing portal",
    ):
        assert problem in page


def test_nothing_is_stored_or_sent_while_something_is_missing() -> None:
    lease: Lease = LeaseFactory(pets=1)

    with pytest.raises(CannotCompose, match="pet addendum is missing"):
        freeze(lease)

    lease.refresh_from_db()
    assert lease.status == LeaseStatus.DRAFT
    assert not Envelope.objects.exists()
    assert not EnvelopeDocument.objects.exists()
    assert not BuiltInText.objects.exists()


def test_what_our_own_template_text_asks_for_beyond_the_usual_is_said_with_document_and_line() -> None:
    template_text = FILES.find("addendum_pet", "en").text
    marker = "<h2>Permission</h2>"
    publish("addendum_pet", "en", template_text.replace(marker, f"{marker}<p>{{{{ addendum.terms.breed }}}}</p>"))
    lease = AddendumFactory(lease=LeaseFactory(pets=1)).lease
    line = template_text[: template_text.index(marker)].count("\n") + 1

    problems = compose(lease).problems

    assert len(problems) == 1
    assert "The pet addendum does not say the breed." in problems[0]
    assert f"in line {line}" in problems[0]


def test_every_document_of_a_packet_says_which_lease_it_belongs_to() -> None:
    lease = full_lease()
    assert all(lease.number in text(document.pdf) for document in compose(lease).documents)
