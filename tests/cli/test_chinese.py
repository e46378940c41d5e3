"""In Chinese everything is Chinese: no English sentence is left in what a command says."""

from __future__ import annotations

import re

import pytest

from tests.cli.chinese import english

STEPS = [
    ("new", "2026-02-04", ["check"]),
    ("new", "2026-02-04", ["status"]),
    ("new", "2026-02-04", ["run", "--dry-run"]),
    ("new", "2026-02-04", ["run"]),
    ("new", "2026-02-04", ["score", "hotline", "data/ratings.csv", "--by", "channel"]),
    (
        "new",
        "2026-02-04",
        [
            *["compare", "hotline", "data/ratings.csv", "--at", "answered_on"],
            *["--before", "2026-01-01..2026-01-31", "--after", "2026-04-01..2026-04-30"],
        ],
    ),
    ("new", "2026-02-04", ["init", "there", "--template", "survey"]),
    ("found", "2026-02-05", ["run"]),
    ("found", "2026-02-05", ["finding", "list"]),
    ("found", "2026-02-05", ["finding", "show", "F-1"]),
    ("found", "2026-02-05", ["finding", "assign", "F-1", "李伟"]),
    ("found", "2026-02-05", ["finding", "note", "F-1", "中午排队四十人"]),
    ("found", "2026-02-05", ["finding", "dismiss", "F-1", "--why", "系统迁移"]),
    ("found", "2026-02-05", ["action", "open", "F-1", "--title", "回拨专席"]),
    ("opened", "2026-02-05", ["action", "start", "A-1"]),
    ("opened", "2026-02-05", ["action", "assign", "A-1", "--department", "客服部"]),
    ("opened", "2026-02-05", ["action", "note", "A-1", "已排班"]),
    ("started", "2026-02-27", ["action", "close", "A-1", "--evidence", "会议纪要"]),
    ("started", "2026-06-27", ["action", "list"]),
    ("started", "2026-06-27", ["tick"]),
    ("started", "2026-06-27", ["status"]),
    ("closed", "2026-02-28", ["action", "show", "A-1"]),
    ("closed", "2026-02-28", ["resurvey", "list"]),
    ("closed", "2026-02-28", ["resurvey", "show", "R-1"]),
    ("closed", "2026-02-28", ["resurvey", "preview", "R-1"]),
    ("closed", "2026-02-28", ["resurvey", "reschedule", "R-1", "--on", "2026-04-01"]),
    ("closed", "2026-02-28", ["resurvey", "cancel", "R-1", "--why", "撤销"]),
    ("closed", "2026-02-28", ["action", "reopen", "A-1", "--why", "未落实"]),
    ("closed", "2026-02-28", ["action", "cancel", "A-1", "--why", "取消"]),
    ("closed", "2026-02-28", ["tick"]),
    ("closed", "2026-04-02", ["status"]),
    ("closed", "2026-04-02", ["tick"]),
    ("closed", "2026-05-02", ["tick"]),
    ("closed", "2026-05-02", ["resurvey", "now", "R-1"]),
    ("judged", "2026-05-03", ["verdict", "list"]),
    ("judged", "2026-05-03", ["verdict", "show", "V-1"]),
    ("judged", "2026-05-03", ["report", "make"]),
    ("judged", "2026-05-03", ["audit", "verify"]),
    ("judged", "2026-05-03", ["plugins", "list"]),
    ("judged", "2026-05-03", ["rubric", "list"]),
]


@pytest.mark.parametrize(("stage", "day", "command"), STEPS, ids=lambda one: str(one)[:40])
def test_a_command_speaks_chinese_only(loopqa, at, stage, day, command):
    at(stage, day)
    answer = loopqa(*command, "--lang", "zh")
    assert answer.code == 0
    assert english(answer.out + answer.err) == []
    assert command[:2] == ["report", "make"] or re.search(
        "[\u4e00-\u9fff]", answer.out + answer.err
    )


def test_the_demonstration_speaks_chinese_only(loopqa, tmp_path):
    answer = loopqa("demo", "there", "--lang", "zh")
    assert answer.code == 0
    assert english(answer.out + answer.err) == []
    assert answer.lines[0] == "2014-06-15  2014 年 5 月的调查到达：2818 份答卷"
    assert (tmp_path / "there" / "reports").is_dir()
    assert [line[:10] for line in answer.lines] == sorted(line[:10] for line in answer.lines)


def test_the_story_of_known_truth_speaks_chinese_and_ends_with_its_report(loopqa):
    answer = loopqa("demo", "there", "--story", "after-sales", "--lang", "zh")
    assert answer.code == 0
    assert english(answer.out + answer.err) == []
    assert "简单的前后对比会把两项都判为“改善”：+0.92 (p <.001), +0.59 (p <.001)" in answer.lines
    assert answer.lines[-1].endswith(".zh.html")


def test_the_environment_chooses_the_language_and_the_option_overrides_it(loopqa, at, monkeypatch):
    at("found")
    monkeypatch.setenv("LOOPQA_LANG", "zh_CN.UTF-8")
    assert loopqa("finding", "list").lines[0].split()[0] == "编号"
    assert loopqa("--lang", "en", "finding", "list").lines[0].split()[0] == "id"
    assert loopqa("finding", "list", "--lang=en").lines[0].split()[0] == "id"


def test_sentences_inside_documents_are_chinese_too(loopqa, at):
    at("judged")
    finding = loopqa("finding", "show", "F-1", "--json", "--lang", "zh").json
    verdict = loopqa("verdict", "show", "V-1", "--json", "--lang", "zh").json
    sentences = [one["text"] for one in finding["reasons"]] + verdict["assumptions"]
    assert sentences
    assert english("\n".join(sentences)) == []
    assert finding["state"] == "resolved", "values that programs compare stay as they are"
