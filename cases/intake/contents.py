"""A table of contents repeats the headings of a document: left out, or each would be read twice."""

import re

PAGE = r"[-—(（]?\s?\d{1,3}\s?[-—)）]?$"
DOTTED = re.compile(rf"\S.{{0,80}}?\s*(?:[.．。·•…‥⋯_﹒]\s?){{3,200}}\s*{PAGE}")
TABBED = re.compile(rf"\S[^\t]{{1,80}}\t{PAGE}")  # so end the rows of many a table, too
TITLE = re.compile(r"目\s*[录次]$")
FEWEST = 3  # entries one below the other; a single line may end in a number for other reasons


def without_contents(lines):
    """Return the lines without a table of contents and its title. Entries with tabs need the title 目录 above them."""
    out, at = [], 0
    while at < len(lines):
        is_titled = bool(out) and bool(TITLE.match(out[-1].strip()))
        end = _end_of_contents(lines, at, is_titled)
        if end - at >= FEWEST or (is_titled and end > at):
            if is_titled:
                out.pop()
        else:
            end = max(end, at + 1)
            out.extend(lines[at:end])
        at = end
    return out


def _end_of_contents(lines, at, is_titled):
    """Return the line behind the entries that begin at ``at``."""
    while at < len(lines):
        line = lines[at].strip()
        is_entry = DOTTED.match(line) or (is_titled and (not line or TABBED.match(line)))
        if not is_entry:
            break
        at += 1
    return at
