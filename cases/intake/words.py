"""The words by which a plan's form is recognised. Nothing here names a place, a body or a document."""

import re

# Whose duty it is, printed before the word for the duty: 监管责任单位, 县级牵头单位
_WHOSE = "监管|行业|属地|主管|管理|包保|督促|技术|问题|任务|项目|措施|共同|[省市州县区镇]级|[省市县区]直|乡镇|街道|部门"
ROLES = {
    "lead": rf"(?:{_WHOSE})?(?:整改)?(?:总牵头|牵头|主办|主责)(?:责任)?(?:单位|部门|[科股处]室)(?:及责任单位)?|牵头",
    "responsible": (
        rf"(?:{_WHOSE})?(?:整改|主体|第一|直接|具体|落实)?(?:责任|配合|协办|参与|参加|协同|协助|落实|实施|整改|承办|支持|完成|执行)"
        r"(?:责任)?(?:单位|部门|主体|[科股处]室)|整改责任(?=\s{0,4}:)|配合"
    ),
    "people": (
        r"(?:整改)?(?:牵头|责任|分管|包抓|包保|联系|挂钩|督办|主要)(?:负责|责任)?(?:县|市|区|州)?(?:级)?领导"
        r"|(?:整改|第一|直接|具体)?(?:责任|负责|经办)人|(?:责任|县级|乡级|村级)?[河湖林田路街]长"
    ),
    "deadline": (
        r"(?:计划|预计|拟定?|承诺|要求)?(?:整改|整治|治理|完成|办结|工作|落实|销号|办理|处理|解决|任务|推进){0,2}(?:时限|期限)(?:要求)?"
        r"|(?:计划|预计|拟定?|承诺|要求)?(?:整改|整治|治理|完成|办结|销号){1,2}(?:日期|时间)(?:节点|要求)?"
        r"|(?:办理|处理|解决|落实)(?:完成)?(?:日期|时间)|时间(?:节点|要求|安排)|完成时间|整改时间"
    ),
    "other": (
        r"(?:验收|销号|督导|督办|核查|监督|审核)(?:责任)?(?:单位|部门|人)|监管(?:单位|部门)|整改(?:类型|类别|状态|情况|进展)"
        r"|联系(?:人|电话)|备注|序号|编号"
    ),
    "measures": (
        r"(?:整改落实|整改|具体|工作|主要|重点|整治|治理|办理|处理|落实|解决|推进|下步|下一步)?(?:工作)?(?:措施|举措|任务)"
        r"|(?<=\n)整改要求(?=\s{0,4}:)"
    ),
    "goal": r"(?:整改|工作|治理|总体|预期|年度|主要|具体|考核|任务)?(?:目标|指标)",
    "source": r"(?:问题|反馈)来源|来源",
    "detail": r"(?:存在|反馈|具体|主要|突出|整改)?(?:的)?问题(?:描述|表现|概述)|(?:主要|具体)表现",
    "problem": r"(?:存在|反馈|具体|主要|突出|整改|现状|当前|目前)?(?:的)?问题",
}
CLAUSE_ROLES = ("lead", "responsible", "people", "deadline", "other")

_ANY = "|".join(f"(?P<{role}>{pattern})" for role, pattern in ROLES.items())
_CLAUSE = "|".join(f"(?P<{role}>{ROLES[role]})" for role in CLAUSE_ROLES)
KEY = re.compile(rf"(?:{_ANY})(?:\s{{0,4}}:|[ ]{{1,4}}(?=\S))")
SPACED = re.compile(
    rf"(?:{_CLAUSE})(?<=[位门体限间室])[ ]{{1,4}}(?=[^\s:])"
)  # 责任单位 县水务局, as copied from a table
FIELD = re.compile(rf"(?:{_ANY})\s{{0,4}}:")
BOXED = re.compile(rf"\((?:{_ANY})\)\s{{0,4}}:?")  # 【整改措施】 as a heading
ALONE = re.compile(rf"(?:{_ANY})\s*(?=\n|$)")  # a heading without a colon

UNIT_END = re.compile(
    r"(?:局|委|办|部|厅|院|会|所|中心|公司|集团|政府|站|队|处|行|社|联|校|中学|小学|幼儿园|[林农]场|馆|团|署|台|组|党校|大学|单位|部门|企业"
    r"|党工委|党委|法院|检察院|街道|乡镇|镇|乡|县|区|市|州|旗|园区|开发区|村|支行|中支|室|政协|人大|基地)(?:\([^()]{1,20}\))?$"
)
LEAD_RULE = re.compile(r"(?:首位|第一[位个]?|排在?前|列在?前|居首|最前)[^。;\n]{0,12}为[^。;\n]{0,6}牵头")
OPEN_END = re.compile(
    r"等(?:[\d一二三四五六七八九十]{0,3}[个家])?(?:其他|有关|相关|各|级|市|县|区|州|省|直|职能|成员|责任|行业)*(?:部门|单位|地区|地)?(?:和单位)?$"
)
LONG_TERM = re.compile(r"长期|持续|常态|常抓|坚持")
AT_ONCE = re.compile(r"立行立改|即知即改|即行即改|边查边改|边整边改|立即|马上|随时")
IN_STAGES = re.compile(
    r"分(?:阶段|步|期|批|年度?|季度|类)|逐[步年月季]|按(?:月|季度?|年度?)|全年|适时|视情|同步推进"
)
# Chapters that speak about the work as a whole. Only asked where a document has no clause that decides.
GENERAL = re.compile(
    r"(?:总体|工作|整改|有关|相关)(?:要求|目标|原则|安排|思路)|指导思想|基本原则|组织(?:领导|保障|实施)|保障|加强领导|附则|步骤"
)
# A heading that says what is wrong, and one that says what to do about it.
FAULT = re.compile(
    r"问题|不(?!断|得|低于|少于|超过|忘|动产)|未(?!来|成年)|没有|缺[失乏少位]|滞后|薄弱|短板|弱项|差距|偏[低高差弱]|缓慢|违[规法反章]"
    r"|隐患|突出|反弹|超标|流于形式|走过场|松懈|短缺|漏洞|乏力"
)
ACTION = re.compile(
    r"(?:着力|重点|切实|深入|全面|坚决|持续|进一步|大力|依法|有效|加快|集中)?(?:解决|整治|整改|治理|消除|查处|清理|排查|开展|加强|推进|推动"
    r"|完善|强化|建立|健全|落实|严[格厉查]|打击|纠正|补齐|化解|防范|提升|规范|优化|实施|坚持|确保)"
)
PROBLEM_TITLE = re.compile(
    r"(?:反馈|指出|发现|通报|交办|查摆|检视)(?:的)?[^的\n]{0,12}?问题|问题[^\n]{0,8}(?:整改|整治|销号)"
)
PROBLEM_WORD = re.compile(r"问题|反馈|指出")
TASK_TITLE = re.compile(r"分工|实施意见|工作方案|实施方案|行动方案|行动计划|要点|(?:任务|责任)(?:清单|分解)")
PLAN_TITLE = re.compile(r"方案|意见|计划|清单|台账|分工|措施|任务|整改")


def role_of(name):
    """Return the role of a whole field or column name, None when it is not known."""
    for role, pattern in ROLES.items():
        if re.fullmatch(pattern, name):
            return role
    return None


def role_in(match):
    return match.lastgroup
