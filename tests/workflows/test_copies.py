from datetime import datetime, timedelta

from django.urls import reverse

from cases.models import Evidence, ProgressEntry, StoredFile
from cases.states import MeasureState
from permissions import clock
from permissions.roles import appoint
from tests.cases.test_likeness import saved, scene
from tests.factories import (
    make_measure,
    make_office,
    make_person,
    make_plan,
    make_progress,
    make_unit,
    member,
    png,
)
from tests.workflows.pages import PageTestCase
from workflows.copies import pairs_of

S = MeasureState
TEXT = "已完成沿河12个排污口整治，清理垃圾30余吨，建立巡河台账并落实专人管护。"


class CopiesTests(PageTestCase):
    def attach(self, measure, *files):
        self.do(measure, "attach_evidence", self.handler, files=list(files))

    def pairs(self, measure):
        evidence = list(Evidence.objects.filter(measure=measure).select_related("file", "unit"))
        entries = list(ProgressEntry.objects.filter(measure=measure).select_related("unit"))
        return [(p.kind, p.mine.measure_id, p.other.measure_id) for p in pairs_of(measure, evidence, entries)]

    def test_the_same_file_on_another_measure(self):
        first, second, data = self.measure(), self.measure(), png()
        self.attach(first, ("一.png", data))
        self.attach(second, ("二.png", data))
        self.assertEqual(self.pairs(second), [("file", second.pk, first.pk)])

    def test_a_photograph_saved_again(self):
        first, second = self.measure(), self.measure()
        self.attach(first, ("照片.jpg", saved(scene(1), quality=90)))
        self.attach(
            second,
            ("现场.jpg", saved(scene(1).resize((400, 300)), quality=60)),
            ("别处.jpg", saved(scene(2))),
        )
        self.assertEqual(self.pairs(second), [("picture", second.pk, first.pk)])
        self.assertEqual(StoredFile.objects.exclude(looks="").count(), 3)

    def test_nearly_the_same_text_on_another_measure_or_in_another_month(self):
        first, second = self.measure(), self.measure()
        make_progress(first, self.unit, progress=TEXT, period=datetime(2026, 9, 1).date())
        make_progress(second, self.unit, progress=TEXT.replace("30", "31"))
        make_progress(
            second, self.unit, progress="正在开展施工图设计，预计下月完成招标并进场施工，资金已落实。"
        )
        self.assertEqual(self.pairs(second), [("text", second.pk, first.pk)])
        make_progress(first, self.unit, progress=TEXT)
        self.assertIn(("text", first.pk, first.pk), self.pairs(first))

    def test_the_same_month_of_one_measure_is_no_pair(self):
        measure, other = self.measure(), make_unit(self.office)
        make_progress(measure, self.unit, progress=TEXT)
        make_progress(measure, other, progress=TEXT, author=member(other, "HANDLER"))
        self.attach(measure, ("一.jpg", saved(scene(1), quality=90)), ("二.jpg", saved(scene(1), quality=50)))
        self.assertEqual(self.pairs(measure), [])

    def test_another_office_is_never_compared(self):
        foreign = make_measure(make_plan(make_office()), lead=None)
        make_progress(foreign, progress=TEXT)
        measure = self.measure()
        make_progress(measure, self.unit, progress=TEXT)
        self.assertEqual(self.pairs(measure), [])

    def test_the_office_sees_the_pairs_before_it_verifies_and_units_do_not(self):
        first, second, data = self.measure(), self.ready(), png()
        self.attach(first, ("旧照片.png", data))
        self.attach(second, ("新照片.png", data))
        self.do(second, "request_verification", self.handler)
        self.do(second, "submit", self.head)
        self.client.force_login(self.clerk)
        for url in (self.act_url(second, "verify"), reverse("workflows:copies", args=[second.pk])):
            page = self.client.get(url)
            self.assertContains(page, "the same file")
            self.assertContains(page, "旧照片.png")
        self.assertContains(
            self.client.get(second.get_absolute_url()), reverse("workflows:copies", args=[second.pk])
        )
        check = {"method": "PAPER", "visited_on": clock.today(), "findings": "属实"}
        self.do(second, "verify", self.clerk, **check)
        self.client.force_login(self.office_head)
        self.assertContains(self.client.get(self.act_url(second, "close_out")), "旧照片.png")
        abroad = make_person(
            "OFFICE_CLERK", make_office()
        )  # their unit's handler here, clerk of another office
        appoint(abroad, self.unit, "HANDLER", starts_on=clock.today() - timedelta(days=9))
        for person in (self.handler, abroad):
            self.client.force_login(person)
            self.assertNotContains(self.client.get(second.get_absolute_url()), "copies/")
            self.assertEqual(self.client.get(reverse("workflows:copies", args=[second.pk])).status_code, 403)

    def test_statements_do_not_grow_with_what_was_handed_in(self):
        measure = self.measure(state=S.SUBMITTED)
        make_progress(measure, self.unit, progress=TEXT)
        make_progress(self.measure(), self.unit, progress=TEXT)
        url = reverse("workflows:copies", args=[measure.pk])
        few = self.statements(self.clerk, lambda: self.client.get(url))
        self.assertLessEqual(few, 12)
        for number in range(12):
            other = self.measure()
            make_progress(other, self.unit, progress=TEXT.replace("30", str(30 + number)))
            self.attach(other, ("一.jpg", saved(scene(number))))
        self.assertEqual(self.statements(self.clerk, lambda: self.client.get(url)), few)
