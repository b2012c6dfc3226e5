"""Comparisons say what is true: every line where it stands, and no difference left out."""

from hypothesis import given
from hypothesis import strategies as st

from esign.admin.templates.compare import MAX_WORDS, counted, hunks

TEXTS = st.lists(st.sampled_from(["<p>One pet.</p>", "<p>Two pets.</p>", "", "<h2>Rent</h2>", "  x"])).map("\n".join)


@given(TEXTS, TEXTS)
def test_each_line_stands_where_it_is_said_to_stand(before: str, after: str) -> None:
    old, new = before.splitlines(), after.splitlines()
    gone, came = set(range(1, len(old) + 1)), set(range(1, len(new) + 1))

    for row in (row for hunk in hunks(before, after) for row in hunk):
        line = "".join(text for _, text in row.parts)
        if row.before is not None:
            assert line == old[row.before - 1]
            gone.discard(row.before)
        if row.after is not None:
            assert line == new[row.after - 1]
            came.discard(row.after)

    assert [old[n - 1] for n in sorted(gone)] == [new[n - 1] for n in sorted(came)], "what is not shown is the same"


@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert hunks(text, text) == []


def test_the_words_that_changed_are_marked_within_their_line() -> None:
    rows = hunks("Pets may stay.", "Pets must stay.")

    assert counted(rows) == (1, 1)
    assert [row.parts for row in rows[0]] == [
        ((False, "Pets "), (True, "may"), (False, " stay.")),
        ((False, "Pets "), (True, "must"), (False, " stay.")),
    ]


def test_a_line_of_a_whole_book_is_shown_as_changed_without_counting_its_words() -> None:
    book = "word " * (MAX_WORDS + 1)
    assert [row.parts[0][0] for row in hunks(book, f"{book}more")[0]] == [True, True]
