"""Pages as people read them."""

import re
from html import unescape

from django.http import FileResponse
from django.test import Client
from django.utils.html import strip_tags

from esign.admin.leases.shown import mark_of
from leases.models import Lease


def read(client: Client, url: str) -> str:
    """The words of a page that has to be there."""
    response = client.get(url)
    assert response.status_code == 200, response
    return words(response.content)


def words(content: bytes) -> str:
    return re.sub(r"\s+", " ", unescape(strip_tags(content.decode())))


def download(client: Client, url: str) -> bytes:
    """The bytes of a file that is served."""
    response = client.get(url)
    assert response.status_code == 200, response
    assert response["Content-Type"] == "application/pdf"
    assert "no-store" in response["Cache-Control"]
    assert isinstance(response, FileResponse)
    return b"".join(response.streaming_content)


def post(client: Client, url: str, **fields: object) -> str:
    """What the page says that a form leads to."""
    response = client.post(url, fields, follow=True)
    assert response.status_code == 200, response
    return words(response.content)


def confirmed(*leases: Lease) -> dict[str, str]:
    """What “Send for signature” posts when its button is pressed under these leases as they stand now."""
    return {"sure": "yes"} | {f"shown-{lease.pk}": mark_of(lease) for lease in leases}
