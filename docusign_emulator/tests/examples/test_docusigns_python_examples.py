"""Docusign's published Python example application, run as it is against the emulator, through its own web pages.

It is not part of this repository, and skipped without DOCUSIGN_EXAMPLES:

    DOCUSIGN_EXAMPLES           a checkout of docusign/code-examples-python
    DOCUSIGN_EXAMPLES_PYTHON    an interpreter that has its requirements; the one running this by default
    DOCUSIGN_EXAMPLES_MANIFEST  a copy of the texts of its pages, manifest/CodeExamplesManifest.json of
                                docusign/code-examples-csharp; by default the application asks GitHub for it
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from pypdf import PdfReader

from docusign_emulator.tests.examples.examples import FILLED, Examples
from docusign_emulator.tests.examples.vendor_app import python_app
from docusign_emulator.tests.examples.visitor import Page, Visitor
from docusign_emulator.tests.server import emulator

EXAMPLES = os.environ.get("DOCUSIGN_EXAMPLES", "")
pytestmark = pytest.mark.skipif(
    not EXAMPLES, reason="DOCUSIGN_EXAMPLES does not point at a checkout of docusign/code-examples-python"
)
# All there are (no 21 was published), but two with tests of their own: 7 and 43.
NUMBERS = [one for one in range(1, 46) if one not in (7, 21, 43)]


class PythonExamples(Examples):
    def log_in(self, user: str = "user_id") -> Page:
        """With the authorization code grant and PKCE, consent given on the emulator's page."""
        page = self.visitor.open(f"{self.app.url}/ds/must_authenticate")
        return self.consent(self.visitor.submit(page, {"auth_type": "code_grant"}), user)

    def begin(self) -> None:
        super().begin()
        assert "Property Administrator" in self.log_in().text


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PythonExamples]:
    folder = tmp_path_factory.mktemp("vendor")
    python = os.environ.get("DOCUSIGN_EXAMPLES_PYTHON", sys.executable)
    texts = os.environ.get("DOCUSIGN_EXAMPLES_MANIFEST")
    with (
        emulator(folder / "docusign", tls=True) as docusign,
        python_app(Path(EXAMPLES), python, Path(texts) if texts else None, docusign.credentials, folder) as app,
    ):
        yield PythonExamples(app, docusign)


@pytest.fixture
def examples(application: PythonExamples) -> Iterator[PythonExamples]:
    """Each example begins in a session of its own, with no envelope and no template remembered."""
    application.begin()
    yield application
    assert application.docusign.control("GET", "unhandled")["unhandled"] == []


@pytest.mark.parametrize("number", NUMBERS)
def test_an_example_of_docusigns_runs_unchanged(examples: PythonExamples, number: int) -> None:
    examples.run(number)


def test_the_application_logs_in_with_a_jwt_too(examples: PythonExamples) -> None:
    visitor = Visitor(Path(examples.docusign.credentials["ca_file"]))
    page = visitor.open(f"{examples.app.url}/ds/must_authenticate")
    assert "Property Administrator" in examples.right(visitor.submit(page, {"auth_type": "jwt"})).text
    assert examples.journal()[-1]["operation"] == "userInfo"


def test_example_7_gets_its_document_before_its_page_fails(examples: PythonExamples) -> None:
    """With the Flask it pins, `send_file` has no `attachment_filename`: the application's own mistake."""
    with pytest.raises(AssertionError, match="attachment_filename"):
        examples.run(7)
    last = examples.journal()[-1]
    assert (last["operation"], last["status"]) == ("getDocument", 200)


def test_example_1_leads_to_the_signing_page_and_back_again(examples: PythonExamples) -> None:
    session = examples.run(1).url
    assert "/signing/session/" in session
    examples.visitor.open(f"{session}/consent", json.dumps({}))
    done = examples.visitor.open(f"{session}/finish", json.dumps({"signature": {"name": "Sig Ner"}, "values": {}}))
    back = json.loads(done.body)["redirect"]
    assert parse_qs(urlsplit(back).query)["event"] == ["signing_complete"]
    assert "signing_complete" in examples.right(examples.visitor.open(back)).text
    assert examples.newest()["status"] == "completed"


def test_example_11_leads_to_the_page_where_a_sender_places_fields(examples: PythonExamples) -> None:
    page = examples.run(11)
    assert "/sending/" in page.url
    assert examples.newest()["status"] == "created"


def test_example_19_asks_the_signer_for_the_access_code(examples: PythonExamples) -> None:
    examples.run(19)
    page = examples.visitor.open(examples.mail()[0]["link"])
    assert json.loads(examples.visitor.open(f"{page.url}/state").body)["locked"] == "access_code"
    answer = examples.visitor.open(f"{page.url}/access-code", json.dumps({"code": "4711"}))
    assert json.loads(answer.body)["ok"] is True


def test_example_31_sends_a_copy_to_each_of_its_list(examples: PythonExamples) -> None:
    examples.run(31)
    examples.docusign.control("POST", "clock/advance", {"minutes": 5})
    envelopes = examples.docusign.control("GET", "state")["envelopes"]
    signers = {one["name"] for envelope in envelopes for one in envelope["recipients"] if envelope["status"] == "sent"}
    assert {"One Tenant", "Two Tenant"} <= signers


def test_examples_32_and_33_pause_and_go_on(examples: PythonExamples) -> None:
    examples.run(32)
    examples.act("1")
    second = {one["recipientId"]: one["status"] for one in examples.newest()["recipients"]}["2"]
    assert second == "created"
    examples.run(33)
    assert {one["recipientId"]: one["status"] for one in examples.newest()["recipients"]}["2"] == "sent"


@pytest.mark.parametrize(("ticked", "chosen"), [("false", "A Two"), ("true", "B Two")])
def test_example_34_chooses_the_second_signer_by_a_box(examples: PythonExamples, ticked: str, chosen: str) -> None:
    examples.run(34)
    examples.act("1", values={"ApproveWhenChecked": ticked})
    assert [one["name"] for one in examples.newest()["recipients"]] == ["One Tenant", chosen]


def test_example_37_sends_a_text_message(examples: PythonExamples) -> None:
    examples.run(37)
    assert ("sms", "+15550100") in {(one["channel"], one["to"]) for one in examples.mail()}


def test_example_20_asks_for_a_code_by_phone(examples: PythonExamples) -> None:
    examples.run(20)
    page = examples.visitor.open(examples.mail()[0]["link"])
    state = json.loads(examples.visitor.open(f"{page.url}/state").body)
    assert (state["locked"], state["check"]["numbers"]) == ("phone", ["••• ••• 0100"])
    examples.visitor.open(f"{page.url}/phone-code/send", json.dumps({"number": 0, "way": "sms"}))
    code = examples.mail()[-1]
    assert (code["channel"], code["to"]) == ("sms", "+15550100")
    answer = examples.visitor.open(f"{page.url}/phone-code", json.dumps({"code": code["body"]}))
    assert json.loads(answer.body)["ok"] is True


def test_example_41_asks_for_a_code_by_text_message(examples: PythonExamples) -> None:
    page = examples.run(41)
    state = json.loads(examples.visitor.open(f"{page.url}/state").body)
    assert (state["locked"], state["check"]["numbers"]) == ("phone", ["••• ••• 0100"])


def test_example_42_decides_the_conditions_and_fills_the_table_of_its_word_file(examples: PythonExamples) -> None:
    examples.run(42)
    address = f"{examples.docusign.base}/_emulator/envelopes/{examples.newest()['envelopeId']}/combined.pdf"
    pages = PdfReader(io.BytesIO(examples.visitor.open(address).body)).pages
    words = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "Dear Kan Did" in words
    assert "reporting to Man Ager" in words
    assert "Compensation Component Details Salary" in words
    assert ("15-inch laptop" in words) != ("13-inch laptop" in words)
    assert "{{" not in words


def test_example_43_lets_an_agent_see_the_envelopes_of_the_principal(examples: PythonExamples) -> None:
    examples.run(43)
    examples.right(examples.visitor.open(f"{examples.app.url}/eg043auth"))
    asked = examples.visitor.open(f"{examples.app.url}/eg043reauthenticate")
    listed = examples.consent(examples.visitor.submit(asked, {"auth_type": "code_grant"}), "second_user_id")
    assert listed.url.endswith("/eg043envelopes")
    assert examples.newest()["envelopeId"] in listed.text


def test_example_45_takes_an_envelope_out_of_the_bin(examples: PythonExamples) -> None:
    before = in_bin(examples)
    deleted = examples.run(45)
    assert len(in_bin(examples)) == len(before) + 1
    bin_page = examples.visitor.open(urljoin(deleted.url, re.findall(r'href="(eg045restore)"', deleted.text)[0]))
    examples.right(examples.visitor.submit(bin_page, FILLED))
    assert in_bin(examples) == before


def in_bin(examples: PythonExamples) -> list[str]:
    envelopes = examples.docusign.control("GET", "state")["envelopes"]
    return [one["envelopeId"] for one in envelopes if one["folder"] == "recyclebin"]


def test_example_14_is_paid_with_a_test_card(examples: PythonExamples) -> None:
    examples.run(14)
    examples.act("1", values={"l1q": "2", "l2q": "1"})
    (charge,) = examples.docusign.control("GET", "payments")["payments"]
    assert (charge["amount"], charge["currency"], charge["status"]) == (16000, "USD", "payment_complete")
