"""What a file is that is said to be the scan of a signed lease. Runs as a process of its own, with limits.

The file comes from outside: a broken or hostile PDF may take all memory, or never end, or crash the reader. So it is
opened in a child process (this very file, with the scan on its standard input), which imports nothing of ours.
"""

import resource
import subprocess
import sys

MAX_PAGES = 300
MAX_POINTS = 14_400  # the largest page of the PDF standard: 200 inches
SECONDS = 20
MEMORY = 1024**3


def objection_to_scan(content: bytes) -> str:
    """Why this cannot be the scan of a signed lease, in a sentence for the office; empty when it can."""
    if not content.startswith(b"%PDF-"):
        return "This is not a PDF. Save the scan as PDF and attach that."
    try:
        looked = subprocess.run(  # noqa: S603  # our own interpreter and this very file; the scan is only its input
            [sys.executable, "-I", __file__],
            input=content,
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return BROKEN
    return looked.stdout.decode(errors="replace").strip() if looked.returncode == 0 else BROKEN


BROKEN = "This PDF cannot be opened. Scan the lease again, or save it as PDF once more, and attach that."


def look(content: bytes) -> str:
    """The same, in the child. Raises whatever the reader raises."""
    import pypdfium2  # noqa: PLC0415  # only the child reads PDFs

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    document = pypdfium2.PdfDocument(content)
    if not len(document):
        return "This PDF has no page. Attach the scan with every page of the lease."
    if len(document) > MAX_PAGES:
        return f"This PDF has {len(document)} pages. Attach the lease alone, of at most {MAX_PAGES} pages."
    for number in range(len(document)):
        page = document[number]  # raises for a page that is not there
        if not all(0 < side <= MAX_POINTS for side in page.get_size()):
            return f"Page {number + 1} of this PDF has no size that can be printed. Scan it once more."
    first = document[0].render(scale=0.2)  # what cannot be drawn cannot be read either
    return "" if first.width and first.height else BROKEN


if __name__ == "__main__":
    sys.stdout.write(look(sys.stdin.buffer.read()))
