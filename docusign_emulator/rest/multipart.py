"""Multipart bodies: one JSON part and the documents as bytes, each with `documentid=` in its disposition.

https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/documents/
"""

from __future__ import annotations

import re

from python_multipart import multipart as parser
from python_multipart.exceptions import MultipartParseError

from docusign_emulator.protocol.errors import invalid_body

_DOCUMENT_ID = re.compile(rb"documentid\s*=\s*\"?([^\";\s]+)", re.IGNORECASE)


def split(content_type: str, body: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The JSON part, and the file parts by documentId. Raises ApiError when the body is not what it says."""
    _, options = parser.parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise invalid_body("The multipart content type names no boundary.")
    parts: list[tuple[dict[bytes, bytes], bytearray]] = []
    name = bytearray()
    value = bytearray()

    def on_part_begin() -> None:
        parts.append(({}, bytearray()))

    def on_part_data(data: bytes, start: int, end: int) -> None:
        parts[-1][1].extend(data[start:end])

    def on_header_field(data: bytes, start: int, end: int) -> None:
        name.extend(data[start:end])

    def on_header_value(data: bytes, start: int, end: int) -> None:
        value.extend(data[start:end])

    def on_header_end() -> None:
        parts[-1][0][bytes(name).lower()] = bytes(value)
        name.clear()
        value.clear()

    reading = parser.MultipartParser(
        boundary,
        {
            "on_part_begin": on_part_begin,
            "on_part_data": on_part_data,
            "on_header_field": on_header_field,
            "on_header_value": on_header_value,
            "on_header_end": on_header_end,
        },
    )
    try:
        reading.write(body)
        reading.finalize()
    except MultipartParseError as error:
        raise invalid_body("The multipart body cannot be read.") from error
    definition, uploads = b"", {}
    for headers, content in parts:
        found = _DOCUMENT_ID.search(headers.get(b"content-disposition", b""))
        if found:
            uploads[found[1].decode("latin-1")] = bytes(content)
        elif b"json" in headers.get(b"content-type", b"json"):
            definition = bytes(content)
    return definition, uploads
