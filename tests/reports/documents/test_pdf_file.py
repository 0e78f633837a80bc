"""A PDF written object by object is the document that it was made of, with what was written meanwhile."""

import io

import pydyf
import pypdfium2
import pytest
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfparser import PDFParser

from reports.documents import pdf_file
from reports.documents.pdf_file import PdfFile


def a_document(pages=1):
    pdf = pydyf.PDF()
    pdf.info["Title"] = pydyf.String("整改报告")
    for _ in range(pages):
        content = pydyf.Stream([b"0 0 10 10 re f"])
        pdf.add_object(content)
        box = pydyf.Array((0, 0, 200, 100))
        pdf.add_page(
            pydyf.Dictionary(
                {
                    "Type": "/Page",
                    "Parent": pdf.pages.reference,
                    "MediaBox": box,
                    "Contents": content.reference,
                }
            )
        )
    return pdf


def written(pdf, *contents):
    """The document as a file, and the numbers under which these objects stand in it."""
    output = io.BytesIO()
    file = PdfFile(pdf, output)
    numbers = file.reserve(len(contents))
    for number, content in zip(numbers, contents, strict=True):
        file.write(number, content)
    file.close()
    return output.getvalue(), numbers


def test_pages_and_title_are_those_of_the_document():
    content, _numbers = written(a_document(pages=3))
    document = pypdfium2.PdfDocument(content)
    assert [page.get_size() for page in document] == [(200, 100)] * 3
    assert document.get_metadata_dict()["Title"] == "整改报告"


@pytest.mark.parametrize("packed", [1, 2, 7, 1000])
def test_every_object_is_found_in_whichever_pack_it_is(packed, monkeypatch):
    monkeypatch.setattr(pdf_file, "PACKED", packed)
    stream = pydyf.Stream([b"content"]).data
    contents = [b"<</N %d>>" % number for number in range(12)]
    content, numbers = written(a_document(), *contents[:6], stream, *contents[6:])
    document = PDFDocument(PDFParser(io.BytesIO(content)))
    found = [document.getobj(number) for number in numbers]
    assert found[6].get_data() == b"content"
    assert [one["N"] for one in (*found[:6], *found[7:])] == list(range(12))


def test_more_than_65535_objects_and_one_behind_them_are_found():
    contents = [b"<</N %d>>" % number for number in range(70_000)]
    content, numbers = written(a_document(), *contents)
    document = PDFDocument(PDFParser(io.BytesIO(content)))
    assert [document.getobj(numbers[at])["N"] for at in (0, 65_535, 69_999)] == [0, 65_535, 69_999]
    assert len(pypdfium2.PdfDocument(content)) == 1


def test_the_same_objects_give_the_same_bytes_and_others_another_identifier():
    first, second = written(a_document())[0], written(a_document())[0]
    other = written(a_document(), b"<</N 1>>")[0]
    assert first == second
    identifiers = [PDFDocument(PDFParser(io.BytesIO(one))).xrefs[0].trailer["ID"] for one in (first, other)]
    assert identifiers[0] != identifiers[1]
