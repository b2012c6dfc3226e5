"""One function per Docusign call, over the official SDK; plain values out, errors named for what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.cache import cache
from redis.exceptions import RedisError

from esign.docusign.answers import (
    ChangesPage,
    ConnectFailure,
    EnvelopeUpdate,
    FormValue,
    parse_failures,
    parse_form_data,
    parse_page,
    parse_phone_workflow,
    parse_uuid,
)
from esign.docusign.calling import Caller, Headers, raise_item_error
from esign.docusign.errors import (
    DocusignUnknown,
    NotSignedIn,
    PhoneCheckMissing,
)
from esign.models import Envelope, Signer

StartUrl = Callable[[Signer], str]
# Said one by one, since a list without a status, or of "any", leaves drafts out.
EVERY_STATUS = "created,processing,sent,delivered,signed,completed,declined,voided,deleted"


class DocusignClient(Caller):
    """Docusign for one connection, in one lane of its budget."""

    # --- envelopes ------------------------------------------------------------------------------------

    def create_draft(self, envelope: Envelope, *, start_url: StartUrl | None = None) -> UUID:
        """Make a draft, for which no one is mailed, and return Docusign's id for it.

        `start_url` says where Docusign's own mail leads those who sign in our portal.
        https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/create/
        """
        from esign.docusign.definitions import Means, build_definition

        checks_a_phone = any(signer.phone_check for signer in envelope.signers.all())
        workflow = self.phone_workflow() if checks_a_phone else ""
        definition = build_definition(envelope, Means(workflow, start_url))
        summary = self._call(
            "createEnvelope",
            lambda api: _envelopes(api).create_envelope_with_http_info(self._account, envelope_definition=definition),
            envelope=envelope,
        )
        if (envelope_id := parse_uuid(summary.get("envelopeId"))) is None:
            raise DocusignUnknown("Docusign answered without an envelope id.")
        return envelope_id

    def send_draft(self, envelope: Envelope) -> None:
        """Send a draft by its id: the only call after which people get mail.

        https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/update/
        """
        self._update(envelope, {"status": "sent"})

    def void(self, envelope: Envelope, reason: str) -> None:
        """Void what is out for signature. Raises DocusignConflict when it is not out (any more)."""
        self._update(envelope, {"status": "voided", "voidedReason": reason or "Withdrawn"})

    def resend(self, envelope: Envelope) -> None:
        """Have Docusign notify again those whose turn it is."""
        self._update(envelope, {}, resend_envelope="true")

    def _update(self, envelope: Envelope, change: dict[str, str], **query: str) -> None:
        summary = self._call(
            "updateEnvelope",
            lambda api: _envelopes(api).update_with_http_info(
                self._account, str(envelope.docusign_id), envelope=change, **query
            ),
            envelope=envelope,
        )
        raise_item_error(summary)
        if parse_uuid(summary.get("envelopeId")) != envelope.docusign_id:
            # Gateways and captive pages answer 200, too: only what names the envelope speaks of it.
            raise DocusignUnknown("What answered in Docusign's place does not name the envelope.")

    def set_times(self, envelope: Envelope) -> None:
        """Make reminders and expiry those of the row. The end is counted from the sending, also when changed later.

        https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/update/
        """
        from esign.docusign.definitions import notification

        times = notification(envelope)
        self._call(
            "updateNotificationSettings",
            lambda api: _envelopes(api).update_notification_settings_with_http_info(
                self._account, str(envelope.docusign_id), envelope_notification_request=times
            ),
            envelope=envelope,
        )

    def correct_recipient(self, signer: Signer, changed: Iterable[str], *, start_url: StartUrl) -> None:
        """Change these fields of one recipient to what the (unsaved) row says; no other signature is touched.

        An e-mail address in the call always counts as new and is written to, so it is left out when it is the same.
        Raises RecipientDone when this person has signed or declined meanwhile, DocusignConflict when the envelope
        is over.
        https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/enveloperecipients/update/
        """
        from esign.docusign.definitions import Means, corrected_recipients

        envelope = signer.envelope
        workflow = self.phone_workflow() if signer.phone_check else ""
        recipients = corrected_recipients(signer, set(changed), Means(workflow, start_url))
        data = self._call(
            "updateRecipients",
            lambda api: _envelopes(api).update_recipients_with_http_info(
                self._account, str(envelope.docusign_id), recipients=recipients
            ),
            envelope=envelope,
        )
        results = data.get("recipientUpdateResults")
        if not isinstance(results, list):
            raise DocusignUnknown("What answered in Docusign's place does not name the recipient.")
        for result in results:
            if isinstance(result, Mapping):
                raise_item_error(result)

    def form_data(self, envelope: Envelope) -> list[FormValue]:
        """What the signers filled in.

        https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopeformdata/get/
        """
        data = self._call(
            "getFormData",
            lambda api: _envelopes(api).get_form_data_with_http_info(self._account, str(envelope.docusign_id)),
            envelope=envelope,
        )
        return parse_form_data(data)

    def phone_workflow(self) -> str:
        """The account's id for “ask for a code sent to their phone”. Raises PhoneCheckMissing. Kept for a day.

        https://developers.docusign.com/docs/esign-rest-api/how-to/phone-auth/
        """
        key = f"docusign:phone-workflow:{self._account}"
        with suppress(RedisError):
            if known := cache.get(key):
                return str(known)

        def send(api: Any) -> tuple[Any, int, Headers]:
            from docusign_esign import AccountsApi

            return AccountsApi(api).get_account_identity_verification_with_http_info(self._account)  # type: ignore[no-any-return]

        try:
            found = parse_phone_workflow(self._call("getAccountIdentityVerification", send))
        except NotSignedIn as refusal:
            if refusal.answer.error_code.upper() != "ACCOUNT_LACKS_PERMISSIONS":
                raise
            found = ""
        if not found:
            raise PhoneCheckMissing(
                "This Docusign account cannot check phones: phone authentication is not part of its plan. "
                "Ask for an access code instead, or have Docusign add the feature."
            )
        with suppress(RedisError):
            cache.set(key, found, timeout=24 * 60 * 60)
        return found

    def get_envelope(self, envelope: Envelope, docusign_id: UUID | None = None) -> EnvelopeUpdate:
        """One envelope with its recipients. Mind the polling rule: at most one GET in 15 minutes per envelope.

        https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/get/
        """
        wanted = docusign_id or envelope.docusign_id
        data = self._call(
            "getEnvelope",
            lambda api: _envelopes(api).get_envelope_with_http_info(
                self._account, str(wanted), include="recipients,custom_fields"
            ),
            envelope=envelope,
        )
        found = EnvelopeUpdate.parse(data)
        if found is None or found.envelope_id != wanted:
            raise DocusignUnknown("Docusign's answer about the envelope cannot be read.")
        return found

    def find(self, envelope: Envelope) -> list[EnvelopeUpdate]:
        """What Docusign has for our transaction id. A hit settles; a miss proves nothing by itself.

        Asked for drafts and for all else: leaving the status out hides drafts.
        https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/liststatuschanges/
        """
        data = self._call(
            "listStatusChanges",
            lambda api: _envelopes(api).list_status_changes_with_http_info(
                self._account,
                transaction_ids=str(envelope.pk),
                status=EVERY_STATUS,
                include="custom_fields",
            ),
            envelope=envelope,
        )
        found = {e.envelope_id: e for e in read_page(data).envelopes if e.our_id == envelope.pk}
        statuses = data.get("envelopeTransactionStatuses")
        for row in statuses if isinstance(statuses, list) else []:
            one = EnvelopeUpdate.parse(row) if isinstance(row, Mapping) else None
            if one and one.transaction_id == envelope.pk:
                found.setdefault(one.envelope_id, one)
        return list(found.values())

    def list_changes(self, since: datetime, *, status: str = "", start: int = 0, count: int = 1000) -> ChangesPage:
        """Envelopes that changed since then, oldest change first. Drafts only when `status` asks for them."""
        query = {"status": status} if status else {}
        data = self._call(
            "listStatusChanges",
            lambda api: _envelopes(api).list_status_changes_with_http_info(
                self._account,
                from_date=since.isoformat(),
                from_to_status="changed",
                include="recipients,custom_fields",
                order_by="last_modified",
                order="asc",
                start_position=str(start),
                count=str(count),
                **query,
            ),
        )
        return read_page(data)

    def statuses(self, docusign_ids: Iterable[UUID]) -> ChangesPage:
        """The status of many envelopes by one call: how silent ones are asked after without polling each.

        https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/liststatus/
        """
        wanted = {"envelopeIds": [str(i) for i in docusign_ids]}
        data = self._call(
            "listStatus",
            lambda api: _envelopes(api).list_status_with_http_info(
                self._account, envelope_ids="request_body", envelope_ids_request=wanted, status=EVERY_STATUS
            ),
        )
        return read_page(data)

    def delete_draft(self, docusign_id: UUID, envelope: Envelope | None = None) -> None:
        """Move a draft to the recycle bin, which is how Docusign deletes one.

        https://developers.docusign.com/docs/esign-rest-api/how-to/delete-restore-envelope/
        """

        def send(api: Any) -> tuple[Any, int, Headers]:
            from docusign_esign import FoldersApi

            return FoldersApi(api).move_envelopes_with_http_info(  # type: ignore[no-any-return]
                self._account, "recyclebin", folders_request={"envelopeIds": [str(docusign_id)]}
            )

        self._call("moveEnvelopes", send, envelope=envelope)

    # --- Connect --------------------------------------------------------------------------------------

    def connect_failures(self, since: datetime) -> list[ConnectFailure]:
        """Messages that Docusign could not deliver to us. Needs an administrator of the account.

        https://developers.docusign.com/docs/esign-rest-api/reference/connect/connectevents/listfailures/
        """

        def send(api: Any) -> tuple[Any, int, Headers]:
            from docusign_esign import ConnectApi

            return ConnectApi(api).list_event_failure_logs_with_http_info(  # type: ignore[no-any-return]
                self._account, from_date=since.isoformat()
            )

        return parse_failures(self._call("listEventFailureLogs", send))

    def republish(self, docusign_ids: Iterable[UUID]) -> None:
        """Have Connect send again what it could not deliver for these envelopes.

        https://developers.docusign.com/docs/esign-rest-api/reference/connect/connectevents/retryforenvelopes/
        """
        wanted = {"envelopeIds": [str(i) for i in docusign_ids], "synchronous": "false"}

        def send(api: Any) -> tuple[Any, int, Headers]:
            from docusign_esign import ConnectApi

            return ConnectApi(api).retry_event_for_envelopes_with_http_info(  # type: ignore[no-any-return]
                self._account, connect_failure_filter=wanted
            )

        self._call("retryEventForEnvelopes", send)

    # --- people and documents -------------------------------------------------------------------------

    def recipient_view(self, signer: Signer, *, return_url: str) -> str:
        """A one-time signing address, good for five minutes: minted on the click, never stored or mailed.

        https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopeviews/createrecipient/
        """
        request = {
            "returnUrl": return_url,
            "authenticationMethod": "Email",
            "clientUserId": signer.client_user_id,
            "recipientId": str(signer.recipient_id),
            # An in-person signer is opened by the host who sits with them.
            "userName": signer.host_name if signer.is_in_person else signer.name,
            "email": signer.host_email if signer.is_in_person else signer.email,
        }
        data = self._call(
            "createRecipientView",
            lambda api: _envelopes(api).create_recipient_view_with_http_info(
                self._account, str(signer.envelope.docusign_id), recipient_view_request=request
            ),
            envelope=signer.envelope,
        )
        url = data.get("url")
        if not isinstance(url, str) or not url.startswith(("https://", f"{self.connection.base_uri}/")):
            raise DocusignUnknown("Docusign gave no signing address that we would send anybody to.")
        return url

    def download(self, envelope: Envelope, document: str) -> bytes:
        """The bytes of `archive` (a ZIP of all PDFs and the certificate), `combined`, `certificate` or one document.

        https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopedocuments/get/
        """
        data = self._call(
            "getDocument",
            lambda api: _envelopes(api).get_document_with_http_info(self._account, document, str(envelope.docusign_id)),
            envelope=envelope,
        )
        content = data.get("file")
        if not isinstance(content, bytes) or not content:
            raise DocusignUnknown("Docusign served no document.")
        return content


def read_page(data: Mapping[str, Any]) -> ChangesPage:
    """A list may be empty, but then it says so: else the watermark would move past changes that were not read."""
    if not data.keys() & {"envelopes", "resultSetSize", "totalSetSize"}:
        raise DocusignUnknown("What answered in Docusign's place is no list of envelopes.")
    return parse_page(data)


def _envelopes(api: Any) -> Any:
    from docusign_esign import EnvelopesApi

    return EnvelopesApi(api)
