"""The way back from Docusign's signing page.

What the address says is a courtesy, not a fact: people close the tab, and anybody can type an address. So it chooses
the words of one page and changes no row; the truth comes by Connect.
https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopeviews/createrecipient/
"""

from __future__ import annotations

from enum import StrEnum

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare, get_random_string

from esign.models import Signer

SALT = "esign.portal-return"
# Docusign ends a signing session after 20 idle minutes; a long lease read slowly takes hours.
GOOD_FOR_SECONDS = 24 * 60 * 60
# Docusign cuts a longer address off.
LONGEST_URL = 470


class ReturnEvent(StrEnum):
    """Why Docusign sent the person back."""

    SIGNING_COMPLETE = "signing_complete"
    CANCEL = "cancel"
    DECLINE = "decline"
    EXCEPTION = "exception"
    FAX_PENDING = "fax_pending"
    SESSION_TIMEOUT = "session_timeout"
    TTL_EXPIRED = "ttl_expired"
    VIEWING_COMPLETE = "viewing_complete"
    ACCESS_CODE_FAILED = "access_code_failed"
    ID_CHECK_FAILED = "id_check_failed"
    UNKNOWN = "unknown"

    @classmethod
    def parse(cls, text: str) -> ReturnEvent:
        """Any spelling of a known value; everything else is UNKNOWN."""
        try:
            return cls(text.strip().lower().replace("-", "_").replace(" ", "_"))
        except ValueError:
            return cls.UNKNOWN

    @property
    def expects_update(self) -> bool:
        """Whether the person did something that Docusign is about to confirm."""
        return self in (ReturnEvent.SIGNING_COMPLETE, ReturnEvent.DECLINE)

    @property
    def can_sign_again(self) -> bool:
        return not self.expects_update and self not in (ReturnEvent.VIEWING_COMPLETE, ReturnEvent.FAX_PENDING)


def return_url(signer: Signer) -> str:
    """Where Docusign sends this signer back to: an address that no one else can make up."""
    state = signing.dumps([signer.pk, get_random_string(8)], salt=SALT)
    return f"{settings.PUBLIC_URL}{reverse('portal:return', args=[signer.envelope_id])}?state={state}"


def is_ours(state: str, signer: Signer) -> bool:
    """Whether this signer was sent to Docusign with this state, within the last day."""
    try:
        content = signing.loads(state, salt=SALT, max_age=GOOD_FOR_SECONDS)
    except (signing.BadSignature, ValueError):
        return False
    return isinstance(content, list) and len(content) == 2 and constant_time_compare(str(content[0]), str(signer.pk))


def event_of(query_event: str, state: str, signer: Signer) -> ReturnEvent:
    """What brought the signer back; UNKNOWN unless the state shows that we sent them."""
    return ReturnEvent.parse(query_event) if is_ours(state, signer) else ReturnEvent.UNKNOWN
