"""What the check at publishing finds, and that it leaves the product's own texts alone."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esign.documents.examples import examples_for
from esign.documents.names import shape_of, unknown_names
from esign.documents.publishing import Finding, check_draft, check_for_publishing, try_on
from esign.documents.sources import FILES, template_text
from esign.models.template import Kind
from tests.esign.documents.sample import lease_terms

TODAY = date(2026, 2, 10)
LEASE = FILES.find("lease", "en").text
PET = FILES.find("addendum_pet", "en").text
BLOCKS = '{{ signature_blocks("tenant", "landlord") }}'


def findings(text: str, kind: str = "lease", language: str = "en") -> list[Finding]:
    return check_for_publishing(template_text(kind, language, text), on=TODAY)


def without_clause(text: str, heading: str) -> str:
    before, _, after = text.partition(f"<h2>{heading}</h2>")
    start = before.rindex('<section class="clause')
    return before[:start] + after[after.index("</section>") + len("</section>") :]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("kind", Kind.values)
def test_the_texts_of_the_product_can_be_published(kind: str, language: str) -> None:
    assert findings(FILES.find(kind, language).text, kind, language) == []


def test_every_unknown_name_is_listed_also_where_no_lease_goes() -> None:
    text = LEASE.replace(
        "<h2>Parties</h2>",
        "<h2>Parties</h2>{{ landlord.nmae }}{% if lease.pets == 99 %}{{ swimming_pool.depth }}{% endif %}",
    )

    found = [finding for finding in findings(text) if finding.code == "unknown"]

    line = text[: text.index("landlord.nmae")].count("\n") + 1
    assert [(finding.variable, finding.line) for finding in found] == [
        ("landlord.nmae", line),
        ("swimming_pool", line),
    ]
    assert "Did you mean “landlord.name”?" in found[0].message
    assert all(finding.blocks for finding in found)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{{ tenants.name }}", "write {% for %} and ask it of each"),
        ("{% for tenant in tenants %}{{ tenant.nickname }}{% endfor %}", "“tenant.nickname” is not known here"),
        ("{% set x = rent.weekly %}", "“rent.weekly” is not known here"),
        ("{{ rent.weekly|money }}", "“rent.weekly” is not known here"),
        ("{% for a in addenda %}{% for c in a.charge %}x{% endfor %}{% endfor %}", "“a.charges”"),
        ("{{ tenants[0].nmae }}", "“tenants[0].name”"),
    ],
)
def test_names_are_followed_through_loops_and_results(written: str, said: str) -> None:
    found = findings(LEASE.replace("<h2>Parties</h2>", f"<h2>Parties</h2>{written}"))
    assert any(said in finding.message for finding in found), found


@pytest.mark.parametrize(
    "written",
    [
        "{% if rent.prorated %}{{ rent.prorated.days }}{% endif %}",
        "{% for tenant in tenants %}{{ loop.index }}{{ tenant.name }}{% endfor %}",
        "{% set double = rent.monthly * 2 %}{{ double|money }}",
        "{% set who = landlord %}{{ who.name }}",
        "{{ tenants[0].name }}",
    ],
)
def test_what_works_is_not_reported(written: str) -> None:
    assert findings(LEASE.replace("<h2>Parties</h2>", f"<h2>Parties</h2>{written}")) == []


@pytest.mark.parametrize(
    "heading",
    [
        "Rent", "Term", "Security deposit", "Entry by Landlord", "Notices", "Governing law", "Electronic signatures",
        "Lead-based paint disclosure", "Default", "Addenda",
    ],
)  # fmt: skip
def test_a_clause_that_was_deleted_is_missed(heading: str) -> None:
    found = findings(without_clause(LEASE, heading))
    assert any(finding.code == "clause" and finding.blocks for finding in found), found


def test_a_clause_that_is_only_a_note_counts_as_missing() -> None:
    text = LEASE.replace("<h2>Governing law</h2>", "{# <h2>Governing law</h2> #}")
    assert [finding.code for finding in findings(text)] == ["clause"]


def test_a_heading_in_other_words_is_the_clause_still() -> None:
    assert findings(LEASE.replace("<h2>Governing law</h2>", "<h2>Which law applies</h2>")) == []


def test_a_pet_addendum_keeps_what_fair_housing_asks_for() -> None:
    found = findings(without_clause(PET, "Assistance animals"), "addendum_pet")
    assert "The clause “Assistance animals” is missing" in found[0].message


def test_an_amount_that_is_not_printed_is_missed() -> None:
    found = findings(PET.replace("{{ addendum.terms.monthly_rent|money }}", "the usual sum"), "addendum_pet")
    assert any("does not say the pet rent" in finding.message for finding in found)


def test_every_tenant_needs_a_place_to_sign() -> None:
    assert BLOCKS in LEASE

    found = findings(LEASE.replace(BLOCKS, '{{ signature_block("tenant1") }}{{ signature_blocks("landlord") }}'))

    assert "no place for the signature of every tenant" in found[0].message
    assert '{{ signature_blocks("tenant") }}' in found[0].message, "it says how"


def test_a_role_that_no_signer_has_is_named_with_those_there_are() -> None:
    found = findings(LEASE.replace(BLOCKS, '{{ signature_blocks("tenants", "landlord") }}'))
    assert "“tenants” is no role of a signer. The roles are tenant, guarantor, landlord." in found[0].message


def test_what_is_wrong_on_every_lease_is_said_once() -> None:
    found = findings(PET.replace(BLOCKS, ""), "addendum_pet")
    assert [finding.message.partition(". Write")[0] for finding in found] == [
        "There is no place for the signature of every tenant",
        "There is no place for the signature of the landlord",
    ]


def test_the_landlord_needs_a_place_to_sign() -> None:
    found = findings(LEASE.replace(BLOCKS, '{{ signature_blocks("tenant") }}'))
    assert "the signature of the landlord" in found[0].message


def test_a_signature_without_a_date_is_advice() -> None:
    found = findings(LEASE.replace(BLOCKS, '{{ signature_blocks("tenant") }}<p>{{ signature(landlord.key) }}</p>'))
    assert [(finding.code, finding.blocks) for finding in found] == [("undated", False)]


CLAUSE = "<p>The landlord may enter at any hour without notice.</p>"


@pytest.mark.parametrize(
    ("hidden", "said"),
    [
        (CLAUSE.replace("<p>", '<p style="color:white">'), "no one can see it"),
        (CLAUSE.replace("<p>", '<p style="color:#fdfdfd">'), "no one can see it"),
        (CLAUSE.replace("<p>", '<div style="background-color:black"><p style="color:black">') + "</div>", "no one can"),
        (CLAUSE.replace("<p>", '<p style="font-size:8px"><small><small><small><small><small>'), "no one can see it"),
        (f'<section class="clause" hidden>{CLAUSE}</section>', "hidden=…> cannot be used"),
        (CLAUSE.replace("<p>", '<p style="display:none">'), "“display” cannot be used"),
        (CLAUSE.replace("<p>", '<p style="opacity:0">'), "“opacity” cannot be used"),
        (CLAUSE.replace("<p>", '<p style="visibility:hidden">'), "“visibility” cannot be used"),
        (CLAUSE.replace("<p>", '<p style="font-size:0.01px">'), "out of bounds"),
        (CLAUSE.replace("<p>", '<p style="text-indent:-9999px">'), "out of bounds"),
        (CLAUSE.replace("<p>", '<p style="margin-left:5000pt">'), "out of bounds"),
        (CLAUSE.replace("<p>", '<p class="anchor">'), "hides what stands in it"),
        (CLAUSE.replace("<p>", "<p class=\"an{{ 'chor' }}\">"), "hide the place of a signature and nothing else"),
        (CLAUSE.replace("<p>", "<p style=\"dis{{ 'play' }}:none\">"), "cannot be used"),
    ],
)
def test_what_no_tenant_could_see_is_not_published(hidden: str, said: str) -> None:
    found = findings(LEASE.replace("<h2>Parties</h2>", f"<h2>Parties</h2>{hidden}"))

    assert any(said in finding.message and finding.blocks for finding in found), found


def test_text_that_runs_off_the_page_is_found() -> None:
    found = findings(
        LEASE.replace("<h2>Parties</h2>", f'<h2>Parties</h2><p style="white-space:nowrap">{"wide " * 60}</p>')
    )
    assert [finding.code for finding in found] == ["overflow"]


def test_what_may_be_empty_is_advice_with_the_remedy() -> None:
    found = findings(
        PET.replace("<h2>Permission</h2>", "<h2>Permission</h2><p>{{ addendum.terms.breed }}</p>"), "addendum_pet"
    )
    assert [(finding.code, finding.blocks) for finding in found] == [("empty", False)]
    assert "{% if addendum.terms.breed %}" in found[0].message


def test_the_first_line_names_the_document() -> None:
    assert [finding.code for finding in findings(PET.partition("\n")[2], "addendum_pet")] == ["title"]


def test_the_first_faults_of_the_text_are_told_alone() -> None:
    found = findings("<script>x</script>\n{% include 'settings' %}")
    assert [finding.code for finding in found] == ["language"]


def test_a_draft_may_be_unfinished_but_not_boundless() -> None:
    unfinished = template_text("lease", "en", "<p>{{ stranger.knows }}</p>")
    turns = "".join(f"{{% for {name} in [{', '.join('1' * 60)}] %}}" for name in "abc")
    boundless = template_text("lease", "en", f"{turns}x{'{% endfor %}' * 3}")

    assert check_draft(unfinished, on=TODAY) == []
    assert "20,000 times" in check_draft(boundless, on=TODAY)[0].message


def test_the_examples_have_the_shape_of_a_real_lease() -> None:

    def keys(value: object) -> object:
        return {k: keys(v) for k, v in value.items()} if isinstance(value, dict) else None

    wanted = keys(lease_terms())
    assert [keys(dict(example.terms)) for example in examples_for("lease", "en", TODAY)] == [wanted, wanted]


@given(st.text(alphabet=st.sampled_from("{}%<>/ab.|[]0' \n"), max_size=80))
def test_any_text_can_be_looked_through_for_names(text: str) -> None:
    assert all(problem.message for problem in unknown_names(text, {"a": {"b": None}}))


@given(st.sampled_from(["landlord", "tenants", "rent"]), st.text(alphabet="abcdefghij", min_size=1, max_size=8))
def test_what_the_check_lets_pass_is_known_when_it_is_printed(group: str, name: str) -> None:
    text = f"{{{{ {group}.{name} }}}}"
    trial = try_on(template_text("lease", "en", text), next(examples_for("lease", "en", TODAY)), on=TODAY)
    unknown = unknown_names(text, shape_of(trial.values))

    printed = trial.problem is None or "not known" not in str(trial.problem)
    assert printed == (not unknown)
