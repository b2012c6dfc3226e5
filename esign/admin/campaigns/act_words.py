"""The words for something done to many envelopes: the question, what it costs, and who is told."""

from __future__ import annotations

from django.db.models import QuerySet

from esign.campaigns import acts_on_many
from esign.models import CampaignKind, Envelope
from leases.admin.confirm import Question

QUESTIONS = {
    CampaignKind.REMIND: Question(
        "Remind the signers",
        "Those whose turn it is are asked once more. An envelope is reminded at most once a day; one that was reminded "
        "today is skipped.",
        "Remind",
        "notifications_active",
    ),
    CampaignKind.EXTEND: Question(
        "Give more time to sign",
        "Each can be signed until the day that you choose, also one that ends later now.",
        "Give more time",
        "more_time",
    ),
    CampaignKind.VOID: Question(
        "Void",
        "None of them can be signed any more, and this cannot be undone. A lease goes back to draft as a new version; "
        "signatures given so far do not count for it.",
        "Void",
        "block",
        danger=True,
    ),
    CampaignKind.REPLACE: Question(
        "Replace by a new revision",
        "Each is voided, which cannot be undone. Its next revision is made from the lease as it is then, and goes out "
        "to the same people by the same channels. Those who signed have to sign again.",
        "Void and send again",
        "published_with_changes",
        danger=True,
    ),
    CampaignKind.DOWNLOAD: Question(
        "Fetch the signed documents",
        "When all are here, the page of the run offers them in one ZIP.",
        "Fetch",
        "download",
    ),
}


def effects_of(kind: CampaignKind, envelopes: QuerySet[Envelope]) -> list[str]:
    """What it costs, and who is told."""
    cost = acts_on_many.cost(kind, envelopes)
    told = {
        CampaignKind.REMIND: (
            "Docusign reminds up to {} {}.",
            "We mail up to {} {} the link to our portal.",
        ),
        CampaignKind.VOID: (
            "Docusign mails {} {} that it is void, with your reason.",
            "We tell {} {} of our portal, without the reason.",
        ),
    }
    theirs, ours = told.get(kind, told[CampaignKind.VOID])
    said = [
        theirs.format(f"{cost.told_by_docusign:,}", _people(cost.told_by_docusign)) if cost.told_by_docusign else "",
        ours.format(f"{cost.told_by_us:,}", _people(cost.told_by_us)) if cost.told_by_us else "",
        "" if cost.told_by_docusign or cost.told_by_us else "No one is written to now.",
        f"Docusign counts up to {envelopes_in_words(cost.envelopes)} more of your plan." if cost.envelopes else "",
        f"It takes up to {cost.calls:,} call{'' if cost.calls == 1 else 's'} to Docusign, behind what people wait for."
        if cost.calls
        else "It takes no call to Docusign.",
    ]
    return [sentence for sentence in said if sentence]


def envelopes_in_words(count: int) -> str:
    return f"{count:,} envelope{'' if count == 1 else 's'}"


def _people(count: int) -> str:
    return "person" if count == 1 else "people"
