"""The vendor's Node SDK, in a Node of its own, on the emulator over TLS.

DOCUSIGN_NODE_MODULES points at a node_modules that holds docusign-esign (`npm install docusign-esign` anywhere).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Json
from docusign_emulator.tests.server import Emulator

NODE_MODULES = os.environ.get("DOCUSIGN_NODE_MODULES", "")
pytestmark = [
    pytest.mark.skipif(not NODE_MODULES, reason="DOCUSIGN_NODE_MODULES does not point at docusign-esign for Node"),
    pytest.mark.skipif(not shutil.which("node"), reason="node is not installed here"),
]


@pytest.fixture
def tour(docusign: Emulator) -> Json:
    """What the script saw."""
    asked = {
        "credentials": docusign.credentials,
        "pdf": papers.encoded(papers.lease("/tenant/")),
        "transaction": "row-from-node",
    }
    environment = os.environ | {"NODE_PATH": NODE_MODULES, "NODE_EXTRA_CA_CERTS": docusign.credentials["ca_file"]}
    script = Path(__file__).with_name("node_tour.cjs")
    command = ["node", str(script)]
    done = subprocess.run(
        command, input=json.dumps(asked), env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    seen: Json = json.loads(done.stdout)
    return seen


def test_the_node_sdk_sends_finds_and_opens_an_envelope(docusign: Emulator, tour: Json) -> None:
    host = docusign.credentials["oauth_tls_host"]
    assert (tour["account"], tour["user"]) == (docusign.credentials["account_id"], "Property Administrator")
    assert tour["found"] == [tour["envelopeId"]]
    assert tour["view"].startswith(f"https://{host}/signing/start?t=")
    assert tour["signers"] == [["Tina Tenant", "sent", 1]]
    assert tour["document"] == "%PDF-"
    assert tour["refusal"] == "ENVELOPE_DOES_NOT_EXIST"
    assert docusign.control("GET", "unhandled")["unhandled"] == []
