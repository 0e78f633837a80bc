"""The bulletin page by page: clerk, head, leader and a unit that it names."""

from datetime import timedelta

from django.urls import reverse

from cases.models import OfficeRules
from permissions import clock
from permissions.models import Role
from permissions.roles import appoint
from reports.models import Bulletin, Mention, ReportState
from tests.factories import make_office, make_person, member
from tests.reports.issued import issue
from tests.workflows.test_bulletin import BulletinCase
from workflows.integrity import check_office
from workflows.papers import waiting

ENGLISH = {"accept-language": "en"}


class BulletinPageCase(BulletinCase):
    def get(self, person, url, **query):
        self.client.force_login(person)
        return self.client.get(url, query, headers=ENGLISH)

    def post(self, person, name, pk=None, **data):
        self.client.force_login(person)
        url = reverse(f"workflows:{name}", args=[pk or self.bulletin.pk])
        return self.client.post(url, data, headers=ENGLISH)

    def issued(self):
        self.bulletin = issue(self.bulletin, clerk=self.clerk, head=self.head, leader=self.leader)
        return self.bulletin


class JourneyTests(BulletinPageCase):
    def test_from_the_clerk_to_the_answer(self):
        Bulletin.objects.all().delete()
        self.post(self.clerk, "compose_bulletin", self.period.pk)
        self.bulletin = Bulletin.objects.get()
        choose = reverse("workflows:choose_bulletin", args=[self.bulletin.pk])
        self.assertContains(self.get(self.clerk, choose), f'name="case_{self.bad.pk}"')
        self.assertContains(self.get(self.clerk, choose, q="水利"), f'name="case_{self.good.pk}"')
        self.post(
            self.clerk, "choose_bulletin", **{f"case_{self.good.pk}": "good", f"case_{self.bad.pk}": "bad"}
        )
        page = self.get(self.clerk, reverse("workflows:edit_bulletin", args=[self.bulletin.pk]))
        self.assertContains(page, "时限2026年11月5日，2026年11月1日提前4天完成。")
        self.post(
            self.clerk,
            "edit_bulletin",
            opening="开头。",
            requirements="抓紧。",
            **{f"bad_{self.bad.pk}": "太慢。"},
        )
        self.assertContains(self.get(self.clerk, self.bulletin.get_absolute_url()), "太慢。")
        for person, act in ((self.clerk, "submit"), (self.head, "review"), (self.leader, "sign")):
            self.post(person, f"{act}_bulletin")
        self.assertEqual(self.fresh().state, ReportState.SIGNED)

    def test_a_unit_signs_for_it_and_answers_and_the_office_reads_it(self):
        bulletin, handler = self.issued(), member(self.roads, Role.HANDLER)
        mention = Mention.objects.get(unit=self.roads)
        tasks = [paper.task for paper in waiting(handler, today=self.period.month)]
        self.assertIn("Answer the bulletin", tasks)
        page = self.get(handler, bulletin.get_absolute_url())
        self.assertContains(page, reverse("workflows:answer_mention", args=[mention.pk]))
        self.post(handler, "receive_mention", mention.pk)
        self.post(handler, "answer_mention", mention.pk, answer="已倒排工期。")
        tasks = [paper.task for paper in waiting(handler, today=self.period.month)]
        self.assertNotIn("Answer the bulletin", tasks)
        page = self.get(self.clerk, bulletin.get_absolute_url())
        self.assertContains(page, "已倒排工期。")
        asked = sum(mention.asks_for_answer for mention in Mention.objects.all())
        self.assertEqual((page.context["answered"], page.context["asked"]), (1, asked))

    def test_a_unit_reads_no_answer_of_another_and_no_rows(self):
        bulletin = self.issued()
        self.post(
            member(self.roads, Role.HANDLER),
            "answer_mention",
            Mention.objects.get(unit=self.roads).pk,
            answer="内情",
        )
        stranger = member(self.water, Role.HANDLER)
        self.assertNotContains(self.get(stranger, bulletin.get_absolute_url()), "内情")
        rows = reverse("reports:bulletin_figure", args=[bulletin.pk])
        self.assertEqual(self.get(stranger, rows, of="overdue").status_code, 404)

    def test_who_works_in_another_office_reads_here_as_the_unit_does(self):
        """Clerk of one office and handler in a unit of the other."""
        person = make_person(Role.OFFICE_CLERK, make_office())
        appoint(person, self.roads, Role.HANDLER, starts_on=clock.today() - timedelta(days=9))
        bulletin = self.issued()
        page = self.get(person, bulletin.get_absolute_url())
        self.assertEqual({figure["url"] for figure in page.context["figures"]}, {""})
        rows = reverse("reports:bulletin_figure", args=[bulletin.pk])
        self.assertEqual(self.get(person, rows, of="overdue").status_code, 404)

    def test_numbers_that_no_row_has_are_no_error(self):
        endless = "9" * 4400
        self.get(self.clerk, reverse("workflows:choose_bulletin", args=[self.bulletin.pk]))
        self.post(self.clerk, "choose_bulletin", **{f"case_{endless}": "good", f"case_{'9' * 25}": "bad"})
        self.assertEqual(self.fresh().chosen, {"good": [], "bad": []})
        rows = reverse("reports:bulletin_figure", args=[self.bulletin.pk])
        self.assertEqual(self.get(self.clerk, rows, of="on_schedule", unit=endless).status_code, 200)


class FigureTests(BulletinPageCase):
    def test_every_figure_leads_to_exactly_its_rows(self):
        bulletin = self.issued()
        url = reverse("reports:bulletin_figure", args=[bulletin.pk])
        page = self.get(self.clerk, bulletin.get_absolute_url())
        for figure in page.context["figures"]:
            rows = self.get(self.clerk, url, of=figure["key"])
            with self.subTest(figure=figure["key"]):
                counts = [tab["count"] for tab in rows.context["tabs"]]
                self.assertEqual(counts, [figure["part"], figure["whole"] - figure["part"]])

    def test_a_rate_of_the_ranking_leads_to_the_measures_of_its_unit(self):
        bulletin = self.issued()
        url = reverse("reports:bulletin_figure", args=[bulletin.pk])
        page = self.get(self.clerk, url, of="on_schedule", unit=self.roads.pk, rest="1")
        self.assertEqual([row["id"] for row in page.context["page_obj"].object_list], [self.bad.pk])

    def test_places_by_checkpoints_lead_to_the_checkpoints(self):
        OfficeRules.objects.create(office=self.office, ranked_by="ON_TIME")
        bulletin = self.issued()
        page = self.get(self.clerk, bulletin.get_absolute_url())
        [heading] = {ranking["heading"] for ranking in page.context["rankings"]}
        self.assertEqual(heading, "Met on time")
        url = reverse("reports:bulletin_figure", args=[bulletin.pk])
        figure = next(row for row in page.context["figures"] if row["key"] == "on_time")
        rows = self.get(self.clerk, url, of="on_time")
        counts = [tab["count"] for tab in rows.context["tabs"]]
        self.assertEqual(counts, [figure["part"], figure["whole"] - figure["part"]])
        rows = self.get(self.clerk, url, of="on_time", unit=self.roads.pk, rest="1")
        self.assertContains(rows, self.bad.text)
        self.assertContains(rows, "2026-10-20")


class CheckTests(BulletinPageCase):
    def test_the_check_of_a_paper_knows_bulletins(self):
        bulletin = self.issued()
        self.client.force_login(self.clerk)
        answer = self.client.post(
            reverse("reports:verify"), {"text": bulletin.document_number}, headers=ENGLISH
        )
        self.assertContains(answer, bulletin.get_absolute_url())
        proof = self.get(self.clerk, reverse("reports:bulletin_proof", args=[bulletin.pk])).json()
        self.assertEqual(set(proof["files"]), {"pdf"})
        self.assertEqual(proof["entries"][-1]["act"], "issue_bulletin")

    def test_the_record_is_checked_against_issued_bulletins(self):
        bulletin = self.issued()
        found = check_office(self.office)
        self.assertEqual((found.reports, found.wrong), (1, []))
        Bulletin.objects.filter(pk=bulletin.pk).update(snapshot=bulletin.snapshot.replace("水利", "财政"))
        [fault] = check_office(self.office).wrong
        self.assertIn(f"Bulletin {bulletin.document_number}: its data are not those that were signed.", fault)
