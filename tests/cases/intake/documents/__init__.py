"""Invented plans in the forms of many offices, each NAME.txt with what it should give, written by hand, NAME.expected.

A line of NAME.expected is one of

    title …, number …, issuer …, issued 2024-04-26, kind …, totals PROBLEMS MEASURES, reporting DAY RECIPIENT
    P label | beginning of the text
    M label | beginning of the text | lead units | responsible units | dates | 长期

Units and dates are separated by "/"; "-" and what is left out at the end mean none. A field of the document that is
left out is not checked.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.txt"))


def document(name):
    return (FOLDER / f"{name}.txt").read_bytes()


def expected(name):
    """Return (header, problems): {field: words}, [(label, text, [(label, text, lead, responsible, dates, long)])]."""
    header, problems = {}, []
    for line in (FOLDER / f"{name}.expected").read_text(encoding="utf-8").splitlines():
        word, _, rest = line.partition(" ")
        cells = [cell.strip() for cell in rest.split("|")]
        if word == "P":
            problems.append((cells[0], cells[1], []))
        elif word == "M":
            cells += [""] * (6 - len(cells))
            lists = (tuple(filter(None, cell.split("/"))) for cell in cells[2:5])
            problems[-1][2].append((*cells[:2], *lists, cells[5] == "长期"))
        elif line:
            header[word] = rest
    return header, problems


def found(proposal, wanted):
    """Return a proposal in the shape of ``expected``; texts are cut to the length of the wanted ones."""
    header = {
        "title": proposal.title,
        "number": proposal.document_number,
        "issuer": proposal.issuer,
        "issued": str(proposal.issued_on),
        "kind": proposal.kind,
        "totals": " ".join(
            str((proposal.stated_totals or {}).get(key) or "-") for key in ("problems", "measures")
        ),
        "reporting": proposal.reporting and f"{proposal.reporting.day} {proposal.reporting.recipient}",
    }
    problems = []
    for at, problem in enumerate(proposal.problems):
        like = wanted[1][at] if at < len(wanted[1]) else ("", " " * 20, [])
        measures = [
            _measure(measure, like[2][number][1] if number < len(like[2]) else " " * 20)
            for number, measure in enumerate(problem.measures)
        ]
        problems.append((problem.label, problem.text[: len(like[1])], measures))
    return {key: header[key] for key in wanted[0]}, problems


def _measure(measure, like):
    units = [tuple(unit.printed for unit in part) for part in (measure.lead_units, measure.responsible_units)]
    dates = tuple(sorted(str(item.due_on) for item in measure.checkpoints))
    return measure.label, measure.text[: len(like)], *units, dates, measure.long_term
