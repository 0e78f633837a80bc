"""A table pasted with one cell per line → its rows, for the columns that its headings name.

Text copied out of a web page or a PDF viewer often comes so: the headings below each other, then the cells of the
first row below each other. A row begins at the number that goes on; the cells before and behind the column of the
measures have one line each, what lies between them belongs to that column.
"""

import re

from .clauses import is_deadline
from .dates import PHRASE
from .tables import find_header, role_of_heading, table_lines
from .text import fold
from .words import CLAUSE_ROLES

SERIAL = re.compile(r"\d{1,3}$")
FEWEST = 4  # headings
MOST = 12
LONGEST = 200  # lines of a row
GOING_ON = ("、", "，", ",")


def with_stacked_tables(text):
    """Return the text in which such tables are lines that the grammar knows; others stay as they are."""
    lines, out, at, seen = text.split("\n"), [], 0, 0
    while at < len(lines):
        header = _header(lines, at) if at >= seen else []
        rows, end = _rows(lines, at + len(header), header) if header else ([], at)
        seen = max(seen, end)  # no line is searched twice
        if rows:
            out.extend(table_lines([header, *rows]))
            at = end
        else:
            out.append(lines[at])
            at += 1
    return "\n".join(out)


def _header(lines, at):
    """The headings that begin at this line, the first being 序号; [] where there are none."""
    header = []
    if role_of_heading(lines[at].strip()) != "serial":
        return header
    for line in lines[at : at + MOST]:
        name = line.strip()
        if not name or SERIAL.match(name):
            break
        header.append(name)
    roles = [role_of_heading(name) for name in header]
    clauses = sum(role in CLAUSE_ROLES for role in roles)
    if len(header) < FEWEST or None in roles or not clauses or find_header([header, []])[0] is None:
        return []
    return header


def _rows(lines, at, header):
    """Return (rows, the line behind them); no rows where the cells do not fit the headings."""
    roles = [role_of_heading(name) for name in header]
    wide = next(
        (roles.index(role) for role in ("measures", "detail", "problem") if role in roles), len(roles) - 1
    )
    rows, number = [], 1
    while at < len(lines) and lines[at].strip() == str(number):
        end = at + 1
        limit = min(len(lines), at + LONGEST)
        while end < limit and lines[end].strip() != str(number + 1):
            end += 1
        last = end == limit
        cells = _joined([line.strip() for line in lines[at:end] if line.strip()])
        behind = len(header) - wide - 1
        searched = end
        if last:
            cells, end = _last_row(cells, lines, at, end, roles)
        if len(cells) < len(header):
            return [], searched
        middle = "\n".join(cells[wide : len(cells) - behind])
        rows.append([*cells[:wide], middle, *cells[len(cells) - behind :]])
        at, number = end, number + 1
    return (rows, at) if len(rows) > 1 and _fit(rows, roles) else ([], at)


def _joined(lines):
    """Put together what was broken behind 、: a list of units goes on in the next line."""
    out = []
    for line in lines:
        if out and out[-1].endswith(GOING_ON):
            out[-1] += line
        else:
            out.append(line)
    return out


def _last_row(cells, lines, at, end, roles):
    """Leave out of the last row what stands below the table: it ends with the first deadline, where it has one."""
    if "deadline" not in roles:
        return cells, end
    behind = len(roles) - 1 - roles.index("deadline")
    for index, cell in enumerate(cells[1:], 1):
        if _is_time(cell) and index + behind < len(cells) and index + 1 >= len(roles) - behind:
            kept = cells[: index + 1 + behind]
            count, below = 0, at
            while below < end and count < sum(cell.count("\n") + 1 for cell in kept):
                count += bool(lines[below].strip())
                below += 1
            return kept, below
    return cells, end


def _is_time(cell):
    folded = fold(cell)
    return len(cell) <= 40 and bool(is_deadline(folded, 0, len(folded)) or PHRASE.match(folded))


def _fit(rows, roles):
    """Whether most cells in the column of times are times."""
    if "deadline" not in roles:
        return True
    at = roles.index("deadline")
    return sum(_is_time(row[at]) for row in rows) * 3 >= len(rows) * 2
