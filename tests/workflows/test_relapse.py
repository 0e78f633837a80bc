from datetime import timedelta

from django.forms.models import model_to_dict

from cases.errors import NoRight, NotReady, WrongState
from cases.models import Checkpoint, Evidence, Measure, Plan, Round, SignOff, Verification
from cases.states import MeasureState
from permissions import clock
from reports.proof import canonical, digest
from tests.factories import make_unit, png
from tests.workflows.life import LifeTestCase
from workflows import waiting
from workflows.dossier import Dossier
from workflows.sections import inputs

S = MeasureState


def digest_of_round(number, measure):
    """Of all rows of the round, every column of them."""
    rows = [
        *Round.objects.filter(measure=measure, number=number),
        *SignOff.objects.filter(round__measure=measure, round__number=number),
        *Verification.objects.filter(round__measure=measure, round__number=number),
        *Evidence.objects.filter(round__measure=measure, round__number=number),
        *Checkpoint.with_superseded.filter(measure=measure, met_on__isnull=False).order_by("pk")[:1],
    ]
    return digest(
        canonical([[row._meta.label, {k: str(v) for k, v in model_to_dict(row).items()}] for row in rows])
    )


class RelapseTests(LifeTestCase):
    def relapsed(self, **kwargs):
        measure = self.measure(state=S.CLOSED, **kwargs)
        self.due = clock.today() + timedelta(days=40)
        self.before = digest_of_round(1, measure)
        self.do(
            measure, "relapse", self.clerk, reason="复查发现垃圾回潮", found_by="LOOK_BACK", due_on=self.due
        )
        return measure

    def test_the_next_round_opens_with_a_date_of_its_own(self):
        measure = self.relapsed(long_term=True)
        first, second = measure.rounds.all()
        self.assertEqual(
            (measure.state, measure.closed_on, measure.follow_up_months, measure.next_due_on),
            (S.RECTIFYING, None, None, self.due),
        )
        self.assertEqual((second.number, second.attempt, second.opened_because), (2, 1, "复查发现垃圾回潮"))
        self.assertIsNotNone(first.closed_at)
        self.assertEqual(measure.checkpoints.filter(met_on=None).get().original_due_on, self.due)

    def test_the_page_tells_the_new_date_beside_the_old_clause(self):
        measure = self.relapsed(deadline_text="2026年3月底前")
        self.client.force_login(self.clerk)
        self.assertContains(
            self.client.get(measure.get_absolute_url()),
            f'2026年3月底前 <span class="muted small">现行时限 {self.due}',
        )

    def test_the_old_round_stays_byte_for_byte_through_the_whole_next_one(self):
        measure = self.relapsed()
        self.assertEqual(digest_of_round(1, measure), self.before)
        self.work(measure)
        self.do(measure, "return_for_rework", self.clerk, reason="再整改")
        self.assertEqual(digest_of_round(1, measure), self.before)
        self.do(measure, "request_verification", self.handler)
        self.do(measure, "submit", self.head)
        check = {"method": "SITE", "visited_on": clock.today(), "findings": "属实"}
        self.do(measure, "verify", self.clerk, **check)
        self.do(measure, "close_out", self.office_head)
        self.assertEqual(digest_of_round(1, measure), self.before)
        self.assertEqual(
            (measure.state, measure.closed_on, measure.rounds.filter(closed_at=None).count()),
            (S.CLOSED, clock.today(), 0),
        )

    def work(self, measure):
        self.do(measure, "enter_progress", self.handler, progress="重新清理")
        self.do(measure, "attach_evidence", self.handler, files=[("图.png", png())])
        self.do(measure, "request_verification", self.handler)
        self.do(measure, "submit", self.head)

    def test_what_was_asked_in_the_old_round_waits_for_nobody_in_the_new_one(self):
        town = make_unit(self.office, "城关镇")
        measure = self.measure(state=S.RECTIFYING, responsible=[town])
        self.do(measure, "ask_input", self.handler, units=[town.pk], due_on=clock.today() + timedelta(days=5))
        self.work(measure)
        check = {"method": "SITE", "visited_on": clock.today(), "findings": "属实"}
        self.do(measure, "verify", self.clerk, **check)
        self.do(measure, "close_out", self.office_head)
        page = inputs.section(Dossier(self.clerk, measure.pk))
        self.assertEqual((page["answered"], page["whole"], page["rows"][0]["days"]), (0, 1, ""))
        due_on = clock.today() + timedelta(days=40)
        self.do(measure, "relapse", self.clerk, reason="反弹", found_by="LOOK_BACK", due_on=due_on)
        self.assertIsNotNone(measure.input_requests.get().cancelled_at)
        self.assertFalse(Measure.objects.filter(waiting.asked([town.pk])).exists())

    def test_a_return_in_the_new_round_takes_back_only_its_own_steps(self):
        measure = self.relapsed()
        self.work(measure)
        self.assertEqual(measure.checkpoints.filter(reported_on=None).count(), 0)
        self.do(measure, "return_for_rework", self.clerk, reason="再整改")
        old, new = measure.checkpoints.order_by("pk")
        self.assertEqual((bool(old.met_on), new.reported_on, measure.next_due_on), (True, None, self.due))

    def test_progress_and_evidence_of_the_old_round_do_not_count_in_the_new_one(self):
        measure = self.relapsed()
        text = self.refused(NotReady, measure, "request_verification", self.handler)
        self.assertIn("no progress in this round", text)
        self.do(measure, "enter_progress", self.handler, progress="重新清理")
        text = self.refused(NotReady, measure, "request_verification", self.handler)
        self.assertIn("Attach at least one piece of evidence", text)

    def test_the_units_keep_their_claim(self):
        self.assertIsNotNone(self.relapsed().duties.get().claimed_at)

    def test_the_new_date_lies_ahead_and_is_not_one_of_the_old(self):
        later = clock.today() + timedelta(days=90)
        measure = self.measure(state=S.CLOSED, checkpoints=[later])
        for due_on in (clock.today(), later):
            with self.subTest(due_on=due_on):
                self.refused(NotReady, measure, "relapse", self.clerk, reason="反弹", due_on=due_on)

    def test_the_new_date_lies_within_a_year_or_the_plan(self):
        year, far = clock.today() + timedelta(days=365), clock.today() + timedelta(days=900)
        for ends_on, latest in ((None, year), (clock.today() - timedelta(days=1), year), (far, far)):
            with self.subTest(ends_on=ends_on):
                Plan.objects.filter(pk=self.plan.pk).update(ends_on=ends_on)
                measure, late = self.measure(state=S.CLOSED), latest + timedelta(days=1)
                text = self.refused(NotReady, measure, "relapse", self.clerk, reason="反弹", due_on=late)
                self.assertIn(f"Choose a day up to {latest}", text)
                self.do(measure, "relapse", self.clerk, reason="反弹", due_on=latest)

    def test_only_the_office_and_only_from_closed(self):
        due = {"reason": "反弹", "due_on": clock.today() + timedelta(days=9)}
        measure = self.measure(state=S.CLOSED)
        for person in (self.handler, self.head, self.leader, self.auditor):
            self.refused(NoRight, measure, "relapse", person, **due)
        for state in sorted(set(S) - {S.CLOSED}):
            self.refused(WrongState, self.measure(state=state), "relapse", self.clerk, **due)

    def test_it_may_relapse_again(self):
        measure = self.relapsed()
        self.work(measure)
        self.do(measure, "verify", self.clerk, method="SITE", visited_on=clock.today(), findings="属实")
        self.do(measure, "close_out", self.office_head)
        second = digest_of_round(2, measure)
        due = self.due + timedelta(days=30)
        self.do(measure, "relapse", self.office_head, reason="再次反弹", due_on=due)
        self.assertEqual(measure.rounds.last().number, 3)
        self.assertEqual((digest_of_round(1, measure), digest_of_round(2, measure)), (self.before, second))
