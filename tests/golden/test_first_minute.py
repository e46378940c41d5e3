"""From somebody's own file to findings in two commands, in under a minute each time.

The Excel of a call centre, a year of the airport survey, a service desk's event log and a CSV as a
Chinese Excel saves it; what comes out is held to the figures known of the real ones.
"""

from __future__ import annotations

import csv
import json
import random
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from loopqa import score
from loopqa.cli.root import run
from loopqa.engine.workspace import Workspace
from tests.shared_data import SHARED, expected, needs_shared

MINUTE = 60.0  #: seconds

First = Callable[..., Any]


@pytest.fixture
def first_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> First:
    """``loopqa init --from FILE && loopqa run`` in an empty folder: what the run says."""

    def begin(file: Path, *options: str, now: str = "2026-11-22") -> Any:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("LOOPQA_NOW", now)
        monkeypatch.setenv("LOOPQA_LANG", "en")
        begun = time.perf_counter()
        assert run(["init", "--from", str(file), *options]) == 0
        assert run(["check"]) == 0
        capsys.readouterr()
        assert run(["run", "--json"]) == 0
        seconds = time.perf_counter() - begun
        said = json.loads(capsys.readouterr().out)
        print(f"{file.name}: {seconds:.1f} s")
        assert seconds < MINUTE
        return said

    return begin


def scores(folder: Path) -> dict[str, Any]:
    """The dimensions of the latest wave, by id."""
    with Workspace.open(folder) as ws, ws.reading() as reader:
        return {one["id"]: one for one in reader.waves()[-1].scores["dimensions"]}


def where(said: Any) -> set[tuple[str, str]]:
    """Dimension and place of every finding."""
    return {
        (one["dimension"], " ".join(f"{k}={v}" for k, (v,) in one["scope"].items()))
        for one in said["opened"]
    }


@needs_shared
def test_the_excel_of_a_call_centre(first_minute: First, tmp_path: Path) -> None:
    said = first_minute(SHARED / "data" / "call_center_pwc" / "Call-Center-Dataset.xlsx")
    assert (said["missed"], said["window"]) == (
        "2026-10-01..2026-10-31",
        "2021-03-01..2021-03-31",
    )
    assert said["rows"] == {"read": 5000, "loaded": 5000, "rejected": 0}
    assert ("Speed-of-answer-in-seconds", "") in where(said)
    found = scores(tmp_path)
    known = expected("pwc_call_center")["by_month"]["2021-03"]
    for name, one in (
        ("Satisfaction-rating", known["rating"]),
        ("Speed-of-answer-in-seconds", known["speed_score_seconds_rule"]),
    ):
        assert found[name]["n"] == one["n"]
        assert found[name]["score"] == pytest.approx(one["mean"], abs=1e-9)
    shown = {one["id"]: one["value"] for one in found["beside"]["indicators"]}
    assert shown["Answered-Y-N"] == pytest.approx(100 * known["answer_rate"], abs=1e-6)
    page = Path(said["reports"][0]).read_text(encoding="utf-8")
    scored = page[page.index('id="scores"') :].partition("</table>")[0]
    assert "Satisfaction rating" in scored
    assert "Shown beside the scores" not in scored, "it has no score"
    assert shown["Resolved"] == pytest.approx(100 * known["resolved_rate_all"], abs=1e-6)


@needs_shared
def test_a_year_of_the_airport_survey(first_minute: First, tmp_path: Path) -> None:
    said = first_minute(SHARED / "data" / "sfo" / "sfo_2016.csv")
    assert said["window"] == "2016-05-01..2016-05-31"
    found = scores(tmp_path)
    known = expected("sfo_2016")["dimensions"]
    assert set(known) < set(found)
    for name, one in known.items():
        assert found[name]["n"] == one["n"], name
        assert found[name]["score"] == pytest.approx(one["weighted_mean"], abs=1e-6), name
    # No mean lies below 3: the line is drawn where the weakest show, food and shops.
    assert {one for one, place in where(said) if not place} == {"Q7FOOD", "Q7STORE"}
    assert ("Q7FOOD", "BAREA=B") in where(said)


@needs_shared
@pytest.mark.parametrize("year", [2014, 2015, 2017])
def test_a_survey_without_dates_counts_for_the_year_that_its_name_tells(
    year: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["init", "--from", str(SHARED / "data" / "sfo" / f"sfo_{year}.csv")]) == 0
    assert run(["check"]) == 0
    workflow = (tmp_path / "workflows" / f"sfo_{year}.yaml").read_text(encoding="utf-8")
    assert f"    day: {year}-12-31\n" in workflow
    assert "window: {previous: year}\n" in workflow
    rubric = (tmp_path / "rubrics" / f"sfo_{year}.yaml").read_text(encoding="utf-8")
    for name in expected(f"sfo_{year}")["dimensions"]:
        assert f"  {name}:\n" in rubric, name


@needs_shared
def test_the_event_log_of_a_service_desk(first_minute: First, tmp_path: Path) -> None:
    said = first_minute(SHARED / "data" / "incident_log" / "incident_event_log.zip")
    assert said["rows"]["read"] == 141712
    assert said["window"] == "2016-05-01..2016-05-31"
    assert len(said["backfilled"]) == 3
    assert where(said) >= {("responded", "priority=2")}
    flow = tmp_path / "workflows" / "incident_event_log.yaml"
    found = score(tmp_path / "rubrics" / "incident_event_log.yaml", workflow=flow).to_dict()
    responded = next(one for one in found["dimensions"] if one["id"] == "responded")
    known = expected("incident_log")["all"]["first_response_score"]
    assert (responded["n"], responded["mean"]) == (known["n"], pytest.approx(known["mean"]))


WORDS = ("非常不满意", "不满意", "一般", "满意", "非常满意")


def chinese_export(path: Path) -> None:
    """A CSV as Chinese Excel saves it: GB18030, CRLF, 2026/3/5; the telephone answers slowly."""
    dice = random.Random(7)
    with path.open("w", encoding="gb18030", newline="") as file:
        rows = csv.writer(file, lineterminator="\r\n")
        head = ["工单号", "客户编号", "客户姓名", "手机号", "评价日期", "服务渠道", "班组"]
        rows.writerow([*head, "服务态度", "响应速度", "是否解决", "客户意见"])
        for number in range(1200):
            day = date(2026, 1, 1) + timedelta(days=dice.randrange(120))
            channel = dice.choice(["电话", "在线"])
            speed = dice.choice([1, 2, 2, 3]) if channel == "电话" else dice.choice([3, 4, 5])
            customer = dice.randrange(500)
            rows.writerow(
                [
                    *(f"GD{number:06d}", f"K{customer:05d}", f"王{customer}"),
                    *(f"138{customer:08d}", f"{day.year}/{day.month}/{day.day}", channel),
                    *(dice.choice(["一班", "二班", "三班"]), WORDS[dice.choice([2, 3, 3, 4])]),
                    *(
                        speed,
                        dice.choice("是是否"),
                        dice.choice(["", "等太久了", "很好", "又来电话"]),
                    ),
                ]
            )


def test_a_csv_as_chinese_excel_saves_it(first_minute: First, tmp_path: Path) -> None:
    file = tmp_path / "客服评价.csv"
    chinese_export(file)
    said = first_minute(file, "--lang", "zh", now="2026-05-02")
    assert (said["missed"], said["window"]) == (None, "2026-04-01..2026-04-30")
    assert ("响应速度", "服务渠道=电话") in where(said)
    rubric = (tmp_path / "rubrics" / "客服评价.yaml").read_text(encoding="utf-8")
    workflow = (tmp_path / "workflows" / "客服评价.yaml").read_text(encoding="utf-8")
    assert "1,200 行中有 1,200 行为 1—5 分，以文字表示" in rubric
    assert "path: 客服评价.csv" in workflow
    assert "# 个人信息：姓名、号码或地址：客户姓名, 手机号" in workflow
    assert "customer: 客户编号" in workflow
