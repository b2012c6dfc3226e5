"""The control API under `/_emulator/api/`: what tests and the console page use. Loopback only, no login."""

from __future__ import annotations

from starlette.routing import Route

from docusign_emulator.control import acting, looking, running
from docusign_emulator.control.plumbing import Work, endpoint

_CALLS: list[tuple[str, str, Work]] = [
    ("POST", "reset", running.reset),
    ("POST", "seed", running.seed),
    ("POST", "snapshot", running.snapshot),
    ("POST", "restore", running.restore),
    ("GET", "clock", running.get_clock),
    ("POST", "clock/advance", running.advance),
    ("POST", "faults", running.add_fault),
    ("GET", "faults", running.get_faults),
    ("DELETE", "faults", running.clear_faults),
    ("GET", "journal", looking.get_journal),
    ("DELETE", "journal", looking.clear_journal),
    ("GET", "unhandled", looking.get_unhandled),
    ("GET", "mail", looking.get_mail),
    ("POST", "recipients/act", acting.act),
    ("GET", "deliveries", acting.get_deliveries),
    ("POST", "deliveries/flush", acting.flush),
    ("POST", "deliveries/{id:int}/resend", acting.resend),
    ("POST", "connect/hold", acting.hold),
    ("POST", "connect/release", acting.release),
    ("GET", "switches", running.get_switches),
    ("GET", "switches/described", running.describe_switches),
    ("PUT", "switches", running.put_switches),
    ("GET", "limits", running.get_limits),
    ("PUT", "limits", running.put_limits),
    ("GET", "state", looking.state),
    ("GET", "envelopes/{id}", looking.envelope),
    ("GET", "account", looking.get_account),
    ("GET", "description", looking.describe),
    ("PUT", "consent", acting.put_consent),
    ("PUT", "hmac_keys", acting.put_hmac_keys),
]
routes = [Route(f"/_emulator/api/{path}", endpoint(work), methods=[method]) for method, path, work in _CALLS]
