"""A workspace with plugins that misbehave: what they break is told, and the rest goes on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TORTURE = Path(__file__).parents[1] / "plugin" / "torture"
SCHEDULE = 'schedule: {cron: "0 6 4 * *"}\n'


@pytest.fixture
def desk(at) -> Path:
    """The desk, with all torture plugins, on the day that its workflow is due."""
    folder = at("new", "2026-02-04T12:00:00")
    shutil.copytree(TORTURE, folder / "plugins")
    (folder / "plugins" / "bad_import.py").unlink()
    return folder


def sick(desk: Path, old: str, new: str) -> None:
    """A second workflow, which is the first but for this."""
    healthy = (desk / "workflows" / "hotline.yaml").read_text("utf-8")
    assert old in healthy
    written = healthy.replace("workflow: hotline", "workflow: sick").replace(old, new)
    (desk / "workflows" / "sick.yaml").write_text(written, "utf-8")


def with_source(desk: Path, how: str) -> None:
    old = 'type: csv\n    path: data/ratings.csv\n    rater: customer\n    dates: "%Y-%m-%d"\n'
    sick(desk, old, f"type: bad_source\n    how: {how}\n    rater: customer\n")


def with_limits(desk: Path, limits: str) -> None:
    with (desk / "loopqa.yaml").open("a", encoding="utf-8") as file:
        file.write(f"plugin_limits: {{{limits}}}\n")


def ended_inside(desk: Path) -> int:
    """The exit code of a process that a detector ended."""
    code = (
        "from pathlib import Path; from loopqa.model.workflow import PluginSpec; "
        "from loopqa.plugin.host import PluginHost; PluginHost(Path()).make_detector("
        "PluginSpec('bad_detector', {'how': 'exits'})).detect(None)"
    )
    return subprocess.run([sys.executable, "-c", code], cwd=desk, timeout=120).returncode


def named(loopqa, plugin: str) -> list[str]:
    """What status and doctor say of a plugin."""
    status = loopqa("status", "--json").json["plugin_failures"]
    doctor = loopqa("doctor", "--json").json["ailments"]
    told = [one.partition(": ")[2] for one in status if one.startswith(f"{plugin}: ")]
    found = [one["message"] for one in doctor if f"plugin {plugin} failed" in one["message"]]
    assert [one.partition(" failed: ")[2] for one in found] == told
    return told


@pytest.mark.parametrize(
    ("how", "limits", "told"),
    [
        ("exits", "rows: 50000", "source 'bad_source' ended its process with exit code 0"),
        ("hangs", "silent: 1 second", "source 'bad_source' gave no sign of life for 1 s"),
        ("floods rows", "rows: 50000", "source 'bad_source' yielded more than 50000 rows"),
    ],
)
def test_a_source_that_misbehaves_fails_its_own_workflow_only(
    desk, loopqa, monkeypatch, how: str, limits: str, told: str
) -> None:
    monkeypatch.chdir(desk)
    with_source(desk, how)
    with_limits(desk, limits)
    for name in ("hotline", "sick"):
        file = desk / "workflows" / f"{name}.yaml"
        file.write_text(file.read_text("utf-8") + SCHEDULE, "utf-8")
    monkeypatch.setenv("LOOPQA_NOW", "2026-02-03T12:00:00")
    assert loopqa("tick").code == 0
    monkeypatch.setenv("LOOPQA_NOW", "2026-02-04T12:00:00")
    ticked = loopqa("tick")
    assert ticked.code == 3
    assert told in ticked.err
    assert "Traceback" not in ticked.err
    assert [one["window"] for one in loopqa("status", "--json").json["workflows"]] == [
        "2026-01-01..2026-01-31",
        None,
    ]
    (said,) = named(loopqa, "bad_source")
    assert said.startswith(f"stopped when it was last used: {told}")


@pytest.mark.parametrize("how", ["raises", "raises system exit", "returns rubbish"])
def test_a_detector_that_misbehaves_fails_the_wave_and_says_whose_fault_it_is(
    desk, loopqa, monkeypatch, how: str
) -> None:
    monkeypatch.chdir(desk)
    sick(desk, "[{type: below_threshold}]", f"[{{type: bad_detector, how: {how}}}]")
    answer = loopqa("run", "sick")
    assert answer.code == 3
    assert answer.err.startswith("error: detector 'bad_detector' ")
    assert "hint: mend plugins/bad_inside.py, or leave it out" in answer.err
    assert loopqa("run", "hotline").code == 0
    assert len(named(loopqa, "bad_inside")) == 1


@pytest.mark.parametrize(
    "how", ["raises", "raises system exit", "returns rubbish", "returns half rubbish"]
)
def test_an_analyser_that_misbehaves_leaves_a_warning_and_the_wave_is_whole(
    desk, loopqa, monkeypatch, how: str
) -> None:
    monkeypatch.chdir(desk)
    detect = "detect: [{type: below_threshold}]\n"
    sick(desk, detect, f"{detect}analyse: [{{type: bad_analyser, how: {how}}}, {{type: slices}}]\n")
    answer = loopqa("run", "sick")
    assert answer.code == 0
    assert "analyser 'bad_analyser' " in answer.err + answer.out
    assert len(loopqa("finding", "list", "--json").json["items"]) == 1
    assert len(named(loopqa, "bad_inside")) == 1


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("raises", "scoring scheme 'bad_scheme' failed: KeyError at bad_inside.py:28: "),
        ("returns nan", "scoring scheme 'bad_scheme' returned nan"),
        ("returns text", "scoring scheme 'bad_scheme' returned str"),
    ],
)
def test_a_scheme_that_misbehaves_fails_the_wave(
    desk, loopqa, monkeypatch, how: str, told: str
) -> None:
    monkeypatch.chdir(desk)
    rubric = (desk / "rubrics" / "hotline.yaml").read_text("utf-8")
    scheme = f"{{type: bad_scheme, how: {how}}}"
    written = rubric.replace("rubric: hotline", "rubric: ill").replace("{type: rating}", scheme)
    (desk / "rubrics" / "ill.yaml").write_text(written, "utf-8")
    sick(desk, "rubric: hotline", "rubric: ill")
    answer = loopqa("run", "sick")
    assert answer.code == 3
    assert answer.err.startswith(f"error: {told}")
    assert loopqa("run", "hotline").code == 0


def test_a_plugin_that_ended_two_processes_is_blocked_until_it_is_unblocked(
    desk, loopqa, monkeypatch
) -> None:
    monkeypatch.chdir(desk)
    sick(desk, "[{type: below_threshold}]", "[{type: bad_detector, how: exits}]")
    for _ in range(2):
        assert ended_inside(desk) == 9
    blocked = loopqa("run", "sick")
    assert blocked.code == 2
    assert "there is no detector 'bad_detector'" in blocked.err
    assert loopqa("run", "hotline").code == 0
    (told,) = named(loopqa, "bad_inside")
    assert told == (
        "blocked: the process ended 2 times while it was at work; "
        "change plugins/bad_inside.py, or `loopqa plugins unblock bad_inside`"
    )
    assert loopqa("plugins", "unblock", "bad_inside").code == 0
    assert named(loopqa, "bad_inside") == []
    assert loopqa("plugins", "unblock", "bad_inside").code == 2


def test_a_plugin_that_raises_when_it_is_loaded_is_told(desk, loopqa, monkeypatch) -> None:
    monkeypatch.chdir(desk)
    shutil.copy(TORTURE / "bad_import.py", desk / "plugins")
    assert named(loopqa, "bad_import") == ["ImportError at bad_import.py:3: no such library here"]
    assert loopqa("run", "hotline").code == 0
