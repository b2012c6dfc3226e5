"""Canonical JSON: the same facts have the same bytes, and other tools agree."""

import hashlib
import json
import shutil
import subprocess
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from leases.canonical import canonical_json, fingerprint, sha256_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
)


def test_keys_are_sorted_blanks_are_left_out_and_accents_stay_letters() -> None:
    assert canonical_json({"b": [1, 2], "a": "Núñez"}) == '{"a":"Núñez","b":[1,2]}'.encode()


@given(JSON)
def test_reading_the_canonical_form_gives_the_value_back_and_the_same_form_again(value: object) -> None:
    again = json.loads(canonical_json(value))
    assert again == value
    assert canonical_json(again) == canonical_json(value)


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed here")
def test_jq_gives_the_same_hash() -> None:
    facts = {"text": "Firmó José Núñez", "number": 3, "detail": {"z": None, "a": ["ü", True]}}
    written = subprocess.run(
        ["jq", "-cjS", "."], input=json.dumps(facts).encode(), capture_output=True, check=True
    ).stdout
    assert hashlib.sha256(written).hexdigest() == sha256_of(facts)


def test_a_number_that_other_tools_would_round_is_refused() -> None:
    with pytest.raises(rfc8785.CanonicalizationError):
        canonical_json({"amount": 2**53 + 1})


@dataclass(frozen=True)
class Shown:
    day: date
    rent: Decimal
    keys: frozenset[str] = frozenset()


def test_a_fingerprint_changes_with_every_fact_that_was_shown() -> None:
    first = Shown(date(2027, 1, 1), Decimal("1850.00"))
    assert fingerprint(first) == fingerprint(Shown(date(2027, 1, 1), Decimal("1850.00")))
    others = [
        fingerprint(Shown(date(2027, 1, 2), Decimal("1850.00"))),
        fingerprint(Shown(date(2027, 1, 1), Decimal("1850.01"))),
        fingerprint(Shown(date(2027, 1, 1), Decimal("1850.00"), frozenset({"tenant"}))),
        fingerprint(first, "more"),
    ]
    assert len({fingerprint(first), *others}) == 5
