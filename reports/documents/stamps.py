"""Page numbers on sheets that were laid out without."""

import re

import pydyf
from django.utils.html import escape

from reports.documents.merge import POINTS

TEXT = re.compile(
    rb"1 0 0 -1 (?P<x>\S+) (?P<y>\S+) Tm\n/(?P<font>\S+) (?P<size>\S+) Tf\n\[(?P<shown>[^\]]*)\] TJ"
)
TOKEN = re.compile(rb"<([0-9a-f]*)>|(-?[0-9.]+)")
DIGITS, SAMPLE = "0123456789", 1234
SAMPLE_CSS = f"""
@page :first {{ counter-reset: page {SAMPLE} }}
.sheet {{ height: 1pt; break-after: page }}
.digits {{ font-size: 14pt; letter-spacing: 0; font-feature-settings: "hwid" }}
"""


class Fonts(dict):
    """Fonts of a document that embed what sheets need of them besides what is drawn with them."""

    def __init__(self, needed):
        super().__init__()
        self.needed = needed

    def __setitem__(self, key, font):
        if needed := self.needed.get(font.hash):
            font.to_unicode.update(needed.text)
            font.widths.update(needed.widths)
        super().__setitem__(key, font)


def sample(needed) -> str:
    """A right and a left sheet with nothing but their number, and a page that asks for digits and each font once."""
    asks = "".join(
        f"<p style='font-family: \"{one.family}\"; font-weight: {one.weight}'>{escape(_printable(one))}</p>"
        for _name, one in sorted(needed.items())
    )
    return (
        '<html lang="zh-CN"><body><div class="landscape"><div class="sheet"></div><div class="sheet"></div>'
        f'<p class="digits song">{DIGITS}</p>{asks}</div></body></html>'
    )


def _printable(glyphs):
    return next(text for _glyph, text in sorted(glyphs.text.items()) if text.strip())


class Stamp:
    """The number of a sheet as WeasyPrint drew it on a sample, for any other number."""

    def __init__(self, content, digits, fonts, *, from_right):
        """``content``: a page with its number alone; ``digits``: one that begins with ``DIGITS``; see ``draw``."""
        found = TEXT.search(content)
        self.before, self.after = content[: found.start()], content[found.end() :]
        self.x, self.y, self.font, self.size = (found[key] for key in ("x", "y", "font", "size"))
        self.from_right = from_right
        self.digits = dict(zip(DIGITS, _tokens(TEXT.search(digits)["shown"]), strict=True))
        widths = next(font.widths for font in fonts.values() if font.hash == self.font.decode())
        self.advance = {digit: (widths[glyph] - less) / 1000 for digit, (glyph, less) in self.digits.items()}
        shown, known = _tokens(found["shown"]), {glyph for glyph, _less in self.digits.values()}
        at = [index for index, (glyph, _less) in enumerate(shown) if glyph in known]
        self.start, self.end = shown[: at[0]], shown[at[-1] + 1 :]

    def of(self, number) -> bytes:
        x = float(self.x)
        if self.from_right:
            x += float(self.size) * (self._width(SAMPLE) - self._width(number))
        shown = _shown([*self.start, *(self.digits[digit] for digit in str(number)), *self.end])
        text = b"1 0 0 -1 %.6f %s Tm\n/%s %s Tf\n[%s] TJ" % (x, self.y, self.font, self.size, shown)
        drawn = self.before + text + self.after
        return b"/Artifact <</Type /Pagination>> BDC\nq\n%s\nQ\nEMC" % drawn

    def _width(self, number):
        return sum(self.advance[digit] for digit in str(number))


def _tokens(shown):
    """[(glyph, thousandths of the size taken off behind it)] of what a text operator shows."""
    tokens = []
    for glyphs, less in TOKEN.findall(shown):
        tokens += [(int(glyphs[at : at + 4], 16), 0.0) for at in range(0, len(glyphs), 4)]
        if less:
            tokens[-1] = (tokens[-1][0], tokens[-1][1] + float(less))
    return tokens


def _shown(tokens):
    return b"".join(b"<%04x>%s" % (glyph, b"%g" % less if less else b"") for glyph, less in tokens)


def draw(document, fonts) -> list[bytes]:
    """What is drawn on each page of a laid out document, using ``fonts`` and adding to them."""
    # Late: it loads shared libraries, and the web process must start without them.
    from weasyprint.pdf.stream import Stream

    contents = []
    for page in document.pages:
        names = ("ExtGState", "XObject", "Pattern", "Shading")
        resources = pydyf.Dictionary({name: pydyf.Dictionary() for name in names})
        area = (0, 0, page.width, page.height)
        stream = Stream(fonts, area, resources, {}, None, {}, None, compress=False)
        stream.transform(d=-1, f=page.height * POINTS)
        page.paint(stream, POINTS)
        contents.append(
            b"\n".join(one if isinstance(one, bytes) else str(one).encode() for one in stream.stream)
        )
    return contents
