"""``loopqa score``: dimensions, and below them indicators in their own units."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from loopqa.cli.root import run


@pytest.fixture(scope="module")
def templates(tmp_path_factory):
    """A folder with a workspace from each template that has units."""
    folder = tmp_path_factory.mktemp("templates")
    for name in ("scorecard", "after-sales"):
        assert run(["init", str(folder / name), "--template", name]) == 0
    return folder


@pytest.fixture
def scored(loopqa, templates, monkeypatch):
    """Score the data of a template by its rubric."""

    def call(name, *options):
        monkeypatch.chdir(templates / name)
        parts = [f"rubrics/{name}.yaml", "--workflow", f"workflows/{name}.yaml"]
        return loopqa("score", *parts, *options)

    return call


def test_indicators_are_shown_in_their_own_units_with_target_and_gap(scored):
    lines = scored("scorecard").lines
    assert lines[lines.index("") + 1 :] == [
        "indicator                    actual    target       gap    n  score  grade",
        "efficiency",
        "  first_response_time        18.8 s   <= 15 s    +3.8 s  277  91.45  missed",
        "  resolution_time            27.4 h   <= 24 h    +3.4 h  277  92.90  missed",
        "quality",
        "  first_contact_resolution   72.6 %   >= 80 %   -7.4 pp  277  90.70  missed",
        "  script_conformity          85.7 %   >= 90 %   -4.3 pp   98  95.24  unclear",
        "experience",
        "  csat                       72.0 %   >= 85 %  -13.0 pp  157  84.68  missed",
        "  nps                       15.6 pt  >= 40 pt  -24.4 pt  128  39.06  missed",
        "proactive",
        "  repeat_contact             12.6 %   <= 10 %   +2.6 pp  277  86.82  unclear",
    ]


def test_several_indicators_are_shown_even_without_units(scored):
    lines = [line.rstrip() for line in scored("after-sales").lines]
    assert "  rating            3.43        -        -  262   3.43  -" in lines
    assert "  first_contact   80.3 %  >= 85 %  -4.7 pp  365   3.00  missed" in lines
    assert "  called_back     73.6 %        -        -  121      -  -" in lines


def test_plain_ratings_have_one_table_only(loopqa, at):
    at("new")
    lines = loopqa("score", "hotline", "data/ratings.csv").lines
    assert "" not in lines
    assert [line.split()[0] for line in lines][0::4] == ["dimension", "composite"]


def test_every_segment_has_both_tables(scored):
    lines = scored("scorecard", "--by", "channel").lines
    segments = [line for line in lines if line.startswith("channel=")]
    assert len(segments) > 1
    assert sum(line.startswith("indicator ") for line in lines) == 1 + len(segments)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ["scorecard", "after-sales"])
def test_the_tables_of_the_templates_fit_80_columns(scored, name, language):
    lines = scored(name, "--lang", language).lines
    assert [line for line in lines if cell_len(line) > 80] == []
