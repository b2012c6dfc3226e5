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

from docusign_emulator.tests.conftest import Json
from docusign_emulator.tests.examples.vendor_app import VendorApp, vendor_app
from docusign_emulator.tests.examples.visitor import Page, Visitor
from docusign_emulator.tests.server import Emulator, emulator

EXAMPLES = os.environ.get("DOCUSIGN_EXAMPLES", "")
pytestmark = pytest.mark.skipif(
    not EXAMPLES, reason="DOCUSIGN_EXAMPLES does not point at a checkout of docusign/code-examples-python"
)
# All there are (no 21 was published), but two with tests of their own: 7 and 43.
NUMBERS = [one for one in range(1, 46) if one not in (7, 21, 43)]
# What has to be run first for an example to have something to look at.
NEEDS = {
    3: [2], 4: [2], 5: [2], 6: [2], 7: [2, 6], 9: [8], 12: [2], 13: [8], 15: [16], 17: [8], 18: [16], 25: [24],
    26: [24], 27: [24], 29: [28], 30: [8, 28], 33: [32], 43: [2], 45: [2],
}  # fmt: skip
FILLED = {
    "signer_email": "signer@people.example", "signer_name": "Sig Ner", "cc_email": "cc@people.example",
    "cc_name": "Car Bon", "accessCode": "4711", "document_id": "1", "phone_number": "5550100", "country_code": "1",
    "cc_phone_number": "5550101", "cc_country_code": "1", "resume_date": "2099-01-01", "delay": "2",
    "signer1_email": "one@people.example", "signer1_name": "One Tenant", "signer2_email": "two@people.example",
    "signer2_name": "Two Tenant", "signer_2a_email": "a@people.example", "signer_2a_name": "A Two",
    "signer_2b_email": "b@people.example", "signer_2b_name": "B Two", "signer_email_1": "one@people.example",
    "signer_name_1": "One Tenant", "cc_email_1": "c1@people.example", "cc_name_1": "Cee One",
    "signer_email_2": "two@people.example", "signer_name_2": "Two Tenant", "cc_email_2": "c2@people.example",
    "cc_name_2": "Cee Two", "signer_email2": "two@people.example", "signer_name2": "Two Tenant",
    "candidate_email": "candidate@people.example", "candidate_name": "Kan Did", "manager_name": "Man Ager",
    "salary": "1000", "rsus": "10", "start_date": "2027-01-01", "permission_profile_name": "Leasing",
    "brand_name": "Ours", "email": "agent@property.example", "user_name": "Leasing Agent", "activation": "4711",
    "folder_name": "Sent Items",
}  # fmt: skip


class Examples:
    """The example application, with somebody logged in who tries one example after the other."""

    def __init__(self, app: VendorApp, docusign: Emulator) -> None:
        self.app = app
        self.docusign = docusign
        self.visitor = Visitor(Path(docusign.credentials["ca_file"]))
        self._done: set[int] = set()

    def log_in(self, user: str = "user_id") -> Page:
        """With the authorization code grant and PKCE, consent given on the emulator's page."""
        page = self.visitor.open(f"{self.app.url}/ds/must_authenticate")
        return self.consent(self.visitor.submit(page, {"auth_type": "code_grant"}), user)

    def start_anew(self) -> None:
        """Log out and in again; the application then remembers no envelope and no template."""
        self.visitor.open(f"{self.app.url}/ds/logout")
        self.log_in()
        self._done.clear()

    def consent(self, page: Page, user: str) -> Page:
        if "/oauth/auth" in page.url:
            wanted = {"user_id": self.docusign.credentials[user], "decision": "allow"}
            page = self.visitor.open(urljoin(page.url, page.forms[0].action or page.url), wanted)
        return self.right(page)

    def run(self, number: int) -> Page:
        """Post the example's own form, names filled in, and answer where that leads. No call of it is refused."""
        for earlier in NEEDS.get(number, []):
            if earlier not in self._done:
                self.run(earlier)
        before = self.journal()
        form = self.right(self.visitor.open(f"{self.app.url}/eg{number:03}"))
        assert form.forms, form.text
        answer = self.right(self.visitor.submit(form, FILLED))
        refused = [line for line in self.journal()[len(before) :] if line["status"] >= 400]
        assert not refused, refused
        self._done.add(number)
        return answer

    def right(self, page: Page) -> Page:
        """The page, when it tells of no problem."""
        problem = page.text.partition("Problem: an error occurred")[2].partition("</section>")[0]
        assert page.status == 200, f"{page.url}: {page.status}\n{self.app.log.read_text()[-3000:]}"
        assert not problem, problem
        return page

    def journal(self) -> list[Json]:
        found: list[Json] = self.docusign.control("GET", "journal")["journal"]
        return found

    def newest(self) -> Json:
        """The envelope made last."""
        made = [line for line in self.journal() if line["operation"] == "createEnvelope"][-1]
        envelopes = self.docusign.control("GET", "state")["envelopes"]
        found: Json = next(one for one in envelopes if one["envelopeId"] == made["envelopeId"])
        return found

    def mail(self) -> list[Json]:
        envelope_id = self.newest()["envelopeId"]
        found: list[Json] = self.docusign.control("GET", f"mail?envelopeId={envelope_id}")["mail"]
        return found

    def act(self, recipient_id: str, **more: object) -> None:
        wanted = {"envelopeId": self.newest()["envelopeId"], "recipientId": recipient_id, "action": "sign"}
        self.docusign.control("POST", "recipients/act", wanted | more)


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Examples]:
    folder = tmp_path_factory.mktemp("vendor")
    python = os.environ.get("DOCUSIGN_EXAMPLES_PYTHON", sys.executable)
    texts = os.environ.get("DOCUSIGN_EXAMPLES_MANIFEST")
    with emulator(folder / "docusign", tls=True) as docusign:
        docusign.control("PUT", "limits", {"hourly": 100_000, "burst": 100_000})
        with vendor_app(Path(EXAMPLES), python, Path(texts) if texts else None, docusign.credentials, folder) as app:
            made = Examples(app, docusign)
            assert "Property Administrator" in made.log_in().text
            yield made
        assert docusign.control("GET", "unhandled")["unhandled"] == []


@pytest.mark.parametrize("number", NUMBERS)
def test_an_example_of_docusigns_runs_unchanged(examples: Examples, number: int) -> None:
    examples.run(number)


def test_the_application_logs_in_with_a_jwt_too(examples: Examples) -> None:
    visitor = Visitor(Path(examples.docusign.credentials["ca_file"]))
    page = visitor.open(f"{examples.app.url}/ds/must_authenticate")
    assert "Property Administrator" in examples.right(visitor.submit(page, {"auth_type": "jwt"})).text
    assert examples.journal()[-1]["operation"] == "userInfo"
    examples.start_anew()  # the application keeps one way of logging in for everyone


def test_example_7_gets_its_document_before_its_page_fails(examples: Examples) -> None:
    """With the Flask it pins, `send_file` has no `attachment_filename`: the application's own mistake."""
    with pytest.raises(AssertionError, match="attachment_filename"):
        examples.run(7)
    last = examples.journal()[-1]
    assert (last["operation"], last["status"]) == ("getDocument", 200)


def test_example_1_leads_to_the_signing_page_and_back_again(examples: Examples) -> None:
    session = examples.run(1).url
    assert "/signing/session/" in session
    examples.visitor.open(f"{session}/consent", json.dumps({}))
    done = examples.visitor.open(f"{session}/finish", json.dumps({"signature": {"name": "Sig Ner"}, "values": {}}))
    back = json.loads(done.body)["redirect"]
    assert parse_qs(urlsplit(back).query)["event"] == ["signing_complete"]
    assert "signing_complete" in examples.right(examples.visitor.open(back)).text
    assert examples.newest()["status"] == "completed"


def test_example_11_leads_to_the_page_where_a_sender_places_fields(examples: Examples) -> None:
    page = examples.run(11)
    assert "/sending/" in page.url
    assert examples.newest()["status"] == "created"


def test_example_19_asks_the_signer_for_the_access_code(examples: Examples) -> None:
    examples.run(19)
    page = examples.visitor.open(examples.mail()[0]["link"])
    assert json.loads(examples.visitor.open(f"{page.url}/state").body)["locked"] == "access_code"
    answer = examples.visitor.open(f"{page.url}/access-code", json.dumps({"code": "4711"}))
    assert json.loads(answer.body)["ok"] is True


def test_example_31_sends_a_copy_to_each_of_its_list(examples: Examples) -> None:
    examples.run(31)
    examples.docusign.control("POST", "clock/advance", {"minutes": 5})
    envelopes = examples.docusign.control("GET", "state")["envelopes"]
    signers = {one["name"] for envelope in envelopes for one in envelope["recipients"] if envelope["status"] == "sent"}
    assert {"One Tenant", "Two Tenant"} <= signers


def test_examples_32_and_33_pause_and_go_on(examples: Examples) -> None:
    examples.run(32)
    examples.act("1")
    second = {one["recipientId"]: one["status"] for one in examples.newest()["recipients"]}["2"]
    assert second == "created"
    examples.run(33)
    assert {one["recipientId"]: one["status"] for one in examples.newest()["recipients"]}["2"] == "sent"


@pytest.mark.parametrize(("ticked", "chosen"), [("false", "A Two"), ("true", "B Two")])
def test_example_34_chooses_the_second_signer_by_a_box(examples: Examples, ticked: str, chosen: str) -> None:
    examples.run(34)
    examples.act("1", values={"ApproveWhenChecked": ticked})
    assert [one["name"] for one in examples.newest()["recipients"]] == ["One Tenant", chosen]


def test_example_37_sends_a_text_message(examples: Examples) -> None:
    examples.run(37)
    assert ("sms", "+15550100") in {(one["channel"], one["to"]) for one in examples.mail()}


def test_example_20_asks_for_a_code_by_phone(examples: Examples) -> None:
    examples.run(20)
    page = examples.visitor.open(examples.mail()[0]["link"])
    state = json.loads(examples.visitor.open(f"{page.url}/state").body)
    assert (state["locked"], state["check"]["numbers"]) == ("phone", ["••• ••• 0100"])
    examples.visitor.open(f"{page.url}/phone-code/send", json.dumps({"number": 0, "way": "sms"}))
    code = examples.mail()[-1]
    assert (code["channel"], code["to"]) == ("sms", "+15550100")
    answer = examples.visitor.open(f"{page.url}/phone-code", json.dumps({"code": code["body"]}))
    assert json.loads(answer.body)["ok"] is True


def test_example_42_decides_the_conditions_and_fills_the_table_of_its_word_file(examples: Examples) -> None:
    examples.run(42)
    address = f"{examples.docusign.base}/_emulator/envelopes/{examples.newest()['envelopeId']}/combined.pdf"
    pages = PdfReader(io.BytesIO(examples.visitor.open(address).body)).pages
    words = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "Dear Kan Did" in words
    assert "reporting to Man Ager" in words
    assert "Compensation Component Details Salary" in words
    assert ("15-inch laptop" in words) != ("13-inch laptop" in words)
    assert "{{" not in words


def test_example_43_lets_an_agent_see_the_envelopes_of_the_principal(examples: Examples) -> None:
    examples.run(43)
    examples.right(examples.visitor.open(f"{examples.app.url}/eg043auth"))
    asked = examples.visitor.open(f"{examples.app.url}/eg043reauthenticate")
    listed = examples.consent(examples.visitor.submit(asked, {"auth_type": "code_grant"}), "second_user_id")
    assert listed.url.endswith("/eg043envelopes")
    assert examples.newest()["envelopeId"] in listed.text
    examples.start_anew()


def test_example_45_takes_an_envelope_out_of_the_bin(examples: Examples) -> None:
    before = in_bin(examples)
    deleted = examples.run(45)
    assert len(in_bin(examples)) == len(before) + 1
    bin_page = examples.visitor.open(urljoin(deleted.url, re.findall(r'href="(eg045restore)"', deleted.text)[0]))
    examples.right(examples.visitor.submit(bin_page, FILLED))
    assert in_bin(examples) == before


def in_bin(examples: Examples) -> list[str]:
    envelopes = examples.docusign.control("GET", "state")["envelopes"]
    return [one["envelopeId"] for one in envelopes if one["folder"] == "recyclebin"]
