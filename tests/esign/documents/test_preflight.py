"""Everything that is wrong with a packet is said at once, before it costs money, in the words of the office."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from pytest_django import Settings

from esign.documents.packet import render_packet
from esign.documents.preflight import (
    Preflight,
    Problem,
    check_documents,
    check_signers,
    check_subject,
    check_terms,
    preflight,
)
from tests.esign.documents.sample import TODAY, Person, lease_terms, party, signers_of
from tests.esign.documents.test_packet import OneTemplate
from tests.esign.documents.test_pdf import needs_weasyprint


def look(terms: dict[str, Any], purpose: str = "lease", **more: Any) -> Preflight:
    return preflight(terms, purpose, signers_of(terms), on=TODAY, **more)


def codes(problems: Preflight | list[Problem]) -> set[str]:
    return {problem.code for problem in (problems.problems if isinstance(problems, Preflight) else problems)}


def tenant(**changes: Any) -> Person:
    return Person(**{"key": "tenant1", "role": "tenant", "name": "Ana Reyes", "phone": "+14155550100", **changes})


def test_a_complete_lease_is_clear_to_send() -> None:
    result = look(lease_terms(), subject="Your lease for Unit 4B", required_addenda=["pet", "parking", "house_rules"])
    assert result.problems == ()
    assert result.is_clear
    assert len(result.documents) == 5


def test_everything_missing_is_listed_together() -> None:
    terms = lease_terms()
    terms["landlord"]["signatory_name"] = ""
    terms["premises"]["street"] = " "
    terms["rent"]["monthly"] = ""
    messages = [problem.message for problem in check_terms(terms, required_addenda=["other"])]
    assert messages == [
        "The owner has no signatory, the person who signs leases for it.",
        "Alder Court has no street address.",
        "The lease has no monthly rent.",
        "The addendum is required here and is not on the lease.",
    ]


def test_a_problem_says_which_record_to_open() -> None:
    terms = lease_terms()
    terms["premises"]["city"] = ""
    (problem,) = check_terms(terms)
    assert str(problem) == "Alder Court: Alder Court has no city."


def test_a_lease_without_a_tenant_is_not_sent() -> None:
    terms = lease_terms(parties=[])
    assert "no_tenant" in codes(check_terms(terms))
    assert not look(terms).is_clear


def test_a_variable_of_the_template_text_that_is_empty_is_named_in_office_words() -> None:
    terms = lease_terms(addenda=[], parties=[party(1, "Ana Reyes")])
    terms["premises"]["square_feet"] = None
    template_text = OneTemplate(
        "<p>{{ premises.square_feet }}</p>{{ signature_block('tenant1') }}{{ signature_block('landlord') }}"
    )
    (problem,) = look(terms, template_source=template_text).problems
    assert problem.message.startswith("Unit 4B has no square feet.")
    assert problem.where == "Alder Court"


def test_a_mistake_in_the_template_text_says_document_and_line() -> None:
    template_text = OneTemplate("<p>fine</p>\n<p>{{ landlord.nmae }}</p>")
    (problem,) = look(lease_terms(addenda=[]), template_source=template_text).problems
    assert problem.code == "template"
    assert "landlord.name" in problem.message
    assert "line 2" in problem.where


def test_a_house_rules_addendum_needs_house_rules() -> None:
    assert "no house rules" in str(check_terms(lease_terms(house_rules=""))[0])


def test_an_addendum_says_what_it_is_about() -> None:
    terms = lease_terms(pets=0)
    terms["addenda"] = [{"kind": "pet", "title": "Pet Addendum", "terms": {"species": ""}}]
    assert [str(p) for p in check_terms(terms)] == [
        "Pet Addendum: The addendum does not say what kind of animal it is."
    ]


@pytest.mark.parametrize("name", ["漢字", "Ana \U0001f600", "Ana\u202eseyeR"])
def test_a_name_our_fonts_cannot_print_is_stopped(name: str) -> None:
    terms = lease_terms(parties=[party(1, name)])
    result = look(terms)
    assert "unprintable" in codes(result)
    assert "U+" in next(p.message for p in result.problems if p.code == "unprintable")


@pytest.mark.parametrize("field", ["name", "email"])
def test_a_name_cannot_smuggle_in_a_place_to_sign(field: str) -> None:
    terms = lease_terms(parties=[party(1, "Ana Reyes")])
    terms["parties"][0][field] = "Ana /sig:landlord/"
    found = codes(look(terms))
    assert {"stray_anchor", "anchor"} & found


# --- signers ------------------------------------------------------------------------------------------


def test_good_signers_pass() -> None:
    assert check_signers([tenant(), tenant(key="landlord", name="Morgan", order=3)]) == []


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"name": " "}, "no_name", "has no name"),
        ({"name": "N" * 101}, "name_too_long", "Docusign takes 100"),
        ({"email": ""}, "no_email", "invited to the signing portal"),
        ({"email": "", "channel": "email"}, "no_email", "sign by e-mail"),
        ({"phone": "", "channel": "sms"}, "no_phone", "text message"),
        ({"phone": "555-0100", "channel": "sms"}, "bad_phone", "+1 415"),
        ({"channel": "pigeon"}, "no_channel", "portal, e-mail or text message"),
        ({"email": "ana at example"}, "bad_email", "not an e-mail"),
        ({"email": "ana@@example.com"}, "bad_email", "not an e-mail"),
        ({"email": "a" * 60 + "@" + "b" * 50 + ".example.com"}, "email_too_long", "100 characters"),
    ],
)
def test_a_signer_who_cannot_be_reached_is_explained(changes: dict[str, Any], code: str, said: str) -> None:
    problems = check_signers([tenant(**changes)])
    assert code in codes(problems)
    assert any(said in problem.message for problem in problems)


def test_a_text_message_needs_no_e_mail_address() -> None:
    assert check_signers([tenant(email="", channel="sms", phone="+1 (415) 555-0100")]) == []


def test_co_tenants_may_share_an_address_but_not_a_name() -> None:
    shared = [tenant(), tenant(key="tenant2", name="Jo Park")]
    assert check_signers(shared) == []
    same = [tenant(), tenant(key="tenant2", name="ana reyes ", email="Someone@Example.com")]
    assert codes(check_signers(same)) == {"same_signer"}


def test_one_person_may_sign_at_two_steps() -> None:
    assert check_signers([tenant(), tenant(key="landlord", role="landlord", order=3)]) == []


def test_somebody_has_to_sign() -> None:
    assert codes(check_signers([])) == {"no_signer"}
    assert "too_many_signers" in codes(check_signers([tenant(key=f"t{n}", name=f"T {n}") for n in range(101)]))


def test_a_subject_over_100_characters_is_refused_as_docusign_would() -> None:
    assert check_subject("s" * 100) == []
    assert codes(check_subject("s" * 101)) == {"subject_too_long"}
    assert codes(check_subject("a\nb")) == {"subject_lines"}


# --- pages --------------------------------------------------------------------------------------------


def documents_from(text: str) -> tuple[list[Any], list[Person]]:
    terms = lease_terms(addenda=[], parties=[party(1, "Ana Reyes")])
    signers = signers_of(terms)
    return render_packet(terms, "lease", signers, on=TODAY, template_source=OneTemplate(text)), signers


def test_a_required_signer_without_a_place_to_sign_is_named() -> None:
    documents, signers = documents_from("{{ signature_block('tenant1') }}")
    (problem,) = check_documents(documents, signers)
    assert problem.code == "nothing_to_sign"
    assert "Morgan Whitfield" in problem.message


def test_an_anchor_that_is_not_in_the_text_layer_is_found_missing() -> None:
    (document,), signers = documents_from("{{ signature_block('tenant1') }}{{ signature_block('landlord') }}")
    seen = {anchor: count for anchor, count in document.anchors.items() if "tenant1" not in anchor}
    documents = [replace(document, anchors=seen)]
    problems = [problem for problem in check_documents(documents, signers) if problem.code == "anchor"]
    assert {problem.message for problem in problems} == {
        "The place for the signature field of tenant1 cannot be found on the page, so Docusign could not put it there.",
        "The place for the date signed field of tenant1 cannot be found on the page, "
        "so Docusign could not put it there.",
    }


@pytest.mark.parametrize("engine", ["plutoprint", "weasyprint"])
def test_text_that_runs_off_the_page_is_seen(engine: str, settings: Settings) -> None:
    if engine == "weasyprint":
        needs_weasyprint()
    settings.LEASE_PDF_ENGINE = engine
    wide = OneTemplate(
        "{{ signature_block('tenant1') }}{{ signature_block('landlord') }}"
        "<p style='white-space:nowrap'>" + "A sentence that never breaks. " * 12 + "</p>"
    )
    assert codes(look(lease_terms(addenda=[], parties=[party(1, "Ana")]), template_source=wide)) == {"overflow"}


def test_two_tabs_on_one_anchor_are_counted() -> None:
    both = "{{ signature_block('tenant1') }}{{ signature_block('landlord') }}"
    documents, signers = documents_from(both + "{{ initials('tenant1') }} {{ initials('tenant1') }}")
    initials = next(tab for tab in documents[0].tabs if tab.kind == "initials")
    assert initials.occurrences == 2
    assert check_documents(documents, signers) == []


def test_problems_are_returned_and_never_raised() -> None:
    terms = lease_terms()
    terms["premises"]["jurisdiction"] = "US-XX"
    assert codes(look(terms)) == {"cannot_render"}
    assert codes(preflight({}, "lease", [tenant()], on=TODAY)) == {"broken_terms"}
    assert not look(lease_terms(), purpose="party").is_clear


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(group=st.sampled_from(sorted(lease_terms())), value=json_like)
@effort(max_examples=60, deadline=None)
def test_terms_damaged_in_one_place_are_a_list_of_problems_and_not_a_crash(group: str, value: object) -> None:
    terms = {**lease_terms(), group: value}
    result = preflight(terms, "lease", signers_of(lease_terms()), on=TODAY)
    assert result.documents or result.problems
