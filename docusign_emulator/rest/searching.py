"""What lies in a folder, what a search folder finds, and the names that go with an address.

https://developers.docusign.com/docs/esign-rest-api/reference/folders/folders/listitems/
"""

from __future__ import annotations

from docusign_emulator.envelopes import people, present
from docusign_emulator.envelopes.model import IN_PROGRESS, Envelope, parse
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import invalid_parameter, no_such_resource
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import kept
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.envelopes import FOLDERS
from docusign_emulator.rest.paths import ACCOUNT, Row

# Which statuses a search folder finds; None: those where the caller's own signature is awaited.
_SEARCHED = {
    "drafts": ("created",),
    "completed": ("completed",),
    "out_for_signature": IN_PROGRESS,
    "awaiting_my_signature": None,
}
_ORDERS = {
    "action_required": "changed_at", "created": "created_at", "completed": "completed_at", "sent": "sent_at",
    "signer_list": "search", "status": "status", "subject": "subject",
}  # fmt: skip


def search(call: Call) -> Reply:
    """GET search_folders/{searchFolderId}."""
    name = call.params["searchFolderId"].lower()
    if name not in _SEARCHED:
        raise no_such_resource("search folder")
    statuses = _SEARCHED[name]
    found = [one for one in _envelopes(call, statuses or IN_PROGRESS) if statuses or _awaits(one, call.user.email)]
    shown = kept.page(call, "folderItems", found)
    with_people = formats.truth(call.query.get("include_recipients"))
    shown["folderItems"] = [_item(call, one, with_people=with_people) for one in shown["folderItems"]]
    shown["totalRows"] = shown.pop("totalSetSize")
    return Reply(shown)


def list_items(call: Call) -> Reply:
    """GET folders/{folderId}: the folder, and the caller's envelopes in it."""
    folder = call.params["folderId"].lower()
    if folder not in FOLDERS:
        raise no_such_resource("folder")
    where, values = ["folder = ?"], [folder]
    _own(call, where, values)
    found = _found(call, where, values, "changed_at DESC")
    shown = kept.page(call, "envelopes", found)
    shown["envelopes"] = [present.summary(one) for one in shown["envelopes"]]
    return Reply(shown | {"folders": [{"folderId": folder, "name": FOLDERS[folder], "type": folder}]})


def recipient_names(call: Call) -> Reply:
    """GET recipient_names: those that were used with an e-mail address."""
    email = call.query.get("email", "").strip().lower()
    if not email:
        raise invalid_parameter("email is missing.")
    rows = call.store.sql("SELECT doc FROM envelopes WHERE instr(search, ?) > 0 ORDER BY changed_at DESC", email)
    names: dict[str, None] = {}
    for row in rows:
        names |= {one.name: None for one in parse(row["doc"]).recipients if one.email.lower() == email and one.name}
    return Reply(
        {
            "recipientNames": list(names),
            "multipleUsers": formats.flag(len(names) > 1),
            "reservedRecipientEmail": "false",
        }
    )


def _envelopes(call: Call, statuses: tuple[str, ...]) -> list[Envelope]:
    where, values = [f"status IN ({', '.join('?' * len(statuses))})", "folder != 'recyclebin'"], list(statuses)
    _own(call, where, values)
    for key, sign in (("from_date", ">="), ("to_date", "<=")):
        if call.query.get(key):
            try:
                values.append(formats.stamp(formats.moment(call.query[key])))
            except ValueError as error:
                raise invalid_parameter(f"{key} is not a date.") from error
            where.append(f"changed_at {sign} ?")
    column = _ORDERS.get(call.query.get("order_by", "status").lower())
    order = call.query.get("order", "asc").lower()
    if column is None or order not in ("asc", "desc"):
        raise invalid_parameter("order_by or order has a value Docusign does not know.")
    return _found(call, where, values, f"{column} {order}")


def _found(call: Call, where: list[str], values: list[str], order: str) -> list[Envelope]:
    statement = f"SELECT doc FROM envelopes WHERE {' AND '.join(where)} ORDER BY {order}, id"  # noqa: S608 - of constants
    return [parse(row["doc"]) for row in call.store.sql(statement, *values)]


def _own(call: Call, where: list[str], values: list[str]) -> None:
    if not call.user.administrator or not formats.truth(call.query.get("all")):
        where.append("sender = ?")
        values.append(call.user.user_id)


def _awaits(envelope: Envelope, email: str) -> bool:
    return any(one.email.lower() == email.lower() and one.status in IN_PROGRESS for one in envelope.recipients)


def _item(call: Call, envelope: Envelope, *, with_people: bool) -> Json:
    sender = present.sender(call.store, envelope)
    item: Json = {
        "envelopeId": envelope.id,
        "envelopeUri": f"/envelopes/{envelope.id}",
        "recipientsUri": f"/envelopes/{envelope.id}/recipients",
        "folderId": envelope.folder,
        "folderUri": f"/folders/{envelope.folder}",
        "status": envelope.status,
        "subject": envelope.subject,
        "ownerName": sender["userName"],
        "senderName": sender["userName"],
        "senderEmail": sender["email"],
        "senderUserId": sender["userId"],
        "senderCompany": call.store.account.name,
        "createdDateTime": envelope.created_at,
        "lastModifiedDateTime": envelope.modified_at,
        "is21CFRPart11": "false",
    }
    times = {
        "sentDateTime": envelope.sent_at,
        "completedDateTime": envelope.completed_at,
        "expireDateTime": envelope.expires_at,
    }
    item |= {key: value for key, value in times.items() if value}
    return item | ({"recipients": people.lists_to_wire(envelope)} if with_people else {})


ROWS: list[Row] = [
    ("GET", ACCOUNT + "/search_folders/{searchFolderId}", "searchFolders", search),
    ("GET", ACCOUNT + "/folders/{folderId}", "listFolderItems", list_items),
    ("GET", f"{ACCOUNT}/recipient_names", "listRecipientNamesByEmail", recipient_names),
]
