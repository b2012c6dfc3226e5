"""The developer account a first start makes, and the keys that go with it.

All of it stands in `account.json` and `keys/` of the data folder, apart from the database, so that a reset
and a running server leave it alone and `credentials` can read it at any time.
"""

from __future__ import annotations

import ipaddress
import json
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from docusign_emulator.pdf import seal
from docusign_emulator.protocol.formats import Json

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_LIFE = timedelta(days=3650)
_PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class User:
    user_id: str
    name: str
    email: str
    administrator: bool
    created: str
    status: str = "Active"  # or ActivationSent, until the first sign-in, or Closed


@dataclass(frozen=True)
class App:
    """An integration key. Without a secret it is a public client: PKCE only."""

    integration_key: str
    name: str
    secret: str | None
    redirect_uris: tuple[str, ...]
    public_keys: tuple[str, ...]


class Account:
    """The account as it stands in the folder. Made at once if the folder has none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "account.json"
        if not self.file.exists():
            _make(folder)
        self._facts: Json = json.loads(self.file.read_text())

    @property
    def id(self) -> str:
        return str(self._facts["account_id"])

    @property
    def short_id(self) -> str:
        return str(self._facts["short_id"])

    @property
    def name(self) -> str:
        return str(self._facts["name"])

    @property
    def organization_id(self) -> str:
        return str(self._facts["organization_id"])

    @cached_property
    def users(self) -> list[User]:
        return [User(**user) for user in self._facts["users"]]

    @property
    def payment_gateway_id(self) -> str:
        """Of the account's one gateway; the same as long as the account is."""
        return str(uuid.uuid5(uuid.UUID(self.id), "payment gateway"))

    @property
    def sender(self) -> User:
        """The user the JWT grant impersonates; an administrator, as in a fresh developer account."""
        return self.users[0]

    def user(self, user_id: str) -> User | None:
        return next((user for user in self.users if user.user_id == user_id.lower()), None)

    @cached_property
    def apps(self) -> list[App]:
        return [
            App(
                integration_key=app["integration_key"],
                name=app["name"],
                secret=app["secret"],
                redirect_uris=tuple(app["redirect_uris"]),
                public_keys=tuple((self.folder / key).read_text() for key in app["public_key_files"]),
            )
            for app in self._facts["apps"]
        ]

    def app(self, integration_key: str) -> App | None:
        return next((app for app in self.apps if app.integration_key == integration_key.lower()), None)

    @property
    def hmac_keys(self) -> list[str]:
        return list(self._facts["hmac_keys"])

    def set_hmac_keys(self, keys: list[str]) -> None:
        self._facts["hmac_keys"] = keys
        _write(self.file, json.dumps(self._facts, indent=2).encode())

    @property
    def ca_file(self) -> Path:
        return self.folder / "keys" / "ca.pem"

    @property
    def tls_certificate(self) -> Path:
        return self.folder / "keys" / "tls.pem"

    @property
    def tls_key(self) -> Path:
        return self.folder / "keys" / "tls-key.pem"

    @property
    def seal_certificate(self) -> Path:
        return self.folder / "keys" / "seal.pem"

    @property
    def seal_key(self) -> Path:
        return self.folder / "keys" / "seal-key.pem"

    @property
    def private_key_file(self) -> Path:
        return self.folder / "keys" / "integration-key.pem"


def credentials(folder: Path, *, port: int | None = None, host: str | None = None) -> Json:
    """What an integration must know, as `python -m docusign_emulator credentials` prints it."""
    account = Account(folder)
    served = last_serve(folder)
    base = f"http://{host or served['host']}:{port or served['port']}"
    confidential, public = account.apps
    return {
        "oauth_base": base,
        "oauth_tls_host": f"{served['host']}:{served['tls_port']}" if served["tls_port"] else None,
        "rest_base": f"{base}/restapi",
        "account_id": account.id,
        "user_id": account.sender.user_id,
        "integration_key": confidential.integration_key,
        "secret_key": confidential.secret,
        "private_key_file": str(account.private_key_file.resolve()),
        "public_integration_key": public.integration_key,
        "ca_file": str(account.ca_file.resolve()),
        "hmac_keys": account.hmac_keys,
        "console_url": f"{base}/_emulator/",
        "organization_id": account.organization_id,
        "second_user_id": account.users[1].user_id,
        "payment_gateway_id": account.payment_gateway_id,
    }


def last_serve(folder: Path) -> Json:
    """Host and ports of the last (or running) `serve` on this folder."""
    remembered = folder / "serve.json"
    facts: Json = {"host": "127.0.0.1", "port": 8900, "tls_port": None}
    if remembered.exists():
        facts |= json.loads(remembered.read_text())
    return facts


def remember_serve(folder: Path, *, host: str, port: int, tls_port: int | None) -> None:
    reachable = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    _write(folder / "serve.json", json.dumps({"host": reachable, "port": port, "tls_port": tls_port}).encode())


def _make(folder: Path) -> None:
    keys = folder / "keys"
    keys.mkdir(parents=True, exist_ok=True)
    keys.chmod(0o700)
    integration_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    _write(keys / "integration-key.pem", _private(integration_key))
    _write(
        keys / "integration-key.pub.pem",
        integration_key.public_key().public_bytes(_PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
    )
    _make_certificates(keys)
    created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-4]
    people = (
        ("Property Administrator", "admin@property.example", True),
        ("Leasing Agent", "agent@property.example", False),
    )
    facts = {
        "account_id": str(uuid.uuid4()),
        "short_id": str(10_000_000 + secrets.randbelow(80_000_000)),
        "name": "Property Management (emulated)",
        "organization_id": str(uuid.uuid4()),
        "users": [
            {
                "user_id": str(uuid.uuid4()),
                "name": name,
                "email": email,
                "administrator": administrator,
                "created": created,
            }
            for name, email, administrator in people
        ],
        "apps": [
            {
                "integration_key": str(uuid.uuid4()),
                "name": "Property application",
                "secret": str(uuid.uuid4()),
                "redirect_uris": [],
                "public_key_files": ["keys/integration-key.pub.pem"],
            },
            {
                "integration_key": str(uuid.uuid4()),
                "name": "Property application (public client)",
                "secret": None,
                "redirect_uris": [],
                "public_key_files": [],
            },
        ],
        "hmac_keys": [secrets.token_urlsafe(32)],
    }
    _write(folder / "account.json", json.dumps(facts, indent=2).encode())


def _make_certificates(keys: Path) -> None:
    """A certificate authority with a server certificate for loopback, and the identity that seals documents."""
    ca_key, tls_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = _name("Docusign emulator local authority")
    ca = (
        _certificate(ca_name, ca_name, ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    addresses = [x509.IPAddress(ipaddress.ip_address(ip)) for ip in ("127.0.0.1", "::1")]
    server = (
        _certificate(_name("localhost"), ca_name, tls_key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost"), *addresses]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(issuer, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    _write(keys / "ca.pem", ca.public_bytes(_PEM))
    _write(keys / "tls.pem", server.public_bytes(_PEM) + ca.public_bytes(_PEM))
    _write(keys / "tls-key.pem", _private(tls_key))
    seal_key, seal_certificate = seal.make_identity()
    _write(keys / "seal.pem", seal_certificate)
    _write(keys / "seal-key.pem", seal_key)


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _LIFE)
    )


def _usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _private(key: PrivateKey) -> bytes:
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, readable by the owner only."""
    scratch = path.with_suffix(f"{path.suffix}.new")
    scratch.touch(mode=0o600)
    scratch.write_bytes(data)
    scratch.replace(path)
