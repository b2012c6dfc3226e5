"""What is drawn over a document, and what stays of the document under it."""

import io

import pytest
from PIL import Image

from docusign_emulator.pdf.anchors import TextLayer, find, page_sizes
from docusign_emulator.pdf.combine import combine
from docusign_emulator.pdf.errors import UnreadablePdf
from docusign_emulator.pdf.marks import EVERY_PAGE, Mark
from docusign_emulator.pdf.raster import png
from docusign_emulator.pdf.stamp import FOOTER, stamp
from docusign_emulator.tests.pdf.papers import pdf, picture, turned


def painted(document: bytes, page: int, box: tuple[float, float, float, float], scale: float = 2) -> int:
    """How many pixels in the box (left, top, right, bottom; points) are not white."""
    image = Image.open(io.BytesIO(png(document, page, scale))).convert("L")
    cut = image.crop(tuple(round(side * scale) for side in box))  # type: ignore[arg-type]  # four of them
    return sum(cut.point(lambda shade: shade < 250).histogram()[1:])


def test_a_signature_is_drawn_in_its_box_with_its_frame_and_id() -> None:
    signed = stamp(pdf([]), [Mark(1, 100, 300, 120, 36, "signature", "Ann Lee", short_id="AB12CD")])
    with TextLayer(signed) as layer:
        (label,) = layer.find("Signed by:")
        (identity,) = layer.find("AB12CD")
        (name,) = layer.find("Ann Lee")
    assert 100 <= label.x < 130 and 298 <= label.y < 310
    assert 325 < identity.y < 340
    assert label.y < name.y + name.h / 2 < identity.y + identity.h
    assert painted(signed, 1, (98, 298, 222, 338)) > 500
    assert painted(signed, 1, (98, 340, 222, 400)) == 0


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_mark_lands_where_it_was_asked_for_on_a_turned_page(degrees: int) -> None:
    document = turned(pdf([(72, 72, "body")], size=(600, 800)), degrees, crop=(20, 10, 580, 790))
    (hit,) = find(stamp(document, [Mark(1, 150, 250, 100, 14, "text", "the value")]), "the value")
    assert (hit.x, hit.y + hit.h / 2) == pytest.approx((151, 257), abs=4)


def test_every_page_says_that_it_has_no_legal_value_and_carries_the_envelope_id() -> None:
    with TextLayer(stamp(pdf([], []), [], envelope_id="1d6ff7f4-aaaa")) as layer:
        assert [hit.page for hit in layer.find(FOOTER)] == [1, 2]
        assert [hit.page for hit in layer.find("1D6FF7F4-AAAA")] == [1, 2]


def test_a_mark_of_the_whole_document_is_on_every_page() -> None:
    marked = stamp(pdf([], []), [Mark(EVERY_PAGE, 50, 50, 90, 12, "text", "COPY")])
    assert [hit.page for hit in find(marked, "COPY")] == [1, 2]


def test_the_text_under_the_marks_stays_searchable_in_its_place() -> None:
    before = pdf([(100, 200, "/sig/")])
    after = stamp(before, [Mark(1, 100, 190, 90, 20, "initials", "AL")])
    assert find(after, "/sig/") == find(before, "/sig/")


def test_ticks_are_drawn_only_where_they_were_set() -> None:
    boxes = [Mark(1, 100, 100, 12, 12, "checkbox", "x"), Mark(1, 200, 100, 12, 12, "checkbox")]
    rounds = [Mark(1, 300, 100, 12, 12, "radio", "x"), Mark(1, 400, 100, 12, 12, "radio")]
    document = stamp(pdf([]), [*boxes, *rounds])
    inside = [painted(document, 1, (left + 3, 103, left + 9, 109)) for left in (100, 200, 300, 400)]
    assert inside[0] > 0 and inside[1] == 0
    assert inside[2] > 0 and inside[3] == 0


def test_a_drawn_signature_shows_the_drawing() -> None:
    drawn = Mark(1, 100, 100, 120, 36, "signature", "Ann Lee", png=picture())
    document = stamp(pdf([]), [drawn])
    assert find(document, "Ann Lee") == []
    assert painted(document, 1, (110, 108, 180, 128)) > 2000


def test_a_picture_that_cannot_be_read_does_not_stop_the_others() -> None:
    marks = [Mark(1, 10, 10, 50, 20, "image", png=b"no picture"), Mark(1, 72, 72, 90, 12, "text", "kept")]
    assert len(find(stamp(pdf([]), marks), "kept")) == 1


def test_a_value_too_wide_for_its_box_is_made_smaller() -> None:
    value = "a value that is a good deal too wide"
    (free,) = find(stamp(pdf([]), [Mark(1, 100, 100, 0, 12, "text", value)]), value)
    (boxed,) = find(stamp(pdf([]), [Mark(1, 100, 100, free.w * 0.8, 12, "text", value)]), value)
    assert boxed.w == pytest.approx(free.w * 0.8, rel=0.03)


def test_letters_outside_the_handwriting_fonts_are_still_written() -> None:
    for name in ("Łukasz Żółć", "Дмитрий", "Ελένη"):
        signed = stamp(pdf([]), [Mark(1, 100, 100, 160, 40, "signature", name, style="allura")])
        assert len(find(signed, name)) == 1


def test_documents_are_combined_in_order() -> None:
    whole = combine([pdf([(72, 72, "lease")], []), pdf([(72, 72, "addendum")], size=(300, 400))])
    assert page_sizes(whole)[2] == (300, 400)
    with TextLayer(whole) as layer:
        assert layer.find("lease")[0].page == 1
        assert layer.find("addendum")[0].page == 3


def test_damaged_documents_are_refused() -> None:
    with pytest.raises(UnreadablePdf):
        stamp(b"not a pdf", [])
    with pytest.raises(UnreadablePdf):
        combine([pdf([]), b"%PDF-1.4 cut off"])
    with pytest.raises(ValueError, match="nothing to combine"):
        combine([])


def test_a_page_image_has_the_size_asked_for() -> None:
    image = Image.open(io.BytesIO(png(pdf([], size=(300, 400)), 1, scale=2)))
    assert image.size == (600, 800)
    with pytest.raises(IndexError):
        png(pdf([]), 2)
    huge = Image.open(io.BytesIO(png(pdf([], size=(5000, 300)), 1, scale=3)))
    assert max(huge.size) <= 5001
