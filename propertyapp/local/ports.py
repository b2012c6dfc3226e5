"""TCP ports on this machine's loopback address."""

import socket

from propertyapp.local.errors import PortTaken

HOST = "127.0.0.1"


def require_free(port: int, *, purpose: str, variable: str) -> None:
    """Raises PortTaken, naming the environment variable that chooses another port."""
    if not 0 < port < 65536:
        raise PortTaken(f"{variable}={port} is not a port. Choose one from 1024 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError as error:
            raise PortTaken(
                f"Port {port} ({purpose}) is for root only. Choose one from 1024 up: {variable}=… make run"
            ) from error
        except OSError as error:
            raise PortTaken(
                f"Port {port} ({purpose}) is taken by another program. "
                f"Stop that program, or choose another port: {variable}={port + 1} make run"
            ) from error


def free_port() -> int:
    """A port on which no program listens now. Another program could still take it before ours does."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def is_listening(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False
