"""What an act costs on a measure on which much is open at once, as far as it has to see to that, too.

An act that also ends an approval or hands the filings of an open month on does the work of several, so it may cost
what a step of an approval may; any other stays below what one act on a measure may cost.
"""

from datetime import timedelta

from permissions.models import Role
from tests.act_costs import APPROVAL_STEP, ON_A_MEASURE, Costs
from tests.factories import (
    make_evidence,
    make_measure,
    make_office,
    make_person,
    make_plan,
    make_progress,
    make_unit,
    month_to_open,
    png,
)

# {situation: (what it may cost by rule, what it may cost so that a slip shows)}
CEILINGS = {
    "reassign: requests": (ON_A_MEASURE, 14),
    "reassign: signatures": (ON_A_MEASURE, 13),
    "reassign: requests, signatures": (ON_A_MEASURE, 15),
    "reassign: a dispute": (ON_A_MEASURE, 14),
    "reassign: an extension": (APPROVAL_STEP, 16),
    "reassign: all, a month": (APPROVAL_STEP, 23),
    "reassign: all signed then, a month": (APPROVAL_STEP, 27),
    "split: all, a month": (APPROVAL_STEP, 23),
    "transfer: all, a month": (APPROVAL_STEP, 25),
    "merge: all, a month": (APPROVAL_STEP, 16),
    "withdraw: all, a month": (APPROVAL_STEP, 16),
    "verify: an extension": (APPROVAL_STEP, 18),
    "attach_evidence: five files": (ON_A_MEASURE, 10),
    "report_checkpoint: five files": (ON_A_MEASURE, 13),
    "answer_input: five files": (ON_A_MEASURE, 14),
}
REQUESTS, SIGNATURES, EXTENSION = "requests", "signatures", "extension"
ALL = (REQUESTS, SIGNATURES, EXTENSION)


class CrowdedCosts(Costs):
    """Measures with two leads and two responsible units; everything happens on a plan of its own."""

    def __init__(self, life):
        super().__init__(life)
        self.plan = make_plan(life.office)
        self.other, self.third, self.new = (make_unit(life.office) for _ in range(3))
        self.others_handler = make_person(Role.HANDLER, self.other)
        self.others_head = make_person(Role.UNIT_HEAD, self.other)

    def all(self):
        """{situation: statements}"""
        found = {}
        for group in (self.without_a_month, self.files, self.with_a_month):
            for what, actor, subject, data in group():
                found[what] = self.cost(what.split(":")[0], actor, subject, **data)
        return found

    def crowded(self, *matters):
        life = self.life
        measure = make_measure(
            self.plan,
            lead=[life.unit, self.other],
            responsible=[self.town, self.third],
            handler=life.handler,
            head=life.head,
        )
        for unit in (life.unit, self.other):
            make_progress(measure, unit)
            make_evidence(measure, unit)
        if REQUESTS in matters:
            asked = {"question": "请报数。", "due_on": self.today + timedelta(days=5)}
            self.do(measure, "ask_input", life.handler, units=[self.town.pk, self.third.pk], **asked)
            self.do(measure, "ask_input", self.others_handler, units=[self.town.pk], **asked)
        if EXTENSION in matters:
            self._extension(measure)
        if SIGNATURES in matters:
            self.do(measure, "request_verification", life.handler)
            self.do(measure, "submit", life.head)
            self.do(measure, "request_verification", self.others_handler)
        return measure

    def _moved(self, *leads, responsible=()):
        """Who answers from now on; without further words one lead is replaced and one responsible unit leaves."""
        leads, responsible = leads or (self.other, self.new), responsible or (self.town,)
        choices = {"leads": leads, "responsible": responsible}
        return {name: [f"unit:{unit.pk}" for unit in units] for name, units in choices.items()} | {
            "reason": "职责调整"
        }

    def without_a_month(self):
        life = self.life
        yield "reassign: requests", life.clerk, self.crowded(REQUESTS), self._moved()
        yield "reassign: signatures", life.clerk, self.crowded(SIGNATURES), self._moved()
        yield "reassign: requests, signatures", life.clerk, self.crowded(REQUESTS, SIGNATURES), self._moved()
        yield "reassign: an extension", life.clerk, self.crowded(EXTENSION), self._moved()
        disputed = self.measure("ISSUED", lead=[life.unit, self.other])
        for head in (life.head, self.others_head):
            self.do(disputed, "raise_dispute", head, reason="非本单位职责")
        yield "reassign: a dispute", life.clerk, disputed, self._moved(self.new, self.third)
        checked = self.crowded(*ALL)
        self.do(checked, "submit", self.others_head)
        check = {"method": "SITE", "visited_on": self.today, "findings": "属实"}
        yield "verify: an extension", life.clerk, checked, check

    def files(self):
        measure = self.crowded(REQUESTS)
        files = [(f"图{number}.png", png()) for number in range(5)]
        step = {"checkpoint": measure.checkpoints.get().pk, "files": files}
        yield "attach_evidence: five files", self.life.handler, self.crowded(), {"files": files}
        yield "report_checkpoint: five files", self.life.handler, measure, step
        request = measure.input_requests.filter(from_unit=self.life.unit, to_unit=self.town).get()
        answer = {"request": request.pk, "progress": "好", "files": files}
        yield "answer_input: five files", self.townsman, measure, answer

    def with_a_month(self):
        """Filings change hands: some of the units have no other measure of the plan."""
        life, taker = self.life, make_office()
        self.do(self.plan, "open_period", life.clerk, month=month_to_open(self.plan))
        yield (
            "reassign: all, a month",
            life.clerk,
            self.crowded(*ALL),
            self._moved(self.other, make_unit(life.office)),
        )
        signed = self.crowded(*ALL)
        moved = self._moved(life.unit, responsible=[self.town, make_unit(life.office)])
        yield "reassign: all signed then, a month", life.clerk, signed, moved
        parts = [
            {
                "text": text,
                "leads": [f"unit:{unit.pk}"],
                "responsible": [],
                "dates": [self.today + timedelta(days=30)],
                "long_term": False,
            }
            for text, unit in (("甲", life.unit), ("乙", self.town))
        ]
        split = {"parts": parts, "reason": "分头落实"}
        yield "split: all, a month", life.office_head, self.crowded(*ALL), split
        handed = {"office": taker.pk, "reason": "属地变更"}
        yield "transfer: all, a month", life.office_head, self.crowded(*ALL), handed
        merged = {"into": self.crowded().pk, "reason": "内容重复"}
        yield "merge: all, a month", life.clerk, self.crowded(*ALL), merged
        yield "withdraw: all, a month", life.office_head, self.crowded(*ALL), {"reason": "方案调整"}
