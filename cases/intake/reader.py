"""Clean text → Proposal: puts marks, tree, clauses and header together."""

import re
from dataclasses import replace

from . import blocks, clauses, grammar, outline
from .blocks import joined
from .dates import read_prose
from .fields import field_clauses, merge_rows, same_as_above
from .header import read_header
from .proposal import Proposal, ProposedMeasure, ProposedProblem
from .remarks import Remarks
from .reporting import read_reporting
from .sentences import add_rules, units_in_sentences
from .text import fold
from .words import FIELD, LEAD_RULE, PLAN_TITLE, PROBLEM_TITLE, PROBLEM_WORD, TASK_TITLE, role_in

SOURCE = re.compile(r"(?P<who>[^。:;\n]{2,60}?)(?:反馈|指出|发现|认为|通报)[^:。\n]{0,8}:")
SPOKEN = re.compile(
    r"[。;,](?:[此该本](?:项|类|条)?(?:工作|任务|措施|事项)?)?由([^。;\n]{2,120}?)(?=[。;\n]|$)"
)
FOUND_BY = re.compile(r"(?P<who>[^。:;,、\n]{2,30}?(?:组|部|委|局|办|院|厅|中心))(?:反馈|指出|发现|通报),")
# …底前完成,并长期坚持。 at the end of a sentence is said of the time, not of the work
GOES_ON = re.compile(
    r"\s?前[^,。;\n]{0,12}[,、]?(?:并|且)?(?:长期坚持|长期整改|持续坚持|持续推进|常态化推进)(?=\s*(?:[。;\n]|$))"
)
YEAR = re.compile(r"(?:19|20)\d\d|二[〇零○]")
SIGNATURE = re.compile(r"[日号]\s?(?:印发)?\)?$")
LEVELS = re.compile(r".{0,12}?(?:中央|国家|省|市|州|县|区|旗)对.{0,10}?(?:省|市|州|县|区|旗|乡镇|镇|乡)")


def read_text(text):
    """Return the proposal for a clean text; ``problems`` is empty where nothing was found."""
    folded = fold(text)
    lines = blocks.Lines(text, folded)
    root, found_clauses = _tree(text, lines)
    if rule := LEAD_RULE.search(folded):
        for clause in found_clauses:
            clause.lead_by_rule(single=rule.group().startswith("第一"))
    nodes = grammar.find_problems(root, folded)
    header = read_header(
        text, folded, nodes[0].start if nodes and nodes[0] is not root else _first(root), _first(root)
    )
    proposal = Proposal(text=text, reporting=read_reporting(text, folded), **header)
    if (
        not found_clauses
        and not any(node.marked for node in nodes)
        and not PLAN_TITLE.search(proposal.title or "")
    ):
        return proposal
    proposal.kind = "rectification_plan" if _rectifies(proposal, nodes, folded) else "task_assignment"
    doubts = _Reading(proposal, lines, nodes, _printed(found_clauses)).read()
    if found_clauses:
        doubts += [
            ("chapter_not_read", node.start, lines.end_of(node.start))
            for node in grammar.chapters_left(nodes, folded)
        ]
    doubts += [("rule_for_all", *passage) for passage in add_rules(proposal, folded)]
    Remarks(proposal, folded, found_clauses, doubts).collect()
    return proposal


def _printed(found_clauses):
    return frozenset(unit.printed for clause in found_clauses for unit in clause.lead + clause.responsible)


def _first(root):
    return root.children[0].start if root.children else root.end


def _rectifies(proposal, nodes, folded):
    """Whether the document is about problems: 整改 alone makes no plan of a division of tasks that names none."""
    title = proposal.title or ""
    if any(node.style == "problem" for node in nodes) or PROBLEM_TITLE.search(title):
        return True
    return "整改" in title and bool(not TASK_TITLE.search(title) or PROBLEM_WORD.search(folded))


def _tree(text, lines):
    folded = lines.folded

    def starts_item(at):
        at = blocks.SPACE.match(folded, at).end()
        field = FIELD.match(folded, at)
        return bool(blocks.LABEL.match(folded, at) or (field and role_in(field) not in clauses.CLAUSE_ROLES))

    brackets = clauses.find_brackets(lines, starts_item)
    found = clauses.bracket_clauses(text, lines, brackets)
    taken = [(clause.start, clause.end) for clause in found]
    fields = blocks.find_fields(lines, taken)
    labels = blocks.find_labels(lines, fields, taken)
    blocks.tasks_as_problems(lines, labels, fields)
    blocks.details_as_problems(lines, labels, fields)
    labels, fields = blocks.absorb(lines, labels, fields)
    blocks.announce_problems(labels, fields)
    stops = sorted([label.start for label in labels] + [clause.start for clause in found])
    found = merge_rows(found + field_clauses(text, lines, fields, stops), folded)
    found = same_as_above(found, folded)
    structure = [field for field in fields if field.role not in clauses.CLAUSE_ROLES]
    return outline.build(labels, structure, found, len(folded)), found


class _Reading:
    """Fills the problems and measures of a proposal from the nodes that are problems."""

    def __init__(self, proposal, lines, nodes, known):
        self.proposal, self.lines, self.nodes, self.known = proposal, lines, nodes, known
        self.text, self.folded = lines.text, lines.folded
        self.base_year = proposal.issued_on.year if proposal.issued_on else _year_in(proposal.title or "")
        self.last_year = None  # of the deadline before, for a document that has no other year
        self.doubts = []

    def read(self):
        """Fill the proposal; return the doubts that came up, as (code, start, end)."""
        habit = not any(node.counted > 1 for node in self.nodes)
        for node in self.nodes:
            drafts, own = grammar.measure_drafts(node, self.lines, shared_habit=habit)
            problem = self._problem(node, len(self.proposal.problems) + 1, drafts, own)
            self.proposal.problems.append(problem)
            problem.measures = [self._measure(draft, own) for draft in drafts]
        return self.doubts

    def _problem(self, node, count, drafts, own):
        units = [clause for clause in own if clause.has_units]
        text_end = self._text_end(node, drafts, own)
        words = [item for item in node.fields if item.role == "problem"]  # they only announce the text
        text = self._prose(self._text_start(node), text_end, [*own, *node.clauses, *words])
        return ProposedProblem(
            number=count,
            label=grammar.label_of(node, self.lines),
            kind=self._kind(node),
            text=(node.style == outline.ROOT and self.proposal.title) or text or self.proposal.title or "",
            start=node.start,
            end=node.end,
            sources=self._sources(node, text_end),
            goal=self._goal(node),
            lead_units=_units(units, "lead"),
            responsible_units=_units(units, "responsible"),
            raw_bracket=_raw(units, self.text),
        )

    def _text_start(self, node):
        """Leave out the word that only announces the text: (一)存在问题：…"""
        first = node.fields[0] if node.fields else None
        announced = first and first.start <= node.body_start + 2 and first.role in ("problem", "detail")
        return first.end if announced else node.body_start

    def _text_end(self, node, drafts, own):
        """The text of a problem ends where its goal, its measures or its clause begins."""
        ends = [node.end]
        ends += [item.start for item in node.fields if item.role in ("goal", "source")]
        ends += [child.start for child in node.children if child.style in (outline.MEASURES, "measure")]
        ends += [clause.start for clause in own if clause.start > node.body_start + 3]
        if drafts and drafts[0].start > node.start:
            ends.append(drafts[0].start)
        if not node.marked and node.children and drafts and node.style != outline.ROOT:
            ends.append(self._heading_end(node))
        return min(end for end in ends if end >= node.body_start) if ends else node.end

    def _heading_end(self, node):
        """Of a chapter that has only tasks the heading is the text, not the introduction below it."""
        line_end = self.lines.end_of(node.body_start)
        heading = self.folded[node.body_start : line_end].strip()
        return (
            line_end if heading and not heading.endswith(("。", "；")) and "。" not in heading else node.end
        )

    def _kind(self, node):
        if self.proposal.kind == "rectification_plan":
            return "problem"
        return "task" if node.marked or any(item.role == "goal" for item in node.fields) else "section"

    def _sources(self, node, end):
        sources = []
        if match := FOUND_BY.match(self.folded, self._text_start(node), end):
            sources.append(match["who"].strip())
        for match in SOURCE.finditer(self.folded, node.body_start, end):
            if self.folded[match.start() - 1] in "\n。 )、.:" or match.start() == node.body_start:
                level = LEVELS.match(match["who"])
                name = (level.group() if level else match["who"]).strip()
                if name not in sources:
                    sources.append(name)
        for item in node.fields:
            if item.role == "source":
                value = self.text[item.end : self.lines.end_of(item.end)].strip(" 。；;")
                sources += [value] if value else []
        return sources

    def _goal(self, node):
        for item in node.fields:
            if item.role == "goal":
                below = [child.start for child in node.children if child.start > item.start]
                ends = [node.end, *below, *(other.start for other in node.fields if other.start > item.start)]
                ends += [clause.start for clause in node.clauses if clause.start > item.start]
                return joined(self.text, item.end, min(ends)) or None
        return None

    def _measure(self, draft, own):
        found = draft.clauses
        units = [clause for clause in found if clause.has_units]
        passage_end = self._passage_end(draft, found, own)
        measure = ProposedMeasure(
            label=draft.label,
            text=self._prose(draft.body, passage_end, found),
            start=draft.start,
            end=passage_end,
            group_lead=draft.group_lead,
            goal=self._goal(draft.node) if draft.node.style != outline.MEASURES else None,
            raw_bracket=_raw(found, self.text),
        )
        inherited = draft.inherits or own
        self._fill_units(measure, units, [clause for clause in inherited if clause.has_units])
        spoken = None
        if not measure.lead_units and not measure.responsible_units:
            spoken = self._units_in_sentence(measure, draft.body)
        if not measure.lead_units and not measure.responsible_units:
            measure.doubts.append("no_clause" if self.known else "by_numbering")
        measure.people = _units(found, "people") or _units(inherited, "people")
        self._fill_deadline(measure, draft, found, inherited, spoken)
        self._look_behind(draft, passage_end if found else None, own)
        return measure

    def _look_behind(self, draft, start, own):
        """Paragraphs behind a clause belong to no measure; say so, unless they are the signature."""
        for begin, end in _between(start, draft.end, own) if start is not None else ():
            rest = self.folded[begin:end].strip(" 。;,、\n")
            if len(rest) > 5 and not SIGNATURE.search(rest):
                at = self.folded.index(rest, begin)
                self.doubts.append(("text_after_clause", at, at + len(rest)))

    def _passage_end(self, draft, found, own):
        """A measure ends with its clause and what goes on behind it, else where the clause of its problem begins."""
        end = min([draft.end, *(clause.start for clause in own if clause.start >= draft.body)])
        if found:
            last = max(found, key=lambda clause: clause.end)
            goes_on = draft.node.children and draft.node.children[-1].start >= last.end
            end = draft.end if goes_on else min(end, self._rest_of_line(last))
        while end > draft.body and self.text[end - 1].isspace():
            end -= 1
        return end

    def _rest_of_line(self, clause):
        """A bracket may stand within the text of its measure: what follows on its line belongs to it."""
        end = self.lines.end_of(max(clause.end - 1, 0)) if clause.bracket else clause.end
        return end if self.folded[clause.end : end].strip(" 。;,") else clause.end

    def _fill_units(self, measure, units, inherited):
        source = units or inherited
        measure.lead_units = _units(source, "lead")
        measure.responsible_units = _units(source, "responsible")
        measure.open_ended = any(clause.open_ended for clause in source)
        if not all(clause.closed for clause in source):
            measure.doubts.append("bracket_not_closed")

    def _units_in_sentence(self, measure, start):
        """Take 由县水务局牵头，县公安局配合 out of the sentence, with doubt, where no clause names anybody.

        Returns the clause that such words make, None where only the subject of a sentence is known.
        """
        for match in SPOKEN.finditer(self.folded, start, measure.end):
            clause = clauses.spoken_clause(self.text, self.folded, match.start(1), match.end(1))
            if clause is not None:
                measure.lead_units, measure.responsible_units = clause.lead, clause.responsible
                _doubt(clause.lead + clause.responsible, "unit_in_sentence")
                self.doubts.append(("unit_in_sentence", *match.span(1)))
                return clause
        found = units_in_sentences(self.text, self.folded, start, measure.end, self.known)
        measure.lead_units, measure.responsible_units = found.lead, found.responsible
        _doubt(found.lead + found.responsible, "unit_in_sentence")
        measure.open_ended = measure.open_ended or found.open_ended
        self.doubts += [("unit_in_sentence", *passage) for passage in found.passages]
        return None

    def _fill_deadline(self, measure, draft, found, own, spoken):
        """Read the deadline of its own clauses, of the problem's, of words as 由…牵头, else a date in the sentence."""
        year, issued_on = self.base_year or self.last_year, self.proposal.issued_on
        for source in (found, own, [spoken] if spoken else []):
            spans = [span for clause in source for span in clause.deadlines]
            if spans:
                results = [
                    one
                    for clause in source
                    for one in clauses.read_deadlines(clause, self.text, self.folded, year, issued_on)
                ]
                measure.deadline_text = " | ".join(self.text[start:end] for start, end in spans)
                measure.long_term = any(one.long_term for one in results)
                self._take_dates(measure, results)
                self._remember_year(measure, source)
                return _doubt(measure.checkpoints if spoken in source else (), "unit_in_sentence")
        results = [
            read_prose(self.text, self.folded, start, end, year=year, issued_on=issued_on)
            for start, end in _between(draft.body, measure.end, found)
        ]
        self._take_dates(measure, results)
        if measure.checkpoints:
            last = max(item.end for item in measure.checkpoints)
            measure.long_term = bool(GOES_ON.match(self.folded, last, measure.end))
            measure.deadline_text = " | ".join(self._with_before(item) for item in measure.checkpoints)
            _doubt(measure.checkpoints, "date_in_sentence")
            first, last = measure.checkpoints[0], measure.checkpoints[-1]
            self.doubts.append(("date_in_sentence", min(first.start, last.start), max(first.end, last.end)))
        return None

    def _remember_year(self, measure, source):
        """12月底前 below a row with 2023年8月底前 is of that year, as far as one can say."""
        if self.base_year or not measure.checkpoints:
            return
        if not any(
            YEAR.search(self.folded, start, end) for clause in source for start, end in clause.deadlines
        ):
            _doubt(measure.checkpoints, "no_year")
        self.last_year = measure.checkpoints[-1].due_on.year

    def _with_before(self, item):
        end = item.end + 1 if self.folded[item.end : item.end + 1] == "前" else item.end
        return self.text[item.start : end]

    def _take_dates(self, measure, results):
        seen = set()
        for result in results:
            for item in result.dates:
                if item.due_on not in seen:
                    seen.add(item.due_on)
                    measure.checkpoints.append(item)
            self._take_doubts(measure, result)
        measure.checkpoints.sort(key=lambda item: item.due_on)

    def _take_doubts(self, measure, result):
        """A doubt goes to the date it is about, else to the measure."""
        dates = {(item.start, item.end): item for item in measure.checkpoints}
        for code, start, end, *_params in result.doubts:
            if item := dates.get((start, end)):
                item.doubt = code
            elif code not in measure.doubts:
                measure.doubts.append(code)
        self.doubts += result.doubts

    def _prose(self, start, end, cuts):
        """The text of a passage without the clauses in it."""
        pieces = [joined(self.text, begin, stop) for begin, stop in _between(start, end, cuts)]
        return "\n".join(piece for piece in pieces if piece.strip("。；;，, ")).strip()


def _between(start, end, cuts):
    """Yield the pieces of a passage between the clauses."""
    for clause in sorted(cuts, key=lambda item: item.start):
        if clause.start >= start and clause.start < end:
            yield start, clause.start
            start = max(start, clause.end)
    if start < end:
        yield start, end


def _units(found, role):
    """The units of the clauses, once each. Those of a bracket without any word that says what they are are likely."""
    units, seen = [], set()
    for clause in found:
        for unit in getattr(clause, role):
            if unit.printed not in seen:
                seen.add(unit.printed)
                told = clause.keyed or clause.lead
                units.append(unit if told else replace(unit, doubt=unit.doubt or clause.doubt))
    return units


def _doubt(values, code):
    for value in values:
        value.doubt = value.doubt or code


def _raw(found, text):
    return "\n".join(text[clause.start : clause.end].strip() for clause in found) or None


def _year_in(title):
    years = re.findall(r"(?:19|20)\d\d(?=年)", title)
    return int(years[-1]) if years else None
