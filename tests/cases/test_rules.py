from datetime import date, datetime, time

from django.conf import settings
from django.test import SimpleTestCase, TestCase, override_settings

from cases.models import InstrumentKind, LateExtension, Measure, OfficeRules
from cases.models.plan import PlanState
from cases.rules import DEFAULTS, Quiet, of_row, quiet_of, rules_of
from cases.states import MeasureState
from permissions import clock
from permissions.models import Office, Role
from tests.factories import make_measure, make_office, make_plan, make_progress, member
from workflows.door import perform


class DefaultTests(SimpleTestCase):
    def test_without_a_row_every_parameter_comes_from_the_settings(self):
        rules = of_row(None)
        for name, setting in DEFAULTS.items():
            if name not in {"ladder", "quiet", "filing_reminders"}:
                self.assertEqual(getattr(rules, name), getattr(settings, setting), name)
        self.assertIs(rules.late_extension, LateExtension.FLAG)
        self.assertEqual(rules.filing_reminders, (5, 2, 0))

    def test_the_shipped_ladder_rises_and_names_only_kinds_and_roles_there_are(self):
        ladder = of_row(None).ladder
        self.assertEqual([step.days for step in ladder], [-15, -7, -3, 0, 1, 7, 15, 30, 60])
        self.assertLessEqual({step.kind for step in ladder}, set(InstrumentKind.values))
        self.assertLessEqual({role for step in ladder for role in step.to}, set(Role.values))

    def test_a_row_fills_only_what_it_decides(self):
        row = OfficeRules(claim_workdays=1, evidence_required=False, public_notice_days=0)
        with override_settings(
            XIAOHAO_CLAIM_WORKDAYS=9, XIAOHAO_EVIDENCE_REQUIRED=True, XIAOHAO_PUBLIC_NOTICE_DAYS=7
        ):
            rules = of_row(row)
        self.assertEqual(
            (rules.claim_workdays, rules.evidence_required, rules.public_notice_days), (1, False, 0)
        )
        self.assertEqual(rules.verify_workdays, settings.XIAOHAO_VERIFY_WORKDAYS)


class QuietTests(SimpleTestCase):
    def test_hours_over_midnight_and_within_a_day(self):
        night, noon = Quiet(time(20), time(8)), Quiet(time(12), time(13, 30))
        for quiet, moment, held in (
            (night, time(19, 59, 59), False),
            (night, time(20), True),
            (night, time(0), True),
            (night, time(7, 59), True),
            (night, time(8), False),
            (noon, time(12), True),
            (noon, time(13, 30), False),
            (noon, time(23), False),
        ):
            with self.subTest(quiet=quiet, moment=moment):
                self.assertEqual(quiet.holds_at(moment), held)

    def test_equal_times_mean_no_quiet_hours(self):
        self.assertIsNone(quiet_of({"from": "00:00", "to": "00:00"}))


class OfficeTests(TestCase):
    def test_an_office_that_was_read_with_its_rules_costs_no_query(self):
        office = make_office()
        other = make_office()
        OfficeRules.objects.create(office=office, claim_workdays=7)
        found = {row.pk: row for row in Office.objects.select_related("rules")}
        with self.assertNumQueries(0):
            self.assertEqual(rules_of(found[office.pk]).claim_workdays, 7)
            self.assertEqual(rules_of(found[other.pk]).claim_workdays, settings.XIAOHAO_CLAIM_WORKDAYS)


class UsedTests(TestCase):
    """An office's own clocks hold where the acts and pages ask for them."""

    def setUp(self):
        self.office = make_office()
        OfficeRules.objects.create(
            office=self.office, claim_workdays=1, follow_up_months=6, evidence_required=False
        )

    def test_the_claim_is_due_by_the_office_s_own_clock(self):
        plan = make_plan(self.office, state=PlanState.DRAFT, opened_at=None)
        measures = [make_measure(plan, state=MeasureState.DRAFT) for _number in range(2)]
        with clock.at(datetime(2026, 11, 20, 9)):
            perform(plan.pk, "issue_plan", actor=member(self.office, Role.OFFICE_HEAD))
        due = Measure.objects.filter(pk__in=[m.pk for m in measures]).values_list("claim_due_on", flat=True)
        self.assertEqual(set(due), {date(2026, 11, 23)})

    def test_without_the_rule_no_evidence_is_asked_for(self):
        measure = make_measure(make_plan(self.office), state=MeasureState.RECTIFYING)
        unit = measure.duties.get().unit
        make_progress(measure, unit)
        perform(measure.pk, "request_verification", actor=member(unit, Role.HANDLER))

    def test_a_long_term_measure_is_closed_out_with_the_office_s_cadence(self):
        measure = make_measure(make_plan(self.office), state=MeasureState.VERIFIED, long_term=True)
        perform(measure.pk, "close_out", actor=member(self.office, Role.OFFICE_HEAD))
        measure.refresh_from_db()
        self.assertEqual(measure.follow_up_months, 6)
