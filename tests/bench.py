"""What pages, acts and papers cost. Counts of statements are exact; of times only the ratios of one run count.

python -m tests.bench [SMALL LARGE]      default 52 and 5000 measures
"""

import atexit
import io
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

FOLDER = tempfile.mkdtemp(prefix="xiaohao-bench-")
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
os.environ |= {"XIAOHAO_TEST": "1", "XIAOHAO_DATA_DIR": FOLDER, "DJANGO_SETTINGS_MODULE": "config.settings"}
if __name__ == "__main__":
    import django

    django.setup()

from django.conf import settings  # noqa: E402 - Django must be set up first
from django.core.management import call_command  # noqa: E402
from django.db import connection, reset_queries  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext, setup_test_environment  # noqa: E402
from django.urls import reverse  # noqa: E402

from cases.models import Checkpoint, Duty, Measure, ProgressEntry, Round  # noqa: E402
from cases.states import MeasureState as S  # noqa: E402
from permissions import clock  # noqa: E402
from permissions.models import Role  # noqa: E402
from reports import compose, figures, texts  # noqa: E402
from reports.facts import facts_at, facts_of  # noqa: E402
from reports.models import FilingState, MonthlyReport, Punctuality, ReportState  # noqa: E402
from tests import bench_report  # noqa: E402
from tests.act_costs import Costs, ceiling, life_outside_of_tests, statements  # noqa: E402
from tests.crowded_costs import CEILINGS, CrowdedCosts  # noqa: E402
from tests.factories import (  # noqa: E402
    make_measure,
    make_office,
    make_plan,
    make_problem,
    make_unit,
    member,
    month_to_open,
    png,
)
from workflows.door import perform  # noqa: E402

STATES = [S.ISSUED, S.RECTIFYING, S.RECTIFYING, S.RECTIFYING, S.SUBMITTED, S.VERIFIED, S.CLOSED]
REPEATS = 5
LEGEND = """Under a number of measures: statements with so many, those of transaction control not counted.
time ×: how many times longer the page of the large plan takes; kB: its size.
wall s, CPU s: of the month of the large plan, in all and of this process alone."""


class County:
    """An office with 40 units and one plan of ``size`` measures, and the measures that acts are done on."""

    def __init__(self, size):
        self.office = make_office(f"size-{size}")
        self.units = [make_unit(self.office) for _ in range(40)]
        self.plan = make_plan(self.office, issued_on=clock.today() - timedelta(days=60), reporting_day=28)
        self.clerk, self.head = member(self.office, Role.OFFICE_CLERK), member(self.office, Role.OFFICE_HEAD)
        self.leader, self.auditor = member(self.office, Role.LEADER), member(self.office, Role.AUDITOR)
        self.unit = self.units[0]
        self.handler, self.unit_head = member(self.unit, Role.HANDLER), member(self.unit, Role.UNIT_HEAD)
        self._fill(size - 1)
        self.measure = make_measure(self.plan, state=S.ISSUED, lead=self.unit, responsible=self.units[1:3])
        self.period = perform(self.plan.pk, "open_period", actor=self.clerk, month=self._month()).subject
        self.filing = self.period.filings.get(unit=self.unit)

    def measure_ids_of_unit(self):
        return list(Duty.objects.filter(unit=self.unit, role="LEAD").values_list("measure_id", flat=True))

    def _month(self):
        return month_to_open(self.plan)

    def _fill(self, count):
        """Many measures at once: a lead and two responsible units each, two checkpoints, some progress."""
        problems = [make_problem(self.plan, number=n + 1) for n in range(max(1, count // 5))]
        now, today, office = clock.now(), clock.today(), self.office
        measures = Measure.objects.bulk_create(
            Measure(
                office=office, plan=self.plan, problem=problems[n % len(problems)], order=n + 1,
                label=f"({n + 1})", number=f"(一)({n + 1})", text="开展排查整治，健全长效管护机制。" * 4,
                state=STATES[n % len(STATES)], state_since=now, claim_due_on=today,
                closed_on=today if STATES[n % len(STATES)] == S.CLOSED else None,
                next_due_on=today + timedelta(days=n % 90 - 20), long_term=n % 2 == 0,
            )
            for n in range(count)
        )  # fmt: skip
        Round.objects.bulk_create(
            Round(office=office, measure=m, opened_at=now, closed_at=now if m.state == S.CLOSED else None)
            for m in measures
        )
        Duty.objects.bulk_create(
            Duty(
                office=office, measure=m, unit=self.units[(m.order + k * 7) % 40], order=k, printed="单位",
                role="LEAD" if k == 0 else "RESPONSIBLE", claimed_at=None if m.state == S.ISSUED else now,
            )
            for m in measures
            for k in range(3)
        )  # fmt: skip
        Checkpoint.objects.bulk_create(
            Checkpoint(office=office, measure=m, due_on=day, original_due_on=day)
            for m in measures
            for day in (m.next_due_on, m.next_due_on + timedelta(days=60))
        )
        ProgressEntry.objects.bulk_create(
            ProgressEntry(
                office=office, measure=m, unit=self.units[m.order % 40], period=self._month(), happened_on=today,
                progress="已完成现场踏勘并制定方案。", author=self.handler, recorded_at=now,
            )
            for m in measures
        )  # fmt: skip


def client_of(person):
    client = Client()
    client.force_login(person)
    return client


def measured(client, url):
    """(statements, median milliseconds, kilobytes) of a page."""
    client.get(url)
    reset_queries()  # the connection remembers a limited number
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    count = statements(captured)
    assert response.status_code == 200, (url, response.status_code)
    size = len(b"".join(response.streaming_content) if response.streaming else response.content)
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        client.get(url)
        times.append((time.perf_counter() - started) * 1000)
    return count, statistics.median(times), size / 1024


def pages(county):
    """{page: (statements, ms, kB)}"""
    clerk, handler, auditor = (client_of(p) for p in (county.clerk, county.handler, county.auditor))
    report = county.report
    return {
        "desk (handler)": measured(handler, reverse("workflows:desk")),
        "desk (clerk)": measured(clerk, reverse("workflows:desk")),
        "board (clerk)": measured(clerk, reverse("workflows:board")),
        "board (handler)": measured(handler, reverse("workflows:board")),
        "ledger (handler)": measured(handler, reverse("cases:ledger")),
        "ledger (clerk)": measured(clerk, reverse("cases:ledger")),
        "ledger, filtered": measured(clerk, reverse("cases:ledger") + "?light=RED&text=排查"),
        "plan": measured(clerk, reverse("cases:plan", args=[county.plan.pk])),
        "measure": measured(handler, county.measure.get_absolute_url()),
        "period": measured(clerk, reverse("reports:period", args=[county.period.pk])),
        "filing": measured(handler, reverse("reports:filing", args=[county.filing.pk])),
        "report (auditor)": measured(auditor, reverse("reports:report", args=[report.pk])),
    }


def acts(county):
    """{act: statements of the whole act through the door, the reading of rights included}"""
    found = {}

    def do(label, pk, act, actor, **data):
        actor = type(actor).objects.get(pk=actor.pk)
        with CaptureQueriesContext(connection) as captured:
            outcome = perform(pk, act, actor=actor, key=f"{label}-{county.office.code}", **data)
        found[label] = statements(captured)
        return outcome.subject

    pk, filing = county.measure.pk, county.filing.pk
    do("claim", pk, "claim", county.handler, version=1)
    do("enter progress", pk, "enter_progress", county.handler, progress="已完成。")
    do("attach evidence", pk, "attach_evidence", county.handler, files=[("a.png", png())])
    rows = [{"measure": m, "progress": "已完成。"} for m in county.measure_ids_of_unit()]
    do("submit filing", filing, "submit_filing", county.handler, rows=rows)
    do("approve filing", filing, "approve_filing", county.unit_head)
    do("accept filing", filing, "accept_filing", county.clerk)
    do("request verification", pk, "request_verification", county.handler)
    do("submit", pk, "submit", county.unit_head)
    do("verify", pk, "verify", county.clerk, method="SITE", visited_on=clock.today(), findings="属实")
    do("close out", pk, "close_out", county.head)
    county.report = do("compose report", county.period.pk, "compose_report", county.clerk)
    do("submit report", county.report.pk, "submit_report", county.clerk)
    do("review report", county.report.pk, "review_report", county.head)
    do("sign report", county.report.pk, "sign_report", county.leader)
    return found


def file_everything(county):
    """An accepted filing of every unit, with a text of its own for each of its measures."""
    rows = {unit.pk: [] for unit in county.units}
    for unit_id, pk in Duty.objects.filter(measure__plan=county.plan).values_list("unit_id", "measure_id"):
        words = f"已完成第{pk}处现场踏勘并制定方案，累计投入资金{pk % 97}万元。"
        row = dict.fromkeys(("progress", "difficulties", "next_steps"), words)
        rows.setdefault(unit_id, []).append({**row, "measure": pk})
    for filing in county.period.filings.all():
        filing.rows, filing.state = rows[filing.unit_id], FilingState.ACCEPTED
        filing.filed_at, filing.punctuality = clock.now(), Punctuality.ON_TIME
        filing.save()


def month_costs(county):
    """{what: (statements, median seconds, of them this process's own)} of counting and composing the month."""
    file_everything(county)
    report = MonthlyReport.objects.get(pk=county.report.pk)
    report.texts = texts.draft_texts(report.period)
    rows, clerk = Measure.objects.filter(plan=county.plan), client_of(county.clerk)
    ends = [clock.now() - timedelta(days=30 * month) for month in range(12)]
    MonthlyReport.objects.filter(pk=report.pk).update(
        texts=report.texts, state=ReportState.DRAFT, snapshot=""
    )
    edit = reverse("workflows:edit_report", args=[report.pk])
    return {
        "figures": timed(lambda: figures.figures(facts_of(rows), today=clock.today())),
        "figures, 12 past months": timed(lambda: facts_at(rows, ends)),
        "compose: texts": timed(lambda: texts.draft_texts(report.period)),
        "compose: page": timed(lambda: clerk.get(edit)),
        "compose: data": timed(lambda: compose.snapshot(MonthlyReport.objects.get(pk=report.pk))),
        "board": timed(lambda: clerk.get(reverse("workflows:board"))),
    }


def timed(work):
    reset_queries()
    with CaptureQueriesContext(connection) as captured:
        work()
    count, times = statements(captured), []
    for _ in range(REPEATS):
        started, busy = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - started, time.process_time() - busy))
    return count, *map(statistics.median, zip(*times, strict=True))


def print_paper():
    cost = bench_report.measured("report", 52)
    print(
        f"Monthly PDF of 52 measures in a fresh process: {cost['wall']:.1f} s, {cost['cpu']:.1f} s of a processor, "
        f"{cost['memory'][0]} MB at the peak, {cost['size']} kB"
    )


def print_costs():
    """Every act on and around a measure, the dearest first, beside what it may cost."""
    life = life_outside_of_tests()
    rows = [(act, count, ceiling(act)) for act, count in Costs(life).all().items()]
    rows += [(what, count, CEILINGS[what][0]) for what, count in CrowdedCosts(life).all().items()]
    print(f"\n{'act on a measure':36}{'now':>8}{'at most':>8}")
    for act, count, most in sorted(rows, key=lambda row: -row[1]):
        print(f"{act:36}{count:>8}{most:>8}")


def print_import():
    folder = os.environ.get("PLAN_DOCUMENTS")
    path = Path(folder or "") / "anning-2021.txt"
    if not folder or not path.exists():
        print("\nImport: PLAN_DOCUMENTS is not set, so no real plan was read.")
        return
    office = make_office("bench-import")
    clerk = member(office, Role.OFFICE_CLERK)
    started = time.perf_counter()
    call_command("import_plan", str(path), office=office.code, by=clerk.username, stdout=io.StringIO())
    print(f"\nImport of {path.name}, read and confirmed: {time.perf_counter() - started:.2f} s")


def main(small=52, large=5000):
    sys.stdout.reconfigure(line_buffering=True)  # a run takes minutes: each line when it is known
    setup_test_environment()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    settings.STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise looks for it
    counties = {size: County(size) for size in (int(small), int(large))}
    first, second = counties.values()
    done = {size: acts(county) for size, county in counties.items()}
    print(f"{connection.vendor}, load {os.getloadavg()[0]:.1f}\n{LEGEND}\n")
    print(f"{'act':24}{small:>8}{large:>8}")
    for label in done[int(small)]:
        print(f"{label:24}{done[int(small)][label]:>8}{done[int(large)][label]:>8}")
    print(f"\n{'page':24}{small:>8}{large:>8}   {'time ×':>8}{'kB':>8}")
    for (label, a), b in zip(pages(first).items(), pages(second).values(), strict=True):
        print(f"{label:24}{a[0]:>8}{b[0]:>8}   {b[1] / a[1]:>8.1f}{b[2]:>8.0f}")
    print(f"\n{'month':24}{small:>8}{large:>8}   {'wall s':>8}{'CPU s':>8}")
    for (label, a), b in zip(month_costs(first).items(), month_costs(second).values(), strict=True):
        print(f"{label:24}{a[0]:>8}{b[0]:>8}   {b[1]:>8.2f}{b[2]:>8.2f}")
    print_costs()
    print_import()
    print_paper()
    print(f"Peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main(*sys.argv[1:3])
