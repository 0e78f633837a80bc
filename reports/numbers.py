"""Document numbers (发文字号): by the office's rule, without gaps and without doubles."""

from reports.models import DocumentCounter
from reports.style import style_of


def next_numbers(office, year, *, series="", word="", count=1) -> list[str]:
    """The next ``count`` numbers of a series, locked until the act commits. Three statements.

    The counter goes on when the rule changes in mid-year. ``word``: see ``Style.number``.
    """
    counter, _created = DocumentCounter.objects.select_for_update().get_or_create(
        office_id=office.pk, series=series, year=year
    )
    first, counter.last = counter.last + 1, counter.last + count
    counter.save(update_fields=["last"])
    style = style_of(office)
    return [style.number(year, n, word) for n in range(first, counter.last + 1)]
