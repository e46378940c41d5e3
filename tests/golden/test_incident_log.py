"""141,712 real events become 24,918 incidents; every figure that is known of them comes out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from loopqa.define.workflow import load_workflow
from loopqa.engine.clock import Clock
from loopqa.engine.evaluate import score
from loopqa.engine.run import run_workflow
from loopqa.engine.workspace import Workspace
from loopqa.errors import DataError
from loopqa.model.window import Window
from loopqa.plugin.host import builtin_host
from tests.golden.incident_log import LOG as ARCHIVE
from tests.golden.incident_log import needs_log, unpacked
from tests.shared_data import expected

pytestmark = [needs_log, pytest.mark.timeout(120)]

LOG = "incident_event_log.csv"
LEVELS = ("1", "2", "3", "4", "5")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def scored(desk: Path) -> dict[str, Any]:
    return scored_by(desk, "priority")


@pytest.fixture(scope="module")
def by_contact(desk: Path) -> dict[str, Any]:
    return scored_by(desk, "contact")


def scored_by(desk: Path, column: str) -> dict[str, Any]:
    rubric, workflow = (desk / kind / "service-desk.yaml" for kind in ("rubrics", "workflows"))
    return score(rubric, desk / LOG, workflow=workflow, by=column).to_dict()


def indicators(card: Mapping[str, Any]) -> dict[str, Any]:
    return {
        f"{dimension['id']}.{one['id']}": one
        for dimension in card["dimensions"]
        for one in dimension["indicators"]
    }


def close(value: float | None) -> Any:
    return value if value is None else pytest.approx(value, abs=1e-6)


def assert_agrees(card: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Scores with their histograms, medians and rates, as the reference has them."""
    found = indicators(card)
    dimensions = {one["id"]: one for one in card["dimensions"]}
    for name, key in (("response", "first_response"), ("resolution", "resolution")):
        figures, dimension = wanted[f"{key}_score"], dimensions[name]
        assert dimension["n"] == figures["n"]
        assert found[f"{name}.median"]["value"] == close(wanted[f"median_{key}_min"])
        if not figures["n"]:
            continue
        counts = found[f"{name}.time"]["counts"]
        assert {level: counts.get(level, 0) for level in LEVELS} == figures["hist"]
        assert dimension["mean"] == close(figures["mean"])
        assert dimension["sd"] == close(figures["sd_sample"])
        assert dimension["top_share"] == close(figures["high_share"])
        assert dimension["bottom_share"] == close(figures["low_share"])
        assert (dimension["score"] < 3) is figures["below_3"]
    rates = {name: found[f"rates.{name}"] for name in ("first_contact", "reopened", "made_sla")}
    assert {one["n"] for one in rates.values()} == {wanted["incidents"]}
    assert rates["first_contact"]["value"] == close(100 * wanted["fcr_no_reassign_no_reopen"])
    assert rates["reopened"]["value"] == close(100 * wanted["reopened"] / wanted["incidents"])
    assert rates["made_sla"]["value"] == close(100 * wanted["made_sla_true_last_event"])


def test_every_event_is_accounted_for(scored: dict[str, Any]) -> None:
    wanted = expected("incident_log")
    assert scored["rows"] == {
        "read": wanted["events"],
        "loaded": wanted["events"],
        "rejected": 0,
        "cases": wanted["all"]["incidents"],
    }


def test_the_whole_log_agrees(scored: dict[str, Any]) -> None:
    assert_agrees(scored, expected("incident_log")["all"])


def test_negative_and_missing_times_have_no_score_and_are_told_apart(
    scored: dict[str, Any],
) -> None:
    wanted, found = expected("incident_log"), indicators(scored)
    assert found["response.time"]["states"]["missing"] == wanted["negative_first_response"]
    assert found["resolution.time"]["states"]["missing"] == wanted["negative_resolution"]
    assert found["resolution.time"]["states"]["pending"] == wanted["no_resolution"]


def test_repeats_within_48_hours_agree(scored: dict[str, Any]) -> None:
    wanted, found = expected("incident_log")["repeat_48h"], indicators(scored)["rates.repeat"]
    assert (found["n"], found["counts"]["1"]) == (wanted["base_incidents"], wanted["repeats"])
    assert found["value"] == close(100 * wanted["rate"])


def test_every_priority_agrees(scored: dict[str, Any]) -> None:
    wanted = expected("incident_log")["by_priority"]
    assert {one["by"]["priority"] for one in scored["segments"]} == set(wanted)
    for segment in scored["segments"]:
        assert_agrees(segment, wanted[segment["by"]["priority"]])


def test_every_kind_of_contact_agrees(by_contact: dict[str, Any]) -> None:
    wanted = expected("incident_log")["by_contact"]
    assert {one["by"]["contact"] for one in by_contact["segments"]} == set(wanted)
    for segment in by_contact["segments"]:
        assert_agrees(segment, wanted[segment["by"]["contact"]])


def test_the_months_that_a_run_fills_in_agree(desk: Path) -> None:
    wanted = expected("incident_log")["by_month"]
    with Workspace.open(desk, clock=Clock(datetime(2017, 3, 6, 9, tzinfo=UTC)), actor="li") as ws:
        report = run_workflow(ws, "service-desk", window=Window.parse("2017-02-01..2017-02-28"))
    assert report.wave is not None
    waves = {str(one.window.start)[:7]: one for one in (*report.backfilled, report.wave)}
    assert list(waves) == list(wanted)
    for month, wave in waves.items():
        assert_agrees(wave.scores, wanted[month])


def test_the_archive_itself_is_read_like_the_file_in_it(desk: Path, scored: dict[str, Any]) -> None:
    rubric, workflow = (desk / kind / "service-desk.yaml" for kind in ("rubrics", "workflows"))
    result = score(rubric, ARCHIVE, workflow=workflow).to_dict()
    for part in ("rows", "dimensions", "composite"):
        assert result[part] == scored[part]


def test_without_a_form_the_two_readings_of_a_date_are_named(desk: Path, tmp_path: Path) -> None:
    written = (desk / "workflows" / "service-desk.yaml").read_text("utf-8")
    loose = tmp_path / "workflow.yaml"
    loose.write_text(written.replace('    dates: "%d/%m/%Y %H:%M"\n', ""), "utf-8")
    workflow = load_workflow(loose, builtin_host())
    with pytest.raises(DataError) as refused:
        score(desk / "rubrics" / "service-desk.yaml", desk / LOG, workflow=workflow)
    said = str(refused.value)
    assert "'1/3/2016 01:22' may be 2016-03-01 or 2016-01-03" in said
    assert "%d/%m/%Y (day first) or %m/%d/%Y (month first)" in said
