"""What can come of a call to Docusign, named for what to do next.

Three families, and the whole send protocol hangs on telling them apart:

* `NothingDone`: the call had no effect and the same call may work later. Wait, then repeat.
* `DocusignRefused`: Docusign understood and said no. Nothing happened; somebody has to change something.
* `DocusignUnknown`: the outcome is unknown. Never repeat; ask Docusign what is there (`esign.envelopes.dispatch`).

Sources: https://developers.docusign.com/docs/esign-rest-api/esign101/error-codes/ and, for the limits,
https://developers.docusign.com/docs/esign-rest-api/esign101/rules-and-limits/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone


@dataclass(frozen=True)
class DocusignReply:
    """What Docusign said when it said no."""

    status: int | None = None
    error_code: str = ""
    message: str = ""
    trace_token: str = ""


class DocusignError(Exception):
    """A call to Docusign did not do what was asked. The message is fit for the office to read."""

    def __init__(self, message: str, *, answer: DocusignReply | None = None) -> None:
        super().__init__(message)
        self.answer = answer or DocusignReply()


class NothingDone(DocusignError):
    """The call had no effect; the same call may work at `retry_at`."""

    def __init__(self, message: str, *, answer: DocusignReply | None = None, retry_at: datetime | None = None) -> None:
        super().__init__(message, answer=answer)
        self.retry_at = retry_at or timezone.now() + timedelta(seconds=60)


class DocusignBusy(NothingDone):
    """A rate limit, ours or theirs, or the breaker is open."""


class Unreachable(NothingDone):
    """No connection was made, so nothing was asked."""


class NotSignedIn(NothingDone):
    """No token is to be had: a key, id or user is wrong. An operator has to fix the connection."""


class ConsentMissing(NotSignedIn):
    """This integration was not allowed to act for its user. An administrator has to grant consent."""


class TokenRejected(NothingDone):
    """401: the token is no longer good. One new token is worth one more try."""


class DocusignRefused(DocusignError):
    """Docusign understood and said no."""


class DocusignNotFound(DocusignRefused):
    """There is no such thing in this account."""


class DocusignConflict(DocusignRefused):
    """The envelope is not in a state that allows this: look at it again."""


class RecipientDone(DocusignConflict):
    """The recipient has signed or declined, so nothing of theirs can be changed."""


class PhoneCheckMissing(DocusignRefused):
    """The account's plan has no phone authentication."""


class DocusignUnknown(DocusignError):
    """Time-out, reset, 5xx or an answer that cannot be read: it may have happened."""


TOKEN_CODES = {"authorization_invalid_token", "user_authentication_failed"}
ACCESS_CODES = {
    "partner_authentication_failed": "Docusign does not know this integration key, or it is not live here.",
    "user_lacks_permissions": "The Docusign user we act as lacks the permission for this.",
    "user_lacks_membership": "The Docusign user we act as is not a member of the account.",
    "user_does_not_belong_to_specified_account": "The Docusign user we act as does not belong to the account.",
    "account_lacks_permissions": "The Docusign account's plan does not include this.",
}
CONFLICT_CODES = {
    "envelope_invalid_status",
    "envelope_cannot_void_invalid_state",
    "edit_lock_envelope_already_locked",
    "edit_lock_not_lock_owner",
    "recipient_not_in_sequence",
}
NOT_FOUND_CODES = {"envelope_does_not_exist", "document_does_not_exist", "resource_not_found"}
LIMIT_CODES = {
    "hourly_apiinvocation_limit_exceeded",
    "burst_apiinvocation_limit_exceeded",
    "hourly_envelope_polling_limit_exceeded",
    "burst_envelope_polling_limit_exceeded",
    "hourly_apiinvocation_envelope_limit_exceeded",
    "burst_apiinvocation_envelope_limit_exceeded",
    "api_request_is_throttled",
}
ADVICE = {
    "anchor_tab_string_not_found": "A signature place was not found in the document. Check the document template.",
    "invalid_email_address_for_recipient": "Docusign does not accept one of the e-mail addresses. Correct it.",
    "envelope_allowance_exceeded": "The Docusign account has used up its envelopes. Raise the plan's allowance.",
    "unable_to_load_document": "Docusign could not read one of the documents.",
    "onesignallsign_not_satisfied": "A signer has nothing to sign in the documents. Check the document template.",
    "duplicate_recipient_not_allowed": "Two people with one name and e-mail address sign at the same step.",
    "unknown_envelope_recipient": "Docusign has no such signer on this envelope.",
}


def reset_time(headers: Mapping[str, str], error_code: str, *, now: datetime | None = None) -> datetime:
    """When a limit opens again: the reset header, else the window named by the error code."""
    now = now or timezone.now()
    reset = headers.get("X-RateLimit-Reset", "")
    if error_code.startswith("burst"):
        return now + timedelta(seconds=31)
    if reset.isdigit():
        at = datetime.fromtimestamp(int(reset), tz=UTC)
        if now < at <= now + timedelta(hours=2):
            return at
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1, seconds=5)


def parse_answer(status: int, body: bytes | str | None, headers: Mapping[str, str]) -> DocusignReply:
    """Read an error body as far as it can be read: JSON, HTML or nothing."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
    trace = headers.get("X-DocuSign-TraceToken", "")[:80]
    try:
        parsed: Any = json.loads(text)
    except ValueError:
        return DocusignReply(status, "", "", trace)
    if not isinstance(parsed, dict):
        return DocusignReply(status, "", "", trace)
    return DocusignReply(status, str(parsed.get("errorCode") or "")[:80], str(parsed.get("message") or "")[:300], trace)


def classify(status: int, body: bytes | str | None, headers: Mapping[str, str]) -> DocusignError:
    """The error for an answer that was not 2xx. The code decides first, the status where there is none."""
    answer = parse_answer(status, body, headers)
    code = answer.error_code.lower()
    said = f"Docusign: {answer.message or answer.error_code or f'HTTP {status}'}"
    if code in LIMIT_CODES or status in (429, 444):
        return DocusignBusy(
            "Docusign's limit of calls is used up for now.", answer=answer, retry_at=reset_time(headers, code)
        )
    if code in ACCESS_CODES:
        retry_at = timezone.now() + timedelta(minutes=5)
        return NotSignedIn(ACCESS_CODES[code], answer=answer, retry_at=retry_at)
    if status == 401 or code in TOKEN_CODES:
        return TokenRejected("Docusign no longer accepts our token.", answer=answer)
    # Without a code of Docusign's it may be a gateway that says no, to a call that went through before.
    if not code or status >= 500 or status == 408 or not 400 <= status < 500:
        return DocusignUnknown(f"Docusign failed to answer properly (HTTP {status}).", answer=answer)
    if code in NOT_FOUND_CODES or status == 404:
        return DocusignNotFound(said, answer=answer)
    if code in CONFLICT_CODES:
        return DocusignConflict(said, answer=answer)
    return DocusignRefused(f"{ADVICE[code]} ({said})" if code in ADVICE else said, answer=answer)
