"""A specimen (样张) of the monthly report: how it looks in a style before the style holds.

It is the office's last report cut short, or an invented month. It carries no data and is marked on every page.
"""

import copy
import io

import pypdfium2
from PIL import Image

from reports.documents import engine, fonts, pdf

MARK = "样张"
NOBODY = {"name": "×××"}
MEASURES, UNITS, BLOCKS = 12, 8, 2  # of a real month, so that it is printed in a moment
# Pixels of the contact sheet, which shows upright pages in twos and the ledger below them.
WIDE, GAP, INK, COLOURS = 1240, 20, (205, 208, 214), 64
INVENTED = {
    "schema": "",
    "period": {"month": "2026-06"},
    "plan": {"title": "问题整改方案"},
    "revision": 1,
    "replaces": None,
    "title": "问题整改工作2026年6月情况报告",
    "texts": {
        "opening": "按照整改方案要求，现将2026年6月整改工作情况报告如下。",
        "progress": [
            {
                "problem": "(一)",
                "heading": "农村饮水安全保障存在薄弱环节",
                "text": "（1）已完成第二轮排查，共入户1286户，更换净化消毒设备6套。（县水务局）",
                "units": ["县水务局"],
            }
        ],
        "difficulties": [],
        "next_steps": [],
    },
    "figures": [
        {
            "key": "closed_out",
            "label": "已销号",
            "part": 1,
            "whole": 3,
            "percent": "33.3",
            "formula": "已销号措施数÷已交办措施数",
        },
    ],
    "by_unit": [
        {
            "unit": "县水务局",
            "measures": 3,
            "closed_out": 1,
            "completed": 1,
            "on_schedule": 3,
            "overdue": 0,
            "filing": "ON_TIME",
        },
    ],
    "filings": [
        {
            "unit": "县水务局",
            "status": "ON_TIME",
            "filed_at": "2026-06-08T09:00:00+08:00",
            "drafted_by": "×××",
            "approved_by": "×××",
        },
    ],
    "ledger": [
        {
            "problem_label": "(一)",
            "problem_text": "农村饮水安全保障存在薄弱环节，个别水厂净化消毒设施运行不正常",
            "number": f"({number})",
            "measure": text,
            "lead_units": ["县水务局"],
            "responsible_units": ["各乡镇党委、政府", "各街道党工委、办事处"],
            "deadline_text": "2026年12月31日前",
            "checkpoints": [{"due_on": "2026-12-31", "original_due_on": "2026-12-31", "met_on": None}],
            "state_label": "整改中",
            "light": "GREEN",
            "light_label": "绿灯",
            "overdue": False,
            "progress": "已完成第二轮排查，共入户1286户。",
        }
        for number, text in enumerate(
            (
                "开展全面排查，建立问题清单、任务清单和责任清单，实行销号管理。",
                "更换净化消毒设备，落实管护人员和管护经费，公布投诉电话。",
                "组织业务培训不少于2期，覆盖县、乡、村三级工作人员。",
            ),
            1,
        )
    ],
}


def specimen(last, style, office, *, day) -> tuple[dict, dict]:
    """Snapshot and issue of the specimen. ``last``: the snapshot of a report of the office, or None."""
    snapshot = _shortened(last) if last else copy.deepcopy(INVENTED)
    snapshot |= {
        "office": {"code": office.code, "name": office.name, "leading_group": office.leading_group},
        "addressees": style.addressees,
        "ledger_columns": list(style.ledger_columns),
    }
    issue = {
        **style.issue_values(),
        "document_number": style.number(day.year, 1),
        "issued_on": day.isoformat(),
        "upward": True,
        "drafted_by": NOBODY,
        "reviewed_by": NOBODY,
        "signed_by": NOBODY,
    }
    return snapshot, issue


def _shortened(snapshot):
    texts = snapshot["texts"]
    return {
        **snapshot,
        "texts": {name: text if isinstance(text, str) else text[:BLOCKS] for name, text in texts.items()},
        "by_unit": snapshot["by_unit"][:UNITS],
        "by_problem": snapshot.get("by_problem", [])[:UNITS],
        "filings": snapshot["filings"][:UNITS],
        "ledger": snapshot["ledger"][:MEASURES],
    }


def render(snapshot, issue) -> bytes:
    """The specimen as PDF. Errors: those of ``engine.render``."""
    font_set = fonts.FontSet()
    values = pdf.values_of(snapshot, issue, True, font_set)
    return engine.render(pdf.TEMPLATE, {**values, "draft": MARK}, font_set=font_set)


def contact_sheet(content: bytes) -> bytes:
    """First page, page of the signature, ledger and imprint of a report side by side, as PNG."""
    with pypdfium2.PdfDocument(content) as document:
        sizes = [document.get_page_size(number) for number in range(len(document))]
        across = next((number for number, (wide, high) in enumerate(sizes) if wide > high), None)
        upright = [0] if across in (None, 1) else [0, across - 1]
        half = (WIDE - GAP) // 2
        rows = [
            [(number, half) for number in upright],
            [(across, half * 4 // 3), (len(sizes) - 1, WIDE - GAP - half * 4 // 3)] if across else [],
        ]
        pictures = [[_picture(document[number], wide) for number, wide in row] for row in rows]
    return _pasted(pictures)


def _picture(page, wide):
    return page.render(scale=wide / page.get_width()).to_pil()


def _pasted(rows):
    heights = [max((picture.height for picture in row), default=0) for row in rows]
    sheet = Image.new("RGB", (WIDE, sum(heights) + GAP * (len(rows) - 1)), INK)
    top = 0
    for row, height in zip(rows, heights, strict=True):
        left = 0
        for picture in row:
            sheet.paste(picture, (left, top))
            left += picture.width + GAP
        top += height + GAP
    stream = io.BytesIO()
    sheet.quantize(COLOURS, Image.Quantize.FASTOCTREE).save(stream, "PNG", optimize=True)
    return stream.getvalue()
