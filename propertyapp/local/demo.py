"""`make demo`: one lease on its whole way, without hands, over HTTP alone.

Staff send it in the admin, every party signs it from the invitation they got, and the signed PDF that came home is
compared with the one Docusign keeps. Anything that is not true on the way ends it with exit code 1.
"""

import re
import tempfile
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode, urljoin

from propertyapp.local.console import Console
from propertyapp.local.docusign import Docusign, Recipient, sha256
from propertyapp.local.environment import RunDirectory
from propertyapp.local.errors import LocalError
from propertyapp.local.ports import free_port
from propertyapp.local.stack import Stack
from propertyapp.local.webclient import Page, UnexpectedPage, Visitor

STAFF = ("leasing", "leasing")
WAIT_SECONDS = 60.0
LOG_LINES = 40

T = TypeVar("T")


def demonstrate(console: Console) -> int:
    """Runs the stack in a scratch folder, then the steps. Raises LocalError at the first that fails."""
    started = time.monotonic()
    log: deque[str] = deque(maxlen=LOG_LINES)
    with tempfile.TemporaryDirectory(prefix="propertyapp-demo-") as folder:
        place = scratch_place(Path(folder))
        console.say(f"Starting PropertyApp in a scratch folder: {place.web_url}, Docusign at {place.emulator_url}")
        try:
            with Stack(place, console, on_line=lambda name, line: log.append(f"{name}: {line}")) as stack:
                stack.start()
                console.say("\nOne lease, from the draft to the signed PDF")
                Demonstration(stack, console).run()
        except LocalError:
            console.say("\nThe last lines of the log:")
            console.say("\n".join(f"    {line}" for line in log))
            raise
    console.say(
        f"\nDone in {time.monotonic() - started:.0f} s: executed, and the signed PDF is the one Docusign keeps."
    )
    return 0


def scratch_place(folder: Path) -> RunDirectory:
    """Nothing of the user's own configuration reaches the demonstration: no database, no mail server, no account.

    An empty value keeps `.env` from giving another, and is filled by the stack.
    """
    web_port = free_port()
    return RunDirectory(
        state_dir=folder,
        web_port=web_port,
        emulator_port=free_port(),
        overrides={
            "DEBUG": "true",
            "DATABASE_URL": f"sqlite:///{folder / 'propertyapp.sqlite3'}",
            "MEDIA_ROOT": str(folder / "files"),
            "EMAIL_URL": "filemail://",
            "ALLOWED_HOSTS": "127.0.0.1",
            "BEHIND_PROXY": "false",
            "SWEEP_SECONDS": "2",
            "DOCUSIGN_ENVIRONMENT": "emulator",
            "DOCUSIGN_CONNECT_URL": f"http://127.0.0.1:{web_port}/esign/connect/",
            **dict.fromkeys(
                (
                    *("PUBLIC_URL", "REDIS_URL", "CELERY_BROKER_URL", "DOCUSIGN_OAUTH_BASE"),
                    *("DOCUSIGN_INTEGRATION_KEY", "DOCUSIGN_SECRET_KEY", "DOCUSIGN_USER_ID"),
                    *("DOCUSIGN_ACCOUNT_ID", "DOCUSIGN_CONNECT_KEYS"),
                    *("DOCUSIGN_PRIVATE_KEY", "DOCUSIGN_PRIVATE_KEY_FILE"),
                ),
                "",
            ),
        },
    )


class Demonstration:
    """The steps, in order. Each raises LocalError when what it shows is not so."""

    def __init__(self, stack: Stack, console: Console) -> None:
        self.stack = stack
        self.console = console
        self.web = stack.place.web_url
        self.docusign = Docusign(stack.place.emulator_url, stack.require_credentials())
        self.staff = Visitor()

    def run(self) -> None:
        step = self.console.step
        with step("Staff sign in to the admin"):
            self.sign_in()
        with step("Staff choose a draft lease and ask to send it") as note:
            lease_id, confirmation = self.choose_a_draft()
            note(confirmation.text_between("Subject", "Order"))
        with step("Staff read what goes to whom, and confirm"):
            envelope_page = self.confirm(confirmation)
        with step("Docusign has the envelope and has asked the first to sign") as note:
            envelope_id = self.await_sent(envelope_id_of(envelope_page))
            note(envelope_id)
        self.sign_as_everyone(envelope_id)
        with step("Docusign's webhook told us that all have signed"):
            self._until(lambda: self.docusign.told_of_completion(envelope_id), "The webhook")
        with step("The lease is executed"):
            self.await_executed(lease_id)
        with step("The signed PDFs came home and are those that Docusign keeps") as note:
            for name, digest in self.compare_documents(envelope_page, envelope_id):
                note(f"{name} {digest[:12]}…")

    def sign_in(self) -> None:
        page = self.staff.get(f"{self.web}/admin/login/?next=/admin/")
        form = page.form_with("password")
        home = self.staff.submit(page, form, {"username": STAFF[0], "password": STAFF[1]})
        if "/login/" in home.url:
            raise LocalError(f"The admin did not let {STAFF[0]} in: {home.text[:200]}")

    def choose_a_draft(self) -> tuple[str, Page]:
        """The first draft on the list that can go out, and the page that asks whether to send it."""
        page = self.staff.get(f"{self.web}/admin/leases/lease/?status__exact=draft")
        form = page.form_with("action")
        send = form.choice("action", "Send for signature")
        drafts = [choice.value for choice in form.choices if choice.name == "_selected_action"]
        if send is None or not drafts:
            raise UnexpectedPage("The list of leases shows no draft, or no way to send one.")
        for lease_id in drafts:
            asked = self.staff.submit(page, form, {"action": send.value, "_selected_action": lease_id})
            if any(form.button("for signature") for form in asked.forms):
                return lease_id, asked
        raise UnexpectedPage(f"None of {len(drafts)} drafts can be sent. The last says: {asked.text[:300]}")

    def confirm(self, confirmation: Page) -> Page:
        form = confirmation.form_with("for signature")
        return self.staff.submit(confirmation, form, press="for signature")

    def await_sent(self, transaction_id: str) -> str:
        """Docusign's id of the envelope, once it is out."""
        return self._until(lambda: self.docusign.sent(transaction_id), "Sending the envelope")

    def sign_as_everyone(self, envelope_id: str) -> None:
        """Each signs as soon as Docusign says that it is their turn, from the invitation that they got."""
        while person := self._until(lambda: self.docusign.progress(envelope_id), "The next signer's turn").next_person:
            with self.console.step(f"{person.name} signs") as note:
                note(self.sign_as(person, envelope_id))

    def sign_as(self, person: Recipient, envelope_id: str) -> str:
        """How they were invited, in words."""
        visitor = Visitor()
        if person.embedded:
            link = self._until(lambda: self.our_invitation(person), f"Our mail to {person.email}")
            session = self.through_the_portal(visitor, link, person)
            how = "by our mail, through the portal"
        else:
            link = self._until(
                lambda: self.docusign.invitation(person, envelope_id), f"Docusign's mail to {person.email}"
            )
            session = visitor.get(link)
            how = "by Docusign's own mail"
        self.docusign.sign(visitor, session)
        return how

    def our_invitation(self, person: Recipient) -> str:
        """The portal link in our newest mail to this person; empty while there is none. Couples share addresses."""
        links = (link for mail in self.our_mails(person) for link in mail["links"])
        return next((str(link) for link in links if "/portal/enter/" in link), "")

    def our_code(self, person: Recipient) -> str:
        """The six digits in the newest mail that has a code for this person; empty while there is none."""
        codes = (re.match(r"\d{6}\b", mail["subject"]) for mail in self.our_mails(person))
        return next((code.group() for code in codes if code), "")

    def our_mails(self, person: Recipient) -> list[dict[str, Any]]:
        """What we mailed to this person, the newest first."""
        query = urlencode({"to": person.email, "format": "json"})
        mails = self.staff.get_json(f"{self.web}/portal/outbox/?{query}")["mails"]
        return [mail for mail in mails if person.name in mail["text"]]

    def through_the_portal(self, visitor: Visitor, link: str, person: Recipient) -> Page:
        """From the mailed link to Docusign's page, by the mailed code and the consent, where those are asked for."""
        door = visitor.get(link)
        lease = visitor.submit(door, next(form for form in door.forms if "/portal/enter/" in (form.action or door.url)))
        page = visitor.submit(lease, lease.form_with("Review and sign"))
        if any("code" in form.values for form in page.forms):
            code = self._until(lambda: self.our_code(person), f"The code mailed to {person.email}")
            page = visitor.submit(page, page.form_with("code"), {"code": code})
        if any(form.choice("agreed", "") for form in page.forms):
            page = visitor.submit(page, page.form_with("agreed"), {"agreed": "yes"})
        return page

    def await_executed(self, lease_id: str) -> None:
        """Executed, or active already where the first day has come."""

        def executed() -> bool:
            lists = (f"{self.web}/admin/leases/lease/?status__exact={status}" for status in ("executed", "active"))
            return any(self.staff.get(one).links_to(f"/leases/lease/{lease_id}/change/") for one in lists)

        self._until(executed, "Executing the lease")

    def compare_documents(self, envelope_page: Page, envelope_id: str) -> list[tuple[str, str]]:
        """Name and SHA-256 of each signed PDF. Raises LocalError when ours and Docusign's differ."""
        theirs = self.docusign.signed_documents(envelope_id)
        page = self.staff.get(envelope_page.url)
        ours = {sha256(self.staff.get(urljoin(page.url, link.href)).body) for link in page.links_to("/documents/")}
        for name, digest in theirs:
            if digest not in ours:
                raise LocalError(f"We do not keep what Docusign serves as {name} ({digest}).")
        return theirs

    def _until(self, question: Callable[[], T | None], what: str) -> T:
        """The first answer that is not empty. Raises ProcessFailed when it takes too long or a process died."""
        answers: list[T] = []

        def answered() -> bool:
            answer = question()
            if answer:
                answers.append(answer)
            return bool(answers)

        self.stack.processes.wait_until(answered, what, timeout=WAIT_SECONDS)
        return answers[0]


def envelope_id_of(page: Page) -> str:
    """Our id of the envelope, which Docusign knows as its transaction id."""
    found = re.search(r"/esign/envelope/([0-9a-f-]{36})/", page.url)
    if found is None:
        raise UnexpectedPage(f"Sending did not lead to an envelope but to {page.url}: {page.text[:300]}")
    return found[1]
