"""What was read from a document, before anybody confirmed it. Plain data, no rules.

All ``start``/``end`` are character offsets into ``Proposal.text``; for units and dates
``text[start:end] == printed`` holds. A ``doubt`` is a code of ``certainty``: why the reader is not sure.
"""

import dataclasses
import datetime
from dataclasses import dataclass, field

from .certainty import least_sure_first, sure_of


@dataclass
class ReadUnit:
    printed: str
    start: int
    end: int
    doubt: str | None = None


@dataclass
class ReadDate:
    due_on: datetime.date
    printed: str
    start: int
    end: int
    doubt: str | None = None


@dataclass
class Remark:
    """Something that could not be read or looks odd; ``message`` is a msgid with named parameters."""

    code: str
    message: str
    params: dict
    start: int
    end: int

    def __str__(self):
        return self.message % self.params


@dataclass
class ProposedMeasure:
    label: str
    text: str
    start: int
    end: int
    group_lead: str | None = None
    goal: str | None = None
    lead_units: list[ReadUnit] = field(default_factory=list)
    responsible_units: list[ReadUnit] = field(default_factory=list)
    people: list[ReadUnit] = field(default_factory=list)
    checkpoints: list[ReadDate] = field(default_factory=list)
    long_term: bool = False
    deadline_text: str | None = None
    raw_bracket: str | None = None
    open_ended: bool = False
    doubts: list[str] = field(default_factory=list)  # of the measure as a whole; its values have their own

    @property
    def reasons(self):
        """The codes of all doubts about the measure and its values, what weighs most first."""
        values = [*self.lead_units, *self.responsible_units, *self.checkpoints]
        return least_sure_first([*self.doubts, *(value.doubt for value in values)])

    @property
    def sure(self):
        """How sure the reader is of the measure: as sure as of its least sure value."""
        return sure_of(self.reasons)

    @property
    def certain(self):
        return not self.reasons


@dataclass
class ProposedProblem:
    number: int
    label: str
    kind: str
    text: str
    start: int
    end: int
    sources: list[str] = field(default_factory=list)
    goal: str | None = None
    lead_units: list[ReadUnit] = field(default_factory=list)
    responsible_units: list[ReadUnit] = field(default_factory=list)
    raw_bracket: str | None = None
    measures: list[ProposedMeasure] = field(default_factory=list)


@dataclass
class Reporting:
    """Who reports what to whom: ``months`` 1-12, ``day`` of each of these months."""

    months: list[int]
    day: int
    recipient: str | None
    contents: list[str]
    reporter: str | None
    raw: str


@dataclass
class SheetRow:
    """What became of one row of a spreadsheet (.xlsx, .csv); ``Proposal.rows`` holds one for each, in order.

    Shape: ``sheet`` is the title of the sheet, "" for a file without sheets; ``row`` its number as the spreadsheet
    prints it beside the row, from 1, and 0 for a whole sheet that is hidden; ``state`` "read", "joined" (it goes on
    with a row above) or "skipped"; ``reason`` a msgid without parameters, "" where a row was simply read; ``excerpt``
    the beginning of its cells. ``start``/``end`` is the passage of its lines, empty where it gave none: the measures
    read from a row are those with ``row.start <= measure.start < row.end``, that of a joined row the last one that
    begins before it.
    """

    sheet: str
    row: int
    state: str
    reason: str
    excerpt: str
    start: int
    end: int


@dataclass
class Proposal:
    text: str
    title: str | None = None
    issuer: str | None = None
    document_number: str | None = None
    issued_on: datetime.date | None = None
    kind: str = "task_assignment"
    stated_totals: dict | None = None
    reporting: Reporting | None = None
    problems: list[ProposedProblem] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    rows: list[SheetRow] = field(default_factory=list)  # of a spreadsheet; empty for every other document

    @property
    def measures(self):
        return [measure for problem in self.problems for measure in problem.measures]

    def to_json(self):
        """Return the exchange form: dates ISO, texts cut (60 and 30 characters), units as names.

        ``passages`` beside the fields gives the offsets: one pair for the whole, one per unit and date.
        """
        return {
            "title": self.title,
            "issuer": self.issuer,
            "document_number": self.document_number,
            "issued_on": self.issued_on and self.issued_on.isoformat(),
            "kind": self.kind,
            "stated_totals": self.stated_totals,
            "reporting": self.reporting and dataclasses.asdict(self.reporting),
            "problems": [_problem_json(problem, self.kind) for problem in self.problems],
            "remarks": [
                {"code": remark.code, "message": str(remark), "passage": [remark.start, remark.end]}
                for remark in self.remarks
            ],
        }

    def to_dict(self):
        """Return everything as JSON-able data; ``from_dict`` gives an equal proposal back."""
        return _plain(dataclasses.asdict(self))

    @classmethod
    def from_dict(cls, data):
        data = {key: value for key, value in data.items() if key != "edits"}  # see ``history``
        data["issued_on"] = _date(data["issued_on"])
        data["reporting"] = data["reporting"] and Reporting(**data["reporting"])
        data["problems"] = [_problem(item) for item in data["problems"]]
        data["remarks"] = [Remark(**item) for item in data["remarks"]]
        data["rows"] = [SheetRow(**item) for item in data.get("rows", ())]
        return cls(**data)


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def _date(value):
    return value and datetime.date.fromisoformat(value)


def _problem(data):
    data = dict(data)
    for key in ("lead_units", "responsible_units"):
        data[key] = [ReadUnit(**unit) for unit in data[key]]
    data["measures"] = [_measure(item) for item in data["measures"]]
    return ProposedProblem(**data)


def _measure(data):
    data = dict(data)
    if data.pop("certain", True) is False:  # a draft saved when there were only two degrees
        data["doubts"] = ["unclear"]
    for key in ("lead_units", "responsible_units", "people"):
        data[key] = [ReadUnit(**unit) for unit in data[key]]
    data["checkpoints"] = [
        ReadDate(**{**item, "due_on": _date(item["due_on"])}) for item in data["checkpoints"]
    ]
    return ProposedMeasure(**data)


def _names(units):
    return [unit.printed for unit in units]


def _spans(items):
    return [[item.start, item.end] for item in items]


def _flat(text, length):
    return text.replace("\n", "")[:length]


def _problem_json(problem, document_kind):
    out = {"number": problem.number, "label": problem.label}
    if document_kind != "rectification_plan":
        out["kind"] = problem.kind
    out |= {
        "text": problem.text.split("\n")[0][:60],
        "sources": problem.sources,
        "goal": problem.goal,
        "lead_units": _names(problem.lead_units),
        "responsible_units": _names(problem.responsible_units),
        "raw_bracket": problem.raw_bracket,
        "measures": [_measure_json(measure) for measure in problem.measures],
        "passages": {"problem": [problem.start, problem.end]},
    }
    return out


def _measure_json(measure):
    return {
        "label": measure.label,
        "text_start": _flat(measure.text, 30),
        "group_lead": measure.group_lead,
        "goal": measure.goal,
        "lead_units": _names(measure.lead_units),
        "responsible_units": _names(measure.responsible_units),
        "checkpoints": sorted({item.due_on.isoformat() for item in measure.checkpoints}),
        "long_term": measure.long_term,
        "deadline_text": measure.deadline_text,
        "raw_bracket": measure.raw_bracket,
        "open_ended": measure.open_ended,
        "sure": measure.sure.name.lower(),
        "reasons": measure.reasons,
        "passages": {
            "measure": [measure.start, measure.end],
            "lead_units": _spans(measure.lead_units),
            "responsible_units": _spans(measure.responsible_units),
            "checkpoints": _spans(measure.checkpoints),
        },
    }
