"""Who stands where: places by one or more rates, ties and empty rates defined. Pure."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import TypeVar

from reports.figures import Rate

Row = TypeVar("Row")


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
