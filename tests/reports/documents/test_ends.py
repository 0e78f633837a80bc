from types import SimpleNamespace

import pypdfium2
import pytest

from reports.documents import ends, engine, fonts, pdf
from tests.reports.documents import sample


def pages(*contents):
    """Pages of pieces, 10 high each; a page that is said to end has the end of the content below them."""
    number, made = 0, []
    for pieces, is_end in contents:
        anchors = {f"tail-{number + at}": (0, 100 + 10 * at, 50, 110 + 10 * at) for at in range(pieces)}
        number += pieces
        if is_end:
            anchors["content-end"] = (0, 100 + 10 * pieces, 50, 100 + 10 * pieces)
        made.append(SimpleNamespace(anchors=anchors))
    return made


ALONE, BARE = {"imprint_page": "even"}, {"imprint_page": "even bare"}


@pytest.mark.parametrize(
    ("contents", "ways"),
    [
        ([(0, False), (5, True)], []),
        # On an odd page: half of it goes on to the back of the sheet.
        ([(6, True)], [{"apart": {3}}, ALONE]),
        ([(6, True), (0, False)], [{"apart": {3}}, ALONE]),
        # The imprint alone on an odd page: over two pages more.
        ([(0, False), (6, True), (0, False)], [{"apart": {2, 4}}, BARE]),
        # Too little on the page itself: what stands on the one before comes along.
        ([(0, False), (6, False), (1, True)], [{"apart": {2, 5}}, ALONE]),
        # Nothing that could run on.
        ([(1, True)], [ALONE]),
        ([(0, False), (1, True), (0, False)], [BARE]),
    ],
)
def test_the_last_part_runs_on_to_an_even_page_where_it_can(contents, ways):
    assert ends.ways_to_end(pages(*contents)) == ways


def test_no_row_of_a_table_stands_alone():
    assert ends.row_ids(5, 7) == ["kept-7", "kept-8", "row-9", "row-10", "kept-11"]
    assert ends.row_ids(3) == ["kept-0", "kept-1", "kept-2"]
    made = pages((3, True))
    for at, name in enumerate(ends.row_ids(3)):
        made[0].anchors[name] = made[0].anchors.pop(f"tail-{at}")
    assert ends.ways_to_end(made) == [ALONE]
    # Six rows on three pages: two each.
    made = pages((0, False), (6, True), (0, False))
    for at, name in enumerate(ends.row_ids(6)):
        made[1].anchors[name] = made[1].anchors.pop(f"tail-{at}")
    assert ends.ways_to_end(made) == [{"apart": {2, 4}}, BARE]


def test_nor_does_one_that_begins_a_page_by_itself():
    made = pages((4, False), (3, True))
    for at, name in enumerate(ends.row_ids(7)):
        page = made[at > 3]
        page.anchors[name] = page.anchors.pop(f"tail-{at}")
    assert ends.ways_to_end([*pages((0, False)), *made])[0] == {"apart": {2, 5}}


def test_a_table_that_is_too_short_to_be_broken_moves_with_its_caption():
    made = pages((3, True))
    for at, name in enumerate(ends.row_ids(3)):
        made[0].anchors[name] = made[0].anchors.pop(f"tail-{at}")
    # The caption of a second table may begin a page, and its three rows come along.
    made[0].anchors |= {"tail-3": (0, 130, 50, 140), "kept-4": (0, 140, 50, 150)}
    made[0].anchors["content-end"] = (0, 150, 50, 150)
    assert ends.ways_to_end(made) == [{"apart": {3}}, ALONE]


def test_a_form_may_end_on_any_page_but_not_without_content():
    assert ends.ways_to_end(pages((4, True)), even=False) == []
    assert ends.ways_to_end(pages((4, True), (0, False)), even=False)[0] == {"apart": {2}}
    assert ends.ways_to_end(pages((1, True), (0, False)), even=False) == [{"imprint_page": "apart"}]


def test_a_paper_ends_well_with_content_on_an_even_page():
    assert ends.is_well_ended(pages((3, False), (3, True)))
    assert not ends.is_well_ended(pages((3, True)))
    assert not ends.is_well_ended(pages((3, True), (0, False)))


@pytest.mark.slow
def test_a_back_that_was_laid_out_by_itself_does_not_show():
    data = sample.long_report(45)
    issue, font_set = sample.issue(data), fonts.FontSet()
    values = pdf.values_of(data, issue, False, font_set)
    whole = pypdfium2.PdfDocument(engine.render(pdf.TEMPLATE, values, font_set=font_set))
    paper = pypdfium2.PdfDocument(pdf.render_monthly_report(data, issue))
    assert len(paper) == len(whole) >= 20
    for one, other in zip(paper, whole, strict=True):
        assert one.get_textpage().get_text_bounded() == other.get_textpage().get_text_bounded()
        assert one.render().to_pil() == other.render().to_pil()
    titles = [
        [(mark.get_title(), mark.get_dest().get_index()) for mark in opened.get_toc()]
        for opened in (paper, whole)
    ]
    assert titles[0] == titles[1]
