"""A workspace that reads a LimeSurvey survey by the plugin in its folder, as a person runs it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Answer
from tests.limesurvey_server import LimeSurvey, begun, completed, serving

SHIPPED = Path(__file__).parents[2] / "plugins" / "limesurvey.py"

RUBRIC = """\
rubric: visit
version: "1"
scale: {low: 1, high: 5}
finding: {below: 3.5, min_n: 20}
dimensions:
  speed: {column: speed, values: {A1: 1, A2: 2, A3: 3, A4: 4, A5: 5}}
"""

WORKFLOW = """\
workflow: visits
rubric: visit
window: {previous: month}
inputs:
  answers:
    type: limesurvey
    url: "${env:LIME_URL}"
    user: loopqa
    password: "${env:LIME_PASSWORD}"
    survey: 123456
    rater: customer
    map: {case: id, at: submitdate, customer: token, comment: remark}
"""

Call = Callable[..., Answer]


@pytest.fixture
def survey() -> Iterator[LimeSurvey]:
    responses = [begun(n) if n == 40 else completed(n) for n in range(1, 61)]
    yield from serving(LimeSurvey(responses, password="open sesame"))


@pytest.fixture
def desk(survey: LimeSurvey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loopqa: Call) -> Path:
    """The workspace, in the month after that of the responses."""
    told = {"LIME_URL": survey.url, "LIME_PASSWORD": "open sesame", "LOOPQA_NOW": "2026-11-05"}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    for folder in ("plugins", "rubrics", "workflows"):
        (tmp_path / folder).mkdir()
    shutil.copy(SHIPPED, tmp_path / "plugins")
    (tmp_path / "loopqa.yaml").write_text("languages: [zh, en]\n", encoding="utf-8")
    (tmp_path / "rubrics" / "visit.yaml").write_text(RUBRIC, encoding="utf-8")
    (tmp_path / "workflows" / "visits.yaml").write_text(WORKFLOW, encoding="utf-8")
    return tmp_path


def test_a_run_goes_from_the_survey_to_findings_and_asks_only_for_what_is_new(
    desk: Path, survey: LimeSurvey, loopqa: Call
) -> None:
    assert loopqa("check").err == "all definitions are sound\n"
    assert "59 rows read, 59 loaded, 0 rejected" in loopqa("run").err
    assert loopqa("finding", "list", "--json").json["total"] == 1
    survey.responses[39] = completed(40)
    survey.calls.clear()
    assert "60 rows read, 60 loaded, 0 rejected" in loopqa("run", "--again").err
    assert survey.calls[1][1][7] == 40  # the first id that is asked for
    assert survey.sessions == {}


def test_customers_and_passwords_stay_outside(desk: Path, survey: LimeSurvey, loopqa: Call) -> None:
    assert loopqa("run").code == 0
    kept = [path for path in (desk / ".loopqa").rglob("*") if path.is_file()]
    everything = b"".join(path.read_bytes() for path in kept)
    assert b"open sesame" not in everything
    assert b"key-0-of-32" not in everything


def test_a_misspelt_question_is_told_with_what_there_is(desk: Path, loopqa: Call) -> None:
    rubric = desk / "rubrics" / "visit.yaml"
    rubric.write_text(RUBRIC.replace("column: speed", "column: sped"), encoding="utf-8")
    failed = loopqa("run")
    assert failed.code == 2
    assert "no column sped (speed.rating)\n  hint: did you mean speed" in failed.err
