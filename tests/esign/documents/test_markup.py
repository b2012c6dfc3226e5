"""The HTML that staff may write, and what is said about the rest."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esign.documents.errors import TemplateProblem
from esign.documents.markup import finished_problem, layout_problem, markup_problems
from esign.documents.packet import body_html
from esign.documents.signature_tags import SignatureTags
from esign.documents.sources import FILES, TEMPLATES, template_text
from esign.documents.styles import style_problem

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


@pytest.mark.parametrize(
    "text",
    [
        "<{{ 'style' }}>p { color: white }</{{ 'style' }}>",
        "<scr{{ 'ipt' }}>x</scr{{ 'ipt' }}>",
        "<p style=\"posi{{ 'tion' }}:fixed\">x</p>",
        "<p style=\"background-image:u{{ 'r' }}l(http://x)\">x</p>",
        "<p style=\"{{ 'display:none' }}\">x</p>",
        "<p style=\"line-height:1{{ '0000' }}0000\">x</p>",
        "<p {{ 'onclick' }}='x()'>x</p>",
        "<im{{ 'g' }} src='https://tracker.example/pixel.png'>",
        "<img src='asset:///images/{{ '..' }}/x.png'>",
        "<td colspan='{{ 99999 }}'>x</td>",
        "<p class=\"{{ 'anchor' }}\">No one reads this.</p>",
        "<span class=\"{{ 'anchor' }}\">/sig:tenant1/<b>No one reads this.</b></span>",
        "<!{{ '--' }} hidden -->",
    ],
)
def test_what_a_text_splits_by_printing_constants_is_refused_when_it_is_whole(text: str) -> None:
    with pytest.raises(TemplateProblem):
        body_html(template_text("lease", "en", text), {}, SignatureTags(1, [], "en"))


def test_the_places_of_signatures_are_the_only_text_that_may_be_unseen() -> None:
    assert finished_problem('<span class="tab"><span class="anchor">/sig:tenant1/</span></span>') == ""
    assert finished_problem('<p class="anchor">/sig:tenant1/ and more</p>') != ""


@pytest.mark.parametrize(
    "style",
    [
        "width:294pt",
        "text-align: center; margin-top: 12pt;",
        "font-weight: bold; color: #333; border-bottom: 1px solid black",
        "line-height: 1.4; font-size: 11pt; page-break-before: always",
        "",
    ],
)
def test_styles_that_paper_needs_are_fine(style: str) -> None:
    assert style_problem(style) == ""


@pytest.mark.parametrize(
    "style",
    [
        "line-height:100000000",
        "height:1e8px",
        "height:1e300px",
        "width:99999%",
        "font-size:1px",
        "font-size:0",
        "line-height:0",
        "margin:-20px",
        "width:calc(1px*9999999)",
        "width:var(--x)",
        "--x:1px",
        "width:12quux",
        "color:rgba(0,0,0,0)",
        "display:none",
        "transform:scale(0)",
        "clip-path:inset(100%)",
        "font:1px x",
        "background:url(x)",
        "width:1px}p{color:white",
        "width:1px;" * 31,
        "\\64isplay:none",
        "/* note */",
        "@import 'x'",
    ],
)
def test_styles_that_hide_move_load_or_cost_too_much_are_refused(style: str) -> None:
    assert style_problem(style) != ""


@given(st.text(alphabet="abdehinoprstwxyz0123456789.:;-%#(){}'\"/*\\@! ", max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_style_can_be_checked(style: str) -> None:
    assert isinstance(style_problem(style), str)


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
