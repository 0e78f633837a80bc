"""A long ledger, laid out piece by piece in processes of their own and bound into one paper (``merge``).

One process would take a megabyte a page and, on two processors, twice the time. A piece ends where one of its pages
ends, and the next begins with the row after it, so that the pages are those of one long table. Two lanes work towards
the end, the second from the middle: where the first comes upon a page that begins like one of the second's, they meet.
Which process did what does not show in the bytes.
"""

import gc
import multiprocessing
import os
import pickle
import tempfile
from multiprocessing.connection import wait
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from cases import confinement
from reports.documents import engine, merge, stamps

LONG = 300  # rows of a ledger that are still laid out at once
CHUNK = 200  # rows of a piece: 30 to 60 pages, 250 MB
TEMPLATE = "pdf/ledger_sheets.html"
# Pages of a piece do not know their numbers, so all are laid out as right pages without one.
SHEETS_CSS = """
@page ledger:right { @left-bottom { content: none } }
@page ledger:left { margin: 28mm 37mm 26mm 35mm; @left-top { content: none } }
.begun { string-set: problem attr(data-problem) }
"""
LINE = "line-"


class Task(NamedTuple):
    """Lines of the ledger to lay out. ``closed``: nothing follows, so the last page stays as it is."""

    start: int
    stop: int
    closed: bool


class Piece(NamedTuple):
    """Pages that were laid out: the line that each begins with, and the first line that is not on any of them."""

    starts: list[int]
    next: int
    bookmarks: list
    glyphs: dict
    path: Path


class Ledger:
    """The table of a report as lines, a line being a problem or a row under it."""

    def __init__(self, values, press):
        self.values, self.press = values, press.with_style(SHEETS_CSS)
        self.groups = values["ledger"]
        self.lines = [
            (group, row) for group, one in enumerate(self.groups) for row in range(-1, len(one["rows"]))
        ]

    def middle(self) -> int:
        """Where the second lane begins: with a problem, if one is near."""
        half = len(self.lines) // 2
        near = range(half, min(half + CHUNK, len(self.lines)))
        return next((at for at in near if self.lines[at][1] < 0), half)

    def part(self, start, stop) -> list[dict]:
        """The problems of some lines with those of their rows; ``at`` and ``heading`` say which lines they are."""
        found = []
        for at in range(start, stop):
            group, row = self.lines[at]
            if not found or found[-1]["group"] != group:
                begun = row >= 0
                found.append(
                    {**self.groups[group], "group": group, "rows": [], "begun": begun, "heading": at}
                    | {"at": at if begun else at + 1}
                )
            if row >= 0:
                found[-1]["rows"].append(self.groups[group]["rows"][row])
        found[-1]["goes_on"] = row + 1 < len(self.groups[group]["rows"])
        return found

    def lay_out(self, task, path):
        """Lay out one piece and leave it in a file: a Piece, then its sheets and what they share."""
        part = {"ledger": self.part(task.start, task.stop), "continued": task.start > 0}
        document = engine.laid_out(TEMPLATE, {**self.values, **part}, self.press)
        starts = [_first_line(page) for page in document.pages]
        kept = len(starts) if task.closed else len(starts) - 1
        bookmarks = document.make_bookmark_tree(merge.POINTS, transform_pages=True)
        document = document.copy(document.pages[:kept])
        sheets = merge.sheets(merge.unwritten(document), f"l{task.start}") if kept else ([], [])
        piece = Piece(
            starts[:kept],
            task.stop if task.closed else starts[kept],
            bookmarks,
            merge.glyphs_of(document.fonts),
            path,
        )
        with path.open("wb") as file:
            pickle.dump(piece, file)
            pickle.dump(sheets, file)


def _first_line(page):
    return min(int(name.removeprefix(LINE)) for name in page.anchors if name.startswith(LINE))


class Printers:
    """The processes: one per piece, so that its memory is given back, and at most as many as allowed at a time."""

    def __init__(self, ledger, folder, tell):
        self.ledger, self.folder, self.tell = ledger, Path(folder), tell
        self.total, self.middle = len(ledger.lines), ledger.middle()
        self.upper, self.lower, self.meeting, self.done = [], [], self.middle, 0

    def run(self) -> list[tuple[Piece, list[int]]]:
        """The pieces in order, each with the numbers of the pages of it that are wanted."""
        lanes = [self._upper(), self._lower()]
        ready, parked, running = [(lane, next(lane)) for lane in lanes], [], {}
        gc.collect()
        gc.freeze()  # what is here now need not be looked at, nor copied, by the processes
        try:
            while ready or running:
                while ready and len(running) < processes():
                    lane, task = ready.pop(0)
                    path = self.folder / f"{task.start}-{task.stop}"
                    process, path = _start(self.ledger.lay_out, task, path)
                    running[process.sentinel] = process, path, lane
                for sentinel in wait(list(running)):
                    process, path, lane = running.pop(sentinel)
                    answers = [(lane, _made(process, path)), *((lane, None) for lane in parked)]
                    parked.clear()
                    for lane, answer in answers:
                        self._advance(lane, answer, ready, parked)
                self.done = max(self.done, self._lines_done())
                self.tell(self.done / self.total)
        finally:
            gc.unfreeze()
            for process, _path, _lane in running.values():
                process.kill()
        wanted = [(piece, [s < self.meeting for s in piece.starts]) for piece in self.upper]
        wanted += [(piece, [s >= self.meeting for s in piece.starts]) for piece in self.lower]
        return [(piece, [at for at, keep in enumerate(kept) if keep]) for piece, kept in wanted if any(kept)]

    @staticmethod
    def _advance(lane, answer, ready, parked):
        try:
            task = lane.send(answer)
        except StopIteration:
            return
        if task:
            ready.append((lane, task))
        else:
            parked.append(lane)

    def _upper(self):
        at = 0
        while True:
            piece = yield from self._piece(at, self.total)
            while not self.lower:
                yield None
            other = self.lower[0]
            met = [start for start in (*piece.starts, piece.next) if start in other.starts]
            if met or piece.next >= min(other.next, self.total):
                break
            self.upper.append(piece)
            at = piece.next
        if not met:  # every page of the two begins differently: then one page ends early
            self.upper = [one for one in (*self.upper, piece) if one.starts[0] < self.middle]
            piece = yield Task(self.upper.pop().starts[0], self.middle, closed=True)
        self.meeting = met[0] if met else self.middle
        self.upper.append(piece)

    def _lower(self):
        at = self.middle
        while at < self.total:
            piece = yield from self._piece(at, self.total)
            self.lower.append(piece)
            at = piece.next

    def _piece(self, at, end):
        """One piece of at least a page."""
        rows, piece = CHUNK, None
        while piece is None or piece.next == at:
            stop = at + rows if end - at - rows > CHUNK // 3 else end
            piece = yield Task(at, stop, closed=stop == end)
            rows *= 2
        return piece

    def _lines_done(self):
        """Where the lanes meet some are done twice, and where they do not some in vain."""
        return min(sum(piece.next - piece.starts[0] for piece in (*self.upper, *self.lower)), self.total)


def _start(make, *arguments):
    """Let ``make(*arguments)`` leave something in the file that is its last argument: (process, path)."""
    process = multiprocessing.get_context("fork").Process(target=_in_a_process, args=(make, *arguments))
    process.start()
    return process, arguments[-1]


def _in_a_process(make, *arguments):
    confinement.die_with_parent()
    gc.disable()  # it lives for one piece
    try:
        make(*arguments)
    except engine.PaperRefused as refused:
        arguments[-1].write_bytes(pickle.dumps(refused.reader_message))


def _made(process, path):
    """What a process left first in its file."""
    process.join()
    if process.exitcode:
        raise engine.Stopped
    with path.open("rb") as file:
        made = pickle.load(file)
    if isinstance(made, str):
        raise engine.PaperRefused(made)
    return made


def _make(files, path):
    path.write_bytes(pickle.dumps(files()))


def processes() -> int:
    return max(1, min(settings.XIAOHAO_PRINT_PROCESSES, os.cpu_count() or 1))


def render(template, values, *, font_set, files, tell) -> bytes:
    """Print a paper with a long ledger as ``engine.render`` prints others. ``tell`` hears which share is done.

    ``files``: gives what the paper carries; asked in a process of its own, as a spreadsheet that is being made takes
    many times the room of a finished one.
    """
    press = engine.Press.of(values, font_set)
    with tempfile.TemporaryDirectory(prefix="xiaohao-sheets-") as folder:
        ledger = Ledger(values, press)
        # Libraries and fonts are loaded once, here, and not by every process: a fifth of the time.
        ledger.lay_out(Task(0, 1, closed=True), Path(folder) / "first")
        pieces = Printers(ledger, folder, tell).run()
        carried = _made(*_start(_make, files, Path(folder) / "files"))
        return _bound(template, values, press, pieces, carried)


def _bound(template, values, press, pieces, files):
    """Lay out what stands before and behind the ledger, and write all of it."""
    front = engine.laid_out(template, {**values, "part": "front", "ledger": None}, press)
    at, count = len(front.pages), sum(len(pages) for _piece, pages in pieces)
    back = engine.back_behind(at + count, template, values, press)
    drawn = stamps.Fonts(merge.united(piece.glyphs for piece, _pages in pieces))
    numbers = engine.lay_out(stamps.sample(drawn.needed), press.style + stamps.SAMPLE_CSS, press.things)
    right, left, digits = stamps.draw(numbers, drawn)
    even_and_odd = [stamps.Stamp(page, digits, drawn, from_right=page is right) for page in (left, right)]

    document = front.copy(front.pages + back.pages)
    document.fonts = drawn
    bookmarks = merge.bookmarks(document, at, count, pieces[0][0].bookmarks)
    document.make_bookmark_tree = lambda *_, **__: []  # added below, when all pages are there

    def add(file):
        merge.insert(file, at, map(_sheets, pieces), even_and_odd)
        merge.add_bookmarks(file.pdf, bookmarks)

    return engine.write(document, values, files, add)


def _sheets(piece_and_pages):
    piece, pages = piece_and_pages
    with piece.path.open("rb") as file:
        pickle.load(file)
        sheets, shared = pickle.load(file)
    return [sheets[at] for at in pages], shared
