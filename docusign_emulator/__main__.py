"""`python -m docusign_emulator serve` and `python -m docusign_emulator credentials`."""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import sys
from pathlib import Path

from docusign_emulator.storage import account


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    folder: Path = options.data
    if options.command == "credentials":
        sys.stdout.write(json.dumps(account.credentials(folder, port=options.port), indent=2) + "\n")
        return 0
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if options.fresh and folder.exists():
        _empty(folder)
    from docusign_emulator.runtime import server  # noqa: PLC0415  # credentials must not pay for the server's imports

    try:
        server.serve(
            folder,
            host=options.host,
            port=options.port,
            tls_port=options.tls_port,
            consent=not options.no_consent,
            allowed_hosts=options.allow_host,
        )
    except server.PortTaken as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m docusign_emulator", description="Plays Docusign on this machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve", help="run it")
    serving.add_argument("--port", type=int, default=8900, help="0 takes a free one")
    serving.add_argument("--data", type=Path, required=True, help="folder that holds everything")
    serving.add_argument("--host", default="127.0.0.1")
    serving.add_argument("--allow-host", action="append", default=[], help="a further name that callers use for it")
    serving.add_argument("--tls-port", type=int, default=None, help="serve https there too, with the emulator's own CA")
    serving.add_argument("--fresh", action="store_true", help="forget everything first, the account too")
    serving.add_argument("--no-consent", action="store_true", help="let the service user's consent be asked for")
    telling = commands.add_parser("credentials", help="print the account's ids, keys and URLs as JSON")
    telling.add_argument("--data", type=Path, required=True)
    telling.add_argument("--port", type=int, default=None, help="instead of the one served last")
    return parser


def _empty(folder: Path) -> None:
    """Remove what the emulator put there, and nothing else."""
    for name in ("account.json", "serve.json", "emulator.sqlite3", "emulator.sqlite3-wal", "emulator.sqlite3-shm"):
        (folder / name).unlink(missing_ok=True)
    for name in ("keys", "documents", "snapshots"):
        shutil.rmtree(folder / name, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
