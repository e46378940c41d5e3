"""Themes and cases on the command line: the template that has remarks, in both languages."""

from __future__ import annotations

import shutil

import pytest

from loopqa.cli.root import run
from tests.cli.chinese import english
from tests.cli.conftest import standing_in


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """The after-sales template, whose ratings have remarks, after its last month was run."""
    folder = tmp_path_factory.mktemp("surveyed")
    with standing_in(folder, LOOPQA_NOW="2026-11-05", LOOPQA_LANG="en", LOOPQA_ACTOR="li"):
        assert run(["init", ".", "--template", "after-sales"]) == 0
        assert run(["run"]) == 0
    return folder


@pytest.fixture
def surveyed(lived, monkeypatch, tmp_path, loopqa):
    """A copy of it, to stand in."""
    folder = tmp_path / "there"
    shutil.copytree(lived, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("LOOPQA_NOW", "2026-11-05")
    return folder


def test_a_card_tells_themes_and_cases(surveyed, loopqa):
    said = loopqa("finding", "show", "F-1")
    assert "analysis: 3 of the lowest cases, at most one a customer" in said.lines
    told = [line for line in said.lines if line.startswith("  - case T8")]
    assert len(told) == 3
    assert all("score " in line and "responsiveness." in line for line in told)
    assert any(line.startswith("  languages: English") for line in said.lines)


def test_a_card_in_chinese_has_no_english_sentence(surveyed, loopqa):
    said = loopqa("finding", "show", "F-1", "--lang", "zh")
    told = [line for line in said.lines if "个案 T8" not in line]  # columns and ids of the data
    assert english("\n".join(told)) == []
    assert "分析：得分最低的 3 个个案，每位客户至多一个" in said.lines


def test_a_card_as_a_document_has_what_is_no_figure(surveyed, loopqa):
    analyses = loopqa("finding", "show", "F-1", "--json").json["analyses"]
    cases = next(one for one in analyses if one["analyser"] == "cases")
    (first, *_) = cases["leads"]
    assert first["details"]["case"].startswith("T8")
    assert first["details"]["input"] in {"ratings", "tickets"}
    assert first["figures"]["score"] == 1


def test_check_accepts_both_and_refuses_wrong_options(surveyed, loopqa):
    flow = surveyed / "workflows" / "after-sales.yaml"
    written = flow.read_text("utf-8")
    flow.write_text(written.replace("cases, count: 3", "cases, count: 0"), "utf-8")
    said = loopqa("check")
    assert said.code == 2
    assert "option 'count' must be at least 1, not 0" in said.out + said.err
