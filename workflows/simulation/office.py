"""What the office does in the year beside the measures: rules, checklist, amendment, look-back."""

from workflows.amendment import Comparison
from workflows.simulation import lives, steps  # noqa: F401


def amend(year):
    """In the tenth week a later version of the document leaves one measure out."""
    yield 48
    gone = getattr(year, "left_out", None)
    if gone is None:
        return
    gone.refresh_from_db()
    text = year.plan.text
    later = text[: gone.start] + text[gone.end :]
    draft = year.do(
        year.plan, "read_amendment", year.clerk(), file_name="修订.txt", data=later.encode()
    ).subject
    found = Comparison(draft, year.plan)
    rows = [c.id for c in found.changes if c.new is None and c.old and c.old.key == gone.pk]
    year.do(draft, "apply_amendment", year.clerk(), accepted=rows, units={})


def publish_for_a_while(year):
    """For two months of the summer the office shows its results to the public before close-out."""
    yield 60
    year.do(year.office, "set_rules", year.office_head, values={"public_notice_days": 5})
    yield 40
    year.do(year.office, "set_rules", year.office_head, values={"public_notice_days": None})


def ask_for_more(year):
    """A line on the checklist of evidence, taken off again after some months."""
    yield 90
    year.do(year.office, "add_requirement", year.office_head, label="整改前后对比照片")
    yield 60
    line = year.office.evidence_requirements.get(label="整改前后对比照片", ended_on=None)
    year.do(year.office, "end_requirement", year.office_head, requirement=line.pk)


DOINGS = [amend, publish_for_a_while, ask_for_more]
