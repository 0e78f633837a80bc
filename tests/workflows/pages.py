"""Asking for pages as a person would, in English, and counting what it costs."""

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.workflows.life import LifeTestCase

HIDDEN = re.compile(r'<input type="hidden" name="(row_version|key)" value="([^"]*)"')


class PageTestCase(LifeTestCase):
    def setUp(self):
        super().setUp()
        self.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"

    def act_url(self, measure, act):
        return reverse(f"workflows:{act}", args=[measure.pk])

    def hidden(self, response):
        """The version and the key that the shown form would send."""
        return dict(HIDDEN.findall(response.content.decode()))

    def post(self, person, measure, act, form=None, **data):
        self.client.force_login(person)
        form = form or {
            "row_version": measure.row_version,
            "key": f"{act}-{measure.pk}-{measure.row_version}",
        }
        return self.client.post(self.act_url(measure, act), {**form, **data})

    def statements(self, person, ask):
        """Statements of one request, session and user included, savepoints of the test apart."""
        self.client.force_login(person)
        with CaptureQueriesContext(connection) as queries:
            response = ask()
        self.assertLess(response.status_code, 400)
        return sum("SAVEPOINT" not in query["sql"] for query in queries)
