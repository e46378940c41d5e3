"""``--help``: the same commands and options in both languages, and all of it on the screen."""

from __future__ import annotations

import re

import pytest

from loopqa.cli.folding import folded, width
from loopqa.cli.root import COMMANDS
from tests.cli.chinese import english

#: The name of a command or option, at the start of its line in a list.
ENTRY = re.compile(r"^  (-.*?|[a-z]+)(?:  |$)", re.M)
#: What is no sentence: a kind of value, a format.
FORMS = re.compile("INTEGER RANGE|JSON Schema")
HELPS = [[], *([name] for name in COMMANDS), ["action", "open"], ["finding", "dismiss"]]


@pytest.mark.parametrize("command", HELPS, ids=lambda one: " ".join(one) or "loopqa")
def test_help_speaks_chinese_only_and_names_the_same_options(loopqa, command):
    spoken = loopqa(*command, "--help", "--lang", "zh")
    meant = loopqa(*command, "--help")
    assert (spoken.code, spoken.err) == (0, "")
    assert english(FORMS.sub("", spoken.out)) == []
    assert ENTRY.findall(spoken.out) == ENTRY.findall(meant.out)


def test_help_says_what_is_required_and_what_is_taken_by_default(loopqa):
    assert loopqa("action", "close", "--help", "--lang", "zh").lines == [
        "用法：loopqa action close [选项] ACTION_ID",
        "",
        "  关闭 ACTION_ID 并排定复评。",
        "",
        "选项：",
        "  --evidence TEXT  能证明已经完成的链接或一句话。（必填）",
        "  --on DAY         默认：今天。",
        "  --json           在标准输出上给出一个 JSON 文档。",
        "  -h, --help       显示本说明后退出。",
    ]
    seen = loopqa("init", "--help", "--lang", "zh").lines
    assert "  --template TEXT  可选的模板见 --list。（默认：survey）" in seen


def test_help_in_one_language_leaves_the_other_as_it_was(loopqa):
    before = loopqa("action", "open", "--help").out
    loopqa("action", "open", "--help", "--lang", "zh")
    assert loopqa("action", "open", "-h").out == before


def test_a_group_without_a_command_shows_its_help_in_chinese(loopqa):
    answer = loopqa("verdict", "--lang", "zh")
    assert (answer.code, answer.out) == (2, "")
    assert "  show  查看 VERDICT_ID：数字、前提，以及怎样才能有定论。" in answer.err.splitlines()


@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize("command", HELPS, ids=lambda one: " ".join(one) or "loopqa")
def test_chinese_help_fits_the_terminal(loopqa, monkeypatch, command, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = loopqa(*command, "--help", "--lang", "zh").lines
    assert [line for line in shown if width(line) > columns or line != line.rstrip()] == []


def test_no_line_begins_with_a_stop_or_ends_in_an_opening_bracket():
    words = "检查（全部）定义、评价标准“甲”，以及 `loopqa check` 所列的其他文件。"
    for columns in range(14, 40):
        lines = folded(words, columns)
        assert "".join(lines).replace(" ", "") == words.replace(" ", "")
        assert not any(line[0] in "，。；：、）”" or line[-1] in "（“" for line in lines), lines
        assert all(width(line) <= columns for line in lines), lines
