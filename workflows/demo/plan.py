"""The invented plan as a document: every date is placed around a given ``today``. Pure, no query.

A visitor shall find all lights on the day of the visit, and a month that can still be filed in time.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from cases import deadlines
from workflows.demo.contents import PROBLEMS, TOWNS

LEADING_GROUP = "清河县督查反馈问题整改工作领导小组"
OFFICE = LEADING_GROUP + "办公室"
HOUSED_IN = "县农业农村局"
NUMERALS = "零一二三四五六七八九十"


@dataclass(frozen=True)
class Paragraph:
    """``kind`` names the place in the official form; ``document`` knows what it looks like."""

    kind: str
    text: str


@dataclass(frozen=True)
class Dates:
    """All dates of the plan, from the day of the visit.

    Slots: B before the issue · P1…P3 ends of past months · S3, S5 working days from today (yellow) ·
    N1…N6 ends of coming months (green).
    """

    today: date

    @cached_property
    def reporting_due(self):
        """When the running month is due: a working day two to six days ahead."""
        ahead = [self.today + timedelta(days=n) for n in (3, 4, 5, 2, 6)]
        return next((day for day in ahead if deadlines.is_workday(day)), ahead[0])

    @property
    def reporting_day(self):
        return self.reporting_due.day

    @property
    def running_month(self):
        return self.reporting_due.replace(day=1)

    @property
    def first_month(self):
        """The first month that is reported: the third before the running one."""
        return deadlines.add_months(self.running_month, -3)

    @property
    def last_month(self):
        return deadlines.add_months(self.first_month, 8)

    @cached_property
    def issued_on(self):
        """Shortly after the due day of the month before the first reported one, about four months ago."""
        before = deadlines.previous_month(self.first_month)
        due = deadlines.due_moment(before.year, before.month, self.reporting_day, None).date()
        return deadlines.add_workdays(due + timedelta(days=1), 1)

    def due_of(self, month):
        """The due day of a reporting month."""
        return deadlines.due_moment(month.year, month.month, self.reporting_day, None).date()

    def slot(self, name):
        if name == "B":
            return self.issued_on.replace(day=1) - timedelta(days=1)
        if name[0] == "S":
            return deadlines.add_workdays(self.today, int(name[1:]))
        return _month_end(self.today, int(name[1:]) * (-1 if name[0] == "P" else 1))


def _month_end(today, months):
    return deadlines.add_months(today.replace(day=1), months + 1) - timedelta(days=1)


def printed(day):
    return f"{day.year}年{day.month}月{day.day}日"


def printed_dates(days):
    """2026年9月30日、12月31日: the year once, until it changes."""
    parts, year = [], None
    for day in days:
        parts.append(f"{day.month}月{day.day}日" if day.year == year else printed(day))
        year = day.year
    return "、".join(parts)


def deadline_clause(measure, dates):
    """The 整改时限 as printed."""
    days = [dates.slot(name) for name in measure.due]
    if not days:
        return "立行立改，长期坚持"
    if measure.long_term:
        return f"{printed_dates(days)}前取得阶段性成效，长期坚持"
    return f"{printed_dates(days)}前{'完成整改' if len(days) == 1 else '取得阶段性成效'}"


def bracket(measure, dates):
    responsible = "、".join(measure.responsible).replace(f"{TOWNS}、", f"{TOWNS}，")
    return (
        f"〔牵头单位：{'、'.join(measure.lead)}；责任单位：{responsible}；"
        f"整改时限：{deadline_clause(measure, dates)}〕"
    )


def title_of(dates):
    return f"清河县{dates.issued_on.year}年农业农村重点工作督查反馈问题整改方案"


def document_number(dates):
    return f"清整改组〔{dates.issued_on.year}〕3号"


def measure_count():
    return sum(len(problem.measures) for problem in PROBLEMS)


def paragraphs(today):
    """The whole document from top to bottom: [Paragraph]."""
    dates = Dates(today)
    return [*_notice(dates), *_opening(dates), *_problems(dates), *_requirements(dates)]


def text(today):
    return "\n".join(p.text for p in paragraphs(today)) + "\n"


def _notice(dates):
    title = title_of(dates)
    return [
        Paragraph("mark", LEADING_GROUP + "文件"),
        Paragraph("number", document_number(dates)),
        Paragraph("title", f"{LEADING_GROUP}关于印发《{title}》的通知"),
        Paragraph("addressees", "各乡镇、街道，县直各有关部门："),
        Paragraph(
            "body",
            f"经县委、县政府同意，现将《{title}》印发给你们，请结合实际认真组织实施，"
            "按时认领任务、报送进展，确保整改工作件件有着落。",
        ),
        Paragraph("sign_off", LEADING_GROUP),
        Paragraph("date", printed(dates.issued_on)),
    ]


def _opening(dates):
    visited = deadlines.add_months(dates.issued_on, -2)
    return [
        Paragraph("plan_title", title_of(dates)),
        Paragraph(
            "body",
            f"{visited.year}年{visited.month}月，永宁市督查组对清河县农业农村重点工作开展了专项督查，"
            "并书面反馈了督查意见。为抓好反馈问题整改，结合县级自查情况，制定本方案。",
        ),
        Paragraph("heading", "一、总体要求"),
        Paragraph(
            "body",
            "坚持实事求是、依法依规，把整改督查反馈问题与做好当前农业农村工作结合起来，"
            "做到问题不查清不放过、责任不落实不放过、整改不到位不放过。既着力解决具体问题，又注重完善制度，"
            "防止同类问题反复发生，让群众看得到变化、得到实惠。",
        ),
    ]


def _problems(dates):
    found = [
        Paragraph("heading", "二、存在问题及整改措施"),
        Paragraph(
            "body",
            f"对市督查组反馈意见和县级自查发现的问题逐条梳理，"
            f"针对{len(PROBLEMS)}个方面问题共制定{measure_count()}条整改措施。",
        ),
    ]
    for problem in PROBLEMS:
        first, *more = problem.paragraphs
        found.append(Paragraph("problem", f"{problem.label}{problem.heading}{first}"))
        found += [Paragraph("body", paragraph) for paragraph in more]
        opened = set()
        for number, measure in enumerate(problem.measures):
            found += _measure(measure, dates, first=number == 0, opened=opened)
    return found


def _measure(measure, dates, *, first, opened):
    label = measure.label
    if measure.group_lead:
        label = label.replace("一是", f"{measure.group_lead}一是")
    elif label[:3] in opened:
        label = label[3:]  # 二是 goes on under the number that 一是 has opened
    opened.add(measure.label[:3])
    return [
        Paragraph("measure", f"{'整改措施：' if first else ''}{label}{measure.text}"),
        Paragraph("bracket", bracket(measure, dates)),
    ]


def _requirements(dates):
    months = f"{_month(dates.first_month)}至{_month(dates.last_month)}"
    return [
        Paragraph("heading", "三、整改要求"),
        Paragraph(
            "item",
            "（一）压实整改责任。各牵头单位对整改工作负总责，主要负责人要亲自研究、亲自过问；"
            "责任单位要主动配合，不得推诿扯皮。印发之日起3个工作日内完成任务认领。"
            f"领导小组办公室设在{HOUSED_IN}，负责日常调度。",
        ),
        Paragraph(
            "item",
            "（二）严格核查销号。整改完成的，由牵头单位提出申请并附佐证材料，"
            "领导小组办公室组织现场核查或者资料核查，合格的予以销号，不合格的退回重新整改。",
        ),
        Paragraph(
            "item",
            f"（三）按月报告进展。{months}，每月{dates.reporting_day}日前，各有关单位报送整改情况报告"
            "（内容包括整改进展情况、整改过程中发现的问题、下步工作措施等）"
            f"至{OFFICE}。领导小组办公室每月汇总通报。",
        ),
    ]


def _month(first):
    return f"{first.year}年{first.month}月"
