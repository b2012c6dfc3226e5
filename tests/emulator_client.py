"""The emulator's control API as typed calls: the oracle and the hands of the tests.

Only HTTP is shared with the emulator; nothing of it is imported.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self

import urllib3

Json = dict[str, Any]
Action = Literal["view", "sign", "decline", "access_code_failed", "autorespond"]


class EmulatorError(AssertionError):
    """The emulator refused a control call, so the test asked for something that cannot be."""


@dataclass(frozen=True)
class Mail:
    """One mail or text message that the emulator "sent"."""

    at: datetime
    kind: str
    channel: str
    to: str
    name: str
    subject: str
    body: str
    link: str | None
    envelope_id: str | None
    recipient_id: str | None

    @classmethod
    def parse(cls, answer: Json) -> Self:
        return cls(
            at=datetime.fromisoformat(answer["at"]),
            kind=answer["kind"],
            channel=answer["channel"],
            to=answer["to"],
            name=answer["name"],
            subject=answer["subject"],
            body=answer["body"],
            link=answer.get("link"),
            envelope_id=answer.get("envelopeId"),
            recipient_id=answer.get("recipientId"),
        )


@dataclass(frozen=True)
class Call:
    """One API request as the emulator saw it; `effect_done` tells whether it changed anything there."""

    at: datetime
    operation: str | None
    method: str
    path: str
    status: int | None
    error_code: str | None
    fault: str | None
    effect_done: bool
    body_sha256: str | None
    trace_token: str | None

    @classmethod
    def parse(cls, answer: Json) -> Self:
        return cls(
            at=datetime.fromisoformat(answer["at"]),
            operation=answer.get("operation"),
            method=answer["method"],
            path=answer["path"],
            status=answer.get("status"),
            error_code=answer.get("errorCode"),
            fault=answer.get("fault"),
            effect_done=bool(answer["effectDone"]),
            body_sha256=answer.get("bodySha256"),
            trace_token=answer.get("traceToken"),
        )


class EmulatorClient:
    """`base_url` without a slash at its end, as `http://127.0.0.1:8900`."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._http = urllib3.PoolManager(timeout=urllib3.Timeout(connect=3, read=60), retries=False)

    # --- the whole ---------------------------------------------------------------------------------

    def reset(self) -> None:
        """Forgets everything but the developer account; the clock goes back to real time."""
        self._call("POST", "reset")

    def state(self) -> Json:
        """Counts, and every envelope with its recipients' status."""
        return self._object("GET", "state")

    def envelopes(self) -> list[Json]:
        return list(self.state()["envelopes"])

    def envelope(self, envelope_id: str) -> Json:
        for envelope in self.envelopes():
            if envelope["envelopeId"] == envelope_id:
                return dict(envelope)
        raise EmulatorError(f"The emulator has no envelope {envelope_id}.")

    def unhandled(self) -> list[Json]:
        """Calls it did not know: each is a hole in the emulator or a mistake of ours."""
        return self._list("GET", "unhandled", "unhandled")

    # --- time --------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return datetime.fromisoformat(self._object("GET", "clock")["now"])

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> list[Json]:
        """Runs everything that falls due, in order, and answers it."""
        body = {"days": days, "hours": hours, "minutes": minutes, "seconds": seconds}
        return list(self._object("POST", "clock/advance", body)["events"])

    # --- faults ------------------------------------------------------------------------------------

    def fault(self, operation: str, action: str, **options: Any) -> str:
        """Orders a fault for coming calls of `operation` and answers its id, for `fault_hits`.

        Options: match, skip, times, probability, seed, status, errorCode, hang, reset, delay.
        """
        return str(self._object("POST", "faults", {"operation": operation, "action": action, **options})["id"])

    def faults(self) -> list[Json]:
        return self._list("GET", "faults", "faults")

    def fault_hits(self, fault_id: str) -> int:
        """A fault that never fired proves nothing: tests assert on this."""
        return next(int(fault["hits"]) for fault in self.faults() if str(fault["id"]) == fault_id)

    def clear_faults(self) -> None:
        self._call("DELETE", "faults")

    # --- what was asked of it ----------------------------------------------------------------------

    def journal(self, operation: str | None = None, envelope_id: str | None = None) -> list[Call]:
        fields = {"operation": operation, "envelopeId": envelope_id}
        return [Call.parse(entry) for entry in self._list("GET", "journal", "journal", fields)]

    def clear_journal(self) -> None:
        self._call("DELETE", "journal")

    def mail(self, to: str | None = None) -> list[Mail]:
        """The oldest first."""
        return [Mail.parse(mail) for mail in self._list("GET", "mail", "mail", {"to": to})]

    # --- people ------------------------------------------------------------------------------------

    def act(
        self,
        envelope_id: str,
        recipient_id: str,
        action: Action,
        *,
        reason: str | None = None,
        values: Mapping[str, str] | None = None,
        name: str | None = None,
    ) -> Json:
        """Does what the signing page does for that recipient; the routing order holds here too."""
        body: Json = {"envelopeId": envelope_id, "recipientId": recipient_id, "action": action}
        body |= {key: value for key, value in (("reason", reason), ("values", values), ("name", name)) if value}
        return self._object("POST", "recipients/act", body)

    def sign(self, envelope_id: str, recipient_id: str, **options: Any) -> Json:
        return self.act(envelope_id, recipient_id, "sign", **options)

    def decline(self, envelope_id: str, recipient_id: str, reason: str) -> Json:
        return self.act(envelope_id, recipient_id, "decline", reason=reason)

    # --- Connect -----------------------------------------------------------------------------------

    def deliveries(self) -> list[Json]:
        return self._list("GET", "deliveries", "deliveries")

    def flush_deliveries(self) -> list[Json]:
        """Delivers everything that waits, now, and answers when the last answer is there."""
        return self._list("POST", "deliveries/flush", "deliveries")

    def resend_delivery(self, delivery_id: str | int) -> Json:
        return self._object("POST", f"deliveries/{delivery_id}/resend")

    def hold_connect(self) -> None:
        self._call("POST", "connect/hold")

    def release_connect(self) -> None:
        self._call("POST", "connect/release")

    # --- what Docusign has not documented, and limits -----------------------------------------------

    def switches(self) -> Json:
        return self._object("GET", "switches")

    def set_switches(self, **switches: Any) -> Json:
        return self._object("PUT", "switches", switches)

    def limits(self) -> Json:
        return self._object("GET", "limits")

    def set_limits(self, **limits: int) -> Json:
        return self._object("PUT", "limits", limits)

    # --- plumbing ----------------------------------------------------------------------------------

    def wait_until_up(self, timeout: float = 20) -> None:
        """Raises TimeoutError after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                self._call("GET", "clock")
                return
            except urllib3.exceptions.HTTPError:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"The emulator at {self.base_url} did not answer in {timeout} s.") from None
                time.sleep(0.05)

    def _object(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Json:
        answer = self._call(method, path, body=body)
        if not isinstance(answer, dict):
            raise EmulatorError(f"{method} {path} answered {answer!r}, not an object.")
        return answer

    def _list(self, method: str, path: str, key: str, fields: Mapping[str, str | None] | None = None) -> list[Json]:
        """A list, whether it stands alone or in an object under `key`."""
        answer = self._call(method, path, fields=fields)
        return list(answer[key] if isinstance(answer, dict) else answer)

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        fields: Mapping[str, str | None] | None = None,
    ) -> Any:
        url = f"{self.base_url}/_emulator/api/{path}"
        query = {name: value for name, value in (fields or {}).items() if value is not None}
        if method in {"POST", "PUT"}:
            answer = self._http.request(method, url, json=dict(body or {}))
        else:
            answer = self._http.request(method, url, fields=query)
        if answer.status >= 400:
            raise EmulatorError(f"{method} {path}: {answer.status} {answer.data.decode(errors='replace')[:500]}")
        return answer.json() if answer.data else None
