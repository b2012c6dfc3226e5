"""Faults on order: each strikes the call it was meant for and is counted; the journal tells what was done."""

from __future__ import annotations

import time

import pytest
import urllib3

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, Json
from docusign_emulator.tests.server import Emulator


def order(docusign: Emulator, **rule: object) -> None:
    docusign.control("POST", "faults", rule)


def hits(docusign: Emulator) -> int:
    return int(docusign.control("GET", "faults")["faults"][0]["hits"])


def envelopes(docusign: Emulator) -> int:
    return int(docusign.control("GET", "state")["counts"]["envelopes"])


def journal(docusign: Emulator, operation: str) -> list[Json]:
    return list(docusign.control("GET", f"journal?operation={operation}")["journal"])


def test_before_the_effect_nothing_is_done(api: Api, docusign: Emulator) -> None:
    order(docusign, operation="createEnvelope", action="before_effect", status=500, errorCode="UNSPECIFIED_ERROR")
    answer = api.raw("POST", "/envelopes", papers.envelope())
    assert (answer.status, envelopes(docusign), hits(docusign)) == (500, 0, 1)
    line = journal(docusign, "createEnvelope")[0]
    assert (line["status"], line["effectDone"], line["fault"]) == (500, False, "before_effect")


def test_after_the_effect_the_envelope_is_there_and_the_answer_is_not(api: Api, docusign: Emulator) -> None:
    order(docusign, operation="createEnvelope", action="after_effect", status=500)
    answer = api.raw("POST", "/envelopes", papers.envelope())
    assert (answer.status, envelopes(docusign), hits(docusign)) == (500, 1, 1)
    assert journal(docusign, "createEnvelope")[0]["effectDone"]


@pytest.mark.parametrize("action", ["before_effect", "after_effect"])
def test_a_connection_reset_leaves_the_sender_in_doubt(api: Api, docusign: Emulator, action: str) -> None:
    order(docusign, operation="createEnvelope", action=action, reset=True)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        api.raw("POST", "/envelopes", papers.envelope())
    assert envelopes(docusign) == (action == "after_effect")


def test_a_hanging_call_outlasts_an_impatient_caller(api: Api, docusign: Emulator) -> None:
    order(docusign, operation="createEnvelope", action="after_effect", hang=30)
    token = api.token
    impatient = urllib3.PoolManager(retries=False, timeout=0.5)
    url = f"{docusign.base}/restapi/v2.1/accounts/{api.account_id}/envelopes"
    with pytest.raises(urllib3.exceptions.TimeoutError):
        impatient.request("POST", url, json=papers.envelope(), headers={"Authorization": f"Bearer {token}"})
    assert envelopes(docusign) == 1


def test_a_cut_body_promises_more_than_it_brings(api: Api, docusign: Emulator) -> None:
    order(docusign, operation="createEnvelope", action="cut_body")
    with pytest.raises(urllib3.exceptions.ProtocolError):
        api.raw("POST", "/envelopes", papers.envelope())
    assert envelopes(docusign) == 1


def test_a_late_effect_lands_when_no_one_expects_it_any_more(api: Api, docusign: Emulator) -> None:
    order(docusign, operation="createEnvelope", action="late_effect", delay=1200)
    assert api.raw("POST", "/envelopes", papers.envelope(transactionId="row-1")).status == 503
    assert envelopes(docusign) == 0
    docusign.control("POST", "clock/advance", {"minutes": 19})
    assert envelopes(docusign) == 0
    happened = docusign.control("POST", "clock/advance", {"minutes": 2})["events"]
    assert [one["kind"] for one in happened] == ["late_effect"]
    assert envelopes(docusign) == 1
    assert [line["effectDone"] for line in journal(docusign, "createEnvelope")] == [False, True]


def test_a_slow_call_comes_right_in_the_end(api: Api, docusign: Emulator) -> None:
    order(docusign, operation="getEnvelope", action="slow", delay=0.4)
    envelope_id = api.create()
    before = time.monotonic()
    assert api.status(envelope_id) == "sent"
    assert time.monotonic() - before >= 0.4


def test_a_revoked_token_is_dead_for_good(api: Api, docusign: Emulator) -> None:
    order(docusign, operation="listStatusChanges", action="token_revoked")
    assert api.refused("GET", "/envelopes", status=401, from_date="2020-01-01") == "AUTHORIZATION_INVALID_TOKEN"
    assert api.refused("GET", "/envelopes", status=401, from_date="2020-01-01") == "AUTHORIZATION_INVALID_TOKEN"
    api._token = ""
    api.get("/envelopes", from_date="2020-01-01")


def test_one_search_may_lag(api: Api, docusign: Emulator) -> None:
    order(docusign, operation="listStatusChanges", action="search_lag", delay=60)
    api.create(transactionId="row-1")
    assert api.get("/envelopes", transaction_ids="row-1")["envelopes"] == []
    assert len(api.get("/envelopes", transaction_ids="row-1")["envelopes"]) == 1


def test_a_fault_waits_for_its_turn_and_then_passes(api: Api, docusign: Emulator) -> None:
    order(docusign, operation="createEnvelope", action="before_effect", skip=1, times=2)
    statuses = [api.raw("POST", "/envelopes", papers.envelope()).status for _ in range(5)]
    assert statuses == [201, 503, 503, 201, 201]


def test_a_fault_strikes_only_what_it_names(api: Api, docusign: Emulator) -> None:
    order(docusign, operation="createEnvelope", action="before_effect", match={"transactionId": "row-2"}, times=0)
    statuses = [
        api.raw("POST", "/envelopes", papers.envelope(transactionId=row)).status for row in ("row-1", "row-2", "row-3")
    ]
    assert statuses == [201, 503, 201]


def test_chance_repeats_itself_with_the_same_seed(api: Api, docusign: Emulator) -> None:
    def run() -> list[int]:
        docusign.control("DELETE", "faults")
        order(docusign, operation="getEnvelope", action="before_effect", probability=0.5, seed=7, times=0)
        return [api.raw("GET", f"/envelopes/{envelope_id}").status for _ in range(12)]

    envelope_id = api.create()
    first = run()
    assert set(first) == {200, 503}
    assert run() == first


def test_a_token_call_can_fail_too(docusign: Emulator) -> None:
    order(docusign, operation="requestJwtToken", action="before_effect", status=503)
    with pytest.raises(AssertionError):
        Api(docusign).create()
    Api(docusign).create()


@pytest.mark.parametrize(
    "rule", [{}, {"operation": "createEnvelope"}, {"operation": "x", "action": "slow", "delay": "long"}]
)
def test_a_fault_that_makes_no_sense_is_refused(docusign: Emulator, rule: Json) -> None:
    assert "error" in docusign.control("POST", "faults", rule, expect=400)


def test_a_call_no_one_knows_is_listed(docusign: Emulator) -> None:
    answer = docusign.http("GET", "/restapi/v2.1/accounts/x/workspaces")
    assert answer.status == 404
    assert [one["path"] for one in docusign.control("GET", "unhandled")["unhandled"]] == [
        "/restapi/v2.1/accounts/x/workspaces"
    ]
