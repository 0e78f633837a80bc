from datetime import timedelta

from cases.errors import NotReady, WrongState
from cases.models import Evidence, EvidenceRequirement, OfficeRules, PublicNotice
from cases.states import MeasureState
from permissions import clock
from permissions.models import Role
from tests.factories import make_evidence, make_person, make_unit, png
from tests.workflows.life import LifeTestCase

S = MeasureState


class VersionTests(LifeTestCase):
    def setUp(self):
        super().setUp()
        self.work = self.ready()
        self.old = self.work.evidence.get()

    def test_a_newer_version_takes_the_place_of_the_old_one(self):
        data = {"evidence": self.old.pk, "files": [("新.png", png())], "note": "补拍"}
        self.do(self.work, "replace_evidence", self.handler, **data)
        new = Evidence.objects.get(replaces=self.old)
        self.assertEqual((new.unit, new.note, new.round), (self.unit, "补拍", self.old.round))
        self.refused(NotReady, self.work, "replace_evidence", self.handler, **data)
        self.do(self.work, "request_verification", self.handler)
        self.do(self.work, "submit", self.head)
        check = {"method": "PAPER", "visited_on": clock.today(), "findings": "属实"}
        self.do(self.work, "verify", self.clerk, **check)
        digests = self.work.rounds.get().verifications.get().evidence_digests
        self.assertEqual(digests, [new.file.sha256])
        self.do(self.work, "close_out", self.office_head)

    def test_a_withdrawn_file_does_not_count_and_stays_readable(self):
        self.do(self.work, "withdraw_evidence", self.handler, evidence=self.old.pk, reason="传错")
        self.old.refresh_from_db()
        self.assertEqual((self.old.withdrawn_by, self.old.withdrawal_reason), (self.handler, "传错"))
        text = self.refused(NotReady, self.work, "request_verification", self.handler)
        self.assertIn("Attach at least one piece of evidence", text)
        self.client.force_login(self.clerk)
        file = self.client.get(self.old.get_absolute_url())
        self.assertEqual((file.status_code, len(file.getvalue())), (200, self.old.file.size))
        self.assertContains(self.client.get(self.work.get_absolute_url()), "传错")

    def test_the_same_file_may_come_back_after_it_was_withdrawn(self):
        data = png()
        self.do(self.work, "attach_evidence", self.handler, files=[("图.png", data)])
        row = self.work.evidence.order_by("pk").last()
        self.do(self.work, "withdraw_evidence", self.handler, evidence=row.pk, reason="传错")
        self.do(self.work, "attach_evidence", self.handler, files=[("图.png", data)])

    def test_a_replaced_file_cannot_come_back_as_if_it_were_new(self):
        data = png()
        self.do(self.work, "attach_evidence", self.handler, files=[("图.png", data)])
        row = self.work.evidence.order_by("pk").last()
        self.do(self.work, "replace_evidence", self.handler, evidence=row.pk, files=[("新.png", png())])
        self.refused(NotReady, self.work, "attach_evidence", self.handler, files=[("图.png", data)])

    def test_only_files_of_the_own_unit(self):
        other = make_unit(self.office)
        measure = self.ready(responsible=other)
        theirs = measure.evidence.get(unit=other)
        text = self.refused(
            NotReady, measure, "withdraw_evidence", self.handler, evidence=theirs.pk, reason="x"
        )
        self.assertIn("another unit", text)
        self.do(
            measure, "withdraw_evidence", make_person(Role.HANDLER, other), evidence=theirs.pk, reason="x"
        )

    def test_not_when_it_is_with_the_office(self):
        for state in (S.SUBMITTED, S.VERIFIED, S.CLOSED):
            measure = self.measure(state=state)
            data = {"evidence": measure.evidence.get().pk, "reason": "x"}
            self.refused(WrongState, measure, "withdraw_evidence", self.handler, **data)

    def test_evidence_changed_behind_the_verification_is_noticed_at_close_out(self):
        for change in ({"withdrawn_at": clock.now(), "withdrawn_by": self.handler}, {}):
            measure = self.measure(state=S.VERIFIED)
            row = measure.evidence.get()
            if change:
                Evidence.objects.filter(pk=row.pk).update(**change)
            else:
                make_evidence(measure, self.unit, replaces=row)
            text = self.refused(NotReady, measure, "close_out", self.office_head)
            self.assertIn("The evidence has changed", text)


class ChecklistTests(LifeTestCase):
    def line(self, label, **fields):
        return EvidenceRequirement.objects.create(office=self.office, label=label, **fields)

    def test_the_missing_lines_are_named(self):
        photos, _record = self.line("整改前后照片"), self.line("验收记录", order=1)
        self.line("旧项", ended_on=clock.today())
        self.line("组长批示", important_only=True)
        measure = self.ready()
        data = {"files": [("图.png", png())], "requirement": photos.pk}
        self.do(measure, "attach_evidence", self.handler, **data)
        text = self.refused(NotReady, measure, "request_verification", self.handler)
        self.assertEqual(text, "The office's checklist asks for evidence that is not attached yet: 验收记录.")

    def test_a_newer_version_fulfils_the_line_and_a_withdrawn_file_does_not(self):
        line = self.line("验收记录")
        measure = self.ready()
        self.do(measure, "attach_evidence", self.handler, files=[("图.png", png())], requirement=line.pk)
        row = measure.evidence.get(requirement=line)
        self.do(measure, "replace_evidence", self.handler, evidence=row.pk, files=[("新.png", png())])
        self.do(measure, "request_verification", self.handler)
        measure = self.ready()
        self.do(measure, "attach_evidence", self.handler, files=[("图.png", png())], requirement=line.pk)
        row = measure.evidence.get(requirement=line)
        self.do(measure, "withdraw_evidence", self.handler, evidence=row.pk, reason="传错")
        self.refused(NotReady, measure, "request_verification", self.handler)

    def test_the_page_shows_what_is_missing(self):
        self.line("验收记录")
        measure = self.ready()
        self.client.force_login(self.handler)
        page = self.client.get(measure.get_absolute_url(), HTTP_ACCEPT_LANGUAGE="en")
        self.assertEqual(page.context["checklist"], [{"label": "验收记录", "is_given": False}])

    def test_an_unknown_line_is_refused(self):
        data = {"files": [("图.png", png())], "requirement": 999}
        self.refused(NotReady, self.ready(), "attach_evidence", self.handler, **data)


class PublicNoticeTests(LifeTestCase):
    def setUp(self):
        super().setUp()
        OfficeRules.objects.create(office=self.office, public_notice_days=5)

    def published(self):
        measure = self.measure(state=S.VERIFIED)
        self.do(measure, "publish_result", self.clerk, where="村务公开栏")
        return measure

    def later(self, days):
        moment = clock.now() + timedelta(days=days)
        return clock.at(moment)

    def test_close_out_waits_for_the_end_of_the_last_day(self):
        measure = self.measure(state=S.VERIFIED)
        text = self.refused(NotReady, measure, "close_out", self.office_head)
        self.assertEqual(text, "The result must be published before it is closed out.")
        self.do(measure, "publish_result", self.clerk, where="村务公开栏")
        self.assertEqual(PublicNotice.objects.get().ends_on, clock.today() + timedelta(days=5))
        with self.later(5):
            text = self.refused(NotReady, measure, "close_out", self.office_head)
            self.assertIn("The public notice runs until", text)
        with self.later(6):
            self.do(measure, "close_out", self.office_head)

    def test_objections_must_be_settled(self):
        measure = self.published()
        self.do(measure, "record_objection", self.clerk, text="河边仍有垃圾")
        with self.later(6):
            text = self.refused(NotReady, measure, "close_out", self.office_head)
            self.assertIn("must be settled", text)
            self.do(measure, "settle_objection", self.clerk, settlement="已现场核实清理")
            self.refused(NotReady, measure, "settle_objection", self.clerk, settlement="再次")
            self.do(measure, "record_objection", self.clerk, text="又有人反映")
            self.refused(NotReady, measure, "close_out", self.office_head)
            self.do(measure, "settle_objection", self.clerk, settlement="属另一问题")
            self.do(measure, "close_out", self.office_head)
        notice = PublicNotice.objects.get()
        self.assertEqual(len(notice.objections.splitlines()), 2)
        self.assertEqual(len(notice.settlement.splitlines()), 2)

    def test_what_is_returned_is_published_anew(self):
        measure = self.published()
        self.do(measure, "return_for_rework", self.clerk, reason="异议属实")
        self.assertFalse(PublicNotice.objects.exists())

    def test_once_and_only_where_the_office_wants_it(self):
        self.refused(NotReady, self.published(), "publish_result", self.clerk, where="x")
        OfficeRules.objects.update(public_notice_days=0)
        self.refused(NotReady, self.measure(state=S.VERIFIED), "publish_result", self.clerk, where="x")
        self.refused(NotReady, self.measure(state=S.VERIFIED), "record_objection", self.clerk, text="x")
        self.do(self.measure(state=S.VERIFIED), "close_out", self.office_head)
