"""A lease becomes documents that every party can sign, and Docusign can find where."""

import re
import threading
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from esign.documents import extras, textlayer
from esign.documents.errors import DocumentError, TemplateProblem
from esign.documents.packet import RenderedDocument, render_packet
from esign.documents.sources import FILES, TemplateText
from tests.esign.documents.sample import TODAY, Person, lease_terms, party, signers_of

COMPANY = {"name": "Juniper Property Management", "email": "leasing@juniper.example"}


def packet(terms: dict[str, Any], purpose: str = "lease", **more: Any) -> list[RenderedDocument]:
    return render_packet(terms, purpose, signers_of(terms), on=TODAY, company=COMPANY, **more)


def words(document: RenderedDocument) -> str:
    return re.sub(r"\s+", " ", textlayer.text(document.pdf))


class OneTemplate:
    """A source that knows a single template text, as a row of the database will be."""

    def __init__(self, text: str) -> None:
        self.text = text

    def find_all(self, names: Iterable[str], language: str) -> Mapping[str, TemplateText]:
        return {name: TemplateText(name, language, "Test", self.text) for name in names}


def test_the_lease_and_each_addendum_are_documents_of_their_own() -> None:
    documents = packet(lease_terms())
    assert [document.kind for document in documents] == [
        "lease",
        "addendum_pet",
        "addendum_parking",
        "addendum_house_rules",
        "guaranty",
    ]
    assert documents[0].pages >= 6
    assert all(document.pdf.startswith(b"%PDF-") for document in documents)


def test_every_declared_tab_is_found_in_the_pdf_as_often_as_it_was_placed() -> None:
    for document in packet(lease_terms()):
        assert {tab.anchor: tab.occurrences for tab in document.tabs} == dict(document.anchors)


def test_no_anchor_is_shared_between_documents_because_docusign_searches_them_all() -> None:
    anchors = [anchor for document in packet(lease_terms()) for anchor in document.anchors]
    assert len(anchors) == len(set(anchors))
    assert "/sig:tenant1/" in anchors
    assert "/sig:tenant1@2/" in anchors
    everything = " ".join(words(document) for document in packet(lease_terms()))
    assert all(everything.count(anchor) == 1 for anchor in anchors if "/sig:" in anchor)


def test_each_signer_has_a_signature_and_a_date_in_the_lease() -> None:
    lease = packet(lease_terms())[0]
    for key in ("tenant1", "tenant2", "landlord"):
        kinds = {tab.kind for tab in lease.tabs if tab.signer_key == key}
        assert {"signature", "date_signed"} <= kinds


def test_the_lease_prints_what_was_agreed() -> None:
    lease = words(packet(lease_terms())[0])
    for said in (
        "L-2026-0042",
        "Alder Court Holdings LLC",
        "Ana Reyes and Jonathan Park",
        "214 Alder Street, Unit 4B, San Francisco, CA 94110",
        "March 10, 2026 to March 9, 2027",
        "$2,450.00 (two thousand four hundred fifty and 00/100 dollars)",
        "From September 1, 2026 the monthly rent is $2,525.00",
        "22 of the 31 days",
        "Pet deposit $300.00 (Addendum A)",
        "late fee of $75.00",
        "the State of California",
        "before 1978",
        "By: Morgan Whitfield, Managing Member",
        "Juniper Property Management manages the property",
        "Page 1 of",
    ):
        assert said in lease


def test_the_rent_schedule_adds_up() -> None:
    lease = words(packet(lease_terms())[0])
    totals = [Decimal(amount.replace(",", "")) for amount in re.findall(r"\$([\d,]+\.\d\d)", lease)]
    assert Decimal("31191.77") in totals, "12 months of rent and charges with two steps, by hand"


def test_every_page_says_which_lease_and_version_it_belongs_to() -> None:
    lease = packet(lease_terms(version=3))[0]
    texts = [page.text for page in textlayer.pages(lease.pdf)]
    assert all("L-2026-0042, version 3" in re.sub(r"\s+", " ", text) for text in texts)
    for number, text in enumerate(texts, start=1):
        assert f"Page {number} of {len(texts)}" in re.sub(r"\s+", " ", text)


def test_a_home_built_in_1978_or_later_needs_no_lead_disclosure() -> None:
    terms = lease_terms()
    terms["premises"]["year_built"] = 1978
    assert "Lead-based" not in words(packet(terms)[0])
    terms["premises"]["year_built"] = None
    assert "may have been constructed before 1978" in words(packet(terms)[0]), "unknown age counts as old"


def test_words_with_f_ligatures_survive_in_the_text_layer() -> None:
    assert "first day" in words(packet(lease_terms())[0])
    assert "office" in words(packet(lease_terms())[0])


def test_the_same_terms_give_the_same_bytes() -> None:
    once, again = packet(lease_terms()), packet(lease_terms())
    assert [document.sha256 for document in once] == [document.sha256 for document in again]


def test_threads_do_not_disturb_each_other() -> None:
    made: set[tuple[str, ...]] = set()
    threads = [
        threading.Thread(target=lambda: made.add(tuple(document.sha256 for document in packet(lease_terms()))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_a_document_knows_which_template_text_made_it() -> None:
    lease = packet(lease_terms())[0]
    assert lease.template_name == "lease"
    assert lease.template_version == FILES.find("lease", "en").version
    assert re.fullmatch(r"[0-9a-f]{64}", lease.template_version)


def test_one_tenant_without_addenda_signs_one_document() -> None:
    terms = lease_terms(parties=[party(1, "Ana Reyes")], addenda=[], pets=0, parking_spaces=0)
    (lease,) = packet(terms)
    assert "No addendum is attached" in words(lease)
    assert "are bound together" not in words(lease)


def test_a_month_to_month_lease_has_no_last_day() -> None:
    terms = lease_terms(term={"start": "2026-03-01", "end": None, "month_to_month": True})
    assert "then from month to month" in words(packet(terms)[0])


def test_ten_tenants_all_sign() -> None:
    terms = lease_terms(parties=[party(number, f"Tenant Number {number}") for number in range(1, 11)])
    documents = packet(terms)
    assert sum(tab.kind == "signature" for tab in documents[0].tabs) == 11


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert('x')</script> & <b>Sons</b>",
        "{{ landlord.name }} {% include 'x' %}",
        "Łukasz Żółć",
        "Nguyễn Thị Ánh",
        "Дмитрий Иванов",
        "שרה כהן",
        "M" * 200,
    ],
)
def test_an_unusual_name_is_printed_as_it_is(name: str) -> None:
    terms = lease_terms(parties=[party(1, name)])
    lease = packet(terms)[0]
    printed = textlayer.text(lease.pdf)
    if name.startswith("ש"):
        assert "כהן" in printed
        assert "שרה" in printed
    else:
        assert re.sub(r"\s", "", name) in re.sub(r"\s", "", printed)
    assert {tab.anchor: tab.occurrences for tab in lease.tabs} == dict(lease.anchors)


def renewed(**changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    before = lease_terms(
        number="L-2025-0007", term={"start": "2025-03-10", "end": "2026-03-09", "month_to_month": False}
    )
    before["rent"] = {**before["rent"], "monthly": "2350.00", "steps": []}
    return before, lease_terms(previous_lease="L-2025-0007", **changes)


def test_a_renewal_shows_what_changes_beside_what_was() -> None:
    before, now = renewed()
    renewal = words(packet(now, "renewal", previous_terms=before)[0])
    assert "Until now" in renewal
    assert "$2,350.00 $2,450.00 ($100.00 more, 4.3%)" in renewal
    assert "Nothing further is due." in renewal


def test_a_renewal_with_a_higher_deposit_asks_for_the_difference() -> None:
    before, now = renewed(deposit="2600.00")
    assert "the difference of $150.00" in words(packet(now, "renewal", previous_terms=before)[0])


def test_a_renewal_without_its_earlier_lease_is_refused_by_name() -> None:
    with pytest.raises(TemplateProblem) as caught:
        packet(lease_terms(), "renewal")
    assert caught.value.variable.partition(".")[0] == "renewal"


def notice() -> dict[str, Any]:
    return extras.rent_change(current_rent=Decimal(2450), new_rent=Decimal(2550), effective=date(2026, 9, 1), due_day=1)


def test_a_notice_of_rent_change_says_how_much_from_when() -> None:
    (document,) = packet(lease_terms(), "notice", extra={"notice": notice()})
    assert "From September 1, 2026 your monthly rent will be $2,550.00." in words(document)
    assert "$100.00 a month, or 4.1%" in words(document)
    assert "Receipt" in words(document)


def test_a_notice_that_only_the_landlord_signs_has_no_receipt() -> None:
    terms = lease_terms()
    landlord = [signer for signer in signers_of(terms) if signer.role == "landlord"]
    (document,) = render_packet(terms, "notice", landlord, on=TODAY, extra={"notice": notice()})
    assert "Receipt" not in words(document)
    assert {tab.signer_key for tab in document.tabs} == {"landlord"}


def test_a_notice_of_no_change_is_refused() -> None:
    with pytest.raises(DocumentError, match="same"):
        extras.rent_change(current_rent=Decimal(1), new_rent=Decimal(1), effective=TODAY, due_day=1)


@pytest.mark.parametrize(("given_by", "asks"), [("tenant", "Forwarding address"), ("landlord", "gives you notice")])
def test_a_notice_to_vacate_speaks_for_whoever_gives_it(given_by: Any, asks: str) -> None:
    extra = {"notice": extras.vacate(given_by=given_by, effective=date(2026, 9, 30))}
    (document,) = packet(lease_terms(), "notice", documents=["notice_to_vacate"], extra=extra)
    assert asks in words(document)
    assert "September 30, 2026" in words(document)


def test_the_inspection_has_a_box_and_a_line_for_every_thing_in_every_room() -> None:
    rooms = extras.inspection(bedrooms=2, bathrooms=Decimal("1.5"))
    (document,) = packet(lease_terms(), "notice", documents=["move_in_inspection"], extra={"inspection": rooms})
    names = [room["name"] for room in rooms["rooms"]]
    assert names == [
        "Entry and hall", "Living room", "Kitchen", "Bedroom 1", "Bedroom 2", "Bathroom 1", "Bathroom 2",
        "Balcony, storage and outside",
    ]  # fmt: skip
    things = sum(len(room["things"]) for room in rooms["rooms"])
    assert sum(tab.kind == "checkbox" for tab in document.tabs) == things + 2
    assert {tab.anchor: tab.occurrences for tab in document.tabs} == dict(document.anchors)


def test_a_field_is_left_for_the_tenant_where_the_office_does_not_know() -> None:
    terms = lease_terms()
    terms["addenda"][1]["terms"] = {"space": "P-17", "monthly_fee": "75.00"}
    parking = packet(terms)[2]
    assert {tab.label for tab in parking.tabs if tab.kind == "text"} == {"vehicle", "vehicle_plate"}


def only(document: str, **extra: Any) -> tuple[str, Mapping[str, Any]]:
    return "notice", {"documents": [document], "extra": extra}


EVERYTHING: list[tuple[str, Mapping[str, Any]]] = [
    ("lease", {}),
    ("renewal", {"previous_terms": renewed()[0]}),
    ("notice", {"extra": {"notice": notice()}}),
    only("notice_to_vacate", notice=extras.vacate(given_by="landlord", effective=TODAY)),
    only("notice_to_vacate", notice=extras.vacate(given_by="tenant", effective=TODAY)),
    only("notice_general", notice=extras.general(effective=TODAY, text="El agua se corta a las 9.")),
    only("move_in_inspection", inspection=extras.inspection(bedrooms=1, bathrooms=Decimal(1), language="es")),
]


@pytest.mark.parametrize(("purpose", "more"), EVERYTHING)
def test_every_document_speaks_spanish_and_places_the_same_tabs(purpose: str, more: Mapping[str, Any]) -> None:
    terms = lease_terms(
        addenda=[*lease_terms()["addenda"], {"kind": "other", "title": "Storage", "terms": {"text": "Locker 7."}}]
    )
    english, spanish = packet(terms, purpose, **more), packet(terms, purpose, language="es", **more)
    assert {document.language for document in spanish} == {"es"}
    for ours, theirs in zip(english, spanish, strict=True):
        assert ours.tabs == theirs.tabs
        assert "Página 1 de" in words(theirs)
        assert not re.search(r"\b(Tenant|Landlord|Lease|Signatures)\b", words(theirs))
        assert {tab.anchor: tab.occurrences for tab in theirs.tabs} == dict(theirs.anchors)


def test_a_spanish_document_writes_dates_and_amounts_in_spanish() -> None:
    lease = words(packet(lease_terms(), language="es")[0])
    assert "Del 10 de marzo de 2026 al 9 de marzo de 2027" in lease
    assert "dos mil cuatrocientos cincuenta dólares con 00/100" in lease
    assert "la ley del Estado de California" in lease


def test_a_document_without_a_translation_comes_in_english_with_english_dates() -> None:
    lease = packet(lease_terms(), language="fr")[0]
    assert lease.language == "en"
    assert "March 10, 2026" in words(lease)
    assert "Page 1 of" in words(lease)


def test_a_packet_may_name_its_own_main_document() -> None:
    extra = {"notice": extras.vacate(given_by="landlord", effective=date(2026, 9, 30))}
    (document,) = packet(lease_terms(), "notice", documents=["notice_to_vacate"], extra=extra)
    assert document.kind == "notice_to_vacate"


@pytest.mark.parametrize("name", ["../../manage", "nothing", "assets/x", "LEASE"])
def test_a_template_outside_the_folder_is_not_found(name: str) -> None:
    with pytest.raises(TemplateProblem):
        FILES.find(name, "en")
    with pytest.raises(TemplateProblem):
        FILES.find("nothing", "../../templates")


def test_a_purpose_without_documents_is_refused() -> None:
    with pytest.raises(DocumentError, match="purpose"):
        packet(lease_terms(), "party")
    with pytest.raises(DocumentError, match="no addenda"):
        packet(lease_terms(addenda=[]), "addendum")


def test_terms_that_are_not_a_leases_say_what_they_lack() -> None:
    terms = lease_terms()
    del terms["rent"]
    with pytest.raises(DocumentError, match="rent"):
        packet(terms)


def test_an_unknown_jurisdiction_is_refused_because_no_law_can_be_named() -> None:
    terms = lease_terms()
    terms["premises"]["jurisdiction"] = "US-XX"
    with pytest.raises(DocumentError, match="US-XX"):
        packet(terms)


def test_objects_with_behaviour_never_reach_a_template() -> None:
    with pytest.raises(DocumentError, match="Person"):
        packet(lease_terms(), extra={"notice": {"by": Person("a", "tenant", "b")}})


def test_extra_values_cannot_replace_the_terms_of_the_lease() -> None:
    (lease, *_) = packet(lease_terms(), extra={"landlord": {"name": "Somebody Else"}})
    assert "Somebody Else" not in words(lease)


# --- template text that staff wrote -------------------------------------------------------------------------


def staff_document(text: str) -> RenderedDocument:
    return packet(lease_terms(addenda=[], parties=[party(1, "Ana Reyes")]), template_source=OneTemplate(text))[0]


def test_template_text_from_a_row_is_rendered_like_a_file() -> None:
    document = staff_document("<h1>Hello {{ tenants[0].name }}</h1>{{ signature_block('tenant1') }}")
    assert "Hello Ana Reyes" in words(document)
    assert [tab.kind for tab in document.tabs] == ["signature", "date_signed"]


@pytest.mark.parametrize(
    "text",
    [
        "<p>{{ signature('tenant9') }}</p>",
        "<p>{{ text_field('tenant1', 'Not A Label') }}</p>",
        "<p>{{ text_field('tenant1', 'plate', locked=true) }}</p>",
        "<p>{{ text_field('tenant1', 'plate') }}{{ text_field('tenant1', 'plate', required=false) }}</p>",
        "<p>{{ signature() }}</p>",
        "<p>{{ signature('tenant1', 5, 6) }}</p>",
        "<p>{{ text_field('tenant1', 'plate', value='" + "x" * 600 + "') }}</p>",
        "{% for t in tenants %}" + "<div>" * 100 + "{% endfor %}",
        "<table><tr><td>" * 22 + "x" + "</td></tr></table>" * 22,
        "<p>" + "word " * 90_000 + "</p>",
    ],
)
def test_a_tag_that_is_wrong_is_explained(text: str) -> None:
    with pytest.raises(TemplateProblem) as caught:
        staff_document(text)
    assert caught.value.message


def test_a_prefilled_field_carries_its_value_to_docusign() -> None:
    document = staff_document("{{ text_field('tenant1', 'plate', locked=true, value='8ABC123', width=90) }}")
    (tab,) = document.tabs
    assert (tab.kind, tab.label, tab.value, tab.locked, tab.width) == ("text", "plate", "8ABC123", True, 90)
    assert tab.anchor == "/txt:tenant1:plate/"


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_notice_to_all_residents_prints_nothing_of_one_lease(language: str) -> None:
    one = lease_terms()
    other = lease_terms(number="L-2026-0099", version=3, premises={**one["premises"], "unit": "9C"})
    other["parties"] = [{**person, "name": f"Somebody {person['key']}"} for person in other["parties"]]
    notice = extras.general(effective=TODAY, text="The water is shut off.", to_all=True)
    made = [
        packet(terms, "notice", language=language, documents=["notice_general"], extra={"notice": notice})[0]
        for terms in (one, other)
    ]
    assert made[0].sha256 == made[1].sha256
    assert made[0].tabs == made[1].tabs
    assert one["premises"]["property"] in words(made[0])
