"""``LOOPQA_TRACE=1`` writes every call into a plugin, and no word of what was said in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from loopqa.model.workflow import PluginSpec
from loopqa.plugin import PluginError, PluginHost, ReadContext

SOURCE = """
from loopqa.plugin import Detector, Options, Secret, Source, hookimpl, text

class Config(Options):
    token: Secret

class Bell(Source):
    type = "bell"
    summary = text("bell", zh="铃")
    Config = Config

    def check(self):
        raise RuntimeError(f"no answer for {self.config.token.get_secret_value()}")

    def read(self, context):
        yield [{"name": "Wang Fang"}]
        yield [{"name": "Li Na"}]
        1 / 0

class Alarm(Detector):
    type = "alarm"
    summary = text("alarm", zh="警报")
    Config = Config

    def detect(self, context):
        raise RuntimeError(f"no {self.config.token.get_secret_value()}")

@hookimpl
def loopqa_sources():
    return [Bell]

@hookimpl
def loopqa_detectors():
    return [Alarm]

@hookimpl
def loopqa_guard(action):
    return None
"""


@pytest.fixture
def lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[list[str]]:
    """What was traced while a source was used, the times left out."""
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "bell.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.setenv("LOOPQA_TRACE", "1")
    host = PluginHost(tmp_path)
    source = host.make_source(PluginSpec("bell", {"token": "hush-hush"}), root=tmp_path)
    with pytest.raises(PluginError):
        source.check()
    with pytest.raises(PluginError):
        list(source.read(ReadContext()))
    alarm = host.make_detector(PluginSpec("alarm", {"token": "hush-hush"}))
    with pytest.raises(PluginError):
        alarm.detect(None)  # type: ignore[arg-type]
    (guard,) = host.listeners("loopqa_guard")
    assert host.call(guard, transition="close", action=None, actor="li") is None
    said = capsys.readouterr().err.splitlines()
    return [re.sub(r"\d+\.\d ms", "- ms", line) for line in said]


def test_every_call_is_a_line_with_plugin_method_time_and_outcome(lines: list[str]) -> None:
    traced = [line.removeprefix("loopqa trace: ") for line in lines if " bell " in line]
    assert [line for line in traced if " read[" not in line] == [
        "bell load - ms ok",
        "bell loopqa_sources - ms ok",
        "bell loopqa_detectors - ms ok",
        "bell check - ms Misbehaved: plugin 'bell' failed: "
        "RuntimeError at bell.py:13: no answer for ***",
        "bell read - ms ok",
        "bell detect - ms Misbehaved: detector 'alarm' failed: RuntimeError at bell.py:26: no ***",
        "bell loopqa_guard - ms ok",
    ]
    assert traced[-3].startswith("bell read[")
    assert "ZeroDivisionError at bell.py:18" in traced[-3]
    assert "loopqa trace: source_csv loopqa_sources - ms ok" in lines


def test_neither_secrets_nor_customers_are_in_it(lines: list[str]) -> None:
    assert not re.search("hush|Wang|Li Na", "\n".join(lines))


def test_without_the_variable_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    PluginHost(tmp_path).make_detector(PluginSpec("drop"))
    assert capsys.readouterr().err == ""
