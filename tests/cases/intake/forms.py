"""The invented plans as files of every kind that an office may hand in."""

import csv
import html
import io

import openpyxl
from docx import Document

PAGE = """<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8"><title>t</title><style>
@page {{ size: A4; margin: 37mm 26mm 35mm 28mm;
  @top-center {{ content: "青山县人民政府公报"; font-size: 10pt }}
  @bottom-center {{ content: "— " counter(page) " —"; font-size: 14pt }} }}
body {{ font: 16pt/29pt "Noto Serif CJK SC", serif; text-align: justify; margin: 0 }}
p {{ margin: 0; text-indent: 2em }} p.t {{ text-align: center; text-indent: 0; font-size: 22pt }}
table {{ border-collapse: collapse }} td, th {{ border: 0.5pt solid; padding: 2pt; font-size: 9pt; text-indent: 0 }}
</style></head><body>{body}</body></html>"""
SITE = """<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset={charset}">
<title>青山县人民政府</title><script>var a = "整改措施：无";</script><style>p {{ color: red }}</style></head><body>
<div class="nav"><ul><li><a href="/">首页</a></li><li><a href="/zw">政务公开</a></li></ul></div>
<div class="crumbs">您的位置：<a href="/">首页</a> &gt; <a href="/zw">政务公开</a></div>
<div class="article"><div id="zoom">{body}</div></div>
<div class="list"><ul><li><a href="/1">相关文件一的标题</a></li><li><a href="/2">相关文件二的标题</a></li>
<li><a href="/3">责任单位：相关文件三</a></li></ul></div>
<div class="footer">版权所有：青山县人民政府 <a href="/map">网站地图</a></div></body></html>"""


def as_docx(text):
    document, buffer = Document(), io.BytesIO()
    for line in text.split("\n"):
        document.add_paragraph(line)
    document.save(buffer)
    return buffer.getvalue()


def paragraphs(text):
    return "\n".join(f"<p>{html.escape(line)}</p>" for line in text.split("\n"))


def as_page(text, charset="utf-8"):
    return SITE.format(charset=charset, body=paragraphs(text)).encode(
        "gb18030" if charset == "gb2312" else charset
    )


def as_pdf(body):
    """A PDF with running heads, page numbers and wrapped lines, as a browser or WPS would print it."""
    from weasyprint import HTML  # half a second, only for the tests that need it

    return HTML(string=PAGE.format(body=body)).write_pdf()


def as_xlsx(rows, *, merged=(), title=None):
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for cells in merged:
        sheet.merge_cells(cells)
    if title:
        sheet.title = title
    book.save(buffer)
    return buffer.getvalue()


def as_csv(rows, encoding="utf-8-sig"):
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode(encoding)


def as_html_table(rows, spans=None):
    """``spans`` maps (row, column) to a number of rows; the cells below must be None."""
    spans, out = spans or {}, []
    for at, row in enumerate(rows):
        cells = [
            f'<td rowspan="{spans.get((at, column), 1)}">{html.escape(str(cell)).replace(chr(10), "<br>")}</td>'
            for column, cell in enumerate(row)
            if cell is not None
        ]
        out.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table>{''.join(out)}</table>"


def essence(proposal):
    """Problems, measures, units and dates without places and line ends, to compare forms of one document."""
    return [
        (
            problem.label,
            _flat(problem.text),
            [
                (
                    measure.label,
                    _flat(measure.text),
                    [unit.printed for unit in measure.lead_units],
                    [unit.printed for unit in measure.responsible_units],
                    [str(item.due_on) for item in measure.checkpoints],
                    measure.long_term,
                )
                for measure in problem.measures
            ],
        )
        for problem in proposal.problems
    ]


def _flat(text):
    return "".join(text.split())
