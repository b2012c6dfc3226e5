"""Anchor strings are found where they stand on the page a reader sees."""

import gc
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docusign_emulator.pdf.anchors import Hit, TextLayer, find, page_sizes
from docusign_emulator.pdf.errors import UnreadablePdf
from docusign_emulator.pdf.raster import png
from docusign_emulator.tests.pdf.papers import pdf, turned


def test_an_anchor_is_found_where_it_stands() -> None:
    (hit,) = find(pdf([], [(100, 200, "/sig-tenant1/")]), "/sig-tenant1/")
    assert hit.page == 2
    assert hit.x == pytest.approx(100, abs=0.5)
    assert hit.y < 200 < hit.y + hit.h
    assert 10 < hit.h < 18
    assert 60 < hit.w < 80


def test_white_text_is_found_like_any_other() -> None:
    assert len(find(pdf([(72, 72, r"\s1\ ")], white=True), r"\s1" + "\\")) == 1


def test_every_occurrence_on_every_page_is_a_hit() -> None:
    document = pdf([(72, 100, "sign /a/ and /a/")], [(72, 100, "/a/")])
    assert [hit.page for hit in find(document, "/a/")] == [1, 1, 2]


def test_capitals_matter_only_when_asked() -> None:
    document = pdf([(72, 100, "Sign HERE")])
    assert len(find(document, "sign here")) == 1
    assert find(document, "sign here", case_sensitive=True) == []


def test_a_whole_word_is_not_found_inside_another() -> None:
    document = pdf([(72, 100, "manpower and man")])
    assert len(find(document, "man")) == 2
    (alone,) = find(document, "man", whole_word=True)
    assert alone.x > 130


def test_blanks_between_the_characters_are_skipped_only_when_allowed() -> None:
    document = pdf([(72, 100, "s i g n")])
    assert find(document, "sign") == []
    (hit,) = find(document, "sign", allow_whitespace=True)
    assert hit.x == pytest.approx(72, abs=1)


def test_a_string_that_is_not_there_has_no_hit() -> None:
    assert find(pdf([(72, 100, "nothing")]), "/sig/") == []
    assert find(pdf([(72, 100, "nothing")]), "") == []


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_on_a_turned_page_the_place_is_the_one_the_reader_sees(degrees: int) -> None:
    upright = pdf([(100, 200, "/x/")], size=(600, 800))
    (before,) = find(upright, "/x/")
    (after,) = find(turned(upright, degrees), "/x/")
    middle = (before.x + before.w / 2, before.y + before.h / 2)
    expected = {
        90: (800 - middle[1], middle[0]),
        180: (600 - middle[0], 800 - middle[1]),
        270: (middle[1], 600 - middle[0]),
    }[degrees]
    assert (after.x + after.w / 2, after.y + after.h / 2) == pytest.approx(expected, abs=0.5)


def test_a_crop_box_moves_the_corner_places_are_counted_from() -> None:
    document = pdf([(100, 200, "/x/")], size=(600, 800))
    (before,) = find(document, "/x/")
    (after,) = find(turned(document, 0, crop=(50, 0, 600, 780)), "/x/")
    assert (before.x - after.x, before.y - after.y) == pytest.approx((50, 20), abs=0.1)


def test_page_sizes_are_those_shown() -> None:
    document = pdf([], [], size=(600, 800))
    assert page_sizes(document) == [(600, 800), (600, 800)]
    assert page_sizes(turned(document, 90)) == [(800, 600), (800, 600)]


def test_what_is_no_pdf_is_refused() -> None:
    for damaged in (b"", b"hello", b"%PDF-1.7\n%%EOF"):
        with pytest.raises(UnreadablePdf):
            TextLayer(damaged)
        with pytest.raises(UnreadablePdf):
            page_sizes(damaged)


@given(st.lists(st.sampled_from("ab/ 1"), max_size=30).map("".join), st.sampled_from(["/a/", "ab", "a", "1"]))
def test_it_finds_as_many_as_the_line_holds(line: str, needle: str) -> None:
    squeezed = " ".join(line.split())  # a PDF's text layer keeps no runs of blanks
    document = pdf([(72, 100, squeezed)])
    assert len(find(document, needle)) == squeezed.count(needle)


def test_eight_pages_and_six_needles_are_quick() -> None:
    prose = [
        (50.0, 60.0 + 14 * row, "The tenant shall pay the rent in advance, without set-off. " * 2) for row in range(48)
    ]
    needles = [f"/{kind}-{who}/" for kind in ("sig", "date") for who in ("tenant1", "tenant2", "landlord")]
    document = pdf(*[prose] * 7, [(72, 100 + 40 * i, needle) for i, needle in enumerate(needles)])
    times = []
    for _ in range(5):
        start = time.thread_time()
        with TextLayer(document) as layer:
            hits: list[list[Hit]] = [layer.find(needle) for needle in needles]
        times.append(time.thread_time() - start)
        assert [len(found) for found in hits] == [1] * 6
    # About 7 ms on two quiet cores; the clock is this thread's own, for the machine is shared.
    assert min(times) < 0.03, f"{min(times) * 1000:.1f} ms"


def test_many_threads_may_search_and_draw_at_once() -> None:
    document = pdf([(72, 100 + 20 * row, f"line {row} /sig-{row}/") for row in range(30)])

    def look(row: int) -> tuple[int, int]:
        png(document, 1, 0.5)
        return len(find(document, f"/sig-{row}/")), len(page_sizes(document))

    with ThreadPoolExecutor(max_workers=8) as threads:
        assert list(threads.map(look, [row % 30 for row in range(60)])) == [(1, 1)] * 60


def test_a_text_layer_that_is_forgotten_frees_its_document() -> None:
    document = pdf([(72, 100, "/sig/")])
    closed = TextLayer(document).close
    gc.collect()
    assert not closed.alive
