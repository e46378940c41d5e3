"""The scorecard of the assessment report (S2) from five exports of five systems: 78.09."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from loopqa.cli.root import run
from loopqa.define.library import rubric_path
from tests.shared_data import expected, needs_shared

pytestmark = needs_shared

WORKFLOW = """\
workflow: centre
rubric: scorecard
window: quarter
history: 1 quarter
inputs:
  calls:
    type: csv
    path: data/calls.csv
    rater: system
    dates: "%d/%m/%Y %H:%M:%S"
    map: {at: 来电时间, first_response_s: 首响秒数, resolution_h: 解决小时}
  tickets:
    {type: csv, path: data/tickets.csv, rater: system, dates: "%Y/%m/%d", map: {at: opened}}
  recordings:
    {type: csv, path: data/recordings.csv, rater: internal, dates: "%m-%d-%Y", map: {at: day}}
  csat:
    {type: csv, path: data/csat.csv, rater: customer, dates: "%Y年%m月%d日", map: {at: 日期}}
  nps:
    {type: csv, path: data/nps.csv, rater: customer, dates: "%d.%m.%Y", map: {at: answered}}
report: {languages: [zh, en]}
"""

# What a value is worth is each centre's own choice. With shares taken as they are, and NPS worth
# 72.4 at 24, the four scores of the report come out of its printed values.
OWN_FLOORS = {
    "{type: attainment, floor: 0, target: 80}": "{type: attainment, floor: 0, target: 100}",
    "{type: attainment, floor: 0, target: 90}": "{type: attainment, floor: 0, target: 100}",
    "{type: attainment, floor: 0, target: 85, of: [4, 5]}": (
        "{type: attainment, floor: 0, target: 100, of: [4, 5]}"
    ),
    "{type: attainment, floor: 0, target: 40}": "{type: attainment, floor: -48.4, target: 51.6}",
    "{type: attainment, floor: 30, target: 10, direction: lower_is_better}": (
        "{type: attainment, floor: 100, target: 0, direction: lower_is_better}"
    ),
}

BEFORE, NOW = date(2026, 4, 1), date(2026, 7, 1)
QUARTER = 90  #: days of it that have cases


def days(start: date, n: int) -> Iterator[date]:
    return (start + timedelta(days=number % QUARTER) for number in range(n))


def yes(n: int, share: float) -> list[str]:
    """So many answers, this share of them yes."""
    of = round(n * share)
    return ["是"] * of + ["否"] * (n - of)


def calls(start: date, seconds: int, hours: int) -> Iterator[list[Any]]:
    """3,000 calls; ``hours`` is their sum."""
    for number, day in enumerate(days(start, 3000)):
        whole, rest = divmod(hours, 3000)
        spread = (-8, 0, 8)[number % 3]
        taken = whole + (number < rest) + spread
        yield [f"{day:%d/%m/%Y} 09:30:00", seconds + spread, taken]


def tickets(start: date, solved: float, again: float) -> Iterator[list[Any]]:
    flags = zip(yes(20_000, solved), reversed(yes(20_000, again)), strict=True)
    return ([f"{day:%Y/%m/%d}", *one] for day, one in zip(days(start, 20_000), flags, strict=True))


def recordings(start: date, share: float) -> Iterator[list[Any]]:
    return (
        [f"{day:%m-%d-%Y}", one]
        for day, one in zip(days(start, 5450), yes(5450, share), strict=True)
    )


def csat(start: date, share: float) -> Iterator[list[Any]]:
    """48,200 answers of 1-5; 4 and 5 are satisfied."""
    satisfied = round(48_200 * share)
    for number, day in enumerate(days(start, 48_200)):
        level = 4 + number % 2 if number < satisfied else 1 + number % 3
        yield [f"{day:%Y年%m月%d日}", level]


def nps(start: date, promoters: int, passives: int, detractors: int) -> Iterator[list[Any]]:
    answers = [10] * promoters + [8] * passives + [3] * detractors
    return (
        [f"{day:%d.%m.%Y}", one]
        for day, one in zip(days(start, len(answers)), answers, strict=True)
    )


def write(folder: Path, name: str, header: list[str], *parts: Iterable[list[Any]]) -> None:
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(header)
        for part in parts:
            rows.writerows(part)


@pytest.fixture(scope="module")
def centre(tmp_path_factory):
    """A workspace with the five files of two quarters, and the shipped rubric with own floors."""
    root = tmp_path_factory.mktemp("centre")
    for name in ("rubrics", "workflows", "data"):
        (root / name).mkdir()
    (root / "loopqa.yaml").write_text("time_zone: Asia/Shanghai\n", encoding="utf-8")
    (root / "workflows" / "centre.yaml").write_text(WORKFLOW, encoding="utf-8")
    rubric = rubric_path("scorecard").read_text(encoding="utf-8")
    for shipped, own in OWN_FLOORS.items():
        assert shipped in rubric
        rubric = rubric.replace(shipped, own)
    rubric = rubric[: rubric.index("\ntests:")]  # golden cases of the shipped floors
    (root / "rubrics" / "scorecard.yaml").write_text(rubric, encoding="utf-8")
    data = root / "data"
    header = ["来电时间", "首响秒数", "解决小时"]
    write(data, "calls", header, calls(BEFORE, 20, 120_000), calls(NOW, 19, 110_176))
    header = ["opened", "solved_first", "repeat_48h"]
    write(data, "tickets", header, tickets(BEFORE, 0.71, 0.24), tickets(NOW, 0.73, 0.23))
    write(data, "recordings", ["day", "script_ok"], recordings(BEFORE, 0.84), recordings(NOW, 0.86))
    write(data, "csat", ["日期", "csat"], csat(BEFORE, 0.77), csat(NOW, 0.78))
    # 24 % of the report's 1,240 answers are no whole number of people; of 1,250 they are.
    parts = nps(BEFORE, 500, 452, 248), nps(NOW, 550, 450, 250)
    write(data, "nps", ["answered", "nps"], *parts)
    return root


@pytest.fixture
def loopqa(centre, monkeypatch, capsys):
    """Run a command in the centre, some days after the quarter; its output."""

    def call(*parts: str) -> str:
        monkeypatch.chdir(centre)
        monkeypatch.setenv("LOOPQA_NOW", "2026-10-05T02:00:00Z")
        assert run(list(parts)) == 0
        return capsys.readouterr().out

    return call


_FIRST: dict[Path, str] = {}


@pytest.fixture
def first(centre, loopqa):
    """What the first run said; it is done once."""
    if centre not in _FIRST:
        _FIRST[centre] = loopqa("run")
    return _FIRST[centre]


@pytest.fixture
def ran(first, loopqa):
    """Commands after the first run."""
    return loopqa


@pytest.fixture(scope="module")
def golden():
    return expected("golden_cases")["S2"]


NAMES = {"首响时间": "first_response_time", "一次解决率": "first_contact_resolution",
         "CSAT": "csat", "NPS": "nps"}  # fmt: skip
DIMENSIONS = {
    "效率": "efficiency",
    "质量": "quality",
    "体验": "experience",
    "主动服务": "proactive",
}


def test_five_files_make_the_composite_of_78_09(ran, golden):
    told = json.loads(ran("run", "--json"))
    got = {one["id"]: one["score"] for one in told["scores"]["dimensions"]}
    wanted = {DIMENSIONS[one["dim"]]: one["score"] for one in golden["scorecard"]}
    assert got == {name: pytest.approx(score, abs=1e-9) for name, score in wanted.items()}
    composite = told["scores"]["composite"]
    assert composite["score"] == pytest.approx(golden["total_S1"], abs=1e-9)
    assert (round(composite["score"], 2), round(composite["minimum"], 2)) == (78.09, 75.2)


def test_actual_target_gap_and_change_come_in_each_metric_s_own_unit(ran, golden):
    told = json.loads(ran("run", "--json"))
    assert told["before"] == "2026-04-01..2026-06-30"
    indicators = {one["indicator"]: one for one in told["indicators"]}
    units = {"首响时间": "s", "一次解决率": "%", "CSAT": "%", "NPS": "points"}
    for line in golden["gaps"]:
        one = indicators[NAMES[line["metric"]]]
        assert one["unit"] == units[line["metric"]]
        assert (one["value"], one["target"]) == (pytest.approx(line["actual"]), line["target"])
        assert f"{one['gap']:+.0f}" == re.match(r"[+-]\d+", line["gap_S1"])[0]
        assert one["before"] == pytest.approx(line["prev_derived"])
        assert one["change"] == pytest.approx(line["actual"] - line["prev_derived"])
    assert {name: one["moved"] for name, one in indicators.items()} == {
        "first_response_time": "down", "resolution_time": "down", "first_contact_resolution": "up",
        "script_conformity": "up", "csat": "up", "nps": "unclear", "repeat_contact": "down",
    }  # fmt: skip


def test_three_nps_points_on_1_250_answers_are_not_told_apart_from_chance(ran):
    nps = next(
        one for one in json.loads(ran("run", "--json"))["indicators"] if one["unit"] == "points"
    )
    # By hand: two net scores of separate samples, each by its multinomial variance.
    variance = (0.44 + 0.20 - 0.24**2) / 1250 + (500 / 1200 + 248 / 1200 - 0.21**2) / 1200
    half = 1.96 * 100 * variance**0.5
    low, high = nps["interval"]
    assert (low, high) == (pytest.approx(3 - half, abs=0.1), pytest.approx(3 + half, abs=0.1))
    assert low < 0 < high


def test_the_terminal_shows_them_in_both_languages(ran, first):
    lines = first.splitlines()
    assert [" ".join(line.split()) for line in lines[:8]] == [
        "indicator actual target gap change moved",
        "first_response_time 19.0 s 15.0 s +4.0 s -1.0 s down",
        "resolution_time 36.7 h 24.0 h +12.7 h -3.3 h down",
        "first_contact_resolution 73.0 % 80.0 % -7.0 pp +2.0 pp up",
        "script_conformity 86.0 % 90.0 % -4.0 pp +2.0 pp up",
        "csat 78.0 % 85.0 % -7.0 pp +1.0 pp up",
        "nps 24.0 pt 40.0 pt -16.0 pt +3.0 pt unclear",
        "repeat_contact 23.0 % 10.0 % +13.0 pp -1.0 pp down",
    ]
    assert "composite 78.09, lowest dimension 75.20" in lines
    assert [" ".join(line.split()) for line in ran("run", "--lang", "zh").splitlines()] == [
        "2026-07-01..2026-09-30 已经评价过，没有新内容",
        "指标 实际 目标 差距 变化 是否变动",
        "first_response_time 19.0 s 15.0 s +4.0 s -1.0 s 下降",
        "resolution_time 36.7 h 24.0 h +12.7 h -3.3 h 下降",
        "first_contact_resolution 73.0 % 80.0 % -7.0 pp +2.0 pp 上升",
        "script_conformity 86.0 % 90.0 % -4.0 pp +2.0 pp 上升",
        "csat 78.0 % 85.0 % -7.0 pp +1.0 pp 上升",
        "nps 24.0 分 40.0 分 -16.0 分 +3.0 分 不明确",
        "repeat_contact 23.0 % 10.0 % +13.0 pp -1.0 pp 下降",
        "综合 78.09，最低维度 75.20",
    ]


def page(centre: Path, language: str) -> list[str]:
    """The words of a report, tag by tag."""
    (file,) = (centre / "reports").glob(f"centre_2026-07-01_*.{language}.html")
    whole = file.read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")
    return [one.strip() for one in re.split(r"<[^>]+>", whole) if one.strip()]


ROWS = {
    "en": {
        "First response time": ["19.00 s", "≤ 15 s", "+4.00 s", "−1.00 s", "down"],
        "First-contact resolution": ["73.00%", "≥ 80%", "−7.00 pp", "+2.00 pp", "up"],
        "Customer satisfaction": ["78.00%", "≥ 85%", "−7.00 pp", "+1.00 pp", "up"],
        "Net promoter score": [
            "24.00 points",
            "≥ 40 points",
            "−16.00 points",
            "+3.00 points",
            "unclear",
        ],
    },
    "zh": {
        "首次响应时间": ["19.00 秒", "≤ 15 秒", "+4.00 秒", "−1.00 秒", "下降"],
        "一次解决率": ["73.00%", "≥ 80%", "−7.00 个百分点", "+2.00 个百分点", "上升"],
        "客户满意度（CSAT）": ["78.00%", "≥ 85%", "−7.00 个百分点", "+1.00 个百分点", "上升"],
        "净推荐值（NPS）": ["24.00 分", "≥ 40 分", "−16.00 分", "+3.00 分", "不明确"],
    },
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_report_shows_them_in_both_languages(ran, centre, language):
    words = page(centre, language)
    assert "78.09" in words
    for title, wanted in ROWS[language].items():
        rows = [words[at : at + 15] for at, one in enumerate(words) if one == title]
        assert any(all(one in row for one in wanted) for row in rows), (title, rows)
    told = {"en": "Unclear: chance alone may do that.", "zh": "“不明确”表示可能只是偶然波动。"}
    assert any(told[language] in one for one in words)
