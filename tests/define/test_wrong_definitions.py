"""Every wrong definition gets its whole message, with the place of every mistake."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from loopqa.define.checking import check
from loopqa.language import speaking
from loopqa.plugin.host import builtin_host
from tests.define.cases import FOLDER, message_about, names


@pytest.mark.parametrize("name", names())
def test_a_wrong_definition_is_explained_in_full(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    expected = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    assert message_about(name, tmp_path) == expected


@pytest.mark.parametrize("name", names())
def test_every_message_has_a_place_inside_the_file(name):
    lines = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    places = re.findall(
        r"^\S+\.yaml:(\d+):(\d+): ", (FOLDER / f"{name}.txt").read_text("utf-8"), re.M
    )
    assert places
    for line, column in places:
        assert 1 <= int(column) <= len(lines[int(line) - 1]) + 1


@pytest.mark.parametrize("name", names())
def test_no_message_shows_another_library_s_words(name):
    told = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").lower()
    assert not re.search(r"pydantic|input should|value error|traceback|field required", told)


def test_messages_are_told_in_chinese_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("rubric.yaml").write_text("rubric: r\ntitel: x\ndimensions: {a: {column: a}}\n", "utf-8")
    with speaking("zh"):
        told = [str(one) for one in check([Path("rubric.yaml")], builtin_host())]
    assert told == ["rubric.yaml:2:1: 文件中有未知字段“titel”\n  提示：是否想写“title”？"]


def test_problems_as_json_keep_their_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("rubric.yaml").write_text(
        "rubric: r\ndimensions: {a: {column: a, target: high}}\n", "utf-8"
    )
    with speaking("en"):
        (problem,) = check([Path("rubric.yaml")], builtin_host())
        assert json.loads(json.dumps(problem.to_dict())) == {
            "file": "rubric.yaml",
            "line": 2,
            "column": 37,
            "message": "'target' of dimension 'a': expected a condition, got 'high'",
            "hint": 'write it in quotes with its sign, such as ">= 3.8" or "<= 15"',
            "warning": False,
        }
