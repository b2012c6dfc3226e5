"""Request logging: the calls that a user's applications made, for who looks for a mistake.

https://developers.docusign.com/docs/esign-rest-api/esign101/api-logging/
"""

from __future__ import annotations

import io
import zipfile

from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import invalid_parameter, no_such_resource
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.paths import V21, Row

MAX_ENTRIES = 50
_KIND = "request_logging"


def get_settings(call: Call) -> Reply:
    return Reply(_told(call))


def update_settings(call: Call) -> Reply:
    """PUT settings: the caller's requests are logged from now on, or no longer."""
    most = _entries(call)
    if formats.truth(call.json.get("apiRequestLogging")):
        since = _setting(call)["since"] or _last(call)
        call.store.keep(_KIND, call.user.user_id, {"on": True, "since": since, "most": most})
    else:
        call.store.keep(_KIND, call.user.user_id, {"on": False, "since": 0, "most": most})
    return get_settings(call)


def list_all(call: Call) -> Reply:
    """GET request_logs: one for each call. A ZIP of their texts when the caller accepts one."""
    found = _logged(call)
    if "zip" not in call.headers.get("accept", ""):
        return Reply({"apiRequestLogs": [_brief(line) for line in found]})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for line in found:
            zipped.writestr(f"{line['id']}_{line['operation']}.txt", _text(line))
    return Reply(out.getvalue(), content_type="application/zip")


def get(call: Call) -> Reply:
    """GET request_logs/{requestLogId}: the call as text."""
    for line in _logged(call):
        if str(line["id"]) == call.params["requestLogId"]:
            return Reply(_text(line).encode(), content_type="text/plain; charset=utf-8")
    raise no_such_resource("request log")


def delete_all(call: Call) -> Reply:
    known = _setting(call)
    call.store.keep(_KIND, call.user.user_id, known | {"since": _last(call)})
    return Reply({})


def _setting(call: Call) -> Json:
    return call.store.record(_KIND, call.user.user_id) or {"on": False, "since": 0, "most": MAX_ENTRIES}


def _told(call: Call) -> Json:
    known = _setting(call)
    left = max(0, known["most"] - len(_logged(call))) if known["on"] else 0
    return {
        "apiRequestLogging": formats.flag(known["on"]),
        "apiRequestLogMaxEntries": str(known["most"]),
        "apiRequestLogRemainingEntries": str(left),
    }


def _entries(call: Call) -> int:
    try:
        most = formats.integer(call.json.get("apiRequestLogMaxEntries"), MAX_ENTRIES)
    except ValueError as error:
        raise invalid_parameter("apiRequestLogMaxEntries is not a number.") from error
    if not 0 < most <= MAX_ENTRIES:
        raise invalid_parameter(f"apiRequestLogMaxEntries is from 1 to {MAX_ENTRIES}.")
    return most


def _last(call: Call) -> int:
    rows = call.store.sql("SELECT coalesce(max(id), 0) AS n FROM lines WHERE kind = 'journal'")
    return int(rows[0]["n"])


def _logged(call: Call) -> list[Json]:
    """The first calls of the caller since logging began, as many as are kept."""
    known = _setting(call)
    if not known["on"]:
        return []
    after = [line for line in call.store.lines("journal", last=1000) if line["id"] > known["since"]]
    return [line for line in after if line["userName"] == call.user.name][: known["most"]]


def _brief(line: Json) -> Json:
    return {
        "requestLogId": str(line["id"]),
        "createdDateTime": line["at"],
        "status": str(line["status"]),
        "description": f"{line['method']} {line['path']}",
    }


def _text(line: Json) -> str:
    query = "&".join(f"{key}={value}" for key, value in line["query"].items())
    asked = f"{line['method']} {line['path']}{'?' if query else ''}{query}"
    return (
        f"{line['at']}\nTraceToken: {line['traceToken']}\n\n{asked}\n{line['bodyBytes']} bytes\n\n"
        f"{line['status']} {line['errorCode'] or ''}\n"
    )


_LOGS = f"{V21}/diagnostics"
ROWS: list[Row] = [
    ("GET", f"{_LOGS}/settings", "getRequestLogSettings", get_settings),
    ("PUT", f"{_LOGS}/settings", "updateRequestLogSettings", update_settings),
    ("GET", f"{_LOGS}/request_logs", "listRequestLogs", list_all),
    ("GET", _LOGS + "/request_logs/{requestLogId}", "getRequestLog", get),
    ("DELETE", f"{_LOGS}/request_logs", "deleteRequestLogs", delete_all),
]
