"""Pages come from our own fonts and images, whatever the HTML asks for."""

import contextlib
import hashlib
import resource
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pytest_django import Settings

from esign.documents import engines, pdf, textlayer
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
        render_pdf('<p style="break-after: page">x</p>' * (engines.MAX_PAGES + 2))


def test_an_unknown_engine_is_named(settings: Settings) -> None:
    settings.LEASE_PDF_ENGINE = "wkhtmltopdf"
    with pytest.raises(PdfProblem, match="wkhtmltopdf"):
        render_pdf("<p>x</p>")


def test_where_plutoprint_has_no_wheel_the_other_engine_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    needs_weasyprint()
    monkeypatch.setitem(sys.modules, "plutoprint", None)  # what an import finds where there is no such package
    engines.load.cache_clear()
    try:
        made = engines.load("plutoprint")(STYLED.format("<p>Still here</p>"))
        assert engines.load("plutoprint").__name__ == "by_weasyprint"
        assert textlayer.text(made).strip() == "Still here"
    finally:
        engines.load.cache_clear()


@pytest.mark.parametrize(
    "html",
    [
        '<p style="height:1e8px">x</p>',
        '<p style="line-height:100000000">x</p>',
        '<p style="line-height:100000000">x<br>y<br>z</p>' * 100,
    ],
)
def test_a_document_that_asks_for_all_memory_is_refused_and_this_process_lives(html: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with contextlib.suppress(PdfProblem):  # an engine of a later version may cope
        render_pdf(html)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes
    assert textlayer.text(render_pdf(STYLED.format("<p>The next one</p>"))).strip() == "The next one"


def test_a_document_that_takes_too_long_is_given_up_and_its_process_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "SECONDS", 0.0)
    with pytest.raises(PdfProblem, match="memory or time"):
        render_pdf(STYLED.format("<p>Slow</p>" * 20_000))
    assert all(child.is_alive for child in pdf._idle)


def test_a_process_that_was_killed_between_two_documents_is_replaced() -> None:
    first = render_pdf(STYLED.format("<p>Twice</p>"))
    for child in pdf._idle:
        child.process.kill()
    assert render_pdf(STYLED.format("<p>Twice</p>")) == first


def test_the_process_of_the_engine_knows_no_secret() -> None:
    render_pdf("<p>x</p>")
    child = next(child for child in pdf._idle if child.is_alive)
    environment = Path(f"/proc/{child.process.pid}/environ")
    if not environment.exists():
        pytest.skip("This system does not show the environment of a process.")
    names = {line.partition(b"=")[0].decode() for line in environment.read_bytes().split(b"\0") if line}
    assert names <= {*pdf.PASSED_ON, "LC_CTYPE"}


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
    fonts = engines.ASSETS / "fonts"
    families = {"source-serif-4", "source-sans-3", "noto-serif-hebrew", "noto-naskh-arabic"}
    for path in fonts.glob("*.woff2"):
        assert any(path.name.startswith(family) for family in families), path
    for family in families:
        assert "SIL OPEN FONT LICENSE" in Path(fonts / f"OFL-{family}.txt").read_text()
