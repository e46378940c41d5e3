"""Samples drawn by strata on the command line: scores in two languages, checks and refusals."""

from __future__ import annotations

import pytest

from loopqa.cli.root import run

WORKFLOW = """\
workflow: areas
rubric: hotline
inputs:
  survey:
    type: csv
    path: areas.csv
    rater: customer
    map: {MAP}
"""
BOTH = "stratum: area, population: cases"


@pytest.fixture
def areas(loopqa, tmp_path, monkeypatch):
    """Write a workflow with this map and data with these rows, and call a command."""
    assert run(["init", str(tmp_path / "ws"), "--template", "hotline"]) == 0
    monkeypatch.chdir(tmp_path / "ws")

    def call(*command, map=BOTH, rows=(("gold", 9), ("gold", 9), ("plain", 90), ("plain", 90))):
        written = WORKFLOW.replace("{MAP}", "{" + map + "}")
        (tmp_path / "ws/workflows/areas.yaml").write_text(written, encoding="utf-8")
        lines = [f"{area},{cases},{2 + at % 3},3,4" for at, (area, cases) in enumerate(rows)]
        head = "area,cases,attitude,responsiveness,solution"
        (tmp_path / "ws/areas.csv").write_text("\n".join([head, *lines, ""]), encoding="utf-8")
        return loopqa(*command)

    return call


SCORE = ("score", "hotline", "areas.csv", "--workflow", "workflows/areas.yaml")


def test_a_score_says_what_the_sample_is_worth(areas):
    answer = areas(*SCORE)
    assert answer.code == 0
    assert "attitude: 4 cases drawn by strata, as good as 2 drawn alike (Kish)" in answer.lines
    attitude = next(line for line in answer.lines if line.startswith("attitude  "))
    assert attitude.split()[1:3] == ["4", "2.95"]  # (9 x 2.5 + 90 x 3.0) / 99


def test_a_score_says_it_in_chinese(areas):
    answer = areas("--lang", "zh", *SCORE)
    assert "attitude：分层抽取 4 个个案，相当于等概率抽取 2 个（Kish）" in answer.lines


def test_the_document_has_the_effective_number_of_answers(areas):
    found = areas(*SCORE, "--json").json["dimensions"]
    assert found[0]["effective_n"] == pytest.approx(99**2 / (2 * 4.5**2 + 2 * 45**2))


@pytest.mark.parametrize(
    ("map", "problem"),
    [
        ("stratum: area", "8:11: 'stratum' is mapped without 'population'"),
        ("population: cases", "8:11: 'population' is mapped without 'stratum'"),
        (f"{BOTH}, weight: w", "'weight' is mapped beside 'stratum' and 'population'"),
    ],
)
def test_check_refuses_strata_without_sizes_and_beside_weights(areas, map, problem):
    answer = areas("check", map=map)
    assert answer.code == 2
    assert problem in answer.out
    assert "  hint: " in answer.out


@pytest.mark.parametrize(
    ("rows", "problem", "hint"),
    [
        (
            [("gold", 9), ("gold", 8)],
            "areas.csv:3:population: stratum 'gold' has 8 cases here and 9 in row 2",
            "give one size per stratum and window, or let the stratum name the period, too",
        ),
        (
            [("gold", 1), ("gold", 1)],
            "areas.csv:3:population: 2 rows were drawn from stratum 'gold', which has 1 cases",
            "population is how many cases the stratum has in this window, drawn or not",
        ),
    ],
)
def test_sizes_that_can_not_be_are_refused(areas, rows, problem, hint):
    answer = areas(*SCORE, rows=rows)
    assert answer.code == 2
    assert answer.err.splitlines()[-2:] == [f"error: {problem}", f"  hint: {hint}"]


@pytest.mark.parametrize("size", ["0", "-3", "many", "2.5", ""])
def test_a_row_whose_size_is_no_number_of_cases_is_rejected(areas, size):
    answer = areas(*SCORE, rows=[("gold", size), ("gold", 9), ("gold", 9)])
    assert "3 rows read, 2 loaded, 1 rejected" in answer.out + answer.err
    assert "areas.csv:2:cases: not a number of cases" in answer.out + answer.err


def test_a_row_without_its_stratum_is_rejected(areas):
    answer = areas(*SCORE, rows=[("", 9), ("gold", 9), ("gold", 9)])
    assert "areas.csv:2:area: the stratum is missing" in answer.out + answer.err


def test_a_census_below_the_threshold_is_a_confirmed_finding_of_that_month(areas, loopqa, tmp_path):
    months = "area,cases,at,attitude,responsiveness,solution"
    lines = [f"desk,40,2026-03-{1 + at % 28:02d},4,{2 + at % 2},4" for at in range(40)]
    areas("check", map=f"{BOTH}, at: at")
    (tmp_path / "ws/areas.csv").write_text("\n".join([months, *lines, ""]), encoding="utf-8")
    answer = loopqa("run", "areas", "--window", "2026-03-01..2026-03-31")
    assert answer.code == 0
    found = loopqa("finding", "list", "--json").json["items"]
    assert [(one["dimension"], one["grade"]) for one in found] == [("responsiveness", "confirmed")]
