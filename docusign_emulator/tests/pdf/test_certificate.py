"""The certificate of completion tells who did what and when."""

from typing import Any

from docusign_emulator.pdf.anchors import TextLayer
from docusign_emulator.pdf.certificate import render

FACTS: dict[str, Any] = {
    "envelopeId": "1d6ff7f4-6b2e-4d2e-9a7c-5a4f7b1c0d11",
    "emailSubject": "Lease for 12 Elm Street",
    "status": "declined",
    "createdAt": "2026-11-24T08:15:49.1234567Z",
    "sender": {"name": "Pat Sender", "email": "pat@example.com", "ip": "10.0.0.9"},
    "documents": [{"name": "Lease.pdf", "pages": 8, "sha256": "ab" * 32}],
    "recipients": [
        {
            "name": "Ann Lee",
            "email": "ann@example.com",
            "role": "Tenant",
            "ip": "10.0.0.1",
            "signedAt": "2026-11-24T09:00:01Z",
            "signatureId": "A1B2C3",
            "signature": {"text": "Ann Lee", "style": "caveat"},
        },
        {"name": "Bo <Baker> & Sons", "email": "bo@example.com", "declinedReason": "Rent <too> high"},
    ],
    "events": [{"at": "2026-11-24T09:00:01Z", "action": "Signed", "user": "Ann Lee", "ip": "10.0.0.1"}],
}


def text(facts: dict[str, Any]) -> str:
    with TextLayer(render(facts)) as layer:
        pages = [layer.text(number) for number in range(1, len(layer.sizes) + 1)]
    return " ".join("\n".join(pages).split())


def test_it_names_the_envelope_the_people_and_the_times() -> None:
    said = text(FACTS)
    for words in (
        "1D6FF7F4-6B2E-4D2E-9A7C-5A4F7B1C0D11",
        "Lease for 12 Elm Street",
        "Pat Sender (pat@example.com)",
        "ab" * 32,
        "24 Nov 2026, 08:15:49 UTC",
        "Tenant",
        "24 Nov 2026, 09:00:01 UTC",
        "A1B2C3",
        "Bo <Baker> & Sons",
        "Rent <too> high",
        "no legal value",
    ):
        assert words in said, words


def test_every_event_is_listed_over_as_many_pages_as_it_takes() -> None:
    events = [{"at": "2026-11-24T09:00:01Z", "action": f"Action {n}"} for n in range(150)]
    said = text(FACTS | {"events": events})
    assert all(f"Action {n} " in said + " " for n in range(150))
    assert "Page 4 of " in said


def test_an_envelope_with_hardly_any_facts_still_has_one() -> None:
    assert "ABC" in text({"envelopeId": "abc"})
