"""Teach WeasyPrint to justify lines of Chinese.

``text-align: justify`` stretches spaces only, and Chinese has none: the right edge would be ragged by up to 11 mm.
The patch spreads what is missing over all characters of the line. It replaces one internal function, so it is
tied to the version it was written for; with any other the papers are made unpatched, and a test says so.
"""

import logging

WRITTEN_FOR = "70."
# Beyond this share of the font size a stretched line looks worse than a short one.
MAX_STRETCH = 0.35
logger = logging.getLogger(__name__)


def is_cjk(character: str) -> bool:
    return character >= "\u2e80" or character in "“”‘’—…"


def install() -> bool:
    """Put the patch in place once; return whether it is there."""
    # WeasyPrint loads shared libraries when imported, and the web process may run without them.
    import weasyprint
    from weasyprint.layout import inline

    if not weasyprint.__version__.startswith(WRITTEN_FOR):
        logger.warning("WeasyPrint %s is new to us: Chinese lines stay ragged.", weasyprint.__version__)
        return False
    if getattr(inline.justify_line, "chinese", False):
        return True
    inline.justify_line = _justify_with(inline.justify_line)
    return True


def _justify_with(original):
    # Imported late for the same reason as above.
    from weasyprint.formatting_structure import boxes
    from weasyprint.text.line_break import create_layout

    def texts(box):
        if isinstance(box, boxes.TextBox):
            yield box
        elif isinstance(box, boxes.LineBox | boxes.InlineBox):
            for child in box.children:
                yield from texts(child)

    def stretch(context, box, share, last):
        """Give every character of ``box`` its share and return by how much the box grew."""
        style = box.style.copy()
        spacing = style["letter_spacing"]
        style["letter_spacing"] = (0 if spacing == "normal" else spacing) + share
        layout = create_layout(box.text, style, context, max_width=None, justification_spacing=0)
        layout.deactivate()
        box.style, box.pango_layout = style, layout
        # The share after the last character of the line would hang over the edge.
        growth = share * (len(box.text) - (box is last))
        box.width += growth
        return growth

    def spread(context, box, share, last, shift):
        """Move ``box`` by what stands before it, stretch what is in it, return the shift for what follows."""
        if isinstance(box, boxes.TextBox):
            box.position_x += shift
            return shift + (stretch(context, box, share, last) if box.text else 0)
        if isinstance(box, boxes.LineBox | boxes.InlineBox):
            if isinstance(box, boxes.InlineBox):
                box.position_x += shift
            before = shift
            for child in box.children:
                if child.is_in_normal_flow():
                    shift = spread(context, child, share, last, shift)
            box.width += shift - before
            return shift
        box.translate(shift, 0)
        return shift

    def justify_line(context, line, extra_width):
        parts = [box for box in texts(line) if box.text]
        if not any(is_cjk(c) for box in parts for c in box.text):
            return original(context, line, extra_width)
        gaps = sum(len(box.text) for box in parts) - 1
        if gaps > 0 and extra_width / gaps <= MAX_STRETCH * parts[-1].style["font_size"]:
            spread(context, line, extra_width / gaps, parts[-1], 0)
        return None

    justify_line.chinese = True
    return justify_line
