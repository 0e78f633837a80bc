"""Places by hand: each table was ranked with a pencil first."""

import pytest

from reports.figures import Rate
from reports.ranking import ranked

TABLES = {
    "nobody": ([], []),
    "one": ([("甲", 0, 3, 0, 1)], [(1, "甲")]),
    "by the first rate": (
        [("甲", 1, 2, 1, 1), ("乙", 3, 4, 0, 1), ("丙", 0, 5, 1, 1)],
        [(1, "乙"), (2, "甲"), (3, "丙")],
    ),
    "the second rate decides among equals, and equal shares are equal whatever their counts": (
        [("甲", 1, 2, 0, 1), ("乙", 2, 4, 1, 1), ("丙", 3, 6, 0, 1)],
        [(1, "乙"), (2, "甲"), (2, "丙")],
    ),
    "after a tie the next place skips": (
        [("甲", 5, 5, 1, 1), ("乙", 1, 2, 1, 1), ("丙", 1, 2, 1, 1), ("丁", 2, 4, 1, 1), ("戊", 0, 1, 1, 1)],
        [(1, "甲"), (2, "乙"), (2, "丙"), (2, "丁"), (5, "戊")],
    ),
    "all alike": ([("甲", 1, 1, 1, 1), ("乙", 7, 7, 1, 1)], [(1, "甲"), (1, "乙")]),
    "no tie by rounding: 2/3 is 66.7 %, and so is 667/1000": (
        [("甲", 2, 3, 1, 1), ("乙", 667, 1000, 1, 1)],
        [(1, "乙"), (2, "甲")],
    ),
    "nothing to rank goes to the end without a place": (
        [("甲", 0, 0, 1, 1), ("乙", 0, 9, 0, 1), ("丙", 0, 0, 0, 1)],
        [(1, "乙"), (None, "甲"), (None, "丙")],
    ),
    "who owed no filing lacks none": (
        [("甲", 1, 2, 0, 1), ("乙", 1, 2, 0, 0), ("丙", 1, 2, 1, 1)],
        [(1, "乙"), (1, "丙"), (3, "甲")],
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_places(name):
    rows, expected = TABLES[name]
    found = ranked(rows, lambda row: Rate(*row[1:3]), lambda row: Rate(*row[3:5]))
    assert [(place, row[0]) for place, row in found] == expected


def test_the_order_in_which_equals_came_is_kept():
    rows = [(name, 1, 1) for name in "丁丙乙甲"]
    assert [row[0] for _place, row in ranked(rows, lambda row: Rate(*row[1:3]))] == list("丁丙乙甲")
