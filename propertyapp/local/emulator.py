"""The Docusign emulator as a process beside us. All we know of it is its command line and its URLs."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from propertyapp.local.errors import LocalError
from propertyapp.local.ports import HOST, is_listening
from propertyapp.local.processes import Processes


@dataclass(frozen=True)
class Credentials:
    """The developer account that the emulator made at its first start."""

    account_id: str
    user_id: str
    integration_key: str
    secret_key: str
    public_integration_key: str
    private_key_file: str
    connect_keys: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "Credentials":
        answer = json.loads(text)
        return cls(
            account_id=answer["account_id"],
            user_id=answer["user_id"],
            integration_key=answer["integration_key"],
            secret_key=answer["secret_key"],
            public_integration_key=answer["public_integration_key"],
            private_key_file=answer["private_key_file"],
            connect_keys=tuple(answer["hmac_keys"]),
        )


def base_url(port: int) -> str:
    return f"http://{HOST}:{port}"


def start_emulator(processes: Processes, port: int, data: Path, env: Mapping[str, str]) -> Credentials:
    data.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "docusign_emulator", "serve", "--port", str(port), "--data", str(data)]
    processes.start("docusign", command, env, foundation=True)
    processes.wait_until(lambda: is_listening(port), "Starting the Docusign emulator", timeout=30)
    return read_credentials(data, env)


def read_credentials(data: Path, env: Mapping[str, str]) -> Credentials:
    """Raises LocalError when the emulator has not made its account in `data`."""
    command = [sys.executable, "-m", "docusign_emulator", "credentials", "--data", str(data)]
    answer = subprocess.run(  # noqa: S603 -- our own interpreter and module
        command, env=dict(env), capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        raise LocalError(f"The emulator told no credentials: {answer.stderr.strip()}")
    return Credentials.parse(answer.stdout)
