"""Pages of a PDF as pictures, for a preview that every browser can show and that keeps its place while one types."""

import struct
import zlib

from esign.documents import textlayer

DOTS_PER_POINT = 1.5  # a letter page is 918 dots wide: sharp at the size of half a screen


def pages_as_png(pdf: bytes, *, most: int) -> list[bytes]:
    """The first `most` pages in grey, as PNG. Raises `PdfProblem` when `pdf` is not a readable PDF."""
    return [_png(*picture) for picture in textlayer.drawn(pdf, scale=DOTS_PER_POINT, most=most)]


def _png(width: int, height: int, grey: bytes) -> bytes:
    """A greyscale PNG, https://www.w3.org/TR/png-3/: signature, header, one block of data, end."""
    header = struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)
    # Each line begins with its filter: none.
    lines = b"".join(b"\0" + grey[start : start + width] for start in range(0, width * height, width))
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(lines, 4)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
