"""Calls of Docusign's Bulk Send: one draft and a list of people become many envelopes, sent from Docusign's own queue.

https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/envelopes/bulk-send/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from esign.docusign.answers import ChangesPage, parse_uuid, text
from esign.docusign.calling import Send
from esign.docusign.client import EVERY_STATUS, DocusignClient, read_page
from esign.docusign.errors import DocusignRefused, DocusignReply, DocusignUnknown, NothingDone, NotSignedIn
from esign.models import Envelope
from esign.models.bulk import MOST_COPIES

# Names the list in every copy, so that the copies of a list are found by one search.
KEY_FIELD = "propertyapp_bulk"
QUEUE_FULL = "BULK_SEND_ACCOUNT_HAS_TOO_MANY_QUEUED_ENVELOPES"
PASSES = (QUEUE_FULL, "BULK_SEND_BLOB_STORE_ERROR")  # the same request may work later
TRY_AGAIN_AFTER = timedelta(minutes=2)


@dataclass(frozen=True)
class CopyError:
    """Why one copy was not sent. Docusign tells the copy only by the addresses of its people."""

    emails: frozenset[str]
    message: str


@dataclass(frozen=True)
class BatchStatus:
    """How far Docusign's queue has come with one list."""

    queued: int
    sent: int
    failed: int
    errors: tuple[CopyError, ...] = ()


class BulkClient(DocusignClient):
    """Bulk Send for one connection, by the same budget, token and record as every call."""

    # --- what mails no one ----------------------------------------------------------------------------

    def make_list(self, name: str, copies: Sequence[Envelope]) -> UUID:
        """Make a list with one copy for each envelope, at most MOST_COPIES.

        https://developers.docusign.com/docs/esign-rest-api/reference/bulkenvelopes/bulksend/createbulksendlist/
        """
        from esign.docusign.bulk_definitions import build_list

        made = build_list(name, copies)
        data = self._bulk(
            "createBulkSendList",
            lambda api: _bulk(api).create_bulk_send_list_with_http_info(self._account, bulk_sending_list=made),
        )
        return _id(data.get("listId"), "Docusign answered without the id of the list.")

    def find_lists(self, name: str) -> list[UUID]:
        """The lists of that name.

        https://developers.docusign.com/docs/esign-rest-api/reference/bulkenvelopes/bulksend/getbulksendlists/
        """
        data = self._bulk("getBulkSendLists", lambda api: _bulk(api).get_bulk_send_lists_with_http_info(self._account))
        rows = _rows(data.get("bulkListSummaries"))
        found = (parse_uuid(row.get("bulkSendListId")) for row in rows if text(row.get("name"), 200) == name)
        return [one for one in found if one is not None]

    def delete_list(self, list_id: UUID) -> None:
        """Delete a list: a request that would send it is refused from then on. Raises DocusignNotFound.

        https://developers.docusign.com/docs/esign-rest-api/reference/bulkenvelopes/bulksend/deletebulksendlist/
        """
        self._bulk(
            "deleteBulkSendList",
            lambda api: _bulk(api).delete_bulk_send_list_with_http_info(self._account, str(list_id)),
        )

    def make_source(self, envelope: Envelope, key: UUID, transaction_id: UUID, list_id: UUID) -> UUID:
        """Make the draft that is copied, from one of the envelopes; its people are left open. Returns its id.

        https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/create/
        """
        from esign.docusign.bulk_definitions import build_source

        definition = build_source(envelope, transaction_id, list_id, {KEY_FIELD: str(key)})

        def send(api: Any) -> Any:
            from docusign_esign import EnvelopesApi

            return EnvelopesApi(api).create_envelope_with_http_info(self._account, envelope_definition=definition)

        return _id(self._bulk("createEnvelope", send).get("envelopeId"), "Docusign answered without an envelope id.")

    def find_sources(self, transaction_id: UUID) -> list[UUID]:
        """Drafts that were made with this transaction id. A miss proves nothing by itself."""
        found = self._search(transaction_ids=str(transaction_id), status=EVERY_STATUS)
        return [one.envelope_id for one in found.envelopes if one.status == "created"]

    def objections(self, list_id: UUID, source_id: UUID, name: str) -> list[str]:
        """Test whether the list fits the draft: in Docusign's words why not. A full queue is no objection.

        https://developers.docusign.com/docs/esign-rest-api/reference/bulkenvelopes/bulksend/createbulksendtestrequest/
        """
        request = {"envelopeOrTemplateId": str(source_id), "batchName": name}
        data = self._bulk(
            "createBulkSendTestRequest",
            lambda api: _bulk(api).create_bulk_send_test_request_with_http_info(
                self._account, str(list_id), bulk_send_request=request
            ),
        )
        said = _problems(data.get("validationErrors"), data.get("validationErrorDetails"))
        if not said and str(data.get("canBeSent")).lower() != "true":
            raise DocusignUnknown("What answered in Docusign's place does not say whether the list can be sent.")
        return [words for code, words in said if code not in PASSES]

    # --- what sends -----------------------------------------------------------------------------------

    def send_list(self, list_id: UUID, source_id: UUID, name: str) -> UUID:
        """Queue every copy: the only call of these after which people get mail. Returns the id of the batch.

        All copies are queued or none. Raises NothingDone where the account's queue is full.
        https://developers.docusign.com/docs/esign-rest-api/reference/bulkenvelopes/bulksend/createbulksendrequest/
        """
        request = {"envelopeOrTemplateId": str(source_id), "batchName": name}
        data = self._bulk(
            "createBulkSendRequest",
            lambda api: _bulk(api).create_bulk_send_request_with_http_info(
                self._account, str(list_id), bulk_send_request=request
            ),
        )
        if said := _problems(data.get("errors"), data.get("errorDetails")):
            code, words = said[0]
            raise _sorted(DocusignRefused(f"Docusign: {words}", answer=DocusignReply(200, code, words)))
        return _id(data.get("batchId"), "Docusign answered without the id of the batch.")

    # --- what became of it ----------------------------------------------------------------------------

    def find_batches(self, key: UUID, since: datetime) -> list[UUID]:
        """Batches whose name has this key in it. A hit settles what a lost answer left open.

        https://developers.docusign.com/docs/esign-rest-api/reference/bulkenvelopes/bulksend/getbulksendbatches/
        """
        data = self._bulk(
            "getBulkSendBatches",
            lambda api: _bulk(api).get_bulk_send_batches_with_http_info(
                self._account, from_date=since.isoformat(), search_text=str(key)
            ),
        )
        if not data.keys() & {"bulkBatchSummaries", "resultSetSize", "totalSetSize"}:
            raise DocusignUnknown("What answered in Docusign's place is no list of batches.")
        rows = _rows(data.get("bulkBatchSummaries"))
        found = (parse_uuid(row.get("batchId")) for row in rows if str(key) in text(row.get("batchName"), 200))
        return [one for one in found if one is not None]

    def batch_status(self, batch_id: UUID) -> BatchStatus:
        """How many copies are queued, sent and failed.

        https://developers.docusign.com/docs/esign-rest-api/reference/bulkenvelopes/bulksend/getbulksendbatchstatus/
        """
        data = self._bulk(
            "getBulkSendBatchStatus",
            lambda api: _bulk(api).get_bulk_send_batch_status_with_http_info(self._account, str(batch_id)),
        )
        counts = [str(data.get(name, "")) for name in ("queued", "sent", "failed")]
        if parse_uuid(data.get("batchId")) != batch_id or not all(count.isdecimal() for count in counts):
            raise DocusignUnknown("What answered in Docusign's place does not speak of the batch.")
        queued, sent, failed = map(int, counts)
        return BatchStatus(queued, sent, failed, tuple(_copy_errors(data.get("bulkErrors"))))

    def copies(self, key: UUID, since: datetime, start: int = 0) -> ChangesPage:
        """The envelopes that carry this key, drafts among them, with our custom fields and their recipients.

        The envelopes of a batch are listed without custom fields, so they are searched for by one.
        https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/liststatuschanges/
        """
        return self._search(
            from_date=since.isoformat(),
            custom_field=f"{KEY_FIELD}={key}",
            status=EVERY_STATUS,
            include="recipients,custom_fields",
            order_by="created",
            order="asc",
            start_position=str(start),
            count=str(MOST_COPIES),
        )

    def _search(self, **query: str) -> ChangesPage:
        def send(api: Any) -> Any:
            from docusign_esign import EnvelopesApi

            return EnvelopesApi(api).list_status_changes_with_http_info(self._account, **query)

        return read_page(self._call("listStatusChanges", send))

    def _bulk(self, operation: str, send: Send) -> dict[str, Any]:
        """A call whose refusals are sorted by Bulk Send's own codes."""
        try:
            return self._call(operation, send)
        except DocusignRefused as refusal:
            raise _sorted(refusal) from refusal
        except NotSignedIn as refusal:
            if refusal.answer.error_code.upper() != "ACCOUNT_LACKS_PERMISSIONS":
                raise
            no_bulk_send = "The plan of this Docusign account has no Bulk Send."
            raise DocusignRefused(no_bulk_send, answer=refusal.answer) from None


def _sorted(refusal: DocusignRefused) -> DocusignRefused | NothingDone:
    if refusal.answer.error_code.upper() not in PASSES:
        return refusal
    return NothingDone(str(refusal), answer=refusal.answer, retry_at=timezone.now() + TRY_AGAIN_AFTER)


def _problems(codes: object, details: object) -> list[tuple[str, str]]:
    """(code, words) of each; the words are the code where Docusign gives none."""
    words = [text(one, 300) for one in details] if isinstance(details, list) else []
    found = [text(code, 80) for code in codes] if isinstance(codes, list) else []
    return [(code.upper(), words[place] if place < len(words) else code) for place, code in enumerate(found)]


def _copy_errors(rows: object) -> Iterator[CopyError]:
    for row in _rows(rows):
        emails = row.get("recipientEmails")
        known = emails if isinstance(emails, list) else []
        yield CopyError(frozenset(text(one, 100).casefold() for one in known), text(row.get("errorMessage"), 300))


def _rows(value: object) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _id(value: object, otherwise: str) -> UUID:
    if (found := parse_uuid(value)) is None:
        raise DocusignUnknown(otherwise)
    return found


def _bulk(api: Any) -> Any:
    from docusign_esign import BulkEnvelopesApi

    return BulkEnvelopesApi(api)
