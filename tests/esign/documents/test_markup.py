"""The HTML that staff may write, and what is said about the rest."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esign.documents.markup import layout_problem, markup_problems
from esign.documents.sources import FILES, TEMPLATES

OURS = [
    (language, path.stem)
    for language, folder in (("en", TEMPLATES), ("es", TEMPLATES / "es"))
    for path in sorted(folder.glob("*.html"))
    if path.stem != "base"  # the page around the text, which no author writes
]


@pytest.mark.parametrize(("language", "name"), OURS)
def test_our_own_documents_keep_the_rules_they_set(language: str, name: str) -> None:
    assert markup_problems(FILES.find(name, language).text) == []


def test_every_document_exists_in_both_languages() -> None:
    names = {language: {name for written_in, name in OURS if written_in == language} for language in ("en", "es")}
    assert names["en"] == names["es"]
    assert len(names["en"]) == 11


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<script>alert(1)</script>", "<script>"),
        ("<SCRIPT SRC=//x></SCRIPT>", "<script>"),
        ("<iframe src='x'></iframe>", "<iframe>"),
        ("<link rel=stylesheet href=x>", "<link>"),
        ("<style>@import 'x'</style>", "<style>"),
        ("<meta http-equiv=refresh>", "<meta>"),
        ("<base href='http://x/'>", "<base>"),
        ("<form action=x><input></form>", "<form>"),
        ("<svg onload=alert(1)></svg>", "<svg>"),
        ("<img src='https://tracker.example/pixel.png'>", "nothing is loaded"),
        ("<img src='{{ tenant.name }}'>", "nothing is loaded"),
        ("<img src='asset:///../secret.png'>", "nothing is loaded"),
        ("<img src='data:image/png;base64,AAAA'>", "nothing is loaded"),
        ("<p onclick='x()'>x</p>", "onclick"),
        ("<a href='javascript:x'>x</a>", "href"),
        ("<p style='background:url(http://x)'>x</p>", "style"),
        ("<p style='background:u\\rl(http://x)'>x</p>", "style"),
        ("<p style='position:fixed'>x</p>", "style"),
        ("<p style='font-family:Comic Sans'>x</p>", "style"),
        ("<!-- hidden -->", "notes"),
        ("<!DOCTYPE html>", "cannot be used"),
        ("<?php x ?>", "cannot be used"),
        ("<![if IE]>x<![endif]>", "cannot be used"),
        ("<![x", "never closed"),
        ("<script src=x", "never closed"),
        ("<p class=x <b>y</b>", "never closed"),
        ("<p>/sig:landlord/</p>", "anchors"),
        ("<p>/SIG:landlord/</p>", "anchors"),
    ],
)
def test_what_acts_or_reaches_out_is_refused_with_its_line(text: str, said: str) -> None:
    problems = markup_problems(f"<p>one</p>\n{{# a\nnote #}}\n{text}")
    assert problems
    assert problems[0].line == 4
    assert said in problems[0].message


def test_plain_template_text_is_fine() -> None:
    text = '<h2>Rent</h2><p class="x" style="text-align:center">{{ rent.monthly|money }} &amp; more</p>'
    assert markup_problems(text + '<img src="asset:///images/logo.png" alt="">') == []


@given(st.text(alphabet="<>/!-ab =\"'&;{}%#[]?", max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_can_be_checked(text: str) -> None:
    for problem in markup_problems(text):
        assert problem.line is not None
        assert problem.message


def test_ordinary_pages_are_quick_to_lay_out() -> None:
    assert layout_problem("<div><p>x</p><br></div><table><tr><td>y</td></tr></table>" * 500) == ""


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<div>" * 500, "never closed"),
        ("<table><tr><td>" * 5 + "x" + "</td></tr></table>" * 5, "Tables stand in tables"),
        ("<p>" + "word " * 10_000 + "</p>", "One paragraph"),
        ("<p>" + "<b>word</b> " * 10_000 + "</p>", "One paragraph"),
        ("<p>x</p>" + "word <br> " * 10_000, "One paragraph"),
    ],
)
def test_what_would_keep_an_engine_busy_is_refused_beforehand(html: str, said: str) -> None:
    assert said in layout_problem(html)
