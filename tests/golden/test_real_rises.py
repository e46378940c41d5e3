"""Real rises that no known action caused: they are told, and credited to nobody."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from loopqa import compare
from loopqa.model.verdict import Outcome, ScoreChange
from tests.shared_data import SHARED, expected, needs_shared

pytestmark = needs_shared

LOG = SHARED / "data" / "incident_log" / "incident_event_log.zip"
MARCH, MAY = "2016-03-01..2016-03-31", "2016-05-01..2016-05-31"


def survey(year: int) -> Path:
    return SHARED / "data" / "sfo" / f"sfo_{year}.csv"


def events() -> Iterator[dict[str, str]]:
    with zipfile.ZipFile(LOG) as archive, archive.open(archive.namelist()[0]) as file:
        yield from csv.DictReader(io.TextIOWrapper(file, encoding="utf-8"))


def iso(written: str) -> str:
    """A time of the log, dd/mm/yyyy HH:MM, as ISO 8601, which also sorts by time."""
    if written == "?":
        return ""
    return datetime.strptime(written, "%d/%m/%Y %H:%M").isoformat(" ")  # noqa: DTZ007


@pytest.fixture(scope="module")
def incidents(tmp_path_factory) -> Path:
    """The log's events as one row an incident: opened, resolved, and the group that had it last."""
    cases: dict[str, list[str]] = {}
    for event in events():
        opened, resolved = iso(event["opened_at"]), iso(event["resolved_at"])
        known = cases.setdefault(event["number"], [opened, resolved, ""])
        known[0] = min(known[0], opened)
        known[1] = max(known[1], resolved)
        known[2] = event["assignment_group"]
    path = tmp_path_factory.mktemp("log") / "incidents.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["number", "opened", "resolved", "team"])
        rows.writerows([number, *case] for number, case in cases.items())
    return path


def test_the_faster_resolutions_of_may_are_a_change_and_no_verdict(rubric, incidents):
    (judged,) = compare(
        rubric("incidents"), incidents, before=MARCH, after=MAY, at="opened"
    ).verdicts
    wanted = expected("incident_log")["by_month"]
    for side, month in ((judged.before, "2016-03"), (judged.after, "2016-05")):
        figures = wanted[month]["resolution_score"]
        assert (side.n, side.mean) == (figures["n"], pytest.approx(figures["mean"], abs=1e-6))
    assert judged.change.difference == pytest.approx(1.044, abs=0.001)
    assert judged.score_change is ScoreChange.UP
    assert judged.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("teams", ["70", "39", "24", "23", ["25", "24"]])
def test_no_group_of_the_service_desk_is_credited_with_the_rise_that_all_had(
    rubric, incidents, teams
):
    (judged,) = compare(
        rubric("incidents"),
        incidents,
        before=MARCH,
        after=MAY,
        at="opened",
        scope={"team": teams},
        cluster="team",
    ).verdicts
    assert judged.outcome is not Outcome.IMPROVED


def test_the_rises_of_2015_at_the_airport_are_seen_and_put_down_to_nobody(rubric):
    wanted = expected("sfo_compare_2014_2015")["all"]
    result = compare(rubric("airport-survey"), before=survey(2014), after=survey(2015))
    risen = {one.dimension for one in result.verdicts if one.score_change is ScoreChange.UP}
    assert risen == {
        name for name, figures in wanted["dimensions"].items() if figures["welch_ci95"][0] > 0
    }
    assert risen >= set(wanted["adjust_welch"]["holm_lt_0.05"])
    assert {one.outcome for one in result.verdicts} == {Outcome.INCONCLUSIVE}
    assert all("earlier windows are known" in str(one.reason) for one in result.verdicts)
