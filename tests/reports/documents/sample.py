"""A month of 清河县, an invented county: 9 problems, 40 measures, 14 units, with every state, light and filing."""

import copy

from reports.breakdown import month_on_month
from reports.proof import canonical, digest

OFFICE = "清河县巩固拓展脱贫攻坚成果同乡村振兴有效衔接工作领导小组办公室"
UNITS = (
    "县农业农村局",
    "县水务局",
    "县教育体育局",
    "县卫生健康局",
    "县民政局",
    "县人力资源和社会保障局",
    "县住房和城乡建设局",
    "县财政局",
    "县发展和改革局",
    "县交通运输局",
    "清源镇党委、政府",
    "柳林镇党委、政府",
    "石桥乡党委、政府",
    "双河街道党工委、办事处",
)
PROBLEMS = (
    "防止返贫动态监测不够精准，部分监测对象识别纳入不及时",
    "农村饮水安全保障存在薄弱环节，个别水厂净化消毒设施运行不正常",
    "控辍保学工作压得不实，随迁子女信息比对滞后",
    "家庭医生签约服务质量不高，慢性病随访记录不完整",
    "脱贫劳动力外出务工规模出现下降，公益性岗位管理不规范",
    "扶贫项目资产底数不清，部分经营性资产收益分配不及时",
    "易地搬迁安置点后续扶持力度不足，产业配套跟进缓慢",
    "衔接推进乡村振兴补助资金支出进度偏慢，个别项目前期工作不扎实",
    "农村人居环境整治成果不稳固，生活污水治理设施“建而不用”",
)
ACTIONS = (
    "制定工作方案，明确责任分工和完成时限，逐村逐户开展全面排查，建立问题清单、任务清单和责任清单，实行销号管理。",
    "开展行业部门数据比对，每月推送预警信息，由乡镇（街道）组织入户核实，对符合条件的及时纳入监测并落实帮扶措施。",
    "组织业务培训不少于2期，覆盖县、乡、村三级工作人员；编印政策口袋书，提高一线干部政策掌握水平。",
    "健全长效机制，完善管护制度，落实管护人员和管护经费，强化日常巡查和群众监督，公布投诉电话。",
    "开展专项督查，对整改不力、进展缓慢的单位进行通报，对弄虚作假的依规依纪严肃处理——决不搞“纸面整改”。",
)
STATES = (
    ("CLOSED", "已销号", "NONE", ""),
    ("RECTIFYING", "整改中", "GREEN", "绿灯"),
    ("RECTIFYING", "整改中", "YELLOW", "黄灯"),
    ("SUBMITTED", "待核查", "GREEN", "绿灯"),
    ("RECTIFYING", "整改中", "RED", "红灯"),
    ("VERIFIED", "待销号", "GREEN", "绿灯"),
)
NUMERALS = "一二三四五六七八九"
LEVELS = (("PROVINCE", "省级"), ("COUNTY", "县级"))
PROGRESS = (
    "已完成第二轮排查，共入户1,286户，新纳入监测对象12户37人，均已明确帮扶联系人。",
    "设备采购合同已签订，预计12月上旬完成安装调试；期间由县水务局安排应急供水车保障用水。",
    "已印发工作方案并召开调度会，14个单位报送进度，正在汇总。",
    "",
)


def ledger():
    rows = []
    for number in range(40):
        problem = number // 5 if number < 38 else 8
        state, state_label, light, light_label = STATES[number % len(STATES)]
        rows.append(
            {
                "problem_label": f"({NUMERALS[problem]})",
                "problem_text": PROBLEMS[problem],
                "number": f"({number - 38 + 1 if problem == 8 else number % 5 + 1})",
                "measure": ACTIONS[number % 5],
                "lead_units": [UNITS[number % 10]],
                "responsible_units": list(UNITS[10:]) if number % 3 else [UNITS[(number + 3) % 10], UNITS[7]],
                "deadline_text": "2026年12月31日前取得阶段性成效，长期坚持"
                if number % 2
                else "2026年11月30日前",
                "checkpoints": [{"due_on": "2026-12-31", "original_due_on": "2026-12-31", "met_on": None}],
                "long_term": bool(number % 2),
                "state": state,
                "state_label": state_label,
                "light": light,
                "light_label": light_label,
                "overdue": light == "RED",
                "progress": PROGRESS[number % 4],
                "source_level": LEVELS[problem % 2][0],
                "claimed": number % 9 != 1,
                "follow_up": state == "CLOSED" and bool(number % 2),
                "acting_units": [UNITS[number % 10]],
            }
        )
    return rows


def texts():
    progress = [
        {
            "problem": f"({NUMERALS[n]})",
            "heading": PROBLEMS[n],
            "text": "\n".join(
                (
                    f"牵头单位{UNITS[n]}会同有关乡镇（街道）开展排查，召开专题会议3次，完成阶段性任务。"
                    "对照整改方案逐项细化措施，建立“周调度、月通报”机制，确保整改事项按期销号。",
                    "截至11月20日，累计完成投资286.5万元，占年度计划的71.6%；群众满意度回访96户，满意率98.9%。",
                )
            ),
        }
        for n in range(9)
    ]
    difficulties = [
        {
            "problem": "(二)",
            "heading": PROBLEMS[1],
            "text": "净化消毒设备到货推迟，石桥乡2个供水点年内完成改造存在困难。",
            "units": ["县水务局", "石桥乡党委、政府"],
        },
        {
            "problem": "(八)",
            "heading": PROBLEMS[7],
            "text": "部分项目招标流标一次，支出进度落后于序时进度8.3个百分点……需要重新组织。",
            "units": ["县财政局"],
        },
    ]
    next_steps = [
        {
            "problem": "(二)",
            "heading": PROBLEMS[1],
            "text": "12月20日前完成水质检测。",
            "units": [],
        },
        {"problem": "(八)", "heading": PROBLEMS[7], "text": "建立项目推进专班，实行每周调度。", "units": []},
    ]
    opening = (
        "按照《清河县考核评估反馈问题整改工作方案》要求，县领导小组办公室对11月份整改工作进行了调度。"
        "全县共承担整改措施40项，涉及牵头单位10个、责任单位14个。\n现将有关情况报告如下。"
    )
    return {"opening": opening, "progress": progress, "difficulties": difficulties, "next_steps": next_steps}


def _figure(key, label, part, whole, formula):
    percent = f"{part / whole * 100:.1f}" if whole else None
    return {"key": key, "label": label, "part": part, "whole": whole, "percent": percent, "formula": formula}


FIGURES = [
    _figure("closed_out", "已销号", 7, 40, "已销号措施数÷已交办措施数"),
    _figure("completed", "已完成", 13, 40, "各时限节点均已完成并经确认的措施数÷已交办措施数"),
    _figure("on_schedule", "达到序时进度", 34, 40, "截至本月应完成节点均已完成的措施数÷已交办措施数"),
    _figure("overdue", "逾期", 6, 40, "有节点到期未完成的措施数÷已交办措施数"),
    _figure("on_time", "按期完成率", 0, 0, "按原定时限完成的节点数÷原定时限已到的节点数"),
]


def part(rows):
    """What a report counts of some rows of the ledger; of the checkpoints, none was due yet."""
    count = lambda test: sum(1 for row in rows if test(row))  # noqa: E731
    overdue = count(lambda row: row["overdue"])
    return {
        "measures": len(rows),
        "claimed": count(lambda row: row["claimed"]),
        "on_schedule": len(rows) - overdue,
        "behind": overdue,
        "completed": count(lambda row: row["state"] in ("CLOSED", "VERIFIED")),
        "closed_out": count(lambda row: row["state"] == "CLOSED"),
        "in_follow_up": count(lambda row: row["follow_up"]),
        "overdue": overdue,
        "overdue_on_original": overdue,
        "extended": 0,
        "born_overdue": 0,
        "on_time": 0,
        "steps_due": 0,
    }


def parts():
    """The ledger by problem and by level, and the figures beside those of the month before."""
    rows = ledger()
    return {
        "by_problem": [
            {
                "problem": f"({NUMERALS[n]})",
                "heading": PROBLEMS[n],
                "problem_id": n + 1,
                **part([row for row in rows if row["problem_text"] == PROBLEMS[n]]),
            }
            for n in range(9)
        ],
        "by_source_level": [
            {
                "source_level": level,
                "label": label,
                **part([row for row in rows if row["source_level"] == level]),
            }
            for level, label in LEVELS
        ],
        "month_on_month": {
            "month": "2026-10",
            "as_of": "2026-10-22",
            "rows": month_on_month(
                FIGURES,
                [
                    _figure(row["key"], row["label"], max(row["part"] - 2 + at, 0), row["whole"], "")
                    for at, row in enumerate(FIGURES)
                ],
            ),
        },
    }


def snapshot():
    """A fresh snapshot each time, so that a test may change its own."""
    filings = [
        {
            "unit": unit,
            "status": ("ON_TIME", "ON_TIME", "LATE", "ON_TIME", "MISSING")[n % 5],
            "filed_at": None if n % 5 == 4 else f"2026-11-{8 + (n % 5 == 2) * 4:02d}T09:{10 + n}:00+08:00",
            "drafted_by": "" if n % 5 == 4 else "张文静",
            "approved_by": "" if n % 5 == 4 else "李建国",
        }
        for n, unit in enumerate(UNITS)
    ]
    by_unit = [
        {
            **part([]),
            "unit": unit,
            "unit_id": n + 1,
            "measures": 4 + n * 5 % 7,
            "closed_out": n % 4,
            "completed": n % 4 + 1,
            "on_schedule": 3 + n % 4,
            "overdue": n % 3 % 2,
            "filing": filings[n]["status"],
        }
        for n, unit in enumerate(UNITS)
    ]
    return copy.deepcopy(
        {
            "schema": "xiaohao.monthly-report/2",
            "as_of": "2026-11-22",
            "office": {"code": "qinghe", "name": OFFICE, "leading_group": OFFICE.removesuffix("办公室")},
            "addressees": "县委、县人民政府，县领导小组",
            "plan": {
                "title": "清河县考核评估反馈问题整改工作方案",
                "document_number": "清整改办〔2026〕3号",
                "issued_on": "2026-05-20",
                "problems": 9,
                "measures": 40,
            },
            "period": {
                "month": "2026-11",
                "number": 6,
                "opens_at": "2026-11-01T00:00:00+08:00",
                "due_at": "2026-11-10T23:59:59+08:00",
            },
            "revision": 1,
            "replaces": None,
            "title": "清河县2025年度巩固拓展脱贫攻坚成果同乡村振兴有效衔接考核评估反馈问题整改工作2026年11月情况报告",
            "texts": texts(),
            "figures": FIGURES,
            "by_unit": by_unit,
            **parts(),
            "filings": filings,
            "ledger": ledger(),
        }
    )


def long_report(rows):
    """The sample with a ledger of so many rows, none of whose pages is like another."""
    data = snapshot()
    month = data["ledger"]
    data["ledger"] = [
        {
            **month[n % len(month)],
            "problem_text": f"第{n // len(month) + 1}批：{month[n % len(month)]['problem_text']}",
            "progress": month[n % len(month)]["progress"] * (1 + n % 3),
        }
        for n in range(rows)
    ]
    return data


def issue(data=None):
    """What the issue adds to ``data`` (by default the sample itself)."""
    return {
        "document_number": "清整改办〔2026〕11号",
        "issued_on": "2026-11-22",
        "sign_off": OFFICE,
        "drafted_by": {"name": "王晓敏", "role": "OFFICE_CLERK", "at": "2026-11-20T16:02:11+08:00"},
        "reviewed_by": {"name": "赵志强", "role": "OFFICE_HEAD", "at": "2026-11-21T10:30:00+08:00"},
        "signed_by": {"name": "陈国平", "role": "LEADER", "at": "2026-11-22T09:05:00+08:00"},
        "copies_to": "县纪委监委机关，县委办公室，县人大常委会办公室，县政府办公室，县政协办公室，各乡镇（街道）",
        "data_digest": digest(canonical(data or snapshot())),
        "log": {"count": 812, "head": digest("the entry before")},
    }
