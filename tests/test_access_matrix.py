"""Every address × every role × own and foreign unit. An address that is missing from the table fails.

A new page is one line in ``TABLE``: its name, what stands in the address, who may, who sees but may not (403).
For everybody else, and for every role of another county, there is nothing there (404).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.test import TestCase
from django.urls import URLPattern, get_resolver, reverse

from cases import files
from cases.deadlines import follow_ups
from cases.intake.proposal import Proposal
from cases.models import (
    Duty,
    ImportDraft,
    Instrument,
    OfficeRules,
    PlanRevision,
    PublicNotice,
    SavedView,
    SignOffKind,
)
from permissions import clock
from permissions.models import Role
from reports.models import Filing, FilingState
from tests.factories import (
    day,
    make_evidence,
    make_measure,
    make_office,
    make_person,
    make_plan,
    make_sign_off,
    make_unit,
    member,
    png,
)
from tests.reports.issued import issue
from workflows.door import perform

ROLES = {
    "h": Role.HANDLER,
    "u": Role.UNIT_HEAD,
    "c": Role.OFFICE_CLERK,
    "o": Role.OFFICE_HEAD,
    "l": Role.LEADER,
    "a": Role.AUDITOR,
    "s": Role.SYSTEM_ADMINISTRATOR,
    "e": Role.SECURITY_ADMINISTRATOR,
    "g": Role.AUDIT_ADMINISTRATOR,
}
UNIT, OFFICE, ADMINISTRATORS = "hu", "cola", "seg"
BUSINESS, EVERYBODY = UNIT + OFFICE, UNIT + OFFICE + ADMINISTRATORS
NOON = datetime(2026, 11, 5, 12, 0)


@dataclass(frozen=True)
class Row:
    subject: str | None  # attribute of World; None: the address names nothing
    may: str
    sees: str = ""
    post: bool = False


TABLE = {
    # reading
    "workflows:desk": Row(None, EVERYBODY),
    "workflows:board": Row(None, EVERYBODY),
    "workflows:bulk": Row(None, "col", "huaseg"),
    "workflows:issue_together": Row(None, "o", "huclaseg"),
    "workflows:save_view": Row(None, EVERYBODY, post=True),
    "workflows:delete_view": Row("view", "c", post=True),
    "cases:ledger": Row(None, EVERYBODY),
    "workflows:ledger_xlsx": Row(None, EVERYBODY),
    "cases:plans": Row(None, EVERYBODY),
    "workflows:plans_xlsx": Row(None, EVERYBODY),
    "cases:plan": Row("plan", BUSINESS),
    "cases:plan_problem": Row("problem", OFFICE),
    "cases:plan_source": Row("plan", OFFICE),
    "cases:revision_source": Row("revision", OFFICE),
    "cases:evidence": Row("evidence", BUSINESS),
    "workflows:measure": Row("at_work", BUSINESS),
    "reports:periods": Row(None, EVERYBODY),
    "reports:period": Row("period", BUSINESS),
    "reports:filing": Row("filing", BUSINESS),
    "reports:reports": Row(None, EVERYBODY),
    "reports:report": Row("issued_report", OFFICE),
    "reports:figure": Row("issued_report", OFFICE),
    "reports:report_pdf": Row("issued_report", OFFICE),
    "reports:report_ledger": Row("issued_report", OFFICE),
    "reports:report_docx": Row("issued_report", OFFICE),
    "reports:report_internal": Row("issued_report", OFFICE),
    "reports:report_proof": Row("issued_report", OFFICE),
    "reports:report_data": Row("issued_report", OFFICE),
    "reports:bulletins": Row(None, EVERYBODY),
    "reports:bulletin": Row("issued_bulletin", BUSINESS),
    "reports:bulletin_figure": Row("issued_bulletin", OFFICE),
    "reports:bulletin_pdf": Row("issued_bulletin", BUSINESS),
    "reports:bulletin_docx": Row("issued_bulletin", BUSINESS),
    "reports:bulletin_proof": Row("issued_bulletin", BUSINESS),
    "reports:bulletin_data": Row("issued_bulletin", BUSINESS),
    "reports:offline_check": Row(None, EVERYBODY),
    "reports:verify": Row(None, EVERYBODY),
    # acts on a measure
    "workflows:claim": Row("issued", "h", "ucola"),
    "workflows:enter_progress": Row("at_work", "h", "ucola"),
    "workflows:attach_evidence": Row("at_work", "h", "ucola"),
    "workflows:report_checkpoint": Row("at_work", "h", "ucola"),
    "workflows:confirm_checkpoint": Row("reported", "c", "huola"),
    "workflows:request_extension": Row("at_work", "h", "ucola"),
    "workflows:extension": Row("extension", BUSINESS),
    "workflows:approve_extension": Row("extension", "u", "hcola"),
    "workflows:decide_extension": Row("extension", "o", "hucla"),
    "workflows:sign_extension": Row("extension", "l", "hucoa"),
    "workflows:refuse_extension": Row("extension", "u", "hcola"),
    "workflows:request_verification": Row("complete", "h", "ucola"),
    "workflows:submit": Row("requested", "u", "hcola"),
    "workflows:send_back_request": Row("requested", "u", "hcola"),
    "workflows:return_for_rework": Row("submitted", "co", "hula"),
    "workflows:verify": Row("submitted", "c", "huola"),
    "workflows:close_out": Row("verified", "ol", "huca"),
    "workflows:set_target": Row("at_work", "hco", "ula"),
    "workflows:ask_input": Row("shared", "h", "ucola"),
    "workflows:cancel_input": Row("shared", "h", "ucola"),
    "workflows:answer_input": Row("asked", "h", "ucola"),
    "workflows:merge_inputs": Row("answered", "h", "ucola"),
    "workflows:refuse_checkpoint": Row("reported", "c", "huola"),
    "workflows:record_follow_up": Row("missing", "h", "ucola"),
    "workflows:copies": Row("at_work", OFFICE, "hu"),
    "workflows:record_file": Row("record_file", BUSINESS),
    "workflows:set_cadence": Row("followed", "co", "hula"),
    "workflows:record_look_back": Row("sampled", "co", "hula"),
    "workflows:look_backs": Row(None, OFFICE, "huseg"),
    "workflows:look_back": Row("look_back", OFFICE),
    "workflows:draw_look_back": Row(None, "co", "hulaseg"),
    "workflows:end_plan": Row("plan", "co", "hula"),
    # acts on a measure beside the straight road
    "workflows:replace_evidence": Row("at_work", "h", "ucola"),
    "workflows:withdraw_evidence": Row("at_work", "h", "ucola"),
    "workflows:raise_dispute": Row("issued", "hu", "cola"),
    "workflows:settle_dispute": Row("disputed", "co", "hula"),
    "workflows:reassign": Row("at_work", "co", "hula"),
    "workflows:name_coordinator": Row("joint", "co", "hula"),
    "workflows:split": Row("at_work", "co", "hula"),
    "workflows:merge": Row("at_work", "co", "hula"),
    "workflows:set_grade": Row("at_work", "ol", "huca"),
    "workflows:transfer": Row("at_work", "o", "hucla"),
    "workflows:withdraw": Row("at_work", "o", "hucla"),
    "workflows:publish_result": Row("to_publish", "c", "huola"),
    "workflows:record_objection": Row("objected", "c", "huola"),
    "workflows:settle_objection": Row("objected", "c", "huola"),
    "workflows:relapse": Row("closed", "co", "hula"),
    # plans
    "workflows:import": Row(None, "c", "huolaseg"),
    "workflows:import_review": Row("draft", OFFICE),
    "workflows:import_edit": Row("draft", "c", "ola"),
    "workflows:import_choices": Row("draft", "c", "ola", post=True),
    "workflows:discard_draft": Row("draft", "c", "ola"),
    "workflows:amend_plan": Row("plan", "co", "hula"),
    "workflows:amendment": Row("amendment", OFFICE),
    "workflows:issue_plan": Row("new_plan", "o", "cla"),
    "workflows:discard_plan": Row("confirmed", "c", "ola"),
    "workflows:open_period": Row("plan", "co", "hula"),
    "workflows:import_template": Row(None, "c", "huolaseg"),
    # problems one at a time, and what the public reports
    "workflows:register_problem": Row(None, "c", "huolaseg"),
    "workflows:issue_problem": Row("problem", "o", "cla"),
    "workflows:feedback_list": Row(None, OFFICE, "huseg"),
    "workflows:register_feedback": Row(None, "c", "huolaseg"),
    "workflows:feedback": Row("feedback", OFFICE),
    "workflows:feedback_file": Row("feedback", "c", "ola"),
    "workflows:take_feedback": Row("feedback", "c", "ola"),
    "workflows:link_duplicate": Row("feedback", "c", "ola"),
    "workflows:take_back_link": Row("feedback", "c", "ola"),
    "workflows:answer_feedback": Row("feedback", "c", "ola"),
    "workflows:settle_feedback": Row("feedback", "c", "ola"),
    "workflows:feedback_problem": Row("feedback", "c", "ola"),
    # filings
    "workflows:remind_units": Row("period", "c", "huola"),
    "workflows:edit_filing": Row("filing", "h", "ucola"),
    "workflows:keep_typed": Row("filing", "h", "ucola", post=True),
    "workflows:approve_filing": Row("filing", "u", "hcola"),
    "workflows:send_back_filing": Row("filing", "u", "hcola"),
    "workflows:accept_filing": Row("filed", "c", "huola"),
    "workflows:return_filing": Row("filed", "c", "huola"),
    # reports
    "workflows:compose_report": Row("period", "c", "huola"),
    "workflows:edit_report": Row("report", "c", "ola"),
    "workflows:recompose_report": Row("report", "c", "ola"),
    "workflows:submit_report": Row("report", "c", "ola"),
    "workflows:review_report": Row("report", "o", "cla"),
    "workflows:sign_report": Row("report", "l", "coa"),
    "workflows:refuse_report": Row("report", "ol", "ca"),
    "workflows:revise_report": Row("issued_report", "c", "ola"),
    "workflows:report_job": Row("report", OFFICE),
    "workflows:cancel_report": Row("report", "col", "a", post=True),
    "workflows:retry_report": Row("report", "col", "a", post=True),
    # bulletins
    "workflows:compose_bulletin": Row("period", "c", "huola"),
    "workflows:edit_bulletin": Row("bulletin", "c", "ola"),
    "workflows:choose_bulletin": Row("bulletin", "c", "ola"),
    "workflows:submit_bulletin": Row("bulletin", "c", "ola"),
    "workflows:review_bulletin": Row("bulletin", "o", "cla"),
    "workflows:sign_bulletin": Row("bulletin", "l", "coa"),
    "workflows:refuse_bulletin": Row("bulletin", "ol", "ca"),
    "workflows:revise_bulletin": Row("issued_bulletin", "c", "huola"),
    "workflows:bulletin_job": Row("bulletin", OFFICE),
    "workflows:cancel_bulletin": Row("bulletin", "col", "a", post=True),
    "workflows:retry_bulletin": Row("bulletin", "col", "a", post=True),
    "workflows:receive_mention": Row("mention", "hu", "cola"),
    "workflows:answer_mention": Row("mention", "hu", "cola"),
    # supervision and notices
    "workflows:supervision": Row(None, EVERYBODY),
    "workflows:instrument": Row("issued_order", BUSINESS),
    "workflows:instrument_papers": Row("issued_order", BUSINESS),
    "workflows:measure_papers": Row("at_work", BUSINESS),
    "workflows:extension_papers": Row("extension", BUSINESS),
    "workflows:filing_papers": Row("filing", BUSINESS),
    "workflows:print_close_out": Row("closed_round", "col", "hua", post=True),
    "workflows:print_verification": Row("check", "hucol", "a", post=True),
    "workflows:print_extension": Row("extension", "hucol", "a", post=True),
    "workflows:print_instrument": Row("issued_order", "col", "hua", post=True),
    "workflows:print_filing": Row("filing", "hucol", "a", post=True),
    "workflows:paper": Row("paper", BUSINESS),
    "workflows:prepare_instrument": Row("proposed_order", "co", "la"),
    "workflows:issue_instrument": Row("proposed_order", "o", "cla"),
    "workflows:dismiss_instrument": Row("proposed_order", "o", "cla"),
    "workflows:receive_instrument": Row("issued_order", "hu", "cola"),
    "workflows:answer_instrument": Row("issued_order", "hu", "cola"),
    "workflows:settle_instrument": Row("issued_order", "co", "hula"),
    "workflows:supervise": Row("at_work", "o", "hucla"),
    "workflows:notices": Row(None, EVERYBODY),
    "workflows:read_notices": Row(None, EVERYBODY, post=True),
    # parameters
    "workflows:own_rules": Row(None, OFFICE),
    "workflows:rules": Row("office", OFFICE),
    "workflows:set_rules": Row("office", "o", "cla"),
    "workflows:set_ladder": Row("office", "o", "cla"),
    "workflows:add_requirement": Row("office", "o", "cla"),
    "workflows:end_requirement": Row("office", "o", "cla"),
    "workflows:add_channel": Row("office", "o", "cla"),
    "workflows:renew_channel": Row("office", "o", "cla"),
    "workflows:switch_channel": Row("office", "o", "cla"),
    "workflows:send_again": Row("office", "o", "cla"),
    "workflows:own_paper_style": Row(None, OFFICE),
    "workflows:paper_style": Row("office", OFFICE),
    "workflows:set_paper_style": Row("office", "o", "cla"),
    "workflows:preview_paper_style": Row("office", "o", "cla", post=True),
    "workflows:specimen": Row("office", OFFICE),
    "workflows:specimen_picture": Row("office", OFFICE),
    # the account itself; logging out comes last, it ends the session
    "permissions:password": Row(None, EVERYBODY),
    "workflows:delegations": Row(None, EVERYBODY),
    "workflows:name_deputy": Row("post", "h"),
    "workflows:revoke_delegation": Row("delegation", "h"),
    "permissions:logout": Row(None, EVERYBODY, post=True),
}
# The page for everybody is switched off unless the installation wants it; see workflows/test_feedback.py.
# A notice belongs to one person, whatever their role; see workflows/test_notices.py.
OWN = {"workflows:open_notice"}
PUBLIC = {"permissions:login", "permissions:language", "workflows:public", "workflows:public_receipt"}

# Whoever has a paper may ask whether it is genuine, see reports/test_pages.py.
WITHOUT_ACCOUNT = {"reports:verify", "reports:offline_check"}


class World:
    """One county with a row of everything and a person in every role, all of whom serve nowhere else."""

    def __init__(self):
        self.office = make_office()
        self.unit = make_unit(self.office)
        self.people = {
            letter: make_person(role, self.unit if letter in UNIT else self.office)
            for letter, role in ROLES.items()
        }
        self._plans()
        self._measures()
        self._papers()
        self._doors()
        self.view = SavedView.objects.create(person=self.people["c"], name="急", query="light=RED")
        self.issued_order = self._order(
            state="ISSUED", issued_at=clock.now(), document_number="督办〔2026〕1号"
        )
        self.proposed_order = self._order(state="PROPOSED")

    def _order(self, **fields):
        cause = "MANUAL" if fields["state"] == "ISSUED" else "CHECKPOINT"
        return Instrument.objects.create(
            office=self.office,
            kind="ORDER",
            cause_kind=cause,
            cause=f"{cause}:1",
            rung=0,
            measure=self.at_work,
            unit=self.unit,
            due_on=clock.today(),
            text="请办理。",
            proposed_at=clock.now(),
            **fields,
        )

    def _plans(self):
        source = files.store(self.office.pk, f"plan of {self.office.code}".encode(), "application/pdf")
        self.plan = make_plan(self.office, source=source, source_name="方案.pdf", reporting_day=10)
        self.new_plan = make_plan(self.office, state="DRAFT", opened_at=None)
        make_measure(self.new_plan, state="DRAFT", lead=self.unit)
        self.draft = self._draft(source)
        self.confirmed = make_plan(self.office, state="DRAFT", opened_at=None, source=source)
        make_measure(self.confirmed, state="DRAFT", lead=self.unit)
        self._draft(source, plan=self.confirmed)
        self.amendment = self._draft(source, amends=self.plan)
        self.revision = PlanRevision.objects.create(
            office=self.office,
            plan=self.plan,
            number=2,
            draft=self._draft(source, amends=self.plan),
            changes=[],
            applied_by=self.people["c"],
            applied_at=clock.now(),
        )

    def _draft(self, source, **fields):
        return ImportDraft.objects.create(
            office=self.office,
            source=source,
            source_name="方案.docx",
            proposal=Proposal(text="方案", title="方案").to_dict(),
            read_by=self.people["c"],
            read_at=clock.now(),
            **fields,
        )

    def measure(self, state="RECTIFYING"):
        hands = {"handler": self.people["h"], "head": self.people["u"], "clerk": self.people["c"]}
        return make_measure(self.plan, state=state, lead=self.unit, **hands)

    def _measures(self):
        self.issued, self.submitted, self.verified = map(self.measure, ("ISSUED", "SUBMITTED", "VERIFIED"))
        # Whoever verified cannot close, so neither the head nor the leader did.
        self.at_work, self.complete, self.requested, self.reported = (self.measure() for _ in range(4))
        self.evidence = make_evidence(self.at_work, self.unit)
        self._roads()
        handler = self.people["h"]
        for measure in (self.complete, self.requested):
            make_evidence(measure, self.unit)
            perform(measure.pk, "enter_progress", actor=handler, progress="好")
        make_sign_off(self.requested.rounds.get(), self.unit, handler, SignOffKind.REQUEST)
        self.reported.checkpoints.update(reported_on=clock.today())
        extended = self.measure()
        step = extended.checkpoints.get()
        perform(
            extended.pk,
            "request_extension",
            actor=handler,
            checkpoint=step.pk,
            new_due_on=step.due_on + timedelta(days=9),
            reason="雨",
            interim_measures="围挡",
        )
        self.extension = extended.extensions.get()
        self.post = handler.memberships.get()
        self.delegation = perform(
            self.post.pk,
            "name_deputy",
            actor=handler,
            deputy=make_person(Role.UNIT_HEAD, self.unit).pk,
            starts_on=clock.today(),
            ends_on=clock.today(),
            reason="出差",
        ).subject
        self._shared_work()
        self._after_close_out()

    def _shared_work(self):
        """Measures on which the unit asked another, was asked itself, and has an answer to take over."""
        due, other = {"due_on": clock.today()}, make_unit(self.office)
        asking = {"lead": self.unit, "responsible": other}
        self.shared, self.answered = (make_measure(self.plan, **asking) for _ in range(2))
        self.asked = make_measure(self.plan, lead=other, responsible=self.unit)
        for measure, to in ((self.shared, other), (self.answered, other), (self.asked, self.unit)):
            asker = member(measure.duties.first().unit, Role.HANDLER)
            perform(measure.pk, "ask_input", actor=asker, units=[to.pk], **due)
        answer = {"request": self.answered.input_requests.get().pk, "progress": "好"}
        perform(self.answered.pk, "answer_input", actor=member(other, Role.HANDLER), **answer)
        third = make_unit(self.office)
        Duty.objects.create(
            office=self.office, measure=self.shared, unit=third, role="RESPONSIBLE", order=9, printed="其他"
        )

    def _after_close_out(self):
        closed = {"state": "CLOSED", "lead": self.unit, "long_term": True, "handler": self.people["h"]}
        closed["clerk"] = make_person(Role.OFFICE_CLERK, self.office)  # the others may look back
        closed["closer"] = make_person(Role.OFFICE_HEAD, self.office)
        self.followed, self.sampled = (make_measure(self.plan, **closed) for _ in range(2))
        sample = {"title": "回头看", "share": 100, "closed_to": clock.today(), "due_on": clock.today()}
        clerk = self.people["c"]
        self.look_back = perform(self.office.pk, "draw_look_back", actor=clerk, **sample).subject
        due_on = follow_ups(
            clock.today(), months=self.followed.follow_up_months, today=clock.today()
        ).next_due_on
        record = {"finding": "HELD", "text": "好", "due_on": due_on, "files": [("巡查.png", png())]}
        perform(self.followed.pk, "record_follow_up", actor=self.people["h"], **record)
        self.record_file = self.followed.follow_ups.get().files.get()
        self.missing = make_measure(self.plan, **closed)

    def _roads(self):
        """One that is disputed, one with two leads, and verified ones in each stage of their public notice."""
        OfficeRules.objects.create(office=self.office, public_notice_days=5)
        self.disputed, self.joint = self.measure("ISSUED"), self.measure()
        perform(self.disputed.pk, "raise_dispute", actor=self.people["h"], reason="不属本局职责")
        other = make_unit(self.office)
        self.joint.duties.create(office=self.office, unit=other, role="LEAD", order=1, printed=other.name)
        self.to_publish, self.objected, self.closed = map(self.measure, ("VERIFIED", "VERIFIED", "CLOSED"))
        for measure, objections in ((self.verified, ""), (self.objected, "群众不满意")):
            PublicNotice.objects.create(
                office=self.office,
                round=measure.rounds.get(),
                where="公示栏",
                opened_on=day("2026-10-01"),
                ends_on=day("2026-10-08"),
                opened_by=self.people["c"],
                objections=objections,
            )

    def opened(self, clerk, month):
        with clock.at(datetime(month.year, month.month, 1, 8)):
            return perform(self.plan.pk, "open_period", actor=clerk, month=month).subject

    def _papers(self):
        clerk = self.people["c"]
        self.period, other, issued = (
            self.opened(clerk, day(month)) for month in ("2026-11-01", "2026-10-01", "2026-09-01")
        )
        self.filing = Filing.objects.get(period=self.period, unit=self.unit)
        self.filed = Filing.objects.get(period=other, unit=self.unit)
        Filing.objects.filter(pk=self.filed.pk).update(
            state=FilingState.FILED, filed_at=clock.now(), punctuality="LATE"
        )
        self.report = perform(other.pk, "compose_report", actor=clerk).subject
        composed = perform(issued.pk, "compose_report", actor=clerk).subject
        people = {"clerk": clerk, "head": self.people["o"], "leader": self.people["l"]}
        self.issued_report = issue(composed, at=NOON, **people)
        self.bulletin = perform(other.pk, "compose_bulletin", actor=clerk).subject
        bulletin = perform(issued.pk, "compose_bulletin", actor=clerk).subject
        self.issued_bulletin = issue(bulletin, at=NOON, **people)
        self.mention = self.issued_bulletin.mentions.get(unit=self.unit)
        self.closed_round = self.closed.rounds.get()
        self.check = self.closed_round.verifications.get()
        self.paper = perform(self.check.pk, "print_verification", actor=clerk).subject
        stored = files.store(self.office.pk, f"paper {self.paper.pk}".encode(), "application/pdf")
        perform(self.paper.pk, "keep_paper", actor=None, pdf=stored.pk)

    def _doors(self):
        """A problem outside of any plan that waits to be issued, and a report by the public."""
        clerk, due = self.people["c"], clock.today()
        measure = {"text": "修复。", "leads": [f"unit:{self.unit.pk}"], "responsible": [], "dates": [due]}
        self.problem = perform(
            self.office.pk,
            "register_problem",
            actor=clerk,
            text="河堤破损。",
            source_level="COUNTY",
            measures=[{**measure, "long_term": False}],
        ).subject
        self.feedback = perform(
            self.office.pk,
            "register_feedback",
            actor=clerk,
            channel="VISIT",
            content="井盖缺失。",
            attachment=("现场.png", png()),
        ).subject


def addresses():
    """Names of all addresses of the resolver."""

    def walk(patterns, namespace=""):
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                yield f"{namespace}{pattern.name}"
            else:
                yield from walk(
                    pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else namespace
                )

    return set(walk(get_resolver().url_patterns))


class AccessMatrixTests(TestCase):
    maxDiff = None

    @classmethod
    def setUpTestData(cls):
        with clock.at(NOON):
            cls.here, cls.there = World(), World()

    def setUp(self):
        self.enterContext(clock.at(NOON))
        self.clients = {}

    def client_of(self, person):
        """Signed in once for all addresses: signing in costs more than most answers."""
        if person.pk not in self.clients:
            self.clients[person.pk] = self.client_class()
            self.clients[person.pk].force_login(person)
        return self.clients[person.pk]

    def ask(self, name, world, person=None):
        """ "ok", "login" or the status with which the address answers."""
        row = TABLE[name]
        client = self.client_of(person) if person else self.client
        url = reverse(name, args=[getattr(world, row.subject).pk] if row.subject else [])
        response = client.post(url) if row.post else client.get(url)
        if response.streaming:
            list(response)  # read to its end, or the file stays open
        if response.status_code == 302 and response.url.startswith(reverse("permissions:login")):
            return "login"
        return "ok" if response.status_code < 400 else response.status_code

    def expected(self, row):
        return {letter: "ok" if letter in row.may else 403 if letter in row.sees else 404 for letter in ROLES}

    def test_every_address_stands_in_the_table(self):
        self.assertEqual(addresses() - set(TABLE), PUBLIC | OWN)
        self.assertEqual(set(TABLE) - addresses(), set())

    def test_each_role_in_its_own_county(self):
        for name, row in TABLE.items():
            if name == "permissions:logout":
                continue
            with self.subTest(name):
                found = {letter: self.ask(name, self.here, self.here.people[letter]) for letter in ROLES}
                self.assertEqual(found, self.expected(row))

    def test_nothing_of_another_county_is_found_by_anybody(self):
        for name, row in TABLE.items():
            if row.subject is None:
                continue
            with self.subTest(name):
                owner = self.there.people[row.may[0]]
                self.assertEqual(self.ask(name, self.there, owner), "ok", "the foreign row must exist")
                found = {letter: self.ask(name, self.there, self.here.people[letter]) for letter in ROLES}
                self.assertEqual(found, dict.fromkeys(ROLES, 404))

    def test_nothing_of_another_unit_is_found_by_a_unit(self):
        neighbour = make_unit(self.here.office)
        people = [make_person(role, neighbour) for role in (Role.HANDLER, Role.UNIT_HEAD)]
        for name, row in TABLE.items():
            if row.subject is None:
                continue
            with self.subTest(name):
                self.assertEqual([self.ask(name, self.here, person) for person in people], [404, 404])

    def test_without_an_account_there_is_only_the_way_in(self):
        for name in TABLE:
            with self.subTest(name):
                self.assertEqual(self.ask(name, self.here), "ok" if name in WITHOUT_ACCOUNT else "login")
        self.assertEqual(self.client.get(reverse("permissions:login")).status_code, 200)

    def test_whoever_has_no_post_any_more_finds_nothing(self):
        gone = make_person()
        for name, row in TABLE.items():
            if row.subject:
                with self.subTest(name):
                    self.assertEqual(self.ask(name, self.here, gone), 404)
