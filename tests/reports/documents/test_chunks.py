"""A ledger laid out in pieces looks like one that was laid out at once, and is one valid paper."""

import io
import os
import pickle
import signal
import subprocess
import sys
from types import SimpleNamespace

import page
import pdfplumber
import pypdfium2
import pytest
from django.conf import settings
from PIL import ImageChops

from reports.documents import chunks, merge, pdf
from reports.documents.chunks import Ledger, Piece, Printers, Task
from reports.documents.engine import PaperRefused, Stopped
from reports.proof import canonical, digest
from tests.reports.documents import sample

ROWS, CHUNK = 80, 40


def in_pieces(data=None):
    """The long report as PDF, in pieces of few rows. Also called by another process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "LONG", 10)
        patch.setattr(chunks, "CHUNK", CHUNK)
        data = data or sample.long_report(ROWS)
        return pdf.render_monthly_report(data, sample.issue(data))


@pytest.fixture(scope="module")
def paper():
    return in_pieces()


@pytest.fixture(scope="module")
def whole():
    data = sample.long_report(ROWS)
    return pdf.render_monthly_report(data, sample.issue(data))


def test_every_page_looks_as_if_the_ledger_had_been_laid_out_at_once(paper, whole):
    first, second = pypdfium2.PdfDocument(paper), pypdfium2.PdfDocument(whole)
    assert len(first) == len(second) > 20
    for number, (one, other) in enumerate(zip(first, second, strict=True), 1):
        assert one.get_textpage().get_text_bounded() == other.get_textpage().get_text_bounded(), number
        difference = ImageChops.difference(one.render().to_pil(), other.render().to_pil())
        assert max(high for _low, high in difference.getextrema()) < 10, (
            number
        )  # moved by 2 mm, rounded once more


def test_it_is_pdf_a_3a_and_pdf_ua_1_at_once(paper, tmp_path):
    path = tmp_path / "paper.pdf"
    path.write_bytes(paper)
    for profile in (page.ValidationProfile.PDF_A_3A, page.ValidationProfile.PDF_UA_1):
        failed = {failure.rule_id for failure in page.validate_pdf(str(path), profile=profile).failures}
        assert {rule for rule in failed if "STREAM-LENGTH" not in rule} == set()  # see test_pdf


def test_tags_of_all_pieces_are_one_tree_with_every_name_once(paper):
    with pdfplumber.open(io.BytesIO(paper)) as opened:
        tree = opened.structure_tree
        pages = len(opened.pages)
        catalog = opened.doc.catalog
    found = [element for top in tree for element in _all(top)]
    rows = [[cell["type"] for cell in element["children"]] for element in found if element["type"] == "TR"]
    assert len([cells for cells in rows if cells[0] == "TD" and len(cells) in (7, 8)]) == ROWS
    numbers = catalog["StructTreeRoot"].resolve()["ParentTree"].resolve()["Nums"][::2]
    assert list(numbers) == list(range(pages))
    heads = [element["id"] for element in found if element["type"] == "TH"]
    assert len(heads) == len(set(heads)) > 8 * 15


def _all(element):
    yield element
    for child in element.get("children", ()):
        yield from _all(child)


def test_bookmarks_lead_through_body_ledger_and_units(paper, whole):
    def marks(content):
        document = pypdfium2.PdfDocument(content)
        return [(mark.get_title(), mark.get_dest().get_index()) for mark in document.get_toc()]

    assert marks(paper) == marks(whole)
    assert [title for title, _page in marks(paper) if title.startswith("附件")] == [
        "附件1　2026年11月整改台账",
        "附件2　2026年11月整改数据分项统计",
        "附件3　2026年11月各单位整改进度和报送情况",
    ]


def test_metadata_and_files_are_those_of_the_report(paper):
    data = sample.long_report(ROWS)
    assert f"data_digest={digest(canonical(data))}".encode() in paper
    document = pypdfium2.PdfDocument(paper)
    names = [document.get_attachment(n).get_name() for n in range(document.count_attachments())]
    assert names == ["data.json", "issue.json", "整改台账.xlsx", "ledger.csv"]


@pytest.mark.slow
def test_one_process_and_another_hash_seed_give_the_same_bytes(paper):
    code = (
        "import django, hashlib; django.setup();"
        "from django.conf import settings; settings.XIAOHAO_PRINT_PROCESSES = 1;"
        "from tests.reports.documents.test_chunks import in_pieces;"
        "print(hashlib.sha256(in_pieces()).hexdigest())"
    )
    for seed in ("7", "random"):
        other = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=settings.BASE_DIR,
            env={**os.environ, "PYTHONHASHSEED": seed, "DJANGO_SETTINGS_MODULE": "config.settings"},
        )
        assert other.stdout.strip() == digest(paper)


def test_a_missing_glyph_in_a_piece_stops_the_paper():
    data = sample.long_report(20)
    data["ledger"][12]["progress"] = "进展😀"
    with pytest.raises(PaperRefused, match="😀"):
        in_pieces(data)


def groups(*sizes):
    return [
        {"label": f"问题{n}", "rows": [f"{n}.{row}" for row in range(size)]} for n, size in enumerate(sizes)
    ]


def ledger(*sizes):
    press = SimpleNamespace(with_style=lambda more: None)
    return Ledger({"ledger": groups(*sizes)}, press)


def test_a_part_says_which_of_its_problems_began_before_and_go_on():
    part = ledger(3, 4, 1).part(2, 7)
    told = [
        (one["label"], one["rows"], one["begun"], one["goes_on"], one["at"])
        for one in part
        if "goes_on" in one
    ]
    assert told == [("问题1", ["1.0", "1.1"], False, True, 5)]
    assert (part[0]["rows"], part[0]["begun"], part[0]["at"], part[0].get("goes_on")) == (
        ["0.1", "0.2"],
        True,
        2,
        None,
    )


class Pages:
    """A ledger whose pages hold as many lines as ``room`` says of the line that they begin with."""

    def __init__(self, lines, room, middle):
        self.lines, self.room, self._middle = range(lines), room, middle

    def middle(self):
        return self._middle

    def lay_out(self, task: Task, path):
        starts = [task.start]
        while starts[-1] + self.room(starts[-1]) < task.stop:
            starts.append(starts[-1] + self.room(starts[-1]))
        kept = len(starts) if task.closed else len(starts) - 1
        following = task.stop if task.closed else starts[kept]
        path.write_bytes(pickle.dumps(Piece(starts[:kept], following, [], {}, path)))


def printed(lines, room, middle, tmp_path, monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK", 20)
    told = []
    pieces = Printers(Pages(lines, room, middle), tmp_path, told.append).run()
    assert told[-1] == 1
    assert told == sorted(told)
    return [piece.starts[at] for piece, wanted in pieces for at in wanted]


@pytest.mark.parametrize("processes", [1, 2])
def test_where_the_lanes_meet_no_page_ends_early(processes, tmp_path, monkeypatch, settings):
    settings.XIAOHAO_PRINT_PROCESSES = processes

    starts = printed(100, lambda line: 5 - line % 5, 52, tmp_path, monkeypatch)
    assert starts == list(range(0, 100, 5))


def test_lanes_that_never_meet_end_at_the_middle(tmp_path, monkeypatch):
    starts = printed(100, lambda line: 4, 50, tmp_path, monkeypatch)
    assert starts == [*range(0, 50, 4), *range(50, 100, 4)]


def test_a_page_longer_than_a_piece_makes_the_piece_longer(tmp_path, monkeypatch):
    starts = printed(100, lambda line: 30, 50, tmp_path, monkeypatch)
    assert starts == [0, 30, 50, 80]


class Killed(Pages):
    def lay_out(self, task, path):
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_process_is_told_in_a_sentence(tmp_path):
    with pytest.raises(Stopped) as stopped:
        Printers(Killed(100, lambda line: 4, 50), tmp_path, print).run()
    assert "memory or time" in str(stopped.value.reader_message)


def test_numbers_of_objects_move_and_the_stream_stays():
    content = b"<</A 7 0 R/B 1 0 R>>\nstream\n7 0 R\nendstream"
    assert merge._renumbered(content, {1: 5}, 30) == b"<</A 30 0 R/B 5 0 R>>\nstream\n7 0 R\nendstream"
