"""What the office does in the year beside the measures: rules, checklist, amendment, supervision, look-back."""

from datetime import timedelta

from cases.models import Instrument, InstrumentState
from workflows.acts.papers import KINDS
from workflows.acts.supervision import due_now
from workflows.amendment import Comparison
from workflows.instruments import BLANK
from workflows.simulation import lives


def amend(year):
    """In the tenth week a later version of the document leaves one measure out."""
    yield 48
    gone = getattr(year, "left_out", None)
    if gone is None:
        return
    gone.refresh_from_db()
    text = year.plan.text
    later = text[: gone.start] + text[gone.end :]
    draft = year.do(
        year.plan, "read_amendment", year.clerk(), file_name="修订.txt", data=later.encode()
    ).subject
    found = Comparison(draft, year.plan)
    rows = [c.id for c in found.changes if c.new is None and c.old and c.old.key == gone.pk]
    year.do(draft, "apply_amendment", year.clerk(), accepted=rows, units={})


def publish_for_a_while(year):
    """For two months of the summer the office shows its results to the public before close-out."""
    yield 60
    year.do(year.office, "set_rules", year.office_head, values={"public_notice_days": 5})
    yield 40
    year.do(year.office, "set_rules", year.office_head, values={"public_notice_days": None})


def ask_for_more(year):
    """A line on the checklist of evidence, taken off again after some months."""
    yield 90
    year.do(year.office, "add_requirement", year.office_head, label="整改前后对比照片")
    yield 60
    line = year.office.evidence_requirements.get(label="整改前后对比照片", ended_on=None)
    year.do(year.office, "end_requirement", year.office_head, requirement=line.pk)


def supervise(year):
    """The worker's ladder, every working day; once a week the office and the units see to what it proposed."""
    for day in range(1000):
        yield 1
        office = type(year.office).objects.select_related("rules").get(pk=year.office.pk)
        if any(due_now(office, today=year.clockwork.today)):
            year.do(office, "climb_ladder", None)
        if day % 5 == 4:
            settle(year)
            answer(year)
            issue(year)


def issue(year):
    """The head issues most of what is proposed, as the clerk worded it, and dismisses every fifth."""
    for row in _instruments(year, InstrumentState.PROPOSED).exclude(kind="REMINDER"):
        if row.pk % 5 == 0:
            year.do(row, "dismiss_instrument", year.office_head, reason="已当面约谈，不再发文。")
            continue
        if row.pk % 2 or BLANK in row.text:
            words = row.text.replace(BLANK, "收到之日起第3个工作日9时", 1).replace(BLANK, "整改办会议室")
            text = f"{words}请于收到之日起认真整改。"
            due = year.clockwork.today + timedelta(days=10)
            year.do(row, "prepare_instrument", year.clerk(), text=text, answer_due_on=due)
        year.do(row, "issue_instrument", year.office_head)


def answer(year):
    """Units sign for what came last week and answer what they signed for; one in four stays silent."""
    for row in _instruments(year, InstrumentState.ISSUED).exclude(kind="REMINDER"):
        if row.pk % 4:
            year.do(row, "receive_instrument", year.handler(row.unit))
    for row in _instruments(year, InstrumentState.RECEIVED).exclude(kind="REMINDER"):
        year.do(row, "answer_instrument", year.head(row.unit), answer="已倒排工期，明确专人负责。")


def settle(year):
    for row in _instruments(year, InstrumentState.ANSWERED):
        year.do(row, "settle_instrument", year.clerk(), effect="已按要求落实。")


def _instruments(year, state):
    return Instrument.objects.filter(office=year.office, state=state).select_related("unit").order_by("pk")


def order_at_once(year):
    """The head does not wait for the ladder."""
    yield 70
    measure = year.plan.measures.filter(state="RECTIFYING").order_by("order").first()
    if measure:
        unit, text = year.leads(measure)[0], "县领导批示，请立即办理并反馈。"
        year.do(measure, "supervise", year.office_head, kind="ORDER", unit=unit.pk, text=text)


def look_back(year):
    """A sample of what was closed out: all but one holds, and that one gets its second round."""
    yield year.clockwork.end - timedelta(days=110)
    if not year.plan.measures.filter(closed_on__lte=year.clockwork.today).exists():
        return  # a year cut short
    sample = year.do(
        year.office,
        "draw_look_back",
        year.clerk(),
        title="年度回头看",
        plan=year.plan.pk,
        seed=f"{year.rng.random()}",
        share=30,
        closed_to=year.clockwork.today,
        due_on=year.clockwork.today + timedelta(days=40),
    ).subject
    has_failed = False
    for item in sample.items.select_related("measure"):
        yield 1
        measure = year.fresh(item.measure)
        if measure.state != "CLOSED":
            continue
        fails = not has_failed and measure.follow_up_months is None
        has_failed |= fails
        year.do(
            measure,
            "record_look_back",
            year.clerk(),
            item=item.pk,
            finding="FAILED" if fails else "HELD",
            visited_on=year.clockwork.today,
            text="现场复查，问题反弹。" if fails else "现场复查，成效保持。",
        )
        if fails:
            year.start(lives.relapse(year, measure, found_by="LOOK_BACK"), 2)


def print_papers(year):
    """A paper of each kind about the last thing that has one: close-out, verification, extension and so on."""
    yield year.clockwork.end - timedelta(days=30)
    for act, kind in KINDS.items():
        rows = kind.model.objects.filter(office=year.office).order_by("-pk")
        row = next((row for row in rows if not kind.lacks(row)), None)
        if row:
            year.print_out("paper", year.do(row, act, year.clerk()).subject)


DOINGS = [amend, publish_for_a_while, ask_for_more, supervise, order_at_once, look_back, print_papers]
