"""``loopqa plugins``: what there is, where it comes from, which options it takes."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from loopqa.cli.root import run

SHIPPED = Path(__file__).parents[2] / "plugins"

COMMAND = """
import click

@click.command()
@click.option("--loud", is_flag=True)
def greet(loud):
    "Greet."
    if loud:
        raise RuntimeError("too loud")
    click.echo("hello")
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a scheme, a guard, a broken plugin and a blocked one."""
    (tmp_path / "plugins").mkdir()
    for name in ("effort.py", "evidence_gate.py"):
        shutil.copy(SHIPPED / name, tmp_path / "plugins")
    (tmp_path / "plugins" / "broken.py").write_text("1 / 0\n")
    (tmp_path / "plugins" / "versioned.py").write_text('__version__ = "2.1"\n')
    (tmp_path / "plugins" / "old.py").write_text("raise SystemExit\n")
    (tmp_path / "loopqa.yaml").write_text("block_plugins: [old]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def installed(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A distribution with commands, on the path."""
    folder = place / "site"
    folder.mkdir()
    (folder / "acme_greeting.py").write_text(COMMAND)
    _distribution(folder, "acme", "greet = acme_greeting:greet\nlost = acme_lost:go\n")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "acme_greeting", raising=False)
    return folder


def _distribution(folder: Path, name: str, commands: str) -> None:
    described = folder / f"{name}-1.2.dist-info"
    described.mkdir()
    (described / "METADATA").write_text(f"Name: {name}\nVersion: 1.2\n")
    (described / "entry_points.txt").write_text(f"[loopqa.commands]\n{commands}")


def listed(capsys: pytest.CaptureFixture[str]) -> dict:
    assert run(["plugins", "list", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_document_names_every_type_with_the_plugin_it_comes_from(place, capsys) -> None:
    items = {(one["kind"], one["type"]): one for one in listed(capsys)["items"]}
    effort = items["scoring", "effort"]
    assert effort["origin"] == "workspace"
    assert effort["from"] == "plugins/effort.py"
    assert items["source", "csv"]["origin"] == "built_in"
    assert items["guard", "evidence_gate"]["from"] == "plugins/evidence_gate.py"
    assert items["report_section", "sign_off"]["plugin"] == "section_sign_off"


def test_the_document_names_every_plugin_and_what_became_of_it(place, capsys) -> None:
    document = listed(capsys)
    plugins = {one["name"]: one for one in document["plugins"]}
    assert plugins["evidence_gate"]["hooks"] == ["loopqa_guard"]
    assert plugins["effort"]["types"] == [{"kind": "scoring", "type": "effort"}]
    assert plugins["versioned"]["version"] == "2.1"
    assert plugins["old"]["blocked"] is True
    assert plugins["effort"]["load_ms"] > 0
    (failure,) = document["failures"]
    assert failure == {
        "name": "broken",
        "from": "plugins/broken.py",
        "reason": "ZeroDivisionError at broken.py:1: division by zero",
        "todo": "mend plugins/broken.py, or do without it: "
        "`block_plugins: [broken]` in loopqa.yaml",
    }


def test_people_see_plugins_of_others_apart_and_what_to_do_about_failures(place, capsys) -> None:
    assert run(["plugins", "list"]) == 0
    said = capsys.readouterr()
    rows = [line.split() for line in said.out.splitlines()]
    assert ["old", "-", "plugins/old.py", "blocked", "-"] in rows
    assert any(row[:4] == ["scoring", "nps", "built", "in"] for row in rows)
    assert any(row[:3] == ["versioned", "2.1", "plugins/versioned.py"] for row in rows)
    assert "! plugin broken: ZeroDivisionError at broken.py:1: division by zero" in said.err
    assert "to do: mend plugins/broken.py" in said.err


def test_the_list_speaks_chinese(place, capsys) -> None:
    assert run(["--lang", "zh", "plugins", "list"]) == 0
    said = capsys.readouterr()
    assert "客户费力度" in said.out
    assert "已屏蔽" in said.out
    assert "处理：请修复 plugins/broken.py" in said.err


def test_safe_mode_is_told(place, capsys, monkeypatch) -> None:
    monkeypatch.setenv("LOOPQA_SAFE_MODE", "1")
    assert run(["plugins", "list"]) == 0
    said = capsys.readouterr()
    assert "effort" not in said.out
    assert said.err == "safe mode is on: only the built-in plugins are loaded\n"
    assert listed(capsys)["safe_mode"] is True


def test_docs_show_the_options_of_a_type(place, capsys) -> None:
    assert run(["plugins", "docs", "effort"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["effort", "(scoring,", "plugins/effort.py)"]
    assert " ".join(lines[3]) == (
        "easy_from one of 4, 5, 6, 7 5 this answer and all above it count as easy"
    )


def test_docs_show_the_options_of_a_guard(place, capsys) -> None:
    assert run(["plugins", "docs", "evidence_gate", "--json"]) == 0
    (item,) = json.loads(capsys.readouterr().out)["items"]
    assert item["kind"] == "guard"
    assert [one["name"] for one in item["options"]] == ["accept", "hosts"]
    assert item["options"][0] == {
        "name": "accept",
        "value": "a list of: one of link, file",
        "default": "[link, file]",
        "required": False,
        "meaning": "web addresses, files",
    }


def test_docs_without_a_type_show_all_and_hide_nothing_inside(place, capsys) -> None:
    assert run(["plugins", "docs", "--json"]) == 0
    items = json.loads(capsys.readouterr().out)["items"]
    assert {"csv", "nps", "drop", "slices", "email", "sign_off"} <= {one["type"] for one in items}
    (sql,) = [one for one in items if one["type"] == "sql"]
    assert any(one["name"].startswith("incremental.") for one in sql["options"])


def test_docs_of_an_unknown_type_name_the_nearest(place, capsys) -> None:
    assert run(["plugins", "docs", "efort"]) == 2
    assert capsys.readouterr().err == (
        "error: there is no type 'efort'\n  hint: did you mean 'effort'?\n"
    )


def test_a_plugins_command_runs(installed, capsys) -> None:
    assert run(["greet"]) == 0
    assert capsys.readouterr().out == "hello\n"
    assert listed(capsys)["commands"] == [
        {"name": "greet", "from": "acme 1.2"},
        {"name": "lost", "from": "acme 1.2"},
    ]


def test_a_broken_command_is_told_without_a_traceback(installed, capsys) -> None:
    assert run(["lost"]) == 3
    assert capsys.readouterr().err.startswith(
        "error: command 'lost' of acme 1.2 failed: ModuleNotFoundError at "
    )
    assert run(["greet", "--loud"]) == 3
    assert "RuntimeError at acme_greeting.py:9: too loud" in capsys.readouterr().err


def test_a_command_is_used_wrongly_as_any_other(installed, capsys) -> None:
    assert run(["greet", "--soft"]) == 2
    assert "error:" in capsys.readouterr().err


def test_a_command_of_two_plugins_is_refused(installed, capsys) -> None:
    _distribution(installed, "bolt", "greet = acme_greeting:greet\n")
    assert run(["greet"]) == 3
    assert capsys.readouterr().err.startswith(
        "error: several plugins bring the command 'greet': acme 1.2, bolt 1.2"
    )


def test_blocked_commands_and_safe_mode_leave_commands_out(installed, capsys, monkeypatch) -> None:
    Path("loopqa.yaml").write_text("block_plugins: [greet]\n")
    assert run(["greet"]) == 2
    monkeypatch.setenv("LOOPQA_SAFE_MODE", "1")
    assert run(["lost"]) == 2


def test_known_commands_look_for_no_others(place, monkeypatch, capsys) -> None:
    from importlib import metadata

    monkeypatch.setattr(metadata, "entry_points", lambda **_: pytest.fail("looked for others"))
    assert run(["rubric", "--help"]) == 0
    assert run(["--help"]) == 0
