"""The PDF engines, in a process of their own: `python -m esign.documents.engines <socket> <engine>`.

What staff type is laid out here, and a style or a table may ask an engine for more memory and time than a machine has.
So this process has limits, holds no secret, reads nothing but our assets, and is replaced when it dies. It imports no
Django, which makes its start short. `pdf.render_pdf` is the other side.
"""

from __future__ import annotations

import io
import logging
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache, lru_cache
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import unquote, urlsplit

from esign.documents.errors import PdfProblem, TextTooWide

ASSETS = Path(__file__).resolve().parents[2] / "templates" / "documents" / "assets"
ASSET_SCHEME = "asset"
BASE_URL = f"{ASSET_SCHEME}:///"
MAX_PAGES = 300
TOLERANCE = 1.0  # CSS pixels
FIXED_DATE = "2000-01-01T00:00:00Z"
MEDIA_TYPES = {".woff2": "font/woff2", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}
MEMORY = 1024**3  # bytes of address space; a lease of eight pages needs a fifth of it
IDLE_SECONDS = 300
DOCUMENTS_EACH = 500  # engines keep fonts until their process ends

Engine = Callable[[str], bytes]
# The first byte of an answer; what follows is the PDF, nothing, or a sentence.
MADE, TOO_WIDE, REFUSED = b"P", b"W", b"R"


@cache
def load(wanted: str) -> Engine:
    """The engine `plutoprint` or `weasyprint`, or the other where it cannot be loaded. Raises `PdfProblem`."""
    order = {
        "plutoprint": (_load_plutoprint, _load_weasyprint),
        "weasyprint": (_load_weasyprint, _load_plutoprint),
    }
    if wanted not in order:
        raise PdfProblem(f"LEASE_PDF_ENGINE is “{wanted}”; it can be plutoprint or weasyprint.")
    reasons: list[str] = []
    for attempt in order[wanted]:
        try:
            return attempt()
        except (ImportError, OSError) as reason:  # WeasyPrint raises OSError where Pango is missing
            reasons.append(str(reason))
    raise PdfProblem(
        "No PDF engine can be loaded. Install plutoprint, or WeasyPrint with "
        "`apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz0b libfontconfig1`. " + "; ".join(reasons)
    )


@lru_cache(maxsize=64)  # every document asks for the same sheets and fonts
def _asset(url: str) -> Path | None:
    parts = urlsplit(url)
    path = (ASSETS / unquote(parts.path).lstrip("/")).resolve()
    ours = parts.scheme == ASSET_SCHEME and not parts.netloc and path.is_relative_to(ASSETS)
    return path if ours and path.suffix in MEDIA_TYPES and path.is_file() else None


class _Assets:
    """Finds files under `ASSETS` and keeps a list of everything else that was asked for."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    def find(self, url: str) -> Path | None:
        path = _asset(url)
        if path is None:
            self.refused.append(url)
        return path

    def check(self) -> None:
        if self.refused:
            raise PdfProblem(
                f"The document asks for “{self.refused[0][:80]}”. Documents may use only the fonts and images "
                "that belong to this product; nothing is loaded from elsewhere."
            )


def _load_plutoprint() -> Engine:
    import plutoprint  # noqa: PLC0415  # absent where only the other engine has a wheel

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

    def by_plutoprint(html: str) -> bytes:
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

    return by_plutoprint


def _load_weasyprint() -> Engine:
    logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)  # a line a page otherwise
    import weasyprint  # noqa: PLC0415  # half a second, and absent where plutoprint has a wheel
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415  # as above

    class Fetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint is untyped for us
        def __init__(self, assets: _Assets) -> None:
            super().__init__()
            self.assets = assets

        def fetch(self, url: str, headers: object = None) -> object:
            path = self.assets.find(url)
            body = path.read_bytes() if path else b""
            kind = MEDIA_TYPES[path.suffix] if path else "text/plain"
            return URLFetcherResponse(url, body=body, headers={"Content-Type": kind})

    def by_weasyprint(html: str) -> bytes:
        assets = _Assets()
        document = weasyprint.HTML(string=html, base_url=BASE_URL, url_fetcher=Fetcher(assets)).render()
        assets.check()
        if len(document.pages) > MAX_PAGES:
            raise PdfProblem(f"The document runs to {len(document.pages)} pages; the limit is {MAX_PAGES}.")
        pdf: bytes = document.write_pdf()
        return pdf

    return by_weasyprint


def answer(wanted: str, html: str) -> bytes:
    """One document laid out, as the bytes that go back."""
    try:
        return MADE + load(wanted)(html)
    except TextTooWide:
        return TOO_WIDE
    except PdfProblem as problem:
        return REFUSED + str(problem).encode()


def main(socket: int, wanted: str) -> None:
    """Answer documents until the other side is gone, or has had no work for a while."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):  # macOS knows this limit and does not take it
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    connection = Connection(socket)
    with suppress(EOFError, BrokenPipeError):
        for _ in range(DOCUMENTS_EACH):
            if not connection.poll(IDLE_SECONDS):
                return
            connection.send_bytes(answer(wanted, connection.recv_bytes().decode()))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
