"""What every answer tells the browser, beside what Django's own middleware does."""

from collections.abc import Callable
from typing import Any

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers

# The admin's own look: Alpine evaluates the expressions in its attributes, and both set styles in attributes.
# Scripts in the page itself stay forbidden there too. docs/decisions/0020-csp-of-the-admin.md
STAFF_PAGES = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE], "frame-src": [SELF, "blob:"]}
# No page asks for any of these, so no script that gets in can.
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in ("camera", "microphone", "geolocation", "payment", "usb", "serial", "display-capture")
)


class AnswerHeaders:
    """Below CSPMiddleware, which writes the policy that is chosen here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response: Any = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if "Cache-Control" not in response.headers:
            add_never_cache_headers(response)  # says "no-store" and "private"
        if request.path_info.startswith("/admin/"):
            response._csp_replace = STAFF_PAGES | getattr(response, "_csp_replace", {})
        return response  # type: ignore[no-any-return]  # an attribute of django-csp had to be set
