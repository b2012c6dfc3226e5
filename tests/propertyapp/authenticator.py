"""A security key in software: it answers what a browser would pass on from a real one."""

from __future__ import annotations

import json
import secrets
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

PRESENT = AuthenticatorData.FLAG.UP


class SoftKey:
    """`origin` is the site that the browser says it is on; `counter` grows with each use."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.counter = 0
        self.key_id = secrets.token_bytes(16)
        self.private = ec.generate_private_key(ec.SECP256R1())

    def make(self, asked: dict[str, Any]) -> str:
        options = asked["publicKey"]
        public = ES256.from_cryptography_key(self.private.public_key())  # type: ignore[no-untyped-call]  # untyped there
        data = AuthenticatorData.create(
            sha256(options["rp"]["id"].encode()).digest(),
            PRESENT | AuthenticatorData.FLAG.AT,
            self.counter,
            AttestedCredentialData.create(Aaguid(bytes(16)), self.key_id, public),
        )
        said = self._said(CollectedClientData.TYPE.CREATE, options)
        return self._answer(said, attestationObject=AttestationObject.create("none", data, {}))

    def use(self, asked: dict[str, Any]) -> str:
        options = asked["publicKey"]
        self.counter += 1
        data = AuthenticatorData.create(sha256(options["rpId"].encode()).digest(), PRESENT, self.counter)
        said = self._said(CollectedClientData.TYPE.GET, options)
        signature = self.private.sign(data + sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(said, authenticatorData=data, signature=signature)

    def _said(self, what: Any, options: dict[str, Any]) -> CollectedClientData:
        return CollectedClientData.create(what, options["challenge"], self.origin)

    def _answer(self, said: CollectedClientData, **parts: bytes) -> str:
        response = {name: websafe_encode(part) for name, part in parts.items()}
        return json.dumps(
            {
                "id": websafe_encode(self.key_id),
                "rawId": websafe_encode(self.key_id),
                "type": "public-key",
                "response": {"clientDataJSON": websafe_encode(said), **response},
                "clientExtensionResults": {},
            }
        )
