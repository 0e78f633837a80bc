"""The texts of the monthly report: drawn from the accepted filings, then the clerk's. Chinese in every language.

A block is what the report says of one problem in one chapter: {problem_id, problem, heading, text, drawn, units}.
``drawn`` is what the filings said when its text was taken from them, so that a later filing shows.
"""

import re
from collections import defaultdict
from operator import itemgetter

from cases import likeness
from cases.intake.amend import marks
from cases.models import DutyRole, Measure
from reports.filings import accepted

SECTIONS = ("progress", "difficulties", "next_steps")
# A line as it is drawn: labels of the measures, what was filed, and whose it is. With the word before them no label is
# taken for a number of paragraphs, nor 一是 behind one for the beginning of the text.
LINE = re.compile(r"^(?:措施(?P<labels>[^：]{1,60})：)?(?P<body>.*?)(?:（(?P<units>[^（）]*)）)?$")


def draft_texts(period) -> dict:
    """The texts that the clerk starts from, made of the accepted filings. Four queries.

    Shape: {opening, progress, difficulties, next_steps}; each section is a list of blocks, one for every problem in
    the plan's order, empty where nobody filed anything. Equal texts of several units on a measure are printed once.
    """
    plan = period.plan
    names = ("pk", "order", "label", "problem_id")
    measures = {pk: row for pk, *row in Measure.objects.filter(plan=plan).values_list(*names)}
    found = {section: defaultdict(dict) for section in SECTIONS}
    for filing in accepted(period):
        for row in filing.rows:
            order, label, problem_id = measures.get(row["measure"], (None, "", None))
            for section in SECTIONS if order else ():
                if text := row.get(section, "").strip():
                    lines = found[section][problem_id]
                    follows = row.get("role") != DutyRole.LEAD
                    lines.setdefault((order, label, text), []).append((follows, filing.unit.name))
    problems = list(plan.problems.all())
    return {
        "opening": f"按照《{plan.title}》要求，现将{period.month.year}年{period.month.month}月整改工作情况报告如下。",
        **{section: [_block(p, found[section].get(p.pk, {})) for p in problems] for section in SECTIONS},
    }


def _block(problem, lines):
    """Measures in their order; of each the lead units first, as in the ledger."""
    rows = [(key, sorted(units, key=itemgetter(0))) for key, units in lines.items()]
    rows.sort(key=lambda row: (*row[0][:2], row[1][0][0]))
    rows = [(key, [name for _follows, name in units]) for key, units in rows]
    text = "\n".join(_line(label, text.rstrip("。；") + "。", units) for (_order, label, text), units in rows)
    return {
        "problem_id": problem.pk,
        "problem": problem.label,
        "heading": problem.heading,
        "text": text,
        "drawn": text,
        "units": list(dict.fromkeys(name for _key, units in rows for name in units)),
    }


def _line(labels, body, units):
    return (f"措施{labels}：" if labels else "") + body + (f"（{'、'.join(units)}）" if units else "")


def written(blocks) -> list[dict]:
    """As they are printed, without those that the clerk emptied: a heading with nothing below it says nothing."""
    return [
        {name: value for name, value in block.items() if name != "drawn"}
        for block in blocks
        if block["text"].strip()
    ]


# After the composing ------------------------------------------------------------------------------------


def merged(texts, typed, fresh=None, *, take=(), seen=()) -> dict:
    """The typed texts over the composed blocks, each by its problem; a block that was not sent stays as it is.

    ``typed``: {opening, progress: {problem id: text}, …}. ``fresh``: what the filings say now (``draft_texts``), for
    the blocks named in ``take`` ("progress_12": its text is taken) and in ``seen`` (the clerk's own stays).
    """
    found = {"opening": str(typed.get("opening", texts.get("opening", ""))).strip()}
    for section in SECTIONS:
        new = {str(pk): text for pk, text in typed.get(section, {}).items()}
        found[section] = []
        for block, now in beside(texts, fresh or texts, section):
            text = str(new.get(str(block["problem_id"]), block["text"])).strip()
            block = {**block, "text": text}
            if name_of(section, block) in take:
                block |= {"text": now["text"], "units": now["units"]}
            if name_of(section, block) in {*take, *seen}:
                block["drawn"] = now["text"]
            found[section].append(block)
    return found


def name_of(section, block) -> str:
    return f"{section}_{block['problem_id']}"


def beside(texts, fresh, section) -> list[tuple[dict, dict]]:
    """[(block, what the filings say of its problem now)]; problems that came later stand at the end, empty."""
    now = {block["problem_id"]: block for block in fresh.get(section, [])}
    blocks = texts.get(section, [])
    known = {block["problem_id"] for block in blocks}
    later = [{**block, "text": "", "drawn": "", "units": []} for pk, block in now.items() if pk not in known]
    return [(block, now.get(block["problem_id"], {**block, "text": ""})) for block in (*blocks, *later)]


def is_outdated(block, now) -> bool:
    """A filing that it was drawn from was changed, or one more was accepted. Blocks of early reports do not know."""
    return block.get("drawn", now["text"]) != now["text"]


def outdated(texts, fresh) -> int:
    """How many blocks are."""
    return sum(is_outdated(*pair) for section in SECTIONS for pair in beside(texts, fresh, section))


def compared(then, now) -> tuple[list[tuple[bool, str]], list[tuple[bool, str]]]:
    """Both texts in pieces (changed, text), as ``marks`` gives them, paragraph by paragraph: those of a measure are
    held against each other wherever they stand.
    """
    old, new = _by_measure(then), _by_measure(now)
    before, after = [], []
    for key in dict.fromkeys((*old, *new)):
        gone, come = marks(old.get(key, ""), new.get(key, ""))
        before += [*gone, (False, "\n")] if key in old else []
        after += [*come, (False, "\n")] if key in new else []
    return before[:-1], after[:-1]


def _by_measure(text):
    """{(labels, how many lines with them came before): line}"""
    found, seen = {}, defaultdict(int)
    for line in filter(None, text.split("\n")):
        labels = LINE.match(line)["labels"] or ""
        found[labels, seen[labels]] = line
        seen[labels] += 1
    return found


# Said twice ---------------------------------------------------------------------------------------------


def twins(text) -> list[tuple[int, int, int]]:
    """[(line, later line, percent)] of a text's paragraphs that say nearly the same. Each later line once."""
    bodies = [LINE.match(line)["body"].strip() for line in text.split("\n")]
    found = []
    for index, body in enumerate(bodies):
        alike = likeness.alike_texts(body, dict(enumerate(bodies[:index])))
        if alike:
            first, percent = min(alike)
            found.append((first, index, percent))
    return found


def keep_one(text, first, second) -> str:
    """The text with only the first of two paragraphs, for the measures and in the name of the units of both."""
    lines = text.split("\n")
    kept, dropped = LINE.match(lines[first]), LINE.match(lines[second])
    labels, units = (
        list(
            dict.fromkeys(part for line in (kept, dropped) for part in (line[name] or "").split("、") if part)
        )
        for name in ("labels", "units")
    )
    lines[first] = _line("、".join(labels), kept["body"], units)
    return "\n".join(line for index, line in enumerate(lines) if index != second)
