"""Every list exports exactly what it shows: the same rows in the same words, of all its pages."""

import io
import re
from datetime import timedelta

import lxml.html
import openpyxl
from django.test import SimpleTestCase, TestCase
from django.urls import get_resolver, reverse

from cases.models import InstrumentState, Notice
from permissions import clock
from permissions.models import Role
from reports.lists import PAGE, Cell, Exported
from reports.models import PaperStyle
from tests.factories import make_measure, make_person
from tests.test_access_matrix import World

# Page → subject of its address, who looks at it, what is asked, which of its tables.
LISTS = {
    "workflows:supervision": (None, "o", "kind=any", 0),
    "workflows:feedback_list": (None, "c", "", 0),
    "workflows:look_backs": (None, "c", "", 0),
    "workflows:look_back": ("look_back", "c", "", 0),
    "reports:period": ("period", "c", "", 0),
    "reports:figure": ("issued_report", "l", "of=total", 0),
    "reports:reports": (None, "c", "", 0),
}
# Lists of another shape, compared below one by one.
OTHERS = {"workflows:notices", "workflows:board", "reports:periods"}
# By the same page as the list of reports and the rows of a figure.
TWINS = {"reports:bulletins", "reports:bulletin_figure"}
ENGLISH = {"accept-language": "en"}


def squeezed(text):
    return re.sub(r"\s+", "", str(text))


def table_of(page, number=0):
    """The rows of a page's table as the reader sees them."""
    html = lxml.html.fromstring(page.content)
    for button in html.xpath("//a[contains(@class, 'btn')]"):  # what may be done is no part of the list
        button.drop_tree()
    body = html.xpath("//table[contains(@class, 'table')]/tbody")[number]
    return [[squeezed(cell.text_content()) or "—" for cell in row.xpath("th|td")] for row in body.xpath("tr")]


def sheet_of(response):
    """The rows below title and head."""
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    return [[squeezed(value) for value in row] for row in sheet.iter_rows(min_row=3, values_only=True)]


def exporting(patterns, prefix=""):
    """Names of the pages that can be exported, by what they are made of."""
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            name = f"{pattern.namespace}:" if pattern.namespace else prefix
            yield from exporting(pattern.url_patterns, name)
        elif issubclass(getattr(pattern.callback, "view_class", object), Exported):
            yield f"{prefix}{pattern.name}"


class ExportTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.world = World()

    def get(self, name, who, subject=None, query=""):
        self.client.force_login(self.world.people[who])
        args = [getattr(self.world, subject).pk] if subject else []
        return self.client.get(f"{reverse(name, args=args)}?{query}", headers=ENGLISH)

    def both(self, name, who, subject=None, query=""):
        return self.get(name, who, subject, query), self.get(name, who, subject, f"{query}&export=xlsx")

    def test_every_page_that_exports_stands_in_the_table(self):
        self.assertEqual(set(exporting(get_resolver().url_patterns)), LISTS.keys() | OTHERS | TWINS)

    def test_the_file_holds_the_rows_of_the_page(self):
        for name, (subject, who, query, number) in LISTS.items():
            page, file = self.both(name, who, subject, query)
            columns = len(sheet_of(file)[0])
            with self.subTest(name):
                self.assertTrue(table_of(page, number))
                self.assertEqual(sheet_of(file), [row[:columns] for row in table_of(page, number)])

    def test_a_filter_holds_for_the_file_too(self):
        found = sheet_of(self.get("workflows:supervision", "o", query="state=PROPOSED&export=xlsx"))
        self.assertEqual({row[4] for row in found}, {squeezed(InstrumentState.PROPOSED.label)})

    def test_a_unit_gets_its_own_rows_only(self):
        issued = sheet_of(self.get("workflows:supervision", "u", query="kind=any&export=xlsx"))
        self.assertTrue(issued)
        self.assertNotIn(squeezed(InstrumentState.PROPOSED.label), {row[4] for row in issued})
        self.assertEqual(self.get("workflows:feedback_list", "u", query="export=xlsx").status_code, 403)

    def test_all_pages_stand_in_one_file(self):
        person = self.world.people["h"]
        Notice.objects.filter(person=person).delete()
        Notice.objects.bulk_create(
            Notice(person=person, office=self.world.office, kind="claim", created_at=clock.now(), key=f"n{n}")
            for n in range(PAGE + 3)
        )
        page, file = self.both("workflows:notices", "h", query="page=2")
        self.assertEqual(len(page.context["rows"]), 3)
        self.assertEqual(len(sheet_of(file)), PAGE + 3)

    def test_the_months_of_all_plans(self):
        page, file = self.both("reports:periods", "c")
        self.assertEqual([row[1:] for row in sheet_of(file)], table_of(page))

    def test_the_board_exports_everything_that_is_overdue(self):
        long_ago = clock.today() - timedelta(days=30)
        for days in range(3):
            make_measure(self.world.plan, lead=self.world.unit, checkpoints=[long_ago - timedelta(days=days)])
        page, file = self.both("workflows:board", "l")
        shown = [[squeezed(row[name]) for name in ("number", "text")] for row in page.context["overdue"]]
        self.assertEqual([row[:2] for row in sheet_of(file)], shown)

    def test_the_plans(self):
        page, file = self.both("cases:plans", "c")[0], self.get("workflows:plans_xlsx", "c")
        numbers = [[row[1], *row[3:6]] for row in table_of(page)]
        self.assertEqual([[row[2], *row[4:7]] for row in sheet_of(file)], numbers)


class LedgerColumnTests(TestCase):
    def test_the_ledger_page_exports_the_columns_of_the_office_in_its_order(self):
        measure = make_measure()
        office = measure.plan.office
        PaperStyle.objects.create(
            office=office, ledger_columns=["number", "light", "problem", "met", "measure"]
        )
        self.client.force_login(make_person(Role.OFFICE_CLERK, office))
        file = self.client.get(reverse("workflows:ledger_xlsx"), headers=ENGLISH)
        sheet = openpyxl.load_workbook(io.BytesIO(file.content)).active
        self.assertEqual([cell.value for cell in sheet[2]], ["No.", "Light", "Problem", "Measure"])
        self.assertEqual(sheet["D3"].value, measure.text)


class CellTests(SimpleTestCase):
    def test_only_a_cell_without_anything_to_say_or_press_is_left_out_on_a_phone(self):
        cells = [
            Cell(None),
            Cell(""),
            Cell(0),
            Cell("甲"),
            Cell(None, note="注"),
            Cell(None, acts=(("办", "/"),)),
        ]
        self.assertEqual([cell.is_none for cell in cells], [True, True, False, False, False, False])
