"""Finding envelopes: the filters of listStatusChanges, with its trap.

`status` unset or "any" leaves drafts out. https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/liststatuschanges/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from docusign_emulator.envelopes.model import Envelope, parse
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import invalid_parameter
from docusign_emulator.storage.store import Store

TRANSACTION_LIFE = timedelta(days=7)
LOOK_BACK = timedelta(days=730)
MAX_ROWS = 1000
# Column the from_to_status qualifier compares with the dates.
_DATES = {
    "changed": "changed_at",
    "created": "created_at",
    "sent": "sent_at",
    "delivered": "delivered_at",
    "signed": "completed_at",
    "completed": "completed_at",
    "declined": "declined_at",
    "voided": "voided_at",
    "deleted": "deleted_at",
}
_ORDERS = {
    "action_required": "changed_at", "created": "created_at", "completed": "completed_at", "envelope_name": "subject",
    "expire": "changed_at", "last_modified": "modified_at", "sent": "sent_at", "signer_list": "search",
    "status": "status", "status_changed": "changed_at", "subject": "subject", "user_name": "sender",
}  # fmt: skip
_STATUSES = {
    "any", "completed", "correct", "created", "declined", "deleted", "delivered", "processing", "sent", "signed",
    "template", "timedout", "voided", "authoritativecopy",
}  # fmt: skip
_FOLDER_TYPES = {"draft", "inbox", "sentitems", "recyclebin", "normal", "templates", "trash"}


@dataclass
class Page:
    envelopes: list[Envelope]
    start: int
    total: int
    wanted: int


def search(store: Store, query: Mapping[str, str], sender: str | None = None) -> Page:
    """One page of what the query asks for; of one sender's envelopes, or of all.

    Raises ApiError for a query Docusign would refuse.
    """
    if not any(
        query.get(name) for name in ("from_date", "envelope_ids", "transaction_ids", "folder_ids", "folder_types")
    ):
        raise invalid_parameter("from_date, envelope_ids or transaction_ids is required.")
    if store.switches["list_needs_to_date"] and query.get("from_date") and not query.get("to_date"):
        raise invalid_parameter("to_date is required.")
    where = ["status != 'template'"]
    values: list[str] = []
    if sender is not None:
        where.append("sender = ?")
        values.append(sender)
    _by_ids(store, query, where, values)
    _by_dates(store, query, where, values)
    _by_status(query, where, values)
    _by_words(query, where, values)
    start, count = _numbers(query)
    condition = " AND ".join(where)
    total = store.sql(f"SELECT count(*) AS n FROM envelopes WHERE {condition}", *values)[0]["n"]  # noqa: S608 - built of constants
    rows = store.sql(
        f"SELECT doc FROM envelopes WHERE {condition} ORDER BY {_order(query)} LIMIT ? OFFSET ?",  # noqa: S608 - built of constants
        *values, count, start,
    )  # fmt: skip
    return Page([parse(row["doc"]) for row in rows], start, total, count)


def by_transaction(store: Store, transaction_id: str) -> list[str]:
    """Ids of the envelopes made with it within the seven days Docusign keeps it, and visible to a search."""
    since = formats.stamp(store.clock.now() - TRANSACTION_LIFE)
    rows = store.sql(
        "SELECT id FROM envelopes WHERE transaction_id = ? AND created_at > ? AND modified_at <= ? ORDER BY created_at",
        transaction_id, since, _visible(store),
    )  # fmt: skip
    return [row["id"] for row in rows]


def split(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _visible(store: Store) -> str:
    """A search sees only what is older than its lag."""
    return formats.stamp(store.clock.now() - timedelta(seconds=store.switches["search_lag_seconds"]))


def _by_ids(store: Store, query: Mapping[str, str], where: list[str], values: list[str]) -> None:
    if store.switches["search_lag_seconds"]:
        where.append("modified_at <= ?")
        values.append(_visible(store))
    ids = [one.lower() for one in split(query.get("envelope_ids"))]
    if query.get("envelope_ids"):
        where.append(f"id IN ({', '.join('?' * len(ids))})")
        values += ids
    transactions = split(query.get("transaction_ids"))
    if transactions:
        where.append(f"transaction_id IN ({', '.join('?' * len(transactions))}) AND created_at > ?")
        values += [*transactions, formats.stamp(store.clock.now() - TRANSACTION_LIFE)]


def _by_dates(store: Store, query: Mapping[str, str], where: list[str], values: list[str]) -> None:
    qualifier = (query.get("from_to_status") or "changed").lower()
    column = _DATES.get(qualifier)
    if column is None and qualifier != "timedout":
        raise invalid_parameter(f"from_to_status is not {qualifier[:30]!r}.")
    if column is None:
        where.append("0")
        return
    for name, sign in (("from_date", ">="), ("to_date", "<=")):
        if query.get(name):
            try:
                edge = formats.stamp(formats.moment(query[name]))
            except ValueError as error:
                raise invalid_parameter(f"{name} is not a date.") from error
            where.append(f"{column} {sign} ?")
            values.append(edge)
    if not query.get("from_date") and not query.get("envelope_ids") and not query.get("transaction_ids"):
        where.append("changed_at >= ?")
        values.append(formats.stamp(store.clock.now() - LOOK_BACK))


def _by_status(query: Mapping[str, str], where: list[str], values: list[str]) -> None:
    """No status, or "any" among them: everything but drafts. The recycle bin only when asked for."""
    wanted = {status.lower() for status in split(query.get("status"))}
    unknown = wanted - _STATUSES
    if unknown:
        raise invalid_parameter(f"status is not {', '.join(sorted(unknown))[:60]}.")
    folders = {one.lower() for one in split(query.get("folder_types")) + split(query.get("folder_ids"))}
    if folders:
        marks = ", ".join("?" * len(folders))
        where.append(f"folder IN ({marks})")
        values += sorted({"trash": "recyclebin"}.get(folder, folder) for folder in folders)
    elif "deleted" not in wanted:
        where.append("folder != 'recyclebin'")
    if not wanted or "any" in wanted:
        if not folders:
            where.append("status != 'created'")
        return
    if "signed" in wanted:
        wanted |= {"completed"}
    condition = f"status IN ({', '.join('?' * len(wanted))})"
    if "deleted" in wanted:
        condition = f"({condition} OR folder = 'recyclebin')"
    where.append(condition)
    values += sorted(wanted)


def _by_words(query: Mapping[str, str], where: list[str], values: list[str]) -> None:
    if query.get("custom_field"):
        name, equals, value = query["custom_field"].partition("=")
        if not equals:
            raise invalid_parameter("custom_field is name=value.")
        where.append("id IN (SELECT envelope_id FROM envelope_fields WHERE name = ? AND value = ?)")
        values += [name.strip(), value.strip()]
    for name in ("search_text", "email", "user_name"):
        if query.get(name):
            where.append("instr(search, ?) > 0")
            values.append(query[name].lower())
    if query.get("user_id"):
        where.append("sender = ?")
        values.append(query["user_id"].lower())
    if (query.get("user_filter") or "").lower() == "recipient":
        where.append("0")


def _numbers(query: Mapping[str, str]) -> tuple[int, int]:
    try:
        start, count = formats.integer(query.get("start_position"), 0), formats.integer(query.get("count"), MAX_ROWS)
    except ValueError as error:
        raise invalid_parameter("start_position and count are numbers.") from error
    if start < 0 or count < 0:
        raise invalid_parameter("start_position and count are not negative.")
    return start, min(count or MAX_ROWS, MAX_ROWS)


def _order(query: Mapping[str, str]) -> str:
    column = _ORDERS.get((query.get("order_by") or "status_changed").lower())
    order = (query.get("order") or "asc").lower()
    if column is None or order not in ("asc", "desc"):
        raise invalid_parameter("order_by or order has a value Docusign does not know.")
    return f"{column} {order}, id"
