"""An envelope under every order of events: what may never happen does not happen."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from docusign_emulator.connect import deliveries
from docusign_emulator.envelopes import audit, create, files, lifecycle, mails, model
from docusign_emulator.protocol.errors import ApiError
from docusign_emulator.signing import recipient_actions
from docusign_emulator.signing.sessions import NotYet
from docusign_emulator.storage.store import Store
from docusign_emulator.tests import papers

FINAL = ("completed", "declined", "voided")
HOOK = {
    "url": "http://127.0.0.1:1/never",
    "events": [
        *(f"envelope-{one}" for one in ("sent", "delivered", "completed", "declined", "voided")),
        *(f"recipient-{one}" for one in ("sent", "delivered", "completed", "declined")),
    ],
}
KINDS = st.sampled_from(["signers", "signers", "signers", "carbonCopies", "certifiedDeliveries", "editors"])


class Envelope(RuleBasedStateMachine):
    """Anybody may try anything at any time; refusals are fine, broken promises are not."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store(Path(self.folder.name))
        self.store.put("connect_held", True)
        self.id = ""
        self.ended: str | None = None

    def teardown(self) -> None:
        self.store.close()
        files.forget_layers()
        self.folder.cleanup()

    @initialize(people=st.lists(st.tuples(KINDS, st.integers(1, 3)), min_size=1, max_size=5), sent=st.booleans())
    def begin(self, people: list[tuple[str, int]], sent: bool) -> None:
        lists: dict[str, list[Any]] = {}
        for number, (kind, order) in enumerate(people, 1):
            lists.setdefault(kind, []).append(papers.signer(str(number), f"Person{number} Of-Many", order=order))
        body = papers.envelope(recipients=lists, status="sent" if sent else "created", eventNotification=HOOK)
        with self.store.transaction():
            self.id = create.create(self.store, self.store.account.sender, body, {}).id

    @rule(who=st.integers(1, 5), action=st.sampled_from(["view", "sign", "sign", "sign", "decline", "autorespond"]))
    def somebody_acts(self, who: int, action: str) -> None:
        self._try(
            lambda: recipient_actions.act(
                self.store, {"envelopeId": self.id, "recipientId": str(who), "action": action}
            )
        )

    @rule()
    def the_sender_sends(self) -> None:
        envelope = self.envelope()
        if envelope.status == "created":
            self._try(lambda: lifecycle.send(self.store, envelope, self.store.account.sender))

    @rule()
    def the_sender_resends(self) -> None:
        self._try(lambda: lifecycle.resend(self.store, self.envelope()))

    @precondition(lambda self: self.ended is None)
    @rule(sure=st.integers(0, 9))
    def the_sender_voids(self, sure: int) -> None:
        if sure == 0:
            self._try(lambda: lifecycle.void(self.store, self.envelope(), "No longer", self.store.account.sender))

    @rule()
    def the_sender_corrects(self) -> None:
        sender = self.store.account.sender
        envelope = self.envelope()
        self._try(lambda: lifecycle.begin_correct(self.store, envelope, sender))
        self._try(lambda: lifecycle.end_correct(self.store, envelope, sender, changed=True))

    @precondition(lambda self: self.ended is not None)
    @rule()
    def it_would_expire(self) -> None:
        self._try(lambda: lifecycle.expire(self.store, self.envelope()))

    @invariant()
    def what_has_ended_stays_ended(self) -> None:
        status = self.envelope().status
        assert self.ended in (None, status)
        if status in FINAL:
            self.ended = status

    @invariant()
    def no_one_is_reached_before_their_turn(self) -> None:
        envelope = self.envelope()
        for person in envelope.recipients:
            if person.status != "created":
                earlier = [one for one in envelope.recipients if one.order < person.order]
                assert all(one.status == "completed" for one in earlier)

    @invariant()
    def it_is_completed_exactly_when_everyone_is(self) -> None:
        envelope = self.envelope()
        everyone = all(person.status == "completed" for person in envelope.recipients)
        assert (envelope.status == "completed") == (everyone and envelope.status not in ("declined", "voided"))

    @invariant()
    def no_one_is_invited_twice(self) -> None:
        invited = [one["recipientId"] for one in mails.sent(self.store) if one["kind"] in ("invitation", "copy")]
        assert len(invited) == len(set(invited))

    @invariant()
    def a_draft_is_secret(self) -> None:
        if self.envelope().status == "created":
            assert mails.sent(self.store) == []

    @invariant()
    def the_story_told_is_the_story_that_happened(self) -> None:
        events = [one.event for one in deliveries.all(self.store)]
        ends = [one for one in events if one.removeprefix("envelope-") in FINAL]
        status = self.envelope().status
        assert ends == ([f"envelope-{status}"] if status in FINAL else [])
        done = sum(person.status == "completed" for person in self.envelope().recipients)
        assert events.count("recipient-completed") == done
        assert events.count("envelope-sent") == (self.envelope().sent_at is not None)

    @invariant()
    def the_trail_is_in_the_order_of_time(self) -> None:
        times = [line["at"] for line in audit.of(self.store, self.id)]
        assert times == sorted(times)

    def envelope(self) -> model.Envelope:
        found = model.load(self.store, self.id)
        assert found is not None
        return found

    def _try(self, step: Any) -> None:
        try:
            with self.store.transaction():
                step()
        except (ApiError, NotYet):
            pass


TestEnvelope = Envelope.TestCase
TestEnvelope.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
