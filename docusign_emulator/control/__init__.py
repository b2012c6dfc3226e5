"""The control API under `/_emulator/api/`: what tests and the console page use. Loopback only, no login."""

from __future__ import annotations

from starlette.routing import Route

from docusign_emulator.control import read_routes, recipient_routes, runtime_routes
from docusign_emulator.control.routing import Work, endpoint

_CALLS: list[tuple[str, str, Work]] = [
    ("POST", "reset", runtime_routes.reset),
    ("POST", "seed", runtime_routes.seed),
    ("POST", "snapshot", runtime_routes.snapshot),
    ("POST", "restore", runtime_routes.restore),
    ("GET", "clock", runtime_routes.get_clock),
    ("POST", "clock/advance", runtime_routes.advance),
    ("POST", "faults", runtime_routes.add_fault),
    ("GET", "faults", runtime_routes.get_faults),
    ("DELETE", "faults", runtime_routes.clear_faults),
    ("GET", "journal", read_routes.get_journal),
    ("DELETE", "journal", read_routes.clear_journal),
    ("GET", "unhandled", read_routes.get_unhandled),
    ("GET", "ignored", read_routes.get_ignored),
    ("GET", "mail", read_routes.get_mail),
    ("GET", "payments", read_routes.get_payments),
    ("POST", "recipients/act", recipient_routes.act),
    ("GET", "deliveries", recipient_routes.get_deliveries),
    ("POST", "deliveries/flush", recipient_routes.flush),
    ("POST", "deliveries/{id:int}/resend", recipient_routes.resend),
    ("POST", "connect/hold", recipient_routes.hold),
    ("POST", "connect/release", recipient_routes.release),
    ("GET", "switches", runtime_routes.get_switches),
    ("GET", "switches/described", runtime_routes.describe_switches),
    ("PUT", "switches", runtime_routes.put_switches),
    ("GET", "limits", runtime_routes.get_limits),
    ("PUT", "limits", runtime_routes.put_limits),
    ("GET", "state", read_routes.state),
    ("GET", "envelopes/{id}", read_routes.envelope),
    ("GET", "account", read_routes.get_account),
    ("GET", "description", read_routes.describe),
    ("PUT", "consent", recipient_routes.put_consent),
    ("PUT", "hmac_keys", recipient_routes.put_hmac_keys),
]
routes = [Route(f"/_emulator/api/{path}", endpoint(work), methods=[method]) for method, path, work in _CALLS]
