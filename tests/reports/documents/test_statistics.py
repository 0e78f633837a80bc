"""The tables of the statistics annex, as plain text: which there are, and what stands in them."""

from reports.documents import monthly, statistics
from tests.reports.documents import sample


def test_each_table_has_its_number_and_its_rows():
    problems, levels, compared = statistics.tables(sample.snapshot())
    assert [problems.caption, levels.caption] == ["表2　各问题整改进度", "表3　各来源问题整改进度"]
    assert compared.caption == "表4　与上期对比（上期数据截至2026年10月22日）"
    assert problems.rows[0] == [f"（一）{sample.PROBLEMS[0]}", "5", "4", "4", "1", "1", "1", "1", "0/0"]
    assert levels.rows[0] == ["省级", "22", "20", "18", "4", "6", "4", "4", "0/0"]
    assert compared.rows[0] == ["已销号", "7/40 = 17.5%", "5/40 = 12.5%", "+2", "+5.0"]
    assert compared.rows[-1] == ["按期完成率", "0/0（不计算比例）", "2/0（不计算比例）", "-2", "—"]


def test_every_table_is_as_wide_as_the_type_area_and_its_rows_as_its_head():
    for table in statistics.tables(sample.snapshot()):
        assert round(sum(millimetres for _name, millimetres in table.widths), 1) == 156
        assert {len(row) for row in table.rows} == {len(table.head)} == {len(table.widths)}


def test_a_breakdown_into_one_part_is_left_out():
    data = sample.snapshot()
    data["by_source_level"] = data["by_source_level"][:1]
    assert [table.caption[:2] for table in statistics.tables(data)] == ["表2", "表3"]
    data["by_problem"], data["month_on_month"] = data["by_problem"][:1], None
    assert statistics.tables(data) == []
    assert "statistics" not in monthly.annexes(data)


def test_an_early_report_has_none_and_names_two_annexes():
    data = sample.snapshot()
    for key in ("by_problem", "by_source_level", "month_on_month"):
        del data[key]
    names = monthly.annexes(data)
    assert [one["label"] for one in names.values()] == ["附件1", "附件2"]
    assert monthly.figures_line(names) == "整改工作主要数据见表1。"
    assert monthly.annexes(data, internal=True)["units"]["label"] == "附件"


def test_what_was_not_counted_yet_has_a_dash():
    data = sample.snapshot()
    for row in data["by_problem"]:
        del row["on_time"], row["behind"]
    assert statistics.tables(data)[0].rows[0][4::4] == ["—", "—"]


def test_too_many_problems_are_left_to_the_spreadsheet():
    data = sample.snapshot()
    data["by_problem"] = data["by_problem"] * 23
    levels, compared = statistics.tables(data)
    assert levels.caption.startswith("表2")
    assert compared.notes == (statistics.LEFT_OUT,)


def test_changes_have_their_sign():
    assert [statistics.signed(change) for change in (3, -2, 0, "0.4", "-0.1", "0.0")] == [
        "+3", "-2", "0", "+0.4", "-0.1", "0",
    ]  # fmt: skip
