"""How a page of the emulator is made: its template, its policy, its headers."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from starlette.responses import HTMLResponse

FOLDER = Path(__file__).parent
STATIC_URL = "/_emulator/static"

_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals["static"] = lambda path: f"{STATIC_URL}/{path}"


def page(
    template: str, *, status: int = 200, frame_ancestors: Sequence[str] = ("'self'",), **context: Any
) -> HTMLResponse:
    """The template as a page that loads nothing from another host.

    frame_ancestors: the origins that may show the page in a frame; "*" for all.
    """
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
        f"connect-src 'self'; base-uri 'none'; frame-ancestors {' '.join(frame_ancestors)}"
    )
    return HTMLResponse(
        _templates.get_template(template).render(**context),
        status_code=status,
        headers={
            "Content-Security-Policy": policy,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


def for_script(state: dict[str, Any]) -> Markup:
    """JSON that cannot end the script element it stands in."""
    escaped = json.dumps(state).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(escaped)  # noqa: S704  # nothing left in it that HTML would read
