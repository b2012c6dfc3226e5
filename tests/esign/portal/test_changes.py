"""What a renewal changes, as the tenant reads it before signing."""

from copy import deepcopy
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from esign.documents.term_changes import changes_between, rent_at_the_end
from esign.models import Envelope
from leases.renewals import offer_usual_renewal
from tests.esign.documents.sample import lease_terms
from tests.esign.factories import EnvelopeFactory
from tests.esign.portal.conftest import Enter
from tests.factories import LeaseFactory, LeasePartyFactory


def changed(**changes: Any) -> list[tuple[str, str, str]]:
    """The sample lease with some terms changed: (label, before, after) of every line."""
    before = lease_terms()
    before["rent"] = before["rent"] | {"steps": []}
    after = deepcopy(before)
    for path, value in changes.items():
        *parents, last = path.split("__")
        part: Any = after
        for parent in parents:
            part = part[parent]
        part[last] = value
    return [(str(change.label), change.before, change.after) for change in changes_between(before, after)]


def test_nothing_is_said_where_nothing_changes() -> None:
    assert changed(number="L-2027-0001", version=4) == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"term__end": "2030-06-30"}, ("Last day", "June 30, 2030")),
        ({"term__end": None}, ("Last day", "month to month")),
        ({"deposit": "999.00"}, ("Security deposit", "$999.00")),
        ({"rent__due_day": 5}, ("Rent due on day", "5")),
        ({"rent__late_fee": "0.00"}, ("Late fee", "none")),
        ({"rent__late_fee": "12.50", "rent__late_fee_after_days": 1}, ("Late fee", "$12.50 after 1 day")),
        ({"pets": 3}, ("Pets", "3")),
        ({"parking_spaces": 4}, ("Parking spaces", "4")),
        ({"addenda": []}, ("Addenda", "none")),
        ({"parties": [{"name": "Ana Ruiz"}, {"name": "Bo Lee"}]}, ("Tenants and guarantors", "Ana Ruiz, Bo Lee")),
        ({"premises__unit": "9Z"}, ("Address", "Alder Court 9Z")),
        ({"landlord__legal_name": "New Owner LLC"}, ("Landlord", "New Owner LLC")),
        ({"house_rules": "No drums."}, ("House rules", "new text, in the documents")),
    ],
)
def test_each_term_that_changes_is_one_line_of_plain_words(change: dict[str, Any], line: tuple[str, str]) -> None:
    assert [(label, after) for label, _, after in changed(**change)] == [line]


def test_a_higher_rent_says_by_how_much() -> None:
    before = lease_terms()
    before["rent"] = before["rent"] | {"monthly": "2000.00", "steps": []}
    after = deepcopy(before)
    after["rent"]["monthly"] = "2060.00"

    (change,) = changes_between(before, after)
    (back,) = changes_between(after, before)

    assert (change.before, change.after, change.difference) == ("$2,000.00", "$2,060.00", "+$60.00")
    assert back.difference == "-$60.00"


def test_the_rent_that_is_compared_is_the_one_paid_last_whatever_the_steps_order() -> None:
    terms = lease_terms()
    terms["term"] = terms["term"] | {"end": "2026-12-31"}
    terms["rent"] = terms["rent"] | {
        "monthly": "2000.00",
        "steps": [
            {"from": "2027-02-01", "monthly": "9999.00"},
            {"from": "2026-09-01", "monthly": "2200.00"},
            {"from": "2026-06-01", "monthly": "2100.00"},
        ],
    }

    assert str(rent_at_the_end(terms)) == "2200.00"


@given(st.decimals("0", "99999", places=2), st.decimals("0", "99999", places=2))
def test_the_difference_is_always_the_difference(old: Any, new: Any) -> None:
    before = lease_terms()
    before["rent"] = before["rent"] | {"monthly": f"{old:.2f}", "steps": []}
    after = deepcopy(before)
    after["rent"]["monthly"] = f"{new:.2f}"

    changes = changes_between(before, after)

    assert len(changes) == (old != new)
    for change in changes:
        assert change.difference.replace(",", "") == f"{'+' if new > old else '-'}${abs(new - old):.2f}"


def test_the_lines_are_spanish_for_who_reads_spanish() -> None:
    with translation.override("es"):
        assert changed(term__end=None)[0][0::2] == ("Último día", "mes a mes")


@pytest.fixture
def renewal(db: None) -> Envelope:
    """Offered to the tenant of an active lease, and to a friend who moves in."""
    offer = offer_usual_renewal(LeaseFactory(stage="active"))
    LeasePartyFactory(lease=offer)
    offer.send_out()
    made: Envelope = EnvelopeFactory(lease=offer, state="sent", purpose="renewal")
    return made


def page_for(browser: Client, envelope: Envelope) -> str:
    return str(browser.get(f"/portal/leases/{envelope.pk}/").content.decode())


def test_a_tenant_reads_what_changes_before_the_button_to_sign(enter: Enter, renewal: Envelope) -> None:
    page = page_for(enter(renewal.signers.get(key="tenant1")), renewal)

    assert page.index("What changes") < page.index("+$60.00") < page.index("Review and sign")


def test_who_has_signed_is_not_told_again_what_would_change(enter: Enter, renewal: Envelope) -> None:
    renewal.signers.filter(key="tenant1").update(status="completed")

    assert "What changes" not in page_for(enter(renewal.signers.get(key="tenant1")), renewal)


def test_somebody_new_is_not_told_what_the_others_paid_before(enter: Enter, renewal: Envelope) -> None:
    page = page_for(enter(renewal.signers.get(key="tenant2")), renewal)

    assert "Review and sign" in page
    assert "What changes" not in page


@pytest.mark.django_db
def test_a_first_lease_changes_nothing(enter: Enter, envelope: Envelope) -> None:
    assert "What changes" not in page_for(enter(envelope.signers.get(key="tenant1")), envelope)
