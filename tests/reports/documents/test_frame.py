"""Name and date at the end of a paper, with and without room for a seal."""

from reports.documents.frame import signature

LONG = "清河县问题整改工作领导小组办公室"


def test_without_a_seal_the_name_ends_two_characters_from_the_right_and_the_date_starts_two_right_of_it():
    block = signature({"issued_on": "2026-11-22"}, LONG)
    assert (block.lines, block.width, block.room) == ([LONG], 16, 2)
    assert (block.shift(0), block.shift(1)) == (0, 2)


def test_under_a_seal_the_date_ends_four_characters_from_the_right_and_the_name_is_centred_on_it():
    block = signature({"issued_on": "2026-11-22", "sealed": True, "sign_off": "中共清河县委办公室"}, LONG)
    assert (block.date, block.width, block.room) == ("2026年11月22日", 9, 3)
    assert [block.shift(0), block.shift(1)] == [0, 1]


def test_a_name_too_long_to_be_centred_takes_two_lines_and_stays_in_the_type_area():
    block = signature({"issued_on": "2026-11-22", "sealed": True}, LONG)
    assert len(block.lines) == 2
    assert block.room >= 0


def test_papers_of_earlier_versions_stay_unsealed():
    assert not signature({"sign_off": "县整改办"}, LONG).sealed
