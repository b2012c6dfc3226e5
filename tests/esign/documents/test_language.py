"""Staff write documents; what they write can neither run code nor leave a blank in a contract."""

import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup, escape

from esign.documents.errors import TemplateProblem
from esign.documents.language import MAX_SOURCE, DocumentText
from esign.documents.signature_tags import TAG_NAMES, SignatureTags, SigningParty

VALUES: dict[str, Any] = {
    "language": "en",
    "tenant": {"name": "Ana Reyes", "phone": None, "nickname": "", "items": "a word that is also a method"},
    "tenants": [{"name": "Ana Reyes"}, {"name": "Jo Park"}],
    "rent": {"monthly": Decimal("1450.00"), "due_day": 1},
    "numbers": list(range(40)),
    "start": date(2026, 3, 1),
}


def render(text: str, **more: Any) -> str:
    return DocumentText(text).render({**VALUES, **more})


def problem_of(text: str, **more: Any) -> TemplateProblem:
    with pytest.raises(TemplateProblem) as caught:
        render(text, **more)
    return caught.value


def test_a_template_prints_values_chooses_and_repeats() -> None:
    text = "{% for t in tenants %}{{ loop.index }}. {{ t.name }}{% if not loop.last %}, {% endif %}{% endfor %}"
    assert render(text) == "1. Ana Reyes, 2. Jo Park"
    assert render("{{ rent.monthly|money }} from {{ start|long_date }}") == "$1,450.00 from March 1, 2026"
    assert render("{{ start|long_date }}", language="es") == "1 de marzo de 2026"


@pytest.mark.parametrize(
    "text",
    [
        "{{ tenant.nmae }}",
        "{% if tenant.nmae %}x{% endif %}",
        "{% if tenant.nmae is none %}x{% endif %}",
        "{% if not tenant.nmae %}x{% endif %}",
        "{% for x in tenant.nmae %}x{% endfor %}",
        "{{ tenant.nmae|upper }}",
        "{{ 'x' if tenant.nmae else '' }}",
        "{% if tenant.nmae == 'x' %}{% endif %}",
        "{% if 'x' in tenant.nmae %}{% endif %}",
        "{% set x = tenant.nmae %}",
        "{{ [1, 2]|join(tenant.nmae) }}",
    ],
)
def test_a_missing_variable_is_an_error_that_names_it_wherever_it_stands(text: str) -> None:
    problem = problem_of(f"one\ntwo\n{text}")
    assert problem.variable == "tenant.nmae"
    assert problem.line == 3
    assert "tenant.name" in problem.message, "the nearest known name is offered"


def test_a_missing_name_in_an_office_sentence_says_template_line_and_name() -> None:
    with pytest.raises(TemplateProblem) as caught:
        DocumentText("{{ landlrd }}", name="Lease").render({"landlord": {"name": "x"}})
    assert str(caught.value) == "Lease, line 1: “landlrd” is not known here. Did you mean “landlord”?"


@pytest.mark.parametrize("name", ["tenant.phone", "tenant.nickname", "tenant.phone|upper"])
def test_an_empty_value_is_never_printed_as_a_blank(name: str) -> None:
    problem = problem_of("{{ " + name + " }}")
    assert problem.variable == name.partition("|")[0]
    assert "is empty" in problem.message


def test_an_author_may_choose_to_print_nothing() -> None:
    assert render("{{ tenant.name if tenant.phone else '' }}") == ""


@pytest.mark.parametrize("name", ["tenant", "tenants", "rent"])
def test_a_group_or_a_list_is_not_printed_as_it_stands(name: str) -> None:
    assert problem_of("{{ " + name + " }}").variable == name


def test_a_key_of_the_lease_wins_over_a_method_of_the_same_name() -> None:
    assert render("{{ tenant.items }}") == "a word that is also a method"


ESCAPES = [
    "{{ ''.__class__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ tenant.name.__class__ }}",
    "{{ tenant['__class__'] }}",
    "{{ tenants.__getitem__(0) }}",
    "{{ tenant.name.format }}",
    "{{ '{0.__class__}'.format(tenant) }}",
    "{{ '%s'|format(tenant) }}",
    "{{ tenant|attr('__class__') }}",
    "{{ tenants|map(attribute='__class__')|join }}",
    "{{ tenant.keys() }}",
    "{{ tenant.pop('name') }}",
    "{{ self._TemplateReference__context }}",
    "{{ self }}",
    "{{ range(10) }}",
    "{{ dict() }}",
    "{{ lipsum() }}",
    "{{ cycler('a').next.__globals__ }}",
    "{{ namespace(x=1) }}",
    "{{ joiner }}",
    "{{ config }}",
    "{{ request }}",
    "{{ loop }}",
    "{{ signature.__globals__ }}",
    "{{ signature }}",
    "{{ rent.monthly.__class__ }}",
    "{{ start.__class__ }}",
    "{{ _budget }}",
    "{{ 'x'|print_value('y', false) }}",
    "{% include 'lease.html' %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% from 'os' import system %}",
    "{% extends 'base.html' %}",
    "{% block x %}{% endblock %}",
    "{% macro x() %}{% endmacro %}",
    "{% call x() %}{% endcall %}",
    "{% filter upper %}x{% endfilter %}",
    "{% load static %}",
    "{% do tenants.append(1) %}",
    "{% set x %}y{% endset %}",
    "{% set tenant.name = 'Eve' %}",
    "{% debug %}",
    "{% with a = 1 %}{% endwith %}",
    "{% autoescape false %}{{ tenant.name }}{% endautoescape %}",
    "{{ tenant.name|safe }}",
    "{{ caller() }}",
    "{% for x in tenants recursive %}{{ loop(tenants) }}{% endfor %}",
    "{{ (tenants|first).name }}",
    "{{ signature(*tenants) }}",
    "{{ {'a': 1} }}",
    "{{ tenant.name[0:1] }}",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_a_template_cannot_reach_behind_its_values(text: str) -> None:
    tags = SignatureTags(1, [SigningParty("tenant1", "tenant", "Ana")])
    with pytest.raises(TemplateProblem):
        DocumentText(text, tags=TAG_NAMES).render(VALUES, tags.functions())


BOMBS = [
    "{{ 'a' * 1000000000 }}",
    "{{ tenant.name * 1000000000 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{% set a = 999999999 %}{% set a = a * a %}{{ a * a }}",
    "{{ 'a' ~ 'b' }}",
    "{{ 'a' + 'b' }}",
    "{{ '%1000000000d' % 1 }}",
    "{% set x = 'ab' %}" + "{% set x = [x, x]|join %}" * 40,
    "{% set x = [1] %}" + "{% set x = [x, x] %}" * 40 + "{% if x == x %}{% endif %}",
    "{% for a in numbers %}" * 4 + "x" + "{% endfor %}" * 4,
    "{% for a in numbers %}" * 3 + "{% endfor %}" * 3,
    "{% for a in numbers %}{% for b in numbers %}" + "x" * 2000 + "{% endfor %}{% endfor %}",
    "{{" + "(" * 5000 + "1" + ")" * 5000 + "}}",
    "{{ 1" + " + 1" * 20000 + " }}",
    "{{ " + "not " * 5000 + "1 }}",
    "{{ tenant" + ".a" * 5000 + " }}",
    "{{ " + "9" * 5000 + " }}",
    "{{ 1e308 * 1e308 }}",
    "{% if 1 %}" * 3000 + "{% endif %}" * 3000,
    "x" * (MAX_SOURCE + 1),
    "ten megabytes " * 800_000,
    "{#" * 100_000,
    "{{ 'a' " * 50_000,
    "{% raw %}" * 50_000,
]


@pytest.mark.parametrize("text", BOMBS, ids=range(len(BOMBS)))
def test_a_bomb_is_a_message_and_not_a_dead_worker(text: str) -> None:
    started = time.monotonic()
    problem = problem_of(text)
    assert time.monotonic() - started < 5
    assert 10 < len(problem.message) < 300


def test_loops_that_print_nothing_still_count() -> None:
    problem = problem_of(
        "{% for a in numbers %}{% for b in numbers %}{% for c in numbers %}{% endfor %}{% endfor %}{% endfor %}"
    )
    assert "20,000 times" in problem.message


def test_a_syntax_error_says_where_and_what() -> None:
    problem = problem_of("fine\n{% if tenant %}\nnever closed")
    assert problem.line is not None
    assert "cannot be read" in problem.message
    assert problem_of("{% load i18n %}").message.startswith("“{% load %}” cannot be used")


def test_arithmetic_works_on_money_and_only_on_numbers() -> None:
    assert render("{{ (rent.monthly * 2)|money }}") == "$2,900.00"
    assert render("{{ (rent.monthly / 0.5)|money }}") == "$2,900.00"
    assert "division" in problem_of("{{ 1 / 0 }}").message.lower()


names = st.text(max_size=60).filter(lambda name: name.strip() != "")


@given(name=names)
@settings(max_examples=300, deadline=None)
def test_no_name_can_bring_markup_or_template_code_into_a_document(name: str) -> None:
    assert render("<p>{{ tenant.name }}</p>", tenant={"name": name}) == f"<p>{escape(name)}</p>"


@given(
    name=st.sampled_from(["<script>alert(1)</script>", "{{ 7*7 }}", "{% include 'x' %}", "שרה כהן", "محمد", "a\u202eb"])
)
def test_the_usual_tricks_in_a_name_stay_text(name: str) -> None:
    assert render("{{ tenant.name }}", tenant={"name": name}) == str(escape(name))


@given(text=st.text(alphabet="{}%#()[]|.,'\"_ \nabifornset=*~<>0123456789", max_size=80))
@settings(max_examples=400, deadline=None)
def test_any_text_is_either_rendered_or_refused_in_words(text: str) -> None:
    try:
        result = render(text)
    except TemplateProblem as problem:
        assert problem.message
    else:
        assert isinstance(result, str)


def test_a_tag_is_the_only_thing_that_may_print_markup() -> None:
    tags = SignatureTags(1, [SigningParty("tenant1", "tenant", "<b>Ana</b>")])
    html = DocumentText("{{ signature_block('tenant1') }}", tags=TAG_NAMES).render(VALUES, tags.functions())
    assert "/sig:tenant1/" in html
    assert "&lt;b&gt;Ana&lt;/b&gt;" in html
    assert isinstance(tags.signature("tenant1"), Markup)
