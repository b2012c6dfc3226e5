"""Docusign as the demonstration sees it: its mails, its signing page, and its REST API for the comparison.

The envelope's state is read from the emulator's control API; all else is what Docusign itself would offer.
"""

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import jwt

from propertyapp.local.emulator import Credentials
from propertyapp.local.errors import LocalError
from propertyapp.local.webclient import Page, UnexpectedPage, Visitor

# Statuses of a recipient who has been asked and has not answered.
THEIR_TURN = ("sent", "delivered")


@dataclass(frozen=True)
class Recipient:
    """Somebody who signs. `embedded` ones are asked by us, the others by Docusign's own mail."""

    recipient_id: str
    name: str
    email: str
    embedded: bool


@dataclass(frozen=True)
class Progress:
    """How far an envelope is: somebody's turn, or no turn because all have signed."""

    next_person: Recipient | None


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Docusign:
    """`base_url` is the emulator's, without a slash at its end."""

    def __init__(self, base_url: str, credentials: Credentials) -> None:
        self._base = base_url
        self._credentials = credentials
        self._visitor = Visitor()

    def sent(self, transaction_id: str) -> str:
        """The id of the envelope with this transaction id once it is out; empty before."""
        for envelope in self._state():
            if envelope["transactionId"] == transaction_id and envelope["status"] not in {"created", "deleted"}:
                return str(envelope["id"])
        return ""

    def progress(self, envelope_id: str) -> Progress | None:
        """Who has to sign now; None between two turns. Raises LocalError when it cannot be completed any more."""
        envelope = next(one for one in self._state() if one["id"] == envelope_id)
        if envelope["status"] in {"declined", "voided"}:
            raise LocalError(f"The envelope is {envelope['status']}.")
        if envelope["status"] == "completed":
            return Progress(None)
        turn = [
            Recipient(
                recipient_id=person["recipientId"],
                name=person["name"],
                email=person["email"],
                embedded=bool(person["clientUserId"]),
            )
            for person in envelope["recipients"]
            if person["kind"] == "signers" and person["status"] in THEIR_TURN
        ]
        return Progress(turn[0]) if turn else None

    def invitation(self, person: Recipient, envelope_id: str) -> str:
        """The link in Docusign's mail to this person; empty while there is none."""
        query = urlencode({"to": person.email, "envelopeId": envelope_id})
        mails = self._visitor.get_json(f"{self._base}/_emulator/api/mail?{query}")["mail"]
        return next((str(mail["link"]) for mail in mails if mail["recipientId"] == person.recipient_id), "")

    def sign(self, visitor: Visitor, session: Page) -> Page:
        """Does what a person does on the signing page that `session` is, and goes where it leads afterwards."""
        if "/signing/session/" not in session.url:
            raise UnexpectedPage(f"This is not the signing page: {session.url}, {session.text[:300]}")
        address = session.url.partition("?")[0].rstrip("/")
        state = visitor.get_json(f"{address}/state")
        if state["consentNeeded"]:
            state = visitor.post_json(f"{address}/consent", {})
        person = state["recipient"]
        answer = visitor.post_json(
            f"{address}/finish",
            {
                "signature": {"name": person["name"], "initials": person["initials"], "style": "script"},
                "values": {tab["tabId"]: value for tab in state["tabs"] if (value := _answer_to(tab)) is not None},
            },
        )
        return visitor.get(urljoin(address, answer["redirect"]))

    def told_of_completion(self, envelope_id: str) -> bool:
        """Whether our webhook took the message of completion."""
        query = urlencode({"envelopeId": envelope_id})
        deliveries = self._visitor.get_json(f"{self._base}/_emulator/api/deliveries?{query}")["deliveries"]
        completed = (one for one in deliveries if one["event"] == "envelope-completed")
        return any(attempt["status"] == 200 for one in completed for attempt in one["tries"])

    def signed_documents(self, envelope_id: str) -> list[tuple[str, str]]:
        """Name and SHA-256 of each document as the REST API serves it, the certificate left out."""
        account = f"{self._base}/restapi/v2.1/accounts/{self._credentials.account_id}"
        documents = f"{account}/envelopes/{envelope_id}/documents"
        headers = {"Authorization": f"Bearer {self._token()}"}
        listed = self._visitor.get_json(documents, headers)["envelopeDocuments"]
        return [
            (one["name"], sha256(self._visitor.get(f"{documents}/{one['documentId']}", headers).body))
            for one in listed
            if one["type"] == "content"
        ]

    def _token(self) -> str:
        """By the JWT grant, with an assertion of our own: nothing of the product takes part in the comparison.

        https://developers.docusign.com/platform/auth/jwt-get-token/
        """
        now = int(time.time())
        claims = {
            "iss": self._credentials.integration_key,
            "sub": self._credentials.user_id,
            "aud": urlsplit(self._base).netloc,
            "iat": now,
            "exp": now + 600,
            "scope": "signature impersonation",
        }
        assertion = jwt.encode(claims, Path(self._credentials.private_key_file).read_text(), algorithm="RS256")
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
        return str(self._visitor.post_form(f"{self._base}/oauth/token", form)["access_token"])

    def _state(self) -> list[dict[str, Any]]:
        envelopes: list[dict[str, Any]] = self._visitor.get_json(f"{self._base}/_emulator/api/state")["envelopes"]
        return envelopes


def _answer_to(tab: dict[str, Any]) -> str | bool | None:
    """What a person enters into a field that has to be filled; None for all others."""
    if tab["locked"] or not tab["required"] or tab["value"]:
        return None
    if tab["kind"] == "checkbox":
        return True
    if tab["kind"] in {"list", "radio"}:
        return str(tab["options"][0]["value"])
    return "As agreed" if tab["kind"] == "text" else None
