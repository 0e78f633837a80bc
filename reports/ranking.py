"""Who stands where: the rate that decides, as the office chose it; ties and empty rates defined. Pure.

The words are those of the papers and Chinese in every language of the screens.
"""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import NamedTuple, TypeVar

from cases.models import RankedBy
from reports.figures import Rate

Row = TypeVar("Row")


class Basis(NamedTuple):
    """A rate that may decide. ``key``: that of its figure; ``unranked``: who has no place by it."""

    key: str
    name: str
    formula: str
    unranked: str = "没有上述措施的单位不排名次。"

    def rate(self, counts) -> Rate:
        """``counts``: see ``reports.breakdown.counts``."""
        return Rate(counts[self.key], counts["steps_due" if self.key == "on_time" else "measures"])


BASES = {
    RankedBy.ON_SCHEDULE: Basis("on_schedule", "序时进度达标率", "达到序时进度的措施数÷措施数"),
    RankedBy.COMPLETED: Basis("completed", "整改完成率", "各时限节点均已完成并经确认的措施数÷措施数"),
    RankedBy.ON_TIME: Basis(
        "on_time",
        "节点按时完成率",
        "按原定时限完成的节点数÷原定时限已到的节点数，印发前的时限节点除外",
        "没有上述措施或原定时限均未到的单位不排名次。",
    ),
    RankedBy.CLOSED_OUT: Basis("closed_out", "销号率", "已销号的措施数÷措施数"),
}
TIES = (
    "相同的，看本期按时报送率（按时报送数÷应报送数），本期没有报送任务或未到报送截止时间的视同按时；"
    "两项均相同的名次并列，其后名次按并列单位数顺延，如两个单位并列第2名，其后为第4名。"
)


def rule_of(basis: Basis, whose: str) -> str:
    """The rule as papers print it under their ranking. ``whose``: which measures count for which unit."""
    return f"名次先看{basis.name}（{basis.formula}），由高到低排列；{basis.name}{TIES}{whose}{basis.unranked}"


def ranked(rows: Iterable[Row], *rates: Callable[[Row], Rate]) -> list[tuple[int | None, Row]]:
    """[(place, row)], the best first.

    The first rate decides, the next one among equals, and so on, each as an exact fraction and the larger the better.
    Rows equal in all share a place, and the next place skips as many (1, 2, 2, 4); they keep the order in which they
    came. Where the first rate has no whole there is nothing to rank: no place, at the end. Where a later one has none,
    nothing was asked of the row, so it counts as full.
    """
    rows = list(rows)
    first = rates[0]
    scored = [(tuple(_score(rate(row)) for rate in rates), row) for row in rows if first(row).whole]
    scored.sort(key=lambda pair: pair[0], reverse=True)  # stable, also in reverse
    places: dict[tuple, int] = {}
    for number, (score, _row) in enumerate(scored, 1):
        places.setdefault(score, number)
    return [
        *((places[score], row) for score, row in scored),
        *((None, row) for row in rows if not first(row).whole),
    ]


def _score(rate):
    return Fraction(rate.part, rate.whole) if rate.whole else Fraction(1)
