"""Workflow files become complete records, and are held against their rubric."""

from __future__ import annotations

from pathlib import Path

import pytest

from loopqa.define.checking import check
from loopqa.define.durations import days, hours, period
from loopqa.define.fields import Wrong
from loopqa.define.workflow import load_workflow
from loopqa.language import speaking
from loopqa.model.collapse import Collapse, Made, Pick
from loopqa.model.rubric import Label, When
from loopqa.model.workflow import (
    Improve,
    Period,
    ReEvaluate,
    ReportRule,
    Sample,
    Schedule,
    WindowRule,
    Workflow,
)
from loopqa.plugin.host import PluginHost, builtin_host
from tests.define.cases import RIGHT
from tests.define.test_rubric import DESIGN as DESIGN_RUBRIC

DESIGN = (RIGHT / "workflow.yaml").read_text("utf-8")

SMALL = "workflow: w\nrubric: r\ninputs: {a: {type: csv, path: a.csv}}\n"


def load(tmp_path: Path, source: str) -> Workflow:
    path = tmp_path / "workflow.yaml"
    path.write_text(source, "utf-8")
    return load_workflow(path, builtin_host())


def test_the_workflow_of_the_design_is_read_completely(tmp_path):
    found = load(tmp_path, DESIGN)
    assert found.schedule == Schedule(cron="0 6 4 * *")
    assert found.window == WindowRule(Period("month"), 3)
    assert found.history == Period("month", 12)
    assert [one.id for one in found.inputs] == ["ratings", "reviews", "tickets", "contacts"]
    reviews = found.input("reviews")
    assert reviews.source.options == {"path": "data/qa.xlsx", "sheet": "QA", "header_row": 3}
    assert reviews.map == {"case": ("ticket_no",), "at": ("served_at",)}
    assert found.input("tickets").collapse == Collapse(
        "number",
        (
            Made("opened", Pick.FIRST, "opened_at"),
            Made("responded", Pick.FIRST, "updated_at", None, ((When("state", ("New",), True),),)),
            Made("resolved", Pick.LAST, "resolved_at"),
            Made("priority", Pick.LATEST, "priority", "sequence"),
        ),
    )
    assert found.input("contacts").role == "contacts"
    assert found.cluster == ("team", "agent")
    assert found.sample == Sample(
        "tickets", "reviews", ("customer_type", "issue_type"), 0.1, 30, "stratum", 7
    )
    assert [one.type for one in found.detect][-1] == "control_chart"
    assert found.analyse[-1].options == {"count": 3}
    assert found.improve == Improve("propose", 30)
    assert found.re_evaluate == ReEvaluate(
        Period("month", 1), "ratings", "random", "outside_scope", 2,
        {"who": ["random"], "served_since": "closed", "at_most": 400},
    )  # fmt: skip
    assert found.notify[0]["to"] == ["ops@example.com"]
    assert found.report == ReportRule(
        ("html", "xlsx"), ("zh", "en"), ("service_head", "qa_lead", "customer_representative")
    )


def test_the_rubric_and_the_workflow_of_the_design_fit_together(tmp_path):
    (tmp_path / "rubrics").mkdir()
    (tmp_path / "workflows").mkdir()
    (tmp_path / "rubrics" / "after-sales.yaml").write_text(DESIGN_RUBRIC, "utf-8")
    (tmp_path / "workflows" / "monthly.yaml").write_text(DESIGN, "utf-8")
    host = PluginHost(defaults={"mail": {"host": "mail.example.com", "from": "qa@example.com"}})
    assert check([tmp_path], host) == ()


def test_a_small_workflow_has_sound_defaults(tmp_path):
    found = load(tmp_path, SMALL)
    assert found.title == Label("w", "w")
    assert found.window == WindowRule(Period("month"), 0)
    assert found.re_evaluate == ReEvaluate()
    assert [one.type for one in found.detect] == [
        "below_threshold", "bottom_share", "target_missed", "drop", "control_chart",
    ]  # fmt: skip
    assert load(tmp_path, SMALL + "detect: []\n").detect == ()


def test_short_forms_of_schedule_window_and_lists(tmp_path):
    found = load(
        tmp_path,
        SMALL + 'schedule: "0 6 * * 1"\nwindow: 2 weeks\nsegments: channel\ndetect: [drop]\n',
    )
    assert found.schedule == Schedule(cron="0 6 * * 1")
    assert found.window == WindowRule(Period("week", 2), 0)
    assert found.segments == ("channel",)
    assert [one.type for one in found.detect] == ["drop"]


def test_the_hash_of_a_workflow_depends_on_its_content_only(tmp_path):
    first = load(tmp_path, SMALL)
    again = load(
        tmp_path, "rubric: r\ninputs:\n  a:\n    path: a.csv # here\n    type: csv\nworkflow: w\n"
    )
    assert first.hash == again.hash
    assert load(tmp_path, SMALL + "segments: [a]\n").hash != first.hash


def test_a_rubric_that_is_broken_is_told_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("rubrics", "workflows"):
        Path(folder).mkdir()
    Path("rubrics/r.yaml").write_text("rubric: r\n", "utf-8")
    Path("workflows/w.yaml").write_text(SMALL, "utf-8")
    with speaking("en"):
        everything = [str(one) for one in check([tmp_path], builtin_host())]
        only_the_workflow = [str(one) for one in check([Path("workflows/w.yaml")], builtin_host())]
    assert everything == ["rubrics/r.yaml:1:1: the file lacks 'dimensions'"]
    assert only_the_workflow == everything


def test_a_rubric_under_another_file_name_is_warned_of(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("rubrics").mkdir()
    Path("rubrics/old.yaml").write_text("rubric: r\ndimensions: {a: a}\n", "utf-8")
    with speaking("en"):
        (problem,) = check([tmp_path], builtin_host())
        assert str(problem) == (
            "rubrics/old.yaml:1:9: workflows look for rubric 'r' in 'r.yaml'\n"
            "  hint: rename the file"
        )
    assert problem.warning


def test_a_folder_without_definitions_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with speaking("en"):
        told = [str(one) for one in check([tmp_path], builtin_host())]
    assert told == [
        ".: there are no definition files in this folder\n"
        "  hint: start a workspace with: loopqa init"
    ]


@pytest.mark.parametrize(
    ("reader", "written", "expected"),
    [
        (days, "3 days", 3),
        (days, "2 weeks", 14),
        (hours, "90 minutes", 1.5),
        (period, "quarter", Period("quarter")),
        (period, "12 months", Period("month", 12)),
    ],
)
def test_lengths_of_time_are_read(reader, written, expected):
    assert reader(written) == expected


@pytest.mark.parametrize(
    ("reader", "written"),
    [(days, "1 month"), (hours, "soon"), (period, "0 months"), (period, "5"), (days, "-1 day")],
)
def test_other_lengths_of_time_are_refused(reader, written):
    with pytest.raises(Wrong):
        reader(written)
