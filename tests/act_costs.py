"""What every act on a measure, and around it, costs in statements through the door: one table of ceilings.

``tests/workflows/test_ceilings.py`` holds the product to it, ``bin/bench`` prints it. Reading the rights, finding the
form's key and writing the record are counted; opening a session and drawing a page are not.
"""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.models import InputRequest, Instrument, LookBackItem, OfficeRules
from cases.states import MeasureState
from cases.supervision import Cause
from permissions import clock
from permissions.models import Role
from tests.factories import make_evidence, make_office, make_person, make_plan, make_unit, png
from workflows.door import perform

S = MeasureState
ON_A_MEASURE, APPROVAL_STEP = 15, 35
# Below the general ceiling where an act is well below it, so that a slip shows.
CEILINGS = {
    "claim": 8,
    "enter_progress": 9,
    "attach_evidence": 12,
    "report_checkpoint": 10,
    "confirm_checkpoint": 11,
    "request_verification": 13,
    "submit": 13,
    "send_back_request": 13,
    "return_for_rework": 13,
    "close_out": 11,
    # These begin or take a step of an approval.
    "request_extension": APPROVAL_STEP,
    "approve_extension": APPROVAL_STEP,
    "decide_extension": APPROVAL_STEP,
    "sign_extension": APPROVAL_STEP,
    "refuse_extension": APPROVAL_STEP,
}
CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


def statements(queries):
    """How many of the captured queries are not control of transactions."""
    return sum(not query["sql"].startswith(CONTROL) for query in queries)


def ceiling(act):
    return CEILINGS.get(act, ON_A_MEASURE)


class Costs:
    """``life``: the people and helpers of ``tests.workflows.life.LifeTestCase``. Each act is done on fresh rows."""

    def __init__(self, life):
        self.life, self.today = life, clock.today()
        self.town = make_unit(life.office)
        self.townsman = make_person(Role.HANDLER, self.town)
        self.number = 0

    def measure(self, state=S.RECTIFYING, **fields):
        return self.life.measure(state=state, **fields)

    def cost(self, act, actor, subject, **data):
        """Statements of one act as a form sends it, with its version and key."""
        self.number += 1
        actor = type(actor).objects.get(pk=actor.pk)
        version = getattr(type(subject).objects.get(pk=subject.pk), "row_version", None)
        with CaptureQueriesContext(connection) as queries:
            perform(
                subject.pk,
                act,
                actor=actor,
                version=version,
                key=f"cost-{self.town.pk}-{self.number}",
                **data,
            )
        return statements(queries)

    def do(self, subject, act, actor, **data):
        return perform(subject.pk, act, actor=actor, **data).subject

    def all(self):
        """{act: statements}"""
        found = {}
        for group in (
            self.straight_road, self.units, self.evidence, self.steps, self.other_roads, self.after_close_out,
            self.extensions, self.instruments, self.around,
        ):  # fmt: skip
            for act, actor, subject, data in group():
                found[act] = max(found.get(act, 0), self.cost(act, actor, subject, **data))
        return found

    # (act, actor, subject, data) by topic; each is done before the next is prepared ------------------------

    def straight_road(self):
        life = self.life
        yield "claim", life.handler, self.measure(S.ISSUED), {}
        yield "enter_progress", life.handler, self.measure(), {"progress": "好"}
        yield "set_target", life.clerk, self.measure(), {"amount": 10_000, "unit": "户"}
        yield "request_verification", life.handler, life.ready(), {}
        requested = life.ready()
        self.do(requested, "request_verification", life.handler)
        yield "submit", life.head, requested, {}
        refused = life.ready()
        self.do(refused, "request_verification", life.handler)
        yield "send_back_request", life.head, refused, {"reason": "缺材料"}
        yield "return_for_rework", life.clerk, self.measure(S.SUBMITTED), {"reason": "缺材料"}
        check = {"method": "SITE", "visited_on": self.today, "findings": "属实"}
        yield "verify", life.clerk, self.measure(S.SUBMITTED), check
        yield "close_out", life.office_head, self.measure(S.VERIFIED), {}
        yield "set_grade", life.office_head, self.measure(), {"important": True, "reason": "重点"}

    def units(self):
        life, town = self.life, self.town
        both = {"leads": [f"unit:{life.unit.pk}"], "responsible": [f"unit:{town.pk}"]}
        shared = self.measure(responsible=[town])
        due_on = self.today + timedelta(days=5)
        asked = {"units": [town.pk], "question": "请报数。", "due_on": due_on}
        yield "ask_input", life.handler, shared, asked
        yield "cancel_input", life.handler, shared, {"request": self._request(shared)}
        self.do(shared, "ask_input", life.handler, **asked)
        yield "answer_input", self.townsman, shared, {"request": self._request(shared), "progress": "好"}
        yield "merge_inputs", life.handler, shared, {"requests": [self._request(shared)], "progress": "合并"}
        yield "reassign", life.clerk, self.measure(), {**both, "reason": "增加责任单位"}
        swap = {"leads": [f"unit:{town.pk}"], "responsible": [], "reason": "职责调整"}
        asking = self.measure(responsible=[make_unit(life.office)])
        self._extension(asking)
        yield "reassign", life.clerk, asking, swap
        yield "name_coordinator", life.clerk, self.measure(lead=[life.unit, town]), {"unit": town.pk}
        dispute = {"reason": "非本单位职责", "proposed_unit": ""}
        yield "raise_dispute", life.head, self.measure(S.ISSUED), dispute
        disputed = self.measure(S.ISSUED)
        self.do(disputed, "raise_dispute", life.head, **dispute)
        kept = {"dispute": disputed.disputes.get().pk, "settlement": "三定方案已明确"}
        yield "settle_dispute", life.office_head, disputed, kept

    def _request(self, measure):
        return InputRequest.objects.filter(measure=measure).latest("pk").pk

    def evidence(self):
        life, measure = self.life, self.measure()
        yield "attach_evidence", life.handler, measure, {"files": [("图.png", png())]}
        row = make_evidence(measure, life.unit)
        yield "replace_evidence", life.handler, measure, {"evidence": row.pk, "files": [("新.png", png())]}
        row = make_evidence(measure, life.unit)
        yield "withdraw_evidence", life.handler, measure, {"evidence": row.pk, "reason": "传错"}

    def steps(self):
        life, measure, other = self.life, self.measure(), self.measure()
        step = {"checkpoint": measure.checkpoints.get().pk}
        yield "report_checkpoint", life.handler, measure, step
        yield "confirm_checkpoint", life.clerk, measure, step
        step = {"checkpoint": other.checkpoints.get().pk}
        self.do(other, "report_checkpoint", life.handler, **step)
        yield "refuse_checkpoint", life.clerk, other, {**step, "reason": "未达标"}

    def other_roads(self):
        life, day = self.life, self.today + timedelta(days=30)
        part = {"responsible": [], "dates": [day], "long_term": False}
        parts = [
            {"text": text, "leads": [f"unit:{unit.pk}"], **part}
            for text, unit in (("甲", life.unit), ("乙", self.town), ("丙", life.unit))
        ]
        splitting, _behind = self.measure(checkpoints=[day]), self.measure()
        yield "split", life.office_head, splitting, {"parts": parts, "reason": "分头落实"}
        asking = self.measure(responsible=[self.town])
        self._extension(asking)
        yield "merge", life.clerk, asking, {"into": self.measure().pk, "reason": "内容重复"}
        taker = make_office()
        self.do(self.measure(), "transfer", life.office_head, office=taker.pk, reason="属地变更")
        yield "transfer", life.office_head, self.measure(), {"office": taker.pk, "reason": "属地变更"}
        yield "withdraw", life.office_head, self.measure(), {"reason": "方案调整"}
        OfficeRules.objects.update_or_create(office=life.office, defaults={"public_notice_days": 5})
        published = self.measure(S.VERIFIED)
        yield "publish_result", life.clerk, published, {"where": "县政府网站"}
        yield "record_objection", life.clerk, published, {"text": "未达标"}
        yield "settle_objection", life.clerk, published, {"settlement": "已复测"}
        OfficeRules.objects.filter(office=life.office).update(public_notice_days=0)

    def after_close_out(self):
        life, today = self.life, self.today
        kept = self.measure(S.VERIFIED, long_term=True)
        self.do(kept, "close_out", life.office_head, follow_up_months=1)
        life.plan.__class__.objects.filter(pk=life.plan.pk).update(ends_on=today + timedelta(days=900))
        kept.refresh_from_db()
        yield "set_cadence", life.clerk, kept, {"months": 3}
        kept.refresh_from_db()
        due_on = self._next_follow_up(kept)
        with clock.at(clock.now() + timedelta(days=92)):
            yield "record_follow_up", life.handler, kept, {"due_on": due_on, "finding": "HELD", "text": "好"}
        sample = {"title": "回头看", "share": 100, "closed_to": today, "due_on": today + timedelta(days=30)}
        yield "draw_look_back", life.clerk, life.office, sample
        item = LookBackItem.objects.filter(measure=kept).latest("pk")
        inspector = make_person(Role.OFFICE_CLERK, life.office)
        found = {"item": item.pk, "finding": "HELD", "visited_on": today, "text": "未反弹"}
        yield "record_look_back", inspector, kept, found
        again = {"reason": "反弹", "due_on": today + timedelta(days=30)}
        yield "relapse", life.office_head, kept, again

    def _next_follow_up(self, measure):
        from workflows.roads import follow_up  # beside the others it would load the acts too early

        return follow_up.standing(measure, [], self.life.unit.pk, today=self.today).next_due_on

    def _extension(self, measure):
        step = measure.checkpoints.get()
        data = {"checkpoint": step.pk, "new_due_on": step.due_on + timedelta(days=20)}
        self.do(measure, "request_extension", self.life.handler, **data, reason="雨", interim_measures="围挡")
        return measure.extensions.latest("pk")

    def extensions(self):
        life, measure = self.life, self.measure()
        for last in ("decide_extension", "sign_extension"):
            step = measure.checkpoints.get()
            data = {"checkpoint": step.pk, "new_due_on": step.due_on + timedelta(days=20)}
            yield (
                "request_extension",
                life.handler,
                measure,
                {**data, "reason": "雨", "interim_measures": "无"},
            )
            row = measure.extensions.latest("pk")
            yield "approve_extension", life.head, row, {}
            yield "decide_extension", life.office_head, row, {}
            if last == "sign_extension":
                yield last, life.leader, row, {}
        yield "refuse_extension", life.head, self._extension(self.measure()), {"reason": "理由不足"}

    def instruments(self):
        life, measure = self.life, self.measure()
        by_hand = {"kind": "ORDER", "unit": life.unit.pk, "text": "请立即整改。"}
        yield "supervise", life.office_head, measure, by_hand
        row = Instrument.objects.get(measure=measure)
        yield "receive_instrument", life.handler, row, {}
        yield "answer_instrument", life.head, row, {"answer": "已办。"}
        yield "settle_instrument", life.clerk, row, {"effect": "已落实。"}
        measure = self.measure(checkpoints=[self.today])
        for rung, act in enumerate(("issue_instrument", "dismiss_instrument"), start=7):
            row = self._proposed(measure, rung)
            yield "prepare_instrument", life.clerk, row, {"text": "请立即整改。"}
            yield act, life.office_head, row, {"reason": "已电话催办"}

    def _proposed(self, measure, rung):
        step = measure.checkpoints.get()
        cause = Cause("CHECKPOINT", step.pk, step.due_on, self.life.unit.pk, measure_id=measure.pk)
        about = {"cause_kind": cause.kind, "cause": cause.name, "due_on": cause.due_on, "measure": measure}
        return Instrument.objects.create(
            office=measure.office, kind="ORDER", unit=self.life.unit, text="x", rung=rung,
            proposed_at=clock.now(), **about,
        )  # fmt: skip

    def around(self):
        life, today = self.life, self.today
        yield "end_plan", life.office_head, make_plan(life.office), {"ends_on": today + timedelta(days=500)}
        colleague = make_person(Role.HANDLER, life.unit)
        post = life.head.memberships.get()
        days = {"starts_on": today, "ends_on": today + timedelta(days=7), "reason": "外出"}
        yield "name_deputy", life.head, post, {"deputy": colleague.pk, **days}
        yield "revoke_delegation", life.head, post.delegations.latest("pk"), {}


def life_outside_of_tests():
    """The same people for a run that is no test."""
    from tests.workflows.life import LifeTestCase

    LifeTestCase.setUpTestData()
    return LifeTestCase("do")
