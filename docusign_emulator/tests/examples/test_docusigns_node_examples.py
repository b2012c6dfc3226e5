"""Docusign's published Node example application, run as it is against the emulator, through its own web pages.

It is not part of this repository, and skipped without DOCUSIGN_NODE_EXAMPLES:

    DOCUSIGN_NODE_EXAMPLES      a checkout of docusign/code-examples-node, after `npm ci --ignore-scripts` in it
    DOCUSIGN_EXAMPLES_MANIFEST  a copy of the texts of its pages, manifest/CodeExamplesManifest.json of
                                docusign/code-examples-csharp; by default the application asks GitHub for it

Its authorization code grant goes to account-d.docusign.com whatever is configured (passport-docusign has the address in
its source), so it logs in with the JWT grant.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
from pypdf import PdfReader

from docusign_emulator.tests.examples.examples import FILLED, Examples
from docusign_emulator.tests.examples.vendor_app import node_app
from docusign_emulator.tests.server import emulator

EXAMPLES = os.environ.get("DOCUSIGN_NODE_EXAMPLES", "")
pytestmark = [
    pytest.mark.skipif(
        not EXAMPLES, reason="DOCUSIGN_NODE_EXAMPLES does not point at a checkout of docusign/code-examples-node"
    ),
    pytest.mark.skipif(not shutil.which("node"), reason="node is not installed here"),
]
# All there are (no 21 was published), but 39: there the SDK asks account.docusign.com who the user is, an address that
# it derives from the API's. The emulator cannot be there, and the application ends when it gets no answer.
NUMBERS = [one for one in range(1, 47) if one not in (21, 39)]


class NodeExamples(Examples):
    def begin(self) -> None:
        super().begin()
        scopes = re.findall(r"this\.scopes = '([^']+)'", (Path(EXAMPLES) / "lib" / "DSJwtAuth.js").read_text())[0]
        self.docusign.control("PUT", "consent", {"granted": True, "scopes": [*scopes.split(), "impersonation"]})
        self.right(self.visitor.open(f"{self.app.url}/ds/login?auth=jwt-auth"))


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeExamples]:
    folder = tmp_path_factory.mktemp("node")
    texts = os.environ.get("DOCUSIGN_EXAMPLES_MANIFEST")
    with (
        emulator(folder / "docusign", tls=True) as docusign,
        node_app(Path(EXAMPLES), Path(texts) if texts else None, docusign.credentials, folder) as app,
    ):
        yield NodeExamples(app, docusign)


@pytest.fixture
def examples(application: NodeExamples) -> Iterator[NodeExamples]:
    """Each example begins in a session of its own, with no envelope and no template remembered."""
    application.begin()
    yield application
    assert application.docusign.control("GET", "unhandled")["unhandled"] == []


@pytest.mark.parametrize("number", NUMBERS)
def test_an_example_of_docusigns_runs_unchanged(examples: NodeExamples, number: int) -> None:
    examples.run(number)


def test_example_1_leads_to_the_signing_page_and_back_again(examples: NodeExamples) -> None:
    session = examples.run(1).url
    examples.visitor.open(f"{session}/consent", json.dumps({}))
    done = examples.visitor.open(f"{session}/finish", json.dumps({"signature": {"name": "Sig Ner"}, "values": {}}))
    assert "signing_complete" in examples.right(examples.visitor.open(json.loads(done.body)["redirect"])).text
    assert examples.newest()["status"] == "completed"


def test_example_7_gets_its_document(examples: NodeExamples) -> None:
    page = examples.run(7)
    assert page.body.startswith(b"%PDF-")


def test_example_10_sends_documents_whose_names_have_capitals(examples: NodeExamples) -> None:
    examples.run(10)
    assert examples.newest()["status"] == "sent"
    address = f"{examples.docusign.base}/_emulator/envelopes/{examples.newest()['envelopeId']}/combined.pdf"
    assert len(PdfReader(io.BytesIO(examples.visitor.open(address).body)).pages) >= 3


def test_example_43_makes_an_agent_who_is_not_there_yet(examples: NodeExamples) -> None:
    """Its next page asks account.docusign.com, as 39 does."""
    visitor = examples.visitor
    page = examples.right(visitor.open(f"{examples.app.url}/eg043"))
    wanted = {"email": "nora@property.example", "user_name": "Nora New", "activation": "4711"}
    examples.right(visitor.submit(page, wanted))
    assert [one["operation"] for one in examples.journal()[-2:]] == ["listUsers", "createUsers"]


def test_example_45_takes_an_envelope_out_of_the_bin(examples: NodeExamples) -> None:
    deleted = examples.run(45)
    page = examples.visitor.open(urljoin(deleted.url, "/eg045restore"))
    examples.right(examples.visitor.submit(page, FILLED))
    assert examples.newest()["folder"] == "sentitems"
