"""Every call this Docusign knows: method, path, the SDK's name for it, and its handler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from docusign_emulator.oauth import grants, userinfo
from docusign_emulator.rest import (
    documents,
    envelopes,
    recipients,
    views,
)
from docusign_emulator.rest.call import Call, Reply

Handler = Callable[[Call], Reply]
ACCOUNT = "/restapi/v2.1/accounts/{accountId}"
ENVELOPE = ACCOUNT + "/envelopes/{envelopeId}"


@dataclass(frozen=True)
class Operation:
    """`changes`: whether a call that goes well leaves something changed. `open`: no token is needed."""

    method: str
    pattern: str
    name: str
    handler: Handler
    changes: bool
    open: bool = False


def _table() -> list[Operation]:
    rows: list[tuple[str, str, str, Handler]] = [
        ("POST", f"{ACCOUNT}/envelopes", "createEnvelope", envelopes.create),
        ("GET", f"{ACCOUNT}/envelopes", "listStatusChanges", envelopes.list_status_changes),
        ("PUT", f"{ACCOUNT}/envelopes/status", "listStatus", envelopes.list_status),
        ("GET", ENVELOPE, "getEnvelope", envelopes.get),
        ("PUT", ENVELOPE, "updateEnvelope", envelopes.update),
        ("GET", f"{ENVELOPE}/audit_events", "listAuditEvents", envelopes.audit_events),
        ("PUT", f"{ACCOUNT}/folders/{{folderId}}", "moveEnvelopes", envelopes.move),
        ("GET", f"{ENVELOPE}/recipients", "listRecipients", recipients.get),
        ("POST", f"{ENVELOPE}/recipients", "createRecipient", recipients.add),
        ("PUT", f"{ENVELOPE}/recipients", "updateRecipients", recipients.update),
        ("DELETE", f"{ENVELOPE}/recipients", "deleteRecipients", recipients.delete_many),
        ("DELETE", f"{ENVELOPE}/recipients/{{recipientId}}", "deleteRecipient", recipients.delete_one),
        ("GET", f"{ENVELOPE}/recipients/{{recipientId}}/tabs", "listTabs", recipients.get_tabs),
        ("POST", f"{ENVELOPE}/recipients/{{recipientId}}/tabs", "createTabs", recipients.add_tabs),
        ("PUT", f"{ENVELOPE}/recipients/{{recipientId}}/tabs", "updateTabs", recipients.update_tabs),
        ("DELETE", f"{ENVELOPE}/recipients/{{recipientId}}/tabs", "deleteTabs", recipients.delete_tabs),
        ("GET", f"{ENVELOPE}/documents", "listDocuments", documents.list_all),
        ("GET", f"{ENVELOPE}/documents/{{documentId}}", "getDocument", documents.get),
        ("POST", f"{ENVELOPE}/views/recipient", "createRecipientView", views.recipient),
    ]
    account = [Operation(m, p, n, h, changes=m != "GET" and n != "listStatus") for m, p, n, h in rows]
    return [
        Operation("POST", "/oauth/token", "requestJwtToken", grants.token, changes=True, open=True),
        Operation("GET", "/oauth/userinfo", "userInfo", userinfo.get, changes=False, open=True),
        *account,
    ]


class Router:
    """Finds the operation of a call. Literal segments win over parameters."""

    def __init__(self, operations: list[Operation]) -> None:
        self._by_length: dict[int, list[tuple[list[str], Operation]]] = {}
        for operation in operations:
            segments = operation.pattern.strip("/").split("/")
            self._by_length.setdefault(len(segments), []).append((segments, operation))
        for candidates in self._by_length.values():
            candidates.sort(key=lambda pair: sum(segment.startswith("{") for segment in pair[0]))

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        segments = path.strip("/").split("/")
        for pattern, operation in self._by_length.get(len(segments), ()):
            if operation.method == method:
                params = _matched(pattern, segments)
                if params is not None:
                    return operation, params
        return None

    def methods(self, path: str) -> set[str]:
        """With which methods the path would be known."""
        segments = path.strip("/").split("/")
        candidates = self._by_length.get(len(segments), ())
        return {operation.method for pattern, operation in candidates if _matched(pattern, segments) is not None}


def _matched(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    params = {}
    for expected, given in zip(pattern, segments, strict=True):
        if expected.startswith("{"):
            if not given:
                return None
            params[expected[1:-1]] = given
        elif expected != given:
            return None
    return params


ROUTER = Router(_table())
