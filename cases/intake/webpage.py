"""A page saved from a government site → its text: menus, scripts and hidden parts dropped, tables as rows."""

import email
import email.policy
import re
from dataclasses import dataclass

from lxml import etree, html

from ..digits import whole
from .numbering import HIGHEST
from .refusals import refuse
from .tables import ABOVE, LEFT, find_header, table_lines
from .text import decode

CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,20})", re.IGNORECASE)
DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
CHINESE = {"gb2312", "gbk", "gb18030", "x-gbk"}
TRADITIONAL = {"big5", "big5-hkscs"}
DROPPED = {"script", "style", "noscript", "template", "head", "nav", "footer", "aside", "iframe", "object"}
DROPPED |= {"form", "button", "select", "textarea", "svg", "audio", "video", "canvas", "map"}
BLOCKS = {
    "p",
    "div",
    "section",
    "article",
    "main",
    "header",
    "li",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "table",
    "tr",
}
BLOCKS |= {
    "td",
    "th",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "center",
    "hr",
    "body",
    "caption",
}
FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|menu|breadcrumbs?|crumbs?|footer|foot|share|copyright|sidebar|search|banner"
    r"|toolbar|related|recommend|login|pagination|pager|qrcode)(?:$|[\s_-])",
    re.IGNORECASE,
)
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
BLANKS = re.compile(r"[ \t\r\n\f]+")
WIDE = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
WIDE_BREAK = re.compile(
    rf"(?<={WIDE})[ \t]*[\r\n]\s*(?={WIDE})"
)  # a line end of the source between two characters
MAX_SPAN = 100


def page_text(data, filename):
    """Return the text of a saved page. Its own word about the encoding counts before any guess."""
    source = DECLARATION.sub("", _decoded(_inner_page(data), filename))
    try:
        parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True)
        root = etree.fromstring(source.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError) as error:
        raise refuse("damaged", filename=filename) from error
    if root is None:
        raise refuse("empty", filename=filename)
    _drop_furniture(root)
    lines = _Writer().write(root)
    return "\n".join(line.strip(" \t") for line in lines)


def _inner_page(data):
    """The page inside a saved web archive (.mht)."""
    if data[:200].lstrip().startswith(b"<"):
        return data
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            charset = part.get_content_charset() or "utf-8"
            content = part.get_payload(decode=True) or b""
            return f'<meta charset="{charset}">'.encode("ascii", "replace") + content
    return data


def _decoded(data, filename):
    found = CHARSET.search(data[:8192])
    name = found[1].decode("ascii", "replace").lower() if found else ""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[:3] == b"\xef\xbb\xbf":
        return decode(data, filename)
    if name in TRADITIONAL:
        raise refuse("traditional", filename=filename)
    for encoding in ("gb18030",) if name in CHINESE else ("utf-8",) if name in ("utf-8", "utf8") else ():
        text = data.decode(encoding, "replace")
        if text.count("\ufffd") * 200 <= len(text):  # a few broken characters do not make it another encoding
            return text
    return decode(data, filename)


@dataclass
class Bulk:
    """How much text is in an element, and how much of it in how many links."""

    text: int = 0
    links: int = 0
    linked: int = 0
    heading: bool = False


def _drop_furniture(root):
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    bulks = _bulks(elements)
    for element in elements:
        if element.tag in DROPPED or _is_hidden(element) or _is_furniture(element, bulks, bulks[root].text):
            _remove(element)


def _bulks(elements):
    """Count once for all, from the innermost elements outwards."""
    bulks = {element: Bulk() for element in elements}
    for element in reversed(elements):
        bulk, parent = bulks[element], bulks.get(element.getparent())
        if element.tag in DROPPED:
            continue
        bulk.text += len((element.text or "").strip())
        if element.tag == "a" and element.get("href"):
            bulk.links, bulk.linked = bulk.links + 1, bulk.text
        bulk.heading = bulk.heading or element.tag == "h1"
        if parent is not None:
            parent.text += bulk.text + len((element.tail or "").strip())
            parent.links += bulk.links
            parent.linked += bulk.linked
            parent.heading = parent.heading or bulk.heading
    return bulks


def _is_hidden(element):
    return element.get("hidden") is not None or bool(HIDDEN.search(element.get("style", "")))


def _is_furniture(element, bulks, total):
    """A menu by its name, or a list of links; never what holds half of the page or its heading."""
    if element.tag not in ("div", "ul", "ol", "section", "header", "table", "span", "p", "dl"):
        return False
    bulk = bulks[element]
    if bulk.text * 2 > total or bulk.heading:
        return False
    if element.tag == "header" or FURNITURE.search(element.get("class", "") + " " + element.get("id", "")):
        return True
    return element.tag in ("div", "ul", "dl") and bulk.links > 2 and bulk.linked * 10 > bulk.text * 7


def _remove(element):
    """Take an element away, but not the text behind it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        previous = element.getprevious()
        if previous is not None:
            previous.tail = (previous.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)


class _Writer:
    """Writes the lines of a tree; goes through it without recursion, for pages may nest thousands deep."""

    def __init__(self):
        self.lines, self.line, self.counts = [], [], {}

    def write(self, root):
        skipped = None
        for event, element in etree.iterwalk(root, events=("start", "end")):
            if not isinstance(element.tag, str):
                continue
            if skipped is not None:
                if event == "end" and element is skipped:
                    skipped = None
                    self.text(element.tail)
                continue
            if event == "start":
                if element.tag == "table" and (rows := _ledger(element)):
                    self.end_line()
                    self.lines.extend(table_lines(rows))
                    skipped = element
                    continue
                self.start(element)
            else:
                if element.tag in BLOCKS:
                    self.end_line()
                if element is not root:
                    self.text(element.tail)
        self.end_line()
        return self.lines

    def start(self, element):
        if element.tag in BLOCKS or element.tag == "br":
            self.end_line()
        if element.tag == "li":
            self.line.append(self.number(element))
        self.text(element.text)

    def text(self, piece):
        if piece:
            self.line.append(piece)

    def number(self, item):
        """Return the number that a browser prints before an item of a numbered list."""
        parent = item.getparent()
        if parent is None or parent.tag != "ol" or "none" in parent.get("style", ""):
            return ""
        first = whole(parent.get("start", ""), HIGHEST)
        before = 0 if first is None else first - 1
        self.counts[parent] = self.counts.get(parent, before) + 1
        return f"{self.counts[parent]}."

    def end_line(self):
        line = BLANKS.sub(" ", WIDE_BREAK.sub("", "".join(self.line)))
        if line.strip(" "):
            self.lines.append(line)
        self.line = []


def _ledger(table):
    """Return the rows of a table with known headings; None for one that only arranges the page."""
    if table.find(".//table") is not None:
        return None
    rows, below = [], {}
    for row in table.iter("tr"):
        cells, column = [], 0
        for cell in row:
            if cell.tag not in ("td", "th"):
                continue
            column = _carry(cells, below, column)
            wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
            cells += ["\n".join(_Writer().write(cell)).strip()] + [LEFT] * (wide - 1)
            if high > 1:
                below.update({column + at: (high - 1, at > 0) for at in range(wide)})
            column += wide
        _carry(cells, below, column)
        rows.append(cells)
    return rows if find_header(rows)[0] is not None else None


def _carry(cells, below, column):
    """Add the cells that reach down from the rows above."""
    while column in below:
        rows, is_wide = below.pop(column)
        cells.append(LEFT if is_wide else ABOVE)
        if rows > 1:
            below[column] = (rows - 1, is_wide)
        column += 1
        if len(cells) > MAX_SPAN * MAX_SPAN:
            break
    return column


def _span(cell, name):
    return min(whole(cell.get(name, "").strip()) or 1, MAX_SPAN)
