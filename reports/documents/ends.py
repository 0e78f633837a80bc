"""How a paper ends: with the imprint (版记) on an even page, the back of the last sheet, and not alone there.

Read from pages that were laid out. A template names the last thing before the imprint "content-end" and gives the ids
tail-0, tail-1, … to what its last part consists of: rows, paragraphs, charts. ``apart`` says before which of them a
new page begins.
"""

import re

END = "content-end"
TAIL = re.compile(r"^tail-(\d+)$")


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
        if len(pieces) < taken + more:
            continue
        parts = taken + more
        wanted = [height * part / parts for part in range(1, parts)]
        starts = {min(pieces[1:], key=lambda piece: abs(piece[1] - top))[0] for top in wanted}
        if len(starts) == len(wanted):
            return starts
    return set()


def _pieces(pages):
    """[(number, how far below the first of them it begins)] of the pieces on these pages, and the height of all."""
    found, below = [], 0
    for page in pages:
        boxes = {int(name[1]): box for key, box in page.anchors.items() if (name := TAIL.match(key))}
        if boxes:
            start = min(box[1] for box in boxes.values())
            found += [(number, below + boxes[number][1] - start) for number in sorted(boxes)]
            below += max(box[3] for box in boxes.values()) - start
    return found, below
