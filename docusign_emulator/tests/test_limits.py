"""Limits: how many calls an account, and one envelope, may get."""

from __future__ import annotations

from typing import Any

import pytest

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api
from docusign_emulator.tests.server import Emulator

ASK: dict[str, Any] = {"from_date": "2020-01-01"}


def test_every_answer_tells_what_is_left(api: Api, docusign: Emulator) -> None:
    docusign.control("PUT", "limits", {"hourly": 3000, "burst": 500})
    api.get("/envelopes", **ASK)
    first = int(api.last_headers["x-ratelimit-remaining"])
    api.get("/envelopes", **ASK)
    assert int(api.last_headers["x-ratelimit-remaining"]) == first - 1
    assert api.last_headers["x-ratelimit-limit"] == "3000"
    assert api.last_headers["x-burstlimit-limit"] == "500"
    assert int(api.last_headers["x-ratelimit-reset"]) % 3600 == 0
    assert api.last_headers["x-docusign-tracetoken"]


@pytest.mark.parametrize("status", [400, 429])
def test_the_hour_runs_out_and_a_new_one_begins(api: Api, docusign: Emulator, status: int) -> None:
    docusign.control("PUT", "switches", {"limit_status": status})
    used = int(docusign.control("GET", "limits")["headers"]["X-RateLimit-Remaining"])
    docusign.control("PUT", "limits", {"hourly": 100_000 - used + 2})
    codes = {api.raw("GET", "/envelopes", **ASK).status for _ in range(3)}
    assert codes == {200, status}
    assert api.refused("GET", "/envelopes", status=status, **ASK) == "HOURLY_APIINVOCATION_LIMIT_EXCEEDED"
    assert api.last_headers["x-ratelimit-remaining"] == "0"
    docusign.control("POST", "clock/advance", {"hours": 1})
    api.get("/envelopes", **ASK)


def test_a_burst_is_stopped_and_passes_in_half_a_minute(api: Api, docusign: Emulator) -> None:
    docusign.control("POST", "clock/advance", {"seconds": 31})
    docusign.control("PUT", "limits", {"burst": 3})
    for _ in range(3):
        api.get("/envelopes", **ASK)
    assert api.refused("GET", "/envelopes", **ASK) == "BURST_APIINVOCATION_LIMIT_EXCEEDED"
    docusign.control("POST", "clock/advance", {"seconds": 31})
    api.get("/envelopes", **ASK)


def test_a_limit_can_be_ordered_as_a_fault_with_retry_after(api: Api, docusign: Emulator) -> None:
    docusign.control("PUT", "switches", {"limit_status": 429, "limit_retry_after": True})
    docusign.control("POST", "faults", {"operation": "createEnvelope", "action": "limit"})
    assert api.refused("POST", "/envelopes", {}, status=429) == "HOURLY_APIINVOCATION_LIMIT_EXCEEDED"
    assert 0 < int(api.last_headers["retry-after"]) <= 3600
    assert api.refused("GET", "/envelopes", status=429, **ASK) == "HOURLY_APIINVOCATION_LIMIT_EXCEEDED"


def test_asking_after_one_envelope_too_often_is_stopped(api: Api, docusign: Emulator) -> None:
    docusign.control("PUT", "switches", {"envelope_polling_limit": True})
    docusign.control("PUT", "limits", {"envelope_polling_burst": 2, "envelope_update_burst": 1})
    envelope_id, other = api.create(), api.create()
    api.status(envelope_id)
    api.status(envelope_id)
    assert api.refused("GET", f"/envelopes/{envelope_id}") == "Burst_Envelope_Polling_Limit_Exceeded"
    api.status(other)
    api.call("PUT", f"/envelopes/{envelope_id}", {})
    assert api.refused("PUT", f"/envelopes/{envelope_id}", {}) == "Burst_APIInvocation_Envelope_Limit_Exceeded"


def test_an_unfinished_document_is_not_downloaded_without_end(api: Api, docusign: Emulator) -> None:
    docusign.control("PUT", "switches", {"document_throttle": True})
    envelope_id = api.create()
    path = f"/envelopes/{envelope_id}/documents/combined"
    assert [api.raw("GET", path).status for _ in range(4)] == [200, 200, 200, 400]
    api.complete(envelope_id)
    assert api.raw("GET", path).status == 200


def test_a_request_may_be_only_so_large(api: Api) -> None:
    answer = api.raw("POST", "/envelopes", b" " * 35_651_585)
    assert answer.status == 413


def test_the_same_bytes_come_only_so_often(api: Api, docusign: Emulator) -> None:
    docusign.control("PUT", "switches", {"same_bytes_limit": True})
    for _ in range(70):
        api.create(status="created")
    assert api.refused("POST", "/envelopes", papers.envelope(status="created")) == "UNSPECIFIED_ERROR"
    docusign.control("POST", "clock/advance", {"minutes": 61})
    api.create(status="created")
