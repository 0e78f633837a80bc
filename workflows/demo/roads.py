"""What stands open beside the straight road: a dispute, a later date, a look-back, a deputy; and a printed notice."""

from datetime import datetime, time, timedelta

from permissions import clock
from permissions.models import Role
from workflows.demo import fates, plan
from workflows.door import perform

DISPUTED, PROPOSED = "（八）（3）", "县水利局"  # its lead says that the water is another's business
CLOSED_FIRST = "（五）（1）"
EXTENDED = "（三）（3）"
WHY = "学校饮水管网改造属农村供水工程建设内容，按照部门职责分工由水务主管部门牵头更为适宜，我局做好配合。"
LATE = "入汛以来连续降雨，泵站机电设备到货和渠道衬砌施工推迟，原定时限内难以全部完成。"
MEANWHILE = "先行架设临时抽水设备6套，保障冬灌用水；每周调度施工进度，倒排工期。"
HELD = "现场查看并随机走访农户，整改成效保持较好，管护责任落实到人，未发现反弹。"


class Roads:
    """Adds its acts to those of a ``story``; all of them lie on its last two working days."""

    def __init__(self, story):
        self.story = story

    def schedule(self):
        story, before = self.story, fates.workday(self.story.yesterday, -1)
        story.at(datetime.combine(before, time(14, 20)), "papers", self._close_out_notice)
        story.on(before, 15, "roads", self._dispute)
        story.on(story.yesterday, 10, "roads", self._ask_extension)
        story.on(story.yesterday, 11, "roads", self._look_back)
        story.on(story.yesterday, 17, "roads", self._name_deputy)

    def _close_out_notice(self):
        """The notice of the first that was closed out (销号单), printed."""
        closed = self.story.measures[CLOSED_FIRST].rounds.get()
        paper = perform(closed.pk, "print_close_out", actor=self.story.people["clerk"]).subject
        self.story.work(f"paper:{paper.pk}")

    def _dispute(self):
        measure, [lead] = self.story.measures[DISPUTED], self.story.leads(DISPUTED)
        perform(
            measure.pk, "raise_dispute", actor=self.story.handler(lead), reason=WHY, proposed_unit=PROPOSED
        )

    def _ask_extension(self):
        measure, [lead] = self.story.measures[EXTENDED], self.story.leads(EXTENDED)
        perform(
            measure.pk,
            "request_extension",
            actor=self.story.handler(lead),
            checkpoint=measure.checkpoints.get(met_on=None).pk,
            new_due_on=clock.today() + timedelta(days=45),
            reason=LATE,
            interim_measures=MEANWHILE,
        )

    def _look_back(self):
        """A sample of what is closed out, and one of it looked at by a clerk who had not verified it."""
        story, today = self.story, clock.today()
        clerk = story.people["clerk2"]
        sample = perform(
            story.office.pk,
            "draw_look_back",
            actor=clerk,
            title=f"{today.year}年{today.month}月回头看",
            plan=story.plan.pk,
            closed_to=today,
            share=50,
            due_on=today + timedelta(days=20),
            seed=plan.document_number(story.dates),
        ).subject
        items = sample.items.exclude(measure__duties__unit__name=plan.HOUSED_IN).order_by("pk")
        item = items.first()
        perform(
            item.measure_id,
            "record_look_back",
            actor=clerk,
            item=item.pk,
            finding="HELD",
            visited_on=today,
            text=HELD,
        )

    def _name_deputy(self):
        """The head of the office is away for some days of the coming week."""
        story, today = self.story, clock.today()
        perform(
            story.people["officehead"].memberships.get(role=Role.OFFICE_HEAD).pk,
            "name_deputy",
            actor=story.people["officehead"],
            deputy=story.people["clerk2"].pk,
            starts_on=today + timedelta(days=4),
            ends_on=today + timedelta(days=8),
            reason="参加市级专题培训",
        )
