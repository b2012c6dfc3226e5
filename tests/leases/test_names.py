"""One rule for names: what cannot be saved is not sent and not printed either."""

import pytest
from django.core.exceptions import ValidationError

from esign.documents.fonts import unprintable
from esign.envelopes.recipients import Recipient, problems_of
from esign.models import Channel, Role
from leases.models.fields import validate_visible

HIDDEN = ["\u202e", "\u2066", "\u200b", "\u200e", "\u2060", "\ufeff", "\u00ad", "\u0007", "\u007f", "\ue000"]


def may_be_saved(name: str) -> bool:
    try:
        validate_visible(name)
    except ValidationError:
        return False
    return True


def may_be_sent(name: str) -> bool:
    person = Recipient("tenant1", Role.TENANT, name, "maya@mail.example", "", Channel.EMAIL, "en", 1)
    return not any("invisible" in problem for problem in problems_of([person]))


@pytest.mark.parametrize("letter", HIDDEN, ids=[f"U+{ord(letter):04X}" for letter in HIDDEN])
def test_a_character_that_hides_is_refused_everywhere(letter: str) -> None:
    name = f"Maya{letter}Lind"
    assert not may_be_saved(name)
    assert not may_be_sent(name)
    assert unprintable(name) == [letter]


@pytest.mark.parametrize(
    "name", ["Nguyễn Thị Hằng", "François-Xavier O'Neil", "מאיה לינד", "مايا ليند", "Σοφία", "Ольга"]
)
def test_letters_of_every_script_are_fine_everywhere(name: str) -> None:
    assert may_be_saved(name)
    assert may_be_sent(name)
    assert unprintable(name) == []
