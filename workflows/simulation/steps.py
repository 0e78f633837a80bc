"""Stretches of a measure's road that many lives share. Each is a generator for ``clockwork``."""

from cases import deadlines
from cases.models import Evidence, EvidenceRequirement
from cases.states import MeasureState
from workflows.simulation import texts

S = MeasureState


def claim(year, measure):
    """Every acting unit that has not done so claims for itself, one after the other."""
    for duty in year.duties(measure):
        if duty.claimed_at is None and duty.unit in year.leads(measure):
            year.do(measure, "claim", year.handler(duty.unit))
            yield 1


def enter(year, measure, unit, *, person=None, **fields):
    year.do(
        measure,
        "enter_progress",
        person or year.handler(unit),
        **{**texts.entry(measure, year.rng), **fields},
    )


def work(year, measure, entries):
    """Entries of the leads, about two a month, now and then one of a unit that helps."""
    for _ in range(entries):
        yield year.rng.randint(7, 14)
        for unit in year.leads(measure):
            enter(year, measure, unit)
        helpers = year.helpers(measure)
        if helpers and year.rng.random() < 0.4:
            enter(year, measure, year.rng.choice(helpers))


def attach(year, measure, unit, *, requirement=None, name="现场照片.png"):
    files = [(name, texts.picture(year.rng))]
    year.do(measure, "attach_evidence", year.handler(unit), files=files, requirement=requirement)


def due_step(measure, year):
    """The next dated step that is neither reported nor met, or None."""
    return measure.checkpoints.filter(reported_on=None, met_on=None).order_by("due_on").first()


def reach_steps(year, measure, *, until):
    """Report the dated steps that fall due by ``until``, shortly before their day; the office confirms them."""
    while (step := due_step(measure, year)) and step.due_on <= until:
        yield deadlines.add_workdays(step.due_on, -year.rng.randint(2, 5))
        unit = year.leads(measure)[0]
        note, files = "阶段性任务已完成。", [("阶段成效.png", texts.picture(year.rng))]
        year.do(measure, "report_checkpoint", year.handler(unit), checkpoint=step.pk, note=note, files=files)
        yield year.rng.randint(1, 3)
        year.do(measure, "confirm_checkpoint", year.checker(measure), checkpoint=step.pk)


def request(year, measure, *, signer=None):
    """Evidence and progress, then request and signature (``signer`` or the head) of each acting unit."""
    for unit in year.leads(measure):
        yield 1
        ask(year, measure, unit)
        year.do(measure, "submit", signer or year.head(unit), note="情况属实，同意申请核查。")


def ask(year, measure, unit):
    attach(year, measure, unit)
    enter(year, measure, unit)
    complete_checklist(year, measure, unit)
    year.do(measure, "request_verification", year.handler(unit), note="整改任务已完成，请予核查。")


def complete_checklist(year, measure, unit):
    """A file for every line of the office's checklist that has none in the open round."""
    lines = EvidenceRequirement.objects.filter(office=year.office, ended_on=None)
    files = Evidence.objects.filter(round__measure=measure, round__closed_at=None, withdrawn_at=None)
    given = files.exclude(requirement=None).values("requirement")
    for line in lines.exclude(pk__in=given):
        attach(year, measure, unit, requirement=line.pk, name=f"{line.label}.png")


def verify(year, measure):
    yield year.rng.randint(2, 6)
    year.do(
        measure,
        "verify",
        year.checker(measure),
        method=year.rng.choice(["SITE", "PAPER"]),
        visited_on=year.clockwork.today,
        findings=texts.findings(year.rng),
    )


def close(year, measure, **data):
    """Close out, after the public notice where the office's rules ask for one."""
    yield year.rng.randint(2, 4)
    if year.rules().public_notice_days:
        yield from show_to_public(year, measure)
    measure = year.fresh(measure)
    closer = year.leader if measure.important else year.office_head
    year.do(measure, "close_out", closer, note="整改到位，准予销号。", **data)


def show_to_public(year, measure):
    notice = year.do(measure, "publish_result", year.clerk(), where="县政府门户网站")
    yield 2
    if year.acts["record_objection"] < 2:
        year.do(measure, "record_objection", year.clerk(), text="群众反映个别点位仍有反复。")
        yield 1
        year.do(measure, "settle_objection", year.clerk(), settlement="经复查，该点位已整改到位。")
    yield deadlines.add_workdays(year.clockwork.today, year.rules().public_notice_days + 1)
    return notice


def finish(year, measure, **data):
    """From the work done to the close-out."""
    yield from request(year, measure)
    yield from verify(year, measure)
    yield from close(year, measure, **data)
