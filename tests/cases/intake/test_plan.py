"""Whole documents: what is a problem, what is a measure, who and until when."""

from unittest import TestCase

from cases.intake import Proposal, read_plan

from . import plans


def read(text):
    return read_plan(text.encode(), "plan.txt")


def names(units):
    return [unit.printed for unit in units]


def duties(measure):
    return names(measure.lead_units), names(measure.responsible_units)


def dates(measure):
    return [str(item.due_on) for item in measure.checkpoints]


class WholePlanTests(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan = read(plans.WHOLE)

    def test_header(self):
        plan = self.plan
        self.assertEqual(plan.title, "青山县2023年度河湖管护考核反馈问题整改方案")
        self.assertEqual(plan.issuer, "青山县河湖管护领导小组")
        self.assertIsNone(plan.document_number)  # the number printed is that of another document
        self.assertEqual(str(plan.issued_on), "2024-03-11")
        self.assertEqual(plan.kind, "rectification_plan")
        self.assertEqual(plan.stated_totals, {"problems": 3, "measures": 7})

    def test_reporting(self):
        reporting = self.plan.reporting
        self.assertEqual(reporting.months, [4, 5, 6, 7, 8, 9, 10, 11, 12])
        self.assertEqual(reporting.day, 25)
        self.assertEqual(reporting.recipient, "县河湖管护领导小组办公室(县水务局)")
        self.assertEqual(reporting.contents, ["进展情况", "存在困难", "下步打算"])
        self.assertEqual(reporting.reporter, "各乡镇、县直有关单位")

    def test_problems_keep_their_whole_text(self):
        first, second, third = self.plan.problems
        self.assertEqual([first.label, second.label, third.label], ["(一)", "(二)", "(三)"])
        self.assertEqual(
            first.text,
            "部分河段乱占乱建清理不彻底。有的河段台账不清。\n"
            "云岭市对青山县考核发现:青河下游仍有未拆除的临时建筑。",
        )
        self.assertEqual(first.sources, ["云岭市对青山县"])
        self.assertEqual([len(item.measures) for item in self.plan.problems], [3, 1, 3])

    def test_labels_texts_and_groups(self):
        found = [(item.label, item.group_lead, item.text) for item in self.plan.measures]
        self.assertEqual(
            found,
            [
                ("(1)", None, "开展拉网式排查。一是摸清底数;二是建立台账。"),
                ("(2)一是", "完善长效机制。", "健全巡河制度。"),
                ("(2)二是", "完善长效机制。", "强化部门联动。"),
                ("", None, "高标准建设监测站点。一是新建站点;二是配齐人员。"),
                ("(1)", None, "开展主题宣传。"),
                ("(2)", None, "曝光典型案例。"),
                ("(3)", None, "组织志愿服务。"),
            ],
        )

    def test_duties(self):
        self.assertEqual(
            [duties(measure) for measure in self.plan.measures],
            [
                (["县水务局"], ["各乡镇人民政府", "县自然资源局"]),
                (["县水务局", "县委改革办"], ["各乡镇人民政府"]),
                (["县公安局"], ["县水务局", "县发展和改革局(县商务局)"]),
                (["县生态环境分局"], ["县财政局"]),
                (["县委宣传部"], ["各乡镇、街道"]),
                ([], ["县融媒体中心"]),
                (["团县委"], ["各乡镇党委和政府派驻县、乡党委和政府"]),
            ],
        )
        self.assertEqual(
            [measure.open_ended for measure in self.plan.measures], [False] * 3 + [True] + [False] * 3
        )

    def test_deadlines(self):
        self.assertEqual(
            [(dates(measure), measure.long_term) for measure in self.plan.measures],
            [
                (["2024-06-30", "2024-12-31"], False),
                (["2024-02-29"], False),
                (["2024-09-30"], True),
                ([], True),
                (["2024-12-31"], False),  # the year is that of the issue date
                ([], False),
                (["2024-10-31"], False),
            ],
        )
        self.assertEqual(self.plan.measures[5].deadline_text, "立行立改")

    def test_raw_bracket_ends_before_the_full_stop(self):
        raw = self.plan.measures[1].raw_bracket
        self.assertEqual(raw[0] + raw[-1], "〔〕")

    def test_passages_point_at_what_they_print(self):
        text = self.plan.text
        for measure in self.plan.measures:
            for item in [*measure.lead_units, *measure.responsible_units, *measure.checkpoints]:
                self.assertEqual(text[item.start : item.end], item.printed)
            self.assertIn(measure.text.split("。")[0], text[measure.start : measure.end])

    def test_remarks(self):
        found = {(remark.code, remark.params.get("measure")) for remark in self.plan.remarks}
        self.assertEqual(found, {("born_overdue", "(2)一是"), ("no_lead", "(2)")})

    def test_a_stated_total_that_differs_is_remarked(self):
        plan = read(plans.WHOLE.replace("共制定7条", "共制定8条"))
        self.assertIn(
            "The document speaks of 8 measures, 7 were read.", [str(remark) for remark in plan.remarks]
        )

    def test_round_trip_through_json(self):
        self.assertEqual(Proposal.from_dict(self.plan.to_dict()), self.plan)

    def test_annotations_are_dropped(self):
        self.assertEqual(read("# source: somewhere\n" + plans.WHOLE).to_json(), self.plan.to_json())


class FormTests(TestCase):
    """Other forms of the same thing."""

    def test_fields_on_lines_of_their_own(self):
        first, second = read(plans.FIELDS).problems
        self.assertEqual(first.goal, "标识设置完整。")
        self.assertEqual([item.text for item in first.measures], ["开展水源地排查。", "完善标识标牌。"])
        for measure in first.measures:
            self.assertEqual(duties(measure), (["县生态环境分局"], ["县水务局", "各乡镇人民政府"]))
            self.assertEqual(dates(measure), ["2024-12-31"])
        (measure,) = second.measures
        self.assertEqual((measure.label, measure.text), ("", "加快推进管网建设，实行雨污分流。"))
        self.assertEqual(duties(measure), (["县住房城乡建设局"], ["县发展改革局", "县财政局"]))
        self.assertEqual(names(measure.people), ["张三"])
        self.assertTrue(measure.long_term)

    def test_fields_that_are_numbered(self):
        first, second = read(plans.NUMBERED_FIELDS).problems
        self.assertEqual((first.label, first.goal, second.label), ("问题一", "全面清理。", "问题二"))
        self.assertEqual([item.label for item in first.measures], ["（1）", "（2）"])
        self.assertEqual(duties(first.measures[1]), (["县水务局"], ["青河镇", "石桥镇"]))
        self.assertEqual([dates(item) for item in second.measures], [["2024-12-31"]])

    def test_roles_in_words(self):
        plan = read(plans.TASKS)
        self.assertEqual(plan.document_number, "青政办发〔2023〕15号")
        self.assertEqual((plan.issuer, str(plan.issued_on)), ("青山县人民政府办公室", "2023-03-15"))
        self.assertEqual(
            [(item.kind, item.text) for item in plan.problems],
            [("section", "提升服务质量"), ("section", "优化环境")],
        )
        self.assertEqual(
            [duties(measure) for measure in plan.measures],
            [
                (["县市场监管局"], ["县商务局", "县文化和旅游局"]),
                (["县商务局"], []),
                ([], ["县商务局", "各乡镇人民政府"]),
                ([], ["县税务局"]),
                (["县财政局"], ["各金融机构"]),
            ],
        )
        self.assertEqual([dates(measure) for measure in plan.measures], [[], [], [], [], ["2024-06-30"]])

    def test_the_first_leads_where_the_plan_says_so(self):
        plan = read(plans.FIRST_LEADS)
        self.assertEqual(
            [duties(measure) for measure in plan.measures],
            [(["县委改革办"], ["县发展改革局", "县财政局"]), (["县商务局", "县统计局"], ["县发展改革局"])],
        )

    def test_without_that_rule_nobody_leads(self):
        plan = read(plans.FIRST_LEADS.replace("列在首位的为牵头单位，下同", ""))
        self.assertEqual(duties(plan.measures[1]), ([], ["县商务局", "县统计局", "县发展改革局"]))

    def test_equal_numbers_on_two_levels(self):
        plan = read(plans.SAME_NUMBERS)
        self.assertEqual([item.text for item in plan.problems], ["消防通道堵塞。", "电气线路老化。"])
        self.assertEqual(
            [item.text for item in plan.measures], ["清理通道。", "划线管理。", "更换线路。", "定期检测。"]
        )

    def test_clause_in_a_heading(self):
        first, second = read(plans.HEADINGS).problems
        self.assertEqual([duties(item) for item in first.measures], [(["县水务局"], []), ([], ["县城管局"])])
        self.assertEqual([dates(item) for item in first.measures], [["2024-10-31"], ["2024-03-31"]])
        self.assertEqual([(item.text, item.long_term) for item in second.measures], [("道路养护", True)])

    def test_all_on_one_line(self):
        (problem,) = read(plans.ONE_LINE).problems
        self.assertEqual((problem.text, problem.goal), ("种植环节", "合格率97%以上。"))
        self.assertEqual(
            [(item.label, item.group_lead) for item in problem.measures],
            [("1.（1）", "加强产地保护"), ("1.（2）①", "专项整治"), ("1.（2）②", "专项整治"), ("2.", None)],
        )

    def test_lines_broken_in_mid_sentence(self):
        plan = read(plans.WRAPPED)
        self.assertEqual(plan.title, "青山县农村饮水安全问题整改方案")
        self.assertEqual(plan.issuer, "青山县农村饮水安全工作领导小组")
        first, second = plan.measures
        self.assertEqual(first.text, "健全检测制度，按季度开展集中供水点水质检测，结果向社会公布。")
        self.assertEqual(duties(first), (["县卫生健康局"], ["各乡镇人民政府", "县水务局"]))
        self.assertEqual((duties(second), dates(second)), ((["县水务局"], ["县财政局"]), ["2024-09-30"]))

    def test_without_any_clause_the_lowest_numbers_count(self):
        plan = read(plans.NO_CLAUSES)
        self.assertEqual([item.text for item in plan.problems], ["学习不够", "作风不实"])
        self.assertEqual(
            [(item.label, item.certain) for item in plan.measures],
            [("1.", False), ("2.", False), ("1.", False)],
        )
        self.assertIn("nobody", [remark.code for remark in plan.remarks])

    def test_an_unclosed_bracket_is_read_and_remarked(self):
        plan = read(
            "青山县整改方案\n（一）甲。\n整改措施：\n1.乙。（牵头单位：县水务局；整改时限：2024年5月底前\n2.丙。（牵头单位：县教育局）"
        )
        self.assertEqual([duties(item)[0] for item in plan.measures], [["县水务局"], ["县教育局"]])
        self.assertEqual([item.certain for item in plan.measures], [False, True])
        self.assertIn("bracket_not_closed", [remark.code for remark in plan.remarks])

    def test_two_brackets_in_a_row_are_one_clause(self):
        plan = read(
            "青山县整改方案\n（一）甲。\n整改措施：\n1.乙。【牵头单位：县水务局】【完成时限：2024年8月底前】"
        )
        (measure,) = plan.measures
        self.assertEqual((duties(measure)[0], dates(measure)), (["县水务局"], ["2024-08-31"]))

    def test_a_date_in_the_sentence_is_taken_with_doubt(self):
        plan = read(
            "青山县工作方案\n一、任务\n1.于2024年10月底前印发细则，到2030年全面完成。（责任单位：县水务局）"
        )
        (measure,) = plan.measures
        self.assertEqual(
            (dates(measure), measure.deadline_text, measure.certain),
            (["2024-10-31"], "2024年10月底前", False),
        )

    def test_problems_without_numbers(self):
        first, second = read(plans.ANNOUNCED).problems
        self.assertEqual([item.text for item in (first, second)], ["理论学习不深入。", "作风不实。"])
        self.assertEqual([item.text for item in second.measures], ["调研。", "督查。"])
        self.assertEqual(duties(first.measures[0]), ([], ["县委办"]))
        self.assertEqual(duties(second.measures[0]), ([], ["县委督查室"]))

    def test_measures_counted_in_words(self):
        first, second = read(plans.COUNTED_MEASURES).problems
        self.assertEqual(
            (first.text, first.goal, second.text), ("某企业违法占地。", "恢复耕种。", "批而未供。")
        )
        self.assertEqual([item.label for item in first.measures], ["整改措施1", "整改措施2"])
        self.assertEqual([dates(item) for item in first.measures], [["2024-05-31"], ["2024-08-31"]])

    def test_headings_over_the_problems(self):
        plan = read(plans.THREE_LEVELS)
        self.assertEqual(
            [item.text for item in plan.problems], ["主题教育不扎实。", "组织生活不规范。", "调研不深入。"]
        )
        self.assertEqual(
            [duties(item)[1] for item in plan.measures], [["办公室"], ["办公室"], ["人事科"], ["办公室"]]
        )
        self.assertEqual(names(plan.measures[0].people), ["王五"])

    def test_units_before_the_measures(self):
        first, second = read(plans.UNITS_FIRST).problems
        self.assertEqual((first.sources, first.goal), (["省督察组"], "完善设施。"))
        self.assertEqual([duties(item)[1] for item in first.measures], [["青山县委", "县政府"]] * 2)
        self.assertEqual(
            (dates(second.measures[0]), second.measures[0].deadline_text),
            (["2024-12-31"], "立行立改，2024年底前"),
        )

    def test_roles_in_a_sentence_are_taken_with_doubt(self):
        plan = read(
            "青山县整改方案\n一、任务\n（一）监管\n1.检查。由县市场监管局牵头，县公安局配合，2024年6月底前完成。\n2.执法。"
        )
        self.assertEqual(duties(plan.measures[0]), (["县市场监管局"], ["县公安局"]))
        self.assertFalse(plan.measures[0].certain)

    def test_text_behind_a_clause_is_remarked(self):
        plan = read(
            "青山县工作方案\n一、任务\n1.清理河道。（责任单位：县水务局）\n以上任务纳入年度考核。\n2.补植。（责任单位：县林业局）"
        )
        (remark,) = [remark for remark in plan.remarks if remark.code == "text_after_clause"]
        self.assertEqual(plan.text[remark.start : remark.end], "以上任务纳入年度考核")

    def test_a_line_behind_the_last_bracket_is_for_all_items(self):
        plan = read(
            "青山县整改方案\n（一）甲。\n整改措施：\n1.乙。（牵头单位：县水务局）\n"
            "2.丙。（牵头单位：县财政局）\n整改时限：2024年4月底前"
        )
        self.assertEqual([duties(item)[0] for item in plan.measures], [["县水务局"], ["县财政局"]])
        self.assertEqual([dates(item) for item in plan.measures], [["2024-04-30"], ["2024-04-30"]])

    def test_the_total_of_problems_is_not_that_of_their_kinds(self):
        plan = read(plans.FIELDS.replace("坚持问题导向。", "共梳理出2个方面15个问题，制定32条整改措施。"))
        self.assertEqual(plan.stated_totals, {"problems": 15, "measures": 32})


class ItemWithClauseTests(TestCase):
    """An item with a clause over items with clauses is no problem where plain measures stand beside it."""

    def test_its_items_are_measures_beside_the_plain_ones(self):
        for first, second in (("①", "②"), ("（1）", "（2）")):
            with self.subTest(label=first):
                self.check(first, second)

    def check(self, first, second):
        plan = read(
            "青山县任务分工方案\n2025年3月12日\n一、优化服务\n1.压减时限。\n"
            "2.一窗受理。（县政务中心；2025年6月底前完成）\n"
            f"{first}开展培训。（县人社局、县财政局；2025年9月底前）\n{second}完善评价。（县教育局）\n"
            "二、强化监管\n1.开展抽查。（县审计局）\n"
        )
        self.assertEqual([item.text for item in plan.problems], ["优化服务", "强化监管"])
        self.assertEqual([m.label for m in plan.measures], ["1.", f"2.{first}", f"2.{second}", "1."])
        self.assertEqual(
            [duties(m)[1] for m in plan.measures], [[], ["县人社局", "县财政局"], ["县教育局"], ["县审计局"]]
        )
        # The clause of the item is for what its items leave out.
        self.assertEqual([dates(m) for m in plan.measures], [[], ["2025-09-30"], ["2025-06-30"], []])

    def test_an_item_below_it_without_a_clause_takes_its_clause(self):
        plan = read(
            "青山县任务分工方案\n一、优化服务\n1.压减时限。\n2.一窗受理。（县政务中心、县司法局）\n"
            "①开展培训。（县人社局、县财政局）\n②完善评价。\n③公开结果。（县审计局）\n"
        )
        self.assertEqual(
            [(m.label, duties(m)[1]) for m in plan.measures[2:]],
            [("2.②", ["县政务中心", "县司法局"]), ("2.③", ["县审计局"])],
        )


class KindTests(TestCase):
    def test_the_title_and_the_words_for_problems_decide(self):
        for title, intro, kind in (
            ("青山县关于营商环境督查反馈问题的整改任务分工方案", "", "rectification_plan"),
            ("青山县关于考核反馈问题的任务分工方案", "", "rectification_plan"),
            ("青山县关于巡察反馈意见的整改方案", "", "rectification_plan"),
            ("青山县巡察整改工作方案", "针对指出的不足，制定本方案。", "rectification_plan"),
            ("青山县消防安全问题整治清单", "", "rectification_plan"),
            ("青山县消防安全整改提升工作方案", "", "task_assignment"),
            ("青山县优化营商环境任务分工方案", "", "task_assignment"),
            ("青山县关于促进就业的实施意见", "坚持问题导向。", "task_assignment"),
            ("青山县关于解决出行难问题的实施意见", "", "task_assignment"),
        ):
            with self.subTest(title=title):
                plan = read(f"{title}\n{intro}\n一、优化服务\n1.压减时限。（责任单位：县司法局）\n")
                self.assertEqual((plan.title, plan.kind), (title, kind))


class CountedInWordsTests(TestCase):
    def test_first_next_last_are_labels(self):
        plan = read(
            "青山县任务分工方案\n一、优化服务\n首先，压减时限。（责任单位：县司法局）\n"
            "其次，一窗受理。（责任单位：县教育局）\n最后，公开结果。（责任单位：县审计局）\n"
            "二、强化监管\n1.抽查。首先，定名单；其次，定人员。（责任单位：县财政局）\n2.最后，通报。（责任单位：县水务局）\n"
        )
        self.assertEqual([item.text for item in plan.problems], ["优化服务", "强化监管"])
        self.assertEqual(
            [(m.label, m.text, duties(m)[1]) for m in plan.measures],
            [
                ("首先，", "压减时限。", ["县司法局"]),
                ("其次，", "一窗受理。", ["县教育局"]),
                ("最后，", "公开结果。", ["县审计局"]),
                ("1.", "抽查。首先，定名单；其次，定人员。", ["县财政局"]),
                ("2.", "最后，通报。", ["县水务局"]),
            ],
        )
