"""The bulletin of the same invented county's month, counted from the sample's ledger."""

from cases.models import RankedBy
from reports.bulletin import WHOSE
from reports.figures import Rate
from reports.proof import canonical, digest
from reports.ranking import BASES, ranked, rule_of
from tests.reports.documents import sample

TOWNS = sample.UNITS[10:]


def rate(part, whole):
    percent = Rate(part, whole).percent
    return {"part": part, "whole": whole, "percent": None if percent is None else str(percent)}


def ranking(key, label, units):
    rows = [
        {
            "unit": unit,
            "unit_id": number,
            "on_schedule": rate(7 - number % 4, 7),
            "filed_on_time": rate(int(number % 3 != 1), 1),
        }
        for number, unit in enumerate(units, 1)
    ]
    places = ranked(
        rows,
        lambda row: Rate(row["on_schedule"]["part"], 7),
        lambda row: Rate(row["filed_on_time"]["part"], 1),
    )
    return {"key": key, "label": label, "rows": [{"place": place, **row} for place, row in places]}


def lists():
    """Every measure with a red or yellow light, as the bulletin lists it."""
    found = {"RED": [], "YELLOW": []}
    for number, row in enumerate(sample.ledger()):
        if row["light"] in found:
            found[row["light"]].append(
                {
                    "id": number,
                    "number": f"{row['problem_label']}{row['number']}",
                    "text": row["measure"][:60],
                    "units": row["lead_units"],
                    "unit_ids": [],
                    "due_on": "2026-10-31" if row["light"] == "RED" else "2026-11-27",
                    "days": 22 if row["light"] == "RED" else 5,
                }
            )
    return {"red": found["RED"], "yellow": found["YELLOW"]}


def case(number, words):
    row = sample.ledger()[number]
    return {
        "id": number,
        "number": f"{row['problem_label']}{row['number']}",
        "text": row["measure"],
        "units": row["lead_units"],
        "unit_ids": [],
        "facts": [
            "时限2026年11月15日，2026年11月2日提前13天完成。",
            "2026年11月6日销号，转入长期坚持。",
            "已提交佐证材料6份。",
        ],
        "words": words,
    }


def snapshot():
    month = sample.snapshot()
    return {
        **{key: month[key] for key in ("office", "plan", "period", "filings")},
        "as_of": "2026-11-22",
        "schema": "xiaohao.bulletin/1",
        "addressees": "各有关乡镇（街道）、各有关部门",
        "revision": 1,
        "replaces": None,
        "title": "关于清河县巩固拓展脱贫攻坚成果督查反馈问题整改工作2026年11月进展情况的通报",
        "texts": {
            "opening": "按照“一月一调度、一月一通报”的要求，现将整改方案2026年11月落实情况通报如下。\n"
            "截至2026年11月22日，方案确定的40项整改措施中，已认领40项，达到序时进度33项，逾期7项。",
            "requirements": "压实整改责任。红灯措施的责任单位要逐项查明原因，自收到本通报之日起5个工作日内书面答复。\n"
            "严格按时报送。迟报、未报的单位要说明原因，自下期起按时限和要求报送。",
        },
        "figures": month["figures"][:6],
        "basis": rule_of(BASES[RankedBy.ON_SCHEDULE], WHOSE),
        "rankings": [
            ranking("departments", "部门", sample.UNITS[:10]),
            ranking("towns", "乡镇（街道）", TOWNS),
        ],
        **lists(),
        "named": [
            {
                "unit": "县水务局",
                "unit_id": 2,
                "document_number": "清整改办通报〔2026〕2号",
                "matter": "（二）（3）健全长效机制，完善管护制度，落实管护人员和管护经费",
                "days": 16,
                "answered": False,
            }
        ],
        "cases": {
            "good": [case(0, "主要做法是主要负责人每周调度，行业部门数据按月比对，问题当月清零。")],
            "bad": [case(4, "虽经两次督办，仍未明确施工单位，工作被动应付。")],
        },
        "mentions": [],
        "rows": [],
    }


def issue():
    return {**sample.issue(), "upward": False, "data_digest": digest(canonical(snapshot()))}
