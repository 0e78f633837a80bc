"""Printed names → units: each rule with what it must and must not match."""

from django.test import TestCase

from cases.intake.units import accept, is_collective, key_of, propose
from permissions.models import UnitAlias, UnitGroup, UnitKind
from tests.factories import make_office, make_unit


class ProposalTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.office = make_office(name="青山县巡察反馈问题整改工作领导小组办公室")
        names = (
            "青山县发展和改革局 县农业农村局 县水利局 县残疾人联合会 县委办公室 县委农村工作领导小组办公室 "
            "县人力资源和社会保障局 县市场监督管理局 县财政局 县卫生健康局"
        )
        cls.units = {name: make_unit(cls.office, name) for name in names.split()}
        for name in ("城关镇", "柳溪乡", "东湖街道"):
            cls.units[name] = make_unit(cls.office, name, kind=UnitKind.TOWN)

    def match(self, name):
        return propose(self.office, [name])[name]

    def assert_unit(self, printed, name, reason, certain):
        match = self.match(printed)
        self.assertEqual(
            (match.choice, match.reason, match.certain), ({"unit": self.units[name].pk}, reason, certain)
        )

    def test_each_rule_finds_its_unit_and_says_why(self):
        table = [
            ("县水利局", "县水利局", "exact", True),
            ("水利局", "县水利局", "prefix", True),
            ("青山县水利局", "县水利局", "prefix", True),
            ("县发展改革局", "青山县发展和改革局", "spelling", True),
            ("县委办", "县委办公室", "spelling", True),
            ("城关镇党委和政府", "城关镇", "spelling", True),
            ("柳溪乡人民政府", "柳溪乡", "spelling", True),
            ("东湖街道党工委和办事处", "东湖街道", "spelling", True),
            ("县发改局", "青山县发展和改革局", "abbreviation", False),
            ("县人社局", "县人力资源和社会保障局", "abbreviation", False),
            ("县市场监管局", "县市场监督管理局", "abbreviation", False),
            ("市场监管局", "县市场监督管理局", "abbreviation", False),
            ("县残联", "县残疾人联合会", "abbreviation", False),
            ("县委农办", "县委农村工作领导小组办公室", "abbreviation", False),
            ("县发改委", "青山县发展和改革局", "body", False),
            ("县卫健委", "县卫生健康局", "body", False),
            ("县水力局", "县水利局", "sound", False),
            ("县农业农春局", "县农业农村局", "near", False),
            ("县人力资源与社会保证局", "县人力资源和社会保障局", "near", False),
            ("县发展和改革局（县粮食局）", "青山县发展和改革局", "bracket", False),
        ]
        for printed, name, reason, certain in table:
            with self.subTest(printed=printed):
                self.assert_unit(printed, name, reason, certain)

    def test_what_only_looks_alike_becomes_a_new_unit(self):
        for printed in ("市水利局", "县水务局", "县委宣传部", "县政府办公室", "县公安局", "县民政局"):
            with self.subTest(printed=printed):
                match = self.match(printed)
                self.assertEqual(
                    (match.choice, match.reason), ({"new": printed, "kind": "DEPARTMENT"}, "new")
                )

    def test_a_name_that_could_be_two_units_is_not_guessed(self):
        make_unit(self.office, "县农产品加工局")
        make_unit(self.office, "县农机局")
        self.assertEqual(self.match("县农局").reason, "new")

    def test_a_remembered_alias_is_certain(self):
        UnitAlias.objects.create(office=self.office, unit=self.units["县水利局"], name="县水务局")
        self.assert_unit("县水务局", "县水利局", "alias", True)

    def test_a_group_is_found_by_name_and_in_another_spelling(self):
        group = UnitGroup.objects.create(office=self.office, name="各乡镇党委和政府")
        for printed in ("各乡镇党委和政府", "各乡镇党委、政府"):
            with self.subTest(printed=printed):
                self.assertEqual(self.match(printed).choice, {"group": group.pk})

    def test_a_collective_takes_the_towns_that_it_speaks_of(self):
        table = {
            "各街道党工委和办事处": ["东湖街道"],
            "各乡镇党委和政府": ["城关镇", "柳溪乡"],
            "各乡镇（街道）": ["城关镇", "柳溪乡", "东湖街道"],
            "县级行业主责部门": [],
            "各派出单位": [],
        }
        for printed, names in table.items():
            with self.subTest(printed=printed):
                match = self.match(printed)
                expected = {"new_group": printed, "members": [self.units[name].pk for name in names]}
                self.assertEqual((match.choice, match.reason), (expected, "collective"))

    def test_spellings_of_one_new_name_become_one_unit(self):
        names = ["县乡村振兴局", "乡村振兴局", "县住房城乡建设局", "县住房和城乡建设局", "安平镇党委和政府"]
        choices = accept(propose(self.office, names))
        self.assertEqual(
            [choice["new"] for choice in choices.values()],
            ["县乡村振兴局", "县乡村振兴局", "县住房和城乡建设局", "县住房和城乡建设局", "安平镇党委和政府"],
        )
        self.assertEqual(choices["安平镇党委和政府"]["kind"], UnitKind.TOWN)

    def test_without_a_person_only_certain_matches_are_taken(self):
        choices = accept(propose(self.office, ["县发改局", "县水利局"]))
        self.assertEqual(
            choices,
            {
                "县发改局": {"new": "县发改局", "kind": "DEPARTMENT"},
                "县水利局": {"unit": self.units["县水利局"].pk},
            },
        )

    def test_a_doubtful_name_joins_its_other_spellings_when_it_becomes_new(self):
        choices = accept(propose(self.office, ["市场监管局", "县市场监管局"]))
        self.assertEqual({choice["new"] for choice in choices.values()}, {"县市场监管局"})

    def test_three_statements_however_many_names(self):
        for count in (1, 60):
            with self.subTest(count=count), self.assertNumQueries(3):
                propose(self.office, [f"县第{number}局" for number in range(count)])

    def test_units_of_another_office_are_never_proposed(self):
        other = make_office(name="别县整改办公室")
        self.assertEqual(propose(other, ["县水利局"])["县水利局"].reason, "new")


class KeyTests(TestCase):
    def test_words_that_begin_like_a_level_keep_their_first_character(self):
        for name in ("市场监督管理局", "市政管理局", "区域合作办公室"):
            with self.subTest(name=name):
                self.assertEqual(key_of(name).level, "")

    def test_collectives_are_told_by_their_form(self):
        for name in ("各街道党工委和办事处", "市级行业主责部门", "其他成员单位", "派驻县、乡党委和政府"):
            with self.subTest(name=name):
                self.assertTrue(is_collective(name))
        for name in ("县水利局", "柳溪乡人民政府", "县委组织部"):
            with self.subTest(name=name):
                self.assertFalse(is_collective(name))
