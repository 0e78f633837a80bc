"""The press: a page of HTML, its values and its fonts become one PDF by GB/T 9704. It knows no kind of paper.

One file is PDF/A-3a (for archives) and PDF/UA-1 (for readers who cannot see) at once, carries its data, and has the
same bytes for the same values, files, fonts and package versions. The one place that drives WeasyPrint.
"""

import datetime
import gc
import io
import string
import tempfile
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from reports.documents import cjk, ends, fonts, frame
from reports.documents.pdf_file import PdfFile

STYLE = Path(__file__).with_name("gbt9704.css")
VARIANT = "pdf/a-3a"
# PDF/A wants foreign metadata explained, and WeasyPrint writes one variant only; this makes the file PDF/UA-1 too.
UA_METADATA = Path(__file__).with_name("pdfua.xml")
# Noto's em dash lies 0.7 mm lower in its line than that of the official 宋体; the page number's dash shall stand 7 mm
# below the type area.
DASH_DROP = {fonts.SERIF: "6.3mm"}
OFFICIAL_DASH_DROP = "7mm"
SHOWN_GLYPHS = 20


class File(NamedTuple):
    """Something that the PDF carries. ``relationship``: Data, or Alternative for the same in another form."""

    name: str
    content: bytes
    description: str
    relationship: str = "Data"


class Press(NamedTuple):
    """What every part of one paper is printed with. ``things``: assets by their names."""

    font_set: fonts.FontSet
    style: str
    things: dict[str, bytes]

    @classmethod
    def of(cls, values, font_set):
        return cls(font_set, style_sheet(font_set, values), assets(font_set, values))

    def with_style(self, more):
        return self._replace(style=self.style + more)


class PaperRefused(Exception):
    """The paper cannot be made as asked. ``reader_message`` says in the reader's language why and what to do."""

    def __init__(self, reader_message):
        super().__init__(reader_message)
        self.reader_message = reader_message


class GlyphMissing(PaperRefused):
    """Some characters would print as empty boxes. ``missing`` lists each with the text around it."""

    def __init__(self, missing):
        self.missing = missing
        shown = "; ".join(str(one) for one in missing[:SHOWN_GLYPHS])
        more = " …" if len(missing) > SHOWN_GLYPHS else ""
        super().__init__(
            _("No font has these characters; change the text or install a font that has them: %(characters)s")
            % {"characters": shown + more}
        )


class FontMissing(PaperRefused):
    """No font with Chinese for some role of the standard."""


class AssetRefused(PaperRefused):
    """The paper asked for something that is not one of its own assets."""


class Stopped(Exception):
    """A process that prints was killed or broke; how is in the log. ``reader_message``: see PaperRefused."""

    def __init__(self):
        self.reader_message = _("The printing was stopped: it needed more memory or time than it may have.")
        super().__init__(self.reader_message)


def render(template, values, *, font_set=None, files=()) -> bytes:
    """Print one paper.

    ``values``: those of ``frame.values`` and what the template prints besides; "ledger_widths" where it has a ledger.
    ``files``: what it carries. With an imprint (``printed_by``) it ends on an even page, the back of a sheet, see
    ``ends.ways_to_end``.
    Errors: GlyphMissing, FontMissing, AssetRefused (all PaperRefused). Source: GB/T 9704-2012.
    """
    press = Press.of(values, font_set or fonts.FontSet())
    return write(well_ended(template, values, press), values, files)


def render_parts(template, values, *, font_set, files=()) -> bytes:
    """Print a paper as ``render`` does, whose template can leave out all but its "front" or its "back" (``part``).

    The back begins a page. If the paper ends badly it alone is laid out again, and not the whole.
    """
    press = Press.of(values, font_set)
    front = laid_out(template, {**values, "part": "front"}, press)
    back = back_behind(len(front.pages), template, values, press)
    return write(front.copy(front.pages + back.pages), values, files)


def back_behind(pages, template, values, press):
    """Lay out the back of a paper: it begins on the side, and with the number, that so many pages before it ask for."""
    side = "left" if pages % 2 else "right"
    begin = f"html {{ break-before: {side} }} @page :first {{ counter-reset: page {pages + 1} }}"
    return well_ended(template, {**values, "part": "back"}, press.with_style(begin), before=pages)


def well_ended(template, values, press, *, before=0):
    """Lay out a paper, or its last part behind ``before`` pages, so that it ends on an even page."""
    document, even = laid_out(template, values, press), bool(values["printed_by"])
    for changes in ends.ways_to_end(document.pages, before, even=even):
        del document  # two at once would take a third more memory
        gc.collect()
        document = laid_out(template, {**values, **changes}, press)
        if ends.is_well_ended(document.pages, before, even=even):
            break
    return document


def laid_out(template, values, press):
    """Fill in a template and lay it out, if there is a glyph for each of its characters."""
    page = render_to_string(template, values)
    check_fonts(page, press.font_set)
    return lay_out(page, press.style, press.things)


def write(document, values, files, add=lambda file: None) -> bytes:
    """The PDF of a document that was laid out. ``add``: writes more objects into the ``PdfFile``."""
    gc.freeze()  # the boxes stay to the end: no need to look through them for what could be freed
    try:
        with tempfile.TemporaryFile() as output:
            file = PdfFile(unwritten(document, _attachments(files, values["iso_date"])), output)
            add(file)
            _finish(file.pdf)
            file.close()
            output.seek(0)
            return output.read()
    finally:
        gc.unfreeze()


def unwritten(document, attachments=()):
    """The objects of the PDF of a document, see ``PdfFile``."""
    # Late for the reason given in make_fetcher.
    from weasyprint import DEFAULT_OPTIONS
    from weasyprint.pdf import VARIANTS, generate_pdf

    options = {**DEFAULT_OPTIONS, **VARIANTS[VARIANT][1], "pdf_variant": VARIANT, "attachments": attachments}
    return generate_pdf(document, None, 1, **options)


def check_fonts(page, font_set):
    if lacking := [role.label for key, role in fonts.ROLES.items() if not font_set.has_chinese(key)]:
        raise FontMissing(
            _("No Chinese font for %(roles)s. Install fonts-noto-cjk and run manage.py check_fonts.")
            % {"roles": "、".join(lacking)}
        )
    if missing := fonts.missing_glyphs(page, font_set):
        raise GlyphMissing(missing)


def style_sheet(font_set, values) -> str:
    """The style sheet with what depends on the fonts found and on the length of names."""
    size, scale = frame.mark_style(values["mark"])
    faces = "".join(
        f'@font-face {{ font-family: "{face.family}"; src: url({face.asset}) }}\n' for face in font_set.own()
    )
    # A real 小标宋 has one weight; its stand-in is a text face that must be bold. Bold on the real one is faked.
    bold = 400 if font_set.is_official("title") else 700
    song = font_set.stack("song")[0].family
    widths = values.get("ledger_widths", {})
    columns = "".join(f".col-{name} {{ width: {mm}mm }}\n" for name, mm in widths.items())
    return faces + string.Template(STYLE.read_text() + columns).substitute(
        {key: font_set.css_families(key) for key in fonts.ROLES},
        title_weight=bold,
        dash_drop=DASH_DROP.get(song, OFFICIAL_DASH_DROP),
        mark_size=f"{size}pt",
        mark_scale=scale,
        sign_width=f"{values['signature'].width}em",
        sign_room=f"{values['signature'].room}em",
        watermark="url(asset:watermark.svg) no-repeat center center" if values["draft"] else "none",
    )


def assets(font_set, values) -> dict[str, bytes]:
    assets = {face.asset: face.path.read_bytes() for face in font_set.own()}
    if values["draft"]:
        family = font_set.stack("hei")[0].family
        assets["asset:watermark.svg"] = render_to_string(
            "pdf/_watermark.svg", {"family": family, **values}
        ).encode()
    return assets


def make_fetcher(assets):
    """A fetcher that knows ``assets`` by name and nothing else: no file, no address, no data URL."""
    # WeasyPrint loads shared libraries (Pango) when imported; the web process must start without them.
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    class AssetFetcher(URLFetcher):
        def fetch(self, url, headers=None):
            if url not in assets:
                # The fatal kind: any other error would be logged and the paper made without the thing.
                raise FatalURLFetchingError(url)
            return URLFetcherResponse(url, body=assets[url])

    return AssetFetcher()


def lay_out(markup, style, things):
    """Lay out a page of HTML: WeasyPrint's document, not yet written."""
    # Late for the reason given in make_fetcher.
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import FatalURLFetchingError

    cjk.install()
    fetcher, font_config = make_fetcher(things), FontConfiguration()
    collecting = gc.isenabled()
    gc.disable()  # laying out makes hundreds of thousands of boxes that all live until the end: a tenth of the time
    try:
        sheet = CSS(string=style, url_fetcher=fetcher, font_config=font_config)
        page = HTML(string=markup, base_url="asset:", url_fetcher=fetcher)
        return page.render(font_config=font_config, stylesheets=[sheet], pdf_variant=VARIANT)
    except FatalURLFetchingError as problem:
        raise AssetRefused(
            _("The paper asked for something that is not part of it: %(name)s") % {"name": problem}
        ) from None
    finally:
        if collecting:
            gc.enable()


def _attachments(files, iso_date):
    # Late for the reason given in make_fetcher.
    from weasyprint import Attachment

    day = datetime.datetime.fromisoformat(iso_date).replace(tzinfo=ZoneInfo(settings.TIME_ZONE))
    return [
        Attachment(
            file_obj=io.BytesIO(file.content),
            name=file.name,
            description=file.description,
            created=day,
            modified=day,
            relationship=file.relationship,
        )
        for file in files
    ]


def _finish(pdf):
    """Declare PDF/UA-1 and leave the metadata uncompressed, so that a script without a PDF library reads them."""
    stream = pdf.objects[int(pdf.catalog["Metadata"].split()[0])]
    packet = b"\n".join(part if isinstance(part, bytes) else part.encode() for part in stream.stream)
    declaration = b"".join(line.strip() for line in UA_METADATA.read_bytes().splitlines())
    stream.stream = [packet.replace(b"</rdf:RDF>", declaration + b"</rdf:RDF>", 1)]
    stream.compress = False
