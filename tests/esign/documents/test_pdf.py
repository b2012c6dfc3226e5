"""Pages come from our own fonts and images, whatever the HTML asks for."""

import hashlib
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pytest_django import Settings

from esign.documents import pdf, textlayer
from esign.documents.errors import PdfProblem
from esign.documents.packet import render_packet
from esign.documents.pdf import render_pdf
from tests.esign.documents.sample import TODAY, lease_terms, signers_of

pytestmark = pytest.mark.filterwarnings("ignore:No fonts configured")  # both engines in one process

STYLED = (
    '<html><head><link rel="stylesheet" href="asset:///scripts/latin.css"></head>'
    "<body style=\"font: 12pt 'Source Serif 4'; font-variant-ligatures: none\">{}</body></html>"
)


def needs_weasyprint() -> None:
    """WeasyPrint raises OSError where Pango is missing, which `importorskip` does not expect."""
    try:
        import weasyprint  # noqa: F401, PLC0415 - only to see whether it can be
    except (ImportError, OSError) as reason:
        pytest.skip(f"WeasyPrint does not load here: {reason}")


def test_html_becomes_a_pdf_whose_text_can_be_read() -> None:
    made = render_pdf(STYLED.format("<p>The first office floor</p>"))
    assert textlayer.text(made).strip() == "The first office floor"
    assert textlayer.page_count(made) == 1


def test_the_same_html_gives_the_same_bytes_in_another_process() -> None:
    html = STYLED.format("<p>Twice</p>")
    code = (
        "import django, hashlib, sys; django.setup();"
        "from esign.documents.pdf import render_pdf;"
        "print(hashlib.sha256(render_pdf(sys.stdin.read())).hexdigest())"
    )
    other = subprocess.run([sys.executable, "-c", code], input=html, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == hashlib.sha256(render_pdf(html)).hexdigest()


def test_a_process_that_printed_a_lot_ends_in_peace() -> None:
    """The engine frees its fonts after the interpreter is gone; memory of ours among them would crash it."""
    code = (
        "import django; django.setup();"
        "from esign.documents.pdf import render_pdf;"
        'html = \'<link rel=stylesheet href="asset:///scripts/latin.css"><p style="font-family:Source Serif 4">x\';'
        "[render_pdf(html) for _ in range(60)]"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.fixture
def listener() -> tuple[str, list[bytes]]:
    """A web server that only remembers that it was asked."""
    asked: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(20)

    def serve() -> None:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        asked.append(connection.recv(1000))
        connection.close()

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{server.getsockname()[1]}", asked


@pytest.mark.parametrize(
    "html",
    [
        '<img src="{url}/pixel.png">',
        '<link rel="stylesheet" href="{url}/style.css">',
        '<p style="background: url({url}/x.png)">x</p>',
        "<style>@import url({url}/x.css);</style>",
        "<style>@font-face {{ font-family: X; src: url({url}/x.woff2) }} p {{ font-family: X }}</style><p>x</p>",
        '<object data="{url}/x.svg"></object>',
    ],
)
@pytest.mark.parametrize("engine", ["plutoprint", "weasyprint"])
def test_nothing_is_fetched_from_the_network(
    html: str, engine: str, listener: tuple[str, list[bytes]], settings: Settings
) -> None:
    if engine == "weasyprint":
        needs_weasyprint()
    settings.LEASE_PDF_ENGINE = engine
    url, asked = listener
    try:
        render_pdf(html.format(url=url))
    except PdfProblem as problem:
        assert "nothing is loaded from elsewhere" in str(problem)
    assert asked == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "/etc/passwd",
        "asset:///../base.html",
        "asset:///%2e%2e/base.html",
        "asset:///../../../manage.py",
        "asset:////etc/hostname",
        "asset://elsewhere/images/x.png",
        "asset:///images/missing.png",
        "ftp://127.0.0.1/x.png",
    ],
)
def test_no_file_outside_the_assets_is_read(url: str) -> None:
    with pytest.raises(PdfProblem, match="asks for"):
        render_pdf(f'<img src="{url}">')


def test_too_much_html_is_refused_before_it_is_laid_out() -> None:
    with pytest.raises(PdfProblem, match="characters"):
        render_pdf("x" * (pdf.MAX_HTML + 1))


def test_too_many_pages_are_refused() -> None:
    with pytest.raises(PdfProblem, match="pages"):
        render_pdf('<p style="break-after: page">x</p>' * (pdf.MAX_PAGES + 2))


def test_an_unknown_engine_is_named(settings: Settings) -> None:
    settings.LEASE_PDF_ENGINE = "wkhtmltopdf"
    with pytest.raises(PdfProblem, match="wkhtmltopdf"):
        render_pdf("<p>x</p>")


def test_where_plutoprint_has_no_wheel_the_other_engine_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    needs_weasyprint()
    monkeypatch.setitem(sys.modules, "plutoprint", None)  # what an import finds where there is no such package
    pdf._engine.cache_clear()
    try:
        assert pdf.engine_name() == "weasyprint"
        assert textlayer.text(render_pdf(STYLED.format("<p>Still here</p>"))).strip() == "Still here"
    finally:
        pdf._engine.cache_clear()


def test_both_engines_make_a_lease_with_every_anchor(settings: Settings) -> None:
    needs_weasyprint()
    terms = lease_terms()
    settings.LEASE_PDF_ENGINE = "plutoprint"
    ours = render_packet(terms, "lease", signers_of(terms), on=TODAY)
    settings.LEASE_PDF_ENGINE = "weasyprint"
    theirs = render_packet(terms, "lease", signers_of(terms), on=TODAY)
    for one, other in zip(ours, theirs, strict=True):
        assert one.anchors == other.anchors
        assert one.tabs == other.tabs
        assert abs(one.pages - other.pages) <= 1


def test_a_file_that_is_no_pdf_is_refused() -> None:
    for read in (textlayer.text, textlayer.page_count):
        with pytest.raises(PdfProblem, match="not a readable PDF"):
            read(b"not a pdf")


def test_anchors_are_counted_whatever_their_case() -> None:
    made = render_pdf(STYLED.format("<p>/sig:tenant1/ and /SIG:Tenant1/ and /sig:tenant2/</p>"))
    assert textlayer.all_anchors(textlayer.text(made)) == {"/sig:tenant1/": 2, "/sig:tenant2/": 1}


def test_several_threads_may_read_pages_at_once() -> None:
    made = render_pdf(STYLED.format("<p>/sig:tenant1/</p>"))
    counts: list[int] = []
    threads = [
        threading.Thread(target=lambda: counts.append(textlayer.text(made).count("/sig:tenant1/"))) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [1] * 16


def test_every_font_has_its_licence_beside_it() -> None:
    fonts = pdf.ASSETS / "fonts"
    families = {"source-serif-4", "source-sans-3", "noto-serif-hebrew", "noto-naskh-arabic"}
    for path in fonts.glob("*.woff2"):
        assert any(path.name.startswith(family) for family in families), path
    for family in families:
        assert "SIL OPEN FONT LICENSE" in Path(fonts / f"OFL-{family}.txt").read_text()
