"""Every line of a run as a file: CSV, streamed piece by piece, or an Excel workbook with the summary by property."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any

from django.db.models import QuerySet
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from esign.campaigns.results import by_property
from esign.models import BatchLine, State
from leases.models import LeaseParty, PartyRole

AT_ONCE = 1_000  # lines that are read together
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
MONEY = "#,##0.00"

Cell = str | int | Decimal | date | datetime | None


@dataclass(frozen=True)
class Column:
    """`width` in characters."""

    title: str
    width: int = 12
    is_money: bool = False


COLUMNS = (
    Column("Lease", 14), Column("Property", 24), Column("Unit", 8), Column("Tenants", 28), Column("For"),
    Column("Line"), Column("Why", 50), Column("Rent now", is_money=True), Column("Offer", 14),
    Column("New rent", is_money=True), Column("From"), Column("Envelope", 18), Column("Sent", 18), Column("Signed", 18),
)  # fmt: skip
BY_PROPERTY = (
    Column("Property", 28), Column("Leases"), Column("Offered"), Column("Signed"), Column("Skipped"),
    Column("Left out"),
)  # fmt: skip
READ = (
    "lease_id", "lease__number", "lease__unit__property__name", "lease__unit__number", "occasion", "status", "reason",
    "last_error", "foretold", "rent_now", "rent_planned", "offer__number", "offer__rent", "offer__start_date",
    "envelope__state", "envelope__sent_at", "envelope__completed_at",
)  # fmt: skip


def as_csv(lines: QuerySet[BatchLine]) -> Iterator[str]:
    """The lines as a file, a piece at a time."""
    yield _written([[column.title for column in COLUMNS]])
    for piece in _pieces(lines):
        yield _written(piece)


def as_workbook(lines: QuerySet[BatchLine]) -> IO[bytes]:
    """A workbook of two sheets, written row by row into a temporary file, which is open at its beginning."""
    book = Workbook(write_only=True)
    _fill(book.create_sheet("Leases"), COLUMNS, (row for piece in _pieces(lines) for row in piece))
    homes = by_property(lines)
    counted = ((home.name, home.leases, home.offered, home.signed, home.skipped, home.left_out) for home in homes)
    _fill(book.create_sheet("By property"), BY_PROPERTY, counted)
    file = TemporaryFile()  # noqa: SIM115 - the caller sends it and closes it
    book.save(file)
    file.seek(0)
    return file


# --- rows -------------------------------------------------------------------------------------------------


def _pieces(lines: QuerySet[BatchLine]) -> Iterator[list[Sequence[Cell]]]:
    """The lines, read AT_ONCE at a time, with the names of their tenants. Two statements for each piece."""
    rows = lines.values(*READ).iterator(chunk_size=AT_ONCE)
    while piece := list(islice(rows, AT_ONCE)):
        names = _tenants([row["lease_id"] for row in piece])
        yield [_cells(row, names.get(row["lease_id"], [])) for row in piece]


def _tenants(leases: Sequence[int]) -> dict[int, list[str]]:
    named: dict[int, list[str]] = {}
    tenants = LeaseParty.objects.filter(lease__in=leases, role=PartyRole.TENANT).order_by("lease_id", "order")
    for lease_id, name in tenants.values_list("lease_id", "tenant__name"):
        named.setdefault(lease_id, []).append(name)
    return named


def _cells(row: dict[str, Any], tenants: Sequence[str]) -> Sequence[Cell]:
    state, is_offered = row["envelope__state"], row["offer__number"] is not None
    return (
        row["lease__number"],
        row["lease__unit__property__name"],
        row["lease__unit__number"],
        ", ".join(tenants),
        row["occasion"],
        str(BatchLine.Status(row["status"]).label),
        row["reason"] or row["last_error"] or row["foretold"],
        row["rent_now"],
        row["offer__number"],
        row["offer__rent"] if is_offered else row["rent_planned"],
        row["offer__start_date"],
        str(State(state).label) if state else "",
        row["envelope__sent_at"],
        row["envelope__completed_at"],
    )


def _text(value: str) -> str:
    """With a mark before what a spreadsheet would run as a formula."""
    return f"'{value}" if value.startswith(FORMULA) else value


# --- CSV --------------------------------------------------------------------------------------------------


def _written(rows: Iterable[Sequence[Cell]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([_as_written(cell) for cell in row] for row in rows)
    return out.getvalue()


def _as_written(value: Cell) -> str:
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(" ", "minutes")
    return _text(value) if isinstance(value, str) else "" if value is None else str(value)


# --- XLSX -------------------------------------------------------------------------------------------------


def _fill(sheet: Any, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> None:
    sheet.freeze_panes = "A2"
    for place, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    titles = [WriteOnlyCell(sheet, value=column.title) for column in columns]
    for cell in titles:
        cell.font = Font(bold=True)
    sheet.append(titles)
    # A row is written at once, so one cell serves a whole column. The library chooses the format of dates by itself.
    money = {place: WriteOnlyCell(sheet) for place, column in enumerate(columns) if column.is_money}
    for cell in money.values():
        cell.number_format = MONEY
    for row in rows:
        values = [_as_typed(value) for value in row]
        for place, cell in money.items():
            if values[place] is not None:
                cell.value, values[place] = values[place], cell
        sheet.append(values)


def _as_typed(value: Cell) -> Any:
    """Excel knows no time zones, and no control characters."""
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None)
    return (_text(ILLEGAL_CHARACTERS_RE.sub("", value)) or None) if isinstance(value, str) else value
