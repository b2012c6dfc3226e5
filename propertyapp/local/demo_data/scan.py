"""A one-page PDF that plays the scan of a lease signed by hand."""

from html import escape

from esign.documents.pdf import render_pdf

STYLES = '<link rel="stylesheet" href="asset:///scripts/latin.css"><link rel="stylesheet" href="asset:///document.css">'


def paper_scan(lines: list[str]) -> bytes:
    """A PDF of one page with these lines of text."""
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return render_pdf(f"<html><head>{STYLES}</head><body>{body}</body></html>")
