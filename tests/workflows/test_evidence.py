from hashlib import sha256

from django.test import override_settings

from cases import files
from cases.errors import BadFile, NoRight, NotReady, WrongState
from cases.models import Evidence, StoredFile
from cases.states import MeasureState
from tests.factories import png
from tests.workflows.life import LifeTestCase

S = MeasureState


class AttachEvidenceTests(LifeTestCase):
    def attach(self, measure, *uploads, **data):
        return self.do(measure, "attach_evidence", self.handler, files=list(uploads), **data)

    def test_bytes_are_kept_under_their_digest_and_the_record_names_it(self):
        measure, data = self.measure(state=S.RECTIFYING), png()
        outcome = self.attach(measure, ("照片.png", data), note="改造后")
        evidence = measure.evidence.get()
        digest = sha256(data).hexdigest()
        self.assertEqual(
            (evidence.file.sha256, evidence.file.size, evidence.note), (digest, len(data), "改造后")
        )
        self.assertEqual(files.read(evidence.file), data)
        self.assertIn(digest, outcome.entry.body)

    def test_several_files_are_one_act(self):
        measure = self.measure(state=S.RECTIFYING)
        self.attach(measure, ("一.png", png()), ("二.png", png()), ("三.png", png()))
        self.assertEqual((measure.evidence.count(), measure.row_version, measure.trail.count()), (3, 2, 1))

    def test_the_same_content_is_refused_by_both_names(self):
        measure, data = self.measure(state=S.RECTIFYING), png()
        self.attach(measure, ("照片.png", data))
        text = self.refused(NotReady, measure, "attach_evidence", self.handler, files=[("副本.png", data)])
        self.assertIn("“副本.png” is already attached as “照片.png”", text)

    def test_a_refused_file_leaves_no_row_of_any(self):
        measure = self.measure(state=S.RECTIFYING)
        uploads = [("好.png", png()), ("坏.exe", b"MZ\x90\x00" * 20)]
        text = self.refused(BadFile, measure, "attach_evidence", self.handler, files=uploads)
        self.assertIn("“坏.exe”", text)
        self.assertEqual((Evidence.objects.count(), StoredFile.objects.count()), (0, 0))

    def test_each_kind_of_bad_file_has_its_sentence(self):
        table = [
            ("空.png", b"", "“空.png” is empty. Choose the file again."),
            (
                "名不副实.pdf",
                png(),
                "The content of “名不副实.pdf” is not what its ending says. Save it again in the right format.",
            ),
            (
                "页面.html",
                b"<html><script>alert(1)</script></html>",
                "“页面.html” is not a kind of file that can be evidence. Use a photo, PDF, Word or Excel file.",
            ),
            (
                "图.svg",
                b"<svg xmlns='http://www.w3.org/2000/svg'/>",
                "“图.svg” is not a kind of file that can be evidence. Use a photo, PDF, Word or Excel file.",
            ),
        ]
        measure = self.measure(state=S.RECTIFYING)
        for name, data, sentence in table:
            with self.subTest(name):
                text = self.refused(BadFile, measure, "attach_evidence", self.handler, files=[(name, data)])
                self.assertEqual(text, sentence)

    @override_settings(XIAOHAO_EVIDENCE_MAX_MB=1)
    def test_a_file_over_the_limit_is_refused_with_the_limit(self):
        measure = self.measure(state=S.RECTIFYING)
        data = png() + b"\0" * 1024 * 1024
        text = self.refused(BadFile, measure, "attach_evidence", self.handler, files=[("大图.png", data)])
        self.assertEqual(text, "“大图.png” is larger than 1 MB. Send a smaller scan or split it.")

    def test_states_and_rights(self):
        for state in sorted(set(S) - {S.RECTIFYING, S.DRAFT}):
            measure = self.measure(state=state)
            with self.subTest(state=state):
                self.refused(WrongState, measure, "attach_evidence", self.handler, files=[("图.png", png())])
        measure = self.measure(state=S.RECTIFYING)
        for person in (self.head, self.clerk, self.office_head, self.leader, self.auditor):
            self.refused(NoRight, measure, "attach_evidence", person, files=[("图.png", png())])
