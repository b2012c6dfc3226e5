"""The list of names beside the editor is the list of names that work."""

from esign.documents.context import build_context
from esign.documents.errors import TemplateProblem
from esign.documents.language import DocumentText
from esign.documents.variables import Variable, variables
from tests.esign.documents.sample import TODAY, lease_terms


def test_every_listed_name_can_be_used_in_a_template() -> None:
    context = build_context(lease_terms(), today=TODAY)
    listed = variables(context)
    assert len(listed) > 80
    for variable in listed:
        use = {
            "list": "{% for x in NAME %}{% endfor %}",
            "yes/no": "{% if NAME %}{% endif %}",
            "empty": "{% if NAME %}{% endif %}",
        }.get(variable.kind, "{{ NAME }}")
        DocumentText(use.replace("NAME", variable.name)).render(context)


def test_examples_look_as_the_office_would_write_them() -> None:
    listed = variables(build_context(lease_terms(), today=TODAY))
    for expected in (
        Variable("landlord.name", "text", "Alder Court Holdings LLC"),
        Variable("term.start", "date", "March 10, 2026"),
        Variable("rent.monthly", "amount", "2450.00"),
        Variable("tenants", "list", "2 of them"),
        Variable("tenants[0].name", "text", "Ana Reyes"),
        Variable("property.needs_lead_disclosure", "yes/no", "yes"),
        Variable("lease.previous", "empty", ""),
    ):
        assert expected in listed


def test_a_name_that_is_not_listed_does_not_work() -> None:
    context = build_context(lease_terms(), today=TODAY)
    assert "tenant.name" not in {variable.name for variable in variables(context)}
    try:
        DocumentText("{{ tenant.name }}").render(context)
    except TemplateProblem as problem:
        assert problem.variable == "tenant"
    else:
        raise AssertionError("an unlisted name was printed")
