"""Rows of a simple table → lines in the words that the grammar knows, 问题1：… 整改措施：… 责任单位：…"""

import re

from .words import CLAUSE_ROLES, role_of

BREAKS = re.compile(r"[、，,；;]?\s*\n\s*")
SPACES = re.compile(r"\s+")
SERIAL = re.compile(r"^(?:序号|编号|项目|No\.?)$", re.IGNORECASE)
PROBLEM = re.compile(r"问题|表现")
TASK = re.compile(r"任务|措施|事项|内容|举措|工作")


def table_lines(rows):
    """Yield the lines of a table; one whose first row names no known column gives its cells as they are."""
    roles = _columns(rows[0]) if len(rows) > 1 else []
    if sum(role is not None for role in roles) < 2:
        for row in rows:
            yield "\t".join(cell for cell in row if cell)
        return
    serial = 0
    for row in rows[1:]:
        opens = _opens(row, roles)
        serial += opens
        yield from _row_lines(row, roles, rows[0], serial if opens else None)


def _columns(header):
    roles = []
    for cell in header:
        name = SPACES.sub("", cell or "")
        if not name or SERIAL.match(name):
            roles.append(None)
        else:
            role = role_of(name) or ("problem" if PROBLEM.search(name) else None)
            roles.append(role or ("measures" if TASK.search(name) else None))
    return roles


def _opens(row, roles):
    """Say whether the row begins a new problem, or, in a table of tasks, a new task."""
    first = "problem" if "problem" in roles else "measures"
    return any(cell and role == first for cell, role in zip(row, roles, strict=False))


def _value(cell, role):
    """Units and dates below each other in a cell are a list."""
    return BREAKS.sub("、", cell) if role in CLAUSE_ROLES else cell


def _row_lines(row, roles, header, serial):
    has_problem = "problem" in roles
    for cell, role, name in zip(row, roles, header, strict=False):
        if not cell or role is None:
            continue
        if role == "problem":
            yield f"问题{serial}：{cell}" if serial else cell
        elif role == "measures" and not has_problem:
            yield f"{serial}．{cell}"
        else:
            yield SPACES.sub("", name) + "：" + _value(cell, role)
