"""The tree of items → problems and measures. Rules about form only, none about one document.

What counts as one measure: one per responsibility clause; sub-items with clauses of their own are measures and
their item is a group; sub-items that share one clause at their end are one measure; where nothing has a clause,
the lowest numbered item is the measure.
"""

import re
from dataclasses import dataclass, field

from .blocks import RUNNING
from .outline import MEASURES, ROOT
from .words import ACTION, FAULT, GENERAL

DUTY = re.compile(r"由[^。;\n]{2,60}?(?:牵头|负责|主办)")
HEADING_END = "。；;：:！!"


@dataclass
class Draft:
    """A measure before its clause is read: the node span, its labels, its clauses and what it inherits from."""

    start: int
    body: int
    end: int
    label: str
    group_lead: str | None
    clauses: list
    node: object
    inherits: list = field(default_factory=list)  # the clauses of its group, before those of the problem


def find_problems(root, folded):
    """Return the nodes that are problems, in order; ``[root]`` where measures stand under no heading."""
    if not root.counted:
        return _without_clauses(root, folded)
    found = []
    _search(root, found, folded)
    return _with_those_beside(found, folded)


def _search(node, found, folded):
    """Collect marked nodes (整改措施： under them); where there are none, let the depth of the clauses decide."""
    if node.marked:
        found.append(node)
    elif any(child.marked for item in node.children for child in item.walk()):
        marked_here = [child for child in node.children if child.marked]
        for child in node.children:
            if child.marked or any(item.marked for item in child.walk()):
                _search(child, found, folded)
            elif marked_here and child.counted:
                found.append(child)
            elif len(marked_here) > 1 and child.style == marked_here[0].style:
                found.append(child)  # a problem among problems, though no measure was printed for it
            elif child.counted:
                _by_depth(child, found, folded)
    else:
        _by_depth(node, found, folded)


def _by_depth(node, found, folded):
    """Take ``node`` as the problem, or its children where nearly all of these are groups of measures."""
    carriers = [child for child in node.children if child.counted]
    if not carriers:
        if node.counted:
            found.append(node)
        return
    if _are_named(carriers, folded):
        for child in carriers:
            if (is_group(child) and child.counted > 1) or _are_named(child.children, folded):
                _by_depth(child, found, folded)
            else:
                found.append(child)
        return
    groups = [child for child in carriers if is_group(child) or _heads(child)]
    single = len(carriers) - len(groups)
    level = _level(node)
    limit = (
        len(groups) / 4 if level == 1 else 0
    )  # below a chapter a few single measures may stand among groups
    if groups and (level == 0 or single <= limit or any(_heads(child) for child in groups)):
        for child in carriers:
            if is_group(child):
                _by_depth(child, found, folded)
            else:
                found.append(child)
    else:
        found.append(node)


def _are_named(nodes, folded):
    """Whether the headings of most of these say what is wrong (关于…不到位的问题) and numbered items stand under them.

    Then they are problems, and a clause at the end of each is for all of its items.
    """
    named = [node for node in nodes if not _own(node) and _listed(node) and _names_fault(node, folded)]
    return bool(named) and len(named) * 3 >= len(nodes) * 2


def _names_fault(node, folded):
    heading = _heading(node, folded)
    return bool(FAULT.search(heading)) and not ACTION.match(heading)


def _heading(node, folded):
    """The first line of an item; what stands in the first sentence of a longer one."""
    line = folded[node.body_start : min(node.body_end, node.body_start + 200)].strip().split("\n")[0]
    return line if len(line) <= 60 else line.split("。")[0]


def _with_those_beside(found, folded):
    """Add the chapters and problems in which no clause stands, among others in which clauses do."""
    added = []
    for node, among in _beside(found, folded):
        if among or _names_fault(node, folded):
            kids = [child for child in node.children if _listed(child)]
            added += kids if len(kids) * 2 > len(node.children) else [node]
    return sorted([*found, *added], key=lambda node: node.start)


def chapters_left(found, folded):
    """Return the chapters behind the first problem that have items, but neither a clause nor a measure."""
    if not found or found[0].parent is None:
        return []
    return [node for node, _ in _beside(found, folded) if node.start > found[0].start]


def _beside(found, folded):
    """Yield (item, whether it stands among them) of the items without any clause beside problems or their chapters."""
    taken, carriers = {id(node) for node in found}, {}
    for node in found:
        while node.parent is not None and id(node) not in carriers:
            carriers[id(node)] = node
            node = node.parent
    seen = set(taken)  # what stands in a problem is its own
    for node in list(carriers.values()):
        if id(node.parent) in seen:
            continue
        seen.add(id(node.parent))
        siblings = node.parent.children
        at = [number for number, child in enumerate(siblings) if id(child) in carriers]
        for number, child in enumerate(siblings):
            if id(child) not in carriers and child.style == node.style and _stands_alone(child, folded):
                yield child, at[0] < number < at[-1]


def _stands_alone(node, folded):
    """Whether an item without any clause has items of its own and does not speak about the work as a whole."""
    return not node.counted and _listed(node) and not GENERAL.search(_heading(node, folded))


def _level(node):
    level = 0
    while node.parent is not None:
        node, level = node.parent, level + 1
    return level


def _heads(node):
    """Whether a clause stands in the heading of items: then it is the clause of a problem."""
    return bool(_own(node)) and _listed(node) and not _is_item(node)


def _is_item(node):
    """Whether a node with a clause over items with clauses of their own is an item of a chapter like the others.

    It is one where what stands beside it is a plain measure without a clause, or where only ①, ② stand under it.
    """
    siblings = node.parent.children if node.parent else ()
    if node.counted == len(_own(node)) or _level(node) < 2:
        return False
    plain = [item for item in siblings if item is not node and not item.children]
    circles = all(child.style == "circle" for child in node.children)
    return bool(plain) and (circles or not all(item.counted for item in plain))


def is_group(node):
    """Whether the items under ``node`` have clauses of their own; a running 一是, 二是 makes no problem."""
    kids = [child for child in node.children if child.counted]
    if not kids or all(child.style in RUNNING or child.style == "circle" for child in node.children):
        return False
    if _own(node) and _is_item(node):
        return False
    return not shares_clause(node)


def shares_clause(node):
    """Whether the only clause under ``node`` stands at the very end of its last item: it is for all of them."""
    if node.counted != 1 or not node.children or _own(node):
        return False
    if len(node.children) == 1 and node.children[0].style not in RUNNING:
        return False
    return bool(_own(_last(node.children[-1])))


def _last(node):
    """Go down along the last children to the item where a clause stands, or to the end."""
    while node.children and not node.clauses:
        node = node.children[-1]
    return node


def _own(node):
    return [clause for clause in node.clauses if clause.has_units]


def _without_clauses(root, folded):
    """Problems of a document without any clause: what announces measures, else every chapter of substance."""
    marked = [node for node in root.walk() if node.marked]
    if marked:
        return marked
    found = []
    for chapter in root.children:
        heading = folded[chapter.body_start : min(chapter.body_end, chapter.body_start + 40)].split("\n")[0]
        if GENERAL.search(heading.split("。")[0]) or not chapter.children:
            continue
        kids = [child for child in chapter.children if _listed(child)]
        found.extend(kids if len(kids) * 2 > len(chapter.children) else [chapter])
    if not found and sum(bool(DUTY.search(folded, one.start, one.end)) for one in root.children) > 1:
        return [root]  # a letter whose 一是, 二是 say who does what
    return found


def _listed(node):
    return any(not child.inline and child.style not in RUNNING for child in node.children)


def measure_drafts(problem, lines, *, shared_habit):
    """Return (drafts, clauses of the problem itself) for a problem node."""
    boxes = [child for child in problem.children if child.style == MEASURES]
    numbered = [child for child in problem.children if child.style == "measure"]
    own = list(problem.clauses)
    if not boxes and not numbered:
        return _whole(problem, lines, own, shared_habit)
    drafts = []
    for box in boxes:
        drafts += _box(box, box.children, lines, own, shared_habit)
    if not boxes:
        drafts = _box(problem, numbered, lines, own, shared_habit)
    return drafts, own


def _whole(problem, lines, own, shared_habit):
    if problem.children and problem.counted > len(_own(problem)):
        _lift(problem, problem.children, own, shared_habit)
        return _items(problem, problem.children, lines, "", None), own
    if _own(problem) and not _listed(problem):
        return _split(problem, "", None, lines), []  # a heading that has no items is itself the measure
    kids = [child for child in problem.children if not child.inline and child.style not in RUNNING]
    if not kids and problem.style == ROOT:
        kids = [child for child in problem.children if not child.inline]
    if not kids:
        return [_draft(problem, "", None)], []
    return [draft for child in kids for draft in _lowest(child, lines, "", None)], own


def _box(box, kids, lines, own, shared_habit):
    """Return the drafts of what 整改措施： announces; without items its text is one measure."""
    if not kids:
        return _split(box, "", None, lines)
    if all(child.style in RUNNING for child in kids):
        if sum(child.counted for child in kids) > 1 and not shares_clause(box):
            return _items(box, kids, lines, "", _lead(box, lines))
        return [_draft(box, "", None)]
    if box.style == MEASURES:
        own += box.clauses
    _lift(box, kids, own, shared_habit)
    if sum(child.counted for child in kids):
        return _items(box, kids, lines, "", None)
    return [draft for child in kids for draft in _lowest(child, lines, "", None)]


def _lift(box, kids, own, shared_habit):
    """Give the problem the clause that stands after its last item and is for all of them.

    That is a clause on lines of its own where no other item has such lines, or, where no problem of the plan has
    two clauses (``shared_habit``), any clause of the last item.
    """
    if len(kids) < 2 or kids[-1].style in RUNNING:
        return
    last = _last(kids[-1])
    stray = [clause for clause in last.clauses if clause.own_line and not clause.bracket]
    if any(not clause.bracket for kid in kids[:-1] for item in kid.walk() for clause in item.clauses):
        stray = []
    if shared_habit and sum(kid.counted for kid in kids) == kids[-1].counted == 1:
        stray = list(last.clauses)
    own.extend(stray)
    last.clauses = [clause for clause in last.clauses if clause not in stray]
    _discount(last, box, sum(clause.has_units for clause in stray))


def _discount(node, box, count):
    while node is not None and node is not box.parent:
        node.counted -= count
        node = node.parent


def _items(parent, kids, lines, path, group_lead):
    """Return the drafts of sibling items; running items without a clause belong to the next that has one."""
    drafts, waiting = [], None
    for child in kids:
        running = child.style in RUNNING
        if running and not child.counted:
            waiting = waiting or child
            continue
        made = _item(child, lines, path, group_lead)
        if waiting is not None and made:
            made[0].start, made[0].body = waiting.start, waiting.body_start
            made[0].label = path + _label(waiting, lines)
            waiting = None
        drafts += made
    if waiting is not None:
        drafts.append(_draft(waiting, path + _label(waiting, lines), group_lead))
        drafts[-1].end = parent.end
    return drafts


def _item(node, lines, path, group_lead):
    label = path + _label(node, lines)
    below = node.counted - len(_own(node))
    if below and not shares_clause(node):
        drafts = _items(node, node.children, lines, label, _lead(node, lines))
        for draft in drafts:
            draft.inherits = draft.inherits or list(node.clauses)
        return drafts
    if below:
        return [_draft(node, label, group_lead)]
    if node.counted:
        return _split(node, label, group_lead, lines)
    return [_draft(node, label, group_lead)]


def _lowest(node, lines, path, group_lead):
    """Return the lowest numbered items: the measures where nothing has a clause."""
    label = path + _label(node, lines)
    kids = [child for child in node.children if not child.inline and child.style not in RUNNING]
    if not kids:
        return [_draft(node, label, group_lead)]
    if node.style == MEASURES or (not path and node.marked):
        label = ""
    return [draft for child in kids for draft in _lowest(child, lines, label, _lead(node, lines))]


def _draft(node, label, group_lead):
    clauses = [clause for item in node.walk() for clause in item.clauses]
    return Draft(node.start, node.body_start, node.end, label, group_lead, clauses, node)


def _split(node, label, group_lead, lines):
    """One measure per clause where several stand in one item; clauses without units go with their neighbour."""
    clauses = [clause for item in node.walk() for clause in item.clauses]
    whole = _draft(node, label, group_lead)
    if sum(clause.has_units for clause in clauses) < 2:
        return [whole]
    drafts, waiting, begin, body = [], [], node.start, node.body_start
    for clause in clauses:
        if not clause.has_units:
            (drafts[-1].clauses if drafts else waiting).append(clause)
        else:
            drafts.append(
                Draft(begin, body, clause.end, "" if drafts else label, group_lead, [*waiting, clause], node)
            )
            waiting = []
        if drafts:
            drafts[-1].end = begin = body = clause.end
    drafts[-1].end = node.end
    return drafts


def _label(node, lines):
    if node.style == MEASURES or (node.style == "problem" and not node.value):
        return ""
    return (
        lines.text[node.start : node.body_start]
        .strip()
        .rstrip("：:" if node.style in ("problem", "measure") else "")
    )


def label_of(node, lines):
    return "" if node.style == ROOT else _label(node, lines)


def _lead(node, lines):
    """Return the first sentence of an item, which leads in its sub-items."""
    end = min([node.body_end, *(clause.start for clause in node.clauses)])
    body = lines.text[node.body_start : end].strip()
    line = body.split("\n")[0]
    for at, c in enumerate(line):
        if c in HEADING_END:
            return line[: at + 1]
    return line or None
