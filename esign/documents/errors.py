"""What can go wrong between a template and a PDF, in words fit for the office."""


class DocumentError(Exception):
    """A document cannot be made; the message says why and what to change."""


class TemplateProblem(DocumentError):
    """A template asks for something it cannot have.

    `line` counts from 1 in the template's own text (None where the whole text is meant) and `variable` is
    the expression as the author wrote it, such as `tenant.phone`, or empty where no variable is at fault.
    `fault` parts what depends on the lease (`empty`) from what no lease could fix (`excess`: beyond all bounds).
    """

    def __init__(
        self, message: str, *, line: int | None = None, variable: str = "", template: str = "", fault: str = ""
    ) -> None:
        super().__init__(message)
        self.fault = fault
        self.message = message
        self.line = line
        self.variable = variable
        self.template = template

    def __str__(self) -> str:
        place = ", ".join(
            part for part in (self.template, f"line {self.line}" if self.line is not None else "") if part
        )
        return f"{place}: {self.message}" if place else self.message


class PdfProblem(DocumentError):
    """The HTML of a document could not be turned into a PDF."""


class TextTooWide(PdfProblem):
    """Something on a page is wider than the page, and nothing lets it break."""

    def __init__(self) -> None:
        super().__init__(
            "Text runs off the side of the page. Shorten the longest word or number, or make its table column wider."
        )
