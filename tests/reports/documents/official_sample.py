"""Frozen papers of 清河县, an invented county: one of each kind, as ``workflows.contents`` would write them."""

from reports.documents.official import SCHEMA
from reports.proof import digest
from tests.reports.documents.sample import OFFICE

MEASURE = {
    "number": "(二)(1)",
    "problem_label": "(二)",
    "problem": "农村饮水安全保障存在薄弱环节，个别水厂净化消毒设施运行不正常",
    "text": "对全县12座农村水厂的净化消毒设施逐一排查，2026年11月底前更换老化设备，建立运行台账，落实专人管护。",
    "goal": "农村水厂净化消毒设施正常运行率达到100%。",
    "plan": {"title": "清河县考核评估反馈问题整改工作方案", "document_number": "清整改办〔2026〕3号"},
    "important": False,
    "long_term": True,
    "deadline_text": "2026年11月30日前，长期坚持",
    "lead_units": ["县水务局", "县农业农村局"],
    "responsible_units": ["清源镇党委、政府", "柳林镇党委、政府", "石桥乡党委、政府"],
    "checkpoints": [
        {"original_due_on": "2026-08-31", "due_on": "2026-08-31", "met_on": "2026-08-26"},
        {"original_due_on": "2026-10-31", "due_on": "2026-11-30", "met_on": "2026-11-18"},
    ],
}
SIGN_OFFS = [
    {
        "kind": "REQUEST",
        "unit": "县水务局",
        "person": "李文波",
        "at": "2026-11-18T09:12:00+08:00",
        "note": "",
    },
    {"kind": "SUBMIT", "unit": "县水务局", "person": "赵长河", "at": "2026-11-18T15:40:00+08:00", "note": ""},
]
VERIFICATION = {
    "attempt": 1,
    "unit": "县领导小组办公室",
    "verifier": "林晓",
    "method": "SITE",
    "visited_on": "2026-11-20",
    "findings": "现场查看清源、柳林、石桥3座水厂，消毒设备均已更换并正常运行，台账齐全；抽检末梢水样6份，均合格。",
    "at": "2026-11-20T17:05:00+08:00",
}
EVIDENCE = [
    {"name": name, "sha256": digest(name)}
    for name in (
        "水厂设备更换验收单.pdf",
        "消毒设备运行台账（2026年9—11月）.xlsx",
        "石桥乡水厂整改前后对比照片.jpg",
    )
]
ROUND = {
    "number": 1,
    "attempt": 1,
    "closed_at": "2026-11-22T10:30:00+08:00",
    "closed_by": "王建国",
    "note": "",
}


def snapshot(kind, content, *, number="", issuer=OFFICE, day="2026-11-22", copies="", **more):
    return {
        "schema": SCHEMA,
        "kind": kind,
        "revision": 1,
        "office": {"code": "qinghe", "name": OFFICE},
        "issuer": issuer,
        "document_number": number,
        "issued_on": day,
        "log": {"count": 812, "head": digest("the entry before")},
        "style": {
            "mark": issuer,
            "sign_off": issuer,
            "sealed": True,
            "copies_to": copies,
            "printed_by": issuer,
        },
        "made_by": {"name": "林晓", "at": "2026-11-22T11:00:00+08:00"},
        "content": content,
        **more,
    }


def close_out(**changes):
    content = {
        "measure": MEASURE,
        "round": ROUND,
        "sign_offs": SIGN_OFFS,
        "verification": VERIFICATION,
        "evidence": EVIDENCE,
        "public_notice": None,
        "follow_up_months": 3,
        **changes,
    }
    return snapshot("CLOSE_OUT", content, number="清整改办销号〔2026〕5号")


def verification(**changes):
    content = {
        "measure": MEASURE,
        "round": {"number": 1},
        "verification": VERIFICATION,
        "sign_offs": SIGN_OFFS,
        "evidence": EVIDENCE,
        "returned": None,
        **changes,
    }
    return snapshot("VERIFICATION", content)


def extension(**changes):
    box = {"needed": True, "by": "", "at": None, "note": "", "agreed": True}
    content = {
        "measure": MEASURE,
        "unit": "县水务局",
        "number": 1,
        "late": False,
        "state": "GRANTED",
        "original_due_on": "2026-10-31",
        "old_due_on": "2026-10-31",
        "new_due_on": "2026-11-30",
        "days": 30,
        "reason": "净化消毒设备由厂家统一生产，因汛期道路中断推迟到货，石桥乡2个供水点无法按期完成安装调试。",
        "interim_measures": "安排应急供水车每日送水，每周检测一次水质并公示结果。",
        "requested_by": "李文波",
        "requested_at": "2026-10-12T09:00:00+08:00",
        "granted_before": 0,
        "opinions": {
            "unit_head": {**box, "by": "赵长河", "at": "2026-10-12T16:00:00+08:00"},
            "office_head": {
                **box,
                "by": "王建国",
                "at": "2026-10-14T10:20:00+08:00",
                "note": "同意，按周报告进度。",
            },
            "leader": {**box, "needed": False},
        },
        **changes,
    }
    return snapshot("EXTENSION", content)


def instrument(kind="ORDER", **changes):
    content = {
        "kind": kind,
        "number": "清整改办督办〔2026〕7号",
        "addressee": "县财政局",
        "copies": ["领导小组领导"],
        "paragraphs": [
            "第（八）（2）项整改措施“加快衔接推进乡村振兴补助资金支出进度”应于2026年11月10日前完成，现已逾期12天。",
            "请你单位立即办理，并书面说明已做的工作、未按期完成的原因和完成时限。",
        ],
        "answer_due_on": "2026-11-29",
        **changes,
    }
    return snapshot("INSTRUMENT", content, number=content["number"], copies="，".join(content["copies"]))


def filing(**changes):
    row = {
        "number": "(二)(1)",
        "text": "对全县12座农村水厂的净化消毒设施逐一排查",
        "role": "LEAD",
        "progress": "设备采购合同已签订，9座水厂完成更换，占总数的75%；期间由县水务局安排应急供水车保障用水。",
        "difficulties": "石桥乡2个供水点道路中断，设备无法运抵。",
        "next_steps": "11月20日前完成剩余3座水厂的安装调试和水质检测。",
    }
    content = {
        "unit": "县水务局",
        "plan": MEASURE["plan"]["title"],
        "month": "2026-11",
        "rows": [
            row,
            {
                **row,
                "number": "(二)(3)",
                "text": "健全管护制度",
                "role": "RESPONSIBLE",
                "difficulties": "",
                "evidence": 2,
            },
        ],
        "drafted_by": "李文波",
        "approved_by": "赵长河",
        "filed_at": "2026-11-09T16:20:00+08:00",
        "punctuality": "ON_TIME",
        **changes,
    }
    return snapshot("FILING", content, issuer="县水务局", day="2026-11-09")


def reminder():
    text = "第（二）（4）项整改措施“落实水厂专人管护”应于2026年11月30日前完成，还剩8天。"
    number = "清整改办提醒〔2026〕42号"
    return instrument("REMINDER", number=number, copies=[], answer_due_on=None, paragraphs=[text])


ALL = {
    "close_out": close_out,
    "verification": verification,
    "extension": extension,
    "instrument": instrument,
    "reminder": reminder,
    "filing": filing,
}
