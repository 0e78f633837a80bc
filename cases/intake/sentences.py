"""Units named outside of any clause: as the subject of a sentence, or once for all measures in a rule."""

import re
from dataclasses import replace

from .blocks import LABEL
from .clauses import read_deadlines, spoken_clause
from .dates import read_deadline
from .names import split_names
from .proposal import ReadUnit
from .words import ROLES

END = (
    r"局|委|办|办公室|厅|部|镇|乡|街道|镇街|乡镇|中心|政府|公司|集团|法院|检察院|办事处|管委会|委员会|党委|党工委"
    r"|机构|企业|联合会|工会|大队|支队|学校|医院|银行"
)
VERB = (
    r"总?牵头(?!单位|部门|人|领导)|主办|负责(?!人|同志|制|的)|会同|联合(?!会|体|社)|配合(?!度)|协助|协办|参与|承办"
    r"|承担|要(?!求|点|素|件|害|闻|道)|应(?!急|用|对|收|届)|须(?!知)|需(?!求)"
)
ACTION = r"开展|加强|建立|制定|做好|推进|完善|加快|研究|共同|对(?!外)|在|于|按|出台|落实|完成|及时|定期|每|全面|抓好"
NAME = re.compile(
    rf"(?P<name>[^、,。;:()\n]{{1,18}}?(?:{END}))(?P<etc>等(?:有关|相关)?(?:部门|单位)?)?"
    rf"(?=[、和与及]|以及|{VERB}|[,。;:\n]|$)"
)
PARTNER = re.compile(NAME.pattern.replace(VERB, f"{VERB}|{ACTION}"))
SEPARATOR = re.compile(r"、|和|与|以及|及")
WITH = re.compile(r"会同|联合")
ROLE = re.compile(rf"(?:要|应当?|须|需要?)?(?:具体)?(?:负责)?(?P<lead>总?牵头)|{VERB}")
PLACED = re.compile(
    r"各|[省市州盟县区旗镇乡](?!域|场(?!监)|民(?!政|宗|族)|级|内|外)|[\u4e00-\u9fff]{1,4}[省市州县区旗镇乡街]"
)
NO_NAME = re.compile(
    r"[的了将把以为]|[干全内外]部$|[布格大结开全破定]局$|[常]委$|大厅$|[城家]乡$|城镇$|^全|^各(?:级|有关|相关)?(?:党委|部门|单位|政府)?$"
    r"|加强|加快|推[进动](?!办|中心|局)|落实|完善|建立|健全|开展|强化|督促|指导|要求|做好|确保|提[高升]|严格|坚持"
    r"|压实|明确|引导|鼓励|协调(?!办|局|中心)|通过|按照|根据|依托|围绕|由|发现|反馈"
)
SENTENCE = re.compile(r"[^。;\n]+")
FOR_ALL = re.compile(
    r"(?P<where>以下|下列|以上|上述)?(?:各项|所有|全部)?(?:整改|重点|具体)?(?:任务|措施|事项|工作|举措)?,?"
    r"(?:均|都)(?:需要?|须|应当?|要|由){1,2}(?P<who>[^。;\n]{2,80}?)(?:分别|共同|具体|抓好|按(?:照)?职责(?:分工)?)?"
    r"(?:组织|贯彻|抓好)?(?:落实|负责|配合|参与|实施|承担)(?:落实|实施|完成)?"
    r"[,;]?(?:文中|文内|表中|后文|下文|以下)?(?:不再|不)(?:一一|逐一|逐项|逐条|另行|单独|重复)?(?:列出|列明|列示|列举|标注|注明)"
)
# 以下措施除注明外,均由县水务局牵头,各乡镇配合,2024年6月底前完成
DEFAULT = re.compile(
    r"(?:(?:以[下上]|[上下][述列]|本方案|所有|各项|全部)[^。;\n]{0,16}?(?:除[^。;\n]{0,16}?外[^。;,\n]{0,4},?|,)?(?:均|都|统一|一律)"
    r"|除[^。;\n]{0,16}?(?:注明|明确|说明|标注|规定|另有)[^。;\n]{0,6}?外[^。;,\n]{0,8},?(?:均|都|统一|一律|其余[^。;,\n]{0,6}?)?"
    r"|[未没][有经]?(?:单独|另行|特别|具体)?(?:注明|明确|标注|列明|标明)[^。;,\n]{0,10}?的?,?(?:均|都|统一|一律)?)"
    r"由(?P<who>[^。;\n]{3,160}?)(?=[。;\n]|$)"
)
NAMED_DEFAULT = re.compile(
    rf"(?:(?P<lead>{ROLES['lead']})|(?P<responsible>{ROLES['responsible']})|(?P<time>{ROLES['deadline']}))"
    r"(?:均|都|统一|一律)(?:要求)?[为是:](?P<value>[^。;,()\n]{2,80})"
)


def units_in_sentences(text, folded, start, end, known=frozenset()):
    """Return (lead, responsible, open_ended, passages) of the sentences that open with units and their duty.

    Nobody is guessed: a name has the end of a body and its place in front (or a clause prints it too: ``known``),
    and only 牵头 makes a lead.
    """
    found = _Found(text, folded, known)
    for sentence in SENTENCE.finditer(folded, start, end):
        begin = sentence.start()
        while begin < sentence.end() and folded[begin].isspace():
            begin += 1
        label = LABEL.match(folded, begin, sentence.end())
        found.sentence(label.end() if label else begin, sentence.end(), is_item=sentence.start() == start)
    return found


class _Found:
    def __init__(self, text, folded, known):
        self.text, self.folded, self.known = text, folded, known
        self.lead, self.responsible, self.open_ended, self.passages = [], [], False, []

    def sentence(self, start, end, is_item):
        """Read the parts of a sentence, where the first is one: 县水务局牵头,县财政局要配合."""
        begin, last = start, None
        while begin < end:
            if (stop := self._part(begin, end, opens=begin == start and is_item)) is not None:
                last = stop
            elif last is None:
                return
            comma = self.folded.find(",", stop or begin, end)
            begin = comma + 1 if comma >= 0 else end
        if last is not None:
            self.passages.append((start, last))

    def _part(self, at, end, opens):
        """Read "县水务局、县财政局负责" and what 会同 adds to it; return where it ends, None where it is no duty.

        At the beginning of an item (``opens``) the units may stand before a colon: 1.县水务局：清理河道。
        """
        prefix = WITH.match(self.folded, at, end)
        if prefix:
            return self._partners(prefix.end(), end)
        at += self.folded.startswith("由", at, end)
        units, at = self._names(NAME, at, end)
        if units and opens and self.folded.startswith(":", at):
            self._add(self.responsible, units)
            return at
        duty = ROLE.match(self.folded, at, end) if units else None
        if duty is None:
            return None
        self._add(self.lead if duty["lead"] else self.responsible, units)
        for stop in (at, duty.end()):
            if partner := WITH.match(self.folded, stop, end):
                return self._partners(partner.end(), end) or duty.end()
        return duty.end()

    def _partners(self, at, end):
        units, at = self._names(PARTNER, at, end)
        self._add(self.responsible, units)
        return at if units else None

    def _names(self, pattern, at, end):
        units = []
        while match := pattern.match(self.folded, at, end):
            if not self._is_unit(match["name"]):
                return [], at
            units.append(ReadUnit(self.text[at : match.end("name")], at, match.end("name")))
            self.open_ended |= bool(match["etc"])
            at = match.end()
            separator = SEPARATOR.match(self.folded, at, end)
            if not separator:
                break
            at = separator.end()
        return units, at

    def _is_unit(self, name):
        return name in self.known or bool(PLACED.match(name) and not NO_NAME.search(name))

    def _add(self, role, units):
        names = {unit.printed for unit in self.lead + self.responsible}
        role += [unit for unit in units if unit.printed not in names]


def add_rules(proposal, folded):
    """Apply what is said once for many measures; return the passages of such rules."""
    return (
        add_rule_for_all(proposal, folded)
        + add_defaults(proposal, folded)
        + add_named_defaults(proposal, folded)
    )


def add_defaults(proposal, folded):
    """Give 以下措施除注明外均由县水务局牵头 to the measures whose own clause does not say it; return the passages."""
    passages = []
    year = proposal.issued_on.year if proposal.issued_on else None
    for match in DEFAULT.finditer(folded):
        clause = spoken_clause(proposal.text, folded, *match.span("who"))
        if clause is None or any(one.start <= match.start() < one.end for one in proposal.measures):
            continue
        times = read_deadlines(clause, proposal.text, folded, year, proposal.issued_on)
        for measure in proposal.measures:
            if not measure.lead_units and not measure.responsible_units:
                measure.lead_units = [_by_rule(unit) for unit in clause.lead]
                measure.responsible_units = [_by_rule(unit) for unit in clause.responsible]
                measure.open_ended = clause.open_ended
                measure.doubts = [
                    code for code in measure.doubts if code not in ("no_clause", "by_numbering")
                ]
            if times and not measure.deadline_text:
                measure.deadline_text = " | ".join(
                    proposal.text[start:end] for start, end in clause.deadlines
                )
                measure.checkpoints = [_by_rule(day) for time in times for day in time.dates]
                measure.long_term = any(time.long_term for time in times)
        passages.append(match.span())
    return passages


def add_named_defaults(proposal, folded):
    """Give 牵头单位均为县水务局, 完成时限均为2023年6月底前 to the measures that say nothing else."""
    passages = []
    year = proposal.issued_on.year if proposal.issued_on else None
    for match in NAMED_DEFAULT.finditer(folded):
        if any(one.start <= match.start() < one.end for one in proposal.measures):
            continue
        start, end = match.span("value")
        names = split_names(proposal.text, folded, start, end)
        time = read_deadline(
            proposal.text, start, end, year=year, folded=folded, issued_on=proposal.issued_on
        )
        for measure in proposal.measures:
            if match["time"] and not measure.deadline_text:
                measure.deadline_text = proposal.text[start:end]
                measure.checkpoints = [_by_rule(day) for day in time.dates]
                measure.long_term = time.long_term
            elif match["lead"] and not measure.lead_units:
                measure.lead_units = [_by_rule(unit) for unit in names.units]
            elif match["responsible"] and not measure.responsible_units:
                measure.responsible_units = [_by_rule(unit) for unit in names.units]
        passages.append(match.span())
    return passages


def _by_rule(item):
    return replace(item, doubt="rule_for_all")


def add_rule_for_all(proposal, folded):
    """Add the units of 以下任务均需各乡镇落实，不再列出 to the measures; return the passages of such rules."""
    passages = []
    for match in FOR_ALL.finditer(folded):
        names = split_names(proposal.text, folded, *match.span("who"))
        for measure in proposal.measures if names.units else ():
            if match["where"] in ("以下", "下列") and measure.end <= match.start():
                continue
            if match["where"] in ("以上", "上述") and measure.start >= match.end():
                continue
            printed = {unit.printed for unit in measure.lead_units + measure.responsible_units}
            measure.responsible_units = measure.responsible_units + [
                ReadUnit(unit.printed, unit.start, unit.end, "rule_for_all")
                for unit in names.units
                if unit.printed not in printed
            ]
            measure.open_ended = measure.open_ended or names.open_ended
        passages += [match.span()] if names.units else []
    return passages
