"""Connect messages: whose they are, and what they say."""

import hmac
import json
from base64 import b64encode
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esign.docusign import connect
from esign.docusign.connect import UnreadableMessage, UnsignedMessage

OLD, NEW = "an-old-connect-key", "a-new-connect-key"


def signature(body: bytes, key: str) -> str:
    return b64encode(hmac.digest(key.encode(), body, "sha256")).decode()


def message(**changes: object) -> dict[str, object]:
    envelope_id = str(uuid4())
    return {
        "event": "envelope-completed",
        "apiVersion": "v2.1",
        "retryCount": 0,
        "generatedDateTime": "2026-11-20T10:00:00.1234567Z",
        "data": {
            "accountId": str(uuid4()),
            "envelopeId": envelope_id,
            "envelopeSummary": {
                "status": "completed",
                "recipients": {"signers": [{"recipientId": "1", "status": "completed"}]},
            },
        },
        **changes,
    }


def test_a_message_signed_with_a_configured_key_is_docusigns() -> None:
    connect.verify(b"{}", {"X-DocuSign-Signature-1": signature(b"{}", NEW)}, [NEW])


def test_keys_can_be_rotated_because_any_offered_signature_may_match_any_key() -> None:
    headers = {"x-docusign-signature-1": signature(b"{}", OLD), "X-Docusign-Signature-2": signature(b"{}", NEW)}
    connect.verify(b"{}", headers, ["another", NEW])


@pytest.mark.parametrize(
    ("headers", "keys"),
    [
        ({}, [NEW]),
        ({"X-DocuSign-Signature-1": ""}, [NEW]),
        ({"X-DocuSign-Signature-1": signature(b"{}", OLD)}, [NEW]),
        ({"X-DocuSign-Signature-1": signature(b"{ }", NEW)}, [NEW]),
        ({"X-DocuSign-Signature-1": signature(b"{}", "")}, [""]),
        ({"X-DocuSign-Signature-1": signature(b"{}", NEW)}, []),
        ({"X-DocuSign-Signature-1": "não-é-base64"}, [NEW]),
    ],
    ids=["none", "empty", "foreign key", "one blank more", "empty key", "no keys configured", "not even base64"],
)
def test_a_stranger_cannot_speak_for_docusign(headers: dict[str, str], keys: list[str]) -> None:
    with pytest.raises(UnsignedMessage):
        connect.verify(b"{}", headers, keys)


def test_a_message_sent_again_has_the_same_digest_and_another_message_has_not() -> None:
    first = message()
    again, other = {**first, "retryCount": 3}, {**first, "generatedDateTime": "2026-11-20T10:00:01Z"}

    digests = [connect.read(m).digest for m in (first, again, other)]

    assert digests[0] == digests[1] != digests[2]


def test_a_message_tells_envelope_time_and_recipients() -> None:
    read = connect.parse(json.dumps(message()).encode())

    assert read.event == "envelope-completed"
    assert read.generated_at is not None and read.generated_at.microsecond == 123456
    assert read.envelope is not None and read.envelope.status == "completed"
    assert [r.status for r in read.envelope.recipients] == ["completed"]


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b'"text"', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_object_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableMessage):
        connect.parse(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
field_names = st.sampled_from(
    "event data generatedDateTime envelopeId accountId envelopeSummary status recipients signers recipientId "
    "customFields textCustomFields name value retryCount".split()
)


@given(st.dictionaries(field_names, json_values | st.dictionaries(field_names, json_values), max_size=6))
def test_any_json_object_can_be_read_and_stored(body: dict[str, object]) -> None:
    """Whatever Docusign, or somebody with its key, sends: it is read without an error and fits a JSON column."""
    read = connect.parse(json.dumps(body).encode())

    assert len(read.digest) == 64
    assert "\\u0000" not in json.dumps(read.body, allow_nan=False)
