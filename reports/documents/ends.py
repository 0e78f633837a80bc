"""How a paper ends: with the imprint (版记) on an even page, the back of the last sheet, and not alone there.

Read from pages that were laid out. A template names the last thing before the imprint "content-end" and gives the ids
tail-0, tail-1, … to what its last part consists of: rows, paragraphs, charts. ``apart`` says before which of them a
new page begins. Rows of a table are called row-… instead, those that begin no page kept-…: see ``row_ids``.
"""

import itertools
import re
from typing import NamedTuple

END = "content-end"
TAIL = re.compile(r"^(tail|row|kept)-(\d+)$")
NEAREST = 4  # places looked at for each new page


class Piece(NamedTuple):
    """``top``: how far it begins below the first piece of the pages that are looked at."""

    number: int
    kind: str
    top: float


def row_ids(count, start=0) -> list[str]:
    """Ids for the rows of a table: none shall stand on a page alone."""
    return [f"{'row' if 2 <= at <= count - 2 else 'kept'}-{start + at}" for at in range(count)]


def is_well_ended(pages, before=0, *, even=True) -> bool:
    """``even``: the paper has an imprint; a form has not, but what proves it shall not stand alone either."""
    return END in pages[-1].anchors and not (even and (before + len(pages)) % 2)


def ways_to_end(pages, before=0, *, even=True) -> list[dict]:
    """Changes of the values that end the paper better than it did, the best first; none if it ended well.

    ``before``: pages of the paper that are not among these.

    The last part runs on over one or two pages more, if it has enough pieces. Else the imprint stands alone, on the
    back of the page that it does not fit on; if that is an even page, a blank one comes before it, and neither of the
    two carries a number (GB/T 9704, 7.5).
    """
    if is_well_ended(pages, before, even=even):
        return []
    content = next(at for at, page in enumerate(pages, 1) if END in page.anchors)
    more = 2 if even and (before + content) % 2 == 0 else 1
    alone = {"imprint_page": "apart" if not even else "even" if more == 1 else "even bare"}
    starts = _spread(pages[:content], more)
    return [{"apart": starts}, alone] if starts else [alone]


def _spread(pages, more):
    """Numbers of the pieces that begin a page, so that the last part fills ``more`` pages more than it does."""
    for taken in (1, 2):
        pieces, height = _pieces(pages[-taken:])
        places, parts = [piece for piece in pieces[1:] if piece.kind != "kept"], taken + more
        if len(places) < parts - 1:
            continue
        wanted = [height * part / parts for part in range(1, parts)]
        if starts := _starts(pieces[0], places, wanted):
            return starts
    return set()


def _starts(first, places, wanted):
    """Numbers of the pieces nearest to the tops ``wanted`` that part the pages well, if any. ``first`` begins one."""
    near = [sorted(places, key=lambda piece: abs(piece.top - top))[:NEAREST] for top in wanted]
    chosen = [starts for starts in itertools.product(*near) if _is_parted((first, *starts))]

    def off(starts):
        return sum(abs(piece.top - top) for piece, top in zip(starts, wanted, strict=True))

    return {piece.number for piece in min(chosen, key=off)} if chosen else set()


def _is_parted(starts):
    """In their order, and no page holds a single row."""
    return all(b.number - a.number > (a.kind == "row") for a, b in itertools.pairwise(starts))


def _pieces(pages):
    """The pieces on these pages, and the height of all."""
    found, below = [], 0
    for page in pages:
        names = {key: TAIL.match(key) for key in page.anchors}
        boxes = {int(name[2]): (name[1], page.anchors[key]) for key, name in names.items() if name}
        if boxes:
            start = min(box[1] for _kind, box in boxes.values())
            found += [Piece(at, kind, below + box[1] - start) for at, (kind, box) in sorted(boxes.items())]
            below += max(box[3] for _kind, box in boxes.values()) - start
    return found, below
