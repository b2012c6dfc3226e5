"""Docusign's own example applications, each in a process of its own, unchanged, with this emulator's hosts and keys.

They are configured as their READMEs ask for: by `app/ds_config.py` and `config/appsettings.json`, made from samples.
The emulator's certificate authority is put where the SDKs look for authorities, as an administrator would do.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

Json = dict[str, Any]
START_SECONDS = 60
# Both places where the application's libraries look for certificate authorities are told of ours.
_TRUST = "import certifi\ncertifi.where = lambda: {bundle!r}\n"


@dataclass
class VendorApp:
    url: str
    log: Path


@contextmanager
def python_app(
    checkout: Path, python: str, manifest: Path | None, credentials: Json, folder: Path
) -> Iterator[VendorApp]:
    """The running Python application. `manifest`: a copy of the texts of its pages; without, it asks GitHub."""
    source, port = _copied(checkout, folder), _free_port()
    with _served(manifest) as manifest_url:
        _configure_python(source, credentials, port, manifest_url)
        environment = {
            "FLASK_DEBUG": "0",
            "PYTHONPATH": str(_trusting(folder, Path(credentials["ca_file"]))),
            "REQUESTS_CA_BUNDLE": str(folder / "trust" / "bundle.pem"),
        }
        with _running([python, "run.py"], source, environment, port) as app:
            yield app


@contextmanager
def node_app(checkout: Path, manifest: Path | None, credentials: Json, folder: Path) -> Iterator[VendorApp]:
    """The running Node application, with the node_modules that lie in the checkout."""
    source, port = _copied(checkout, folder), _free_port()
    (source / "node_modules").symlink_to(checkout / "node_modules")
    with _served(manifest) as manifest_url:
        _configure_node(source, credentials, port, manifest_url)
        environment = {"NODE_EXTRA_CA_CERTS": credentials["ca_file"], "HOST": "localhost"}
        with _running(["node", "index.js"], source, environment, port) as app:
            yield app


def _copied(checkout: Path, folder: Path) -> Path:
    source = folder / "source"
    left = shutil.ignore_patterns(".git", "flask_session", "__pycache__", "node_modules")
    shutil.copytree(checkout, source, ignore=left)
    return source


@contextmanager
def _running(command: list[str], source: Path, environment: dict[str, str], port: int) -> Iterator[VendorApp]:
    log = source.parent / "log.txt"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=source,
            env=os.environ | {"PORT": str(port)} | environment,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        _wait(f"http://localhost:{port}/", process, log)
        yield VendorApp(f"http://localhost:{port}", log)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)


def _configure_python(source: Path, credentials: Json, port: int, manifest_url: str | None) -> None:
    oauth = credentials["oauth_tls_host"]
    settings = (source / "app" / "ds_config_sample.py").read_text()
    for placeholder, value in {
        "{INTEGRATION_KEY_AUTH_CODE}": credentials["integration_key"],
        "{SECRET_KEY}": credentials["secret_key"],
        "{INTEGRATION_KEY_JWT}": credentials["integration_key"],
        "{IMPERSONATED_USER_ID}": credentials["user_id"],
        "{ORGANIZATION_ID}": credentials["organization_id"],
        "{SIGNER_EMAIL}": "admin@property.example",
        "{SIGNER_NAME}": "Property Administrator",
        "{DS_PAYMENT_GATEWAY_ID}": credentials["payment_gateway_id"],
        "{QUICKSTART_VALUE}": "false",
        "http://localhost:3000": f"http://localhost:{port}",
        "account-d.docusign.com": oauth,
    }.items():
        settings = settings.replace(placeholder, value)
    if manifest_url:
        settings = re.sub(r'("example_manifest_url": )"[^"]+"', rf'\1"{manifest_url}"', settings)
    (source / "app" / "ds_config.py").write_text(settings)
    shutil.copy(credentials["private_key_file"], source / "app" / "private.key")


def _configure_node(source: Path, credentials: Json, port: int, manifest_url: str | None) -> None:
    settings = json.loads((source / "config" / "appsettings.example.json").read_text())
    settings |= {
        "dsClientId": credentials["integration_key"],
        "dsClientSecret": credentials["secret_key"],
        "dsJWTClientId": credentials["integration_key"],
        "impersonatedUserGuid": credentials["user_id"],
        "signerEmail": "admin@property.example",
        "signerName": "Property Administrator",
        "appUrl": f"http://localhost:{port}",
        "gatewayAccountId": credentials["payment_gateway_id"],
        "quickstart": "false",
        "quickACG": "false",
        "dsOauthServer": f"https://{credentials['oauth_tls_host']}",
    }
    if manifest_url:
        settings["codeExamplesManifest"] = manifest_url
    (source / "config" / "appsettings.json").write_text(json.dumps(settings))
    shutil.copy(credentials["private_key_file"], source / "config" / "private.key")


def _trusting(folder: Path, authority: Path) -> Path:
    trust = folder / "trust"
    trust.mkdir()
    shutil.copy(authority, trust / "bundle.pem")
    (trust / "sitecustomize.py").write_text(_TRUST.format(bundle=str(trust / "bundle.pem")))
    return trust


@contextmanager
def _served(file: Path | None) -> Iterator[str | None]:
    if file is None:
        yield None
        return
    json.loads(file.read_text())

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(file.parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/{file.name}"
    server.shutdown()
    server.server_close()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urlopen(url, timeout=10).close()
            return
        except (URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"The example application did not start:\n{log.read_text()[-3000:]}")
