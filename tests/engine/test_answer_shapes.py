"""Answers as exports hold them: in words, on scales of their own, in one of several columns."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from loopqa import score
from loopqa.cli.root import run as command
from loopqa.engine.clock import Clock
from loopqa.engine.run import run_workflow
from loopqa.engine.workspace import Workspace

RUBRIC = """\
rubric: r
version: "1"
scale: {low: 1, high: 5}
finding: {below: 3, min_n: 3}
defaults: {missing: ["", 未回答, n/a]}
scales:
  agree: {Strongly agree: 5, Agree: 4, Neutral: 3, Disagree: 2, Strongly disagree: 1}
dimensions:
  words: {column: words, values: agree, refused: [Prefer not to say], not_applicable: ["0"]}
  satisfaction: {column: 满意度, values: {非常满意: 5, 满意: 4, 一般: 3, 不满意: 2, 非常不满意: 1}}
  mixed: {column: mixed, values: {Top: 5, 底: 1}}
  first: {column: [new_name, old_name]}
  advice:
    weight: 0
    indicators:
      nps: {weight: 0, measure: {column: nps, low: 0, high: 10}, score: {type: nps}}
"""


def rows(**columns):
    length = len(next(iter(columns.values())))
    usual = {"words": "Agree", "满意度": "满意", "mixed": "5", "old_name": "3", "nps": "9"}
    return pd.DataFrame(
        {name: columns.get(name, [value] * length) for name, value in usual.items()}
    )


@pytest.fixture
def rubric(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text(RUBRIC, encoding="utf-8")
    return path


def indicator(rubric, data, name):
    return score(rubric, data).card.dimension(name).indicators[0]


def test_english_words_in_any_letters_blanks_and_widths(rubric):
    wide = "Ｓｔｒｏｎｇｌｙ　ａｇｒｅｅ"
    plain = ["Strongly agree", "strongly  agree ", "STRONGLY AGREE"]
    written = [*plain, wide, "N/A", "prefer not to say", "0", "4", ""]
    found = indicator(rubric, rows(words=written), "words")
    assert found.counts == {5.0: 4, 4.0: 1}
    states = {name: n for name, n in found.states.items() if n}
    assert states == {"answered": 5, "missing": 2, "not_applicable": 1, "refused": 1}


def test_chinese_words_with_blanks_and_wide_digits(rubric):
    written = ["非常满意", " 非常满意　", "５", "4.0", "未回答", "非常不满意", None]
    found = indicator(rubric, rows(满意度=written), "satisfaction")
    assert (found.counts, found.states["missing"]) == ({5.0: 3, 4.0: 1, 1.0: 1}, 2)


def test_words_and_numbers_in_one_column(rubric):
    found = indicator(rubric, rows(mixed=["TOP", "底", "3", "2.0"]), "mixed")
    assert found.counts == {5.0: 1, 1.0: 1, 3.0: 1, 2.0: 1}


def test_a_word_that_is_not_on_the_scale_is_a_rejected_row(rubric):
    result = score(rubric, rows(words=["Agree", "Agreee"]))
    assert (result.rows.loaded, result.rows.rejected) == (1, 1)
    (row,) = result.rejected
    assert (row.column, row.value) == ("words", "Agreee")


def test_where_two_words_differ_in_case_alone_it_counts(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text(
        "rubric: r\nscale: {low: 1, high: 5}\n"
        "dimensions: {a: {column: a, values: {X: 5, x: 1, Y: 4}}}\n"
    )
    found = indicator(path, pd.DataFrame({"a": ["X", "x", "y", "Y"]}), "a")
    assert found.counts == {5.0: 1, 1.0: 1, 4.0: 2}


def test_a_measure_may_have_a_scale_of_its_own(rubric):
    result = score(rubric, rows(nps=["0", "10", "9", "6", "11", "-1"]))
    found = result.card.dimension("advice").indicators[0]
    assert (found.n, found.value, result.rows.rejected) == (4, 0.0, 2)


def test_of_several_columns_the_first_that_is_there_is_read(rubric):
    old = rows(words=["Agree"] * 2)
    assert indicator(rubric, old, "first").counts == {3.0: 2}
    assert indicator(rubric, old.assign(new_name="4"), "first").counts == {4.0: 2}


WORKFLOW = """\
workflow: w
rubric: desk
window: month
inputs:
  web: {type: csv, path: web.csv, rater: customer, map: {at: day, rating: note}}
  mail: {type: csv, path: mail.csv, rater: customer, map: {at: day, rating: note}}
cluster: [site, team, agent]
detect: [{type: below_threshold}]
"""
DESK = """\
rubric: desk
version: "1"
scale: {low: 1, high: 5}
finding: {below: 3, min_n: 3}
dimensions:
  care:
    indicators:
      rating: {rater: customer, column: rating BOUND}
"""


@pytest.fixture
def desk(tmp_path):
    for name in ("rubrics", "workflows"):
        (tmp_path / name).mkdir()
    (tmp_path / "loopqa.yaml").write_text("time_zone: UTC\n", encoding="utf-8")
    (tmp_path / "workflows" / "w.yaml").write_text(WORKFLOW, encoding="utf-8")
    for name, level in (("web", 2), ("mail", 5)):
        lines = ["day,note,site,team,agent"]
        lines += [f"2026-03-{1 + n:02},{level},S{n % 2},T{n % 4},A{n % 8}" for n in range(16)]
        (tmp_path / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8")

    def call(bound: str):
        text = DESK.replace(" BOUND", bound)
        (tmp_path / "rubrics" / "desk.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return call


def test_a_column_that_two_inputs_of_a_rater_have_must_be_bound(desk, capsys, monkeypatch):
    monkeypatch.chdir(desk(""))
    assert command(["check"]) == 2
    told = capsys.readouterr()
    assert "indicator 'care.rating' could read 'rating' from input web, mail" in told.out + told.err


def test_a_bound_indicator_reads_its_input_only_with_clusters_from_coarse_to_fine(desk):
    root = desk(", from: web")
    with Workspace.open(root, clock=Clock(datetime(2026, 4, 4, tzinfo=UTC)), actor="li") as ws:
        report = run_workflow(ws, "w")
    (care,) = report.scores["dimensions"]
    assert (care["n"], care["score"]) == (16, 2.0)
    (finding,) = report.opened
    assert finding.score == 2.0
