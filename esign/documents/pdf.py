"""HTML to PDF, with our own fonts and nothing else from anywhere.

plutoprint is the engine (some 20 milliseconds for an eight-page lease); WeasyPrint stands in where plutoprint
has no wheel, or by `LEASE_PDF_ENGINE=weasyprint` where tagged PDF is wanted. Both read the same HTML and CSS.
The same HTML gives the same bytes: the creation date is fixed and system fonts are shut out, so that a
document looks alike on every machine and a stored SHA-256 can be checked by rendering again.
"""

import io
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings

from esign.documents.errors import PdfProblem, TextTooWide

ASSETS = Path(settings.BASE_DIR) / "templates" / "documents" / "assets"
ASSET_SCHEME = "asset"
BASE_URL = f"{ASSET_SCHEME}:///"
MAX_HTML = 2_000_000  # characters
MAX_PAGES = 300
TOLERANCE = 1.0  # CSS pixels
FIXED_DATE = "2000-01-01T00:00:00Z"
MEDIA_TYPES = {".woff2": "font/woff2", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}

Engine = Callable[[str], bytes]


def render_pdf(html: str) -> bytes:
    """The PDF of `html`, the same bytes each time.

    Raises `TextTooWide` when something does not fit the width of the page, and `PdfProblem` when the HTML is too
    large, asks for a file or an address that is not one of our assets, runs over `MAX_PAGES`, or cannot be laid out.
    """
    if len(html) > MAX_HTML:
        raise PdfProblem(f"The document has {len(html):,} characters; {MAX_HTML:,} can be printed.")
    return _engine(settings.LEASE_PDF_ENGINE)(html)


def engine_name() -> str:
    """The engine in use here: `plutoprint` or `weasyprint`. Raises `PdfProblem` when there is none."""
    return _engine(settings.LEASE_PDF_ENGINE).__name__.removeprefix("_by_")


@cache
def _engine(wanted: str) -> Engine:
    order = {
        "plutoprint": (_load_plutoprint, _load_weasyprint),
        "weasyprint": (_load_weasyprint, _load_plutoprint),
    }
    if wanted not in order:
        raise PdfProblem(f"LEASE_PDF_ENGINE is “{wanted}”; it can be plutoprint or weasyprint.")
    reasons: list[str] = []
    for load in order[wanted]:
        try:
            return load()
        except (ImportError, OSError) as reason:  # WeasyPrint raises OSError where Pango is missing
            reasons.append(str(reason))
    raise PdfProblem(
        "No PDF engine can be loaded. Install plutoprint, or WeasyPrint with "
        "`apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz0b libfontconfig1`. " + "; ".join(reasons)
    )


class _Assets:
    """Finds files under `ASSETS` and keeps a list of everything else that was asked for."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    def find(self, url: str) -> Path | None:
        parts = urlsplit(url)
        path = (ASSETS / unquote(parts.path).lstrip("/")).resolve()
        ours = parts.scheme == ASSET_SCHEME and not parts.netloc and path.is_relative_to(ASSETS)
        if ours and path.suffix in MEDIA_TYPES and path.is_file():
            return path
        self.refused.append(url)
        return None

    def check(self) -> None:
        if self.refused:
            raise PdfProblem(
                f"The document asks for “{self.refused[0][:80]}”. Documents may use only the fonts and images "
                "that belong to this product; nothing is loaded from elsewhere."
            )


def _load_plutoprint() -> Engine:
    import plutoprint  # noqa: PLC0415 - a process that never prints does not load it

    # No system fonts: what our own fonts lack must be seen in preflight on every machine, not only on ours.
    plutoprint.plutobook_set_fontconfig_path(str(ASSETS / "fontconfig"))

    class Fetcher(plutoprint.ResourceFetcher):
        def __init__(self, assets: _Assets) -> None:
            super().__init__()
            self.assets = assets

        def fetch_url(self, url: str) -> plutoprint.ResourceData:
            path = self.assets.find(url)
            if path is None:
                return plutoprint.ResourceData(b"", "text/plain", "")
            # The engine keeps fonts until the process ends. Memory of its own it may free then; memory of
            # Python's is gone by that time, and the process would crash on its way out.
            return plutoprint.default_resource_fetcher.fetch_url(path.as_uri())

    def _by_plutoprint(html: str) -> bytes:
        assets = _Assets()
        book = plutoprint.Book(plutoprint.PAGE_SIZE_LETTER)
        book.custom_resource_fetcher = Fetcher(assets)
        try:
            book.load_html(html, base_url=BASE_URL)
            if book.get_page_count() > MAX_PAGES:
                raise PdfProblem(f"The document runs to {book.get_page_count()} pages; the limit is {MAX_PAGES}.")
            if book.get_document_width() > book.get_viewport_width() + TOLERANCE:
                raise TextTooWide  # the engine would shrink every page until it fits
            book.set_metadata(plutoprint.PDF_METADATA_CREATION_DATE, FIXED_DATE)
            book.set_metadata(plutoprint.PDF_METADATA_MODIFICATION_DATE, FIXED_DATE)
            stream = io.BytesIO()
            book.write_to_pdf_stream(stream)
            assets.check()  # images are asked for as late as this
        except plutoprint.Error as error:
            raise PdfProblem(f"The document cannot be laid out: {error}") from error
        return stream.getvalue()

    return _by_plutoprint


def _load_weasyprint() -> Engine:
    logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)  # a line a page otherwise
    import weasyprint  # noqa: PLC0415 - half a second, and absent where plutoprint has a wheel
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415 - as above

    class Fetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint is untyped for us
        def __init__(self, assets: _Assets) -> None:
            super().__init__()
            self.assets = assets

        def fetch(self, url: str, headers: object = None) -> object:
            path = self.assets.find(url)
            body = path.read_bytes() if path else b""
            kind = MEDIA_TYPES[path.suffix] if path else "text/plain"
            return URLFetcherResponse(url, body=body, headers={"Content-Type": kind})

    def _by_weasyprint(html: str) -> bytes:
        assets = _Assets()
        document = weasyprint.HTML(string=html, base_url=BASE_URL, url_fetcher=Fetcher(assets)).render()
        assets.check()
        if len(document.pages) > MAX_PAGES:
            raise PdfProblem(f"The document runs to {len(document.pages)} pages; the limit is {MAX_PAGES}.")
        pdf: bytes = document.write_pdf()
        return pdf

    return _by_weasyprint
