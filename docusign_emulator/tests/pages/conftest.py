"""One emulator for all tests of its pages, and a sender who speaks its API as an application would."""

import base64
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from docusign_emulator.tests.pdf.papers import pdf
from docusign_emulator.tests.server import Emulator, emulator

Json = dict[str, Any]
LEASE = pdf(
    [(72, 90, "Residential lease"), (72, 400, "Emergency contact:"), (72, 440, "Pets:")],
    [(72, 300, "Tenant: /sig-tenant/   /date-tenant/"), (72, 400, "Landlord: /sig-landlord/")],
)


@pytest.fixture(scope="session")
def docusign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with emulator(tmp_path_factory.mktemp("docusign")) as running:
        yield running


@dataclass
class Sender:
    """Sends envelopes by the API, with the JWT grant."""

    docusign: Emulator
    token: str = field(default="", init=False)

    def call(self, method: str, path: str, body: Json | None = None, *, expect: int | None = None) -> Json:
        """One call below the account; answers its JSON."""
        account = self.docusign.credentials["account_id"]
        answer = self.docusign.http(
            method,
            f"/restapi/v2.1/accounts/{account}{path}",
            json=body,
            headers={"Authorization": f"Bearer {self._token()}"},
        )
        assert answer.status == expect if expect else answer.status < 300, answer.data[:500]
        found: Json = answer.json()
        return found

    def pdf(self, envelope_id: str) -> bytes:
        account = self.docusign.credentials["account_id"]
        path = f"/restapi/v2.1/accounts/{account}/envelopes/{envelope_id}/documents/combined"
        return self.docusign.http("GET", path, headers={"Authorization": f"Bearer {self._token()}"}).data

    def send(self, *signers: Json, status: str = "sent", **more: Any) -> str:
        """An envelope with the small lease; answers its id."""
        document = {
            "documentBase64": base64.b64encode(LEASE).decode(),
            "name": "Lease.pdf",
            "documentId": "1",
        }
        definition = {
            "status": status,
            "emailSubject": "Please sign your lease",
            "documents": [document],
            "recipients": {"signers": list(signers)},
        }
        return str(self.call("POST", "/envelopes", definition | more)["envelopeId"])

    def view(self, envelope_id: str, signer: Json, return_url: str, **more: Any) -> str:
        """A signing URL for an embedded signer."""
        wanted = {key: signer[key] for key in ("email", "clientUserId", "recipientId")} | {"userName": signer["name"]}
        wanted |= {"returnUrl": return_url, "authenticationMethod": "None"}
        return str(self.call("POST", f"/envelopes/{envelope_id}/views/recipient", wanted | more)["url"])

    def status(self, envelope_id: str) -> str:
        return str(self.call("GET", f"/envelopes/{envelope_id}")["status"])

    def link(self, email: str) -> str:
        """The link in the newest mail to that address."""
        return str(self.docusign.control("GET", f"mail?{urlencode({'to': email})}")["mail"][-1]["link"])

    def _token(self) -> str:
        if not self.token:
            facts = self.docusign.credentials
            now = int(time.time())
            claims = {
                "iss": facts["integration_key"],
                "sub": facts["user_id"],
                "aud": self.docusign.base.split("//")[1],
                "iat": now,
                "exp": now + 3600,
                "scope": "signature impersonation",
            }
            assertion = jwt.encode(claims, Path(facts["private_key_file"]).read_text(), "RS256")
            form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
            answer = self.docusign.http("POST", "/oauth/token", fields=form, encode_multipart=False)
            self.token = answer.json()["access_token"]
        return self.token


@pytest.fixture
def sender(docusign: Emulator) -> Sender:
    docusign.control("POST", "reset")
    return Sender(docusign)


def person(number: int, name: str, *, tabs: Json | None = None, order: int | None = None, **more: Any) -> Json:
    """A signer; routing order is the number unless given."""
    return {
        "recipientId": str(number),
        "routingOrder": str(order or number),
        "name": name,
        "email": f"{name.split(maxsplit=1)[0].lower()}@example.com",
        "tabs": tabs or {},
    } | more


def tenant(**more: Any) -> Json:
    """A tenant with one field of most kinds."""
    place = {"documentId": "1", "pageNumber": "1"}
    return person(
        1,
        "Ann Lee",
        tabs={
            "signHereTabs": [{"anchorString": "/sig-tenant/"}],
            "dateSignedTabs": [{"anchorString": "/date-tenant/"}],
            "initialHereTabs": [place | {"xPosition": "480", "yPosition": "700"}],
            "textTabs": [
                place | {"xPosition": "190", "yPosition": "388", "tabLabel": "Emergency contact", "required": "true"},
                place
                | {
                    "xPosition": "190",
                    "yPosition": "428",
                    "tabLabel": "Kind of pet",
                    "conditionalParentLabel": "I have pets",
                    "conditionalParentValue": "on",
                },
            ],
            "checkboxTabs": [place | {"xPosition": "130", "yPosition": "430", "tabLabel": "I have pets"}],
            "radioGroupTabs": [
                {
                    "documentId": "1",
                    "groupName": "Parking",
                    "radios": [
                        {"pageNumber": "1", "xPosition": "80", "yPosition": "480", "value": "yes", "required": "true"},
                        {"pageNumber": "1", "xPosition": "80", "yPosition": "500", "value": "no"},
                    ],
                }
            ],
            "listTabs": [
                place
                | {
                    "xPosition": "80",
                    "yPosition": "540",
                    "tabLabel": "Payment",
                    "listItems": [{"text": "Bank transfer", "value": "bank"}, {"text": "Card", "value": "card"}],
                }
            ],
        },
        **more,
    )


def landlord(**more: Any) -> Json:
    return person(2, "Tom Baker", tabs={"signHereTabs": [{"anchorString": "/sig-landlord/"}]}, **more)


def one_signature(name: str = "Ann Lee", **more: Any) -> Json:
    return person(1, name, tabs={"signHereTabs": [{"anchorString": "/sig-tenant/"}]}, **more)
