"""What can come of a call: the three families and when to come back."""

import json
from datetime import UTC, datetime

import pytest

from esign.docusign.errors import (
    DocusignBusy,
    DocusignConflict,
    DocusignError,
    DocusignNotFound,
    DocusignRefused,
    DocusignUnknown,
    NothingDone,
    NotSignedIn,
    TokenRejected,
    classify,
    reset_time,
)


def answer(code: str, status: int = 400) -> DocusignError:
    return classify(status, json.dumps({"errorCode": code, "message": "why"}).encode(), {})


@pytest.mark.parametrize(
    ("code", "status", "family"),
    [
        ("HOURLY_APIINVOCATION_LIMIT_EXCEEDED", 400, DocusignBusy),
        ("HOURLY_APIINVOCATION_LIMIT_EXCEEDED", 429, DocusignBusy),
        ("Burst_Envelope_Polling_Limit_Exceeded", 400, DocusignBusy),
        ("AUTHORIZATION_INVALID_TOKEN", 401, TokenRejected),
        ("PARTNER_AUTHENTICATION_FAILED", 401, NotSignedIn),
        ("ENVELOPE_INVALID_STATUS", 400, DocusignConflict),
        ("ENVELOPE_CANNOT_VOID_INVALID_STATE", 400, DocusignConflict),
        ("ENVELOPE_DOES_NOT_EXIST", 404, DocusignNotFound),
        ("ANCHOR_TAB_STRING_NOT_FOUND", 400, DocusignRefused),
        ("UNSPECIFIED_ERROR", 500, DocusignUnknown),
    ],
)
def test_the_error_code_decides_what_to_do_next(code: str, status: int, family: type[DocusignError]) -> None:
    assert isinstance(answer(code, status), family)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 302])
def test_an_answer_that_is_none_leaves_the_outcome_unknown(status: int) -> None:
    error = classify(status, b"<html>oops</html>", {})
    assert isinstance(error, DocusignUnknown)
    assert not isinstance(error, NothingDone)


@pytest.mark.parametrize("status", [429, 444])
def test_a_limit_without_a_code_is_still_a_limit(status: int) -> None:
    assert isinstance(classify(status, b"", {}), DocusignBusy)


def test_the_message_says_what_docusign_said() -> None:
    assert "why" in str(answer("SOMETHING_NEW"))


def test_a_limit_opens_at_the_reset_that_docusign_names() -> None:
    now = datetime(2026, 11, 24, 10, 40, tzinfo=UTC)
    reset = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
    headers = {"X-RateLimit-Reset": str(int(reset.timestamp()))}

    assert reset_time(headers, "hourly_apiinvocation_limit_exceeded", now=now) == reset


@pytest.mark.parametrize("header", ["", "soon", "0", "99999999999"])
def test_without_a_believable_reset_we_wait_for_the_clock_hour(header: str) -> None:
    now = datetime(2026, 11, 24, 10, 40, tzinfo=UTC)

    at = reset_time({"X-RateLimit-Reset": header}, "hourly_apiinvocation_limit_exceeded", now=now)

    assert at == datetime(2026, 11, 24, 11, 0, 5, tzinfo=UTC)
