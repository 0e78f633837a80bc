"""The lives that a measure can lead, each as a script from the day after issue."""

from datetime import timedelta
from decimal import Decimal

from cases import deadlines
from cases.models import Evidence, InputRequest, Measure
from cases.states import MeasureState
from permissions.models import Membership, Role
from workflows.roads.follow_up import standing
from workflows.simulation import steps, texts

S = MeasureState


def plain(year, measure, *, entries=None):
    """Claimed in time, worked on, verified and closed out."""
    yield from steps.claim(year, measure)
    yield from steps.work(year, measure, entries or year.rng.randint(3, 10))
    yield from steps.finish(year, measure)


def unhurried(year, measure):
    """Step by step along its dates; not all of it ends within the year."""
    yield from steps.claim(year, measure)
    yield from steps.work(year, measure, 4)
    yield from steps.reach_steps(year, measure, until=year.clockwork.end)
    yield from steps.work(year, measure, 2)
    yield from steps.finish(year, measure)


def late_claim(year, measure):
    yield year.rules().claim_workdays + 4
    yield from plain(year, measure)


def never_claimed(year, measure):
    """Nobody takes it on: the ladder climbs."""
    yield 1


def overdue(year, measure):
    """Claimed, worked on a little, then its date passes; in the end it is done after all."""
    yield from steps.claim(year, measure)
    yield from steps.work(year, measure, 2)
    last = measure.checkpoints.order_by("-due_on").first()
    if last:
        yield last.due_on + timedelta(days=75)  # meanwhile the ladder climbs to its end
    yield from steps.finish(year, measure)


def important(year, measure):
    """Marked important by the office's head, so the leader closes it out."""
    yield 2
    year.do(measure, "set_grade", year.office_head, important=True, reason="群众反映集中。")
    yield from plain(year, measure, entries=5)


def unmarked_again(year, measure):
    """The leader takes the mark back."""
    yield 2
    year.do(measure, "set_grade", year.office_head, important=True, reason="上级督办事项。")
    yield from steps.claim(year, measure)
    year.do(measure, "set_grade", year.leader, important=False, reason="已转为一般事项。")
    yield from plain(year, measure)


def dispute_kept(year, measure):
    unit = year.leads(measure)[0]
    year.do(measure, "raise_dispute", year.handler(unit), reason="该事项不属于本单位职责。")
    yield 3
    dispute = measure.disputes.get(outcome="", unit=unit)
    settlement = "经研究，仍由你单位牵头。"
    year.do(measure, "settle_dispute", year.clerk(), dispute=dispute.pk, settlement=settlement)
    yield 1
    yield from plain(year, measure)


def dispute_reassigned(year, measure):
    unit = year.leads(measure)[0]
    year.do(measure, "raise_dispute", year.head(unit), reason="职能已划转。", proposed_unit="有关职能部门")
    yield 2
    _swap(year, measure, unit, "职能已划转，由承接单位负责。")
    yield from plain(year, measure)


def dispute_split(year, measure):
    unit = year.leads(measure)[0]
    year.do(measure, "raise_dispute", year.handler(unit), reason="涉及两个单位职责，建议拆分。")
    yield 3
    day = _last_day(year, measure)
    parts = [
        {
            "text": f"{measure.text[:60]}（第{number}部分）",
            "leads": [f"unit:{lead.pk}"],
            "responsible": [],
            "dates": [day],
            "long_term": measure.long_term,
        }
        for number, lead in enumerate((unit, _outsider(year, measure)), start=1)
    ]
    year.do(measure, "split", year.clerk(), parts=parts, reason="按职责拆分。")
    for part in Measure.objects.filter(origin=measure).order_by("order"):
        year.start(plain(year, part, entries=4))


def _last_day(year, measure):
    """The measure's last date, which no part may outrun; a date of the year where it has none."""
    last = measure.checkpoints.order_by("-due_on").first()
    return last.due_on if last else year.clockwork.end - timedelta(days=60)


def _outsider(year, measure):
    """A unit of the plan that has no duty on the measure."""
    own = {duty.unit_id for duty in year.duties(measure)}
    units = year.office.units.exclude(kind="OFFICE").exclude(pk__in=own).order_by("pk")
    return year.rng.choice(list(units))


def _swap(year, measure, unit, reason):
    other = _outsider(year, measure)
    year.do(measure, "reassign", year.clerk(), reason=reason, from_unit=unit.pk, to_unit=other.pk)
    return other


def joint(year, measure):
    """Several leads: one coordinates, each claims, asks and signs for itself."""
    leads = year.leads(measure)
    year.do(measure, "name_coordinator", year.clerk(), unit=leads[0].pk)
    yield from plain(year, measure, entries=4)


def inputs(year, measure):
    """The lead asks the others: most answer, one is taken back, one never answers."""
    yield from steps.claim(year, measure)
    lead, others = year.leads(measure)[0], _others(year, measure)
    due = deadlines.add_workdays(year.clockwork.today, 8)
    asked = [unit.pk for unit in others]
    year.do(measure, "ask_input", year.handler(lead), units=asked, due_on=due, question="请报送本月进展。")
    yield 3
    waiting = list(InputRequest.objects.filter(measure=measure, answered_at=None).select_related("to_unit"))
    year.do(measure, "cancel_input", year.handler(lead), request=waiting.pop().pk)
    if len(waiting) > 1:
        waiting.pop()  # this one lets the day pass
    for one in waiting:
        files = [("点位照片.png", texts.picture(year.rng))]
        entry = texts.entry(measure, year.rng)
        year.do(measure, "answer_input", year.handler(one.to_unit), request=one.pk, files=files, **entry)
    yield 6
    answered = [one.pk for one in waiting]
    year.do(measure, "merge_inputs", year.handler(lead), requests=answered, **texts.entry(measure, year.rng))
    yield from plain(year, measure, entries=4)


def _others(year, measure):
    lead = year.leads(measure)[0]
    return [duty.unit for duty in year.duties(measure) if duty.unit_id != lead.pk]


def extended(year, measure):
    """Asked for four times: refused by its own head, then by the office's; granted; granted again by the leader."""
    yield from steps.claim(year, measure)
    yield from steps.work(year, measure, 1)
    unit = year.leads(measure)[0]
    for refused_by in (year.head(unit), year.office_head, None, None):
        row = ask_for_time(year, measure, unit, days=15)
        yield 1
        if refused_by != year.head(unit):
            year.do(row, "approve_extension", year.head(unit))
            yield 1
        if refused_by:
            year.do(row, "refuse_extension", refused_by, reason="理由不充分，请按原定时限完成。")
            continue
        year.do(row, "decide_extension", year.office_head)
        row.refresh_from_db()
        if row.state == "SIGNING":
            yield 1
            year.do(row, "sign_extension", year.leader)
    yield from plain(year, measure, entries=5)


def ask_for_time(year, measure, unit, *, days):
    """Ask for a later date of the next step. Shape: the extension."""
    step = steps.due_step(measure, year)
    year.do(
        measure,
        "request_extension",
        year.handler(unit),
        checkpoint=step.pk,
        new_due_on=step.due_on + timedelta(days=days),
        reason="连续降雨，施工受阻。",
        interim_measures="增派人员，分段验收。",
    )
    return measure.extensions.order_by("-number").first()


def stood_in(year, measure):
    """The unit's head is away; a colleague signs in their place, under their own name."""
    yield from steps.claim(year, measure)
    yield from steps.work(year, measure, 2)
    unit, today = year.leads(measure)[0], year.clockwork.today
    head, deputy = year.head(unit), year.handler(unit, 1)
    lent = Membership.objects.live(today).get(person=head, unit=unit, role=Role.UNIT_HEAD)
    days = {"starts_on": today, "ends_on": today + timedelta(days=30)}
    row = year.do(lent, "name_deputy", head, deputy=deputy.pk, reason="外出学习。", **days).subject
    yield from steps.request(year, measure, signer=deputy)
    year.do(row, "revoke_delegation", head)
    yield from steps.verify(year, measure)
    yield from steps.close(year, measure)


def late_entries(year, measure):
    """What happened weeks ago is entered as such (补录)."""
    yield from steps.claim(year, measure)
    yield from steps.work(year, measure, 3)
    yield 3
    earlier = year.clockwork.today - timedelta(days=12)
    steps.enter(year, measure, year.leads(measure)[0], happened_on=earlier)
    yield from plain(year, measure)


def counted(year, measure):
    """A target in numbers, and amounts against it."""
    yield from steps.claim(year, measure)
    year.do(measure, "set_target", year.clerk(), amount=Decimal(1000), unit="户")
    unit = year.leads(measure)[0]
    for amount in (120, 480, 1000):
        yield 12
        steps.enter(year, measure, unit, amount=Decimal(amount))
    yield from plain(year, measure, entries=1)


def step_refused(year, measure):
    """A dated step is reported too early, sent back, reported again and confirmed."""
    yield from steps.claim(year, measure)
    yield from steps.work(year, measure, 2)
    step, unit = steps.due_step(measure, year), year.leads(measure)[0]
    for refused in (True, False):
        yield 3
        year.do(measure, "report_checkpoint", year.handler(unit), checkpoint=step.pk, note="阶段任务完成。")
        yield 2
        if refused:
            reason = "现场仍有两处未完工。"
            year.do(measure, "refuse_checkpoint", year.checker(measure), checkpoint=step.pk, reason=reason)
        else:
            year.do(measure, "confirm_checkpoint", year.checker(measure), checkpoint=step.pk)
    yield from plain(year, measure)


def returned(year, measure):
    """Sent back once before and once after its verification, by the head in the second case."""
    yield from steps.claim(year, measure)
    yield from steps.work(year, measure, 3)
    yield from steps.request(year, measure)
    yield 3
    year.do(measure, "return_for_rework", year.clerk(1), reason="佐证材料不足，请补充现场照片。")
    yield from steps.work(year, measure, 1)
    yield from steps.request(year, measure)
    yield from steps.verify(year, measure)
    yield 2
    year.do(measure, "return_for_rework", year.office_head, reason="复查发现反复。")
    yield from steps.work(year, measure, 1)
    yield from steps.finish(year, measure)


def request_sent_back(year, measure):
    """The unit's head does not sign the handler's request at once."""
    yield from steps.claim(year, measure)
    yield from steps.work(year, measure, 2)
    unit = year.leads(measure)[0]
    steps.ask(year, measure, unit)
    yield 1
    year.do(measure, "send_back_request", year.head(unit), reason="缺少整改后照片，请补充后再报。")
    yield from plain(year, measure, entries=1)


def evidence_changed(year, measure):
    """A file is replaced by a better one, another is taken back."""
    yield from steps.claim(year, measure)
    unit = year.leads(measure)[0]
    for name in ("整改前.png", "整改后.png"):
        steps.attach(year, measure, unit, name=name)
    yield 5
    first, second = Evidence.objects.filter(measure=measure, unit=unit).order_by("pk")
    files = [("整改前（清晰）.png", texts.picture(year.rng))]
    year.do(measure, "replace_evidence", year.handler(unit), evidence=first.pk, files=files)
    year.do(measure, "withdraw_evidence", year.handler(unit), evidence=second.pk, reason="拍错点位。")
    yield from plain(year, measure)


def reassigned(year, measure):
    """Another unit takes over in the middle of the work, with what was asked of others."""
    yield from steps.claim(year, measure)
    yield from steps.work(year, measure, 2)
    lead, others = year.leads(measure)[0], _others(year, measure)
    if others:
        due = deadlines.add_workdays(year.clockwork.today, 10)
        year.do(measure, "ask_input", year.handler(lead), units=[others[0].pk], due_on=due)
    if steps.due_step(measure, year) and steps.due_step(measure, year).due_on > year.clockwork.today:
        ask_for_time(year, measure, lead, days=20)  # it lapses when the unit has left
    yield 4
    _swap(year, measure, lead, "分工调整。")
    yield from plain(year, measure)


def withdrawn(year, measure):
    yield from steps.claim(year, measure)
    yield from steps.work(year, measure, 3)
    year.do(measure, "withdraw", year.office_head, reason="政策调整，不再实施。")


def merged(year, measure):
    """It goes into another open measure of the plan."""
    yield from steps.claim(year, measure)
    yield from steps.work(year, measure, 2)
    open_ones = Measure.objects.filter(plan=measure.plan, state=S.RECTIFYING).exclude(pk=measure.pk)
    into = open_ones.order_by("pk").first()
    year.do(measure, "merge", year.clerk(), into=into.pk, reason="内容相同，合并推进。")


def transferred(year, measure):
    """Another office takes it over."""
    yield from steps.claim(year, measure)
    yield 9
    taker = type(year.office).objects.exclude(pk=year.office.pk).order_by("pk").first()
    year.do(measure, "transfer", year.office_head, office=taker.pk, reason="属邻县管辖范围。")


def amended_away(year, measure):
    """The office amends the plan in its tenth week and leaves it out (``office.amend``)."""
    year.left_out = measure
    yield from steps.claim(year, measure)
    yield from steps.work(year, measure, 1)


def kept_up(year, measure, *, fails=False):
    """长期坚持: closed out into monthly follow-up, held, missed, held; or failed, and a second round."""
    yield from plain(year, measure, entries=2)
    if not fails:
        year.do(measure, "set_cadence", year.clerk(), months=1)
    for number in range(5):
        measure = year.fresh(measure)
        if measure.state != S.CLOSED:
            return  # a look-back found it relapsed
        due = _follow_up_due(year, measure)
        if due is None:
            return
        yield due - timedelta(days=3)
        if number == 1:
            yield due + timedelta(days=4)
            continue
        if year.state(measure) != S.CLOSED:
            return
        record(year, measure, due, "FAILED" if fails else "HELD")
        if fails:
            yield 2
            yield from relapse(year, measure, found_by="FOLLOW_UP")
            return


def failing(year, measure):
    yield from kept_up(year, measure, fails=True)


def _follow_up_due(year, measure):
    unit = year.leads(measure)[0]
    rows = measure.rounds.order_by("-number").first().follow_ups.all()
    return standing(measure, rows, unit.pk, today=year.clockwork.today).next_due_on


def record(year, measure, due, finding):
    text = "长效机制运行正常。" if finding == "HELD" else "巡查发现问题反弹。"
    for unit in year.leads(measure):
        year.do(measure, "record_follow_up", year.handler(unit), finding=finding, text=text, due_on=due)


def relapse(year, measure, *, found_by):
    """The office opens the next round, which is worked off and closed out again."""
    due = deadlines.add_workdays(year.clockwork.today, 30)
    year.do(measure, "relapse", year.clerk(), reason="复查发现反弹。", due_on=due, found_by=found_by)
    yield from steps.work(year, measure, 1)
    yield from steps.finish(year, measure)


# Which measure each life fits --------------------------------------------------------------------------


def any_one(year, measure):
    return True


def has_joint_leads(year, measure):
    return len(measure.duties.filter(role="LEAD")) > 1


def has_single_lead(year, measure):
    return len(year.leads(measure)) == 1


def has_others(year, measure):
    return has_single_lead(year, measure) and len(year.duties(measure)) > 3


def is_long_term(year, measure):
    return measure.long_term and has_single_lead(year, measure)


def has_date_ahead(year, measure):
    step = steps.due_step(measure, year)
    soon = year.plan.issued_on + timedelta(days=50)
    return step is not None and soon < step.due_on < year.clockwork.end - timedelta(days=120)


def has_date_ahead_and_single_lead(year, measure):
    return has_date_ahead(year, measure) and has_single_lead(year, measure)


# The rarer what a life needs, the earlier it chooses.
EVERY = [
    (joint, has_joint_leads),
    (inputs, has_others),
    (step_refused, has_date_ahead),
    (extended, has_date_ahead),
    (overdue, has_date_ahead),
    (kept_up, is_long_term),
    (failing, is_long_term),
    (dispute_split, has_date_ahead),
    (stood_in, has_single_lead),
    (dispute_kept, has_single_lead),
    (dispute_reassigned, has_single_lead),
    (reassigned, has_date_ahead_and_single_lead),
    (late_claim, any_one),
    (never_claimed, any_one),
    (important, any_one),
    (unmarked_again, any_one),
    (late_entries, any_one),
    (counted, any_one),
    (returned, any_one),
    (request_sent_back, any_one),
    (evidence_changed, any_one),
    (withdrawn, any_one),
    (merged, any_one),
    (transferred, any_one),
    (amended_away, any_one),
]
COMMON = [plain, unhurried, unhurried, late_claim, returned, late_entries, kept_up, overdue]
