"""What columns are taken for, and why: scales, dates, batteries, roles, periods, events."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from loopqa.calc.loop.last_window import last_window
from loopqa.calc.starting.columns import Changing, Column, Table
from loopqa.calc.starting.deciding import decide
from loopqa.calc.starting.guess import As, Choices
from loopqa.calc.starting.periods import rhythm_of
from loopqa.calc.starting.scales import scale_of, yes_no_of
from loopqa.calc.starting.times import Ambiguous, Written, dates_of, form_of
from loopqa.model.workflow import Period


def column(name: str, *values: str, times: int = 10) -> Column:
    """A column in which every value stands ``times`` times; "" is blank."""
    counts = Counter({one: times for one in dict.fromkeys(values) if one})
    return Column(name, counts, times * len(dict.fromkeys(values)))


def counted(name: str, **counts: int) -> Column:
    """A column of numbers: n4=10 are ten fours."""
    return Column(name, {k[1:]: n for k, n in counts.items()}, sum(counts.values()))


def table(*columns: Column) -> Table:
    """A table as long as its longest column."""
    rows = max(one.rows for one in columns)
    return Table(tuple(Column(c.name, c.counts, rows) for c in columns), rows)


def roles(*columns: Column, choices: Choices = Choices()) -> dict[str, As]:  # noqa: B008
    return {one.column: one.role for one in decide(table(*columns), choices).taken}


ONES_TO_FIVES = [str(level) for level in range(1, 6)]


@pytest.mark.parametrize(
    ("values", "ends", "missing", "beside"),
    [
        (ONES_TO_FIVES, (1, 5), (), ()),
        (["2", "3", "4", "5", "0", "6"], (1, 5), ("0",), ("6",)),
        ([*ONES_TO_FIVES, "Blank", "N/A"], (1, 5), ("Blank",), ("N/A",)),
        ([*ONES_TO_FIVES, "99"], (1, 5), (), ("99",)),
        ([str(level) for level in range(1, 8)], (1, 7), (), ()),
        ([str(level) for level in range(11)], (0, 10), (), ()),
        ([str(level) for level in range(12)], (0, 10), (), ("11",)),
        ([str(level) for level in range(1, 11)], (1, 10), (), ()),
        (["非常满意", "满意", "一般", "不满意", "不适用"], (1, 5), (), ("不适用",)),
        (["Very satisfied", "Satisfied", "Dissatisfied"], (1, 5), (), ()),
        (["5分", "4分", "3分", "1分"], (1, 5), (), ()),
        (["5 - excellent", "4 - good", "3 - fair"], (1, 5), (), ()),
        (["非常满意(5分)", "满意(4分)", "一般(3分)"], (1, 5), (), ()),
    ],
)
def test_a_scale_is_told_from_its_values(values, ends, missing, beside):
    found = scale_of(column("q", *values))
    assert found is not None
    assert (found.low, found.high) == ends
    assert (found.missing, found.not_applicable) == (missing, beside)


@pytest.mark.parametrize(
    "values",
    [
        ["1", "2", "3"],  # codes, or priorities
        ["1", "2", "3", "4", "5", "6", "7", "8", "9", "12"],
        ["1.5", "2.5", "4", "5"],
        ["red", "green", "blue"],
        ["满意", "red", "一般"],
        ["K1", "K2", "K3", "K4", "K5"],
        ["4", "5"],
        [""],
    ],
)
def test_what_is_no_scale_is_taken_for_none(values):
    assert scale_of(column("q", *values)) is None


def test_sixes_that_go_on_where_fives_end_are_the_best_level_and_others_a_code():
    marks = counted("q", n1=5, n2=10, n3=20, n4=40, n5=50, n6=30)
    assert scale_of(marks) is not None
    assert scale_of(marks).high == 6
    code = counted("q", n1=5, n2=10, n3=20, n4=40, n5=30, n6=90)
    assert (scale_of(code).high, scale_of(code).not_applicable) == (5, ("6",))


def test_yes_and_no_are_told_in_both_languages():
    assert yes_no_of(column("q", "Y", "N", "")).yes == ("Y",)
    assert yes_no_of(column("q", "是", "否", "不适用")).not_applicable == ("不适用",)
    assert yes_no_of(column("q", "是", "也许")) is None


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (["2026-03-01", "2026-03-31 10:00:00"], None),
        (["2026/3/5", "2026/12/31"], None),
        (["2026-3-5"], "%Y-%m-%d"),
        (["14/4/2016 20:42", "3/5/2016 09:11"], "%d/%m/%Y %H:%M"),
        (["05/18/2016 12:00:00 AM", "05/09/2016 12:00:00 AM"], "%m/%d/%Y %I:%M:%S %p"),
        (["31.12.26", "01.02.26"], "%d.%m.%y"),
        (["2026年3月5日", "2026年12月31日"], "%Y年%m月%d日"),
    ],
)
def test_the_form_of_dates_is_told_from_all_of_them(values, form):
    found = form_of(values)
    assert isinstance(found, Written)
    assert found.form == form


@pytest.mark.parametrize(
    "values",
    [
        ["12/31/1899 11:30:00 AM"],  # a time of day that a spreadsheet made a date of
        ["12", "17"],
        ["31/12/2026", "12/31/2026"],
        ["2026-03-01", "tomorrow"],
        ["14/4/2016", "14/4/2016 10:00"],
    ],
)
def test_what_fits_no_form_is_no_date(values):
    assert form_of(values) is None


def test_dates_that_read_in_two_ways_are_named_with_both_readings():
    found = form_of(["3/4/2026", "5/6/2026"])
    assert isinstance(found, Ambiguous)
    assert (found.day_first, found.month_first) == ("2026-04-03", "2026-03-04")


def test_a_neighbour_settles_which_comes_first():
    rating = column("score", *ONES_TO_FIVES)
    doubt = column("date", *(f"{day}/4/2026" for day in range(1, 6)))
    sure = column("created", "25/4/2026", *(f"{day}/2/2026" for day in range(1, 5)))
    assert decide(table(rating, doubt)).ambiguous is not None
    guess = decide(table(rating, doubt, sure))
    assert (guess.ambiguous, guess.days.form) == (None, "%d/%m/%Y")
    chosen = decide(table(rating, doubt), Choices(dates="%m/%d/%Y"))
    assert min(chosen.days.counts) == date(2026, 1, 4)


def test_a_name_or_a_battery_makes_a_rating_and_a_lone_code_does_not():
    survey = [column(name, *ONES_TO_FIVES, "0", "6") for name in ("Q7A", "Q7B", "Q7C")]
    code = column("Q5TIMES", *ONES_TO_FIVES, "0")
    found = roles(
        *survey, column("x", "a", "b"), code, column("y", "a"), column("Q13RATE", *"12345")
    )
    assert [name for name, role in found.items() if role is As.RATING] == [
        *("Q7A", "Q7B", "Q7C"),
        "Q13RATE",
    ]
    assert roles(code) == {"Q5TIMES": As.RATING}, "nothing else could be one"


def test_each_column_is_taken_for_one_thing():
    numbers = [f"T{number}" for number in range(50)]
    found = roles(
        column("工单号", *numbers, times=1),
        column("客户编号", *(f"K{number}" for number in range(25)), times=2),
        column("客户姓名", *(f"王{number}" for number in range(25)), times=2),
        column("手机号", *(f"1380000{number:04d}" for number in range(50)), times=1),
        column("评价日期", *(f"2026/3/{day}" for day in range(1, 26)), times=2),
        column("渠道", "电话", "在线", times=25),
        column("班组", "一班", "二班", times=25),
        column("服务态度", *ONES_TO_FIVES, times=10),
        column("是否解决", "是", "否", times=25),
        column("等待秒数", *(str(number) for number in range(25)), times=2),
        column("客户意见", *(f"等了{number}分钟，太久了" for number in range(25)), times=2),
    )
    assert found == {
        "工单号": As.CASE,
        "客户编号": As.CUSTOMER,
        "评价日期": As.DATE,
        "渠道": As.SEGMENT,
        "班组": As.CLUSTER,
        "服务态度": As.RATING,
        "是否解决": As.YES_NO,
        "等待秒数": As.AMOUNT,
        "客户意见": As.COMMENT,
    }


def test_names_of_few_customers_are_no_segment():
    found = roles(
        column("满意度", *ONES_TO_FIVES, times=10),
        column("客户姓名", "张伟", "李芳", "王强", "赵敏", times=12),
        column("name", "Ann", "Bob", "Cem", "Dan", times=12),
        column("渠道", "电话", "在线", times=25),
    )
    assert found == {"满意度": As.RATING, "渠道": As.SEGMENT}


def test_passed_and_failed_tell_quality_whatever_the_column_is_called():
    found = roles(
        column("Greeting", "Pass", "Fail", "N/A", times=20),
        column("开场白", "合格", "不合格", times=30),
        column("flag", "Y", "N", times=30),
    )
    assert found == {"Greeting": As.YES_NO, "开场白": As.YES_NO}


def test_a_sum_beneath_the_table_leaves_its_dates_dates():
    days = [f"0{month}/{day}/2026" for month in (6, 7) for day in range(1, 31)]
    assert dates_of(column("Date", *days, "Total")).form == "%m/%d/%Y"
    assert dates_of(column("Date", *days[:9], "Total")) is None


def test_of_dates_that_read_in_two_ways_one_is_named_that_differs():
    assert form_of(["1/1/2026", "3/4/2026"]).value == "3/4/2026"


def test_marks_of_0_to_100_are_a_rating_where_the_name_says_so():
    marks = [str(mark) for mark in range(40, 101, 3)]
    (rated,) = decide(table(column("质检得分", *marks))).ratings
    assert (rated.scale.low, rated.scale.high) == (0, 100)
    assert roles(column("percent", *marks), column("rating", *ONES_TO_FIVES)) == {
        "rating": As.RATING
    }


def test_a_survey_weight_is_1_on_average_and_a_parcel_is_not():
    rating = column("rating", *ONES_TO_FIVES)
    assert roles(rating, Column("weight", {"0.5": 25, "1.5": 25}, 50))["weight"] is As.WEIGHT
    assert "weight" not in roles(rating, Column("weight", {"0.5": 25, "30": 25}, 50))


def test_times_of_a_spreadsheet_before_its_first_day_are_no_dates():
    early = Column("opened at", {"1899-12-31T10:00:00": 5, "1899-12-31T11:00:00": 5}, 10, True)
    later = Column("resolved at", {"1899-12-31T12:00:00": 10}, 10, True)
    guess = decide(Table((counted("rating", n4=5, n5=3, n3=2), early, later), 10))
    assert (guess.days, guess.spans) == (None, ())


def test_what_a_person_chose_comes_first():
    columns = [column("score", *ONES_TO_FIVES), column("level", *ONES_TO_FIVES)]
    guess = decide(table(*columns), Choices(ratings=("level",), segments=("score",)))
    assert [one.column for one in guess.ratings] == ["level"]
    assert guess.segments == ("score",)


def days(first: date, last: date, n: int) -> dict[date, int]:
    return {first + timedelta(days=at): n for at in range((last - first).days + 1)}


@pytest.mark.parametrize(
    ("found", "unit", "last"),
    [
        (days(date(2026, 1, 1), date(2026, 4, 20), 5), "month", "2026-03-01..2026-03-31"),
        ({date(2025, month, 3): 20 for month in range(1, 13)}, "quarter", "2025-10-01..2025-12-31"),
        ({date(2020, 5, 3): 12, date(2020, 9, 3): 20}, "year", "2020-01-01..2020-12-31"),
        (days(date(2026, 4, 2), date(2026, 4, 20), 10), "week", "2026-04-13..2026-04-19"),
        ({date(2026, 4, 20): 100}, "day", "2026-04-20..2026-04-20"),
    ],
)
def test_the_period_is_the_one_whose_complete_windows_have_enough_cases(found, unit, last):
    rhythm = rhythm_of(found, date(2026, 4, 20))
    assert (rhythm.unit, str(rhythm.last)) == (unit, last)


def test_the_trickle_in_which_an_export_ends_is_passed_over():
    found = days(date(2016, 3, 1), date(2016, 5, 31), 100) | days(
        date(2016, 6, 1), date(2016, 6, 30), 2
    )
    window = last_window(found, Period("month"), date(2026, 1, 1), 30)
    assert str(window) == "2016-05-01..2016-05-31"


def test_two_months_end_with_every_month():
    found = {date(2026, 1, 5): 40, date(2026, 2, 5): 40}
    window = last_window(found, Period("month", 2), date(2026, 4, 1), 30)
    assert str(window) == "2026-02-01..2026-03-31"


def test_events_become_cases_by_the_number_that_they_share():
    opened = {f"{day}/5/2026 10:00": 4 for day in range(1, 26)}
    changed = {f"{day}/5/2026 1{at}:30": 1 for day in range(1, 26) for at in range(4)}
    columns = (
        Column("number", {f"INC{number}": 4 for number in range(25)}, 100),
        Column("opened_at", opened, 100),
        Column("updated_at", changed, 100),
        Column("state", {"New": 25, "Active": 50, "Resolved": 25}, 100),
        Column("resolved_at", {**opened, "?": 0}, 100),
        Column("mod_count", {str(at): 25 for at in range(4)}, 100),
        Column("assignment_group", {"A": 50, "B": 50}, 100),
    )
    steady = Changing(True, cases=dict.fromkeys(opened, 1))
    within = {
        one.name: steady if one.name == "opened_at" else Changing(False, "New") for one in columns
    }
    guess = decide(Table(columns, 100, "number", within))
    assert guess.events is not None
    assert (guess.events.key, guess.events.updated, guess.events.initial) == (
        *("number", "updated_at"),
        "New",
    )
    assert guess.events.sequence == "mod_count"
    assert [span.id for span in guess.spans] == ["responded", "resolved"]
    assert sum(guess.days.counts.values()) == 25
