"""How people of the invented county write: texts made of a measure's own material, by a seeded random."""

import random

from workflows.demo.material import MATERIAL

TOWN_DID = (
    "召开镇村干部会议部署{topic}，把任务分解到{n}个村组，明确包村领导和联络员。",
    "配合牵头单位推进{topic}，本月组织入户走访{m}户，收集意见{k}条，已全部反馈。",
    "对照清单开展{topic}自查，发现问题{k}个，当场整改{j}个，其余限期办结。",
    "结合{topic}开展村级巡查{k}次，{n}个村按要求更新台账并公示。",
    "落实{topic}属地责任，安排专人跟踪，本月完成{m}项资料核对。",
    "在赶集日设点宣传{topic}有关政策，发放明白纸{m}份，现场答复群众提问{k}条。",
)
TOWN_HARD = (
    "", "", "", "村级工作人员少，集中填报时段压力较大。", "部分农户外出，入户核实需要预约。",
    "山区村组交通不便，进度慢于集镇周边。",
)  # fmt: skip
TOWN_NEXT = (
    "继续配合牵头单位做好下阶段工作。", "下月对已整改点位开展回访。", "组织村与村之间交叉检查，查漏补缺。",
    "及时更新台账，按时报送进展。",
)  # fmt: skip
OFFICE_DID = (
    "按照职责分工配合推进{topic}，派员参加联合检查{j}次，提出意见{k}条，均已采纳。",
    "与牵头单位会商{topic}有关事项，核对数据{m}条，补充提供资料{k}份。",
    "为{topic}提供政策和业务支持，现场指导乡镇{j}个，答复咨询{k}件。",
    "梳理本部门承担的{topic}任务，明确责任科室和完成时间，已办结{j}项。",
)
OFFICE_HARD = (
    "",
    "",
    "",
    "",
    "涉及部门较多，数据口径需要进一步统一。",
    "经办人员兼职较多，现场核查时间难以保证。",
)
OFFICE_NEXT = (
    "按牵头单位安排继续做好配合工作。",
    "下月参加联合核查，及时反馈情况。",
    "完善信息共享，减少重复报送。",
)

SHARES = (0.18, 0.42, 0.66, 0.81, 0.9)  # how much is done in the first, second … month
FINDINGS_SITE = (
    "现场查看{topic}点位{j}处，核对台账与实物一致，随机走访群众{k}户，均反映情况属实。整改措施已落实，同意通过核查。",
    "赴现场抽查{topic}完成情况，抽取样本{k}个，全部符合要求；佐证照片拍摄时间、地点与台账相符，同意通过核查。",
)
FINDINGS_PAPER = (
    "调阅{topic}相关文件、台账和影像资料共{k}份，内容完整、签字齐全，统计数据与月报一致，同意通过核查。",
    "对{topic}提交的佐证材料逐份审阅，抽查原始凭证{k}份，未发现数据不实情况，同意通过核查。",
)
RETURN_REASON = (
    "现场抽查3栋加固房屋，未见第三方检测报告；其中1栋一层经营场所有恢复营业迹象。"
    "请补做检测、核实停用措施后重新申请核查。"
)
FILING_RETURN = "第{number}项只写“正常推进”，没有本月具体做法和数量，请补充后重新报送。"
REPORT_REFUSED = "进展部分个别单位只写会议部署，请核实后补充实际完成数量，逾期措施要写明原因。"
REPORT_ANSWER = "对进度偏慢的措施，已逐项核实完成数量、说明原因，并明确下步完成时间。"
CASE_WORDS = {
    "good": "主要负责同志每周调度，把任务分解到股室和村（社区），问题当周销账，提前完成了阶段任务。",
    "bad": "工作部署多、具体推动少，经提醒仍未拿出可行的推进计划，要认真反思、限期整改。",
}
BULLETIN_ANSWER = (
    "我单位诚恳接受通报。主要原因是前期手续办理滞后。已倒排工期，明确专人负责，于下期报送时限前完成。"
)
REQUEST_SENT_BACK = "现场照片未体现整改前后对比，请补充说明后再报。"
UNCLAIMED = "任务分工正在内部研究，尚未完成认领。"
WAITING = "整改任务已完成，佐证材料已报送，等待核查销号。"
CLOSED = "已通过核查并销号，按要求做好巩固提升。"
ROUTINE = "按既定安排推进，本月无新增完成数量，已督促责任科室加快进度。"


def lead_entry(number, step, rng, *, unit="", finished=False, ends=False):
    """{progress, difficulties, next_steps} of a lead unit in its ``step``-th month (from 0).

    A measure that ``ends`` keeps its last sentence for the month in which it is ``finished``.
    """
    own = MATERIAL.get(number + unit) or MATERIAL[number]
    last = len(own.did) - 1
    did = own.did[last if finished else min(step, max(0, last - ends))]
    if finished:
        total = f"目前累计{own.work}{own.total}{own.unit}，任务全部完成。"
    else:
        pace = random.Random(number + unit).uniform(0.7, 1.1)  # some are quick, some slow, and stay so
        share = SHARES[min(step, len(SHARES) - 1)] * pace * rng.uniform(0.97, 1.03)
        count = max(1, min(own.total - 1, round(own.total * share)))
        opener = rng.choice(("截至目前，累计", "到本期填报时，已", "累计"))
        total = f"{opener}{own.work}{count}{own.unit}，占总数{own.total}{own.unit}的{count / own.total:.0%}。"
    hard = own.hard[step % len(own.hard)] if own.hard and not finished and rng.random() < 0.45 else ""
    return {
        "progress": did + total,
        "difficulties": hard,
        "next_steps": own.next[step % len(own.next)] if own.next and not finished else "",
    }


def helper_entry(number, rng, *, town):
    """{progress, difficulties, next_steps} of a responsible unit in any month."""
    did, hard, after = (TOWN_DID, TOWN_HARD, TOWN_NEXT) if town else (OFFICE_DID, OFFICE_HARD, OFFICE_NEXT)
    return {
        "progress": _filled(rng.choice(did), number, rng),
        "difficulties": rng.choice(hard),
        "next_steps": rng.choice(after),
    }


def findings(number, rng, *, on_site):
    return _filled(rng.choice(FINDINGS_SITE if on_site else FINDINGS_PAPER), number, rng)


def _filled(text, number, rng):
    numbers = {
        "n": rng.randint(4, 16),
        "m": rng.randint(18, 95),
        "k": rng.randint(5, 14),
        "j": rng.randint(2, 5),
    }
    return text.format(topic=MATERIAL[number].topic, **numbers)
