"""E25: take one guard away at a time; a test has to fail, or the guard is untested.

`python -m tests.faults.guards` works on a copy of the tree and prints a table: guard, the test that fails without it.
Exits 1 when some guard can be removed and nothing notices.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Guard:
    """What to take away (`old` becomes `new` in `file`), and where a test should notice."""

    name: str
    file: str
    old: str
    new: str
    tests: str


GUARDS = [
    Guard(
        "claim is conditional on no one else holding the row",
        "esign/models/jobs.py",
        "taken = rows.filter(unclaimed(now)).update(",
        "taken = rows.update(",
        "tests/faults/test_claims.py",
    ),
    Guard(
        "outcome is written only while the claim is ours",
        "esign/models/jobs.py",
        "filter(pk=pk, claim_token=token)",
        "filter(pk=pk)",
        "tests/faults/test_claims.py",
    ),
    Guard(
        "draft first, sent by its id",
        "esign/docusign/definitions.py",
        'status="created"',
        'status="sent"',
        "tests/faults/test_lost_answers.py tests/faults/test_cancel.py",
    ),
    Guard(
        "the SDK repeats nothing by itself",
        "esign/docusign/rest.py",
        'self.pool_manager.connection_pool_kw["retries"] = NO_RETRIES',
        "pass",
        "tests/faults/test_lost_answers.py",
    ),
    Guard(
        "look-up asks for drafts too",
        "esign/docusign/client.py",
        'EVERY_STATUS = "created,processing,sent,delivered,signed,completed,declined,voided,deleted"',
        'EVERY_STATUS = "any"',
        "tests/faults/test_lost_answers.py",
    ),
    Guard(
        "a void and what follows from it are written together",
        "esign/envelopes/dispatch/outcomes.py",
        "    with transaction.atomic():\n        if not claim.write(state=State.VOIDED",
        "    if True:\n        if not claim.write(state=State.VOIDED",
        "tests/faults/test_cancel.py",
    ),
    Guard(
        "what Docusign says of a send and what follows from it are written together",
        "esign/envelopes/dispatch/outcomes.py",
        "    with transaction.atomic():\n        claim.write(state=State.SENT",
        "    if True:\n        claim.write(state=State.SENT",
        "tests/faults/test_between_two_writes.py",
    ),
    Guard(
        "an update is believed only when its answer names the envelope",
        "esign/docusign/client.py",
        'if parse_uuid(summary.get("envelopeId")) != envelope.docusign_id:',
        "if False:",
        "tests/faults/test_strange_answers.py",
    ),
    Guard(
        "a no without a code of Docusign's is no no",
        "esign/docusign/errors.py",
        "if not code or status >= 500",
        "if status >= 500",
        "tests/faults/test_strange_answers.py",
    ),
    Guard(
        "a draft lost from sight is looked up before another is made",
        "esign/models/envelope.py",
        "When(drafted_at__isnull=False, then=Value(State.CREATING)),",
        "When(drafted_at__isnull=False, then=Value(State.READY)),",
        "tests/faults/test_strange_answers.py",
    ),
    Guard(
        "a look-up adopts only what names our row",
        "esign/docusign/client.py",
        "if e.our_id == envelope.pk}",
        "if e.our_id in (None, envelope.pk)}",
        "tests/faults/test_strange_answers.py",
    ),
    Guard(
        "what is refused for good is not asked for all day",
        "esign/envelopes/dispatch/outcomes.py",
        'changes["due_at"] = timezone.now() + timedelta(days=1)',
        "pass",
        "tests/faults/test_no_end.py",
    ),
    Guard(
        "a draft that lands after its cancel belongs to no row",
        "esign/envelopes/updates.py",
        "if envelope.docusign_id is None and _belongs_to_no_row(envelope, update):",
        "if False:",
        "tests/faults/test_cancel.py",
    ),
    Guard(
        "a draft that is held for sent is looked at",
        "esign/envelopes/updates.py",
        'if update.status == "created" and _should_be_out(envelope, now):',
        "if False:",
        "tests/faults/test_strange_answers.py",
    ),
    Guard(
        "a list that is no list is no update",
        "esign/docusign/client.py",
        'if not data.keys() & {"envelopes", "resultSetSize", "totalSetSize"}:',
        "if False:",
        "tests/faults/test_strange_answers.py",
    ),
    Guard(
        "the slower of two makes no complaint",
        "esign/envelopes/replacement.py",
        "ended = _promised().filter(pk=envelope.pk).update(",
        "ended = Envelope.objects.filter(pk=envelope.pk).update(",
        "tests/faults/test_between_two_writes.py",
    ),
    Guard(
        "final states never go back",
        "esign/envelopes/updates.py",
        "    if envelope.docusign_status in VENDOR_FINAL:\n        return False\n",
        "",
        "tests/faults/test_claims.py",
    ),
    Guard(
        "a stale update is not applied",
        "esign/envelopes/updates.py",
        "return generated_at > envelope.docusign_as_of",
        "return True",
        "tests/faults/test_claims.py",
    ),
    Guard(
        "an unknown outcome is looked up, not repeated",
        "esign/envelopes/dispatch/draft.py",
        'return leave_open(claim, unknown)\n    reach("draft-answered"',
        'return _back_to_ready(claim)\n    reach("draft-answered"',
        "tests/faults/test_lost_answers.py tests/esign/envelopes/test_signing.py",
    ),
    Guard(
        "webhooks are believed only with their HMAC",
        "esign/docusign/connect.py",
        "if not matching:",
        "if False:",
        "tests/faults/test_webhooks.py tests/esign/docusign/test_connect.py",
    ),
    Guard(
        "a message is stored once",
        "esign/docusign/connect.py",
        'if name != "retryCount"',
        "if True",
        "tests/faults/test_webhooks.py tests/esign/docusign/test_connect.py",
    ),
    Guard(
        "each consequence has a key",
        "esign/envelopes/updates.py",
        'key=f"{envelope.pk}:{key}"',
        "key=None",
        "tests/faults/test_claims.py",
    ),
    Guard(
        "a draft with another owner is never deleted",
        "esign/sync/orphan_drafts.py",
        "if Envelope.objects.filter(docusign_id=orphan.docusign_id).exists():",
        "if False:",
        "tests/faults/test_claims.py",
    ),
    Guard(
        "who signed is asked for when the update did not tell",
        "esign/envelopes/downloads.py",
        "        _learn_who_signed(client, envelope)\n",
        "",
        "tests/faults/test_never_stuck.py",
    ),
    Guard(
        "one row that cannot be written stops no sweep",
        "esign/sync/reconcile.py",
        "except Exception:  # whatever is wrong with one row",
        "except ZeroDivisionError:  # whatever is wrong with one row",
        "tests/faults/test_never_stuck.py",
    ),
    Guard(
        "after one refusal everyone waits",
        "esign/docusign/calling.py",
        "budget.block(self.connection, error.retry_at)",
        "pass",
        "tests/faults/test_limits.py",
    ),
]


def main() -> int:
    unnoticed = 0
    with TemporaryDirectory() as folder:
        for guard in GUARDS:
            noticed_by = try_without(guard, Path(folder))
            unnoticed += noticed_by is None
            sys.stdout.write(f"{guard.name:<56}  {noticed_by or 'NOTHING NOTICED'}\n")
            sys.stdout.flush()
    return 1 if unnoticed else 0


def try_without(guard: Guard, folder: Path) -> str | None:
    """The test that fails without the guard; None when none does. Raises ValueError when the guard is not there."""
    tree = folder / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns("var", ".git", ".venv", "*_cache", "__pycache__"))
    path = tree / guard.file
    text = path.read_text()
    if text.count(guard.old) != 1:
        raise ValueError(f"{guard.file} does not hold exactly one: {guard.old}")
    path.write_text(text.replace(guard.old, guard.new))
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *guard.tests.split()],
        cwd=tree,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    failures = [line.split()[1] for line in run.stdout.splitlines() if line.startswith(("FAILED tests", "ERROR tests"))]
    return failures[0].split("::")[-1] if failures else None


if __name__ == "__main__":
    raise SystemExit(main())
