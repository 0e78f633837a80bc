"""The conflicting pairs of ``tests.test_races`` as two forms sent at the same moment to a server of its own.

Both were opened before either was sent, as two people would: exactly one wins. The other gets a page with the reason
and everything that was typed, never an error of the server. Five times each in every run, a hundred times in
``bin/test --all``.
"""

import http.client
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from time import monotonic
from urllib.parse import urlencode
from wsgiref.simple_server import WSGIRequestHandler

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connections
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse

from cases.states import MeasureState as S
from permissions.models import User
from tests import test_races
from workflows.door import ACTS, perform
from workflows.forms.acting import new_key
from workflows.integrity import check_office

TOKEN = "t" * 32
DONE, REFUSALS = 302, {403, 404, 409}


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


def _serve(ports):
    connections.close_all()  # the parent's connection is the parent's
    server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet)
    server.set_app(WSGIHandler())
    ports.put(server.server_port)
    server.serve_forever()


class HttpRaces(test_races.ProcessRaces):
    """Runs the same pairs; what the rows look like afterwards is compared there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        connections.close_all()
        ports = test_races.FORK.Queue()
        cls.server = test_races.FORK.Process(target=_serve, args=(ports,), daemon=True)
        cls.server.start()
        cls.addClassCleanup(cls.server.kill)
        cls.port = ports.get(timeout=30)

    def setUp(self):
        super().setUp()
        self.signed_in = {}

    def runs(self, make, *, winners=(1,)):
        for _ in self.tries():
            measure, knocks = make()
            before = measure.trail.count() if measure else 0
            forms = [self.form(*knock) for knock in knocks]
            answers = self.at_once(forms)
            statuses = [status for status, _page in answers]
            self.assertEqual(set(statuses) - REFUSALS - {DONE}, set(), answers)
            won = statuses.count(DONE)
            # Whoever acts on the same row saw a version that is no more; an extension and its measure are two rows.
            self.assertIn(won, winners if not measure else (1,), statuses)
            for (status, page), (_pk, _act, _person, data) in zip(answers, knocks, strict=True):
                if status not in {DONE, 404}:
                    self.assert_kept(page, data)
            self.assertEqual(check_office(self.office).wrong, [], statuses)
            if measure:
                self.assertEqual(measure.trail.count() - before, won, statuses)
        yield from ()

    def assert_kept(self, page, data):
        """A form shows its sentence above what was typed; one without fields gives way to a page that only says it."""
        typed = [data[name] for name in ("reason", "findings", "settlement", "text") if data.get(name)]
        self.assertRegex(page, 'role="alert"' if typed else 'role="alert"|class="stop__text"')
        for text in typed:
            self.assertIn(text, page)

    # One form ------------------------------------------------------------------------------------------

    def form(self, pk, act, person, data):
        """(address, body, headers) as this person's browser would send it."""
        subject = ACTS[act].model.objects.get(pk=pk)
        if act == "reassign":
            data = {"leads": [f"unit:{data['to_unit']}"], "reason": data["reason"]}
        if act == "issue_instrument":
            data = {"text": subject.text}
        fields = {"row_version": subject.row_version, "key": new_key(), **data}
        return self.sent(person, reverse(f"workflows:{act}", args=[pk]), fields)

    def sent(self, person, url, fields):
        fields = {name: _plain(value) for name, value in fields.items()} | {"csrfmiddlewaretoken": TOKEN}
        cookies = self.cookies_of(person)
        headers = {
            "Host": "testserver",
            "Cookie": f"{cookies}; csrftoken={TOKEN}",
            "Accept-Language": "zh-Hans",
        }
        if "files" in fields:
            body, headers["Content-Type"] = encode_multipart(BOUNDARY, fields), MULTIPART_CONTENT
        else:
            body = urlencode(fields, doseq=True).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return url, body, headers

    def cookies_of(self, person):
        """Everybody signs in once in a test."""
        if person.pk not in self.signed_in:
            browser = Client()
            browser.force_login(User.objects.get(pk=person.pk))
            found = (f"{name}={morsel.value}" for name, morsel in browser.cookies.items())
            self.signed_in[person.pk] = "; ".join(found)
        return self.signed_in[person.pk]

    def at_once(self, forms):
        """[(status, page)]; ``met`` counts those that were all sent before the first was answered."""
        barrier, times = Barrier(len(forms)), []

        def post(form):
            url, body, headers = form
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                connection.connect()  # a thread of the server listens to each before anybody sends
                barrier.wait(timeout=30)
                began = monotonic()
                connection.request("POST", url, body, headers)
                answer = connection.getresponse()
                times.append((began, monotonic()))
                return answer.status, answer.read().decode()
            finally:
                connection.close()

        with ThreadPoolExecutor(len(forms)) as pool:
            answers = list(pool.map(post, forms))
        self.met += test_races.met(times)
        return answers

    # A pair of its own ---------------------------------------------------------------------------------

    def test_one_by_itself_and_the_same_among_many(self):
        """A checkpoint is confirmed among many measures while a colleague sends it back."""
        for _ in self.tries():
            measures = [self.measure(S.RECTIFYING) for _number in range(3)]
            for measure in measures:
                step = measure.checkpoints.get()
                perform(measure.pk, "report_checkpoint", actor=self.handler, checkpoint=step.pk)
            bulk, browser = reverse("workflows:bulk"), Client()
            browser.force_login(User.objects.get(pk=self.clerk.pk))
            many = {"act": "confirm_checkpoint", "row": [measure.pk for measure in measures]}
            seen = browser.post(bulk, many).context
            confirm = {
                "act": "confirm_checkpoint",
                "run": "allowed",
                "key": seen["key"],
                "rows": seen["sealed"],
            }
            one = measures[1]
            refuse = {"checkpoint": one.checkpoints.get().pk, "reason": "现场未完成"}
            forms = [
                self.sent(self.clerk, bulk, confirm),
                self.form(one.pk, "refuse_checkpoint", self.clerk2, refuse),
            ]
            (many_status, result), (one_status, page) = self.at_once(forms)
            refused = one_status == DONE
            self.assertEqual((many_status, one_status in {DONE, 409}), (200, True), page)
            self.assertEqual("chip--danger" in result, refused)
            if not refused:
                self.assert_kept(page, refuse)
            met = [measure.checkpoints.get().met_on is not None for measure in measures]
            self.assertEqual(met, [True, not refused, True])
            self.assertEqual(check_office(self.office).wrong, [])


def _plain(value):
    """As a form would send it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return [SimpleUploadedFile(name, content) for name, content in value]
    return value


@pytest.mark.slow
class ManyHttpRaces(HttpRaces):
    times = 100
