"""One of Docusign's example applications, and somebody who tries its examples."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin

from docusign_emulator.tests.conftest import Json
from docusign_emulator.tests.examples.vendor_app import VendorApp
from docusign_emulator.tests.examples.visitor import Form, Page, Visitor
from docusign_emulator.tests.server import Emulator

# What has to be run first, in the same session, for an example to have something to look at.
NEEDS = {
    3: [2], 4: [2], 5: [2], 6: [2], 7: [2, 6], 9: [8], 12: [2], 13: [8], 15: [16], 17: [8], 18: [16], 25: [24],
    26: [24], 27: [24], 29: [28], 30: [8, 28], 33: [32], 43: [2], 45: [2],
}  # fmt: skip
_PEOPLE = {
    "signer_email": "signer@people.example", "signer_name": "Sig Ner", "cc_email": "cc@people.example",
    "cc_name": "Car Bon", "signer1_email": "one@people.example", "signer1_name": "One Tenant",
    "signer2_email": "two@people.example", "signer2_name": "Two Tenant", "signer_2a_email": "a@people.example",
    "signer_2a_name": "A Two", "signer_2b_email": "b@people.example", "signer_2b_name": "B Two",
    "signer_email_1": "one@people.example", "signer_name_1": "One Tenant", "cc_email_1": "c1@people.example",
    "cc_name_1": "Cee One", "signer_email_2": "two@people.example", "signer_name_2": "Two Tenant",
    "cc_email_2": "c2@people.example", "cc_name_2": "Cee Two", "signer_email2": "two@people.example",
    "signer_name2": "Two Tenant", "candidate_email": "candidate@people.example", "candidate_name": "Kan Did",
    "manager_name": "Man Ager", "email": "agent@property.example", "user_name": "Leasing Agent",
    # The names that the Node application gives them.
    "signerEmail": "signer@people.example", "signerName": "Sig Ner", "ccEmail": "cc@people.example",
    "ccName": "Car Bon", "signer1Email": "one@people.example", "signer1Name": "One Tenant",
    "signer2Email": "two@people.example", "signer2Name": "Two Tenant", "signer2aEmail": "a@people.example",
    "signer2aName": "A Two", "signer2bEmail": "b@people.example", "signer2bName": "B Two",
    "signerEmail1": "one@people.example", "signerName1": "One Tenant", "ccEmail1": "c1@people.example",
    "ccName1": "Cee One", "signerEmail2": "two@people.example", "signerName2": "Two Tenant",
    "ccEmail2": "c2@people.example", "ccName2": "Cee Two",
}  # fmt: skip
FILLED = _PEOPLE | {
    "accessCode": "4711", "document_id": "1", "phone_number": "5550100", "country_code": "1",
    "cc_phone_number": "5550101", "cc_country_code": "1", "resume_date": "2099-01-01", "delay": "2",
    "salary": "1000", "rsus": "10", "start_date": "2027-01-01", "permission_profile_name": "Leasing",
    "brand_name": "Ours", "activation": "4711", "folder_name": "Sent Items", "phoneNumber": "5550100",
    "countryCode": "1", "ccPhoneNumber": "5550101", "ccCountryCode": "1", "resumeDate": "2099-01-01",
    "profileName": "Leasing", "brandName": "Ours", "folderName": "Sent Items",
}  # fmt: skip


class Examples:
    """The example application, with somebody logged in who tries one example after the other."""

    def __init__(self, app: VendorApp, docusign: Emulator) -> None:
        self.app = app
        self.docusign = docusign
        self.visitor = Visitor(Path(docusign.credentials["ca_file"]))
        self._done: set[int] = set()

    def begin(self) -> None:
        """An account with nothing in it, and another browser, which remembers no envelope, template or brand."""
        self.docusign.control("POST", "reset")
        self.docusign.control("PUT", "limits", {"hourly": 100_000, "burst": 100_000})
        self.visitor = Visitor(Path(self.docusign.credentials["ca_file"]))
        self._done.clear()

    def run(self, number: int) -> Page:
        """Post the example's own form, names filled in, and answer where that leads. No call of it is refused."""
        for earlier in NEEDS.get(number, []):
            if earlier not in self._done:
                self.run(earlier)
        before = self.journal()
        page = self.right(self.visitor.open(f"{self.app.url}/eg{number:03}"))
        assert page.forms, page.text
        answer = self.right(self.visitor.submit(page, FILLED, form=_own(page.forms)))
        refused = [line for line in self.journal()[len(before) :] if line["status"] >= 400]
        assert not refused, refused
        self._done.add(number)
        return answer

    def right(self, page: Page) -> Page:
        """The page, when it tells of no problem."""
        problem = page.text.partition("Problem: an error occurred")[2].partition("</section>")[0]
        assert page.status == 200, f"{page.url}: {page.status}\n{self.app.log.read_text()[-3000:]}"
        assert not problem, f"{problem[:2000]}\n{self.app.log.read_text()[-3000:]}"
        return page

    def consent(self, page: Page, user: str) -> Page:
        if "/oauth/auth" in page.url:
            wanted = {"user_id": self.docusign.credentials[user], "decision": "allow"}
            page = self.visitor.open(urljoin(page.url, page.forms[0].action or page.url), wanted)
        return self.right(page)

    def journal(self) -> list[Json]:
        found: list[Json] = self.docusign.control("GET", "journal")["journal"]
        return found

    def newest(self) -> Json:
        """The envelope made last."""
        made = [line for line in self.journal() if line["operation"] == "createEnvelope"][-1]
        envelopes = self.docusign.control("GET", "state")["envelopes"]
        found: Json = next(one for one in envelopes if one["envelopeId"] == made["envelopeId"])
        return found

    def mail(self) -> list[Json]:
        envelope_id = self.newest()["envelopeId"]
        found: list[Json] = self.docusign.control("GET", f"mail?envelopeId={envelope_id}")["mail"]
        return found

    def act(self, recipient_id: str, **more: object) -> None:
        wanted = {"envelopeId": self.newest()["envelopeId"], "recipientId": recipient_id, "action": "sign"}
        self.docusign.control("POST", "recipients/act", wanted | more)


def _own(forms: list[Form]) -> int:
    """Which form is the example's: the one that is protected against forgery, else the first."""
    return next((place for place, form in enumerate(forms) if "_csrf" in form.values), 0)
