"""`loopqa plugins new` and `loopqa plugins check`: what an author of a plugin starts with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
KINDS = ("source", "scoring", "notifier")

BROKEN = """
from loopqa.plugin import Options, Source, hookimpl, text


class BrokenOptions(Options):
    password: str = "opensesame"


class Broken(Source):
    type = "broken"
    summary = text("yes")
    Config = BrokenOptions

    def check(self):
        open(self.root / "nowhere")

    def read(self, context):
        yield [{"a": [1]}, {"a": 2}]


@hookimpl
def loopqa_sources():
    return [Broken]
"""


LEANING = """
import sys

from loopqa.plugin import Options, Source, hookimpl, text


class LeaningOptions(Options):
    pass


class Leaning(Source):
    type = "leaning"
    summary = text("yes")
    Config = LeaningOptions

    def check(self):
        pass

    def read(self, context):
        yield [{"a": 1}] if "loopqa.cli.plugins" in sys.modules else []


@hookimpl
def loopqa_sources():
    return [Leaning]
"""


@pytest.fixture
def desk(loopqa: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace, and the folder that commands are called in."""
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "loopqa.yaml").write_text("time_zone: Asia/Shanghai\n")
    monkeypatch.chdir(folder)
    return folder


def pytest_in(folder: Path) -> str:
    """What pytest prints of a folder's tests; they must pass, also where Chinese is spoken."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"]
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    around = {**os.environ, "PYTHONPATH": paths, "LOOPQA_LANG": "zh"}
    done = subprocess.run(command, cwd=folder, env=around, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_new_plugins_of_every_kind_pass_their_own_tests(desk, loopqa):
    for kind in KINDS:
        answer = loopqa("plugins", "new", kind, f"our-{kind}")
        assert answer.lines == [f"plugins/our_{kind}.py", f"tests/test_our_{kind}.py"]
        assert answer.err.splitlines() == [
            f"next: pytest tests/test_our_{kind}.py",
            f"then: loopqa plugins check our_{kind}",
            "it works as it is; the remarks in it say what to change",
        ]
    assert "passed" in pytest_in(desk)
    listed = loopqa("plugins", "list", "--json").json
    assert listed["failures"] == []
    assert {f"our_{kind}" for kind in KINDS} <= {one["type"] for one in listed["items"]}


def test_a_new_package_passes_its_own_tests(desk, loopqa):
    answer = loopqa("plugins", "new", "scoring", "our-own", "--package")
    assert answer.lines == [
        f"loopqa-our-own/{file}"
        for file in (
            "pyproject.toml",
            "README.md",
            "src/loopqa_our_own/__init__.py",
            "src/loopqa_our_own/py.typed",
            "tests/test_our_own.py",
        )
    ]
    assert "next: cd loopqa-our-own && pytest" in answer.err
    assert "passed" in pytest_in(desk / "loopqa-our-own")


def test_what_is_written_reads_like_our_own_code(desk, loopqa):
    for kind in KINDS:
        loopqa("plugins", "new", kind, f"our-{kind}")
    shown = {"cwd": desk, "capture_output": True, "text": True}
    ruff = [sys.executable, "-m", "ruff"]
    form = subprocess.run([*ruff, "format", "--check", "--line-length", "100", "."], **shown)
    rules = [*ruff, "check", "--select", "E,F,B,UP,PT,C4,SIM,DTZ", "--line-length", "100", "."]
    found = subprocess.run(rules, **shown)
    assert (form.returncode, found.returncode) == (0, 0), form.stdout + found.stdout


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("csv", "there is a plugin of the type 'csv' already"),
        ("Visits", "'Visits' is no name for a plugin"),
        ("../visits", "'../visits' is no name for a plugin"),
        ("class", "'class' is no name for a plugin"),
        ("visits-", "'visits-' is no name for a plugin"),
    ],
)
def test_names_that_do_not_fit_are_refused(desk, loopqa, name, words):
    answer = loopqa("plugins", "new", "source", name)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"error: {words}\n  hint: ")
    assert not (desk / "plugins").exists()


def test_nothing_is_overwritten(desk, loopqa):
    (desk / "tests").mkdir()
    (desk / "tests" / "test_visits.py").write_text("mine")
    answer = loopqa("plugins", "new", "source", "visits")
    assert answer.code == 2
    assert "tests/test_visits.py exists already; nothing was written" in answer.err
    assert (desk / "tests" / "test_visits.py").read_text() == "mine"
    assert not (desk / "plugins").exists()


def test_a_plugin_needs_a_workspace_and_a_package_does_not(loopqa, tmp_path):
    answer = loopqa("plugins", "new", "source", "visits")
    assert answer.code == 2
    assert "there is no workspace here for the plugin to go into" in answer.err
    assert loopqa("plugins", "new", "source", "visits", "--package").code == 0
    assert (tmp_path / "loopqa-visits" / "pyproject.toml").exists()


def test_a_sound_plugin_is_checked_and_exits_with_0(desk, loopqa):
    (desk / "x.jsonl").write_text('{"a": 1}\n')
    answer = loopqa("plugins", "check", "jsonl", "--set", "path=x.jsonl")
    assert (answer.code, answer.err) == (0, "")
    assert answer.lines[0] == "source jsonl"
    assert "items            ok      it yields batches of natural values" in answer.lines
    assert "skipped rows: it is not known which rows to expect" in answer.lines
    assert answer.lines[-1].endswith(" ok, 0 wrong, 12 skipped")


def test_what_needs_options_is_skipped_without_them(desk, loopqa):
    answer = loopqa("plugins", "check", "csv")
    assert answer.code == 0
    assert "skipped 24 checks: option 'path' is missing: give it with --set" in answer.lines


def test_options_are_read_as_text_and_where_that_is_refused_as_json(desk, loopqa):
    bands = 'bands={"5": ">= 4", "1": "< 4"}'
    answer = loopqa("plugins", "check", "bands", "--set", bands)
    assert (answer.code, answer.lines[-1]) == (0, "15 ok, 0 wrong, 1 skipped")
    answer = loopqa("plugins", "check", "csv", "--set", "pth=x")
    assert answer.code == 2
    assert "unknown option 'pth'" in answer.err


def test_a_broken_plugin_is_told_check_by_check_and_exits_with_1(desk, loopqa):
    (desk / "plugins").mkdir()
    (desk / "plugins" / "mine.py").write_text(BROKEN)
    for name in ("mine", "broken", "plugins/mine.py"):
        answer = loopqa("plugins", "check", name, "--json")
        assert answer.code == 1
        document = answer.json
        assert (document["schema"], document["sound"]) == ("loopqa.plugin.check/1", False)
        (found,) = document["classes"]
        assert (found["kind"], found["type"]) == ("source", "broken")
        wrong = {one["check"]: one["wrong"] for one in found["checks"] if one["state"] == "wrong"}
        assert wrong["items"] == ["column 'a' holds a list"]
        assert wrong["secret-types"] == [
            "option 'password' sounds secret, but its type is not Secret"
        ]
        assert wrong["check"][0].startswith("FileNotFoundError at mine.py:")


def test_a_source_that_leans_on_the_process_it_is_in_is_caught(desk, loopqa):
    (desk / "plugins").mkdir()
    (desk / "plugins" / "mine.py").write_text(LEANING)
    document = loopqa("plugins", "check", "mine", "--json").json
    wrong = {one["check"]: one["wrong"] for one in document["classes"][0]["checks"] if one["wrong"]}
    assert wrong == {"apart": ["in a process of its own it yields 0 rows instead of 1"]}


def test_a_plugin_that_cannot_be_loaded_is_told(desk, loopqa):
    (desk / "plugins").mkdir()
    (desk / "plugins" / "mine.py").write_text("1 / 0")
    answer = loopqa("plugins", "check", "mine")
    assert answer.code == 1
    assert answer.out == "error: ZeroDivisionError at mine.py:1: division by zero\n"


def test_a_name_that_means_nothing_is_told_with_the_nearest(desk, loopqa):
    answer = loopqa("plugins", "check", "jsonll")
    assert answer.code == 2
    assert answer.err == (
        "error: there is no plugin and no type 'jsonll'\n  hint: did you mean 'jsonl'?\n"
    )


@pytest.mark.parametrize("type_", ["drop", "slices", "questionnaire"])
def test_plugins_of_other_kinds_are_checked_too(desk, loopqa, type_):
    answer = loopqa("plugins", "check", type_)
    assert (answer.code, answer.err) == (0, "")
    assert any(line.startswith("calm ") for line in answer.lines)


def test_a_plugin_of_hooks_alone_is_told_as_such(desk, loopqa):
    answer = loopqa("plugins", "check", str(ROOT / "plugins" / "evidence_gate.py"))
    assert answer.code == 0
    assert answer.lines == ["it could be loaded, and has only hooks to be called: loopqa_guard"]


def test_checks_speak_chinese(desk, loopqa):
    (desk / "x.jsonl").write_text('{"a": 1}\n')
    answer = loopqa("plugins", "check", "jsonl", "--set", "path=x.jsonl", "--lang", "zh")
    assert answer.lines[0] == "数据源 jsonl"
    assert any("批次大小有上限" in line for line in answer.lines)
    assert not any("yields" in line for line in answer.lines)


ENDING = """
import os, sys, time

from loopqa.plugin import Options, Source, hookimpl, text


class EndingOptions(Options):
    how: str


class Ending(Source):
    type = "ending"
    summary = text("yes")
    Config = EndingOptions

    def check(self):
        pass

    def read(self, context):
        {"os": lambda: os._exit(3), "sys": lambda: sys.exit(4)}[self.config.how]()
        yield []


@hookimpl
def loopqa_sources():
    return [Ending]
"""


@pytest.mark.parametrize(
    ("name", "how", "said"),
    [
        ("plugins/ending.py", "os", "source 'ending' ended its process with exit code 3"),
        ("ending", "sys", "SystemExit at ending.py:20: 4"),
    ],
)
def test_a_source_that_ends_its_process_does_not_end_the_check(desk, name, how, said):
    (desk / "plugins").mkdir()
    (desk / "plugins" / "ending.py").write_text(ENDING)
    words = ["plugins", "check", name, "--set", f"how={how}"]
    run = subprocess.run(
        [sys.executable, "-m", "loopqa", *words], cwd=desk, capture_output=True, text=True
    )
    assert (run.returncode, run.stderr) == (1, "")
    assert said in run.stdout


@pytest.mark.parametrize("in_the_way", ["plugins", "tests"])
def test_a_plugin_is_written_whole_or_not_at_all(desk, loopqa, in_the_way):
    (desk / in_the_way).write_text("a file where a folder should be")
    answer = loopqa("plugins", "new", "source", "visits")
    assert answer.code == 3
    assert "the file can't be written: File exists" in answer.err
    assert "hint: is there a file where a folder should be" in answer.err
    assert not (desk / "plugins" / "visits.py").exists()


def test_a_name_too_long_for_the_disk_is_told(desk, loopqa):
    for _ in range(2):  # once without the folder, once with it
        answer = loopqa("plugins", "new", "source", "a" * 300)
        assert (answer.code, "File name too long" in answer.err) == (3, True)


def test_an_option_without_its_value_is_told_in_the_readers_language(desk, loopqa):
    assert "error: --set lacks its value" in loopqa("plugins", "check", "csv", "--set").err
    told = loopqa("--lang", "zh", "plugins", "check", "csv", "--set").err
    assert "错误：--set 缺少取值" in told


PRINTING = """
import sys

from loopqa.plugin import Options, Secret, Source, hookimpl, revealed, text


class PrintingOptions(Options):
    key: Secret


class Printing(Source):
    type = "printing"
    summary = text("yes")
    Config = PrintingOptions

    def check(self):
        print("the key is", revealed(self.config.key, self.root))
        print("the key is", revealed(self.config.key, self.root), file=sys.stderr)

    def read(self, context):
        self.check()
        yield []


@hookimpl
def loopqa_sources():
    return [Printing]
"""


def test_what_a_plugin_prints_stays_out_of_the_answer_and_secrets_out_of_both(desk, monkeypatch):
    monkeypatch.setenv("KEY", "opensesame")
    (desk / "plugins").mkdir()
    (desk / "plugins" / "printing.py").write_text(PRINTING)
    words = ["plugins", "check", "printing", "--json", "--set", "key=${env:KEY}"]
    run = subprocess.run(
        [sys.executable, "-m", "loopqa", *words], cwd=desk, capture_output=True, text=True
    )
    assert json.loads(run.stdout)["sound"]
    assert "opensesame" not in run.stdout + run.stderr
    assert "[printing] the key is ***" in run.stderr
