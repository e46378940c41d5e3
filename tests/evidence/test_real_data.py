"""Counts of real data, exactly as computed independently."""

from __future__ import annotations

from typing import Any

import pytest

from loopqa.evidence.backend import shared_backend
from loopqa.evidence.tallying import Part, tally
from loopqa.model.rubric import ColumnMeasure
from loopqa.model.tally import Tally
from tests.calc.small_rubrics import dimension, indicator, rubric, schemes_of
from tests.evidence.making import cases_of, texts_of_csv
from tests.shared_data import SHARED, expected, needs_shared

pytestmark = needs_shared


def question(column: str) -> Any:
    measure = ColumnMeasure(
        (column,),
        missing=frozenset({"Blank", "BLANK"}),
        not_applicable=frozenset({"0", "6"}),
    )
    return dimension(column, indicator("rating", measure=measure))


def tallied(standard: Any, table: Any, **wishes: Any) -> Tally:
    part = Part("now", None, cases_of(standard, table, **wishes))
    return tally(shared_backend(), standard, schemes_of(standard), [part])


@pytest.mark.parametrize("year", [2014, 2015, 2016, 2017])
def test_every_answer_of_the_airport_survey_is_counted(year: int) -> None:
    answers = expected(f"sfo_{year}")
    columns = [name for name in answers["dimensions"] if name.startswith("Q7")]
    standard = rubric(*(question(name) for name in columns))
    table = texts_of_csv(SHARED / "data" / "sfo" / f"sfo_{year}.csv")
    got = tallied(standard, table, input_map={"weight": ("WEIGHT",)})
    for name in columns:
        levels = [one for one in got.levels if one.indicator == f"{name}.rating"]
        histogram = {f"{one.level:g}": one.n for one in levels if one.level is not None}
        wanted = answers["dimensions"][name]
        assert histogram == {level: n for level, n in wanted["hist"].items() if n}
        assert sum(one.n for one in levels if one.level is None) == answers["missing_or_na"][name]
        weighted = [(one.level, one.weight) for one in levels if one.level is not None]
        mean = sum(level * w for level, w in weighted) / sum(w for _, w in weighted)
        assert mean == pytest.approx(wanted["weighted_mean"], abs=1e-6)


def test_every_rating_of_the_call_centre_is_counted() -> None:
    calamine = pytest.importorskip("python_calamine")
    path = SHARED / "data" / "call_center_pwc" / "Call-Center-Dataset.xlsx"
    header, *rows = calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    batch = [dict(zip(header, row, strict=True)) for row in rows]
    column = next(name for name in header if "atisfaction" in name)
    wanted = expected("pwc_call_center")["all"]["rating"]
    got = tallied(rubric(question(column)), batch)
    histogram = {f"{one.level:g}": one.n for one in got.levels if one.level is not None}
    assert histogram == wanted["hist"]
