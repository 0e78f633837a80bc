"""Labels, fields and clauses → the tree of items that the numbering means."""

from bisect import bisect_right
from dataclasses import dataclass, field

from .blocks import RANK, RUNNING

MEASURES = "measures"  # style of the node that 整改措施： opens; it has no number of its own
ROOT = "root"


@dataclass(eq=False)
class Node:
    """An item: its label, its own text (``body_start`` to the first child) and what stands under it."""

    style: str
    value: int
    start: int
    body_start: int
    inline: bool = False
    end: int = 0
    parent: "Node | None" = None
    children: list = field(default_factory=list)
    clauses: list = field(default_factory=list)
    fields: list = field(default_factory=list)
    counted: int = 0  # clauses with units in it and under it

    @property
    def body_end(self):
        return self.children[0].start if self.children else self.end

    @property
    def marked(self):
        """Whether measures are announced under it: then it is a problem, whatever its number looks like."""
        return any(child.style in (MEASURES, "measure") for child in self.children)

    def walk(self):
        pending = [self]
        while pending:
            node = pending.pop()
            yield node
            pending.extend(reversed(node.children))


def build(labels, fields, clauses, length):
    """Build the tree. The order of the text decides; ranks only help where a style is new."""
    builder = _Builder(labels, fields, length)
    marks = [(label.start, 1, label) for label in labels]
    marks += [(item.start, 0, item) for item in fields]
    marks += [(clause.start, 2, clause) for clause in clauses]
    marks.sort(key=lambda mark: mark[:2])
    for _at, kind, mark in marks:
        (builder.field, builder.label, builder.clause)[kind](mark)
    return builder.finish()


class _Builder:
    def __init__(self, labels, fields, length):
        self.root = Node(ROOT, 0, 0, 0, end=length)
        self.stack = [self.root]
        self.length = length
        self.measure_starts = [item.start for item in fields if item.role == "measures"]
        self.problem_starts = _by_word(fields)
        self.by_style = {}
        for label in labels:
            starts, values = self.by_style.setdefault(label.style, ([], []))
            starts.append(label.start)
            values.append(label.value)

    def field(self, item):
        if item.role == "measures":
            self._open_measures(item)
        elif item.role == "problem" and (depth := self._problem_depth(item)) is not None:
            self._push(Node("problem", 0, item.start, item.end), depth)
        else:
            self._holder(item).fields.append(item)

    def _holder(self, item):
        """A field on a line of its own does not belong to the last 二是 of the sentence before."""
        inside = RUNNING if item.opens_line else ()
        return next(node for node in reversed(self.stack) if node.style not in inside)

    def label(self, label):
        self._push(Node(label.style, label.value, label.start, label.end, label.inline), self._place(label))

    def clause(self, clause):
        self.stack[-1].clauses.append(clause)

    def finish(self):
        """Set the ends, and count the clauses with units under each node."""
        nodes = list(self.root.walk())
        for node in reversed(nodes):
            following = node.children[-1].end if node.children else node.end
            node.end = max(node.end, following)
            own = sum(clause.has_units for clause in node.clauses)
            node.counted = own + sum(child.counted for child in node.children)
        return self.root

    def _push(self, node, depth):
        del self.stack[depth:]
        node.parent = self.stack[-1]
        previous = node.parent.children[-1] if node.parent.children else None
        if previous:
            self._close(previous, node.start)
        node.end = self.length
        node.parent.children.append(node)
        self.stack.append(node)

    def _close(self, node, at):
        while node:
            node.end = at
            node = node.children[-1] if node.children else None

    def _place(self, label):
        """Return how much of the stack stays open above a new item of this style."""
        same = [at for at, node in enumerate(self.stack) if node.style == label.style]
        if same and (depth := self._same_style(label, same)) is not None:
            return depth
        return self._below(label.style, label)

    def _same_style(self, label, same):
        inner, going_on = same[-1], [at for at in same if self.stack[at].value + 1 == label.value]
        if len(going_on) > 1 and self._announces(label):
            return going_on[0]
        if going_on:
            return going_on[-1]
        top = self.stack[-1]
        fresh = top.style == MEASURES and not top.children and not top.clauses
        if label.value == 1 and fresh and len(same) == 1:
            return None  # the count begins again inside the measures
        return inner

    def _announces(self, label):
        """Whether 整改措施 comes before the next label of this style: then it is a problem, not a measure."""
        end = self._next(label.style, label.start)[0]
        at = bisect_right(self.measure_starts, label.start)
        return at < len(self.measure_starts) and self.measure_starts[at] < end

    def _next(self, style, start):
        """Return (offset, number) of the next label of a style."""
        starts, values = self.by_style.get(style, ([], []))
        at = bisect_right(starts, start)
        return (starts[at], values[at]) if at < len(starts) else (self.length, None)

    def _below(self, style, label=None):
        """Close what ranks lower than a new style, but nothing outside the measures that are open."""
        depth = len(self.stack)
        if RANK[style] <= RANK["cn"]:
            return 1 if style == "chapter" or self.stack[min(1, depth - 1)].style != "chapter" else 2
        while depth > 1 and self.stack[depth - 1].style != MEASURES:
            top = self.stack[depth - 1]
            if RANK[top.style] <= RANK[style] or (
                label and label.value == 1 and self._comes_back(top, label)
            ):
                break
            depth -= 1
        return depth

    def _comes_back(self, top, label):
        """Whether the outer count goes on after this label, so that the label stands inside it."""
        return self._next(top.style, label.start)[1] == top.value + 1

    def _open_measures(self, item):
        depth = len(self.stack)
        for at, node in enumerate(self.stack):
            if node.style == MEASURES:
                depth = at
                break
        while depth > 2 and self._is_listed(self.stack[depth - 1]):
            depth -= 1
        self._push(Node(MEASURES, 0, item.start, item.end), depth)

    def _is_listed(self, node):
        """A later item of a list whose earlier items announce no measures only describes the problem."""
        if node.style in RUNNING or node.style in ("circle",):
            return not any(clause.has_units for clause in node.clauses)
        siblings = node.parent.children
        if len(siblings) < 2 or siblings[-2].style != node.style:
            return False
        return not siblings[0].marked and not siblings[-2].marked

    def _problem_depth(self, item):
        """Return where 问题： opens a problem of its own, None where it only introduces the text of one.

        It opens one where the same word comes again under the same heading.
        """
        for at, node in enumerate(self.stack):
            if node.style == "problem" and not node.value:
                return at
        top = next(node for node in reversed(self.stack) if node.style != MEASURES)
        again = self.problem_starts.get(item.start, self.length)
        end = self.length if top is self.root else self._next(top.style, item.start)[0]
        return len(self.stack) if again < end and self.stack[-1] is top else None


def _by_word(fields):
    """For each 问题： the offset of the next one with the same word."""
    found, previous = {}, {}
    for item in fields:
        if item.role == "problem":
            length = item.end - item.start
            if length in previous:
                found[previous[length]] = item.start
            previous[length] = item.start
    return found
