"""The page that shows a reading beside its source: passages of the text, the tree of what was read, remarks.

Pure: proposal and matches in, finished values out; no query.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby

from django.core.paginator import Paginator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.intake.certainty import REASONS, Sure
from cases.intake.confirm import printed_duties

# Remarks of which there may be one per measure are told once with links to all their places.
GROUPED = {
    "born_overdue": _(
        "Due before the plan was issued: these count as born overdue and are not blamed on anybody"
    ),
    "no_date": _("Measures without a date: they can never be overdue"),
    "no_lead": _("Measures without a lead unit: every responsible unit then acts as a lead does"),
    "no_units": _("Measures for which no unit is printed"),
}
SOFT = {"born_overdue", "no_date", "no_lead"}

SURE = {  # label and tone of the mark beside a measure
    Sure.SURE: None,
    Sure.LIKELY: {"label": _("Likely"), "tone": "info"},
    Sure.GUESS: {"label": _("A guess"), "tone": "warning"},
}
ROW_STATES = {
    "read": {"label": _("Read"), "tone": "success"},
    "joined": {"label": _("Joined"), "tone": "info"},
    "skipped": {"label": _("Skipped"), "tone": "draft"},
}
COMMON = 5  # measures that share a reason before it can be told once for all
PER_PAGE = 100  # measures; a plan of 1,500 would be a page of megabytes


@dataclass
class Window:
    """The part of a long reading that one page shows: measures ``first`` to ``last``, source ``start`` to ``end``."""

    page: object  # of Django's paginator
    first: int
    last: int
    start: int
    end: int
    starts: list[int]  # where the source of each page begins

    def href(self, anchor, order=None, position=None):
        """The address of an anchor, on this page or on the one that has this measure or position."""
        number = self.page.number
        if order:
            number = (order - 1) // PER_PAGE + 1
        elif position is not None:
            number = max(bisect_right(self.starts, position), 1)
        return f"#{anchor}" if number == self.page.number else f"?page={number}#{anchor}"


def window_of(proposal, page=None, at=None) -> Window:
    """The window of this page, or of the one with the measure ``at``."""
    orders = range(1, len(proposal.measures) + 1)
    paginator = Paginator(orders, PER_PAGE)
    found = paginator.get_page((at - 1) // PER_PAGE + 1 if at else page)
    starts = _page_starts(proposal)
    end = starts[found.number] if found.number < len(starts) else len(proposal.text)
    return Window(found, found.start_index(), found.end_index(), starts[found.number - 1], end, starts)


def _page_starts(proposal):
    """Offsets of the lines at which the pages begin; never backwards, whatever was marked where."""
    firsts = {
        measure_list[0].start: problem.start
        for problem in proposal.problems
        if (measure_list := problem.measures)
    }
    starts = [0]
    for measure in proposal.measures[PER_PAGE::PER_PAGE]:
        begin = min(measure.start, firsts.get(measure.start, measure.start))
        starts.append(max(starts[-1], proposal.text.rfind("\n", 0, begin) + 1))
    return starts


@dataclass
class Passage:
    """A stretch of the source; ``anchor`` is its id in the source pane, ``href`` where it is read in the other."""

    start: int
    end: int
    kind: str
    anchor: str
    href: str
    title: str = ""


@dataclass
class Piece:
    text: str
    kind: str = ""
    anchor: str = ""
    href: str = ""
    title: str = ""
    also: list = field(default_factory=list)  # anchors of wider passages that begin here


def passages_of(proposal, window) -> list[Passage]:
    """The passages of the window, wider ones first; one from which several measures were read stands once."""
    found = {}
    for number, problem in enumerate(proposal.problems, start=1):
        found[f"sp-{number}"] = Passage(
            problem.start,
            problem.start + _heading_length(problem, proposal),
            "problem",
            f"sp-{number}",
            f"#p-{number}",
        )
    for order, measure in enumerate(proposal.measures, start=1):
        found[f"s-{order}"] = Passage(
            measure.start, measure.end, "measure", f"s-{order}", window.href(f"m-{order}", order)
        )
        kinds = (
            ("lead", measure.lead_units, _("Lead unit")),
            ("responsible", measure.responsible_units, _("Responsible unit")),
            ("date", measure.checkpoints, _("Checkpoint")),
        )
        for kind, items, title in kinds:
            for item in items:
                anchor, href = anchor_of(item), window.href(f"m-{order}", order)
                if item.end > item.start:
                    found.setdefault(anchor, Passage(item.start, item.end, kind, anchor, href, title))
    for remark in proposal.remarks:
        if remark.code not in GROUPED and remark.end > remark.start:
            anchor = anchor_of(remark)
            found.setdefault(
                anchor, Passage(remark.start, remark.end, "unread", anchor, "", str(told(remark)))
            )
    shown = (item for item in found.values() if item.start < window.end and item.end > window.start)
    return sorted(shown, key=lambda passage: (passage.start - passage.end, passage.start))


def _heading_length(problem, proposal):
    """Of a problem the heading line is marked: its own text may run over paragraphs, its passage over all measures."""
    line_end = proposal.text.find("\n", problem.start)
    ends = [problem.end, line_end if line_end > 0 else problem.end]
    ends += [measure.start for measure in problem.measures if measure.start > problem.start]
    return max(min(ends) - problem.start, 0)


def anchor_of(item):
    return f"t-{item.start}-{item.end}"


def lines_of(proposal, window) -> list[dict]:
    """The source line by line: [{number, at, pieces}]. Each character belongs to the narrowest passage over it."""
    passages = passages_of(proposal, window)
    text, base = proposal.text[window.start : window.end], window.start
    owner = [-1] * len(text)
    for index, passage in enumerate(passages):
        start, end = max(passage.start - base, 0), min(passage.end - base, len(text))
        owner[start:end] = [index] * (end - start)
    starts = {}
    for index, passage in enumerate(passages):
        starts.setdefault(passage.start, []).append(index)
    lines, at = [], base
    first = proposal.text.count("\n", 0, base) + 1
    for number, line in enumerate(text.removesuffix("\n").split("\n"), start=first):
        lines.append({"number": number, "at": at, "pieces": _pieces(line, at, owner, passages, starts, base)})
        at += len(line) + 1
    return lines


def _pieces(line, at, owner, passages, starts, base):
    pieces = []
    for index, run in groupby(range(at, at + len(line)), key=lambda position: owner[position - base]):
        positions = list(run)
        begin = positions[0]
        piece = Piece(line[begin - at : positions[-1] - at + 1])
        if index >= 0:
            passage = passages[index]
            piece.kind, piece.href, piece.title = passage.kind, passage.href, passage.title
            piece.anchor = passage.anchor if passage.start == begin else ""
        piece.also = [passages[other].anchor for other in starts.get(begin, ()) if other != index]
        pieces.append(piece)
    return pieces


@dataclass(frozen=True)
class Doubts:
    """What a person has to look at: orders of measures, and the reasons that hold for most of them."""

    look: frozenset[int]
    common: frozenset[str]

    @classmethod
    def of(cls, proposal):
        """A reason that most measures share is told once, above all of them; it singles none of them out."""
        measures = proposal.measures
        counted = Counter(code for measure in measures for code in measure.reasons)
        common = frozenset(
            code for code, count in counted.items() if count >= COMMON and 2 * count > len(measures)
        )
        unread = sorted(r.start for r in proposal.remarks if r.code not in SOFT and r.end > r.start)
        look = {
            order
            for order, measure in enumerate(measures, start=1)
            if set(measure.reasons) - common
            or bisect_left(unread, measure.start) < bisect_left(unread, max(measure.end, measure.start + 1))
        }
        return cls(frozenset(look), common)


def tree_of(proposal, matches, issued_on, window, doubts) -> list[dict]:
    """What was read, problem by problem, each with links into the source."""
    tree, order = [], 0
    for number, problem in enumerate(proposal.problems, start=1):
        measures, before = [], order
        for index, measure in enumerate(problem.measures):
            order += 1
            if window.first <= order <= window.last:
                measures.append(_measure(order, problem, measure, matches, issued_on, doubts))
                measures[-1]["has_next"] = index + 1 < len(problem.measures)
        is_here = window.first - 1 <= before <= window.last and not problem.measures
        if not measures and not is_here:
            continue
        tree.append(
            {
                "id": number,
                "label": problem.label,
                "text": problem.text,
                "sources": "、".join(problem.sources),
                "measures": measures,
                "look": not problem.measures or any(measure["look"] for measure in measures),
                "is_empty": not problem.measures,
                "has_source": problem.end > problem.start,
            }
        )
    return tree


def _measure(order, problem, measure, matches, issued_on, doubts):
    duties = printed_duties(problem, measure)
    return {
        "id": order,
        "label": measure.label or str(order),
        "name": f"{problem.label}{measure.label}" if measure.label else str(order),
        "text": measure.text,
        "group_lead": measure.group_lead,
        "leads": [_unit(order, unit, matches) for role, unit in duties if role == "LEAD"],
        "responsible": [_unit(order, unit, matches) for role, unit in duties if role != "LEAD"],
        "dates": [
            {
                "text": date.printed,
                "due_on": date.due_on,
                "href": _source_of(order, date),
                "born_overdue": issued_on is not None and date.due_on < issued_on,
                "doubt": date.doubt and _why(date.doubt),
            }
            for date in measure.checkpoints
        ],
        "deadline_text": measure.deadline_text,
        "long_term": measure.long_term,
        "look": order in doubts.look,
        "sure": SURE[measure.sure],
        "reasons": [_why(code) for code in measure.reasons if code not in doubts.common],
        "common": " ".join(_why(code) for code in measure.reasons if code in doubts.common),
        "has_source": measure.end > measure.start,
    }


def common_doubts(doubts) -> list[str]:
    """What is so for most measures, said once."""
    return [_why(code) for code in sorted(doubts.common)]


def _why(code):
    """Why the reader is not sure, in the reader's language."""
    return gettext(REASONS.get(code, REASONS["unclear"]))


def _unit(order, unit, matches):
    match = matches.get(unit.printed)
    return {
        "text": unit.printed,
        "href": _source_of(order, unit),
        "open": match is not None and not match.certain,
        "doubt": unit.doubt and _why(unit.doubt),
    }


def _source_of(order, item):
    """The passage of the item, or the one of its measure where somebody typed it."""
    return anchor_of(item) if item.end > item.start else f"s-{order}"


def told(remark):
    """The remark in the reader's language."""
    return gettext(remark.message) % remark.params


def rows_of(proposal, window) -> dict | None:
    """{sheets, counts: [{label, tone, count}], rows: of this window}: what became of each row of a spreadsheet."""
    if not proposal.rows:
        return None
    counts = Counter(row.state for row in proposal.rows)
    places = sorted((measure.start, order) for order, measure in enumerate(proposal.measures, start=1))
    measures = proposal.measures
    is_last = not window.page.has_next()
    return {
        "sheets": len({row.sheet for row in proposal.rows}) > 1,
        "counts": [{**told, "count": counts[state]} for state, told in ROW_STATES.items() if counts[state]],
        "rows": [
            {
                "sheet": row.sheet,
                "number": row.row or "",
                **ROW_STATES[row.state],
                "reason": row.reason and gettext(row.reason),
                "excerpt": row.excerpt,
                "measures": [
                    {
                        "label": measures[order - 1].label or str(order),
                        "href": window.href(f"m-{order}", order),
                    }
                    for order in _orders_of(row, places)
                ],
            }
            for row in proposal.rows
            if window.start <= row.start < window.end or (is_last and row.start >= window.end)
        ],
    }


def _orders_of(row, places):
    """Orders of the measures that begin in the row; of a joined row the one with which it goes on."""
    first, beyond = (bisect_left(places, (at, 0)) for at in (row.start, row.end))
    if row.state == "joined" and first:
        return [places[first - 1][1]]
    return [order for _start, order in places[first:beyond]] if row.state == "read" else []


def remarks_of(proposal, window=None) -> dict:
    """{problems: [{text, href}], notes: [{text, places: [{label, href}]}]}: what needs a look, and what to know."""
    window = window or window_of(proposal)
    measure_at = {}
    for order, measure in enumerate(proposal.measures, start=1):
        measure_at |= dict.fromkeys(range(measure.start, measure.end), order)
    single, grouped = [], {}
    for remark in proposal.remarks:
        order = measure_at.get(remark.start)
        if remark.code in GROUPED:
            label = f"{remark.params.get('problem', '')}{remark.params.get('measure', '')}" or str(order)
            grouped.setdefault(remark.code, []).append(
                {"label": label, "href": window.href(f"m-{order}", order) if order else ""}
            )
        else:
            has_place = remark.end > remark.start
            href = window.href(anchor_of(remark), position=remark.start) if has_place else ""
            single.append({"text": told(remark), "href": href})
    notes = [
        {"text": GROUPED[code], "places": places, "count": len(places), "soft": code in SOFT}
        for code, places in grouped.items()
    ]
    return {"problems": single, "notes": notes}


def counts_of(proposal, issued_on) -> list[dict]:
    """[{label, value, stated}]: what was read, beside what the document itself says where it says it."""
    measures = proposal.measures
    stated = proposal.stated_totals or {}
    first = [min((date.due_on for date in measure.checkpoints), default=None) for measure in measures]
    born = sum(1 for day in first if day and issued_on and day < issued_on)
    has_tasks = proposal.kind == "task_assignment"
    parts = _("Sections") if has_tasks else _("Problems")
    return [
        {"label": parts, "value": len(proposal.problems), "stated": stated.get("problems")},
        {
            "label": _("Tasks") if has_tasks else _("Measures"),
            "value": len(measures),
            "stated": stated.get("measures"),
        },
        {
            "label": _("Dated checkpoints"),
            "value": sum(len({d.due_on for d in m.checkpoints}) for m in measures),
        },
        {"label": _("Long-term"), "value": sum(measure.long_term for measure in measures)},
        {"label": _("First date before issue"), "value": born},
        {"label": _("Joint leads"), "value": sum(len(measure.lead_units) > 1 for measure in measures)},
    ]


def uses_of(proposal) -> Counter:
    """How many measures name each printed unit."""
    uses = Counter()
    for problem in proposal.problems:
        for measure in problem.measures:
            uses.update({unit.printed for _role, unit in printed_duties(problem, measure)})
    return uses
