"""Document generation: Docusign's fields, conditions and dynamic tables in Word files."""

from __future__ import annotations

import pytest

from docusign_emulator.pdf.conditions import Condition, NotANumber
from docusign_emulator.pdf.convert import to_pdf
from docusign_emulator.pdf.docgen import DocgenField, docgen_errors, docgen_fields, fill_docgen
from docusign_emulator.tests.pdf.papers import docx, paragraph, table
from docusign_emulator.tests.pdf.test_convert import words

LINES = table(["Item", "Price"], ['{{t:"TableRow", e:"Lines"}}{{Item}}', "{{Price}}"])


def test_fields_are_found_though_word_splits_them_over_runs() -> None:
    document = docx(
        paragraph("Offer for {{Candi", "date_Name}} at {{ Sal", "ary }}"),
        paragraph("{{if $lowercase(Kind) = \u2018full\u2019 or Salary != “5”}}Full{{endif}}"),
        LINES,
        paragraph('{{t:"Number", e:"Deposit"}} {{Item}} {{Not a field}}'),
    )
    assert docgen_fields(document) == [
        DocgenField("Candidate_Name"),
        DocgenField("Salary"),
        DocgenField("Kind"),
        DocgenField("Lines", "TableRow", columns=("Item", "Price")),
        DocgenField("Deposit", "Number"),
        DocgenField("Item"),
    ]


def test_values_replace_their_fields() -> None:
    document = docx(paragraph("Offer for {{Candi", "date_Name}} at {{Salary}} {{Unknown}}."))
    filled = fill_docgen(document, {"Candidate_Name": "Ann <Lee>", "Salary": "$5"})
    assert words(to_pdf(filled, "docx")) == "Offer for Ann <Lee> at $5 ."


@pytest.mark.parametrize(("state", "expected"), [("CA", "Clause for CA end"), ("NY", "end"), ("", "end")])
def test_only_the_part_whose_condition_holds_is_kept(state: str, expected: str) -> None:
    blocks = ("{{ if State = 'CA' }}", "Clause for {{State}}", "{{ endif }}", "end")
    filled = fill_docgen(docx(*map(paragraph, blocks)), {"State": state})
    assert words(to_pdf(filled, "docx")) == expected


def test_a_condition_is_decided_inside_a_line() -> None:
    document = docx(
        paragraph('It is {{if Kind == "full"}}full ', "time{{endif}}{{if Kind != “full”}}part{{endif}} work")
    )
    assert words(to_pdf(fill_docgen(document, {"Kind": "full"}), "docx")) == "It is full time work"
    assert words(to_pdf(fill_docgen(document, {"Kind": "half"}), "docx")) == "It is part work"


def test_a_table_has_a_row_for_each_of_its_values_and_a_blank_one_without() -> None:
    rows = [{"Item": "Desk", "Price": "5"}, {"Item": "Chair", "Price": "7"}]
    assert words(to_pdf(fill_docgen(docx(LINES), {"Lines": rows}), "docx")) == "Item Price Desk 5 Chair 7"
    assert words(to_pdf(fill_docgen(docx(LINES), {"Item": "not of the table"}), "docx")) == "Item Price"


@pytest.mark.parametrize(
    ("condition", "values", "holds"),
    [
        ("state = 'CA'", {"state": "CA"}, True),
        ("state = 'CA'", {"state": "ca"}, False),
        ("$uppercase(state) = 'CA'", {"state": "ca"}, True),
        ("$lowercase( state ) != \u2018ca\u2019", {"state": "CA"}, False),
        ("$number(rent) > 1000", {"rent": "1,200.50"}, True),
        ("$number(rent) <= 1000", {"rent": "1000"}, True),
        ("$number(rent) = '7'", {"rent": "7.0"}, True),
        ("a = 'x' and b = 'y'", {"a": "x", "b": "z"}, False),
        ("a = 'x' and b = 'y' or c != ''", {"c": "z"}, True),
    ],
)
def test_conditions_compare_as_docusign_says(condition: str, values: dict[str, str], holds: bool) -> None:
    read = Condition.read(condition)
    assert read
    assert read.holds(values) is holds


@pytest.mark.parametrize(
    "condition",
    ["", "state", "'CA' = state", "state > 'CA'", "$number(rent) > 'much'", "a = 'x' b = 'y'", "a = 'x' and"],
)
def test_what_is_no_condition_is_told_and_its_part_left_out(condition: str) -> None:
    document = docx(*map(paragraph, (f"{{{{if {condition}}}}}", "secret", "{{endif}}", "end")))
    assert [one.code for one in docgen_errors(document, {})] == ["Undefined"]
    assert words(to_pdf(fill_docgen(document, {}), "docx")) == "end"


def test_parts_without_an_end_or_a_beginning_are_told() -> None:
    document = docx(*map(paragraph, ("{{endif}}", "{{if a = 'x'}}", "end")))
    assert [one.code for one in docgen_errors(document, {})] == ["EndTagWithoutStartTag", "StartTagWithoutEndTag"]


def test_words_where_a_number_is_compared_are_told_once_they_are_entered() -> None:
    document = docx(*map(paragraph, ("{{if $number(count) = 30}}", "thirty", "{{endif}}", "end")))
    assert docgen_errors(document, {}) == []
    assert [one.code for one in docgen_errors(document, {"count": "many"})] == ["ValueNotValid"]
    assert words(to_pdf(fill_docgen(document, {"count": "many"}), "docx")) == "end"
    condition = Condition.read("$number(count) = 30")
    assert condition
    with pytest.raises(NotANumber, match="count"):
        condition.holds({"count": "many"})
