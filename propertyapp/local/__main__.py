"""Command line of the local stack; `make run` and `make demo` call it."""

import argparse
import os
import signal
import sys
from types import FrameType

from propertyapp.local.console import Console
from propertyapp.local.demo import demonstrate
from propertyapp.local.environment import BASE_DIR, RunDirectory, read_dotenv
from propertyapp.local.errors import LocalError, ProcessFailed
from propertyapp.local.processes import STOP_SIGNALS
from propertyapp.local.stack import Stack


class Stopped(BaseException):
    """Somebody asked us to stop: Ctrl-C, SIGTERM, or the terminal was closed."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m propertyapp.local", description=__doc__)
    parser.add_argument("command", choices=["run", "demo"])
    command = parser.parse_args().command
    for sign in STOP_SIGNALS:
        signal.signal(sign, _stop)
    console = Console()
    try:
        return run(console) if command == "run" else demonstrate(console)
    except Stopped:
        console.say("\nEverything is stopped.")
        return 0 if command == "run" else 1
    except LocalError as error:
        if isinstance(error, ProcessFailed) and error.last_lines:
            console.say("\n" + "\n".join(f"    {line}" for line in error.last_lines))
        console.problem(f"\n{error}")
        return 1


def run(console: Console) -> int:
    """Runs until Ctrl-C; a process that ends by itself ends everything, with its last lines shown."""
    read_dotenv()
    place = RunDirectory(
        state_dir=BASE_DIR / os.environ.get("STATE_DIR", "var"),
        web_port=_port("PORT", 8000),
        emulator_port=_port("EMULATOR_PORT", 8900),
    )
    with Stack(place, console) as stack:
        console.say("Starting PropertyApp")
        stack.start()
        console.box("PropertyApp is running", addresses(stack), "Ctrl-C stops everything.")
        stack.processes.watch()
    return 1  # never reached: watch() ends by an exception


def addresses(stack: Stack) -> list[tuple[str, str]]:
    web, emulator = stack.place.web_url, stack.place.emulator_url
    rows = [("Leasing office", f"{web}/admin/"), ("Tenants' portal", f"{web}/portal/")]
    if stack.place.is_local:
        rows.insert(1, ("", "admin / admin (everything), leasing / leasing (leases)"))
        rows.append(("Our mails", f"{web}/portal/outbox/"))
    if stack.uses_emulator:
        rows += [
            ("Docusign's mails", f"{emulator}/"),
            ("Docusign's console", f"{emulator}/_emulator/"),
        ]
    return rows


def _port(variable: str, default: int) -> int:
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal():
        raise LocalError(f"{variable}={text} is not a port. Choose a number from 1024 to 65535.")
    return int(text)


def _stop(signal_number: int, frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
