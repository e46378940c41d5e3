"""Analyses on the command line: a line of `run`, the card of a finding, the list of plugins."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def analysed(at, loopqa):
    """A workspace whose last run has analysed its finding."""
    folder: Path = at("new", "2026-02-04")
    flow = folder / "workflows" / "hotline.yaml"
    written = flow.read_text("utf-8").replace("segments: [channel]", "segments: [channel, team]")
    flow.write_text(written + "analyse: [{type: slices}, {type: drivers}]\n", "utf-8")
    assert loopqa("run", "hotline").code == 0
    return folder


def test_a_run_says_in_a_line_what_was_analysed(at, loopqa):
    folder = at("new", "2026-02-04")
    flow = folder / "workflows" / "hotline.yaml"
    flow.write_text(flow.read_text("utf-8") + "analyse: [slices, drivers]\n", "utf-8")
    said = loopqa("run", "hotline")
    assert any(line.startswith("analysed: ") and "(slices, drivers)" in line for line in said.lines)


def test_a_run_as_a_document_holds_the_analyses(at, loopqa):
    folder = at("new", "2026-02-04")
    flow = folder / "workflows" / "hotline.yaml"
    flow.write_text(flow.read_text("utf-8") + "analyse: [drivers]\n", "utf-8")
    (drivers,) = loopqa("run", "hotline", "--json").json["analyses"]
    assert (drivers["analyser"], drivers["finding"]) == ("drivers", None)
    assert {lead["dimension"] for lead in drivers["leads"]} == {
        "responsiveness", "attitude", "solution",
    }  # fmt: skip


def test_a_finding_is_shown_with_its_analyses(analysed, loopqa):
    said = loopqa("finding", "show", "F-1")
    told = [line for line in said.lines if line.startswith("analysis: ")]
    assert len(told) == 2
    assert any("slices" in line for line in told)
    assert "state analysed" in said.out
    assert "this is correlation" in said.out


def test_a_finding_as_a_document_holds_its_analyses(analysed, loopqa):
    document = loopqa("finding", "show", "F-1", "--json").json
    assert [one["analyser"] for one in document["analyses"]] == ["slices", "drivers"]
    slices, drivers = document["analyses"]
    assert (slices["finding"], drivers["finding"]) == ("F-1", None)
    assert list(slices) == [
        "analyser", "finding", "wave", "text", "dimension", "figures", "leads", "notes", "made_at",
    ]  # fmt: skip
    assert sum(lead["figures"]["share"] for lead in drivers["leads"]) == pytest.approx(1)


def test_analysers_are_listed_among_the_plugins(loopqa):
    items = loopqa("plugins", "list", "--json").json["items"]
    assert [one["type"] for one in items if one["kind"] == "analyser"] == [
        "cases", "drivers", "slices", "themes",
    ]  # fmt: skip


def test_a_misspelt_analyser_is_refused_with_the_nearest_name(at, loopqa):
    folder = at("new", "2026-02-04")
    flow = folder / "workflows" / "hotline.yaml"
    flow.write_text(flow.read_text("utf-8") + "analyse: [{type: slice}]\n", "utf-8")
    said = loopqa("check")
    assert said.code == 2
    assert "there is no analyser 'slice'" in said.out + said.err
    assert "did you mean 'slices'?" in said.out + said.err
