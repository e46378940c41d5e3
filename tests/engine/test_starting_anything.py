"""Whatever table somebody hands over: init says what is wrong, or writes what check finds sound."""

from __future__ import annotations

import csv
import tempfile
from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from loopqa.define.checking import check
from loopqa.engine.starting.start import start_from
from loopqa.errors import DataError, UsageError
from loopqa.plugin import PluginHost

HOST = PluginHost()
TODAY = date(2026, 6, 1)

names = st.one_of(
    st.sampled_from(
        [
            *("Rating", "Q1A", "Q1B", "Q1C", "overall", "NPS", "date", "opened_at", "resolved_at"),
            *("state", "updated_at", "number", "ticket no", "customer", "team", "agent", "channel"),
            *("weight", "comment", "answered (Y/N)", "wait seconds", "talk time (s)", "phone"),
            *(
                "满意度",
                "评价日期",
                "客户编号",
                "班组",
                "渠道",
                "是否解决",
                "意见",
                "composite",
                "beside",
            ),
        ]
    ),
    st.text(max_size=12),
)
days = st.dates(date(2024, 1, 1), date(2026, 7, 1))


def of_one_kind() -> st.SearchStrategy[st.SearchStrategy[str]]:
    """A kind of column: what its cells are drawn from."""
    kinds: list[st.SearchStrategy[str]] = [
        st.integers(1, 5).map(str),
        st.integers(0, 6).map(str),
        st.integers(0, 11).map(str),
        st.integers(1, 7).map(str),
        st.sampled_from(["满意", "不满意", "非常满意", "一般", "", "不适用"]),
        st.sampled_from(["Satisfied", "Very satisfied", "Neutral", "N/A"]),
        st.sampled_from(["5分", "4分", "3分", "1分"]),
        st.sampled_from(["Y", "N", ""]),
        st.sampled_from(["是", "否"]),
        days.map(date.isoformat),
        days.map(lambda day: f"{day.day}/{day.month}/{day.year} 9:05"),
        days.map(lambda day: f"{day.year}年{day.month}月{day.day}日"),
        days.map(lambda day: f"{day:%m/%d/%Y} 11:15 PM"),
        days.map(lambda day: f"{day + timedelta(days=1):%Y-%m-%d} 10:00:00"),
        st.integers(1, 10**6).map(str),
        st.floats(0, 500, allow_nan=False).map(lambda number: f"{number:.3f}"),
        st.sampled_from(["New", "Active", "Resolved"]),
        st.sampled_from(["?", "-", "Blank", "", "0", "99"]),
        st.just("same"),
        st.just(""),
        st.text(max_size=20),
        st.text(alphabet="等太久了 态度很好slow.", min_size=13, max_size=40),
    ]
    return st.sampled_from(kinds)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """A header and rows; several rows may share their first cells, as events of a case do."""
    header = draw(st.lists(names, min_size=1, max_size=8))
    rows = draw(st.integers(0, 40))
    columns = [draw(st.lists(draw(of_one_kind()), min_size=rows, max_size=rows)) for _ in header]
    again = draw(st.integers(1, 3))
    return header, [[column[row // again * again] for column in columns] for row in range(rows)]


@settings(
    max_examples=100,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(table=tables(), encoding=st.sampled_from(["utf-8", "gb18030", "utf-16"]))
def test_what_is_written_is_sound_and_what_is_not_is_refused_in_words(table, encoding):
    header, rows = table
    with tempfile.TemporaryDirectory() as name:
        folder, data = Path(name) / "desk", Path(name) / "data.csv"
        with data.open("w", newline="", encoding=encoding, errors="replace") as file:
            csv.writer(file).writerows([header, *rows])
        try:
            started = start_from(folder, data, HOST, today=TODAY)
        except (DataError, UsageError):
            assert not folder.exists()
        else:
            found = [str(one) for one in check([folder], HOST, today=TODAY) if not one.warning]
            written = "\n".join(path.read_text(encoding="utf-8") for path in started.files)
            assert not found, "\n".join([*found, written])
