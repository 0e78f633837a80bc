"""Forms as rows of labelled cells: 销号单, 回执, 核查记录, 延期审批表, from frozen content."""

from typing import NamedTuple

from django.utils.safestring import SafeString

from reports.documents.text import chinese_date, clean_text, full_width, local_moment, paragraphs, typeset

METHODS = {"SITE": "现场核查", "PAPER": "书面核查"}
DEEDS = {"REQUEST": "申请核查", "SUBMIT": "审核同意", "RETURN": "退回整改", "SEND_BACK": "退回经办人"}
OUTCOMES = {"REQUESTED": "待审核", "APPROVED": "待审批", "SIGNING": "待审批", "LAPSED": "申请失效"}
CADENCES = {1: "每月", 3: "每季度", 6: "每半年", 12: "每年"}
NONE = "—"


def cadence(months) -> str:
    return CADENCES.get(months, f"每{months}个月")


class Cell(NamedTuple):
    """``sign``: who put their name to it and when, right below the text. ``look``: a class in the style sheet."""

    label: str
    lines: list[SafeString]
    sign: str = ""
    look: str = ""


def cell(label, text, *, sign="", look="") -> Cell:
    return Cell(label, paragraphs(str(text)) or [typeset(NONE)], clean_text(sign), look)


def evidence(rows) -> list[dict]:
    """The files with their digests, counted."""
    return [
        {"number": at, "name": typeset(row["name"]), "sha256": row["sha256"]}
        for at, row in enumerate(rows, 1)
    ]


def close_out(content) -> list[list[Cell]]:
    measure, last, check = content["measure"], content["round"], content["verification"]
    notice = content["public_notice"]
    rows = [
        [
            cell("措施编号", full_width(measure["number"])),
            cell(
                "销号等级", "重要措施（组长批准）" if measure["important"] else "一般措施（办公室负责人批准）"
            ),
        ],
        *_about(measure),
        [
            cell("牵头单位", "、".join(measure["lead_units"])),
            cell("责任单位", "、".join(measure["responsible_units"])),
        ],
        [cell("整改时限", _checkpoints(measure))],
        [
            cell("整改轮次", f"第{last['number']}轮，第{last['attempt']}次申请"),
            cell("销号日期", chinese_date(last["closed_at"])),
        ],
        [cell("申请和审核", "\n".join(map(_signed, content["sign_offs"])))],
        [_checked(check)] if check else [],
        [cell("公示", _notice(notice))] if notice else [],
        [
            cell(
                "销号批准",
                last["note"] or "同意销号。",
                sign=f"{last['closed_by']}　{local_moment(last['closed_at'])}",
            )
        ],
    ]
    if months := content["follow_up_months"]:
        rows.append([cell("长期坚持", f"{cadence(months)}跟踪一次落实情况。")])
    return [row for row in rows if row]


def _about(measure):
    rows = [
        [cell("问题", f"{full_width(measure['problem_label'])}{measure['problem']}")],
        [cell("整改措施", measure["text"])],
    ]
    return [*rows, [cell("整改目标", measure["goal"])]] if measure["goal"] else rows


def _checkpoints(measure):
    """Each date of the plan, how it was moved, and when it was met; without any the plan's own words."""
    lines = []
    for row in measure["checkpoints"]:
        moved = row["due_on"] != row["original_due_on"]
        later = f"，延期至{chinese_date(row['due_on'])}" if moved else ""
        met = f"，{chinese_date(row['met_on'])}完成" if row["met_on"] else "，未完成"
        lines.append(f"原定{chinese_date(row['original_due_on'])}{later}{met}。")
    return "\n".join(lines) or measure["deadline_text"]


def _signed(row):
    note = f"（{row['note']}）" if row["note"] else ""
    void = "，后不再有效" if row.get("void") else ""  # its unit left, or its head sent it back
    return f"{local_moment(row['at'])}　{row['unit']}{row['person']}{DEEDS[row['kind']]}{note}{void}"


def _notice(notice):
    days = f"{chinese_date(notice['opened_on'])}至{chinese_date(notice['ends_on'])}"
    return (
        f"{days}在{notice['where']}公示。{notice['settlement'] or notice['objections'] or '期间未收到异议。'}"
    )


def _checked(check):
    text = (
        f"{check['unit']}于{chinese_date(check['visited_on'])}{METHODS[check['method']]}。{check['findings']}"
    )
    return cell("核查情况", text, sign=f"{check['verifier']}　{local_moment(check['at'])}")


def verification(content) -> list[list[Cell]]:
    measure, check = content["measure"], content["verification"]
    verdict = "符合销号条件，通过核查。"
    if returned := content["returned"]:
        verdict = f"核查后退回整改（{chinese_date(returned['at'])}）：{returned['note']}"
    return [
        [
            cell("措施编号", full_width(measure["number"])),
            cell("整改轮次", f"第{content['round']['number']}轮，第{check['attempt']}次申请"),
        ],
        *_about(measure),
        [
            cell("牵头单位", "、".join(measure["lead_units"])),
            cell("责任单位", "、".join(measure["responsible_units"])),
        ],
        [cell("整改时限", _checkpoints(measure))],
        [cell("申请核查", "\n".join(map(_signed, content["sign_offs"])))],
        [cell("核查方式", METHODS[check["method"]]), cell("核查日期", chinese_date(check["visited_on"]))],
        [cell("核查单位", check["unit"]), cell("核查人", check["verifier"])],
        [cell("核查情况", check["findings"], look="tall")],
        [cell("佐证材料", f"查看佐证材料{len(content['evidence'])}份，名称和摘要见下表。")],
        [cell("核查结论", verdict, sign=f"{check['verifier']}　{local_moment(check['at'])}")],
    ]


def extension(content) -> list[list[Cell]]:
    measure = content["measure"]
    return [
        [
            cell("措施编号", full_width(measure["number"])),
            cell("申请次数", f"第{content['number']}次{'（逾期后申请）' if content['late'] else ''}"),
        ],
        *_about(measure),
        [
            cell("原定时限", chinese_date(content["original_due_on"])),
            cell("现定时限", chinese_date(content["old_due_on"])),
        ],
        [
            cell("申请延至", chinese_date(content["new_due_on"])),
            cell("延长天数", f"{content['days']}天"),
        ],
        [
            cell(
                "延期理由",
                content["reason"],
                sign=f"经办人：{content['requested_by']}　{local_moment(content['requested_at'])}",
                look="tall",
            )
        ],
        [cell("延期期间\n保障措施", content["interim_measures"], look="tall")],
        *([_opinion(key, label, content)] for key, label in OPINIONS),
        [cell("办理结果", _outcome(content))],
    ]


OPINIONS = (
    ("unit_head", "申请单位\n负责人意见"),
    ("office_head", "办公室\n负责人意见"),
    ("leader", "组长（分管\n领导）意见"),
)


def _opinion(key, label, content):
    """A box that waits for a signature stays empty; one that this request does not need says so."""
    opinion = content["opinions"][key]
    if opinion["needed"] and not opinion["by"]:
        return Cell(label, [], look="tall")
    if not opinion["needed"]:
        by_head = key == "leader" and not content["granted_before"]
        return cell(label, "首次延期，由办公室负责人审批。" if by_head else NONE)
    text = opinion["note"] or ("同意。" if opinion["agreed"] else "不同意。")
    return cell(label, text, sign=f"{opinion['by']}　{local_moment(opinion['at'])}", look="tall")


def _outcome(content):
    if content["state"] == "GRANTED":
        return f"准予延期至{chinese_date(content['new_due_on'])}，原定时限不变。"
    if content["state"] == "REFUSED":
        return f"不予延期，仍按{chinese_date(content['old_due_on'])}的时限执行。"
    return OUTCOMES[content["state"]]


def receipt(content, title) -> list[list[Cell]]:
    """The slip that comes back, to be filled in by hand where nobody answers here."""
    return [
        [cell("来文名称", title), cell("来文字号", content["number"])],
        [cell("收文单位", content["addressee"]), cell("答复期限", chinese_date(content["answer_due_on"]))],
        [Cell("签收人", []), Cell("签收时间", [])],
        [Cell("答复意见", [], look="answer")],
        [Cell("单位负责人\n（盖章）", [], look="tall")],
    ]
