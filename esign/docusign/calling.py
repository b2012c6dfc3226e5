"""The one way every call goes: budget, token, one request with a deadline, one row that tells how it went."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import urllib3
from django.utils import timezone

from esign.docusign import budget
from esign.docusign.budget import Lane, Reservation
from esign.docusign.errors import (
    DocusignBusy,
    DocusignError,
    DocusignRefused,
    DocusignReply,
    DocusignUnknown,
    NotSignedIn,
    RecipientDone,
    TokenRejected,
    Unreachable,
    classify,
)
from esign.docusign.login import access
from esign.docusign.rest import api_client
from esign.models import DocusignCall, DocusignConnection, Envelope

logger = logging.getLogger(__name__)

Headers = Mapping[str, str]
Send = Callable[[Any], tuple[Any, int, Headers]]


class Caller:
    """Calls Docusign for one connection, in one lane of its budget."""

    def __init__(self, connection: DocusignConnection, *, lane: Lane = Lane.SETTLE) -> None:
        self.connection = connection
        self.lane = lane

    @property
    def _account(self) -> str:
        return self.connection.account_id

    def _call(self, operation: str, send: Send, *, envelope: Envelope | None = None) -> dict[str, Any]:
        """Budget, token, one request; a rejected token is renewed once."""
        paused_until = self.connection.paused_until
        if paused_until and paused_until > timezone.now():
            raise NotSignedIn(self.connection.paused_because, retry_at=paused_until)
        place = budget.take(self.connection, self.lane)
        try:
            token = access.access_token(self.connection)
            access.identify(self.connection)
        except NotSignedIn as error:
            self.connection.pause(str(error), wait=error.retry_at - timezone.now())
            raise
        try:
            return self._request(operation, send, token, place, envelope)
        except TokenRejected:
            place = budget.take(self.connection, self.lane)
            return self._request(operation, send, access.access_token(self.connection, rejected=token), place, envelope)

    def _request(
        self, operation: str, send: Send, token: str, place: Reservation, envelope: Envelope | None
    ) -> dict[str, Any]:
        api = api_client(self.connection)
        api.set_default_header("Authorization", f"Bearer {token}")
        started_at, clock = timezone.now(), time.monotonic()
        data, status, headers, error = _attempt(api, send)
        duration_ms = int((time.monotonic() - clock) * 1000)
        answer = (
            error.answer if error else DocusignReply(status, trace_token=headers.get("X-DocuSign-TraceToken", "")[:80])
        )
        self._record(operation, envelope, started_at, duration_ms, answer, error)
        budget.note(self.connection, place, error, headers)
        if isinstance(error, DocusignBusy):
            budget.block(self.connection, error.retry_at)
        if error is not None:
            raise error
        self.connection.works()
        return data

    def _record(
        self,
        operation: str,
        envelope: Envelope | None,
        started_at: datetime,
        duration_ms: int,
        answer: DocusignReply,
        error: DocusignError | None,
    ) -> None:
        outcome = DocusignCall.Outcome.OK
        if error is not None:
            unknown = isinstance(error, DocusignUnknown)
            outcome = DocusignCall.Outcome.UNKNOWN if unknown else DocusignCall.Outcome.REFUSED
        DocusignCall.objects.create(
            connection=self.connection,
            envelope=envelope,
            operation=operation,
            started_at=started_at,
            duration_ms=duration_ms,
            outcome=outcome,
            status=answer.status,
            error_code=answer.error_code,
            message=(answer.message or (str(error) if error else ""))[:300],
            trace_token=answer.trace_token,
            docusign_id=envelope.docusign_id if envelope else None,
        )
        logger.info("docusign %s %s %s", operation, outcome, answer.error_code or answer.status or "")


def _attempt(api: Any, send: Send) -> tuple[dict[str, Any], int | None, Headers, DocusignError | None]:
    """Make the request and sort what comes of it into an answer or one of our errors."""
    from docusign_esign.client.api_exception import ApiException

    try:
        data, status, headers = send(api)
    except ApiException as refusal:
        if not refusal.status:
            return {}, None, {}, DocusignUnknown("The secure connection to Docusign broke.")
        headers = refusal.headers or {}
        return {}, refusal.status, headers, classify(refusal.status, refusal.body, headers)
    except urllib3.exceptions.HTTPError as broken:
        return {}, None, {}, _transport_error(broken)
    except (ValueError, TypeError, AttributeError):
        # The SDK raises these when a 2xx body is not what its models expect.
        return {}, None, {}, DocusignUnknown("Docusign's answer cannot be read.")
    if isinstance(data, bytes):
        return {"file": data}, status, headers, None
    plain = api.sanitize_for_serialization(data)
    return plain if isinstance(plain, dict) else {}, status, headers, None


def _transport_error(broken: urllib3.exceptions.HTTPError) -> DocusignError:
    """Whether the request can have reached Docusign decides everything that follows."""
    reason = getattr(broken, "reason", None) or broken
    never_sent = isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)
    if never_sent or "CERTIFICATE_VERIFY_FAILED" in str(reason):
        return Unreachable("Docusign cannot be reached. Check the network; we keep trying.")
    return DocusignUnknown("The connection to Docusign broke before its answer came.")


def raise_item_error(summary: Mapping[str, Any]) -> None:
    """Docusign answers 200 with `errorDetails` inside when one item of a change failed."""
    details = summary.get("errorDetails")
    code = str(details.get("errorCode") or "") if isinstance(details, Mapping) else ""
    if code and code.upper() != "SUCCESS":
        answer = DocusignReply(200, code[:80], str(details.get("message") or "")[:300])  # type: ignore[union-attr]  # a code means a mapping
        if code.upper() == "RECIPIENT_UPDATE_FAILED":
            raise RecipientDone("Docusign: this person has finished already.", answer=answer)
        raise DocusignRefused(f"Docusign: {answer.message or code}", answer=answer)
